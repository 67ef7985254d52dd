/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The source guard: an endpoint may send from its own MAC, from the addresses of its namespace, and
 * from what the owner's table routes to it, so that a router still works; or, if they are pinned,
 * from what the user listed. In IP, ARP (RFC 826) and neighbour discovery (RFC 4861).
 */
#ifndef NSA_BPF_GUARD_H
#define NSA_BPF_GUARD_H

#define NSA_BOOTP_SERVER 67
#define NSA_MLD_REPORT	 131
#define NSA_MLD_DONE	 132
#define NSA_MLD2_REPORT	 143
#define NSA_ND_FIRST	 133 /* router solicitation */
#define NSA_ND_SOLICIT	 135
#define NSA_ND_ADVERT	 136
#define NSA_ND_LAST	 137 /* redirect */
#define NSA_ND_FIXED	 24  /* solicitation and advertisement without options */
#define NSA_RS_FIXED	 8
#define NSA_ND_OPTIONS	 8 /* so many are looked at */
#define NSA_ND_SLLA	 1
#define NSA_ND_TLLA	 2

struct nsa_arp {
	__be16 hardware, protocol;
	__u8 hardware_len, protocol_len;
	__be16 operation;
	__u8 sender_mac[NSACCEL_MAC_LEN];
	__u8 sender[4];
	__u8 target_mac[NSACCEL_MAC_LEN];
	__u8 target[4];
};

/* Whose frames are looked at, and what they come from most. */
struct nsa_guarded {
	const __u8 *mac; /* NULL: known by it, a macvlan */
	const __u8 *source4, *source6;
	__u32 slot;
	bool pinned;
	bool strict; /* others may be on its link, or get what is for its addresses */
};

enum nsa_whose {
	NSA_WHOSE_UNSAID, /* it may leave the machine, or isn't known */
	NSA_WHOSE_ITS,
	NSA_WHOSE_ANOTHERS, /* also the owner's own */
};

static __always_inline enum nsa_whose nsa_hop_whose(const struct nsaccel_nexthop *nh, __u32 slot)
{
	if (nh->action == NSACCEL_ACTION_PASS)
		return nh->reason == NSACCEL_PASS_LOCAL ? NSA_WHOSE_ANOTHERS : NSA_WHOSE_UNSAID;
	if (nh->action < NSACCEL_ACTION_NIC || !nh->dst_slot)
		return NSA_WHOSE_UNSAID;
	return nh->dst_slot == slot ? NSA_WHOSE_ITS : NSA_WHOSE_ANOTHERS;
}

/* Is it the namespace slot that the owner's table leads to? */
static __always_inline enum nsa_whose nsa_whose(const struct nsaccel_prefix *key, __u32 slot)
{
	void *table = nsa_table(nsaccel_owner_slot);
	const struct nsaccel_route *route = table ? bpf_map_lookup_elem(table, key) : NULL;
	const struct nsaccel_nexthop *nh;
	enum nsa_whose whose;
	__u32 id, sequence;

	if (!route)
		return NSA_WHOSE_UNSAID;
	id = route->nexthop;
	nh = bpf_map_lookup_elem(&nsaccel_nexthop, &id);
	if (!nh)
		return NSA_WHOSE_UNSAID;
	sequence = READ_ONCE(nh->sequence);
	nsa_keep_order();
	if (nh->generation != route->generation)
		return NSA_WHOSE_UNSAID;
	whose = nsa_hop_whose(nh, slot);
	nsa_keep_order();
	return !(sequence & 1) && READ_ONCE(nh->sequence) == sequence ? whose : NSA_WHOSE_UNSAID;
}

