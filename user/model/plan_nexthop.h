/* SPDX-License-Identifier: GPL-2.0-only */
/* Next hops: ports, MAC addresses and MTU for a key. */
#ifndef NSA_MODEL_PLAN_NEXTHOP_H
#define NSA_MODEL_PLAN_NEXTHOP_H

#include "model/plan.h"

/* A neighbour that a next hop needs and the kernel has not resolved. */
struct nsa_plan_wanted {
	int ifindex; /* 0: none */
	__u8 family;
	__u8 addr[NSACCEL_ADDR_LEN];
};

/* The record for the key at this moment, and the neighbour that it lacks. */
void nsa_plan_resolve(const struct nsa_plan *plan, const struct nsaccel_nexthop *key,
		      struct nsaccel_nexthop *record, struct nsa_plan_wanted *wanted);

#endif
