/* SPDX-License-Identifier: GPL-2.0-only */
/* Map "flow_use": how many flows a namespace may have. Programs write beside, word by word. */
#ifndef NSA_MAPS_FLOWS_H
#define NSA_MAPS_FLOWS_H

#include <stdbool.h>

#include "maps/maps.h"

/* Maps it into memory, for the functions below; maps->flow_use is owned by maps, until the second
 * one. 0 or -errno. */
int nsa_maps_flow_use_map(struct nsa_maps *maps);
void nsa_maps_flow_use_unmap(struct nsa_maps *maps);

/* Sets the quota of the slot's namespace, as of ns set --quota: it may have NSACCEL_QUOTA_FLOWS
 * flows for each of it. 0: it was given none, and has the default. Holds for new flows. slot: below
 * NSACCEL_MAX_NETNS, here and below. */
void nsa_maps_flow_quota(const struct nsa_maps *maps, __u32 slot, __u32 quota);
/* Makes the slot that of no namespace: the next one has the default quota, and isn't over it. */
void nsa_maps_flow_forget(const struct nsa_maps *maps, __u32 slot);
/* Was a flow of the slot's namespace refused, since it was over its quota, within the last ten
 * seconds? */
bool nsa_maps_flow_over(const struct nsa_maps *maps, __u32 slot);

#endif
