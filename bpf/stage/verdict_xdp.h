/* SPDX-License-Identifier: GPL-2.0-only */
/* Verdicts applied by XDP: see verdict.h. */
#ifndef NSA_STAGE_VERDICT_XDP_H
#define NSA_STAGE_VERDICT_XDP_H

#include "core/bpf.h"
#include "core/features.h"
#include "core/owner.h"
#include "map/nexthops.h"
#include "map/stats.h"
#include "map/tx.h"
#include "pkt/ctx_xdp.h"
#include "pkt/rewrite.h"
#include "stage/verdict.h"

#define NSA_NO_XDP_VERDICT (-1) /* no XDP_* */

/* May the frame be sent by the verdict? Padded ones may not: the stages trim them. */
static __always_inline bool nsa_verdict_xdp_applies(struct xdp_md *ctx, const struct net *net,
						    const struct nsaccel_cached_verdict *verdict,
						    struct nsa_pkt *pkt, __u32 len)
{
	return nsa_verdict_net_ok(verdict, net, pkt->family, false) &&
	       !nsa_check_header((void *)(long)ctx->data_end, len, pkt) &&
	       nsa_verdict_sees_all(pkt) && len == sizeof(struct ethhdr) + pkt->l3_len &&
	       (!(verdict->flags & NSACCEL_CACHED_GATE) ||
		(nsa_has(NSACCEL_FEATURE_GATE) &&
		 nsa_verdict_gate_admits(verdict, pkt, (void *)(long)ctx->data_end))) &&
	       nsa_xdp_fits(ctx, pkt, (const void *)verdict->record);
}

/* Sends a frame like one before, or leaves it to TC at once: an XDP verdict, or NSA_NO_XDP_VERDICT:
 * it has to go through the stages. */
__subprog int nsa_verdict_xdp_send(struct xdp_md *ctx, const struct net *net, enum nsa_scope scope,
				   __u32 config_seq)
{
	__u32 len =
		(__u32)(ctx->data_end - ctx->data); /* without fragments, which the stages know */
	const struct nsa_arrival arrival = { ctx->ingress_ifindex, config_seq, NSACCEL_HOOK_XDP,
					     scope };
	const struct nsaccel_cached_verdict *verdict;
	const struct nsaccel_nexthop *nh;
	struct nsa_pkt pkt = {};

	nsa_locate((void *)(long)ctx->data, (void *)(long)ctx->data_end, &pkt);
	if (!pkt.family)
		return XDP_PASS;
	verdict = nsa_verdict_find(&pkt, (void *)(long)ctx->data_end, &arrival);
	if (!verdict)
		return NSA_NO_XDP_VERDICT;
	nh = (const void *)verdict->record;
	if (!nh->tx_slot || verdict->flags & ~(__u32)NSACCEL_CACHED_GATE)
		return XDP_PASS;
	if (!nsa_verdict_xdp_applies(ctx, net, verdict, &pkt, len)) {
		nsa_verdict_skip();
		return NSA_NO_XDP_VERDICT;
	}
	if (bpf_redirect_map(&nsa_tx, nh->tx_slot, XDP_PASS) != XDP_REDIRECT)
		return XDP_PASS;
	nsa_rewrite(&pkt, nh);
	nsa_hop_use(verdict->nexthop, nh);
	nsa_count(verdict->slot, NSACCEL_HOOK_XDP, nh->reason, len);
	return XDP_REDIRECT;
}

#endif