/* Root of a namespace gives it any address: it counts unless it is plainly another's. */
static __always_inline bool nsa_source_known(const struct nsaccel_prefix *key,
					     const struct nsa_guarded *guarded)
{
	struct nsaccel_source_key own;
	enum nsa_whose whose;
	bool listed;

	own.prefixlen = key->prefixlen + NSACCEL_SOURCE_STATIC_BITS - NSACCEL_PREFIX_FAMILY_BITS;
	own.slot = guarded->slot;
	own.family = key->family;
	__builtin_memcpy(own.addr, key->addr, sizeof(own.addr));
	listed = bpf_map_lookup_elem(&nsaccel_sources, &own);
	if (guarded->pinned)
		return listed;
	whose = nsa_whose(key, guarded->slot);
	if (whose == NSA_WHOSE_ANOTHERS && guarded->strict)
		return false;
	return listed || whose == NSA_WHOSE_ITS;
}

static __always_inline bool nsa_guard_ip4(const struct nsa_guarded *guarded, const __u8 *address)
{
	struct nsaccel_prefix key;
	__u32 a, b;

	__builtin_memcpy(&a, address, sizeof(a));
	__builtin_memcpy(&b, guarded->source4, sizeof(b));
	if (a == b && a)
		return true;
	nsa_key4(&key, &a);
	return nsa_source_known(&key, guarded);
}

static __always_inline bool nsa_guard_ip6(const struct nsa_guarded *guarded, const __u8 *address)
{
	struct nsaccel_prefix key;
	__u32 a[4], b[4];

	__builtin_memcpy(a, address, sizeof(a));
	__builtin_memcpy(b, guarded->source6, sizeof(b));
	if (a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3] && a[0])
		return true;
	nsa_key6(&key, a);
	return nsa_source_known(&key, guarded);
}

/* ARP for IPv4 over Ethernet: 0; else it's something that nobody here understands. */
static __always_inline int nsa_load_arp(struct __sk_buff *skb, struct nsa_arp *arp)
{
	return bpf_skb_load_bytes(skb, sizeof(struct ethhdr), arp, sizeof(*arp)) ||
	       arp->hardware != bpf_htons(1) || arp->protocol != bpf_htons(ETH_P_IP) ||
	       arp->hardware_len != NSACCEL_MAC_LEN || arp->protocol_len != 4;
}

static __always_inline int nsa_guard_arp(struct __sk_buff *skb, const struct nsa_guarded *guarded)
{
	const __u8 *mac = guarded->mac;
	struct nsa_arp arp;

	if (nsa_load_arp(skb, &arp))
		return -NSACCEL_PASS_GUARD_ARP;
	if (mac && !nsa_mac_equal(arp.sender_mac, mac))
		return -NSACCEL_PASS_GUARD_ARP;
	/* 0.0.0.0 asks whether an address is free (RFC 5227). */
	if (!(arp.sender[0] | arp.sender[1] | arp.sender[2] | arp.sender[3]))
		return 0;
	return nsa_guard_ip4(guarded, arp.sender) ? 0 : -NSACCEL_PASS_GUARD_ARP;
}

/* Who has no address yet asks for one by DHCP: 0.0.0.0 to all. */
static __always_inline bool nsa_is_dhcp(struct __sk_buff *skb, const struct iphdr *ip)
{
	__be16 port = 0;

	return !ip->saddr && ip->daddr == 0xffffffff && ip->protocol == IPPROTO_UDP &&
	       !bpf_skb_load_bytes(skb, NSA_HDR_V4 + 2, &port, sizeof(port)) &&
	       port == bpf_htons(NSA_BOOTP_SERVER);
}

/* The link-layer addresses that options tell of have to be the endpoint's. */
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
		if ((option.type == NSA_ND_SLLA || option.type == NSA_ND_TLLA) && mac &&
		    !nsa_mac_equal(option.mac, mac))
			return false;
		at += option.units * 8U;
	}
	return at >= end;
}

