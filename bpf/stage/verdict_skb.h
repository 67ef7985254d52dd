/* SPDX-License-Identifier: GPL-2.0-only */
/* Verdicts applied by TC: see verdict.h. */
#ifndef NSA_STAGE_VERDICT_SKB_H
#define NSA_STAGE_VERDICT_SKB_H

#include "core/bpf.h"
#include "core/owner.h"
#include "map/nexthops.h"
#include "map/policies.h"
#include "map/stats.h"
#include "pkt/ctx_skb.h"
#include "stage/deliver.h"
#include "stage/limit.h"
#include "stage/mtu.h"
#include "stage/verdict.h"

#define NSA_NO_VERDICT (-2) /* no TC_ACT_* */

/* Ports whose packets get no verdict, as one of them has shown, by the lowest bits of their ifindex: they aren't looked
 * for until the configuration changes. */
#define NSA_UNCACHED_PORTS 1024
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64); /* config_seq << 32 | ifindex */
	__uint(max_entries, NSA_UNCACHED_PORTS);
} nsa_uncached SEC(".maps");

static __always_inline __u64 *nsa_uncached_port(__u32 ifindex)
{
	__u32 index = ifindex % NSA_UNCACHED_PORTS;

	return bpf_map_lookup_elem(&nsa_uncached, &index);
}

/* The scope of a port whose record hasn't been looked up yet. */
static __always_inline enum nsa_scope nsa_scope_early(__u32 ifindex)
{
	const __u64 *port = nsa_uncached_port(ifindex);

	if (!port || READ_ONCE(*port) == ((__u64)nsa_config_seq_read() << 32 | ifindex))
		return NSA_SCOPE_NONE;
	return nsa_owner_polices() ? NSA_SCOPE_FLOW : NSA_SCOPE_ADDRESSES;
}

/* A note that stands isn't written again: all CPUs share the cache line. */
static __always_inline void nsa_scope_note(const struct nsa_source *src)
{
	__u64 word, *port;

	if (nsa_scope_of(src->port) != NSA_SCOPE_NONE)
		return;
	word = (__u64)nsa_config_seq_read() << 32 | src->ifindex;
	port = nsa_uncached_port(src->ifindex);
	if (port && READ_ONCE(*port) != word)
		WRITE_ONCE(*port, word);
}

/* May the packet be sent by the verdict? Checks what differs from packet to packet. */
static __always_inline bool nsa_verdict_skb_applies(struct __sk_buff *skb,
						    const struct nsaccel_cached_verdict *verdict,
						    struct nsa_pkt *pkt)
{
	const struct nsaccel_nexthop *nh = (const void *)verdict->record;
	__u32 mtu = nh->mtu;

	return nsa_verdict_net_ok(nsa_skb_net(skb), pkt->family) && !skb->vlan_present &&
	       !nsa_check_header((void *)(long)skb->data_end, skb->len, pkt) &&
	       nsa_verdict_sees_all(pkt) &&
	       (skb->gso_size || skb->len == sizeof(struct ethhdr) + pkt->l3_len) &&
	       !nsa_mtu_check(skb, pkt, nh->ifindex, &mtu);
}

/* Charges the packet to rates, and counts it for its rule, in the order of the stages. False: a rate has no room. */
static __always_inline bool
nsa_verdict_charge(struct __sk_buff *skb, const struct nsaccel_cached_verdict *verdict, __u32 len)
{
	const struct nsaccel_nexthop *nh = (const void *)verdict->record;
	__u32 flags = verdict->flags;
	__u64 now = 0;

	if (flags & (NSACCEL_CACHED_LIMIT_OUT | NSACCEL_CACHED_LIMIT_IN))
		now = bpf_ktime_get_ns();
	if ((flags & NSACCEL_CACHED_LIMIT_OUT) &&
	    !nsa_limit_takes(skb, verdict->slot, NSACCEL_DIRECTION_OUT, now))
		return false;
	if (flags & NSACCEL_CACHED_COUNT_RULE)
		nsa_rule_count(verdict->rule, len);
	return !(flags & NSACCEL_CACHED_LIMIT_IN) ||
	       nsa_limit_takes(skb, nh->dst_slot, NSACCEL_DIRECTION_IN, now);
}

static __always_inline int nsa_verdict_skb_send_by(struct __sk_buff *skb, __u32 len,
						   enum nsaccel_hook hook, enum nsa_scope scope)
{
	const struct nsaccel_cached_verdict *verdict;
	const struct nsaccel_nexthop *nh;
	struct nsa_pkt pkt = {};

	nsa_skb_locate(skb, &pkt);
	verdict = nsa_verdict_find(&pkt, (void *)(long)skb->data_end, skb->ifindex, hook, scope);
	if (!verdict)
		return NSA_NO_VERDICT;
	if (!nsa_verdict_skb_applies(skb, verdict, &pkt)) {
		nsa_verdict_skip();
		return NSA_NO_VERDICT;
	}
	nh = (const void *)verdict->record;
	if (verdict->flags && !nsa_verdict_charge(skb, verdict, len)) {
		nsa_count(verdict->slot, hook, NSACCEL_DROP_LIMIT, len);
		return TC_ACT_SHOT;
	}
	if (hook == NSACCEL_HOOK_TC_EGRESS)
		nsa_skb_disown(skb);
	nsa_skb_rewrite(skb, &pkt, nh, verdict->keep_priority);
	nsa_hop_use(verdict->nexthop, nh);
	nsa_count(verdict->slot, hook, nh->reason, len);
	return nsa_transmit(skb, verdict->ifindex, hook, nh, verdict->mark);
}

/* Sends a packet like one before: a TC verdict, or NSA_NO_VERDICT: it has to go through the stages. */
__subprog int nsa_verdict_skb_send(struct __sk_buff *skb, __u32 len, enum nsa_scope scope)
{
	return nsa_verdict_skb_send_by(skb, len, NSACCEL_HOOK_TC_INGRESS, scope);
}

/* Likewise, what a macvlan sends. */
__subprog int nsa_verdict_macvlan_send(struct __sk_buff *skb, __u32 len, enum nsa_scope scope)
{
	return nsa_verdict_skb_send_by(skb, len, NSACCEL_HOOK_TC_EGRESS, scope);
}

#endif
