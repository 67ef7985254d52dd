/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps of maps, and the maps in them, which are made like templates. For the files of maps/. */
#ifndef NSA_MAPS_INNER_H
#define NSA_MAPS_INNER_H

#include <stdbool.h>

#include "maps/maps.h"

/* A new map like the template, with its BTF; max_entries 0: of its size, too. name: of the kernel's
 * object. fd, which the caller closes, or -errno. */
int nsa_maps_inner_new(const struct nsa_maps *maps, enum nsa_map template, const char *name,
		       __u32 max_entries);
/* The map that stands under the key in the map of maps. fd, which the caller closes, or -errno;
 * -ENOENT: none does. */
int nsa_maps_inner_open(const struct nsa_maps *maps, enum nsa_map outer, const void *key);
/* Whether that is this map; false, too, if it can't be told. */
bool nsa_maps_inner_is(const struct nsa_maps *maps, enum nsa_map outer, const void *key, int fd);
/* The id of a map; 0: it can't be told. */
__u32 nsa_maps_inner_id(int fd);
/* Removes it from there. 0, also if there was none, or -errno. */
int nsa_maps_inner_remove(const struct nsa_maps *maps, enum nsa_map outer, const void *key);

#endif