/* unspecified: it comes from ::, as detection of duplicate addresses does (RFC 4862). */
static __always_inline int nsa_guard_nd(struct __sk_buff *skb, const struct nsa_guarded *guarded,
					__u8 type, __u32 at, __u32 end)
{
	const __u8 *mac = guarded->mac;
	__u8 target[NSACCEL_ADDR_LEN];
	bool ok = false;

	switch (type) {
	case NSA_ND_FIRST:
		ok = nsa_guard_options(skb, mac, at + NSA_RS_FIXED, end);
		break;
	case NSA_ND_SOLICIT:
		ok = nsa_guard_options(skb, mac, at + NSA_ND_FIXED, end);
		break;
	case NSA_ND_ADVERT:
		ok = !bpf_skb_load_bytes(skb, at + 8, target, sizeof(target)) &&
		     nsa_guard_ip6(guarded, target) &&
		     nsa_guard_options(skb, mac, at + NSA_ND_FIXED, end);
		break;
	}
	return ok ? 0 : -NSACCEL_PASS_GUARD_ND;
}

/* The same where the address that an advertisement is about has to be the one that it comes from. */
static __always_inline int nsa_guard_advertised(struct __sk_buff *skb,
						const struct nsaccel_port *port, __u8 type,
						__u32 at, __u32 end)
{
	__u8 source[NSACCEL_ADDR_LEN], target[NSACCEL_ADDR_LEN];
	__u32 fixed = type == NSA_ND_FIRST ? NSA_RS_FIXED : NSA_ND_FIXED;

	if (type != NSA_ND_FIRST && type != NSA_ND_SOLICIT && type != NSA_ND_ADVERT)
		return -NSACCEL_PASS_GUARD_ND;
	if (type == NSA_ND_ADVERT &&
	    (bpf_skb_load_bytes(skb, sizeof(struct ethhdr) + 8, source, sizeof(source)) ||
	     bpf_skb_load_bytes(skb, at + 8, target, sizeof(target)) ||
	     !nsa_same_words(source, target, sizeof(source))))
		return -NSACCEL_PASS_GUARD_ND;
	return nsa_guard_options(skb, port->mac, at + fixed, end) ? 0 : -NSACCEL_PASS_GUARD_ND;
}

static __always_inline bool nsa_is_group_report(__u8 type)
{
	return type == NSA_MLD_REPORT || type == NSA_MLD_DONE || type == NSA_MLD2_REPORT;
}

/* From :: only what asks for, or defends, an address, and who is in which group. */
static __always_inline bool
nsa_may_be_nobody(struct __sk_buff *skb, const struct nsa_guarded *guarded, __u8 type, __u32 at)
{
	__u8 target[NSACCEL_ADDR_LEN];

	switch (type) {
	case NSA_ND_SOLICIT: /* for an address of somebody else it would keep them from having it */
		return !bpf_skb_load_bytes(skb, at + 8, target, sizeof(target)) &&
		       nsa_guard_ip6(guarded, target);
	case NSA_ND_FIRST:
		return true;
	default:
		return nsa_is_group_report(type);
	}
}

static __always_inline int nsa_guard_frame6(struct __sk_buff *skb,
					    const struct nsa_guarded *guarded)
{
	struct nsa_l4_place place = {};
	struct ipv6hdr ip;
	const __u8 *saddr = ip.saddr.in6_u.u6_addr8;
	__u8 type = 0;
	bool icmp;

	if (bpf_skb_load_bytes(skb, sizeof(struct ethhdr), &ip, sizeof(ip)))
		return 0; /* truncated: nobody takes it */
	if (nsa_ip6_l4(skb, sizeof(struct ethhdr), &place))
		return -NSACCEL_PASS_GUARD_ND; /* as it may be */
	icmp = place.proto == IPPROTO_ICMPV6 && !place.offset_units &&
	       !bpf_skb_load_bytes(skb, place.at, &type, sizeof(type));
	if (!nsa_is_unspecified(saddr) ? !nsa_guard_ip6(guarded, saddr) :
					 !icmp || !nsa_may_be_nobody(skb, guarded, type, place.at))
		return -NSACCEL_PASS_GUARD_SOURCE;
	if (icmp && type >= NSA_ND_FIRST && type <= NSA_ND_LAST)
		return nsa_guard_nd(skb, guarded, type, place.at, place.end);
	return 0;
}

