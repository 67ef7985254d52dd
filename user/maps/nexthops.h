/* SPDX-License-Identifier: GPL-2.0-only */
/* Map "nexthops". The order in which a record is written is model/nexthops.h's. */
#ifndef NSA_MAPS_NEXTHOPS_H
#define NSA_MAPS_NEXTHOPS_H

#include "maps/maps.h"

/* All NSACCEL_MAX_NEXTHOPS elements, which others may write at any time; the caller closes *out. */
int nsa_maps_nexthops(const struct nsa_maps *maps, const struct nsaccel_nexthop **out);
void nsa_maps_nexthops_closep(const struct nsaccel_nexthop **all);
int nsa_maps_nexthop_get(const struct nsa_maps *maps, __u32 id, struct nsaccel_nexthop *out);
int nsa_maps_nexthop_put(const struct nsa_maps *maps, __u32 id, const struct nsaccel_nexthop *nh);

#endif
