/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The multibit trie of a table that has many routes, which programs read instead of the table's
 * map; for table_commit.c. What can't be made is done without: programs read the map then. Needs
 * the lock. 0 or -errno; nothing is logged.
 */
#ifndef NSA_RECONCILE_MTRIE_COMMIT_H
#define NSA_RECONCILE_MTRIE_COMMIT_H

#include "maps/maps.h"
#include "model/mtrie.h"
#include "model/table.h"

/* From so many routes on a table has one. It keeps it down to half of them. */
#define NSA_MTRIE_ROUTES 256

/* Whether the table, which has been read from that map, has one, and one that holds the same. */
void nsa_mtrie_commit_load(const struct nsa_maps *maps, struct nsa_table *table, int map);

/* Before so many routes of the map change: takes it away if it isn't current, or not worth it any
 * more. */
int nsa_mtrie_commit_begin(const struct nsa_maps *maps, struct nsa_table *table, size_t changed);

/* Has it hold what is wanted at the touched nodes, between nsa_maps_route_begin() and _end() of
 * these, or takes it away; fails if neither can be done, and the map must not change then. *out,
 * which is all zero, is for nsa_mtrie_commit_updated(), which is called in any case, with what came
 * of writing the map, and returns that. */
int nsa_mtrie_commit_update(const struct nsa_maps *maps, struct nsa_table *table,
			    struct nsa_mtrie *out);
int nsa_mtrie_commit_updated(const struct nsa_maps *maps, struct nsa_table *table,
			     struct nsa_mtrie *mtrie, int r);

/* Once the map holds what is wanted: makes one if the table is to have it and it isn't current. */
int nsa_mtrie_commit_end(const struct nsa_maps *maps, struct nsa_table *table);

#endif
