// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "kernel/netlink.h"
#include "kernel/netns.h"
#include "util/cleanup.h"
#include "util/log.h"

/* No message of the kernel's is longer: the longest that is known are links, of which each of some
 * attributes may take 64 KiB. What isn't used is never touched, and costs nothing. */
#define FIRST_SIZE (1 << 20)

static int open_socket(int protocol, int flags, const struct nsa_netns *ns)
{
	__cleanup(nsa_netns_leavep) int token = ns ? nsa_netns_enter(ns) : -1;
	int fd;

	if (ns && token < 0)
		return token;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, protocol);
	return fd < 0 ? -errno : fd;
}

/* Connected to port 0, the kernel's, a socket takes unicast from nobody else: it can't be filled up
 * either. Its port id is the kernel's choice. */
int nsa_nl_socket(int protocol, int flags, const struct nsa_netns *ns)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	__cleanup(nsa_closep) int fd = open_socket(protocol, flags, ns);

	if (fd < 0)
		return fd;
	return connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) ? -errno : TAKE_FD(fd);
}

/* Receiving */

static bool is_kernels(const struct msghdr *header)
{
	const struct sockaddr_nl *from = header->msg_name;

	return header->msg_namelen == sizeof(*from) && from->nl_family == AF_NETLINK &&
	       !from->nl_pid;
}

static int read_nsid(struct msghdr *header)
{
	struct cmsghdr *cmsg;
	int nsid = -1;

	for (cmsg = CMSG_FIRSTHDR(header); cmsg; cmsg = CMSG_NXTHDR(header, cmsg))
		if (cmsg->cmsg_level == SOL_NETLINK && cmsg->cmsg_type == NETLINK_LISTEN_ALL_NSID)
			memcpy(&nsid, CMSG_DATA(cmsg), sizeof(nsid));
	return nsid;
}

static ssize_t receive(int fd, const struct nsa_nl_buffer *buffer, bool *ours, int *nsid)
{
	_Alignas(struct cmsghdr) char control[64];
	struct sockaddr_nl from = {};
	struct iovec iov = { buffer->data, buffer->size };
	struct msghdr header = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t len = TEMP_FAILURE_RETRY(recvmsg(fd, &header, MSG_TRUNC));

	if (len < 0)
		return -errno;
	*ours = is_kernels(&header);
	*nsid = read_nsid(&header);
	return len;
}

int nsa_nl_skip(int fd)
{
	const struct nsa_nl_buffer none = {};
	bool ours = false;
	int nsid = -1;
	ssize_t len = receive(fd, &none, &ours, &nsid);

	return len < 0 ? (int)len : ours;
}

static int make_room(struct nsa_nl_buffer *buffer, size_t size)
{
	void *grown;

	if (size <= buffer->size)
		return 0;
	grown = realloc(buffer->data, size);
	if (!grown)
		return -ENOMEM;
	*buffer = (struct nsa_nl_buffer){ grown, size };
	return 0;
}

ssize_t nsa_nl_receive(int fd, struct nsa_nl_buffer *buffer, int *nsid)
{
	int r = make_room(buffer, FIRST_SIZE), from = -1;
	bool ours = false;
	ssize_t len;

	if (r < 0)
		return r;
	len = receive(fd, buffer, &ours, &from);
	if (len < 0)
		return len;
	if (!ours)
		return 0;
	if ((size_t)len > buffer->size) { /* gone, but the next one of that length isn't */
		make_room(buffer, (size_t)len);
		return -ENOBUFS;
	}
	if (nsid)
		*nsid = from;
	return len;
}

/* Receiving many at once */

#define LETTERS 16

struct nsa_nl_letter {
	struct mmsghdr header;
	struct sockaddr_nl from;
	struct iovec iov;
	_Alignas(struct cmsghdr) char control[64];
};

void nsa_nl_lot_free(struct nsa_nl_lot *lot)
{
	free(lot->letters);
	free(lot->buffer.data);
}

