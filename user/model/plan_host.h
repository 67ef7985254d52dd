/* SPDX-License-Identifier: GPL-2.0-only */
/* Hosts: the addresses that may be reached as neighbours or endpoints, and exceptions of routes. */
#ifndef NSA_MODEL_PLAN_HOST_H
#define NSA_MODEL_PLAN_HOST_H

#include "model/plan.h"

/* Records in the table whether addr may be reached as a neighbour or endpoint of a port. 0 or
 * -ENOMEM. */
int nsa_plan_host(const struct nsa_plan *plan, __u8 family, const __u8 *addr);
/* The same of all addresses in the snapshot, and of the table's hosts. */
int nsa_plan_hosts(const struct nsa_plan *plan);
/* The same of the addresses whose claims have changed. */
int nsa_plan_dirty_hosts(const struct nsa_plan *plan);

/* Records the snapshot's exceptions in the table, and removes the former ones. 0 or -ENOMEM. */
int nsa_plan_exceptions(const struct nsa_plan *plan, const struct nsa_kernel_route *before,
			size_t before_count);

#endif
