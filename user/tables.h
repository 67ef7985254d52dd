/* SPDX-License-Identifier: GPL-2.0-only */
/* Planned routes -> maps. A table is built in full and swapped in: no packet sees half of it. */
#ifndef NSA_TABLES_H
#define NSA_TABLES_H

#include "plan.h"

/* Makes these routes the namespace's table; next hops that are there already are used again. No
 * routes: no table, unless keep_empty. 0 or -errno, logged. */
int nsa_tables_apply(const struct nsa_maps *maps, __u64 cookie, __u32 slot,
		     const struct nsa_plan_route *routes, size_t count, bool keep_empty);
/* The static routes of a namespace's table, with their next hops. The caller frees *out. */
int nsa_tables_statics(const struct nsa_maps *maps, __u64 cookie, struct nsa_plan_route **out,
		       size_t *count);
/* Frees next hops that no table refers to, those of a run that was killed included. */
int nsa_tables_collect(const struct nsa_maps *maps);

#endif
