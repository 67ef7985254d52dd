/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The multibit trie of a namespace's table that has many routes (nsaccel/mtrie.h): a map of its
 * own, in "mtries", which programs read instead of the table, and pinned by cookie. It is pinned
 * whenever "mtries" has it.
 */
#ifndef NSA_MAPS_MTRIE_H
#define NSA_MAPS_MTRIE_H

#include <stdbool.h>

#include "maps/maps.h"
#include "nsaccel/mtrie.h"

/* The elements of the map, in memory. */
struct nsa_mtrie_lines {
	struct nsaccel_mtrie_line *lines;
	__u32 count;
};

/* Has lookups of the namespace use a new map from now on, of that size, which begins with these
 * lines: atomic for every packet. Without one before, the table says the same. */
int nsa_maps_mtrie_set(const struct nsa_maps *maps, __u64 cookie, __u32 slot,
		       const struct nsa_mtrie_lines *begin, __u32 count);
/* Maps the one in use into memory; -ENOENT: there is none. The caller closes *out. */
int nsa_maps_mtrie_open(__u64 cookie, struct nsa_mtrie_lines *out);
void nsa_maps_mtrie_close(struct nsa_mtrie_lines *mtrie);
/* Do lookups of the programs use the one that is pinned? A run that was killed may have set it in
 * part. */
bool nsa_maps_mtrie_is_set(const struct nsa_maps *maps, __u64 cookie, __u32 slot);
/* Takes it away; 0 also if there was none. Also one whose pin is gone, which programs would go on
 * reading, also for the next namespace in that slot. same: the table says the same, so that what
 * programs remember stays right. */
int nsa_maps_mtrie_drop(const struct nsa_maps *maps, __u64 cookie, __u32 slot, bool same);

#endif
