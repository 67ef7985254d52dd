/* SPDX-License-Identifier: GPL-2.0-only */
/* XDP side of parse.h: padding, and the MTU of the device that a frame leaves by. */
#ifndef NSA_PKT_CTX_XDP_H
#define NSA_PKT_CTX_XDP_H

#include "core/bpf.h"
#include "pkt/parse.h"

/* As nsa_parse(). len: of the frame, set on success and on failure. */
static __always_inline int nsa_xdp_parse(struct xdp_md *ctx, const __u8 *mac, struct nsa_pkt *pkt,
					 __u32 *len)
{
	*len = (__u32)bpf_xdp_get_buff_len(ctx);
	return nsa_parse((void *)(long)ctx->data, (void *)(long)ctx->data_end, *len, mac, pkt);
}

/* The smallest MTU that a device can have (ETH_MIN_MTU), or have with IPv6 (RFC 8200). */
#define NSA_MIN_MTU4 68
#define NSA_MIN_MTU6 1280

/* The device's MTU of this moment. */
static __always_inline bool nsa_xdp_fits(struct xdp_md *ctx, const struct nsa_pkt *pkt,
					 const struct nsaccel_nexthop *nh)
{
	__u32 mtu_len = pkt->l3_len;

	if (pkt->l3_len > nh->mtu)
		return false;
	if (pkt->l3_len <= (pkt->family == NSACCEL_FAMILY_INET ? NSA_MIN_MTU4 : NSA_MIN_MTU6))
		return true;
	return bpf_check_mtu(ctx, nh->ifindex, &mtu_len, 0, 0) == 0;
}

/* Ethernet padding isn't part of the packet: the kernel trims it before it forwards. */
static __always_inline int nsa_xdp_trim(struct xdp_md *ctx, __u32 padding, struct nsa_pkt *pkt)
{
	void *data, *end;

	if (!padding)
		return 0;
	if (bpf_xdp_adjust_tail(ctx, -(int)padding))
		return -1;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	if (data + NSA_HDR_V4 > end)
		return -1;
	pkt->eth = data;
	pkt->ip4 = data + sizeof(struct ethhdr);
	if (pkt->family == NSACCEL_FAMILY_INET6 && data + NSA_HDR_V6 > end)
		return -1;
	return 0;
}

#endif
