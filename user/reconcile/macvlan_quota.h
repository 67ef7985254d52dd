/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Quota of macvlans. A namespace that was given a macvlan can create more on it, in any number
 * of namespaces; they all count towards its quota.
 */
#ifndef NSA_RECONCILE_MACVLAN_QUOTA_H
#define NSA_RECONCILE_MACVLAN_QUOTA_H

#include "maps/maps.h"
#include "maps/records.h"
#include "model/snapshot.h"

/* Sets tenant_over_quota and beyond_quota of the snapshot's endpoints. known: namespaces sorted by
 * cookie; before: endpoints in the map, sorted by key, which have precedence. 0 or -ENOMEM, not
 * logged. */
int nsa_macvlan_quota_apply(struct nsa_snapshot *snapshot, __u32 owner_slot,
			    const struct nsa_netns_entry *known, size_t known_count,
			    const struct nsa_endpoint_entry *before, size_t before_count);

#endif
