/* SPDX-License-Identifier: GPL-2.0-only */
/* GSO packets: the headers that each of their segments has. */
#ifndef NSA_PKT_GSO_H
#define NSA_PKT_GSO_H

#include "core/bpf.h"
#include "pkt/parse.h"

#define NSA_GSO_BY_FRAGS 0xffff

#define NSA_TCP_DOFF 12 /* offset */

/* Length of the TCP header at that offset of the frame; negative: truncated. */
static __always_inline int nsa_tcp_header_len(struct __sk_buff *skb, __u32 at)
{
	__u8 doff;

	return bpf_skb_load_bytes(skb, at + NSA_TCP_DOFF, &doff, sizeof(doff)) ? -1 :
										 (doff >> 4) * 4;
}

/* Largest layer-3 length of the packets that a GSO skb becomes; 0: can't tell. UDP may be a tunnel,
 * with more headers in each of them than can be seen here. */
static __always_inline __u32 nsa_gso_len(struct __sk_buff *skb, const struct nsa_pkt *pkt)
{
	__u32 l4 = nsa_l4_offset(pkt);
	int tcp;

	if (skb->gso_size == NSA_GSO_BY_FRAGS || pkt->proto != IPPROTO_TCP)
		return 0;
	tcp = nsa_tcp_header_len(skb, l4);
	return tcp < 0 ? 0 : l4 - sizeof(struct ethhdr) + (__u32)tcp + skb->gso_size;
}

/* Of a GSO packet, which needn't be parsed: all headers, which each of its segments has. */
static __always_inline __u32 nsa_gso_headers(struct __sk_buff *skb)
{
	bool v4 = skb->protocol == bpf_htons(ETH_P_IP);
	__u32 l4 = v4 ? NSA_HDR_V4 : NSA_HDR_V6;
	__u8 proto = 0;
	int tcp;

	bpf_skb_load_bytes(skb,
			   sizeof(struct ethhdr) +
				   (v4 ? __builtin_offsetof(struct iphdr, protocol) :
					 __builtin_offsetof(struct ipv6hdr, nexthdr)),
			   &proto, sizeof(proto));
	if (proto != IPPROTO_TCP)
		return l4 + sizeof(struct udphdr);
	tcp = nsa_tcp_header_len(skb, l4);
	return tcp < 0 ? l4 : l4 + (__u32)tcp;
}

#endif
