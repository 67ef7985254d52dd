/* SPDX-License-Identifier: GPL-2.0-only */
/* ARP and neighbour discovery on the link to the owner. */
#ifndef NSA_STAGE_RESOLUTION_H
#define NSA_STAGE_RESOLUTION_H

#include "core/bpf.h"
#include "map/nexthops.h"
#include "map/tables.h"
#include "pkt/ctx_skb.h"
#include "pkt/icmp6.h"
#include "pkt/nd.h"
#include "pkt/parse.h"

/* ff02::/16 and fe80::/10 go no further than the link. */
static __always_inline bool nsa_is_on_link(const __u8 *address)
{
	return (address[0] == 0xff && (address[1] & 0xf) == 2) || nsa_ip6_is_link_local(address);
}

/* From an endpoint, only messages to the link or to the owner count: the kernel would forward
 * others. Those of the owner's sockets (by_owner) don't get further than to the endpoint. Global:
 * the verifier checks it once. */
__noinline int nsa_is_nd(struct __sk_buff *skb, __u32 by_owner)
{
	struct nsaccel_prefix key;
	struct nsa_icmp6 icmp;

	if (nsa_load_icmp6(skb, &icmp) || icmp.ip.hop_limit != NSA_ND_HOP_LIMIT ||
	    !nsa_is_nd_type(icmp.type) || icmp.type == NSA_ND_REDIRECT)
		return false;
	if (by_owner)
		return true;
	nsa_key6(&key, &icmp.ip.daddr);
	return nsa_is_on_link(key.addr) || nsa_is_local(&key);
}

/* Is it ARP, or neighbour discovery, on the link to the owner? */
static __always_inline bool nsa_is_resolution(struct __sk_buff *skb, bool by_owner)
{
	const struct ethhdr *eth = nsa_eth(skb);

	if (!eth || skb->vlan_present)
		return false;
	if (eth->h_proto == bpf_htons(ETH_P_ARP))
		return true;
	return eth->h_proto == bpf_htons(ETH_P_IPV6) && nsa_is_nd(skb, by_owner);
}

#endif
