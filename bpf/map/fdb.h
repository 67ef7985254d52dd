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
} nsa_fdb SEC(".maps");

/* Copies the bridge's entry for mac to out, and returns the element; NULL: the bridge has none. */
static __always_inline struct nsaccel_fdb *nsa_fdb_find(const __u8 *mac, __u32 bridge,
							struct nsaccel_fdb *out)
{
	struct nsaccel_fdb_key key = {};
	struct nsaccel_fdb *found;

	key.owner_slot = nsaccel_owner_slot;
	key.bridge = bridge;
	nsa_mac_copy(key.mac, mac);
	found = bpf_map_lookup_elem(&nsa_fdb, &key);
	if (!found)
		return NULL;
	out->ifindex = found->ifindex;
	out->action = found->action;
	out->mtu = found->mtu;
	out->isolated = found->isolated;
	out->egress_hooked = found->egress_hooked;
	out->slot = found->slot;
	out->netns_cookie = found->netns_cookie;
	nsa_keep_order();
	/* The kernel may have given the element to another key meanwhile. */
	return found->key.owner_slot == key.owner_slot && found->key.bridge == bridge &&
			       nsa_mac_equal(found->key.mac, key.mac) ?
		       found :
		       NULL;
}

/* May frames be sent by the entry? Others only say where a source is. */
static __always_inline bool nsa_fdb_sends(const struct nsaccel_fdb *to)
{
	return to->action == NSACCEL_ACTION_NIC || to->action == NSACCEL_ACTION_VETH;
}

#endif
