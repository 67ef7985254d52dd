/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys of next hops: what a route is made from (model/nexthops.h). */
#ifndef NSA_MODEL_PLAN_KEY_H
#define NSA_MODEL_PLAN_KEY_H

#include "model/plan.h"

/* The key of a kernel route. */
void nsa_plan_kernel_key(__u32 owner_slot, const struct nsa_kernel_route *k,
			 struct nsaccel_nexthop *key);
/* The key of a static route for the prefix. request: its target, a key or a record. */
void nsa_plan_static_key(const struct nsa_plan *plan, const struct nsaccel_prefix *prefix,
			 const struct nsaccel_nexthop *request, struct nsaccel_nexthop *key);
/* Makes key one that passes packets to the kernel. oif: the device of the route, for the check of
 * sources; 0 or less: none. */
void nsa_plan_pass_key(struct nsaccel_nexthop *key, enum nsaccel_reason reason, int oif);

#endif
