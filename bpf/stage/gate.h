/* SPDX-License-Identifier: GPL-2.0-only */
/* TC ingress's side of flow.h: does the gate let a packet go on? One that goes the kernel's way is
 * noted, and admits its direction at egress (gate_watch.h). */
#ifndef NSA_STAGE_GATE_H
#define NSA_STAGE_GATE_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "core/context.h"
#include "core/features.h"
#include "core/order.h"
#include "core/probe.h"
#include "core/scratch.h"
#include "map/flows.h"
#include "pkt/ctx_skb.h"
#include "stage/flow.h"
#include "stage/flow_use.h"
#include "stage/verdict.h"

static __always_inline int nsa_skb_flow(struct __sk_buff *skb, const struct nsa_pkt *pkt,
					struct nsa_flow *flow)
{
	__u32 offset = nsa_l4_offset(pkt);
	struct nsa_l4 l4 = {};
	long r = -1;

	switch (nsa_flow_part(pkt)) {
	case NSA_TCP_PART:
		r = bpf_skb_load_bytes(skb, offset, &l4, NSA_TCP_PART);
		break;
	case NSA_UDP_PART:
		r = bpf_skb_load_bytes(skb, offset, &l4, NSA_UDP_PART);
		break;
	}
	if (r)
		return -1;
	return nsa_flow_of(flow, pkt, &l4, (void *)(long)skb->data_end);
}

static __always_inline struct nsaccel_flow *nsa_flow_find(const struct nsaccel_flow_key *key)
{
	struct nsaccel_flow *record = bpf_map_lookup_elem(&nsa_flows, key);

	return record && nsa_flow_is(record, key) ? record : NULL;
}

static __always_inline bool nsa_state_admits(__u64 state)
{
	return state && !(state & NSACCEL_FLOW_PENDING);
}

/* Another connection begins, with the same addresses and ports. Returns whether that takes an
 * admission away. */
static __always_inline bool nsa_flow_restart(struct nsaccel_flow *record)
{
	bool taken = false;
	int i;

#pragma unroll
	for (i = 0; i < 2; i++) {
		taken |= nsa_state_admits(__sync_lock_test_and_set(&record->direction[i].state, 0));
		WRITE_ONCE(record->direction[i].seen, 0);
	}
	nsa_keep_order(); /* who sees it open mustn't see the old admissions */
	WRITE_ONCE(record->closing, 0);
	return taken;
}

/* The connection ends. Returns whether it was open. */
static __always_inline bool nsa_flow_close(struct nsaccel_flow *record)
{
	return !__sync_lock_test_and_set(&record->closing, 1);
}

/* Updates a flow by a packet with a control flag. */
static __always_inline void nsa_flow_control(struct nsaccel_flow *record,
					     const struct nsaccel_flow_key *key, __u8 control)
{
	if (control & NSA_TCP_SYN ? nsa_flow_restart(record) : nsa_flow_close(record))
		nsa_flow_seq_advance(key);
}

/* Likewise the record of the packets that answer, if the kernel translates the flow. to: a
 * guess. */
__subprog void nsa_flow_control_answer(const struct nsaccel_translation *to,
				       enum nsaccel_family family, __u8 proto, __u8 control)
{
	struct nsa_scratch *scratch = nsa_scratch();
	struct nsaccel_flow *record;

	record = to->translated ? nsa_flow_of_answer(to, family, proto) : NULL;
	if (record && scratch)
		nsa_flow_control(record, &scratch->answer.key, control);
}

/* Notes a packet as pending. Only one CPU writes at a time, so that signature and id belong
 * together. Returns whether none was pending before. */
static __always_inline bool nsa_direction_arm(struct nsaccel_flow_direction *direction,
					      const struct nsaccel_flow_key *key, __u32 id,
					      const struct nsaccel_flow_signature *signature)
{
	__u64 state = READ_ONCE(direction->state), now = bpf_ktime_get_coarse_ns();

	if (state == NSACCEL_FLOW_PENDING ||
	    __sync_val_compare_and_swap(&direction->state, state, NSACCEL_FLOW_PENDING) != state)
		return false;
	direction->signature = *signature;
	direction->id = id;
	nsa_keep_order();
	WRITE_ONCE(direction->state, NSACCEL_FLOW_PENDING | bpf_ktime_get_ns());
	if (state & NSACCEL_FLOW_PENDING)
		return false;
	if (nsa_state_admits(state) && (__s64)(now - state) < (__s64)NSACCEL_ADMISSION_NS)
		nsa_flow_seq_advance(key);
	return true;
}

