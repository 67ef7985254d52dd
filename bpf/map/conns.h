/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that a policy has allowed. */
#ifndef NSA_MAP_CONNS_H
#define NSA_MAP_CONNS_H

#include "core/bpf.h"
#include "core/config.h"

struct nsa_conns {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct nsaccel_conn_key);
	__type(value, struct nsaccel_conn);
	__uint(max_entries, NSACCEL_MAX_CONNS);
} nsa_conn SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32); /* slot */
	__uint(max_entries, NSACCEL_MAX_NETNS);
	__array(values, struct nsa_conns);
} nsa_conns SEC(".maps");

/* A namespace without a map of its own uses its owner's. */
static __always_inline void *nsa_conns_of(__u32 slot)
{
	void *conns = bpf_map_lookup_elem(&nsa_conns, &slot);
	__u32 owner = nsaccel_owner_slot;

	return conns ? conns : bpf_map_lookup_elem(&nsa_conns, &owner);
}

#endif
