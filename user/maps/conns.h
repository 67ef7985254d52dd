/* SPDX-License-Identifier: GPL-2.0-only */
/* Map "conns": connections that a namespace has begun and a policy allowed. */
#ifndef NSA_MAPS_CONNS_H
#define NSA_MAPS_CONNS_H

#include "maps/maps.h"

/* Makes a map of its own for the namespace, with a copy of its connections in the owner's map; none
 * is made if there is one. owner_slot: that of its owner, or the same. */
int nsa_maps_conns_add(const struct nsa_maps *maps, __u32 slot, __u32 owner_slot);
/* 0 also if there was none. */
int nsa_maps_conns_del(const struct nsa_maps *maps, __u32 slot);

#endif
