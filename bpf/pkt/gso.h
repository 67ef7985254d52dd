/* SPDX-License-Identifier: GPL-2.0-only */
/* GSO packets: the headers that each of their segments has. */
#ifndef NSA_PKT_GSO_H
#define NSA_PKT_GSO_H

#include "core/bpf.h"
#include "pkt/parse.h"

#define NSA_GSO_BY_FRAGS 0xffff

/* Largest layer-3 length of the packets that a GSO skb becomes; 0: can't tell. UDP may be a tunnel,
 * with more headers in each of them than can be seen here. */
static __always_inline __u32 nsa_gso_len(struct __sk_buff *skb, const struct nsa_pkt *pkt)
{
	__u32 l3 =
		pkt->family == NSACCEL_FAMILY_INET ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	struct tcphdr tcp;

	if (skb->gso_size == NSA_GSO_BY_FRAGS || pkt->proto != IPPROTO_TCP ||
	    bpf_skb_load_bytes(skb, sizeof(struct ethhdr) + l3, &tcp, sizeof(tcp)))
		return 0;
	return l3 + tcp.doff * 4 + skb->gso_size;
}

#define NSA_TCP_DOFF 12

/* Of a GSO packet: all headers, which each of its segments has. */
static __always_inline __u32 nsa_gso_headers(struct __sk_buff *skb)
{
	bool v4 = skb->protocol == bpf_htons(ETH_P_IP);
	__u32 l4 = v4 ? NSA_HDR_V4 : NSA_HDR_V6;
	__u8 proto = 0, doff = 0;

	bpf_skb_load_bytes(skb,
			   sizeof(struct ethhdr) +
				   (v4 ? __builtin_offsetof(struct iphdr, protocol) :
					 __builtin_offsetof(struct ipv6hdr, nexthdr)),
			   &proto, sizeof(proto));
	if (proto != IPPROTO_TCP)
		return l4 + sizeof(struct udphdr);
	bpf_skb_load_bytes(skb, l4 + NSA_TCP_DOFF, &doff, sizeof(doff));
	return l4 + (doff >> 4) * 4;
}

#endif
