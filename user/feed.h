/* SPDX-License-Identifier: GPL-2.0-only */
/* One rtnetlink message -> what of the mirror has to be looked at anew. */
#ifndef NSA_FEED_H
#define NSA_FEED_H

#include <linux/netlink.h>

#include "mirror.h"

/* What can't be noted with an owner. */
enum nsa_news {
	NSA_NEWS_NONE,
	NSA_NEWS_ENDPOINTS, /* the devices or addresses of the namespace cookie */
	NSA_NEWS_DEAD,	    /* the namespace cookie is no more */
	NSA_NEWS_UNKNOWN,   /* there may be namespaces that nobody has looked at */
};

/* cookie: of the namespace that msg is from; see events.h. */
enum nsa_news nsa_feed(struct nsa_mirror *mirror, __u64 cookie, const struct nlmsghdr *msg);

#endif
