/* SPDX-License-Identifier: GPL-2.0-only */
/* Sequences of the state that caches depend on. They are read before the state, so that a result of
 * older state never gets a newer sequence. */
#ifndef NSA_MAP_SEQUENCES_H
#define NSA_MAP_SEQUENCES_H

#include "core/bpf.h"
#include "core/order.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* user space writes whole words */
	__type(key, __u32);		   /* NSACCEL_SEQ_* */
	__type(value, __u64);
	__uint(max_entries, NSACCEL_SEQ_COUNT);
} nsa_config_seq SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32); /* NSACCEL_ROUTE_SEQ4(), NSACCEL_ROUTE_SEQ6() */
	__type(value, __u64);
	__uint(max_entries, NSACCEL_ROUTE_SEQS4 + NSACCEL_ROUTE_SEQS6);
} nsa_route_seq SEC(".maps");

#define NSA_SEQ_INVALID 1 /* odd, as while a writer is at work */

static __always_inline __u32 nsa_config_seq_read(void)
{
	__u32 index = NSACCEL_SEQ_CONFIG;
	const __u64 *seq = bpf_map_lookup_elem(&nsa_config_seq, &index);

	return seq ? (__u32)READ_ONCE(*seq) : NSA_SEQ_INVALID;
}

/* How often anything that has a sequence has begun to change. Read before the sequences: if it is
 * the same later, they are. */
static __always_inline __u32 nsa_any_seq_read(void)
{
	__u32 index = NSACCEL_SEQ_ANY;
	const __u64 *seq = bpf_map_lookup_elem(&nsa_config_seq, &index);

	return seq ? (__u32)READ_ONCE(*seq) : 0;
}

static __always_inline __u32 nsa_route_seq_at(__u32 index)
{
	const __u64 *seq = bpf_map_lookup_elem(&nsa_route_seq, &index);

	return seq ? (__u32)READ_ONCE(*seq) : NSA_SEQ_INVALID;
}

/* addr: in network order, IPv4 in the first four bytes. */
static __always_inline __u32 nsa_route_seq_index(enum nsaccel_family family, const void *addr)
{
	const __u16 *part = addr;
	__u64 first48;

	if (family == NSACCEL_FAMILY_INET)
		return NSACCEL_ROUTE_SEQ4(bpf_ntohs(part[0]));
	first48 = (__u64)bpf_ntohs(part[0]) << 32 | (__u64)bpf_ntohs(part[1]) << 16 |
		  bpf_ntohs(part[2]);
	return NSACCEL_ROUTE_SEQ6(first48);
}

static __always_inline __u32 nsa_route_seq_read(enum nsaccel_family family, const void *addr)
{
	return nsa_route_seq_at(nsa_route_seq_index(family, addr));
}

#endif
