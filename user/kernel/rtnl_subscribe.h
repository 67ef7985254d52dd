/* SPDX-License-Identifier: GPL-2.0-only */
/* The multicast groups of rtnetlink that a monitor listens to, and the filter of its socket. */
#ifndef NSA_KERNEL_RTNL_SUBSCRIBE_H
#define NSA_KERNEL_RTNL_SUBSCRIBE_H

/* What a socket listens to; see rtnl_monitor.h. */
enum nsa_rtnl_topic {
	NSA_RTNL_ALL_NAMESPACES,
	NSA_RTNL_ONE_NAMESPACE,
	NSA_RTNL_BRIDGE_ENTRIES,
};

/* Sets the options of the rtnetlink socket, then joins the groups. 0 or -errno, logged. */
int nsa_rtnl_subscribe(int fd, enum nsa_rtnl_topic topic);

#endif
