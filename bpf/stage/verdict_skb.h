/* SPDX-License-Identifier: GPL-2.0-only */
/* Verdicts applied by TC: see verdict.h. */
#ifndef NSA_STAGE_VERDICT_SKB_H
#define NSA_STAGE_VERDICT_SKB_H

#include "core/bpf.h"
#include "core/features.h"
#include "core/owner.h"
#include "map/nexthops.h"
#include "map/policies.h"
#include "map/stats.h"
#include "pkt/ctx_skb.h"
#include "stage/bridge.h"
#include "stage/deliver.h"
#include "stage/gate.h"
#include "stage/limit.h"
#include "stage/mtu.h"
#include "stage/translate.h"
#include "stage/verdict.h"

#define NSA_NO_VERDICT (-2) /* no TC_ACT_* */

/* Is the packet one that the firewall gate admits, if there is one? */
static __always_inline bool nsa_verdict_skb_admits(struct __sk_buff *skb,
						   const struct nsaccel_cached_verdict *verdict,
						   const struct nsa_pkt *pkt)
{
	return !(verdict->flags & NSACCEL_CACHED_GATE) ||
	       (nsa_has(NSACCEL_FEATURE_GATE) &&
		!nsa_is_classified(skb, verdict->hook == NSACCEL_HOOK_TC_EGRESS) &&
		nsa_verdict_gate_admits(verdict, pkt, (void *)(long)skb->data_end));
}

/* May the packet be sent by the verdict? Checks what differs from packet to packet. */
static __always_inline bool nsa_verdict_skb_applies(struct __sk_buff *skb,
						    const struct nsaccel_cached_verdict *verdict,
						    struct nsa_pkt *pkt, __u32 bridge)
{
	const struct nsaccel_nexthop *nh = (const void *)verdict->record;
	__u32 mtu = nh->mtu;

	return nsa_verdict_net_ok(verdict, nsa_skb_net(skb), pkt->family, bridge) &&
	       !skb->vlan_present &&
	       !nsa_check_header((void *)(long)skb->data_end, skb->len, pkt) &&
	       nsa_verdict_sees_all(pkt) &&
	       (skb->gso_size || skb->len == sizeof(struct ethhdr) + pkt->l3_len) &&
	       nsa_verdict_skb_admits(skb, verdict, pkt) &&
	       (!(verdict->flags & NSACCEL_CACHED_TRANSLATE) ||
		(nsa_has(NSACCEL_FEATURE_NAT) && nsa_skb_ports(skb, pkt))) &&
	       (!bridge ||
		nsa_bridge_has_learnt(skb, pkt->eth->h_source, bridge, verdict->ifindex)) &&
	       !nsa_mtu_check(skb, pkt, nh->ifindex, &mtu);
}

/* Charges the packet to rates, and counts it for its rule, in the order of the stages. False: a
 * rate has no room. */
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
						   const struct nsa_arrival *arrival, __u32 bridge)
{
	const struct nsaccel_cached_verdict *verdict;
	const struct nsaccel_nexthop *nh;
	struct nsa_pkt pkt = {};

	nsa_skb_locate(skb, &pkt);
	verdict = nsa_verdict_find(&pkt, (void *)(long)skb->data_end, arrival);
	if (!verdict)
		return NSA_NO_VERDICT;
	if (!nsa_verdict_skb_applies(skb, verdict, &pkt, bridge)) {
		nsa_verdict_skip();
		return NSA_NO_VERDICT;
	}
	nh = (const void *)verdict->record;
	if (verdict->flags && !nsa_verdict_charge(skb, verdict, len)) {
		nsa_count(verdict->slot, arrival->hook, NSACCEL_DROP_LIMIT, len);
		return TC_ACT_SHOT;
	}
	if (arrival->hook == NSACCEL_HOOK_TC_EGRESS)
		nsa_skb_disown(skb);
	nsa_skb_rewrite(skb, &pkt, nh, verdict->keep_priority);
	if (nsa_has(NSACCEL_FEATURE_NAT) && verdict->flags & NSACCEL_CACHED_TRANSLATE)
		nsa_skb_translate(skb, &pkt, &verdict->to, verdict->address_diff,
				  verdict->port_diff);
	nsa_hop_use(verdict->nexthop, nh);
	nsa_count(verdict->slot, arrival->hook, nh->reason, len);
	return nsa_transmit(skb, verdict->ifindex, arrival->hook, nh, verdict->mark);
}

/* Sends a packet like one before: a TC verdict, or NSA_NO_VERDICT: it has to go through the stages.
 * bridge: the port's; 0: it has none. */
__subprog int nsa_verdict_skb_send(struct __sk_buff *skb, __u32 len, enum nsa_scope scope,
				   __u32 config_seq, __u32 bridge)
{
	const struct nsa_arrival arrival = { skb->ifindex, config_seq, NSACCEL_HOOK_TC_INGRESS,
					     scope };

	return nsa_verdict_skb_send_by(skb, len, &arrival, bridge);
}

/* Likewise, what a macvlan sends. */
__subprog int nsa_verdict_macvlan_send(struct __sk_buff *skb, __u32 len, enum nsa_scope scope,
				       __u32 config_seq)
{
	const struct nsa_arrival arrival = { skb->ifindex, config_seq, NSACCEL_HOOK_TC_EGRESS,
					     scope };

	return nsa_verdict_skb_send_by(skb, len, &arrival, 0);
}

#endif
