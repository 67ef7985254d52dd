// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/netlink.h"
#include "kernel/netns.h"
#include "kernel/rtnl_monitor.h"
#include "kernel/rtnl_nsids.h"
#include "kernel/rtnl_subscribe.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Messages in one nsa_rtnl_monitor_read(). Those of an owner are settled together, so they are
 * many. Those of all namespaces, and of bridge entries, take no more than half a millisecond:
 * meanwhile the messages of owners wait. */
#define AT_ONCE_OF_ONE 4096
#define AT_ONCE_OF_ALL 256

struct nsa_rtnl_monitor {
	int fd, at_once;
	__u32 portid, seq;
	__u64 own; /* cookie of the namespace that the socket is in */
	struct nsa_rtnl_nsids nsids;
	struct nsa_nl_lot lot;
};

static void monitor_closep(struct nsa_rtnl_monitor **events)
{
	nsa_rtnl_monitor_close(*events);
}

static int allocate(int at_once, struct nsa_rtnl_monitor **out)
{
	__cleanup(monitor_closep) struct nsa_rtnl_monitor *events = calloc(1, sizeof(*events));

	if (!events)
		return -ENOMEM;
	events->fd = -1;
	events->at_once = at_once;
	*out = TAKE_PTR(events);
	return 0;
}

static int open_socket(struct nsa_rtnl_monitor *events)
{
	struct sockaddr_nl own = {};
	socklen_t len = sizeof(own);
	int r = nsa_netns_own_cookie(&events->own);

	if (!r) {
		events->fd = nsa_nl_socket(NETLINK_ROUTE, SOCK_NONBLOCK, NULL);
		r = events->fd < 0 ? events->fd : 0;
	}
	if (!r && getsockname(events->fd, (struct sockaddr *)&own, &len))
		r = -errno;
	if (r < 0)
		return nsa_err(r, "open an rtnetlink socket: %s", strerror(-r));
	events->portid = own.nl_pid;
	return 0;
}

int nsa_rtnl_monitor_open(struct nsa_rtnl_monitor **out)
{
	__cleanup(monitor_closep) struct nsa_rtnl_monitor *events = NULL;
	int r;

	r = allocate(AT_ONCE_OF_ALL, &events);
	if (r < 0)
		return nsa_err(r, "listen to rtnetlink: %s", strerror(-r));
	r = open_socket(events);
	if (!r)
		r = nsa_rtnl_subscribe(events->fd, NSA_RTNL_ALL_NAMESPACES);
	if (r < 0)
		return r;
	*out = TAKE_PTR(events);
	return 0;
}

static int open_in(const struct nsa_netns *ns, int at_once, enum nsa_rtnl_topic topic,
		   struct nsa_rtnl_monitor **out)
{
	__cleanup(monitor_closep) struct nsa_rtnl_monitor *events = NULL;
	__cleanup(nsa_netns_leavep) int token = -1;
	int r;

	r = allocate(at_once, &events);
	if (r < 0)
		return nsa_err(r, "listen to namespace %s: %s", ns->name, strerror(-r));
	token = nsa_netns_enter(ns);
	if (token < 0)
		return nsa_err(token, "enter namespace %s: %s", ns->name, strerror(-token));
	r = open_socket(events);
	if (!r)
		r = nsa_rtnl_subscribe(events->fd, topic);
	if (r < 0)
		return r;
	*out = TAKE_PTR(events);
	return 0;
}

int nsa_rtnl_monitor_open_one(const struct nsa_netns *ns, struct nsa_rtnl_monitor **out)
{
	return open_in(ns, AT_ONCE_OF_ONE, NSA_RTNL_ONE_NAMESPACE, out);
}

int nsa_rtnl_monitor_open_bridges(const struct nsa_netns *ns, struct nsa_rtnl_monitor **out)
{
	return open_in(ns, AT_ONCE_OF_ALL, NSA_RTNL_BRIDGE_ENTRIES, out);
}

void nsa_rtnl_monitor_close(struct nsa_rtnl_monitor *events)
{
	if (!events)
		return;
	nsa_closep(&events->fd);
	nsa_rtnl_nsids_free(&events->nsids);
	nsa_nl_lot_free(&events->lot);
	free(events);
}

