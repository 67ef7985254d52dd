// SPDX-License-Identifier: GPL-2.0-only
/*
 * XDP on a NIC: frames for another NIC, or for a veth endpoint that wants XDP
 * delivery, are sent on without an skb. Everything else goes on to the TC
 * program of the same device, which counts it.
 */
#include "core/bpf.h"
#include "core/config.h"
#include "core/context.h"
#include "core/bytes.h"
#include "core/features.h"
#include "core/owner.h"
#include "core/scratch.h"
#include "map/all.h"
#include "pkt/ctx_xdp.h"
#include "pkt/parse.h"
#include "pkt/rewrite.h"
#include "stage/flow.h"
#include "stage/route.h"
#include "stage/ruleset.h"
#include "stage/scope.h"
#include "stage/verdict.h"
#include "stage/verdict_xdp.h"

/* Is the flow admitted? TC has others admitted. */
static __always_inline bool nsa_xdp_admitted(struct xdp_md *ctx, const struct nsa_pkt *pkt,
					     const struct nsa_source *src,
					     const struct nsaccel_nexthop *nh)
{
	__u32 offset = nsa_l4_offset(pkt);
	struct nsa_scratch *scratch = nsa_scratch();
	struct nsaccel_flow_signature *signature;
	struct nsa_flow flow = {};
	struct nsa_l4 l4 = {};
	long r = -1;

	if (!nsa_has(NSACCEL_FEATURE_GATE) || src->gate != NSACCEL_GATE_FLOW || !scratch)
		return false;
	switch (nsa_flow_part(pkt)) {
	case NSA_TCP_PART:
		r = bpf_xdp_load_bytes(ctx, offset, &l4, NSA_TCP_PART);
		break;
	case NSA_UDP_PART:
		r = bpf_xdp_load_bytes(ctx, offset, &l4, NSA_UDP_PART);
		break;
	}
	if (r || nsa_flow_of(&flow, pkt, &l4, (void *)(long)ctx->data_end))
		return false;
	signature = &scratch->signature;
	__builtin_memset(signature, 0, sizeof(*signature));
	nsa_signature_routed(signature, pkt, src, nh);
	return nsa_flow_admits(&flow, signature);
}

