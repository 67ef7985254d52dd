/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps "used" and "neigh_used": next hops and neighbours that programs have sent packets to. */
#ifndef NSA_MAPS_USED_H
#define NSA_MAPS_USED_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/maps.h"

/* Maps "used" into memory, for nsa_maps_nexthop_used(). */
int nsa_maps_used_map(struct nsa_maps *maps);
void nsa_maps_used_unmap(struct nsa_maps *maps);

/* Was the next hop used since the last call? */
bool nsa_maps_nexthop_used(const struct nsa_maps *maps, __u32 id);
/* Takes the owner's neighbours out of "neigh_used"; the caller frees *out. */
int nsa_maps_fib_used(const struct nsa_maps *maps, __u32 owner_slot,
		      struct nsaccel_fib_neighbour **out, size_t *count);

#endif
