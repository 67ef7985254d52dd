/* SPDX-License-Identifier: GPL-2.0-only */
/* Flows that the firewall has admitted, and how many each namespace has. */
#ifndef NSA_MAP_FLOWS_H
#define NSA_MAP_FLOWS_H

#include "core/bpf.h"
#include "core/order.h"
#include "map/owners.h"

/* Flows that the kernel has admitted; only programs write them. Not an LRU: one namespace could
 * evict others' flows. Preallocated: otherwise the kernel may have no free element in a burst. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct nsaccel_flow_key);
	__type(value, struct nsaccel_flow);
	__uint(max_entries, NSACCEL_MAX_FLOWS);
} nsa_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags,
	       BPF_F_MMAPABLE); /* user space writes quotas, beside what programs write */
	__type(key, __u32);	/* slot */
	__type(value, struct nsaccel_flow_use);
	__uint(max_entries, NSACCEL_MAX_NETNS);
} nsa_flow_use SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, NSACCEL_FLOW_SEQS);
} nsa_flow_seq SEC(".maps");

/* Hash of one end of a flow. addr: four words, the rest of IPv4's 0. */
static __always_inline __u64 nsa_flow_end_hash(const __u32 *addr, __u16 port, __u32 secret)
{
	__u64 hash = ((__u64)addr[0] << 32 | addr[1]) ^ secret;

	hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93ULL;
	hash ^= ((__u64)addr[2] << 32 | addr[3]) ^ (__u64)port << 16;
	return (hash ^ hash >> 32) * 0xd6e8feb86659fd93ULL;
}

/* Hash of both directions alike, and such that no tenant knows which flows share it. */
static __always_inline __u32 nsa_flow_index(const __u32 *a, const __u32 *b, __u16 a_port,
					    __u16 b_port)
{
	__u32 secret = nsa_owner_secret();
	__u64 hash = nsa_flow_end_hash(a, a_port, secret) + nsa_flow_end_hash(b, b_port, secret);

	return (__u32)(hash >> 32) % NSACCEL_FLOW_SEQS;
}

static __always_inline __u32 nsa_flow_seq_read(__u32 index)
{
	const __u32 *seq = bpf_map_lookup_elem(&nsa_flow_seq, &index);

	return seq ? READ_ONCE(*seq) : 0;
}

/* Ends the verdicts of a flow; to be called after its record was changed. Atomic: if two CPUs wrote
 * the same number, a verdict begun in between would outlive the second change. */
static __always_inline void nsa_flow_seq_advance(const struct nsaccel_flow_key *key)
{
	__u32 index = nsa_flow_index((const __u32 *)key->low, (const __u32 *)key->high,
				     key->low_port, key->high_port);
	__u32 *seq = bpf_map_lookup_elem(&nsa_flow_seq, &index);

	nsa_keep_order();
	if (seq)
		__sync_fetch_and_add(seq, 1);
}

#endif