static int lot_make_room(struct nsa_nl_lot *lot, size_t size)
{
	int r = make_room(&lot->buffer, LETTERS * size);

	if (!r && !lot->letters)
		lot->letters = calloc(LETTERS, sizeof(*lot->letters));
	return r ? r : lot->letters ? 0 : -ENOMEM;
}

static int receive_lot(int fd, struct nsa_nl_lot *lot)
{
	struct mmsghdr headers[LETTERS];
	size_t size = lot->buffer.size / LETTERS;
	int count;

	for (size_t i = 0; i < LETTERS; i++) {
		struct nsa_nl_letter *letter = &lot->letters[i];

		letter->iov = (struct iovec){ (char *)lot->buffer.data + i * size, size };
		headers[i] = (struct mmsghdr){ .msg_hdr = {
						       .msg_name = &letter->from,
						       .msg_namelen = sizeof(letter->from),
						       .msg_iov = &letter->iov,
						       .msg_iovlen = 1,
						       .msg_control = letter->control,
						       .msg_controllen = sizeof(letter->control),
					       } };
	}
	count = TEMP_FAILURE_RETRY(recvmmsg(fd, headers, LETTERS, MSG_TRUNC | MSG_DONTWAIT, NULL));
	lot->next = 0;
	lot->count = count < 0 ? 0 : (unsigned int)count;
	for (unsigned int i = 0; i < lot->count; i++)
		lot->letters[i].header = headers[i];
	return count < 0 ? -errno : 0;
}

ssize_t nsa_nl_receive_next(int fd, struct nsa_nl_lot *lot, const struct nlmsghdr **msg, int *nsid)
{
	int r = lot_make_room(lot, FIRST_SIZE);
	struct nsa_nl_letter *letter;
	size_t len;

	if (!r && !nsa_nl_lot_has_more(lot))
		r = receive_lot(fd, lot);
	if (r < 0)
		return r;
	letter = &lot->letters[lot->next++];
	len = letter->header.msg_len;
	if (!is_kernels(&letter->header.msg_hdr))
		return 0;
	if (len >
	    letter->iov.iov_len) { /* gone, with what came after; the next of that length isn't */
		lot->count = 0;
		lot_make_room(lot, len);
		return -ENOBUFS;
	}
	*nsid = read_nsid(&letter->header.msg_hdr);
	*msg = letter->iov.iov_base;
	return (ssize_t)len;
}

/* Requests */

static void set_options(int fd)
{
	static const int options[] = { NETLINK_GET_STRICT_CHK, NETLINK_EXT_ACK, NETLINK_CAP_ACK };
	int on = 1;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		setsockopt(fd, SOL_NETLINK, options[i], &on, sizeof(on));
}

int nsa_nl_open(struct nsa_nl *nl, int protocol, const struct nsa_netns *ns)
{
	__cleanup(nsa_closep) int fd = nsa_nl_socket(protocol, 0, ns);
	struct sockaddr_nl own = {};
	socklen_t len = sizeof(own);

	if (fd < 0)
		return fd;
	if (getsockname(fd, (struct sockaddr *)&own, &len))
		return -errno;
	set_options(fd);
	nl->fd = TAKE_FD(fd);
	nl->portid = own.nl_pid;
	nl->seq = 0;
	nl->limit = 0;
	nl->reply = (struct nsa_nl_buffer){};
	return 0;
}

