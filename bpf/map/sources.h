/* SPDX-License-Identifier: GPL-2.0-only */
/* Source addresses that users listed, or reserved. */
#ifndef NSA_MAP_SOURCES_H
#define NSA_MAP_SOURCES_H

#include "core/bpf.h"

/* One map for all namespaces: the usual source of an endpoint is in its port's record. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_source_key);
	__type(value, enum nsaccel_source);
	__uint(max_entries, NSACCEL_MAX_SOURCES);
} nsa_sources SEC(".maps");

/* link: of a link-local address, the device that it is on; else 0. */
static __always_inline enum nsaccel_source nsa_listed(const struct nsaccel_prefix *prefix,
						      __u32 slot, __u32 link)
{
	const enum nsaccel_source *found;
	struct nsaccel_source_key key;

	key.prefixlen = prefix->prefixlen + NSACCEL_SOURCE_STATIC_BITS - NSACCEL_PREFIX_FAMILY_BITS;
	key.slot = slot;
	key.family = prefix->family;
	__builtin_memcpy(key.addr, prefix->addr, sizeof(key.addr));
	if (link)
		__builtin_memcpy(key.addr + 4, &link, sizeof(link));
	found = bpf_map_lookup_elem(&nsa_sources, &key);
	return found ? *found : NSACCEL_SOURCE_NONE;
}

#endif
