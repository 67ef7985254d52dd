/* SPDX-License-Identifier: GPL-2.0-only */
/* A namespace's routing table: a map of its own, in "tables" for the programs, in "routes" and
 * pinned by cookie. */
#ifndef NSA_MAPS_TABLE_H
#define NSA_MAPS_TABLE_H

#include <stdbool.h>

#include "maps/maps.h"

/* A new empty table; the caller fills it, hands it to nsa_maps_table_set(), and closes it. fd or
 * -errno. */
int nsa_maps_table_new(const struct nsa_maps *maps);
/* The table in use: fd, which the caller closes, or -ENOENT. By its pin, which is there whenever
 * "routes" or "tables" has one: before Linux 6.8 a lookup in these waits for an RCU grace
 * period. */
int nsa_maps_table_open(__u64 cookie);
/* From now on lookups of the namespace use this table: atomic for every packet. */
int nsa_maps_table_set(const struct nsa_maps *maps, __u64 cookie, __u32 slot, int fd);
/* Do lookups of the programs use this table? A run that was killed may have set it in part. */
bool nsa_maps_table_is_set(const struct nsa_maps *maps, __u32 slot, int fd);
/* Takes the table away, and its multibit trie (mtrie.h); 0 also if there was none. */
int nsa_maps_table_drop(const struct nsa_maps *maps, __u64 cookie, __u32 slot);

#endif
