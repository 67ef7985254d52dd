/* SPDX-License-Identifier: GPL-2.0-only */
/* ICMPv6 right behind the IPv6 header. With extension headers before it, see l4.h. */
#ifndef NSA_PKT_ICMP6_H
#define NSA_PKT_ICMP6_H

#include "core/bpf.h"

struct nsa_icmp6 {
	struct ipv6hdr ip;
	__u8 type;
} __attribute__((packed));

/* 0; nonzero: an IPv6 frame of another protocol, or truncated. */
static __always_inline int nsa_load_icmp6(struct __sk_buff *skb, struct nsa_icmp6 *icmp)
{
	return bpf_skb_load_bytes(skb, sizeof(struct ethhdr), icmp, sizeof(*icmp)) ||
	       icmp->ip.nexthdr != IPPROTO_ICMPV6;
}

#endif
