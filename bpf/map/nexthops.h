/* SPDX-License-Identifier: GPL-2.0-only */
/* Next hops, which user space changes in place, and which of them are in use. */
#ifndef NSA_MAP_NEXTHOPS_H
#define NSA_MAP_NEXTHOPS_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "core/config.h"
#include "core/context.h"
#include "core/order.h"
#include "map/tables.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* user space reads all of it, often */
	__type(key, __u32);
	__type(value, struct nsaccel_nexthop);
	__uint(max_entries, NSACCEL_MAX_NEXTHOPS);
} nsa_nexthops SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32); /* of "nexthops" */
	__type(value, __u32);
	__uint(max_entries, NSACCEL_MAX_NEXTHOPS);
	__uint(map_flags, BPF_F_MMAPABLE); /* user space looks often */
} nsa_nh_used SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct nsaccel_fib_neighbour);
	__type(value, __u32);
	__uint(max_entries, NSACCEL_MAX_NEIGH_USED);
} nsa_neigh_used SEC(".maps");

/* Copies the next hop of a route. User space changes it in place: it makes the sequence odd,
 * changes the body and makes the sequence even. A copy between two equal even values is
 * consistent. */
static __always_inline int nsa_hop_read(__u64 route, struct nsa_hop *hop)
{
	__u32 id = (__u32)route, generation = (__u32)(route >> 32), sequence;
	const struct nsaccel_nexthop *nh = bpf_map_lookup_elem(&nsa_nexthops, &id);

	if (!nh)
		return -NSACCEL_PASS_STALE;
	sequence = READ_ONCE(nh->sequence);
	nsa_keep_order();
	nsa_copy_words(&hop->nh, nh, NSA_HOP_PART);
	nsa_keep_order();
	if (sequence & 1 || READ_ONCE(nh->sequence) != sequence || hop->nh.generation != generation)
		return -NSACCEL_PASS_STALE;
	hop->id = id;
	return 0;
}

/* The part of a next hop that is needed where nothing is sent by it. */
struct nsa_hop_brief {
	__u32 action, reason, target; /* enum nsaccel_action, _reason, _target */
	__u32 l3_ifindex;
	__u32 dst_slot;
};

/* As nsa_hop_read(), in less space. */
static __always_inline int nsa_hop_brief(__u64 route, struct nsa_hop_brief *brief)
{
	__u32 id = (__u32)route, sequence, generation;
	const struct nsaccel_nexthop *nh = bpf_map_lookup_elem(&nsa_nexthops, &id);

	if (!nh)
		return -NSACCEL_PASS_STALE;
	sequence = READ_ONCE(nh->sequence);
	nsa_keep_order();
	generation = READ_ONCE(nh->generation);
	brief->action = READ_ONCE(nh->action);
	brief->reason = READ_ONCE(nh->reason);
	brief->target = READ_ONCE(nh->target);
	brief->l3_ifindex = READ_ONCE(nh->l3_ifindex);
	brief->dst_slot = READ_ONCE(nh->dst_slot);
	nsa_keep_order();
	return sequence & 1 || READ_ONCE(nh->sequence) != sequence || generation != route >> 32 ?
		       -NSACCEL_PASS_STALE :
		       0;
}

/* Looks up the next hop for key in a namespace's table: 0, or a negative reason. */
static __always_inline int nsa_table_hop(__u32 slot, const struct nsaccel_prefix *key,
					 struct nsa_hop *hop)
{
	__u64 route = nsa_table_find(slot, key);

	return nsa_is_route(route) ? nsa_hop_read(route, hop) : -NSACCEL_PASS_NO_ROUTE;
}

static __always_inline int nsa_table_brief(__u32 slot, const struct nsaccel_prefix *key,
					   struct nsa_hop_brief *brief)
{
	__u64 route = nsa_table_find(slot, key);

	return nsa_is_route(route) ? nsa_hop_brief(route, brief) : -NSACCEL_PASS_NO_ROUTE;
}

/* Is there no table to look in (none, or one too big to be written)? Then a lookup knows
 * nothing. */
static __always_inline bool nsa_table_is_missing(__u32 slot, const struct nsaccel_prefix *key)
{
	return nsa_table_find(slot, key) == NSA_NO_TABLE;
}

/* Is key an address of the owner? While the owner's table is missing (too big to be written), every
 * address may be. */
static __always_inline bool nsa_is_local(const struct nsaccel_prefix *key)
{
	__u64 route = nsa_table_find(nsaccel_owner_slot, key);
	const struct nsaccel_nexthop *nh;
	__u32 id = (__u32)route;

	if (!nsa_is_route(route))
		return route == NSA_NO_TABLE;
	nh = bpf_map_lookup_elem(&nsa_nexthops, &id);
	return nh && nh->generation == (__u32)(route >> 32) && nh->reason == NSACCEL_PASS_LOCAL;
}

/* Marks the next hop as used, so that user space keeps its neighbour fresh. A mark that is set
 * isn't written again: all CPUs share the cache line. */
static __always_inline void nsa_hop_use(__u32 id, const struct nsaccel_nexthop *nh)
{
	__u32 *used;

	if (!nh->confirm_neigh)
		return;
	used = bpf_map_lookup_elem(&nsa_nh_used, &id);
	if (used && !READ_ONCE(*used))
		WRITE_ONCE(*used, 1);
}

#endif
