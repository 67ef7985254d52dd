/* SPDX-License-Identifier: GPL-2.0-only */
/* Does a packet fit through the device that it leaves by? */
#ifndef NSA_STAGE_MTU_H
#define NSA_STAGE_MTU_H

#include "core/bpf.h"
#include "pkt/gso.h"
#include "pkt/parse.h"

/* Compares the packet with the route's MTU, then with the device's current one: 0, or a negative
 * reason. *mtu becomes the smaller one, which an ICMP error has to report. The helper also tells
 * whether the device is gone. It knows the lengths of segments, which suffices where the route's
 * MTU isn't less than the device's. */
static __always_inline int nsa_mtu_check(struct __sk_buff *skb, const struct nsa_pkt *pkt,
					 __u32 ifindex, __u32 *mtu)
{
	__u32 len = pkt->l3_len, mtu_len = skb->gso_size ? 0 : pkt->l3_len;
	long r;

	if (skb->gso_size && len > *mtu)
		len = nsa_gso_len(skb, pkt);
	if (len > *mtu)
		return -NSACCEL_PASS_TOO_BIG;
	r = bpf_check_mtu(skb, ifindex, &mtu_len, 0, skb->gso_size ? BPF_MTU_CHK_SEGS : 0);
	if (r < 0)
		return -NSACCEL_PASS_NO_DEVICE;
	if (!r && (len || mtu_len <= *mtu))
		return 0;
	if (mtu_len && mtu_len < *mtu)
		*mtu = mtu_len;
	return -NSACCEL_PASS_TOO_BIG;
}

#endif
