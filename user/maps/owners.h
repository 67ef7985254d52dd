/* SPDX-License-Identifier: GPL-2.0-only */
/* Map "owners": the settings of owners by slot. */
#ifndef NSA_MAPS_OWNERS_H
#define NSA_MAPS_OWNERS_H

#include "maps/maps.h"

/* Of any slot; cookie 0: the slot isn't an owner's. */
int nsa_maps_owner_get(const struct nsa_maps *maps, __u32 slot, struct nsaccel_owner *out);
int nsa_maps_owner_put(const struct nsa_maps *maps, __u32 slot, const struct nsaccel_owner *owner);

#endif
