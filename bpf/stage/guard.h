/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The source guard. An endpoint may send from its own MAC, and from addresses that the owner routes
 * to its port (the reverse path, RFC 3704); if its sources are pinned, from those that the user
 * listed. It holds for IP, ARP (RFC 826) and neighbour discovery (RFC 4861). See source_owner.h.
 */
#ifndef NSA_STAGE_GUARD_H
#define NSA_STAGE_GUARD_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "core/config.h"
#include "core/context.h"
#include "map/endpoints.h"
#include "map/owners.h"
#include "map/ports.h"
#include "pkt/arp.h"
#include "pkt/ctx_skb.h"
#include "pkt/l4.h"
#include "pkt/nd.h"
#include "stage/guard_nd.h"
#include "stage/source_owner.h"

#define NSA_BOOTP_SERVER 67

static __always_inline int nsa_guard_arp(struct __sk_buff *skb, struct nsa_guarded *guarded)
{
	struct nsa_arp *arp = &guarded->arp;
	bool probe;

	if (nsa_load_arp(skb, arp))
		return -NSACCEL_PASS_GUARD_ARP;
	if (!nsa_mac_equal(arp->sender_mac, guarded->mac))
		return -NSACCEL_PASS_GUARD_ARP;
	/* A probe comes from 0.0.0.0 and asks whether the target is free (RFC 5227). It counts as a
	 * claim to the target: a host that is about to take the address would give it up. */
	probe = !(arp->sender[0] | arp->sender[1] | arp->sender[2] | arp->sender[3]);
	return nsa_guard_ip4(skb, guarded, probe ? arp->target : arp->sender, true) ?
		       0 :
		       -NSACCEL_PASS_GUARD_ARP;
}

/* A DHCP request of a host without an address: from 0.0.0.0, broadcast. */
static __always_inline bool nsa_is_dhcp(struct __sk_buff *skb, const struct iphdr *ip)
{
	__be16 port = 0;

	return !ip->saddr && ip->daddr == 0xffffffff && ip->protocol == IPPROTO_UDP &&
	       !bpf_skb_load_bytes(skb, NSA_HDR_V4 + 2, &port, sizeof(port)) &&
	       port == bpf_htons(NSA_BOOTP_SERVER);
}

static __always_inline int nsa_guard_frame6(struct __sk_buff *skb, struct nsa_guarded *guarded)
{
	struct nsa_l4_place place = {};
	const __u8 *saddr = guarded->ip6.saddr.in6_u.u6_addr8;
	bool icmp, resolves;
	__u8 type = 0;

	if (bpf_skb_load_bytes(skb, sizeof(struct ethhdr), &guarded->ip6, sizeof(guarded->ip6)))
		return 0; /* truncated: nobody takes it */
	if (nsa_ip6_l4_of(skb, sizeof(struct ethhdr), &guarded->ip6, &place))
		return -NSACCEL_PASS_GUARD_ND; /* as it may be */
	icmp = place.proto == IPPROTO_ICMPV6 && !place.offset_units &&
	       !bpf_skb_load_bytes(skb, place.at, &type, sizeof(type));
	resolves = icmp && nsa_is_nd_resolution(type);
	if (!nsa_is_unspecified(saddr) ? !nsa_guard_ip6(skb, guarded, saddr, resolves) :
					 !icmp || !nsa_may_be_nobody(skb, guarded, type, place.at))
		return -NSACCEL_PASS_GUARD_SOURCE;
	if (icmp && nsa_is_nd_type(type))
		return nsa_guard_nd(skb, guarded, type, place.at, place.end);
	return 0;
}

static __always_inline int nsa_guard_frame4(struct __sk_buff *skb, struct nsa_guarded *guarded)
{
	struct iphdr *ip = &guarded->ip4;

	if (bpf_skb_load_bytes(skb, sizeof(struct ethhdr), ip, sizeof(*ip)))
		return 0;
	return nsa_is_dhcp(skb, ip) ||
			       nsa_guard_ip4(skb, guarded, (const __u8 *)&ip->saddr, false) ?
		       0 :
		       -NSACCEL_PASS_GUARD_SOURCE;
}

/* Fills guarded for the sender of the frame, by its source MAC: 0, or -NSACCEL_PASS_GUARD_MAC; 1: a
 * macvlan that has gone, of which nothing is known. */
