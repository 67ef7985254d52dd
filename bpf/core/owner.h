/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A link follows its device into another namespace, where the same ifindex may be a port's of
 * the owner: the programs compare the device's namespace with the one they were loaded for.
 * Needs kernel-context casts (Linux 6.2); before, the check of the port's MAC has to do.
 */
#ifndef NSA_CORE_OWNER_H
#define NSA_CORE_OWNER_H

#include "core/bpf.h"
#include "core/config.h"

extern void *bpf_cast_to_kern_ctx(void *obj) __ksym __weak;

/* The device's namespace; NULL: the kernel doesn't show it. */
static __always_inline const struct net *nsa_xdp_net(struct xdp_md *ctx)
{
	struct xdp_buff *xdp;

	if (!nsaccel_check_owner)
		return NULL;
	xdp = bpf_cast_to_kern_ctx(ctx);
	return xdp->rxq->dev->nd_net.net;
}

static __always_inline const struct net *nsa_skb_net(struct __sk_buff *ctx)
{
	struct sk_buff *skb;

	if (!nsaccel_check_owner)
		return NULL;
	skb = bpf_cast_to_kern_ctx(ctx);
	return skb->dev->nd_net.net;
}

static __always_inline bool nsa_is_moved(const struct net *net)
{
	return net && net->net_cookie != nsaccel_owner_cookie;
}

#endif
