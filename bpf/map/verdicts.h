/* SPDX-License-Identifier: GPL-2.0-only */
/* Verdicts that stages have come to, for the packets that are alike: per CPU, found by the port and
 * the addresses, under a policy or behind a gate also by the ports, valid as long as the sequences
 * stand. */
#ifndef NSA_MAP_VERDICTS_H
#define NSA_MAP_VERDICTS_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "core/config.h"
#include "core/context.h"
#include "map/flows.h"
#include "map/nexthops.h"
#include "map/sequences.h"
#include "map/verdict_key.h"
#include "pkt/parse.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct nsaccel_cached_verdict);
	__uint(max_entries, NSACCEL_VERDICT_CACHE);
} nsa_verdicts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct nsaccel_verdict_tags);
	__uint(max_entries, 1);
} nsa_verdict_tags SEC(".maps");

static __always_inline __u32 nsa_verdict_index(__u64 hash)
{
	return (__u32)(hash >> 32) % NSACCEL_VERDICT_CACHE;
}

static __always_inline struct nsaccel_verdict_tag *nsa_verdict_tag(__u64 hash)
{
	struct nsaccel_verdict_tags *tags;
	__u32 zero = 0;

	tags = bpf_map_lookup_elem(&nsa_verdict_tags, &zero);
	return tags ? &tags->tag[nsa_verdict_index(hash)] : NULL;
}

/* A hash as it is in a tag; the index has other bits. The fuzzers have a shorter one. */
#ifndef NSA_VERDICT_RECORDED
#define NSA_VERDICT_RECORDED(hash) ((__u16)((hash) >> 48))
#endif
#define NSA_VERDICT_TRIES	    64 /* a power of 2 */
#define NSA_VERDICT_CANDIDATE(hash) (NSA_VERDICT_RECORDED(hash) & ~(NSA_VERDICT_TRIES - 1))

static __always_inline __u16 *nsa_verdict_candidate(struct nsaccel_verdict_tag *tag,
						    enum nsaccel_hook hook)
{
	return &tag->candidate[hook != NSACCEL_HOOK_XDP];
}

/* Is a packet without a verdict to be recorded? The second in turn is, and then one in
 * NSA_VERDICT_TRIES: most that follow can't have a verdict. */
static __always_inline bool nsa_verdict_is_due(__u16 *candidate, __u64 hash)
{
	__u32 now = NSA_VERDICT_CANDIDATE(hash), last = *candidate;

	if (!((now ^ last) & ~(NSA_VERDICT_TRIES - 1)))
		now |= (last + 1) % NSA_VERDICT_TRIES;
	*candidate = (__u16)now;
	return now % NSA_VERDICT_TRIES == 1;
}

static __always_inline bool nsa_verdict_is_for(const struct nsaccel_cached_verdict *verdict,
					       const struct nsa_pkt *pkt,
					       const struct nsa_verdict_key *key, __u32 ifindex)
{
	const __u32 *src = (const __u32 *)verdict->src, *dst = (const __u32 *)verdict->dst;
	const __u16 *eth = (const __u16 *)pkt->eth, *want = (const __u16 *)verdict->eth;
	__u32 differ;

	differ = (verdict->ifindex ^ ifindex) | (verdict->owner_slot ^ nsaccel_owner_slot) |
		 (src[0] ^ key->src[0]) | (dst[0] ^ key->dst[0]);
	differ |= (eth[0] ^ want[0]) | (eth[1] ^ want[1]) | (eth[2] ^ want[2]) |
		  (eth[3] ^ want[3]) | (eth[4] ^ want[4]) | (eth[5] ^ want[5]) | (eth[6] ^ want[6]);
	if (pkt->family == NSACCEL_FAMILY_INET6)
		differ |= (src[1] ^ key->src[1]) | (src[2] ^ key->src[2]) | (src[3] ^ key->src[3]) |
			  (dst[1] ^ key->dst[1]) | (dst[2] ^ key->dst[2]) | (dst[3] ^ key->dst[3]);
	return !differ && nsa_same_words(&verdict->sport, &key->flow, sizeof(key->flow));
}

/* Are the sequences of all that the verdict depends on as they were? */
static __always_inline bool nsa_verdict_is_current(const struct nsaccel_cached_verdict *verdict)
{
	const struct nsaccel_nexthop *now, *then = (const void *)verdict->record;
	__u32 id = verdict->nexthop;

	if (nsa_config_seq_read() != verdict->config_seq ||
	    nsa_route_seq_at(verdict->src_route) != verdict->src_seq ||
	    nsa_route_seq_at(verdict->dst_route) != verdict->dst_seq)
		return false;
	now = bpf_map_lookup_elem(&nsa_nexthops, &id);
	return now && READ_ONCE(now->sequence) == then->sequence;
}

/* Is all that the verdict depends on as it was? */
static __always_inline bool nsa_verdict_holds(struct nsaccel_cached_verdict *verdict,
					      __u32 config_seq)
{
	__u32 any_seq = nsa_any_seq_read();

	if (verdict->proto && (__s64)(verdict->until - bpf_ktime_get_coarse_ns()) <= 0)
		return false;
	if (verdict->flags & NSACCEL_CACHED_GATE &&
	    nsa_flow_seq_read(verdict->flow_index) != verdict->flow_seq)
		return false;
	if (any_seq == verdict->any_seq)
		return true;
	nsa_keep_order();
	if (config_seq != verdict->config_seq || !nsa_verdict_is_current(verdict))
		return false;
	verdict->any_seq = any_seq;
	return true;
}

#endif