static __always_inline int nsa_guard_sender(const struct ethhdr *eth, __u32 ifindex, bool macvlan,
					    const struct nsaccel_port *port,
					    struct nsa_guarded *guarded)
{
	const struct nsaccel_endpoint *ep;

	guarded->slot = port->source_slot;
	guarded->l3_ifindex = port->l3_ifindex;
	nsa_mac_copy(guarded->mac, eth->h_source);
	if (!macvlan) {
		if (!nsa_mac_equal(eth->h_source, port->endpoint_mac))
			return -NSACCEL_PASS_GUARD_MAC;
		guarded->shared = port->bridge != 0;
		__builtin_memcpy(guarded->source4, port->source4, sizeof(guarded->source4));
		__builtin_memcpy(guarded->source6, port->source6, sizeof(guarded->source6));
		return 0;
	}
	ep = nsa_endpoint(eth->h_source, ifindex, NSA_EP_BETWEEN);
	if (!ep)
		return 1;
	guarded->slot = ep->slot;
	guarded->shared = true;
	__builtin_memcpy(guarded->source4, ep->source4, sizeof(guarded->source4));
	__builtin_memcpy(guarded->source6, ep->source6, sizeof(guarded->source6));
	return 0;
}

/* The guard on every frame that nsa_guard_fast() doesn't accept: 0, or -NSACCEL_PASS_GUARD_*.
 * macvlan: 1 if one sent it. Global: the verifier checks it once. */
__noinline int nsa_guard_frame(struct __sk_buff *skb, __u32 ifindex, __u32 macvlan)
{
	const struct nsaccel_port *port = nsa_port(ifindex);
	struct nsa_guarded *guarded = nsa_guarded();
	struct nsaccel_isolation isolation = {};
	struct ethhdr *eth = nsa_eth(skb);
	__be16 type;
	int r;

	if (!eth || !port || !guarded)
		return 0;
	type = eth->h_proto;
	r = nsa_guard_sender(eth, ifindex, macvlan, port, guarded);
	if (r)
		return r < 0 ? r : 0;
	nsa_isolation_read(guarded->slot, &isolation);
	guarded->pinned = isolation.pinned != 0;
	/* The owner knows nothing of a VLAN that is the namespace's alone. */
	guarded->lenient = isolation.guard != NSACCEL_GUARD_DROP || port->share_whole;
	/* Alone on its link, an isolated namespace may have addresses that others have, too. */
	guarded->strict = guarded->shared || !(isolation.isolated || port->share_whole);
	if (skb->vlan_present || type == bpf_htons(ETH_P_8021Q) || type == bpf_htons(ETH_P_8021AD))
		/* The packet inside isn't checked, so the frame passes only where the kernel
		 * decides. */
		return isolation.guard == NSACCEL_GUARD_DROP ? -NSACCEL_PASS_GUARD_SOURCE : 0;
	if (type == bpf_htons(ETH_P_IP))
		return nsa_guard_frame4(skb, guarded);
	if (type == bpf_htons(ETH_P_IPV6))
		return nsa_guard_frame6(skb, guarded);
	return type == bpf_htons(ETH_P_ARP) ? nsa_guard_arp(skb, guarded) : 0;
}

/* Is it IPv4 from the endpoint's usual address? A macvlan was found by its MAC. */
static __always_inline bool nsa_guard_fast(struct __sk_buff *skb, const struct nsa_pkt *pkt,
					   const struct nsa_source *src)
{
	const __u8 *source4 = src->ep ? src->ep->source4 : src->port->source4;

	return pkt->family == NSACCEL_FAMILY_INET && !skb->vlan_present &&
	       (src->ep || nsa_mac_equal(pkt->eth->h_source, src->port->endpoint_mac)) &&
	       pkt->ip4->saddr && pkt->ip4->saddr == *(const __be32 *)source4;
}

/* May the endpoint send the frame? 0, or -NSACCEL_PASS_GUARD_*. */
static __always_inline int nsa_guard(struct __sk_buff *skb, const struct nsa_pkt *pkt,
				     const struct nsa_source *src)
{
	if (src->slot == nsaccel_owner_slot || src->isolation.guard == NSACCEL_GUARD_OFF)
		return 0;
	if (nsa_guard_fast(skb, pkt, src))
		return 0;
	return nsa_guard_frame(skb, src->ifindex, !!src->ep);
}

#endif
