// SPDX-License-Identifier: GPL-2.0-only
/*
 * XDP on a NIC: frames for another NIC, or for a veth endpoint that wants XDP
 * delivery, are sent on without an skb. Everything else goes on to the TC
 * program of the same device, which counts it.
 */
#include "core/bpf.h"
#include "core/config.h"
#include "core/context.h"
#include "core/owner.h"
#include "map/all.h"
#include "pkt/ctx_xdp.h"
#include "pkt/parse.h"
#include "pkt/rewrite.h"
#include "stage/flow.h"
#include "stage/route.h"
#include "stage/ruleset.h"

/* What isn't admitted goes on to TC, which sees to it that it may be. */
static __always_inline bool nsa_xdp_admitted(struct xdp_md *ctx, const struct nsa_pkt *pkt,
					     const struct nsa_source *src,
					     const struct nsaccel_nexthop *nh)
{
	__u32 offset = nsa_l4_offset(pkt);
	struct nsaccel_flow_signature signature = {};
	struct nsa_flow flow = {};
	struct nsa_l4 l4 = {};
	long r = -1;

	if (src->gate != NSACCEL_GATE_FLOW)
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
	nsa_signature_routed(&signature, pkt, src, nh);
	return nsa_flow_admits(&flow, &signature);
}

/* Is it plain that the packet is its endpoint's to send? What isn't, and what more was said of its
 * namespace, is TC's to look at. */
static __always_inline bool nsa_xdp_source_check(const struct nsa_pkt *pkt, struct nsa_source *src)
{
	const struct nsaccel_port *port = src->port;
	struct nsaccel_isolation *of = &src->isolation;
	__u32 a[4], b[4];

	nsa_isolation(src->slot, of);
	if (src->slot == nsaccel_owner_slot)
		return true;
	if (of->isolated || of->limited || of->on_miss != NSACCEL_ON_MISS_PASS)
		return false;
	if (of->guard == NSACCEL_GUARD_OFF)
		return true;
	if (!nsa_mac_equal(pkt->eth->h_source, port->endpoint_mac))
		return false;
	if (pkt->family == NSACCEL_FAMILY_INET)
		return pkt->ip4->saddr && pkt->ip4->saddr == *(const __be32 *)port->source4;
	__builtin_memcpy(a, &pkt->ip6->saddr, sizeof(a));
	__builtin_memcpy(b, port->source6, sizeof(b));
	return a[0] && a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

static __always_inline int nsa_xdp(struct xdp_md *ctx, bool may_trim)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const struct nsaccel_nexthop *nh;
	struct nsa_source src = {};
	const struct net *net;
	struct nsa_hop hop;
	struct nsa_pkt pkt = {};
	__u32 frame_len, padding;

	if (!nsaccel_xdp_targets)
		return XDP_PASS;
	net = nsa_xdp_net(ctx);
	if (nsa_is_moved(net))
		return XDP_PASS;
	src.ifindex = ctx->ingress_ifindex;
	src.port = nsa_port(src.ifindex);
	if (!src.port || nsa_is_closed(src.port) ||
	    src.port->shares) /* TC knows who is meant, or counts it */
		return XDP_PASS;
	src.slot = src.port->source_slot;
	frame_len = (__u32)bpf_xdp_get_buff_len(ctx);
	if (nsa_parse(data, end, frame_len, src.port->mac, &pkt) ||
	    !nsa_xdp_source_check(&pkt, &src))
		return XDP_PASS;
	nsa_read_gates(&src, net, pkt.family);
	if (nsa_decide(&pkt, &src, &hop) || src.port->bridge) /* what it has to learn, TC knows */
		return XDP_PASS;
	if (hop.rp_filter_ask_fib)
		return XDP_PASS;
	nh = &hop.nh;
	if (nh->action == NSACCEL_ACTION_DROP) {
		nsa_count(src.slot, NSACCEL_HOOK_XDP, nh->reason, frame_len);
		return XDP_DROP;
	}
	if (nh->owner_slot !=
	    nsaccel_owner_slot) /* what holds at its ports is asked by nobody here */
		return XDP_PASS;
	if (nh->action < NSACCEL_ACTION_NIC || !nh->tx_slot || !nsa_xdp_fits(ctx, &pkt, nh))
		return XDP_PASS;
	if (nsa_dst_is_checked(&src,
			       nh->dst_slot)) /* who may get in, and how much, is TC's to say */
		return XDP_PASS;
	padding = frame_len - sizeof(struct ethhdr) - pkt.l3_len;
	if (padding && !may_trim)
		return XDP_PASS;
	if (src.gate != NSACCEL_GATE_OPEN && !nsa_xdp_admitted(ctx, &pkt, &src, nh))
		return XDP_PASS;
	if (bpf_redirect_map(&nsaccel_tx, nh->tx_slot, XDP_PASS) != XDP_REDIRECT)
		return XDP_PASS;
	if (may_trim && nsa_xdp_trim(ctx, padding, &pkt))
		return XDP_PASS;
	nsa_rewrite(&pkt, nh);
	nsa_hop_use(&hop);
	nsa_count(src.slot, NSACCEL_HOOK_XDP, nh->reason, frame_len);
	return XDP_REDIRECT;
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
