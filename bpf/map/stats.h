/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters. A packet is counted once in each hook that decides on it, for its source namespace; and
 * once for the port whose device it bypasses on its way into an endpoint. */
#ifndef NSA_MAP_STATS_H
#define NSA_MAP_STATS_H

#include "core/bpf.h"
#include "core/config.h"

struct nsa_netns_stats {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32); /* enum nsaccel_hook */
	__type(value, struct nsaccel_stats);
	__uint(max_entries, NSACCEL_HOOK_COUNT);
} nsa_counters SEC(".maps"); /* template, likewise */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32); /* slot */
	__uint(max_entries, NSACCEL_MAX_NETNS);
	__array(values, struct nsa_netns_stats);
} nsa_stats SEC(".maps");

/* Statistics of ports that are in "port_cache", by the same index; those of others are in
 * nsa_port_stats2. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32); /* NSACCEL_PORT_CACHE_INDEX() */
	__type(value, struct nsaccel_port_stats);
	__uint(max_entries, NSACCEL_PORT_CACHE);
} nsa_port_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_port_key);
	__type(value, struct nsaccel_port_stats);
	__uint(max_entries, NSACCEL_MAX_PORTS);
} nsa_port_stats2 SEC(".maps");

static __always_inline void nsa_count(__u32 slot, enum nsaccel_hook hook, __u32 reason, __u32 bytes)
{
	struct nsaccel_counter *counter;
	__u32 key = hook;
	__u64 index = reason;
	void *stats;

	stats = bpf_map_lookup_elem(&nsa_stats, &slot);
	if (!stats)
		return;
	stats = bpf_map_lookup_elem(stats, &key);
	barrier_var(index); /* the verifier has to see the compared register in the addition */
	if (!stats || index >= NSACCEL_REASON_COUNT)
		return;
	counter = stats + index * sizeof(*counter);
	counter->packets++;
	counter->bytes += bytes;
}

static __always_inline void nsa_count_delivered(__u32 ifindex, __u32 bytes)
{
	struct nsaccel_port_key key = { .owner_slot = nsaccel_owner_slot, .ifindex = ifindex };
	__u32 index = NSACCEL_PORT_CACHE_INDEX(nsaccel_owner_slot, ifindex);
	struct nsaccel_port_stats *stats;

	stats = bpf_map_lookup_elem(&nsa_port_stats, &index);
	if (!stats || stats->ifindex != ifindex || stats->owner_slot != nsaccel_owner_slot)
		stats = bpf_map_lookup_elem(&nsa_port_stats2, &key);
	if (!stats)
		return;
	stats->delivered.packets++;
	stats->delivered.bytes += bytes;
}

#endif