/* Is the packet from its endpoint's usual address? */
static __always_inline bool nsa_xdp_source_is_usual(const struct nsa_pkt *pkt,
						    const struct nsaccel_port *port)
{
	__u32 a[4], b[4];

	if (pkt->family == NSACCEL_FAMILY_INET)
		return pkt->ip4->saddr && pkt->ip4->saddr == *(const __be32 *)port->source4;
	__builtin_memcpy(a, &pkt->ip6->saddr, sizeof(a));
	__builtin_memcpy(b, port->source6, sizeof(b));
	return a[0] && a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

/* Is it plain that the endpoint may send the packet: 0, or a negative reason. TC checks the others,
 * and enforces limits and isolation. */
static __always_inline int nsa_xdp_source_check(const struct nsa_pkt *pkt, struct nsa_source *src)
{
	const struct nsaccel_port *port = src->port;
	struct nsaccel_isolation *of = &src->isolation;

	nsa_isolation_read(src->slot, of);
	if (src->slot == nsaccel_owner_slot)
		return 0;
	if (of->isolated || of->limited || of->on_miss != NSACCEL_ON_MISS_PASS)
		return -NSACCEL_PASS_GUARD_SOURCE;
	if (of->guard == NSACCEL_GUARD_OFF)
		return 0;
	if (!nsa_mac_equal(pkt->eth->h_source, port->endpoint_mac))
		return -NSACCEL_PASS_GUARD_MAC;
	return nsa_xdp_source_is_usual(pkt, port) ? 0 : -NSACCEL_PASS_GUARD_SOURCE;
}

/* The port that a frame came in by: 0, or a negative reason. What comes in by a shared NIC is for
 * TC. */
static __always_inline int nsa_xdp_find_port(struct xdp_md *ctx, const struct net *net,
					     __u32 config_seq, struct nsa_source *src)
{
	if (nsa_is_moved(net))
		return -NSACCEL_PASS_MOVED;
	src->ifindex = ctx->ingress_ifindex;
	src->config_seq = config_seq;
	src->port = nsa_port(src->ifindex);
	if (!src->port)
		return -NSACCEL_PASS_UNKNOWN_PORT;
	if (nsa_is_closed(src->port))
		return -NSACCEL_DROP_CLOSED;
	if (src->port->shared)
		return -NSACCEL_PASS_XDP;
	src->slot = src->port->source_slot;
	return 0;
}

/* Finds the next hop: 0, or a negative reason. Sources that a bridge has to learn, or that need the
 * kernel's lookup, are left to TC. */
static __always_inline int nsa_xdp_route(const struct nsa_pkt *pkt, const struct nsa_source *src,
					 struct nsa_hop *hop)
{
	int r;

	/* clang-format off */
	r = nsa_find_route(pkt, src, hop)
	    ?: nsa_hop_check(src, hop)
	    ?: nsa_rp_filter(pkt, src, hop);
	/* clang-format on */
	if (r)
		return r;
	if (src->port->bridge)
		return -NSACCEL_PASS_BRIDGE;
	return hop->rp_filter_ask_fib ? -NSACCEL_PASS_SOURCE : 0;
}

/* The checks of a packet that is to be sent by hop: 0, or a negative reason. Destination policy and
 * ingress limits are enforced at TC; XDP passes such packets. */
static __always_inline int nsa_xdp_send_checks(struct xdp_md *ctx, const struct nsa_pkt *pkt,
					       const struct nsa_source *src,
					       const struct nsa_hop *hop, bool fits_as_it_is)
{
	const struct nsaccel_nexthop *nh = &hop->nh;
	int r = nsa_hop_owner_check(hop);

	if (r)
		return r;
	if (nh->action < NSACCEL_ACTION_NIC || !nh->tx_slot)
		return -NSACCEL_PASS_XDP;
	if (!nsa_xdp_fits(ctx, pkt, nh))
		return -NSACCEL_PASS_TOO_BIG;
	if (nsa_dst_is_checked(src, nh->dst_slot))
		return -NSACCEL_PASS_XDP;
	if (!fits_as_it_is)
		return -NSACCEL_PASS_MALFORMED;
	return src->gate == NSACCEL_GATE_OPEN || nsa_xdp_admitted(ctx, pkt, src, nh) ?
		       0 :
		       -NSACCEL_PASS_FIREWALL;
}

/* Sends a packet that has passed all checks. */
static __always_inline int nsa_xdp_send(struct xdp_md *ctx, struct nsa_pkt *pkt,
					const struct nsa_source *src, const struct nsa_hop *hop,
					__u32 frame_len, __u32 padding)
{
	if (bpf_redirect_map(&nsa_tx, hop->nh.tx_slot, XDP_PASS) != XDP_REDIRECT)
		return XDP_PASS;
	nsa_verdict_record(src, hop);
	if (nsa_xdp_trim(ctx, padding, pkt))
		return XDP_PASS;
	nsa_rewrite(pkt, &hop->nh);
	nsa_hop_use(hop->id, &hop->nh);
	nsa_count(src->slot, NSACCEL_HOOK_XDP, hop->nh.reason, frame_len);
	return XDP_REDIRECT;
}

/* Sends a frame like one before, whose port is looked up since nothing of it is noted: an XDP
 * verdict, or NSA_NO_XDP_VERDICT: it has to go through the stages. What comes in by a bridge is for
 * TC. */
static __always_inline int nsa_xdp_send_by_port(struct xdp_md *ctx, const struct net *net,
						const struct nsa_source *src)
{
	enum nsa_scope scope = src->port->bridge ? NSA_SCOPE_NONE : nsa_scope_of(src->port);

	nsa_scope_note(src, scope);
	if (scope != NSA_SCOPE_NONE)
		return nsa_verdict_xdp_send(ctx, net, scope, src->config_seq);
	nsa_verdict_skip();
	return NSA_NO_XDP_VERDICT;
}

/* Sends a frame from a namespace that may send it, if it is plain where to. */
static __always_inline int nsa_xdp_forward(struct xdp_md *ctx, const struct net *net,
					   struct nsa_source *src, bool may_trim)
{
	struct nsa_scratch *scratch = nsa_scratch();
	struct nsa_pkt pkt = {};
	__u32 len, padding;
	struct nsa_hop *hop;

	if (!scratch || nsa_xdp_parse(ctx, src->port->mac, &pkt, &len) ||
	    nsa_xdp_source_check(&pkt, src))
		return XDP_PASS;
	hop = &scratch->hop; /* the stack is full */
	nsa_read_gates(src, net, pkt.family);
	if (nsa_xdp_route(&pkt, src, hop))
		return XDP_PASS;
	if (hop->nh.action == NSACCEL_ACTION_DROP) {
		nsa_count(src->slot, NSACCEL_HOOK_XDP, hop->nh.reason, len);
		return XDP_DROP;
	}
	if (hop->nh.action >= NSACCEL_ACTION_NIC && !hop->nh.tx_slot) {
		nsa_verdict_record(src, hop); /* TC's, at once from now on */
		return XDP_PASS;
	}
	padding = len - sizeof(struct ethhdr) - pkt.l3_len;
	if (nsa_xdp_send_checks(ctx, &pkt, src, hop, may_trim || !padding))
		return XDP_PASS;
	return nsa_xdp_send(ctx, &pkt, src, hop, len, may_trim ? padding : 0);
}

/* Passes aren't counted: TC decides on the packet again, and counts it. */
static __always_inline int nsa_xdp(struct xdp_md *ctx, bool may_trim)
{
	__u32 config_seq = nsa_config_seq_read();
	int verdict = NSA_NO_XDP_VERDICT;
	struct nsa_source src = {};
	const struct net *net;
	enum nsa_scope scope;

	if (!nsaccel_xdp_targets)
		return XDP_PASS;
	net = nsa_xdp_net(ctx);
	scope = nsa_scope_noted(ctx->ingress_ifindex, config_seq);
	if (scope != NSA_SCOPE_NONE)
		verdict = nsa_verdict_xdp_send(ctx, net, scope, config_seq);
	if (verdict != NSA_NO_XDP_VERDICT)
		return verdict;
	nsa_keep_order();
	if (nsa_xdp_find_port(ctx, net, config_seq, &src))
		return XDP_PASS;
	if (scope == NSA_SCOPE_NONE)
		verdict = nsa_xdp_send_by_port(ctx, net, &src);
	return verdict == NSA_NO_XDP_VERDICT ? nsa_xdp_forward(ctx, net, &src, may_trim) : verdict;
}

SEC("xdp.frags")
int nsaccel_xdp(struct xdp_md *ctx)
{
	return nsa_xdp(ctx, true);
}

/*
 * For libxdp's dispatcher, as an extension (freplace) of it:
 * - It must not call bpf_xdp_adjust_tail(), as the dispatcher of libxdp 1.3 doesn't (checked since
 *   Linux 6.13, and 6.12 stable): padded frames go on to TC, which trims them.
 * - Extensions can't have the frags flag, in which all users of a devmap must be alike
 *   (bpf_prog_map_compatible()): it is loaded instead of the other, never beside it.
 */
SEC("?xdp")
int nsaccel_xdp_ext(struct xdp_md *ctx)
{
	return nsa_xdp(ctx, false);
}

char _license[] SEC("license") = "GPL";
