// SPDX-License-Identifier: GPL-2.0-only
#include <asm/byteorder.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/netlink.h"
#include "kernel/netns.h"
#include "kernel/rtnl_monitor.h"
#include "util/cleanup.h"
#include "util/log.h"

/* A million routes may be replaced while the reader is busy; the kernel charges about 1 KiB each.
 * What is not used costs nothing. */
#define RECEIVE_BUFFER (64 << 20)
/* Messages in one nsa_events_read(): of an owner many, since they are settled together; of all namespaces,
 * and of what bridges learn, no more than take half a millisecond, for meanwhile owners aren't heard. */
#define AT_ONCE_OF_ONE 4096
#define AT_ONCE_OF_ALL 256

struct source {
	int nsid;
	__u64 cookie;
};

/* A question about a namespace's id, of which the answer is still to be read. */
struct question {
	__u32 seq;
	__u64 cookie;
};

struct sources {
	struct source *items; /* by nsid */
	size_t count, room;
};

struct questions {
	struct question *items; /* oldest first, as the answers come */
	size_t count, room;
};

struct nsa_events {
	int fd, at_once;
	__u32 portid, seq;
	__u64 own; /* cookie of the namespace that the socket is in */
	struct sources sources;
	struct questions questions;
	struct nsa_nl_lot lot;
};

struct groups {
	int count, all[16];
};

/* Of all namespaces, what makes endpoints. No more: whoever owns one can make as many of the other
 * messages as he likes, and would drown all others' in them. */
static const struct groups of_all = { 4,
				      { RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
					RTNLGRP_NSID } };

static const struct groups of_bridges = { 1, { RTNLGRP_NEIGH } };

static const struct groups of_one = {
	13,
	{ RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_TC, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE,
	  RTNLGRP_IPV4_RULE, RTNLGRP_IPV4_NETCONF, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE,
	  RTNLGRP_IPV6_RULE, RTNLGRP_IPV6_NETCONF, RTNLGRP_NEXTHOP, RTNLGRP_BRVLAN }
};

/* With a length that a message can exceed it would be cut to it, and not said to be. */
#define WHOLE		    0xffffffff
#define TYPE(type, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __constant_htons(type), yes, no)
#define LOAD_NDM_FAMILY                                                                            \
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, NLMSG_HDRLEN + offsetof(struct ndmsg, ndm_family))

/*
 * What nobody asks for is dropped before it takes up room: cached routes, and of traffic control
 * all but qdiscs and filters. What bridges learn comes by a socket of its own. Classic BPF loads in
 * network byte order.
 */
static const struct sock_filter but_bridges[] = {
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
	TYPE(RTM_NEWROUTE, 10, 0),
	TYPE(RTM_DELROUTE, 9, 0),
	TYPE(RTM_NEWNEIGH, 10, 0),
	TYPE(RTM_DELNEIGH, 9, 0),
	TYPE(RTM_NEWTCLASS, 11, 0),
	TYPE(RTM_DELTCLASS, 10, 0),
	TYPE(RTM_NEWACTION, 9, 0),
	TYPE(RTM_DELACTION, 8, 0),
	TYPE(RTM_NEWCHAIN, 7, 0),
	TYPE(RTM_DELCHAIN, 6, 0),
	BPF_STMT(BPF_RET | BPF_K, WHOLE),
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NLMSG_HDRLEN + offsetof(struct rtmsg, rtm_flags)),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, __constant_htonl(RTM_F_CLONED), 3, 2),
	LOAD_NDM_FAMILY,
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_BRIDGE, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, WHOLE),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

static const struct sock_filter bridges_alone[] = {
	LOAD_NDM_FAMILY,
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_BRIDGE, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, WHOLE),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

#define ELEMENTS(array) (sizeof(array) / sizeof(*(array)))
static const struct sock_fprog filter_but_bridges = { ELEMENTS(but_bridges),
						      (struct sock_filter *)but_bridges };
