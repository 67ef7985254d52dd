/* SPDX-License-Identifier: GPL-2.0-only */
/* The source guard on the contents of neighbour discovery and ARP: link-layer addresses, and
 * targets. */
#ifndef NSA_STAGE_GUARD_ND_H
#define NSA_STAGE_GUARD_ND_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "map/ports.h"
#include "pkt/arp.h"
#include "pkt/ctx_skb.h"
#include "pkt/l4.h"
#include "pkt/nd.h"
#include "stage/source_owner.h"

/* Link-layer addresses in options have to be the endpoint's. */
static __always_inline bool nsa_guard_options(struct __sk_buff *skb, const __u8 *mac, __u32 at,
					      __u32 end)
{
	struct {
		__u8 type, units;
		__u8 mac[NSACCEL_MAC_LEN];
	} option;
	int i;

	for (i = 0; i < NSA_ND_OPTIONS; i++) {
		if (at >= end)
			return true;
		if (bpf_skb_load_bytes(skb, at, &option, sizeof(option)) || !option.units)
			return false;
		if ((option.type == NSA_ND_SLLA || option.type == NSA_ND_TLLA) &&
		    !nsa_mac_equal(option.mac, mac))
			return false;
		at += option.units * 8U;
	}
	return at >= end;
}

/* The target of a solicitation or an advertisement has to be the endpoint's. at: of the message. */
static __always_inline bool nsa_guard_target(struct __sk_buff *skb, struct nsa_guarded *guarded,
					     __u32 at)
{
	return !bpf_skb_load_bytes(skb, at + 8, guarded->target, sizeof(guarded->target)) &&
	       nsa_guard_ip6(skb, guarded, guarded->target, true);
}

/* The contents of a neighbour discovery message: 0, or -NSACCEL_PASS_GUARD_ND. at, end: of the
 * ICMPv6 message. */
static __always_inline int nsa_guard_nd(struct __sk_buff *skb, struct nsa_guarded *guarded,
					__u8 type, __u32 at, __u32 end)
{
	const __u8 *mac = guarded->mac;
	bool ok = false;

	switch (type) {
	case NSA_ND_ROUTER_SOLICIT:
		ok = nsa_guard_options(skb, mac, at + NSA_RS_FIXED, end);
		break;
	case NSA_ND_SOLICIT:
		ok = nsa_guard_options(skb, mac, at + NSA_ND_FIXED, end);
		break;
	case NSA_ND_ADVERT:
		ok = nsa_guard_target(skb, guarded, at) &&
		     nsa_guard_options(skb, mac, at + NSA_ND_FIXED, end);
		break;
	}
	return ok ? 0 : -NSACCEL_PASS_GUARD_ND;
}

/* Likewise, of a sender who may advertise only the address that it sends from. */
static __always_inline int nsa_guard_advertised(struct __sk_buff *skb,
						const struct nsaccel_port *port, __u8 type,
						__u32 at, __u32 end)
{
	__u8 source[NSACCEL_ADDR_LEN], target[NSACCEL_ADDR_LEN];
	__u32 fixed = type == NSA_ND_ROUTER_SOLICIT ? NSA_RS_FIXED : NSA_ND_FIXED;

	if (type != NSA_ND_ROUTER_SOLICIT && !nsa_is_nd_resolution(type))
		return -NSACCEL_PASS_GUARD_ND;
	if (type == NSA_ND_ADVERT &&
	    (bpf_skb_load_bytes(skb, sizeof(struct ethhdr) + 8, source, sizeof(source)) ||
	     bpf_skb_load_bytes(skb, at + 8, target, sizeof(target)) ||
	     !nsa_same_words(source, target, sizeof(source))))
		return -NSACCEL_PASS_GUARD_ND;
	return nsa_guard_options(skb, port->mac, at + fixed, end) ? 0 : -NSACCEL_PASS_GUARD_ND;
}

/* May a message come from ::? Solicitations for addresses of its own (duplicate address detection,
 * RFC 4862), router solicitations and reports of groups may. */
static __always_inline bool nsa_may_be_nobody(struct __sk_buff *skb, struct nsa_guarded *guarded,
					      __u8 type, __u32 at)
{
	switch (type) {
	case NSA_ND_SOLICIT: /* for another's address it would keep that one from taking it */
		return nsa_guard_target(skb, guarded, at);
	case NSA_ND_ROUTER_SOLICIT:
		return true;
	default:
		return nsa_is_group_report(type);
	}
}

/* The contents of ARP and neighbour discovery of a sender whose source address was checked already.
 * nobody: it sends from ::, by which it may only report groups (RFC 3590: switches have to know).
 * 0, or -NSACCEL_PASS_GUARD_*. Global, likewise. */
__noinline int nsa_guard_resolution(struct __sk_buff *skb, __u32 ifindex, __u32 nobody)
{
	const struct nsaccel_port *port = nsa_port(ifindex);
	struct nsa_l4_place place = {};
	struct ethhdr *eth = nsa_eth(skb);
	struct nsa_arp arp;
	__u8 type = 0;

	if (!eth || !port)
		return 0;
	if (eth->h_proto == bpf_htons(ETH_P_ARP))
		return nsa_load_arp(skb, &arp) || !nsa_mac_equal(arp.sender_mac, port->mac) ?
			       -NSACCEL_PASS_GUARD_ARP :
			       0;
	if (eth->h_proto != bpf_htons(ETH_P_IPV6))
		return 0;
	if (nsa_ip6_l4(skb, sizeof(*eth), &place))
		return -NSACCEL_PASS_GUARD_ND;
	if (place.proto == IPPROTO_ICMPV6 && !place.offset_units)
		bpf_skb_load_bytes(skb, place.at, &type, sizeof(type));
	if (nobody)
		return nsa_is_group_report(type) && eth->h_dest[0] & 1 ? 0 :
									 -NSACCEL_PASS_GUARD_SOURCE;
	if (!nsa_is_nd_type(type))
		return 0;
	return nsa_guard_advertised(skb, port, type, place.at, place.end);
}

#endif
