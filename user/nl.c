// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"
#include "netns.h"
#include "nl.h"

static void set_options(struct mnl_socket *socket)
{
	static const int options[] = { NETLINK_GET_STRICT_CHK, NETLINK_EXT_ACK, NETLINK_CAP_ACK };
	int on = 1;
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		mnl_socket_setsockopt(socket, options[i], &on, sizeof(on));
}

static struct mnl_socket *open_socket(int protocol, const struct nsa_netns *ns)
{
	__cleanup(nsa_netns_leavep) int token = ns ? nsa_netns_enter(ns) : -1;

	if (ns && token < 0) {
		errno = -token;
		return NULL;
	}
	return mnl_socket_open2(protocol, SOCK_CLOEXEC);
}

int nsa_nl_open(struct nsa_nl *nl, int protocol, const struct nsa_netns *ns)
{
	struct mnl_socket *socket = open_socket(protocol, ns);
	int r;

	if (!socket)
		return -errno;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID)) {
		r = -errno;
		mnl_socket_close(socket);
		return r;
	}
	set_options(socket);
	nl->socket = socket;
	nl->portid = mnl_socket_get_portid(socket);
	nl->seq = 0;
	return 0;
}

void nsa_nl_close(struct nsa_nl *nl)
{
	mnl_socket_close(nl->socket);
}

struct nlmsghdr *nsa_nl_request(struct nsa_nl *nl, __u16 type, __u16 flags, size_t size)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(nl->request);

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST | flags;
	mnl_nlmsg_put_extra_header(request, size);
	return request;
}

/* The kernel's explanation, after size bytes of the message. */
static void debug_extack(const struct nlmsghdr *msg, size_t size)
{
	const struct nlattr *tb[NLMSGERR_ATTR_MAX + 1] = {};
	char text[256];

	if (!(msg->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	nsa_nl_parse(msg, size, tb, NLMSGERR_ATTR_MAX);
	if (nsa_nl_get_string(tb[NLMSGERR_ATTR_MSG], text, sizeof(text)))
		nsa_debug("netlink: %s", text);
}

/* Both end an answer: NLMSG_ERROR, with 0 as acknowledgement, begins with the error, NLMSG_DONE
 * may. */
static int on_end(const struct nlmsghdr *msg, void *data)
{
	bool is_error = msg->nlmsg_type == NLMSG_ERROR;
	int error = 0;

	(void)data;
	if (mnl_nlmsg_get_payload_len(msg) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(msg), sizeof(error));
	if (error >= 0)
		return MNL_CB_STOP;
	debug_extack(msg, is_error ? sizeof(struct nlmsgerr) : sizeof(error));
	errno = -error;
	return MNL_CB_ERROR;
}

static mnl_cb_t control[NLMSG_MIN_TYPE] = {
	[NLMSG_ERROR] = on_end,
	[NLMSG_DONE] = on_end,
};

/* libmnl stops at the first message that is marked and leaves the rest in the socket, where the
 * next request would find it. So take the marks off, and tell. */
static bool take_interrupted(void *reply, int len)
{
	struct nlmsghdr *msg = reply;
	bool interrupted = false;

	for (; mnl_nlmsg_ok(msg, len); msg = mnl_nlmsg_next(msg, &len)) {
		interrupted |= !!(msg->nlmsg_flags & NLM_F_DUMP_INTR);
		msg->nlmsg_flags &= ~NLM_F_DUMP_INTR;
	}
	return interrupted;
}

int nsa_nl_talk(struct nsa_nl *nl, mnl_cb_t cb, void *data)
{
	struct nlmsghdr *request = (void *)nl->request;
	bool interrupted = false;
	ssize_t len;
	int r;

	request->nlmsg_seq = ++nl->seq;
	if (mnl_socket_sendto(nl->socket, request, request->nlmsg_len) < 0)
		return -errno;
	do {
		len = TEMP_FAILURE_RETRY(
			mnl_socket_recvfrom(nl->socket, nl->reply, sizeof(nl->reply)));
		if (len < 0)
			return -errno;
		interrupted |= take_interrupted(nl->reply, len);
		r = mnl_cb_run2(nl->reply, len, nl->seq, nl->portid, cb, data, control,
				NLMSG_MIN_TYPE);
	} while (r > MNL_CB_STOP);
	if (r < 0)
		return -errno;
	return interrupted ? -EINTR : 0;
}

struct table {
	const struct nlattr **tb;
	__u16 max;
};

static int put_in_table(const struct nlattr *attr, void *data)
{
	struct table *table = data;
	__u16 type = mnl_attr_get_type(attr);

	if (type <= table->max)
		table->tb[type] = attr;
	return MNL_CB_OK;
}

void nsa_nl_parse(const struct nlmsghdr *msg, size_t header, const struct nlattr **tb, __u16 max)
{
	mnl_attr_parse(msg, header, put_in_table, &(struct table){ tb, max });
}

void nsa_nl_parse_nested(const struct nlattr *nest, const struct nlattr **tb, __u16 max)
{
	if (nest)
		mnl_attr_parse_nested(nest, put_in_table, &(struct table){ tb, max });
}

void nsa_nl_parse_bytes(const void *bytes, size_t len, const struct nlattr **tb, __u16 max)
{
	mnl_attr_parse_payload(bytes, len, put_in_table, &(struct table){ tb, max });
}

bool nsa_nl_get(const struct nlattr *attr, void *value, size_t size)
{
	if (!attr || mnl_attr_get_payload_len(attr) < size)
		return false;
	memcpy(value, mnl_attr_get_payload(attr), size);
	return true;
}

bool nsa_nl_get_string(const struct nlattr *attr, char *value, size_t size)
{
	size_t len;

	if (!attr)
		return false;
	len = strnlen(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));
	if (len >= size)
		len = size - 1;
	memcpy(value, mnl_attr_get_payload(attr), len);
	value[len] = '\0';
	return true;
}

static int ms_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int)((now.tv_sec - start->tv_sec) * 1000 +
		     (now.tv_nsec - start->tv_nsec) / 1000000);
}

static bool wait_on(struct nsa_nl *nl, int group, int patience, bool (*done)(void *data),
		    void *data)
{
	struct pollfd fd = { .fd = mnl_socket_get_fd(nl->socket), .events = POLLIN };
	int left = patience;
	struct timespec start;

	if (mnl_socket_setsockopt(nl->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return done(data);
	clock_gettime(CLOCK_MONOTONIC, &start);
	while (!done(data)) {
		if (left <= 0 || poll(&fd, 1, left) <= 0)
			return false;
		mnl_socket_recvfrom(nl->socket, nl->reply, sizeof(nl->reply));
		left = patience - ms_since(&start);
	}
	return true;
}

bool nsa_nl_wait(const struct nsa_netns *ns, int group, int patience, bool (*done)(void *data),
		 void *data)
{
	__cleanup(nsa_freep) struct nsa_nl *nl = calloc(1, sizeof(*nl));
	bool is_done;

	if (!nl || nsa_nl_open(nl, NETLINK_ROUTE, ns))
		return done(data);
	is_done = wait_on(nl, group, patience, done, data);
	nsa_nl_close(nl);
	return is_done;
}