static const struct sock_fprog filter_bridges = { ELEMENTS(bridges_alone),
						  (struct sock_filter *)bridges_alone };

static int set_filter(int fd, const struct sock_fprog *filter)
{
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, filter, sizeof(*filter)) ? -errno : 0;
}

static int set_receive_buffer(int fd)
{
	int size = RECEIVE_BUFFER;

	if (!setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    !setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)))
		return 0;
	return -errno;
}

/* All but the groups, so that nothing is heard before it is set up. */
static int set_up(struct nsa_events *events, const struct sock_fprog *filter)
{
	struct sockaddr_nl own = {};
	socklen_t len = sizeof(own);
	int r;

	r = set_receive_buffer(events->fd);
	if (!r)
		r = set_filter(events->fd, filter);
	if (!r && getsockname(events->fd, (struct sockaddr *)&own, &len))
		r = -errno;
	if (r < 0)
		return nsa_err(r, "listen to rtnetlink: %s", strerror(-r));
	events->portid = own.nl_pid;
	return 0;
}

static int listen_to_all(struct nsa_events *events)
{
	int on = 1;

	if (setsockopt(events->fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on, sizeof(on)))
		return nsa_err(-errno,
			       "listen to all network namespaces: %s; it takes CAP_NET_BROADCAST",
			       strerror(errno));
	return 0;
}

static int join(struct nsa_events *events, const struct groups *groups)
{
	for (int i = 0; i < groups->count; i++)
		if (setsockopt(events->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups->all[i],
			       sizeof(groups->all[i])))
			return nsa_err(-errno, "listen to rtnetlink's group %d: %s", groups->all[i],
				       strerror(errno));
	return 0;
}

static int allocate(int at_once, struct nsa_events **out)
{
	__cleanup(nsa_events_closep) struct nsa_events *events = calloc(1, sizeof(*events));

	if (!events)
		return -ENOMEM;
	events->fd = -1;
	events->at_once = at_once;
	*out = TAKE_PTR(events);
	return 0;
}

/* Where the calling thread is. */
static int open_socket(struct nsa_events *events)
{
	int r = nsa_netns_own_cookie(&events->own);

	if (!r) {
		events->fd = nsa_nl_socket(NETLINK_ROUTE, SOCK_NONBLOCK, NULL);
		r = events->fd < 0 ? events->fd : 0;
	}
	return r < 0 ? nsa_err(r, "open an rtnetlink socket: %s", strerror(-r)) : 0;
}

int nsa_events_open(struct nsa_events **out)
{
	__cleanup(nsa_events_closep) struct nsa_events *events = NULL;
	int r;

	r = allocate(AT_ONCE_OF_ALL, &events);
	if (r < 0)
		return nsa_err(r, "listen to rtnetlink: %s", strerror(-r));
	r = open_socket(events);
	if (!r)
		r = listen_to_all(events);
	if (!r)
		r = set_up(events, &filter_but_bridges);
	if (!r)
		r = join(events, &of_all);
	if (r < 0)
		return r;
	*out = TAKE_PTR(events);
	return 0;
}

static int open_in(const struct nsa_netns *ns, int at_once, const struct sock_fprog *filter,
		   const struct groups *groups, struct nsa_events **out)
{
	__cleanup(nsa_events_closep) struct nsa_events *events = NULL;
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
		r = set_up(events, filter);
	if (!r)
		r = join(events, groups);
	if (r < 0)
		return r;
	*out = TAKE_PTR(events);
	return 0;
}

int nsa_events_open_one(const struct nsa_netns *ns, struct nsa_events **out)
{
	return open_in(ns, AT_ONCE_OF_ONE, &filter_but_bridges, &of_one, out);
}

int nsa_events_open_bridges(const struct nsa_netns *ns, struct nsa_events **out)
{
	return open_in(ns, AT_ONCE_OF_ALL, &filter_bridges, &of_bridges, out);
}

