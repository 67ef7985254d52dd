/* SPDX-License-Identifier: GPL-2.0-only */
/* The source addresses by which programs know an endpoint at once. */
#ifndef NSA_MODEL_PLAN_SOURCE_H
#define NSA_MODEL_PLAN_SOURCE_H

#include "model/plan.h"

/* The first source address of the family that both the guard and the owner's source checks accept
 * from the endpoint, in *known; zero if there is none. *known: the former address, of 4 or 16
 * bytes. shared: others are on the link, too. */
void nsa_plan_source(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
		     int l3_ifindex, bool shared, __u8 family, __u8 *known);

#endif
