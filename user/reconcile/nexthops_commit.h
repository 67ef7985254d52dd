/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The map "nexthops" and next hops in memory (model/nexthops.h), changed together. A record changes
 * in place, under a sequence that programs check, so that a new neighbour takes one write however
 * many routes it has. Needs the lock. 0 or -errno; nothing is logged.
 */
#ifndef NSA_RECONCILE_NEXTHOPS_COMMIT_H
#define NSA_RECONCILE_NEXTHOPS_COMMIT_H

#include "maps/maps.h"
#include "model/nexthops.h"

/* All records that are in the map; the caller releases *out by nsa_nexthops_free(). */
int nsa_nexthops_commit_load(const struct nsa_maps *maps, struct nsa_nexthops **out);
/* Makes this its record, in the map, too, if it is there. *changed: it was another. */
int nsa_nexthops_commit_resolve(const struct nsa_maps *maps, struct nsa_nexthops *hops, __u32 hop,
				const struct nsaccel_nexthop *record, bool *changed);
/* Puts a resolved one into the map, unless it is there. -E2BIG: the map is full. */
int nsa_nexthops_commit_install(const struct nsa_maps *maps, struct nsa_nexthops *hops, __u32 hop);
/* Frees the records that no route in a map names; the routes of all tables must have been
 * counted. */
int nsa_nexthops_commit_collect(const struct nsa_maps *maps, struct nsa_nexthops *hops);

#endif
