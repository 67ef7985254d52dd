/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of an IP or ARP frame. */
#ifndef NSA_PKT_ADDRESSES_H
#define NSA_PKT_ADDRESSES_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "pkt/arp.h"
#include "pkt/nd.h"
#include "pkt/parse.h"

/* Loads the source or destination of an IP packet into out (16 bytes). 0, or nonzero: truncated. */
static __always_inline int nsa_load_address(struct __sk_buff *skb, bool v4, bool source, __u8 *out)
{
	__u32 at = v4 ? __builtin_offsetof(struct iphdr, saddr) + (source ? 0 : 4) :
			__builtin_offsetof(struct ipv6hdr, saddr) + (source ? 0 : 16);

	return (int)bpf_skb_load_bytes(skb, sizeof(struct ethhdr) + at, out, v4 ? 4 : 16);
}

/* Sender and recipient of a frame, by their IP addresses. */
struct nsa_addresses {
	enum nsaccel_family family; /* NONE: neither IP nor ARP */
	__u8 from[NSACCEL_ADDR_LEN], to[NSACCEL_ADDR_LEN];
};

/* The answer to an address probe (RFC 5227) has no recipient address: it is for the namespace that
 * has the address in question. */
static __always_inline void nsa_addresses_arp(struct __sk_buff *skb, struct nsa_addresses *addr)
{
	struct nsa_arp arp;

	if (bpf_skb_load_bytes(skb, sizeof(struct ethhdr), &arp, sizeof(arp)))
		return;
	addr->family = NSACCEL_FAMILY_INET;
	__builtin_memcpy(addr->from, arp.sender, sizeof(arp.sender));
	__builtin_memcpy(addr->to, arp.target, sizeof(arp.target));
	if (nsa_is_unspecified(addr->to))
		__builtin_memcpy(addr->to, addr->from, sizeof(addr->to));
}

static __always_inline void nsa_addresses_ip4(struct __sk_buff *skb, struct nsa_addresses *addr)
{
	struct iphdr ip;

	if (bpf_skb_load_bytes(skb, sizeof(struct ethhdr), &ip, sizeof(ip)))
		return;
	addr->family = NSACCEL_FAMILY_INET;
	__builtin_memcpy(addr->from, &ip.saddr, sizeof(ip.saddr));
	__builtin_memcpy(addr->to, &ip.daddr, sizeof(ip.daddr));
}

/* A solicitation to a group is for the namespace that has its target; so is an advertisement to a
 * group, for a namespace that is about to take the address. Messages to one address go to that
 * address. */
static __always_inline void nsa_addresses_ip6(struct __sk_buff *skb, struct nsa_addresses *addr)
{
	struct ipv6hdr ip;
	__u8 type = 0;

	if (bpf_skb_load_bytes(skb, sizeof(struct ethhdr), &ip, sizeof(ip)))
		return;
	addr->family = NSACCEL_FAMILY_INET6;
	__builtin_memcpy(addr->from, &ip.saddr, sizeof(addr->from));
	__builtin_memcpy(addr->to, &ip.daddr, sizeof(addr->to));
	if (ip.nexthdr != IPPROTO_ICMPV6 || addr->to[0] != 0xff ||
	    bpf_skb_load_bytes(skb, NSA_HDR_V6, &type, sizeof(type)) || !nsa_is_nd_resolution(type))
		return;
	bpf_skb_load_bytes(skb, NSA_HDR_V6 + 8, addr->to, sizeof(addr->to));
	/* It asks whether its own is free. */
	if (type == NSA_ND_SOLICIT && nsa_is_unspecified(addr->from))
		__builtin_memcpy(addr->from, addr->to, sizeof(addr->from));
}

static __always_inline void nsa_addresses_load(struct __sk_buff *skb, __be16 type,
					       struct nsa_addresses *addr)
{
	if (type == bpf_htons(ETH_P_ARP))
		nsa_addresses_arp(skb, addr);
	else if (type == bpf_htons(ETH_P_IP))
		nsa_addresses_ip4(skb, addr);
	else if (type == bpf_htons(ETH_P_IPV6))
		nsa_addresses_ip6(skb, addr);
}

#endif
