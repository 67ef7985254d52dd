/* SPDX-License-Identifier: GPL-2.0-only */
/* Devmap "tx", the targets of XDP, and "tx_info", which tells their devices. */
#ifndef NSA_MAPS_TX_H
#define NSA_MAPS_TX_H

#include <stdbool.h>

#include "maps/maps.h"

/* All NSACCEL_MAX_TX elements of "tx_info"; the caller frees *out. */
int nsa_maps_targets(const struct nsa_maps *maps, struct nsaccel_tx_info **out);
/* Registers info->ifindex of the *calling thread's* namespace, which is that of info->netns_cookie.
 * *slot: the one it has already, or a free one. -E2BIG: none is free. */
int nsa_maps_tx_set(const struct nsa_maps *maps, const struct nsaccel_tx_info *info, __u32 *slot);
/* Do frames that are sent to the slot go to that device? */
bool nsa_maps_tx_is_set(const struct nsa_maps *maps, __u32 slot, __u64 cookie, __u32 ifindex);
/* Frees the slot. */
int nsa_maps_tx_del(const struct nsa_maps *maps, __u32 slot);

#endif