int nsa_rtnl_monitor_fd(const struct nsa_rtnl_monitor *events)
{
	return events->fd;
}

static int send_request(struct nsa_rtnl_monitor *events, __u16 type, __u32 seq, int netns_fd)
{
	_Alignas(struct nlmsghdr) char buffer[128];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST;
	request->nlmsg_seq = seq;
	mnl_nlmsg_put_extra_header(request, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(request, NETNSA_FD, (__u32)netns_fd);
	if (type == RTM_NEWNSID)
		mnl_attr_put_u32(request, NETNSA_NSID, (__u32)NETNSA_NSID_NOT_ASSIGNED);
	return send(events->fd, request, request->nlmsg_len, 0) < 0 ? -errno : 0;
}

/*
 * The answers arrive on the same socket, in order with the notifications: from there on the id
 * means this namespace. A new id comes with the notification that has our sequence number. An id
 * that the namespace had before comes with the answer to the second question, whose number is odd.
 */
int nsa_rtnl_monitor_add(struct nsa_rtnl_monitor *events, const struct nsa_netns *ns)
{
	__cleanup(nsa_closep) int fd = nsa_netns_fd(ns);
	int r;

	if (fd < 0)
		return fd;
	r = nsa_rtnl_nsids_ask(&events->nsids, events->seq + 2, ns->cookie);
	if (r < 0)
		return r;
	events->seq += 2;
	if (ns->cookie != events->own) /* it needs no id, but may have one */
		r = send_request(events, RTM_NEWNSID, events->seq, fd);
	if (!r)
		r = send_request(events, RTM_GETNSID, events->seq + 1, fd);
	if (r < 0)
		nsa_rtnl_nsids_answered(&events->nsids,
					nsa_rtnl_nsids_question(&events->nsids, events->seq));
	return r;
}

/* The answer with an odd number is the last one to its question. */
static void answered(struct nsa_rtnl_monitor *events, const struct nsa_rtnl_question *question,
		     __u32 seq)
{
	if (seq & 1)
		nsa_rtnl_nsids_answered(&events->nsids, question);
}

static int read_nsid(const struct nlmsghdr *msg)
{
	const struct nlattr *tb[NETNSA_MAX + 1] = {};
	int nsid = NETNSA_NSID_NOT_ASSIGNED;

	nsa_nl_parse(msg, sizeof(struct rtgenmsg), tb, NETNSA_MAX);
	nsa_nl_get(tb[NETNSA_NSID], &nsid, sizeof(nsid));
	return nsid;
}

static void report_death(struct nsa_rtnl_monitor *events, int nsid, nsa_rtnl_monitor_cb cb,
			 void *data)
{
	static const struct {
		struct nlmsghdr header;
		struct rtgenmsg rest;
	} death = { .header = { .nlmsg_len = NLMSG_LENGTH(sizeof(death.rest)),
				.nlmsg_type = RTM_DELNSID } };
	__u64 cookie = nsa_rtnl_nsids_cookie(&events->nsids, nsid);

	if (!cookie)
		return;
	nsa_rtnl_nsids_remove(&events->nsids, nsid);
	cb(data, cookie, &death.header);
}

/* If the id was another namespace's, that one is dead: the notification was lost. */
static void on_answer(struct nsa_rtnl_monitor *events, const struct nlmsghdr *msg,
		      nsa_rtnl_monitor_cb cb, void *data)
{
	const struct nsa_rtnl_question *question =
		nsa_rtnl_nsids_question(&events->nsids, msg->nlmsg_seq);
	int nsid = read_nsid(msg);

	if (!question) /* forgotten meanwhile */
		return;
	if (nsid >= 0) {
		if (nsa_rtnl_nsids_cookie(&events->nsids, nsid) != question->cookie)
			report_death(events, nsid, cb, data);
		nsa_rtnl_nsids_set(&events->nsids, nsid, question->cookie);
	}
	answered(events, question, msg->nlmsg_seq);
}

static void on_error(struct nsa_rtnl_monitor *events, const struct nlmsghdr *msg)
{
	const struct nsa_rtnl_question *question =
		nsa_rtnl_nsids_question(&events->nsids, msg->nlmsg_seq);
	int error = 0;

	if (mnl_nlmsg_get_payload_len(msg) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(msg), sizeof(error));
	if (!question || error == -EEXIST) /* it has an id */
		return;
	nsa_warn("what changes in the network namespace with cookie %llu can't be heard, since it "
		 "gets no id: %s",
		 question->cookie, strerror(-error));
	answered(events, question, msg->nlmsg_seq);
}

/* Reading */

static void on_message(struct nsa_rtnl_monitor *events, __u64 cookie, const struct nlmsghdr *msg,
		       nsa_rtnl_monitor_cb cb, void *data)
{
	bool own = cookie == events->own;

	switch (msg->nlmsg_type) {
	case NLMSG_ERROR:
		on_error(events, msg);
		break;
	case RTM_NEWNSID:
		if (own && msg->nlmsg_pid == events->portid)
			on_answer(events, msg, cb, data);
		else
			cb(data, 0, msg);
		break;
	case RTM_DELNSID: /* ids are valid in the socket's own namespace only */
		if (own)
			report_death(events, read_nsid(msg), cb, data);
		break;
	default:
		cb(data, cookie, msg);
	}
}

/* 1, or 0: there is nothing to read. */
static int read_one(struct nsa_rtnl_monitor *events, nsa_rtnl_monitor_cb cb, void *data)
{
	int nsid, left;
	const struct nlmsghdr *msg = NULL;
	ssize_t len = nsa_nl_receive_next(events->fd, &events->lot, &msg, &nsid);
	__u64 cookie;

	if (len <= 0)
		return len == -EAGAIN ? 0 : len ? (int)len : 1;
	cookie = nsid < 0 ? events->own : nsa_rtnl_nsids_cookie(&events->nsids, nsid);
	for (left = (int)len; nsa_nl_ok(msg, left); msg = mnl_nlmsg_next(msg, &left))
		on_message(events, cookie, msg, cb, data);
	return 1;
}

static bool is_dead(struct nsa_nl *nl, int nsid)
{
	struct nlmsghdr *request =
		nsa_nl_request(nl, RTM_GETNSID, NLM_F_ACK, sizeof(struct rtgenmsg));

	mnl_attr_put_u32(request, NETNSA_NSID, (__u32)nsid);
	return nsa_nl_talk(nl, NULL, NULL) == -ENOENT;
}

/* The lost messages may include deaths, which are not reported again. */
static void report_deaths(struct nsa_rtnl_monitor *events, nsa_rtnl_monitor_cb cb, void *data)
{
	struct nsa_nl *nl = malloc(sizeof(*nl));

	if (nl && !nsa_nl_open(nl, NETLINK_ROUTE, NULL)) {
		for (size_t i = events->nsids.count; i-- > 0;)
			if (is_dead(nl, events->nsids.entries[i].nsid))
				report_death(events, events->nsids.entries[i].nsid, cb, data);
		nsa_nl_close(nl);
	}
	free(nl);
}

/* After an overrun the socket accepts no message until it is empty, and reports no further loss. So
 * it is emptied first; otherwise changes could be lost after the caller has read all state anew.
 * Ids keep their meaning: a namespace that cannot be found any more may be about to die. */
static void start_over(struct nsa_rtnl_monitor *events, nsa_rtnl_monitor_cb cb, void *data)
{
	int r;

	do {
		r = nsa_nl_skip(events->fd);
	} while (r >= 0 || r == -ENOBUFS);
	report_deaths(events, cb, data);
	events->nsids.question_count = 0;
}

int nsa_rtnl_monitor_read(struct nsa_rtnl_monitor *events, nsa_rtnl_monitor_cb cb, void *data)
{
	int r = 1;

	for (int i = 0; r > 0 && (i < events->at_once || nsa_nl_lot_has_more(&events->lot)); i++)
		r = read_one(events, cb, data);
	if (r == -ENOBUFS)
		start_over(events, cb, data);
	return r;
}
