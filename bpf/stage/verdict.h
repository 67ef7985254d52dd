/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verdict cache. The first packets of a port and of two addresses go through all stages; the
 * verdict on the second is recorded. Later packets that are alike are sent by the verdict. A
 * verdict depends on the port, the addresses and state that has a sequence. Under a policy it is
 * for one flow, and holds for 100 ms: then the stages see the flow again, and keep its connection
 * alive. Behind a gate, too, it is for one flow, and holds as long as the flow is admitted. Rates
 * are asked for each packet. Decisions of the kernel's own lookup are not recorded.
 */
#ifndef NSA_STAGE_VERDICT_H
#define NSA_STAGE_VERDICT_H

#include "core/bpf.h"
#include "core/context.h"
#include "core/owner.h"
#include "core/scratch.h"
#include "map/endpoints.h"
#include "map/flows.h"
#include "map/owners.h"
#include "map/ports.h"
#include "map/verdicts.h"
#include "stage/flow.h"
#include "stage/ruleset.h"
#include "stage/scope.h"

/* How long a verdict on a flow holds. At its end the flow's connection is looked up again: so often
 * that the kernel, which evicts those not looked up for longest, seldom evicts it, and so seldom
 * that it costs little. */
#define NSA_VERDICT_FLOW_NS 100000000ULL

/* How a packet arrived. */
struct nsa_arrival {
	__u32 ifindex;
	__u32 config_seq; /* read before the port */
	enum nsaccel_hook hook;
	enum nsa_scope scope; /* not NONE */
};

/* The packet in progress gets no verdict. */
static __always_inline void nsa_verdict_skip(void)
{
	struct nsa_scratch *scratch = nsa_scratch();

	if (scratch)
		scratch->verdict.config_seq = NSA_SEQ_INVALID;
}

/* Stores the key of the packet, and the sequences that its verdict depends on. They are read before
 * the stages begin, config_seq before the port, so that a change meanwhile invalidates the
 * verdict. */
static __always_inline void nsa_verdict_begin(const struct nsa_pkt *pkt,
					      const struct nsa_verdict_key *key, __u64 hash,
					      const struct nsa_arrival *arrival)
{
	struct nsa_scratch *scratch = nsa_scratch();
	struct nsaccel_cached_verdict *verdict;

	if (!scratch)
		return;
	verdict = &scratch->verdict;
	verdict->owner_slot = nsaccel_owner_slot;
	verdict->ifindex = arrival->ifindex;
	verdict->hook = arrival->hook;
	nsa_mac_copy(verdict->eth, pkt->eth->h_dest);
	nsa_mac_copy(verdict->eth + 6, pkt->eth->h_source);
	*(__u16 *)(verdict->eth + 12) = pkt->eth->h_proto;
	__builtin_memcpy(verdict->src, key->src, sizeof(verdict->src));
	__builtin_memcpy(verdict->dst, key->dst, sizeof(verdict->dst));
	nsa_copy_words(&verdict->sport, &key->flow, sizeof(key->flow));
	verdict->flow_index =
		(__u16)nsa_flow_index(key->src, key->dst, key->flow.sport, key->flow.dport);
	verdict->flow_seq = nsa_flow_seq_read(verdict->flow_index);
	verdict->any_seq = nsa_any_seq_read() - 1; /* the next packet compares the sequences */
	verdict->config_seq = arrival->config_seq;
	verdict->src_route = nsa_route_seq_index(pkt->family, verdict->src);
	verdict->src_seq = nsa_route_seq_at(verdict->src_route);
	verdict->dst_route = nsa_route_seq_index(pkt->family, verdict->dst);
	verdict->dst_seq = nsa_route_seq_at(verdict->dst_route);
	scratch->verdict_hash = hash;
	scratch->by_kernel = 0;
	scratch->rule = 0;
	scratch->admitted_until = 0;
	nsa_keep_order();
}

/* The gate has begun to look at the packet's flow anew, so that the packet gets no verdict: the
 * next one may. */
static __always_inline void nsa_verdict_retry(void)
{
	struct nsa_scratch *scratch = nsa_scratch();
	struct nsaccel_verdict_tag *tag;

	if (!scratch || scratch->verdict.config_seq & NSA_SEQ_INVALID)
		return;
	tag = nsa_verdict_tag(scratch->verdict_hash);
	if (tag)
		*nsa_verdict_candidate(tag, scratch->verdict.hook) =
			NSA_VERDICT_CANDIDATE(scratch->verdict_hash);
}