void nsa_events_close(struct nsa_events *events)
{
	if (!events)
		return;
	nsa_closep(&events->fd);
	free(events->sources.items);
	free(events->questions.items);
	nsa_nl_lot_free(&events->lot);
	free(events);
}

void nsa_events_closep(struct nsa_events **events)
{
	nsa_events_close(*events);
}

int nsa_events_fd(const struct nsa_events *events)
{
	return events->fd;
}

/* Which namespace an id means */

/* Of the id, or of where it would be. */
static size_t find_source(const struct sources *sources, int nsid)
{
	size_t low = 0, high = sources->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (sources->items[middle].nsid < nsid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool has_source(const struct sources *sources, size_t at, int nsid)
{
	return at < sources->count && sources->items[at].nsid == nsid;
}

static __u64 source_cookie(const struct sources *sources, int nsid)
{
	size_t at = find_source(sources, nsid);

	return has_source(sources, at, nsid) ? sources->items[at].cookie : 0;
}

static void remove_source(struct sources *sources, size_t at)
{
	struct source *item = &sources->items[at];

	memmove(item, item + 1, (--sources->count - at) * sizeof(*item));
}

/* nsa_events_add() has made the room. */
static void set_source(struct sources *sources, int nsid, __u64 cookie)
{
	size_t at = find_source(sources, nsid);
	struct source *item = &sources->items[at];

	if (!has_source(sources, at, nsid))
		memmove(item + 1, item, (sources->count++ - at) * sizeof(*item));
	*item = (struct source){ nsid, cookie };
}

static void remove_question(struct questions *questions, size_t at)
{
	struct question *item = &questions->items[at];

	memmove(item, item + 1, (--questions->count - at) * sizeof(*item));
}

static int reserve(struct nsa_events *events)
{
	struct questions *questions = &events->questions;
	struct sources *sources = &events->sources;
	size_t room = sources->count + questions->count + 1;
	void *grown;

	if (room <= sources->room)
		return 0;
	room *= 2;
	grown = reallocarray(sources->items, room, sizeof(*sources->items));
	if (!grown)
		return -ENOMEM;
	sources->items = grown;
	grown = reallocarray(questions->items, room, sizeof(*questions->items));
	if (!grown)
		return -ENOMEM;
	questions->items = grown;
	sources->room = room;
	return 0;
}

static int send_request(struct nsa_events *events, __u16 type, __u32 seq, int netns_fd)
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
 * The answers come on the same socket, in line with the messages: from there on the id means this
 * namespace. A new id is told at once, by the notification that has our sequence number; one that
 * the namespace had already, in answer to the question that follows, whose number is odd.
 */
int nsa_events_add(struct nsa_events *events, const struct nsa_netns *ns)
{
	__cleanup(nsa_closep) int fd = nsa_netns_fd(ns);
	struct questions *questions = &events->questions;
	int r;

	if (fd < 0)
		return fd;
	r = reserve(events);
	if (r < 0)
		return r;
	events->seq += 2;
	questions->items[questions->count++] = (struct question){ events->seq, ns->cookie };
	if (ns->cookie != events->own) /* which needs none, but may have been given one */
		r = send_request(events, RTM_NEWNSID, events->seq, fd);
	if (!r)
		r = send_request(events, RTM_GETNSID, events->seq + 1, fd);
	if (r < 0)
		questions->count--;
	return r;
}

static struct question *find_question(const struct nsa_events *events, __u32 seq)
{
	for (size_t i = 0; i < events->questions.count; i++)
		if (events->questions.items[i].seq == (seq & ~1U))
			return &events->questions.items[i];
	return NULL;
}

static void answered(struct nsa_events *events, const struct question *question, __u32 seq)
{
	if (seq & 1)
		remove_question(&events->questions, (size_t)(question - events->questions.items));
}

static int read_nsid(const struct nlmsghdr *msg)
{
	const struct nlattr *tb[NETNSA_MAX + 1] = {};
	int nsid = NETNSA_NSID_NOT_ASSIGNED;

	nsa_nl_parse(msg, sizeof(struct rtgenmsg), tb, NETNSA_MAX);
	nsa_nl_get(tb[NETNSA_NSID], &nsid, sizeof(nsid));
	return nsid;
}

static void tell_death(struct nsa_events *events, int nsid, nsa_events_cb cb, void *data)
{
	static const struct {
		struct nlmsghdr header;
		struct rtgenmsg rest;
	} death = { .header = { .nlmsg_len = NLMSG_LENGTH(sizeof(death.rest)),
				.nlmsg_type = RTM_DELNSID } };
	__u64 cookie = source_cookie(&events->sources, nsid);

	if (!cookie)
		return;
	remove_source(&events->sources, find_source(&events->sources, nsid));
	cb(data, cookie, &death.header);
}

/* Whose id it was is dead, if the news of that were lost. */
static void on_answer(struct nsa_events *events, const struct nlmsghdr *msg, nsa_events_cb cb,
		      void *data)
{
	const struct question *question = find_question(events, msg->nlmsg_seq);
	int nsid = read_nsid(msg);

	if (!question) /* forgotten meanwhile */
		return;
	if (nsid >= 0) {
		if (source_cookie(&events->sources, nsid) != question->cookie)
			tell_death(events, nsid, cb, data);
		set_source(&events->sources, nsid, question->cookie);
	}
	answered(events, question, msg->nlmsg_seq);
}

static void on_error(struct nsa_events *events, const struct nlmsghdr *msg)
{
	struct question *question = find_question(events, msg->nlmsg_seq);
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

static void on_message(struct nsa_events *events, __u64 cookie, const struct nlmsghdr *msg,
		       nsa_events_cb cb, void *data)
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
	case RTM_DELNSID: /* other namespaces' ids mean nothing here */
		if (own)
			tell_death(events, read_nsid(msg), cb, data);
		break;
	default:
		cb(data, cookie, msg);
	}
}

/* 1, or 0: there is nothing to read. */
static int read_one(struct nsa_events *events, nsa_events_cb cb, void *data)
{
	int nsid, left;
	const struct nlmsghdr *msg = NULL;
	ssize_t len = nsa_nl_receive_next(events->fd, &events->lot, &msg, &nsid);
	__u64 cookie;

	if (len <= 0)
		return len == -EAGAIN ? 0 : len ? (int)len : 1;
	cookie = nsid < 0 ? events->own : source_cookie(&events->sources, nsid);
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

/* What died may be among what was lost, and nobody says it twice. */
static void tell_deaths(struct nsa_events *events, nsa_events_cb cb, void *data)
{
	struct nsa_nl *nl = malloc(sizeof(*nl));

	if (nl && !nsa_nl_open(nl, NETLINK_ROUTE, NULL)) {
		for (size_t i = events->sources.count; i-- > 0;)
			if (is_dead(nl, events->sources.items[i].nsid))
				tell_death(events, events->sources.items[i].nsid, cb, data);
		nsa_nl_close(nl);
	}
	free(nl);
}

/* Once it overran, the socket takes nothing in until it is empty, and doesn't tell again. So what
 * is there has to go first, lest changes are lost after they were read anew. Ids mean what they did:
 * one whose namespace nobody can find any more may be about to die. */
static void start_over(struct nsa_events *events, nsa_events_cb cb, void *data)
{
	int r;

	do {
		r = nsa_nl_skip(events->fd);
	} while (r >= 0 || r == -ENOBUFS);
	tell_deaths(events, cb, data);
	events->questions.count = 0;
}

int nsa_events_read(struct nsa_events *events, nsa_events_cb cb, void *data)
{
	int r = 1;

	for (int i = 0; r > 0 && (i < events->at_once || nsa_nl_lot_has_more(&events->lot)); i++)
		r = read_one(events, cb, data);
	if (r == -ENOBUFS)
		start_over(events, cb, data);
	return r;
}
