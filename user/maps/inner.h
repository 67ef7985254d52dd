/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps of maps, and the maps in them, which are made like templates. For the files of maps/. */
#ifndef NSA_MAPS_INNER_H
#define NSA_MAPS_INNER_H

#include <stdbool.h>

#include "maps/maps.h"

/* Makes a map like the template, with its BTF. It is neither pinned nor in a map of maps yet.
 * max_entries: elements; 0: as many as the template has. name: of the kernel's object, at most 15
 * bytes. Returns a descriptor, which the caller closes, or -errno. */
int nsa_maps_inner_new(const struct nsa_maps *maps, enum nsa_map template, const char *name,
		       __u32 max_entries);
/* Opens the map that stands under the key in the map of maps. Returns a descriptor, which the
 * caller closes, or -errno; -ENOENT: none stands there. */
int nsa_maps_inner_open(const struct nsa_maps *maps, enum nsa_map outer, const void *key);
/* Is the map that stands under the key the one of the descriptor? Also false if that can't be found
 * out. */
bool nsa_maps_inner_is(const struct nsa_maps *maps, enum nsa_map outer, const void *key, int fd);
/* The kernel's id of the descriptor's map; 0: it can't be found out. */
__u32 nsa_maps_inner_id(int fd);
/* Removes the map that stands under the key from the map of maps. The kernel frees it, unless it is
 * pinned or open. 0, also if none stood there, or -errno. */
int nsa_maps_inner_remove(const struct nsa_maps *maps, enum nsa_map outer, const void *key);

#endif
