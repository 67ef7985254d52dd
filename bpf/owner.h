/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A link follows its device into another namespace, where the same ifindex may be a port's of
 * the owner: the programs compare the device's namespace with the one they were loaded for.
 * Needs kernel-context casts (Linux 6.2); before, the check of the port's MAC has to do.
 */
#ifndef NSA_BPF_OWNER_H
#define NSA_BPF_OWNER_H

extern void *bpf_cast_to_kern_ctx(void *obj) __ksym __weak;

static __always_inline bool nsa_xdp_moved(struct xdp_md *ctx)
{
	struct xdp_buff *xdp;

	if (!nsaccel_check_owner)
		return false;
	xdp = bpf_cast_to_kern_ctx(ctx);
	return xdp->rxq->dev->nd_net.net->net_cookie != nsaccel_owner_cookie;
}

static __always_inline bool nsa_skb_moved(struct __sk_buff *ctx)
{
	struct sk_buff *skb;

	if (!nsaccel_check_owner)
		return false;
	skb = bpf_cast_to_kern_ctx(ctx);
	return skb->dev->nd_net.net->net_cookie != nsaccel_owner_cookie;
}

#endif
