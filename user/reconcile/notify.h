/* SPDX-License-Identifier: GPL-2.0-only */
/* One rtnetlink message -> what of the state has to be looked at anew. */
#ifndef NSA_RECONCILE_NOTIFY_H
#define NSA_RECONCILE_NOTIFY_H

#include <linux/netlink.h>

#include "reconcile/state.h"

/* What can't be noted with an owner. */
enum nsa_news {
	NSA_NEWS_NONE,
	NSA_NEWS_ENDPOINTS, /* the devices of the namespace cookie */
	NSA_NEWS_ADDRS,	    /* the addresses of those that are endpoints */
	NSA_NEWS_DEAD,	    /* the namespace cookie is no more */
	NSA_NEWS_UNKNOWN,   /* there may be namespaces that nobody has looked at */
};

/* Of all namespaces. cookie: of the one that msg is from; see kernel/rtnl_monitor.h. */
enum nsa_news nsa_notify_namespace(const struct nsa_state *state, __u64 cookie,
				   const struct nlmsghdr *msg);

/* Of the owner's own socket. The order of its links, addresses and routes matters: so none of these
 * may come by another. */
void nsa_notify_owner(const struct nsa_run *run, struct nsa_owner *owner,
		      const struct nlmsghdr *msg);
/* Messages of it were lost. */
void nsa_notify_lost(struct nsa_state *state, struct nsa_owner *owner);
/* Of what its bridges have learnt. */
void nsa_notify_lost_fdb(struct nsa_state *state, struct nsa_owner *owner);

#endif
