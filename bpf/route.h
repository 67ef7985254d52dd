/* SPDX-License-Identifier: GPL-2.0-only */
/* Which next hop: the source namespace's own table, then the owner's. */
#ifndef NSA_BPF_ROUTE_H
#define NSA_BPF_ROUTE_H

/* A next hop as it was at one moment, so far as the programs need it. */
struct nsa_hop {
	struct nsaccel_nexthop nh; /* up to NSA_HOP_PART */
	__u32 id;
	__u32 ask_source; /* 1: first the kernel has to be asked of the source: nsa_source_asked() */
	__u32 mark;	  /* for the egress of the port that it leaves by; see nsa_mark_for() */
};

#define NSA_HOP_PART __builtin_offsetof(struct nsaccel_nexthop, target_ifindex)

/* A few whole words, not a dozen fields in registers that the stack would have to keep. */
static __always_inline void nsa_copy_words(void *to, const void *from, const __u32 len)
{
	const __u64 *source = from;
	__u64 *words = to;
	__u32 i;

	asm volatile("" : : "r"(to) : "memory");
#pragma unroll
	for (i = 0; i < len / sizeof(*words); i++)
		words[i] = source[i];
}

/* Copies what a route refers to; user space changes it in place. The writer makes the sequence odd,
 * changes the body and makes it even: what stands between two equal even values is whole. */
static __always_inline int nsa_hop_read(__u64 route, struct nsa_hop *hop)
{
	__u32 id = (__u32)route, generation = (__u32)(route >> 32), sequence;
	const struct nsaccel_nexthop *nh = bpf_map_lookup_elem(&nsaccel_nexthop, &id);

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

/* Of a next hop, where nothing is sent by it. */
struct nsa_hop_brief {
	__u32 action, reason, target; /* enum nsaccel_action, _reason, _target */
	__u32 l3_ifindex;
	__u32 dst_slot;
};

/* As nsa_hop_read(), in less space. */
static __always_inline int nsa_hop_brief(__u64 route, struct nsa_hop_brief *brief)
{
	__u32 id = (__u32)route, sequence, generation;
	const struct nsaccel_nexthop *nh = bpf_map_lookup_elem(&nsaccel_nexthop, &id);

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

static __always_inline void nsa_key_family(struct nsaccel_prefix *key, enum nsaccel_family family)
{
	key->family = family;
	key->prefixlen = NSACCEL_PREFIX_FAMILY_BITS + (family == NSACCEL_FAMILY_INET ? 32 : 128);
}

static __always_inline void nsa_key4(struct nsaccel_prefix *key, const void *address)
{
	nsa_key_family(key, NSACCEL_FAMILY_INET);
	__builtin_memcpy(key->addr, address, 4);
	__builtin_memset(key->addr + 4, 0, 12);
}

static __always_inline void nsa_key6(struct nsaccel_prefix *key, const void *address)
{
	nsa_key_family(key, NSACCEL_FAMILY_INET6);
	__builtin_memcpy(key->addr, address, 16);
}

static __always_inline void nsa_key(struct nsaccel_prefix *key, const struct nsa_pkt *pkt)
{
	if (pkt->family == NSACCEL_FAMILY_INET)
		nsa_key4(key, &pkt->ip4->daddr);
	else
		nsa_key6(key, &pkt->ip6->daddr);
}

/* What a namespace's table has for key: 0, or -enum nsaccel_reason why the kernel must have the
 * packet. */
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

/* Is what the owner's table has for key the owner's own address? While the table isn't there (it is
 * too big to be written), any may be. */
static __always_inline bool nsa_is_local(const struct nsaccel_prefix *key)
{
	__u64 route = nsa_table_find(nsaccel_owner_slot, key);
	const struct nsaccel_nexthop *nh;
	__u32 id = (__u32)route;

	if (!nsa_is_route(route))
		return route == NSA_NO_TABLE;
	nh = bpf_map_lookup_elem(&nsaccel_nexthop, &id);
	return nh && nh->generation == (__u32)(route >> 32) && nh->reason == NSACCEL_PASS_LOCAL;
}

/* The next hop to use: 0, or -enum nsaccel_reason why the kernel must have the packet. */
static __always_inline int nsa_route(const struct nsa_pkt *pkt, __u32 source_slot,
				     struct nsa_hop *hop)
{
	struct nsaccel_prefix key;
	int r = -NSACCEL_PASS_NO_ROUTE;

	nsa_key(&key, pkt);
	if (source_slot != nsaccel_owner_slot)
		r = nsa_table_hop(source_slot, &key, hop);
	/* The source may be an owner, too, with a table of its own ports. */
	if (!r && hop->nh.owner_slot != nsaccel_owner_slot)
		r = -NSACCEL_PASS_NO_ROUTE;
	/* The owner's addresses stay its own. */
	if (r == -NSACCEL_PASS_NO_ROUTE || nsa_is_local(&key))
		r = nsa_table_hop(nsaccel_owner_slot, &key, hop);
	return r;
}

/* The same for an isolated namespace, which has its own table alone: whatever it says, also of
 * addresses that are the owner's. */
static __always_inline int nsa_route_isolated(const struct nsa_pkt *pkt, __u32 source_slot,
					      struct nsa_hop *hop)
{
	struct nsaccel_prefix key;

	nsa_key(&key, pkt);
	return nsa_table_hop(source_slot, &key, hop);
}

/* A packet is sent by the next hop: user space keeps the neighbours of such fresh. What is there
 * already isn't written again, so that all CPUs can share the line. */
static __always_inline void nsa_hop_use(const struct nsa_hop *hop)
{
	__u32 id = hop->id, *used;

	if (!hop->nh.watched)
		return;
	used = bpf_map_lookup_elem(&nsaccel_used, &id);
	if (used && !READ_ONCE(*used))
		WRITE_ONCE(*used, 1);
}

#endif
