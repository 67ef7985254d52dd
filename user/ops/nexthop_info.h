/* SPDX-License-Identifier: GPL-2.0-only */
/* A next hop, with the names that belong to it. */
#ifndef NSA_OPS_NEXTHOP_INFO_H
#define NSA_OPS_NEXTHOP_INFO_H

#include "ops/query.h"

struct nsa_nexthop_info {
	struct nsaccel_nexthop nh;
	char dev[NSACCEL_NAME_LEN]; /* the port that it leads to; behind a bridge the bridge's; "" none */
	struct nsa_netns_ref to; /* the namespace that it leads to; cookie 0: none that is known */
};

#endif
