/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What forwarding changes in a frame, as ip_forward() and ip6_forward() do: TTL
 * or hop limit, IPv4 checksum, MAC addresses. No helpers: builds natively, too.
 */
#ifndef NSA_PKT_REWRITE_H
#define NSA_PKT_REWRITE_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "pkt/parse.h"

/* RFC 1141, the kernel's ip_decrease_ttl(). */
static __always_inline void nsa_ip4_decrease_ttl(struct iphdr *ip)
{
	__u32 check = (__u32)ip->check + bpf_htons(0x0100);

	ip->check = (__sum16)(check + (check >= 0xffff));
	ip->ttl--;
}

static __always_inline void nsa_rewrite(struct nsa_pkt *pkt, const struct nsaccel_nexthop *nh)
{
	nsa_mac_copy(pkt->eth->h_dest, nh->dst_mac);
	nsa_mac_copy(pkt->eth->h_source, nh->src_mac);
	if (pkt->family == NSACCEL_FAMILY_INET)
		nsa_ip4_decrease_ttl(pkt->ip4);
	else
		pkt->ip6->hop_limit--;
}

#endif
