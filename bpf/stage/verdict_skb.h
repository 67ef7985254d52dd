/* SPDX-License-Identifier: GPL-2.0-only */
/* Verdicts applied by TC: see verdict.h. */
#ifndef NSA_STAGE_VERDICT_SKB_H
#define NSA_STAGE_VERDICT_SKB_H

#include "core/bpf.h"
#include "core/owner.h"
#include "map/nexthops.h"
#include "map/stats.h"
#include "pkt/ctx_skb.h"
#include "map/policies.h"
#include "stage/deliver.h"
#include "stage/limit.h"
#include "stage/mtu.h"
#include "stage/verdict.h"

#define NSA_NO_VERDICT (-2) /* no TC_ACT_* */

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

/* What is asked for each packet, in the order of the stages: 0, or a negative reason. */
static __always_inline int nsa_verdict_ask(struct __sk_buff *skb,
					   const struct nsaccel_cached_verdict *verdict, __u32 len)
{
	const struct nsaccel_nexthop *nh = (const void *)verdict->record;
	__u32 limited = verdict->limited;
	__u64 now = limited ? bpf_ktime_get_ns() : 0;

	if (limited & 1 << NSACCEL_DIRECTION_OUT &&
	    !nsa_limit_takes(skb, verdict->slot, NSACCEL_DIRECTION_OUT, now))
		return -NSACCEL_DROP_LIMIT;
	if (verdict->rule)
		nsa_rule_count(verdict->rule, len);
	return limited & 1 << NSACCEL_DIRECTION_IN &&
			       !nsa_limit_takes(skb, nh->dst_slot, NSACCEL_DIRECTION_IN, now) ?
		       -NSACCEL_DROP_LIMIT :
		       0;
}

static __always_inline int nsa_verdict_skb_send_by(struct __sk_buff *skb, __u32 len,
						   enum nsaccel_hook hook, bool by_flow)
{
	const struct nsaccel_cached_verdict *verdict;
	const struct nsaccel_nexthop *nh;
	struct nsa_pkt pkt = {};

	nsa_skb_locate(skb, &pkt);
	verdict = nsa_verdict_find(&pkt, (void *)(long)skb->data_end, skb->ifindex, hook, by_flow);
	if (!verdict)
		return NSA_NO_VERDICT;
	if (!nsa_verdict_skb_applies(skb, verdict, &pkt)) {
		nsa_verdict_skip();
		return NSA_NO_VERDICT;
	}
	nh = (const void *)verdict->record;
	if (verdict->limited | verdict->rule && nsa_verdict_ask(skb, verdict, len)) {
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
__subprog int nsa_verdict_skb_send(struct __sk_buff *skb, __u32 len, bool by_flow)
{
	return nsa_verdict_skb_send_by(skb, len, NSACCEL_HOOK_TC_INGRESS, by_flow);
}

/* Likewise, what a macvlan sends. */
__subprog int nsa_verdict_macvlan_send(struct __sk_buff *skb, __u32 len, bool by_flow)
{
	return nsa_verdict_skb_send_by(skb, len, NSACCEL_HOOK_TC_EGRESS, by_flow);
}

#endif
