/* SPDX-License-Identifier: GPL-2.0-only */
/* Forwarding databases of bridges. */
#ifndef NSA_MAP_FDB_H
#define NSA_MAP_FDB_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "core/config.h"
#include "core/order.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_fdb_key);
	__type(value, struct nsaccel_fdb);
	__uint(max_entries, NSACCEL_MAX_FDB);
} nsaccel_fdb SEC(".maps");

/* A copy of what the bridge knows of mac, and the element; NULL: it knows nothing. */
static __always_inline struct nsaccel_fdb *nsa_fdb(const __u8 *mac, __u32 bridge,
						   struct nsaccel_fdb *out)
{
	struct nsaccel_fdb_key key = {};
	struct nsaccel_fdb *found;

	key.owner_slot = nsaccel_owner_slot;
	key.bridge = bridge;
	nsa_mac_copy(key.mac, mac);
	found = bpf_map_lookup_elem(&nsaccel_fdb, &key);
	if (!found)
		return NULL;
	out->ifindex = found->ifindex;
	out->action = found->action;
	out->mtu = found->mtu;
	out->isolated = found->isolated;
	out->shaped = found->shaped;
	out->slot = found->slot;
	out->netns_cookie = found->netns_cookie;
	nsa_keep_order();
	/* An element may be another's by now: then its key is, too. */
	return found->key.owner_slot == key.owner_slot && found->key.bridge == bridge &&
			       nsa_mac_equal(found->key.mac, key.mac) ?
		       found :
		       NULL;
}

/* Does the entry say where frames go? Else it is known as a source only. */
static __always_inline bool nsa_fdb_sends(const struct nsaccel_fdb *to)
{
	return to->action == NSACCEL_ACTION_NIC || to->action == NSACCEL_ACTION_VETH;
}

#endif
