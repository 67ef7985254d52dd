/* SPDX-License-Identifier: GPL-2.0-only */
/* NICs that several namespaces share: address or VLAN -> the veth that leads there. */
#ifndef NSA_MAP_SHARES_H
#define NSA_MAP_SHARES_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "core/config.h"
#include "core/order.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_share_key);
	__type(value, struct nsaccel_share);
	__uint(max_entries, NSACCEL_MAX_SHARES);
} nsa_shares SEC(".maps");

static __always_inline int nsa_share_entry(const struct nsaccel_share_key *key, __u32 *port)
{
	const struct nsaccel_share *share = bpf_map_lookup_elem(&nsa_shares, key);

	if (!share)
		return -1;
	*port = share->port;
	nsa_keep_order();
	return nsa_same_words(&share->key, key, sizeof(*key)) ? 0 : -1;
}

static __always_inline void nsa_share_key(struct nsaccel_share_key *key, __u32 nic, __u32 vlan,
					  enum nsaccel_family family, const __u8 *address)
{
	key->owner_slot = nsaccel_owner_slot;
	key->nic = nic;
	key->vlan = (__u16)vlan;
	key->zero = 0;
	key->family = family;
	__builtin_memcpy(key->addr, address, sizeof(key->addr));
}

#endif
