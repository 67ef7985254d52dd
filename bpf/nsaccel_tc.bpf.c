// SPDX-License-Identifier: GPL-2.0-only
/*
 * TC ingress of NICs and veth host ends, TC egress of macvlan lower devices and of gated ports.
 * Packets are skbs here and stay so: GSO and checksum state survive. A packet
 * that isn't ours returns TC_ACT_UNSPEC (TCX_NEXT): others' programs still run.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_core_read.h>
#include "nsaccel/abi.h"
#include "config.h"
#include "maps.h"
#include "order.h"
#include "owner.h"
#include "parse.h"
#include "rewrite.h"
#include "stats.h"
#include "route.h"
#include "decide.h"
#include "probe.h"
#include "skb.h"
#include "reject.h"
#include "flow.h"
#include "gate.h"
#include "bridge.h"
#include "fib.h"
#include "lower.h"

/* Sends a packet that is ready on its way from hook; a TC verdict. */
static __always_inline int nsa_act(struct __sk_buff *skb, const struct nsa_source *src,
				   enum nsaccel_hook hook, const struct nsaccel_nexthop *nh)
{
	skb->cb[NSA_CB_SENT] = NSA_SENT_MAGIC;
	switch (nh->action) {
	case NSACCEL_ACTION_NIC:
		return bpf_redirect(nh->ifindex, 0);
	case NSACCEL_ACTION_VETH:
		/* Linux offers redirect_peer at ingress only. */
		return hook == NSACCEL_HOOK_TC_INGRESS ? bpf_redirect_peer(nh->ifindex, 0) :
							 bpf_redirect(nh->ifindex, 0);
	case NSACCEL_ACTION_MACVLAN:
		/* On its own lower the frame has only to be addressed: the rx handler does the rest. */
		if (hook == NSACCEL_HOOK_TC_INGRESS && nh->ifindex == src->ifindex)
			return TC_ACT_UNSPEC;
		return bpf_redirect(nh->ifindex, BPF_F_INGRESS);
	default:
		return TC_ACT_UNSPEC;
	}
}

static __always_inline int nsa_pass(__u32 *reason, int why)
{
	*reason = -why;
	return TC_ACT_UNSPEC;
}

/* Hands a frame to another port of the same bridge, as nsa_forward() routes one. */
static __always_inline int nsa_switch(struct __sk_buff *skb, const struct nsa_source *src,
				      enum nsaccel_hook hook, __u32 *reason)
{
	struct nsa_hop hop = {};
	int r;

	r = nsa_steer(skb, src, &hop);
	if (r)
		return nsa_pass(reason, r);
	if (src->port->steer_gate != NSACCEL_GATE_OPEN) {
		r = nsa_steer_gate(skb, src, &hop);
		if (r)
			return nsa_pass(reason, r);
	}
	*reason = NSACCEL_FWD_BRIDGE;
	if (nsa_probing(skb))
		return nsa_probe_nexthop(skb, &hop.nh);
	nsa_steer_scrub(skb, &hop);
	return nsa_act(skb, src, hook, &hop.nh);
}

/* Makes sure of a next hop that sends: 0, or -enum nsaccel_reason why the kernel has to. */
static __always_inline int nsa_may_send(struct __sk_buff *skb, const struct nsa_pkt *pkt,
					const struct nsa_source *src, enum nsaccel_hook hook,
					struct nsa_hop *hop)
{
	int r;

	if (hop->nh.owner_slot != nsaccel_owner_slot)
		return -NSACCEL_PASS_OTHER_OWNER;
	if (hop->nh.action == NSACCEL_ACTION_FIB) {
		r = nsa_fib(skb, pkt, src, hook, hop);
		if (r)
			return r;
	}
	r = nsa_skb_fits(skb, pkt, &hop->nh);
	if (r || src->port->gate == NSACCEL_GATE_OPEN)
		return r;
	return nsa_routed_gate(skb, pkt, src, &hop->nh);
}

/* Routes a frame that was sent to the port's MAC. Returns a TC verdict and sets *reason. */
static __always_inline int nsa_forward(struct __sk_buff *skb, const struct nsa_source *src,
				       enum nsaccel_hook hook, __u32 *reason)
{
	struct nsa_pkt pkt = {};
	struct nsa_hop hop;
	int r;