static __always_inline bool nsa_verdict_is_policed(const struct nsa_source *src, __u32 dst_slot)
{
	return nsa_is_policed(src->slot, dst_slot ? dst_slot : nsaccel_owner_slot);
}

/* Does the gate leave packets like this one alone for a while? */
static __always_inline bool nsa_verdict_is_admitted(const struct nsa_scratch *scratch,
						    const struct nsa_source *src)
{
	return src->gate == NSACCEL_GATE_OPEN ||
	       (src->gate == NSACCEL_GATE_FLOW && scratch->verdict.proto &&
		scratch->admitted_until);
}

/* Does the verdict depend on nothing but the key and state that has a sequence? At ingress frames
 * from a macvlan's MAC are excluded: one that its lower turned round looks like one from the
 * wire. */
static __always_inline bool nsa_verdict_is_lasting(const struct nsa_scratch *scratch,
						   const struct nsa_source *src,
						   const struct nsa_hop *hop)
{
	const struct nsaccel_cached_verdict *verdict = &scratch->verdict;

	if ((verdict->config_seq | verdict->src_seq | verdict->dst_seq) & NSA_SEQ_INVALID ||
	    scratch->by_kernel)
		return false;
	if (!verdict->proto && nsa_verdict_is_policed(src, hop->nh.dst_slot))
		return false; /* other flows of these addresses may be denied */
	return nsa_verdict_is_admitted(scratch, src) &&
	       !(src->port->macvlan_lower && verdict->hook != NSACCEL_HOOK_TC_EGRESS &&
		 nsa_endpoint(verdict->eth + 6, src->ifindex, NSA_EP_BETWEEN));
}

/* What is to be done for each packet: NSACCEL_CACHED_*. */
static __always_inline __u32 nsa_verdict_flags(const struct nsa_scratch *scratch,
					       const struct nsa_source *src, __u32 dst_slot)
{
	__u32 flags = nsa_is_translated(scratch) ? NSACCEL_CACHED_TRANSLATE : 0;

	if (src->isolation.limited)
		flags |= NSACCEL_CACHED_LIMIT_OUT;
	if (dst_slot && nsa_is_limited(dst_slot))
		flags |= NSACCEL_CACHED_LIMIT_IN;
	if (nsa_verdict_is_policed(src, dst_slot))
		flags |= NSACCEL_CACHED_COUNT_RULE;
	if (src->gate == NSACCEL_GATE_FLOW)
		flags |= NSACCEL_CACHED_GATE;
	return flags;
}

/* When a verdict on a flow ends: with what the policy, and the gate, allow. */
static __always_inline __u64 nsa_verdict_end(const struct nsa_scratch *scratch)
{
	__u64 end = bpf_ktime_get_coarse_ns() + NSA_VERDICT_FLOW_NS;
	__u32 flags = scratch->verdict.flags;

	if (!(flags & NSACCEL_CACHED_GATE) ||
	    ((flags & NSACCEL_CACHED_COUNT_RULE) && (__s64)(end - scratch->admitted_until) < 0))
		return end;
	return scratch->admitted_until;
}

/* Records what was decided on a packet that is about to be sent. */
__subprog void nsa_verdict_record(const struct nsa_source *src, const struct nsa_hop *hop)
{
	struct nsa_scratch *scratch = nsa_scratch();
	struct nsaccel_cached_verdict *verdict, *entry;
	struct nsaccel_verdict_tag *tag;
	__u32 index;

	if (!scratch || !nsa_verdict_is_lasting(scratch, src, hop))
		return;
	index = nsa_verdict_index(scratch->verdict_hash);
	entry = bpf_map_lookup_elem(&nsa_verdicts, &index);
	tag = nsa_verdict_tag(scratch->verdict_hash);
	if (!entry || !tag)
		return;
	tag->recorded = NSA_VERDICT_RECORDED(scratch->verdict_hash);
	/* Once it is stale the next packet is recorded. */
	*nsa_verdict_candidate(tag, scratch->verdict.hook) =
		NSA_VERDICT_CANDIDATE(scratch->verdict_hash);
	verdict = &scratch->verdict;
	verdict->keep_priority = src->port->keep_priority;
	verdict->slot = src->slot;
	verdict->nexthop = hop->id;
	verdict->mark = hop->mark;
	verdict->rule = scratch->rule;
	verdict->flags = nsa_verdict_flags(scratch, src, hop->nh.dst_slot);
	verdict->until = nsa_verdict_end(scratch);
	nsa_copy_words(verdict->record, &hop->nh, sizeof(verdict->record));
	nsa_copy_words(entry, verdict, sizeof(*entry));
}

