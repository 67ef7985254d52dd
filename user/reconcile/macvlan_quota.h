/* SPDX-License-Identifier: GPL-2.0-only */
/* Macvlans that one tenant makes, as many as he likes and in as many namespaces, of those that he was
 * given: only his quota of them have a place. */
#ifndef NSA_RECONCILE_MACVLAN_QUOTA_H
#define NSA_RECONCILE_MACVLAN_QUOTA_H

#include "maps/maps.h"
#include "maps/records.h"
#include "model/snapshot.h"

/* Sets crowds and crowded_out of the snapshot's endpoints. known: namespaces by cookie; before: endpoints in
 * the map, by key, which keep their places. -ENOMEM. */
int nsa_macvlan_quota_apply(struct nsa_snapshot *snapshot, __u32 owner_slot,
			    const struct nsa_netns_entry *known, size_t known_count,
			    const struct nsa_endpoint_entry *before, size_t before_count);

#endif
