/* SPDX-License-Identifier: GPL-2.0-only */
/* Map "flow_use": how many flows a namespace may have. Programs write beside, word by word. */
#ifndef NSA_MAPS_FLOWS_H
#define NSA_MAPS_FLOWS_H

#include <stdbool.h>

#include "maps/maps.h"

/* Maps it into memory, for the functions below. */
int nsa_maps_flow_use_map(struct nsa_maps *maps);
void nsa_maps_flow_use_unmap(struct nsa_maps *maps);

/* The quota that the namespace was given; 0: none. */
void nsa_maps_flow_quota(const struct nsa_maps *maps, __u32 slot, __u32 quota);
/* The slot's next namespace begins anew. */
void nsa_maps_flow_forget(const struct nsa_maps *maps, __u32 slot);
/* Are flows of it refused, now or a moment ago? */
bool nsa_maps_flow_over(const struct nsa_maps *maps, __u32 slot);

#endif
