// SPDX-License-Identifier: GPL-2.0-only
#include <asm/byteorder.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/rtnl_subscribe.h"
#include "util/log.h"

/* A million routes may be replaced while the reader is busy; the kernel charges about 1 KiB for
 * each. Unused room costs nothing. */
#define RECEIVE_BUFFER (64 << 20)

struct groups {
	int count, all[16];
};

/* Of all namespaces, only the messages that tell of endpoints: the owner of any namespace could
 * flood the socket with the others. */
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

/* The return value of a filter that accepts a message whole. A shorter length would silently cut
 * it. */
#define WHOLE		    0xffffffff
#define TYPE(type, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __constant_htons(type), yes, no)
#define LOAD_NDM_FAMILY                                                                            \
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, NLMSG_HDRLEN + offsetof(struct ndmsg, ndm_family))

/*
 * Drops messages that no caller uses before they take up room: cached routes, and of traffic
 * control all but qdiscs and filters. Bridge entries have a socket of their own. Classic BPF loads
 * convert from network byte order, so the constants are swapped.
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

static const struct topic {
	const struct groups *groups;
	const struct sock_fprog *filter;
} topics[] = {
	[NSA_RTNL_ALL_NAMESPACES] = { &of_all, &filter_but_bridges },
	[NSA_RTNL_ONE_NAMESPACE] = { &of_one, &filter_but_bridges },
	[NSA_RTNL_BRIDGE_ENTRIES] = { &of_bridges, &filter_bridges },
};

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

static int listen_to_all(int fd)
{
	int on = 1;

	if (setsockopt(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on, sizeof(on)))
		return nsa_err(-errno,
			       "listen to all network namespaces: %s; it takes CAP_NET_BROADCAST",
			       strerror(errno));
	return 0;
}

static int join(int fd, const struct groups *groups)
{
	for (int i = 0; i < groups->count; i++)
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups->all[i],
			       sizeof(groups->all[i])))
			return nsa_err(-errno, "listen to rtnetlink's group %d: %s", groups->all[i],
				       strerror(errno));
	return 0;
}

/* The groups come last, so that no message arrives before the options are set. */
int nsa_rtnl_subscribe(int fd, enum nsa_rtnl_topic topic)
{
	int r = topic == NSA_RTNL_ALL_NAMESPACES ? listen_to_all(fd) : 0;

	if (r < 0)
		return r;
	r = set_receive_buffer(fd);
	if (!r)
		r = set_filter(fd, topics[topic].filter);
	if (r < 0)
		return nsa_err(r, "listen to rtnetlink: %s", strerror(-r));
	return join(fd, topics[topic].groups);
}
