/* SPDX-License-Identifier: GPL-2.0-only */
/* Does a packet fit through the device that it leaves by? */
#ifndef NSA_STAGE_MTU_H
#define NSA_STAGE_MTU_H

#include "core/bpf.h"
#include "pkt/gso.h"
#include "pkt/parse.h"

/* Compares the packet with the route's MTU, then with the device's current one: 0, or a negative
 * reason. The helper also tells whether the device is gone. It knows the lengths of segments, which
 * suffices where the route's MTU isn't less than the device's. */
static __always_inline int nsa_mtu_check(struct __sk_buff *skb, const struct nsa_pkt *pkt,
					 struct nsaccel_nexthop *nh)
{
	__u32 len = pkt->l3_len, mtu_len = skb->gso_size ? 0 : pkt->l3_len;
	long r;

	if (skb->gso_size && len > nh->mtu)
		len = nsa_gso_len(skb, pkt);
	if (len > nh->mtu)
		return -NSACCEL_PASS_TOO_BIG;
	r = bpf_check_mtu(skb, nh->ifindex, &mtu_len, 0, skb->gso_size ? BPF_MTU_CHK_SEGS : 0);
	if (r < 0)
		return -NSACCEL_PASS_NO_DEVICE;
	if (!r && (len || mtu_len <= nh->mtu))
		return 0;
	if (mtu_len && mtu_len < nh->mtu)
		nh->mtu = mtu_len; /* what an error has to say */
	return -NSACCEL_PASS_TOO_BIG;
}

#endif
