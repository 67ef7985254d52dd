// SPDX-License-Identifier: GPL-2.0-only
/*
 * TC ingress of NICs and veth host ends; TC egress of ports with macvlans, a gate, a shared NIC, or
 * checks of what the kernel sends (police_egress).
 * Packets are skbs here and stay so: GSO and checksum state survive. A packet
 * that isn't ours returns TC_ACT_UNSPEC (TCX_NEXT): others' programs still run.
 *
 * The order at ingress, from which a packet leaves wherever a stage decides:
 *   nsa_send_by_verdict() like a packet before, which went through all that follows
 *   nsa_find_port()     moved, unknown, closed; then nsa_send_by_port(): by a verdict again, now
 *                       that the port is known, if its scope was not noted
 *   nsa_is_from_lower() what a program of ours has turned round goes to the kernel; else from a
 *                       macvlan here
 *   nsa_port_in()       shared NICs
 *   nsa_receive()       source guard, rate of the sender
 *   nsa_forward()       headers; bridge, or translation, route, rp_filter
 *   nsa_send_checks()   FIB, egress, MTU, firewall gate, isolation, policy, rate of the receiver
 *   nsa_send()          drop, reject, or rewrite and redirect
 *   nsa_pass_check()    what would pass to the kernel
 *   nsa_finish()        counts
 * At egress, what a macvlan sends goes by nsa_verdict_macvlan_send() and nsa_receive(), what else
 * leaves by a port by nsa_port_out().
 */
#include "core/bpf.h"
#include "core/config.h"
#include "core/context.h"
#include "core/features.h"
#include "core/mark.h"
#include "core/owner.h"
#include "core/probe.h"
#include "core/reason.h"
#include "core/scratch.h"
#include "map/all.h"
#include "map/nexthops.h"
#include "map/ports.h"
#include "map/stats.h"
#include "pkt/ctx_skb.h"
#include "pkt/parse.h"
#include "stage/bridge.h"
#include "stage/deliver.h"
#include "stage/dst_check.h"
#include "stage/fib.h"
#include "stage/gate.h"
#include "stage/gate_watch.h"
#include "stage/guard.h"
#include "stage/kernel_source.h"
#include "stage/limit.h"
#include "stage/mtu.h"
#include "stage/pass_check.h"
#include "stage/reject.h"
#include "stage/route.h"
#include "stage/ruleset.h"
#include "stage/scope.h"
#include "stage/source_check.h"
#include "stage/translate.h"
#include "stage/verdict.h"
#include "stage/verdict_skb.h"
#include "topo/macvlan.h"
#include "topo/share.h"

