/* SPDX-License-Identifier: GPL-2.0-only */
/* Map "meta": numbers of the maps as a whole. */
#ifndef NSA_MAPS_META_H
#define NSA_MAPS_META_H

#include "maps/maps.h"

/* The ABI version that they were made with; 0: not written yet. */
int nsa_maps_abi(const struct nsa_maps *maps, __u32 *version);
/* How often a command has changed the maps. */
int nsa_maps_changes(const struct nsa_maps *maps, __u32 *changes);
/* One change more. */
int nsa_maps_changed(const struct nsa_maps *maps);
/* A number that was never given out before. */
int nsa_maps_generation(const struct nsa_maps *maps, __u32 *generation);

#endif
