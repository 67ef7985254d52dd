/* SPDX-License-Identifier: GPL-2.0-only */
/* Turns rtnetlink messages into dirty bits and recorded changes. */
#ifndef NSA_RECONCILE_NOTIFY_H
#define NSA_RECONCILE_NOTIFY_H

#include <linux/netlink.h>

#include "reconcile/state.h"

/* The part of a message that concerns no owner's own state. */
enum nsa_netns_event {
	NSA_NETNS_EVENT_NONE,
	NSA_NETNS_EVENT_ENDPOINTS, /* devices of the namespace changed */
	NSA_NETNS_EVENT_ADDRS,	   /* addresses of its endpoints changed */
	NSA_NETNS_EVENT_DEAD,	   /* the namespace is dead */
	NSA_NETNS_EVENT_UNKNOWN,   /* the message is from a namespace that is not known */
};

/* Handles a message of the sockets of all namespaces. cookie: the sender's, see
 * kernel/rtnl_monitor.h. */
enum nsa_netns_event nsa_notify_namespace(const struct nsa_state *state, __u64 cookie,
					  const struct nlmsghdr *msg);

/* Handles a message of the owner's own socket. Links, addresses and routes depend on their
 * order, so all of them have to come from this one socket. */
void nsa_notify_owner(const struct nsa_run *run, struct nsa_owner *owner,
		      const struct nlmsghdr *msg);
/* Marks everything dirty that messages are received for: messages were lost. */
void nsa_notify_lost(struct nsa_state *state, struct nsa_owner *owner);
/* The same for the socket of the forwarding databases. */
void nsa_notify_lost_fdb(struct nsa_state *state, struct nsa_owner *owner);

#endif