static __always_inline int nsa_guard_frame4(struct __sk_buff *skb,
					    const struct nsa_guarded *guarded)
{
	struct iphdr ip;

	if (bpf_skb_load_bytes(skb, sizeof(struct ethhdr), &ip, sizeof(ip)))
		return 0;
	return nsa_is_dhcp(skb, &ip) || nsa_guard_ip4(guarded, (const __u8 *)&ip.saddr) ?
		       0 :
		       -NSACCEL_PASS_GUARD_SOURCE;
}

/* Every frame but what nsa_guard() knows. Global: the verifier goes through it once. drop: what can't
 * be looked into isn't let through. 0, or -NSACCEL_PASS_GUARD_*. */
__noinline int nsa_guard_frame(struct __sk_buff *skb, __u32 ifindex, __u32 macvlan)
{
	const struct nsaccel_port *port = nsa_port(ifindex);
	struct nsaccel_isolation isolation = {};
	const struct nsaccel_endpoint *ep;
	struct nsa_guarded guarded = {};
	struct ethhdr *eth = nsa_eth(skb);
	__be16 type;

	if (!eth || !port)
		return 0;
	type = eth->h_proto;
	guarded.slot = port->source_slot;
	guarded.mac = port->endpoint_mac;
	guarded.source4 = port->source4;
	guarded.source6 = port->source6;
	if (macvlan) {
		ep = nsa_endpoint(eth->h_source, ifindex);
		if (!ep)
			return 0;
		guarded.slot = ep->slot;
		guarded.mac = NULL;
		guarded.source4 = ep->source4;
		guarded.source6 = ep->source6;
	} else if (!nsa_mac_equal(eth->h_source, port->endpoint_mac)) {
		return -NSACCEL_PASS_GUARD_MAC;
	}
	nsa_isolation(guarded.slot, &isolation);
	guarded.pinned = isolation.pinned;
	/* Alone on its link, an isolated namespace may have addresses that others have, too. */
	guarded.strict = !isolation.isolated || port->bridge;
	if (skb->vlan_present || type == bpf_htons(ETH_P_8021Q) || type == bpf_htons(ETH_P_8021AD))
		/* What is in it isn't looked at: let through only where the kernel decides. */
		return isolation.guard == NSACCEL_GUARD_DROP ? -NSACCEL_PASS_GUARD_SOURCE : 0;
	if (type == bpf_htons(ETH_P_IP))
		return nsa_guard_frame4(skb, &guarded);
	if (type == bpf_htons(ETH_P_IPV6))
		return nsa_guard_frame6(skb, &guarded);
	return type == bpf_htons(ETH_P_ARP) ? nsa_guard_arp(skb, &guarded) : 0;
}

/* What ARP and ND tell beside the address that they come from: MACs, which have to be the port's, and
 * what is advertised. For who is known by its address already; or for nobody, who may only report
 * groups (RFC 3590: switches have to know). Global, likewise. */
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
	if (type < NSA_ND_FIRST || type > NSA_ND_LAST)
		return 0;
	return nsa_guard_advertised(skb, port, type, place.at, place.end);
}

/* IPv4 from the address that the endpoint sends from most. */
static __always_inline bool nsa_guard_knows(struct __sk_buff *skb, const struct nsa_source *src)
{
	struct ethhdr *eth = nsa_skb_data(skb, NSA_HDR_V4);
	struct iphdr *ip = (void *)(eth + 1);

	return eth && eth->h_proto == bpf_htons(ETH_P_IP) && !skb->vlan_present &&
	       nsa_mac_equal(eth->h_source, src->port->endpoint_mac) && ip->saddr &&
	       ip->saddr == *(const __be32 *)src->port->source4;
}

/* Is the frame its endpoint's to send? 0, or -NSACCEL_PASS_GUARD_*. */
static __always_inline int nsa_guard(struct __sk_buff *skb, const struct nsa_source *src)
{
	if (src->slot == nsaccel_owner_slot || src->isolation.guard == NSACCEL_GUARD_OFF)
		return 0;
	if (!src->ep && nsa_guard_knows(skb, src))
		return 0;
	return nsa_guard_frame(skb, src->ifindex, !!src->ep);
}

#endif