	r = nsa_skb_parse(skb, src->port->mac, &pkt);
	if (r == -NSACCEL_PASS_OTHER_MAC && src->port->steer)
		return nsa_switch(skb, src, hook, reason);
	if (r)
		return nsa_pass(reason, r);
	r = nsa_decide(&pkt, src, &hop);
	if (!r && src->port->bridge && !nsa_is_learnt(skb, pkt.eth->h_source, src))
		r = -NSACCEL_PASS_BRIDGE;
	if (r)
		return nsa_pass(reason, r);
	if (hop.nh.action >= NSACCEL_ACTION_FIB) {
		r = nsa_may_send(skb, &pkt, src, hook, &hop);
		if (r)
			return nsa_pass(reason, r);
	}
	*reason = hop.nh.reason;
	if (nsa_probing(skb))
		return nsa_probe_nexthop(skb, &hop.nh);
	if (hop.nh.action == NSACCEL_ACTION_DROP)
		return TC_ACT_SHOT;
	if (hop.nh.action == NSACCEL_ACTION_REJECT)
		return nsa_reject(skb, &pkt, src, hook, hop.nh.reason);
	if (nsa_skb_trim(skb, &pkt))
		return nsa_pass(reason, -NSACCEL_PASS_MALFORMED);
	nsa_skb_rewrite(skb, &pkt, &hop.nh);
	nsa_hop_use(&hop);
	return nsa_act(skb, src, hook, &hop.nh);
}

SEC("tc")
int nsaccel_tc_in(struct __sk_buff *skb)
{
	__u32 reason = NSACCEL_PASS_UNKNOWN_PORT, len = skb->len;
	struct nsa_source src = {};
	int verdict = TC_ACT_UNSPEC;

	src.ifindex = skb->ifindex;
	src.slot = nsaccel_owner_slot;
	src.port = nsa_port(src.ifindex);
	if (nsa_skb_moved(skb)) {
		reason = NSACCEL_PASS_MOVED;
	} else if (src.port) {
		/* Decided and counted where it was turned round, or redirected to this lower. */
		if (src.port->lower && !nsa_probing(skb) &&
		    nsa_was_turned(skb, src.port, src.ifindex))
			return TC_ACT_UNSPEC;
		src.slot = src.port->source_slot;
		verdict = nsa_forward(skb, &src, NSACCEL_HOOK_TC_INGRESS, &reason);
	}
	if (nsa_probing(skb))
		return nsa_probe_reason(skb, reason, verdict);
	nsa_count(src.slot, NSACCEL_HOOK_TC_INGRESS, reason, len);
	return verdict;
}

SEC("tc")
int nsaccel_tc_eg(struct __sk_buff *skb)
{
	__u32 reason = NSACCEL_PASS_OTHER_MAC, len = skb->len;
	const struct nsaccel_endpoint *ep;
	struct nsa_source src = {};
	int verdict;

	src.ifindex = skb->ifindex;
	src.port = nsa_port(src.ifindex);
	if (!src.port || nsa_skb_moved(skb))
		return TC_ACT_UNSPEC;
	ep = src.port->lower ? nsa_lower_source(skb, src.port, src.ifindex) : NULL;
	if (nsa_probing(skb) && !(ep && nsa_lower_turns(skb, src.port, ep)))
		return TC_ACT_UNSPEC; /* nothing that is decided here */
	if (!ep &&
	    (src.port->gate == NSACCEL_GATE_FLOW || src.port->steer_gate == NSACCEL_GATE_FLOW))
		nsa_gate_watch(skb, src.ifindex);
	if (!ep)
		return src.port->lower ? nsa_lower_from_host(skb, src.port, src.ifindex, len) :
					 TC_ACT_UNSPEC;
	src.slot = ep->slot;
	if (!nsa_lower_turns(skb, src.port, ep))
		return nsa_lower_to_wire(skb, src.ifindex, src.slot, ep, len);
	verdict = nsa_forward(skb, &src, NSACCEL_HOOK_TC_EGRESS, &reason);
	if (nsa_probing(skb))
		return nsa_probe_reason(skb, reason, verdict);
	if (verdict ==
	    TC_ACT_UNSPEC) { /* the kernel's: but to get there it has to be turned round */
		reason = NSACCEL_FWD_HOST;
		verdict = nsa_turn_round(skb, src.ifindex);
	}
	nsa_count(src.slot, NSACCEL_HOOK_TC_EGRESS, reason, len);
	return verdict;
}

char _license[] SEC("license") = "GPL";