/* A packet of the flow goes the kernel's way. signature: as the fast path would send it. Returns 1
 * if it is the first by which its direction may be admitted anew. Global, likewise. */
__noinline int nsa_flow_pass(const struct nsa_flow *flow,
			     const struct nsaccel_flow_signature *signature)
{
	struct nsaccel_flow_direction *direction;
	struct nsaccel_flow_key key;
	struct nsaccel_flow *record;

	if (!nsa_has(NSACCEL_FEATURE_GATE) || !flow || !signature)
		return 0;
	key = flow->key;
	record = nsa_flow_find(&key);
	if (!record && !flow->control && nsa_flow_create(&key, flow->slot, flow->peer))
		record = nsa_flow_find(&key);
	if (!record)
		return 0;
	WRITE_ONCE(record->touched, bpf_ktime_get_coarse_ns());
	direction = &record->direction[flow->direction & 1];
	if (flow->control) {
		nsa_flow_control(record, &key, flow->control);
		if (nsa_has(NSACCEL_FEATURE_NAT))
			nsa_flow_control_answer(&direction->signature.to, key.family, key.proto,
						flow->control);
	}
	if (flow->control || record->closing)
		return 0;
	/* If this direction is admitted, the other one isn't. */
	return !nsa_direction_admits(direction, signature, bpf_ktime_get_coarse_ns()) &&
	       nsa_direction_arm(direction, &key, flow->id, signature);
}

/* Has another program before ours set mark or priority? A macvlan's own are cleared before rules
 * see the packet. */
static __always_inline bool nsa_is_classified(const struct __sk_buff *skb, bool from_macvlan)
{
	return !from_macvlan && (skb->mark || skb->priority);
}

/* The flow, by the addresses and ports that the packet came in with. */
static __always_inline int nsa_arrived_flow(struct __sk_buff *skb, const struct nsa_pkt *pkt,
					    struct nsa_flow *flow)
{
	const struct nsa_scratch *scratch = nsa_scratch();

	if (!scratch || !nsa_is_translated(scratch))
		return nsa_skb_flow(skb, pkt, flow);
	*flow = scratch->arrived.flow;
	return 0;
}

/* May a packet go on with that signature? to: slot of the destination's namespace. 0, or a negative
 * reason. */
static __always_inline int nsa_gate(struct __sk_buff *skb, const struct nsa_pkt *pkt,
				    const struct nsa_source *src, __u32 to, __u8 gate,
				    const struct nsaccel_flow_signature *signature)
{
	struct nsa_flow flow = {};

	if (nsa_is_classified(skb, src->ep))
		return -NSACCEL_PASS_FIREWALL;
	if (gate != NSACCEL_GATE_FLOW || nsa_arrived_flow(skb, pkt, &flow))
		return -NSACCEL_PASS_FIREWALL;
	if (nsa_flow_admits(&flow, signature))
		return 0;
	if (nsa_probing(skb))
		return -NSACCEL_PASS_FIREWALL;
	nsa_flow_parties(&flow, src->slot, to);
	if (nsa_flow_pass(&flow, signature))
		nsa_verdict_retry();
	return -NSACCEL_PASS_FIREWALL;
}

/* A function of its own, for its stack: few packets need it. */
__subprog int nsa_routed_gate(struct __sk_buff *skb, const struct nsa_pkt *pkt,
			      const struct nsa_source *src, const struct nsaccel_nexthop *nh)
{
	struct nsa_scratch *scratch = nsa_scratch(); /* the stack is full, on Linux 6.1 */
	struct nsaccel_flow_signature *signature;

	if (!scratch)
		return -NSACCEL_PASS_FIREWALL;
	signature = &scratch->signature;
	__builtin_memset(signature, 0, sizeof(*signature));
	nsa_signature_routed(signature, pkt, src, nh);
	if (nsa_is_translated(scratch))
		signature->to = scratch->arrived.to;
	return nsa_gate(skb, pkt, src, nh->dst_slot, src->gate, signature);
}

/* Does the firewall gate let a routed packet go on: 0, or a negative reason. */
static __always_inline int nsa_gate_check(struct __sk_buff *skb, const struct nsa_pkt *pkt,
					  const struct nsa_source *src, const struct nsa_hop *hop)
{
	if (src->gate == NSACCEL_GATE_OPEN)
		return 0;
	return nsa_has(NSACCEL_FEATURE_GATE) ? nsa_routed_gate(skb, pkt, src, &hop->nh) :
					       -NSACCEL_PASS_FIREWALL;
}

#endif
