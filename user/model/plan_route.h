/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes: the next hop for each prefix. */
#ifndef NSA_MODEL_PLAN_ROUTE_H
#define NSA_MODEL_PLAN_ROUTE_H

#include "model/plan.h"

/* Decides the next hop for a node of the owner's table (nsa_table_want()). 0 or -ENOMEM. */
int nsa_plan_node(const struct nsa_plan *plan, struct nsa_node *node);
/* The same for a node with a static route, in any namespace's table. */
int nsa_plan_static(const struct nsa_plan *plan, struct nsa_table *table, struct nsa_node *node);

/* Is addr on a link of the owner's, by its routes? *link_key: the key of that route. */
bool nsa_plan_is_on_link(const struct nsa_plan *plan, __u8 family, const __u8 *addr,
			 struct nsaccel_nexthop *link_key);
/* Does a static route in the owner's table cover addr? */
bool nsa_plan_is_static(const struct nsa_plan *plan, __u8 family, const __u8 *addr);

#endif