/* Makes a TC verdict of a negative reason why a packet isn't sent on. */
static __always_inline int nsa_tc_verdict(__u32 *reason, int why)
{
	*reason = -why;
	return nsa_is_drop(*reason) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

/* Hands a frame to another port of the same bridge, with not a byte changed. */
static __always_inline int nsa_bridge_send(struct __sk_buff *skb, const struct nsa_source *src,
					   enum nsaccel_hook hook, struct nsa_hop *hop,
					   __u32 *reason)
{
	int r;

	/* clang-format off */
	r = nsa_bridge_forward(skb, src, hop)
	    ?: nsa_mark_for_egress(hook, hop)
	    ?: nsa_dst_check_hop(skb, src, hop, NSA_ON_LINK);
	/* clang-format on */
	if (r)
		return nsa_tc_verdict(reason, r);
	*reason = NSACCEL_FWD_BRIDGE;
	if (nsa_probing(skb))
		return nsa_probe_nexthop(skb, &hop->nh);
	nsa_bridge_scrub(skb, hop);
	return nsa_transmit(skb, src->ifindex, hook, &hop->nh, hop->mark);
}

/* The checks of a packet that is to be sent by hop, in their order: 0, or a negative reason. */
static __always_inline int nsa_send_checks(struct __sk_buff *skb, const struct nsa_pkt *pkt,
					   const struct nsa_source *src, enum nsaccel_hook hook,
					   struct nsa_hop *hop)
{
	if (!nsa_hop_sends(hop))
		return nsa_translated_check(src, hop);
	/* clang-format off */
	return nsa_hop_owner_check(hop)
	    ?: nsa_fib_resolve(skb, pkt, src, hook, hop)
	    ?: nsa_rp_filter_resolve(skb, pkt, src, hook, hop)
	    ?: nsa_translated_check(src, hop)
	    ?: nsa_mark_for_egress(hook, hop)
	    ?: nsa_egress_source_check(src, hook, hop)
	    ?: nsa_mtu_check(skb, pkt, hop->nh.ifindex, &hop->nh.mtu)
	    ?: nsa_gate_check(skb, pkt, src, hop)
	    ?: nsa_dst_check_hop(skb, src, hop, 0);
	/* clang-format on */
}

/* Drops, rejects or sends a packet that has passed all checks, as its next hop says. */
static __always_inline int nsa_send(struct __sk_buff *skb, struct nsa_pkt *pkt,
				    const struct nsa_source *src, enum nsaccel_hook hook,
				    struct nsa_hop *hop, __u32 *reason)
{
	*reason = hop->nh.reason;
	if (nsa_probing(skb))
		return nsa_probe_nexthop(skb, &hop->nh);
	if (hop->nh.action == NSACCEL_ACTION_DROP)
		return TC_ACT_SHOT;
	if (hop->nh.action == NSACCEL_ACTION_REJECT)
		return nsa_reject(skb, src->ifindex, !!src->ep, hop->nh.reason, 0);
	if (nsa_skb_trim(skb, pkt)) {
		if (nsa_has(NSACCEL_FEATURE_NAT))
			nsa_translate_back(skb);
		return nsa_tc_verdict(reason, -NSACCEL_PASS_MALFORMED);
	}
	if (hook == NSACCEL_HOOK_TC_EGRESS)
		nsa_skb_disown(skb);
	nsa_translation_note();
	nsa_verdict_record(src, hop);
	nsa_skb_rewrite(skb, pkt, &hop->nh, src->port->keep_priority);
	nsa_skb_translate_noted(skb, pkt);
	nsa_hop_use(hop->id, &hop->nh);
	return nsa_transmit(skb, src->ifindex, hook, &hop->nh, hop->mark);
}

/* A packet whose TTL has run out, or that is too big: the kernel answers, but not for an isolated
 * namespace. */
static __always_inline int nsa_answer(struct __sk_buff *skb, const struct nsa_pkt *pkt,
				      const struct nsa_source *src, const struct nsa_hop *hop,
				      int why, __u32 *reason)
{
	if (!src->isolation.isolated)
		return nsa_tc_verdict(reason, why);
	*reason = why == -NSACCEL_PASS_TTL ? NSACCEL_DROP_TTL : NSACCEL_DROP_TOO_BIG;
	if (nsa_probing(skb))
		return TC_ACT_SHOT;
	return nsa_reject(skb, src->ifindex, !!src->ep, *reason, hop->nh.mtu);
}

/* Routes or bridges a frame that its namespace may send. Returns a TC verdict, sets *reason. */
static __always_inline int nsa_forward(struct __sk_buff *skb, struct nsa_pkt *pkt,
				       const struct nsa_source *src, enum nsaccel_hook hook,
				       __u32 *reason)
{
	struct nsa_scratch *scratch = nsa_scratch();
	struct nsa_hop *hop;
	bool expired;
	int r;

	if (!scratch)
		return nsa_tc_verdict(reason, -NSACCEL_PASS_STALE);
	hop = &scratch->hop; /* the stack is full */
	hop->nh.mtu = 0;     /* of what isn't routed */
	scratch->arrived.to.translated = 0;
	r = nsa_skb_check(skb, src->port->mac, pkt);
	if (r == -NSACCEL_PASS_OTHER_MAC && nsa_bridge_forwards(src, hook))
		return nsa_bridge_send(skb, src, hook, hop, reason);
	expired = r == -NSACCEL_PASS_TTL && src->isolation.isolated;
	if (nsa_has(NSACCEL_FEATURE_NAT) && !r)
		r = nsa_translate(skb, pkt, src, scratch);
	r = (expired ? 0 : r) ?: nsa_find_route(pkt, src, hop) ?: nsa_hop_check(src, hop);
	/* The kernel receives a packet whatever its TTL, so a route to the owner comes first. */
	if (expired && r != -NSACCEL_PASS_ROUTE)
		return nsa_answer(skb, pkt, src, hop, -NSACCEL_PASS_TTL, reason);
	/* clang-format off */
	r = r
	    ?: nsa_rp_filter(pkt, src, hop)
	    ?: nsa_bridge_source_check(skb, pkt, src)
	    ?: nsa_send_checks(skb, pkt, src, hook, hop);
	/* clang-format on */
	if (r && nsa_has(NSACCEL_FEATURE_NAT) && nsa_translate_back(skb))
		r = -NSACCEL_PASS_FIREWALL;
	if (r == -NSACCEL_PASS_TOO_BIG)
		return nsa_answer(skb, pkt, src, hop, r, reason);
	return r ? nsa_tc_verdict(reason, r) : nsa_send(skb, pkt, src, hook, hop, reason);
}

/* Handles a frame from a namespace. Returns a TC verdict and sets *reason. A frame that would pass
 * to the kernel is checked once more. */
static __always_inline int nsa_receive(struct __sk_buff *skb, struct nsa_source *src,
				       enum nsaccel_hook hook, __u32 *reason)
{
	struct nsa_pkt pkt = {};
	int r, verdict;

	nsa_skb_locate(skb, &pkt);
	r = nsa_source_check(skb, &pkt, src);
	nsa_read_gates(src, nsa_skb_net(skb), nsa_family_of(skb->protocol));
	verdict = r ? nsa_tc_verdict(reason, r) : nsa_forward(skb, &pkt, src, hook, reason);
	if (verdict != TC_ACT_UNSPEC || !nsa_is_pass(*reason))
		return verdict;
	if (hook == NSACCEL_HOOK_TC_INGRESS && src->port->macvlan_lower) {
		r = nsa_macvlan_dst_check(skb, src);
		if (r)
			return nsa_tc_verdict(reason, r);
	}
	return nsa_pass_check(skb, src, reason);
}

/* The port that a frame came in by: 0, or a negative reason. */
static __always_inline int nsa_find_port(struct __sk_buff *skb, __u32 config_seq,
					 struct nsa_source *src)
{
	src->ifindex = skb->ifindex;
	src->slot = nsaccel_owner_slot;
	src->config_seq = config_seq;
	src->port = nsa_port(src->ifindex);
	if (nsa_is_moved(nsa_skb_net(skb)))
		return -NSACCEL_PASS_MOVED;
	if (!src->port)
		return -NSACCEL_PASS_UNKNOWN_PORT;
	if (nsa_is_closed(src->port)) {
		src->slot = src->port->source_slot;
		return -NSACCEL_DROP_CLOSED;
	}
	return 0;
}

/* Handles a frame that came in by a port: on a shared NIC, or from a namespace that shares one, by
 * share.h; if that doesn't decide, as from any namespace. */
static __always_inline int nsa_port_in(struct __sk_buff *skb, struct nsa_source *src, __u32 *reason)
{
	__u32 decided = 0;

	src->slot = src->port->source_slot;
	if (src->port->share_nic)
		decided = nsa_share_receive(skb, src);
	else if (src->port->shared)
		decided = nsa_share_deliver(skb, src->ifindex, src->slot, true);
	if (!decided)
		return nsa_receive(skb, src, NSACCEL_HOOK_TC_INGRESS, reason);
	*reason = NSA_DECIDED_REASON(decided);
	return NSA_DECIDED_VERDICT(decided);
}

/* Counts a packet once, or answers a probe. */
static __always_inline int nsa_finish(struct __sk_buff *skb, const struct nsa_source *src,
				      enum nsaccel_hook hook, __u32 reason, int verdict, __u32 len)
{
	if (nsa_probing(skb))
		return nsa_probe_reason(skb, reason, verdict);
	nsa_count(src->slot, hook, reason, len);
	return verdict;
}

/* May the packet have a verdict? A bridge routes what is for its own MAC. port: NULL if its scope
 * was noted: such a port is on no bridge. */
static __always_inline bool nsa_may_have_verdict(struct __sk_buff *skb,
						 const struct nsaccel_port *port)
{
	const struct ethhdr *eth;

	if (!nsa_family_of(skb->protocol) || nsa_probing(skb))
		return false;
	if (!port || !port->bridge)
		return true;
	eth = nsa_eth(skb);
	return eth && nsa_mac_equal(eth->h_dest, port->mac);
}

/* Sends a packet like one before, if it can: a TC verdict, or NSA_NO_VERDICT: it has to go through
 * the stages. port: NULL if its scope was noted. */
static __always_inline int nsa_send_by_verdict(struct __sk_buff *skb,
					       const struct nsaccel_port *port,
					       enum nsa_scope scope, __u32 config_seq,
					       enum nsaccel_hook hook, __u32 len)
{
	if (scope == NSA_SCOPE_NONE || !nsa_may_have_verdict(skb, port)) {
		nsa_verdict_skip();
		return NSA_NO_VERDICT;
	}
	return hook == NSACCEL_HOOK_TC_EGRESS ?
		       nsa_verdict_macvlan_send(skb, len, scope, config_seq) :
		       nsa_verdict_skb_send(skb, len, scope, config_seq, port ? port->bridge : 0);
}

/* Likewise, where the port was looked up. */
static __always_inline int nsa_send_by_port(struct __sk_buff *skb, const struct nsa_source *src,
					    enum nsaccel_hook hook, __u32 len)
{
	enum nsa_scope scope = nsa_scope_of(src->port);

	nsa_scope_note(src, scope);
	return nsa_send_by_verdict(skb, src->port, scope, src->config_seq, hook, len);
}

SEC("tc")
int nsaccel_tc_in(struct __sk_buff *skb)
{
	__u32 reason, len = skb->len, config_seq = nsa_config_seq_read();
	__u32 mark = skb->cb[NSA_CB_SENT];
	int r, verdict = NSA_NO_VERDICT;
	struct nsa_source src = {};
	enum nsa_scope scope;

	skb->cb[NSA_CB_SENT] = 0; /* programs of the sender's namespace can write there */
	scope = nsa_scope_noted(skb->ifindex, config_seq);
	if (scope != NSA_SCOPE_NONE)
		verdict = nsa_send_by_verdict(skb, NULL, scope, config_seq, NSACCEL_HOOK_TC_INGRESS,
					      len);
	if (verdict != NSA_NO_VERDICT)
		return verdict;
	nsa_keep_order();
	r = nsa_find_port(skb, config_seq, &src);
	if (r) {
		verdict = nsa_tc_verdict(&reason, r);
		return nsa_finish(skb, &src, NSACCEL_HOOK_TC_INGRESS, reason, verdict, len);
	}
	if (scope == NSA_SCOPE_NONE)
		verdict = nsa_send_by_port(skb, &src, NSACCEL_HOOK_TC_INGRESS, len);
	if (verdict != NSA_NO_VERDICT)
		return verdict;
	if (src.port->macvlan_lower && mark == nsaccel_mark_sent)
		return TC_ACT_UNSPEC; /* turned round, decided and counted at egress */
	nsa_probe_decide(skb);
	if (src.port->macvlan_lower && !nsa_probing(skb) &&
	    nsa_is_from_lower(skb, src.port, src.ifindex))
		return nsa_macvlan_sibling(skb, &src, len);
	verdict = nsa_port_in(skb, &src, &reason);
	return nsa_finish(skb, &src, NSACCEL_HOOK_TC_INGRESS, reason, verdict, len);
}

static __always_inline int nsa_drop_closed(__u32 slot, __u32 len)
{
	nsa_count(slot, NSACCEL_HOOK_TC_EGRESS, NSACCEL_DROP_CLOSED, len);
	return TC_ACT_SHOT;
}

/* Checks a packet that the kernel, not the fast path, sends into an endpoint. */
static __always_inline int
nsa_port_dst_check(struct __sk_buff *skb, const struct nsaccel_port *port, __u32 from, __u32 len)
{
	__u32 slot = port->source_slot;
	bool own = !skb->ingress_ifindex;
	int r;

	if (own && (slot == nsaccel_owner_slot || nsa_is_resolution(skb, true)))
		return TC_ACT_UNSPEC; /* the owner to its own wire, or its address resolution */
	r = nsa_dst_check_from_kernel(skb, from, slot);
	if (!r)
		return TC_ACT_UNSPEC;
	nsa_count(from, NSACCEL_HOOK_TC_EGRESS, -r, len);
	return TC_ACT_SHOT;
}

/* A packet that the owner sends out of a NIC: delivers it to a namespace that shares the NIC, or to
 * a macvlan on it. from: slot of the sender. */
static __always_inline int nsa_nic_out(struct __sk_buff *skb, const struct nsa_source *src,
				       __u32 from, __u32 len)
{
	__u32 decided = 0;

	if (src->port->shared)
		decided = nsa_share_deliver(skb, src->ifindex, from, false);
	if (decided) {
		nsa_count(from, NSACCEL_HOOK_TC_EGRESS, NSA_DECIDED_REASON(decided), len);
		return NSA_DECIDED_VERDICT(decided);
	}
	return src->port->macvlan_lower ?
		       nsa_macvlan_from_host(skb, src->port, src->ifindex, from, len) :
		       TC_ACT_UNSPEC;
}

/* Handles a frame that leaves by a port and isn't from a macvlan. */
static __always_inline int nsa_port_out(struct __sk_buff *skb, const struct nsa_source *src,
					__u32 len)
{
	const struct nsaccel_port *port = src->port;
	__u32 mark = skb->cb[NSA_CB_SENT], sent, from;
	bool by_kernel = port->police_egress && mark != nsaccel_mark_sent;
	int verdict;

	if (nsa_probing(skb))
		return TC_ACT_UNSPEC; /* nothing that is decided here */
	skb->cb[NSA_CB_SENT] = 0;     /* the namespace behind the port must not learn the mark */
	if (mark == nsaccel_mark_wire)
		return TC_ACT_UNSPEC;
	if (nsa_is_closed(port))
		return nsa_drop_closed(NSA_SENT_FROM(nsa_kernel_source(skb)), len);
	if (nsa_has(NSACCEL_FEATURE_GATE) && mark != nsaccel_mark_sent &&
	    (port->gate == NSACCEL_GATE_FLOW || port->bridge_gate == NSACCEL_GATE_FLOW))
		nsa_gate_watch(skb, src);
	if (!port->shared && !port->macvlan_lower && !by_kernel)
		return TC_ACT_UNSPEC;
	sent = nsa_kernel_source(skb);
	from = NSA_SENT_FROM(sent);
	if (NSA_SENT_CLAIMED(sent) &&
	    nsa_policy(skb, NSA_SENT_CLAIMED(sent), port->source_slot, NSA_ON_LINK)) {
		nsa_count(from, NSACCEL_HOOK_TC_EGRESS, NSACCEL_DROP_POLICY, len);
		return TC_ACT_SHOT;
	}
	verdict = nsa_nic_out(skb, src, from, len);
	return verdict == TC_ACT_UNSPEC && by_kernel ? nsa_port_dst_check(skb, port, from, len) :
						       verdict;
}

/* What a macvlan sends to its wire. */
static __always_inline int nsa_macvlan_to_wire(struct __sk_buff *skb, struct nsa_source *src,
					       __u32 len)
{
	int r = nsa_macvlan_source_check(skb, src);

	if (src->isolation.isolated)
		r = -NSACCEL_DROP_ISOLATED;
	else if (!nsa_is_drop(-r) && nsa_dst_check(skb, src->slot, 0, NSA_ON_LINK))
		r = -NSACCEL_DROP_POLICY;
	if (!nsa_is_drop(-r))
		return nsa_macvlan_pass_to_wire(skb, src, (__u32)-r, len);
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
	if (!nsa_has(NSACCEL_FEATURE_MACVLAN) || !nsa_macvlan_hairpins(skb, src->port, src->ep))
		return nsa_probing(skb) ? TC_ACT_UNSPEC : nsa_macvlan_to_wire(skb, src, len);
	verdict = nsa_send_by_port(skb, src, NSACCEL_HOOK_TC_EGRESS, len);
	if (verdict != NSA_NO_VERDICT)
		return verdict;
	nsa_probe_decide(skb);
	verdict = nsa_receive(skb, src, NSACCEL_HOOK_TC_EGRESS, &reason);
	if (nsa_probing(skb))
		return nsa_probe_reason(skb, reason, verdict);
	if (verdict == TC_ACT_UNSPEC && nsa_source_is_lost(skb, src, reason)) {
		reason = NSACCEL_DROP_CLOSED;
		verdict = TC_ACT_SHOT;
	} else if (verdict ==
		   TC_ACT_UNSPEC) { /* for the kernel, which it reaches at the lower's ingress */
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
	src.config_seq = nsa_config_seq_read();
	nsa_keep_order(); /* no decision on an older port or endpoint gets a newer sequence */
	src.port = nsa_port(src.ifindex);
	if (!src.port || nsa_is_moved(nsa_skb_net(skb)))
		return TC_ACT_UNSPEC;
	if (src.port->macvlan_lower)
		src.ep = nsa_macvlan_source(skb, src.port, src.ifindex);
	if (src.ep && src.ep->kind != NSACCEL_KIND_NONE)
		return nsa_macvlan_out(skb, &src, len);
	if (src.ep && src.ep->bound == NSACCEL_BOUND_CLOSED)
		return nsa_drop_closed(nsaccel_owner_slot, len);
	if (src.port->close_unknown && !src.ep && nsa_macvlan_is_unknown(skb, src.port))
		return nsa_drop_closed(nsaccel_owner_slot, len);
	return nsa_port_out(skb, &src, len);
}

char _license[] SEC("license") = "GPL";
