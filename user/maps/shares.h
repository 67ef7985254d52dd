/* SPDX-License-Identifier: GPL-2.0-only */
/* Map "shares": addresses of a NIC that namespaces share with its owner. */
#ifndef NSA_MAPS_SHARES_H
#define NSA_MAPS_SHARES_H

#include <stddef.h>

#include "maps/maps.h"

/* Sorted by key; the caller frees *out. */
int nsa_maps_shares(const struct nsa_maps *maps, struct nsaccel_share **out, size_t *count);
int nsa_maps_share_put(const struct nsa_maps *maps, const struct nsaccel_share *share);
int nsa_maps_share_del(const struct nsa_maps *maps, const struct nsaccel_share_key *key);

#endif
