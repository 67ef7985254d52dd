/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The map of a namespace's routes and its table in memory (model/table.h): reading it, and writing
 * what is wanted. Needs the lock. 0 or -errno; nothing is logged.
 */
#ifndef NSA_RECONCILE_TABLE_COMMIT_H
#define NSA_RECONCILE_TABLE_COMMIT_H

#include "maps/maps.h"
#include "model/table.h"

/* The table as it stands in its map, if there is one; static routes are wanted as they stand. hops:
 * with the records in the map. The caller releases *out by nsa_table_free(). */
int nsa_table_load(const struct nsa_maps *maps, struct nsa_nexthops *hops, __u64 cookie, __u32 slot,
		   struct nsa_table **out);
/* Writes what is wanted at all touched nodes. Routes are added before others are removed, so that
 * no packet falls through to a shorter prefix in between; a change of much of the table is made in
 * a new map that is swapped in whole. keep_empty: there is a map even without routes. *changed:
 * routes that were written or removed. */
int nsa_table_commit(const struct nsa_maps *maps, struct nsa_table *table, bool keep_empty,
		     size_t *changed);

/* Takes the map away; the next commit makes a new one. */
int nsa_table_drop(const struct nsa_maps *maps, struct nsa_table *table);
/* Takes it away until fewer routes are wanted than now. */
int nsa_table_refuse(const struct nsa_maps *maps, struct nsa_table *table);

#endif