void nsa_nl_close(struct nsa_nl *nl)
{
	close(nl->fd);
	free(nl->reply.data);
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
static int read_end(const struct nlmsghdr *msg)
{
	bool is_error = msg->nlmsg_type == NLMSG_ERROR;
	int error = 0;

	if (mnl_nlmsg_get_payload_len(msg) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(msg), sizeof(error));
	if (error >= 0)
		return 0;
	debug_extack(msg, is_error ? sizeof(struct nlmsgerr) : sizeof(error));
	return error;
}

/* What is known of an answer so far. */
struct answer {
	mnl_cb_t cb;
	void *data;
	size_t size;
	bool interrupted, ended;
	int error;
};

static void on_answer(struct answer *answer, const struct nlmsghdr *msg)
{
	answer->interrupted |= !!(msg->nlmsg_flags & NLM_F_DUMP_INTR);
	answer->ended = msg->nlmsg_type == NLMSG_ERROR || msg->nlmsg_type == NLMSG_DONE;
	if (answer->ended)
		answer->error = read_end(msg);
	else if (msg->nlmsg_type >= NLMSG_MIN_TYPE && answer->cb)
		answer->ended = answer->cb(msg, answer->data) == MNL_CB_STOP;
}

/* mnl_nlmsg_ok() takes a length above INT_MAX for a negative one, which is less than any. */
bool nsa_nl_ok(const struct nlmsghdr *msg, int left)
{
	return mnl_nlmsg_ok(msg, left) && msg->nlmsg_len <= (unsigned int)left;
}

/* By sequence and port; the list of netfilter's hooks (nfnetlink_hook) names none. All is the
 * kernel's here. */
static bool is_answer(const struct nsa_nl *nl, const struct nlmsghdr *msg)
{
	return msg->nlmsg_seq == nl->seq && (msg->nlmsg_pid == nl->portid || !msg->nlmsg_pid);
}

/* One datagram of it; what else is there answers an earlier request, that was given up. */
static int read_answer(struct nsa_nl *nl, struct answer *answer)
{
	ssize_t len = nsa_nl_receive(nl->fd, &nl->reply, NULL);
	const struct nlmsghdr *msg = nl->reply.data;
	int left = (int)len;

	if (len < 0)
		return (int)len;
	answer->size += (size_t)len;
	if (nl->limit && answer->size > nl->limit)
		return -E2BIG;
	for (; !answer->ended && nsa_nl_ok(msg, left); msg = mnl_nlmsg_next(msg, &left))
		if (is_answer(nl, msg))
			on_answer(answer, msg);
	return 0;
}

static int send_request(struct nsa_nl *nl)
{
	struct nlmsghdr *request = (void *)nl->request;

	request->nlmsg_seq = ++nl->seq;
	return send(nl->fd, request, request->nlmsg_len, 0) < 0 ? -errno : 0;
}

static bool has_answer(const struct nsa_nl *nl)
{
	struct pollfd fd = { .fd = nl->fd, .events = POLLIN };

	return poll(&fd, 1, 0) > 0 && fd.revents & POLLIN;
}

/* The kernel has done a change, and answered, before send() returns: that its answer couldn't be
 * read undoes nothing, and it may be there still. A dump goes on while it is read. */
static int read_again(struct nsa_nl *nl, struct answer *answer, int r)
{
	const struct nlmsghdr *request = (void *)nl->request;

	if (request->nlmsg_flags & NLM_F_DUMP || r == -E2BIG || !has_answer(nl))
		return r;
	return read_answer(nl, answer);
}

int nsa_nl_talk(struct nsa_nl *nl, mnl_cb_t cb, void *data)
{
	struct answer answer = { .cb = cb, .data = data };
	int r = send_request(nl);

	while (!r && !answer.ended) {
		r = read_answer(nl, &answer);
		if (r < 0)
			r = read_again(nl, &answer, r);
	}
	if (r < 0)
		return r;
	return !answer.error && answer.interrupted ? -EINTR : answer.error;
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
	struct pollfd fd = { .fd = nl->fd, .events = POLLIN };
	int left = patience;
	struct timespec start;

	if (setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return done(data);
	clock_gettime(CLOCK_MONOTONIC, &start);
	while (!done(data)) {
		if (left <= 0 || poll(&fd, 1, left) <= 0)
			return false;
		nsa_nl_skip(nl->fd);
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
