// SPDX-License-Identifier: GPL-2.0-only
/*
 * TC ingress of NICs and veth host ends, TC egress of macvlan lower devices and of gated ports.
 * Packets are skbs here and stay so: GSO and checksum state survive. A packet
 * that isn't ours returns TC_ACT_UNSPEC (TCX_NEXT): others' programs still run.
 */
#include "core/bpf.h"
#include "core/config.h"
#include "core/context.h"
#include "core/mark.h"
#include "core/owner.h"
#include "core/probe.h"
#include "core/reason.h"
#include "core/scratch.h"
#include "map/all.h"
#include "pkt/ctx_skb.h"
#include "pkt/parse.h"
#include "stage/bridge.h"
#include "stage/deliver.h"
#include "stage/dst_check.h"
#include "stage/fib.h"
#include "stage/gate.h"
#include "stage/guard.h"
#include "stage/limit.h"
#include "stage/mtu.h"
#include "stage/pass_check.h"
#include "stage/reject.h"
#include "stage/route.h"
#include "stage/ruleset.h"
#include "topo/macvlan.h"
#include "topo/share.h"

/* A TC verdict for -enum nsaccel_reason why a packet isn't sent on. */
static __always_inline int nsa_tc_verdict(__u32 *reason, int why)
{
	*reason = -why;
	return nsa_is_drop(*reason) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

/* Would the egress that it leaves by have to know who sent it, to judge what it hands to who shares the
 * NIC? What a macvlan sends came in nowhere, or where its own namespace says. */
static __noinline bool nsa_egress_needs_source(const struct nsa_source *src,
					       const struct nsa_hop *hop)
{
	const struct nsaccel_port *port = nsa_port(hop->nh.ifindex);

	return port && port->shares && nsa_is_policed(src->slot, nsaccel_owner_slot);
}

/* Makes hop the port of the same bridge that the frame is for: 0, or -enum nsaccel_reason. */
static __noinline int nsa_bridge_check(struct __sk_buff *skb, const struct nsa_source *src,
				       struct nsa_hop *hop)
{
	int r = nsa_bridge_forward(skb, src, hop);

	return r || src->steer_gate == NSACCEL_GATE_OPEN ? r : nsa_bridge_gate(skb, src, hop);
}

/* Hands a frame to another port of the same bridge, as nsa_forward() routes one. */
static __always_inline int nsa_bridge_send(struct __sk_buff *skb, const struct nsa_source *src,
					   enum nsaccel_hook hook, struct nsa_hop *hop,
					   __u32 *reason)
{
	int r;

	__builtin_memset(hop, 0, sizeof(*hop));
	r = nsa_bridge_check(skb, src, hop);
	if (!r)
		r = nsa_mark_for_egress(hook, hop);
	if (!r && nsa_dst_is_checked(src, hop->nh.dst_slot))
		r = nsa_dst_check(skb, src->slot, hop->nh.dst_slot, NSA_ON_LINK);
	if (r)
		return nsa_tc_verdict(reason, r);
	*reason = NSACCEL_FWD_BRIDGE;
	if (nsa_probing(skb))
		return nsa_probe_nexthop(skb, &hop->nh);
	nsa_bridge_scrub(skb, hop);
	return nsa_transmit(skb, src, hook, hop);
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
	if (hop->rp_filter_ask_fib && !nsa_rp_filter_fib(skb, pkt, src, hook, hop->nh.l3_ifindex))
		return -NSACCEL_PASS_SOURCE;
	r = nsa_mark_for_egress(hook, hop);
	if (r)
		return r;
	if (hook == NSACCEL_HOOK_TC_EGRESS && hop->nh.action == NSACCEL_ACTION_NIC &&
	    nsa_egress_needs_source(src, hop))
		return -NSACCEL_DROP_CLOSED;
	r = nsa_skb_fits(skb, pkt, &hop->nh);
	if (!r && src->gate != NSACCEL_GATE_OPEN)
		r = nsa_routed_gate(skb, pkt, src, &hop->nh);
	if (r || !nsa_dst_is_checked(src, hop->nh.dst_slot))
		return r;
	return nsa_dst_check(skb, src->slot, hop->nh.dst_slot,
			     nsa_target_is_static(hop->nh.target) ? NSA_STATIC_ROUTE : 0);
}

/* The kernel won't answer for an isolated namespace's packet: 0, or why there is no answer. */
static __always_inline int nsa_answer(struct __sk_buff *skb, const struct nsa_pkt *pkt,
				      const struct nsa_source *src, const struct nsa_hop *hop,
				      int why, __u32 *reason)
{
	if (!src->isolation.isolated)
		return nsa_tc_verdict(reason, why);
	*reason = why == -NSACCEL_PASS_TTL ? NSACCEL_DROP_TTL : NSACCEL_DROP_TOO_BIG;
	if (nsa_probing(skb))
		return TC_ACT_SHOT;
	return nsa_reject(skb, pkt, src, *reason, hop->nh.mtu);
}

/* Routes a frame that was sent to the port's MAC. Returns a TC verdict and sets *reason. */
static __always_inline int nsa_forward(struct __sk_buff *skb, const struct nsa_source *src,
				       enum nsaccel_hook hook, __u32 *reason)
{
	struct nsa_scratch *scratch = nsa_scratch();
	struct nsa_pkt pkt = {};
	struct nsa_hop *hop;
	int r;

	if (!scratch)
		return nsa_tc_verdict(reason, -NSACCEL_PASS_STALE);
	hop = &scratch->hop; /* the stack is full */
	hop->nh.mtu = 0;     /* of what isn't routed */
	r = nsa_skb_parse(skb, src->port->mac, &pkt);
	if (r == -NSACCEL_PASS_OTHER_MAC && hook == NSACCEL_HOOK_TC_INGRESS && src->port->steer &&
	    !src->isolation.isolated)
		return nsa_bridge_send(skb, src, hook, hop, reason);
	if (r == -NSACCEL_PASS_TTL)
		return nsa_answer(skb, &pkt, src, hop, r, reason);
	if (r)
		return nsa_tc_verdict(reason, r);
	r = nsa_decide(&pkt, src, hop);
	if (!r && src->port->bridge && !nsa_bridge_has_learnt(skb, pkt.eth->h_source, src))
		r = -NSACCEL_PASS_BRIDGE;
	if (r)
		return nsa_tc_verdict(reason, r);
	if (hop->nh.action >= NSACCEL_ACTION_FIB) {
		r = nsa_may_send(skb, &pkt, src, hook, hop);
		if (r == -NSACCEL_PASS_TOO_BIG)
			return nsa_answer(skb, &pkt, src, hop, r, reason);
		if (r)
			return nsa_tc_verdict(reason, r);
	}
	*reason = hop->nh.reason;
	if (nsa_probing(skb))
		return nsa_probe_nexthop(skb, &hop->nh);
	if (hop->nh.action == NSACCEL_ACTION_DROP)
		return TC_ACT_SHOT;
	if (hop->nh.action == NSACCEL_ACTION_REJECT)
		return nsa_reject(skb, &pkt, src, hop->nh.reason, 0);
	if (nsa_skb_trim(skb, &pkt))
		return nsa_tc_verdict(reason, -NSACCEL_PASS_MALFORMED);
	if (hook == NSACCEL_HOOK_TC_EGRESS)
		nsa_skb_disown(skb);
	nsa_skb_rewrite(skb, &pkt, &hop->nh, src->port->keeps_priority);
	nsa_hop_use(hop);
	return nsa_transmit(skb, src, hook, hop);
}

/* May the frame be sent by its namespace, and is there room in its rate? 0, or -enum nsaccel_reason. */
static __always_inline int nsa_source_check(struct __sk_buff *skb, struct nsa_source *src)
{
	int r, limit;

	nsa_isolation(src->slot, &src->isolation);
	r = nsa_guard(skb, src);
	if (r && src->isolation.guard == NSACCEL_GUARD_DROP)
		return nsa_guard_drop(r);
	limit = nsa_limit(skb, &src->isolation, src->slot, NSACCEL_DIRECTION_OUT);
	return limit ? limit : r;
}

static __always_inline enum nsaccel_family nsa_family_of(__be16 ethertype)
{
	switch (ethertype) {
	case bpf_htons(ETH_P_IP):
		return NSACCEL_FAMILY_INET;
	case bpf_htons(ETH_P_IPV6):
		return NSACCEL_FAMILY_INET6;
	default:
		return NSACCEL_FAMILY_NONE;
	}
}

static __always_inline int nsa_receive(struct __sk_buff *skb, struct nsa_source *src,
				       enum nsaccel_hook hook, __u32 *reason)
{
	int r = nsa_source_check(skb, src), verdict;

	nsa_read_gates(src, nsa_skb_net(skb), nsa_family_of(skb->protocol));
	verdict = r ? nsa_tc_verdict(reason, r) : nsa_forward(skb, src, hook, reason);
	if (verdict != TC_ACT_UNSPEC || !nsa_is_pass(*reason))
		return verdict;
	if (hook == NSACCEL_HOOK_TC_INGRESS && src->port->lower) {
		r = nsa_macvlan_dst_check(skb, src);
		if (r)
			return nsa_tc_verdict(reason, r);
	}
	return nsa_pass_check(skb, src, reason);
}

/* From macvlan to macvlan on one lower, in bridge mode. Counted only if it's dropped. */
static __always_inline int nsa_macvlan_sibling(struct __sk_buff *skb, struct nsa_source *src,
					       __u32 len)
{
	struct ethhdr *eth = nsa_eth(skb);
	int r;

	src->ep = eth ? nsa_endpoint(eth->h_source, src->ifindex, NSA_EP_SOURCE) : NULL;
	if (!src->ep || nsa_mac_equal(eth->h_dest, src->port->mac))
		return TC_ACT_UNSPEC; /* decided where it was turned round */
	src->slot = src->ep->slot;
	r = src->ep->bound == NSACCEL_BOUND_CLOSED ? -NSACCEL_DROP_CLOSED :
						     nsa_source_check(skb, src);
	if (!nsa_is_drop(-r))
		r = src->isolation.isolated ? -NSACCEL_DROP_ISOLATED :
					      nsa_macvlan_dst_check(skb, src);
	if (!r)
		return TC_ACT_UNSPEC;
	nsa_count(src->slot, NSACCEL_HOOK_TC_INGRESS, -r, len);
	return TC_ACT_SHOT;
}

SEC("tc")
int nsaccel_tc_in(struct __sk_buff *skb)
{
	__u32 reason = NSACCEL_PASS_UNKNOWN_PORT, len = skb->len, decided = 0;
	struct nsa_source src = {};
	int verdict = TC_ACT_UNSPEC;

	src.ifindex = skb->ifindex;
	src.slot = nsaccel_owner_slot;
	src.port = nsa_port(src.ifindex);
	skb->cb[NSA_CB_SENT] = 0; /* programs of the sender's namespace can write there */
	if (nsa_is_moved(nsa_skb_net(skb))) {
		reason = NSACCEL_PASS_MOVED;
	} else if (src.port && nsa_is_closed(src.port)) {
		src.slot = src.port->source_slot;
		reason = NSACCEL_DROP_CLOSED;
		verdict = TC_ACT_SHOT;
	} else if (src.port) {
		if (src.port->lower && !nsa_probing(skb) &&
		    nsa_was_hairpinned(skb, src.port, src.ifindex))
			return nsa_macvlan_sibling(skb, &src, len);
		src.slot = src.port->source_slot;
		if (src.port->share_nic)
			decided = nsa_share_receive(skb, &src);
		else if (src.port->shares)
			decided = nsa_share_deliver(skb, src.ifindex, src.slot, true);
		if (decided) {
			reason = NSA_DECIDED_REASON(decided);
			verdict = NSA_DECIDED_VERDICT(decided);
		} else {
			verdict = nsa_receive(skb, &src, NSACCEL_HOOK_TC_INGRESS, &reason);
		}
	}
	if (nsa_probing(skb))
		return nsa_probe_reason(skb, reason, verdict);
	nsa_count(src.slot, NSACCEL_HOOK_TC_INGRESS, reason, len);
	return verdict;
}

/* Who sent what the kernel sends: slot of the namespace; and of another that its source says, where nothing
 * tells that the source is true, else 0. One number, as a function of its own returns it. */
#define NSA_SENT(from, claimed) ((from) | (claimed) << 16)
#define NSA_SENT_FROM(sent)	((sent)&0xffff)
#define NSA_SENT_CLAIMED(sent)	((sent) >> 16)

/* What came in by a device on a port is of who is behind that. What a bridge has routed seems to be its own:
 * by its source, which was looked at when it came in. Nobody has looked at what came in by a device that
 * isn't known at all. */
static __noinline __u32 nsa_kernel_source(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ingress_ifindex, own = nsaccel_owner_slot, slot;
	const struct nsaccel_endpoint *upper;
	const struct nsaccel_port *port;

	if (!ifindex)
		return own;
	port = nsa_port(ifindex);
	if (port)
		return port->source_slot;
	upper = nsa_upper(ifindex);
	if (upper && upper->slot)
		return upper->slot;
	slot = (__u32)nsa_source_slot(skb);
	if (!slot || slot == own)
		return own;
	return upper ? slot : NSA_SENT(own, slot);
}

static __always_inline int nsa_drop_closed(__u32 slot, __u32 len)
{
	nsa_count(slot, NSACCEL_HOOK_TC_EGRESS, NSACCEL_DROP_CLOSED, len);
	return TC_ACT_SHOT;
}

/* What the kernel, and not the fast path, sends into an endpoint. */
static __always_inline int
nsa_port_dst_check(struct __sk_buff *skb, const struct nsaccel_port *port, __u32 from, __u32 len)
{
	__u32 slot = port->source_slot;
	bool own = !skb->ingress_ifindex;
	int r;

	if (own && (slot == nsaccel_owner_slot || nsa_is_resolution(skb, true)))
		return TC_ACT_UNSPEC; /* its own business */
	r = nsa_dst_check_from_kernel(skb, from, slot);
	if (!r)
		return TC_ACT_UNSPEC;
	nsa_count(from, NSACCEL_HOOK_TC_EGRESS, -r, len);
	return TC_ACT_SHOT;
}

/* What the owner sends out of a NIC, for the one in that slot, to who is on it, and not on the wire. */
static __always_inline int nsa_nic_out(struct __sk_buff *skb, const struct nsa_source *src,
				       __u32 from, __u32 len)
{
	__u32 decided = 0;

	if (src->port->shares)
		decided = nsa_share_deliver(skb, src->ifindex, from, false);
	if (decided) {
		nsa_count(from, NSACCEL_HOOK_TC_EGRESS, NSA_DECIDED_REASON(decided), len);
		return NSA_DECIDED_VERDICT(decided);
	}
	return src->port->lower ? nsa_macvlan_from_host(skb, src->port, src->ifindex, from, len) :
				  TC_ACT_UNSPEC;
}

/* What leaves by a port, and no macvlan sends. */
static __always_inline int nsa_port_out(struct __sk_buff *skb, const struct nsa_source *src,
					__u32 len)
{
	const struct nsaccel_port *port = src->port;
	__u32 mark = skb->cb[NSA_CB_SENT], sent, from;
	bool judged = port->watched && mark != nsaccel_mark_sent;
	int verdict;

	if (nsa_probing(skb))
		return TC_ACT_UNSPEC; /* nothing that is decided here */
	skb->cb[NSA_CB_SENT] = 0;     /* who is behind the port must not learn it */
	if (mark == nsaccel_mark_wire)
		return TC_ACT_UNSPEC;
	if (nsa_is_closed(port))
		return nsa_drop_closed(NSA_SENT_FROM(nsa_kernel_source(skb)), len);
	if (mark != nsaccel_mark_sent &&
	    (port->gate == NSACCEL_GATE_FLOW || port->steer_gate == NSACCEL_GATE_FLOW))
		nsa_gate_watch(skb, src);
	if (!port->shares && !port->lower && !judged)
		return TC_ACT_UNSPEC;
	sent = nsa_kernel_source(skb);
	from = NSA_SENT_FROM(sent);
	if (NSA_SENT_CLAIMED(sent) &&
	    nsa_policy(skb, NSA_SENT_CLAIMED(sent), port->source_slot, NSA_ON_LINK)) {
		nsa_count(from, NSACCEL_HOOK_TC_EGRESS, NSACCEL_DROP_POLICY, len);
		return TC_ACT_SHOT;
	}
	verdict = nsa_nic_out(skb, src, from, len);
	return verdict == TC_ACT_UNSPEC && judged ? nsa_port_dst_check(skb, port, from, len) :
						    verdict;
}

/* What a macvlan sends to its wire. */
static __always_inline int nsa_macvlan_to_wire(struct __sk_buff *skb, struct nsa_source *src,
					       __u32 len)
{
	int r = nsa_source_check(skb, src);

	if (src->isolation.isolated)
		r = -NSACCEL_DROP_ISOLATED;
	else if (!nsa_is_drop(-r) && nsa_dst_check(skb, src->slot, 0, NSA_ON_LINK))
		r = -NSACCEL_DROP_POLICY;
	if (!nsa_is_drop(-r))
		return nsa_macvlan_pass_to_wire(skb, src->ifindex, src->slot, src->ep, len);
	nsa_count(src->slot, NSACCEL_HOOK_TC_EGRESS, -r, len);
	return TC_ACT_SHOT;
}

static __always_inline int nsa_macvlan_out(struct __sk_buff *skb, struct nsa_source *src, __u32 len)
{
	__u32 reason = NSACCEL_PASS_OTHER_MAC;
	int verdict;

	src->slot = src->ep->slot;
	skb->cb[NSA_CB_SENT] = 0; /* as at ingress */
	if (src->ep->bound == NSACCEL_BOUND_CLOSED)
		return nsa_probing(skb) ? nsa_probe_reason(skb, NSACCEL_DROP_CLOSED, TC_ACT_SHOT) :
					  nsa_drop_closed(src->slot, len);
	if (!nsa_macvlan_hairpins(skb, src->port, src->ep))
		return nsa_probing(skb) ? TC_ACT_UNSPEC : nsa_macvlan_to_wire(skb, src, len);
	verdict = nsa_receive(skb, src, NSACCEL_HOOK_TC_EGRESS, &reason);
	if (nsa_probing(skb))
		return nsa_probe_reason(skb, reason, verdict);
	if (verdict == TC_ACT_UNSPEC && nsa_source_is_lost(skb, src, reason)) {
		reason = NSACCEL_DROP_CLOSED;
		verdict = TC_ACT_SHOT;
	} else if (verdict ==
		   TC_ACT_UNSPEC) { /* the kernel's: to get there it has to be turned round */
		reason = NSACCEL_FWD_HOST;
		verdict = nsa_hairpin(skb, src->ifindex);
	}
	nsa_count(src->slot, NSACCEL_HOOK_TC_EGRESS, reason, len);
	return verdict;
}

SEC("tc")
int nsaccel_tc_eg(struct __sk_buff *skb)
{
	struct nsa_source src = {};
	__u32 len = skb->len;

	src.ifindex = skb->ifindex;
	src.port = nsa_port(src.ifindex);
	if (!src.port || nsa_is_moved(nsa_skb_net(skb)))
		return TC_ACT_UNSPEC;
	if (src.port->lower)
		src.ep = nsa_macvlan_source(skb, src.port, src.ifindex);
	if (src.ep && src.ep->kind != NSACCEL_KIND_NONE)
		return nsa_macvlan_out(skb, &src, len);
	if (src.ep && src.ep->bound == NSACCEL_BOUND_CLOSED)
		return nsa_drop_closed(nsaccel_owner_slot, len);
	if (src.port->confines && !src.ep && nsa_macvlan_is_unknown(skb, src.port))
		return nsa_drop_closed(nsaccel_owner_slot, len);
	return nsa_port_out(skb, &src, len);
}

char _license[] SEC("license") = "GPL";