/* Is a verdict of one hook one for another? XDP uses those of TC ingress, too. TC uses none of XDP,
 * which sets no mark for the egress program. */
static __always_inline bool nsa_verdict_is_of(__u8 recorded, enum nsaccel_hook hook)
{
	return recorded == hook ||
	       (hook == NSACCEL_HOOK_XDP && recorded == NSACCEL_HOOK_TC_INGRESS);
}

/* The verdict that was recorded under that hash, if it holds for the packet; or NULL. */
static __always_inline const struct nsaccel_cached_verdict *
nsa_verdict_read(const struct nsa_pkt *pkt, const struct nsa_verdict_key *key, __u64 hash,
		 const struct nsa_arrival *arrival)
{
	__u32 index = nsa_verdict_index(hash);
	struct nsaccel_cached_verdict *verdict = bpf_map_lookup_elem(&nsa_verdicts, &index);

	return verdict && nsa_verdict_is_of(verdict->hook, arrival->hook) &&
			       nsa_verdict_is_for(verdict, pkt, key, arrival->ifindex) &&
			       nsa_verdict_holds(verdict, arrival->config_seq) ?
		       verdict :
		       NULL;
}

/* The verdict for a packet, or NULL. */
static __always_inline const struct nsaccel_cached_verdict *
nsa_verdict_find(struct nsa_pkt *pkt, const void *end, const struct nsa_arrival *arrival)
{
	const struct nsaccel_cached_verdict *verdict = NULL;
	struct nsa_verdict_key key = {};
	struct nsaccel_verdict_tag *tag;
	__u64 hash;

	if (!pkt->family || !nsa_verdict_key_read(pkt, end, &key) ||
	    (arrival->scope == NSA_SCOPE_FLOW && !nsa_verdict_flow_read(pkt, end, &key))) {
		nsa_verdict_skip();
		return NULL;
	}
	hash = nsa_verdict_hash(&key, arrival->ifindex, pkt->family == NSACCEL_FAMILY_INET6);
	tag = nsa_verdict_tag(hash);
	if (tag && tag->recorded == NSA_VERDICT_RECORDED(hash))
		verdict = nsa_verdict_read(pkt, &key, hash, arrival);
	if (verdict)
		return verdict;
	if (tag && nsa_verdict_is_due(nsa_verdict_candidate(tag, arrival->hook), hash))
		nsa_verdict_begin(pkt, &key, hash, arrival);
	else
		nsa_verdict_skip();
	return NULL;
}

/* False for IPv6 extension headers: the guard looks for neighbour discovery behind them. */
static __always_inline bool nsa_verdict_sees_all(const struct nsa_pkt *pkt)
{
	return pkt->family == NSACCEL_FAMILY_INET || pkt->proto == IPPROTO_TCP ||
	       pkt->proto == IPPROTO_UDP || pkt->proto == IPPROTO_ICMPV6;
}

/* Would the gate admit the packet, as it did the one that was recorded? end: of the linear data. */
static __always_inline bool nsa_verdict_gate_admits(const struct nsaccel_cached_verdict *verdict,
						    const struct nsa_pkt *pkt, const void *end)
{
	bool v4 = pkt->family == NSACCEL_FAMILY_INET;
	const struct nsa_l4 *l4 = v4 ? (const void *)(pkt->ip4 + 1) : (const void *)(pkt->ip6 + 1);

	if ((nsa_tos(pkt) & ~NSA_IS_ECN) != verdict->dscp || pkt->ttl - 1 != verdict->ttl)
		return false;
	if (pkt->proto != IPPROTO_TCP)
		return (const void *)l4 + NSA_UDP_PART <= end && nsa_udp_valid(l4, nsa_l4_len(pkt));
	return (const void *)l4 + NSA_TCP_PART <= end && nsa_tcp_valid(l4, nsa_l4_len(pkt)) &&
	       !nsa_tcp_control(l4);
}

/* Is the device still the owner's, and netfilter as it was when the gates were set? net: the
 * device's; NULL: the kernel doesn't show it. Gates are written before the hooks that they were set
 * by, so the sequence is compared again, after these. */
static __always_inline bool nsa_verdict_net_ok(const struct nsaccel_cached_verdict *verdict,
					       const struct net *net, enum nsaccel_family family,
					       bool bridged)
{
	if (!net)
		return true;
	if (nsa_is_moved(net) || !nsa_hooks_unchanged(net, family, bridged))
		return false;
	nsa_keep_order();
	return nsa_config_seq_read() == verdict->config_seq;
}

#endif
