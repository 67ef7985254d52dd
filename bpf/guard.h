/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The source guard: an endpoint may send from its own MAC, and from what the owner routes to its port
 * (the reverse path, RFC 3704); or, if they are pinned, from what the user listed. What its namespace
 * says of itself doesn't count. On a link with others (a bridge, a macvlan's lower) the owner's
 * neighbour table has to lead to its MAC. In IP, ARP (RFC 826) and neighbour discovery (RFC 4861).
 */
#ifndef NSA_BPF_GUARD_H
#define NSA_BPF_GUARD_H

#define NSA_BOOTP_SERVER 67
#define NSA_MLD_REPORT	 131
#define NSA_MLD_DONE	 132
#define NSA_MLD2_REPORT	 143
#define NSA_ND_SOLICIT	 135
#define NSA_ND_ADVERT	 136
#define NSA_ND_FIXED	 24 /* solicitation and advertisement without options */
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

/* Whose frames are checked. */
struct nsa_guarded {
	__u8 source4[4], source6[NSACCEL_ADDR_LEN]; /* what they come from most */
	__u32 slot;
	__u32 l3_ifindex; /* of its link, in the owner */
	bool pinned;
	bool strict;  /* others may be on its link, or get what is for its addresses */
	bool shared;  /* others are on its link */
	bool lenient; /* what fails is left to the kernel: what nobody else has will do */
	__u8 mac[NSACCEL_MAC_LEN]; /* its own, from which the frame comes */
	struct bpf_fib_lookup lookup;
};

/* The stack is full. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct nsa_guarded);
	__uint(max_entries, 1);
} nsaccel_guarded SEC(".maps");

static __always_inline struct nsa_guarded *nsa_guarded(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&nsaccel_guarded, &zero);
}

/* Who has an address, as the owner's kernel has it. */
enum nsa_whose {
	NSA_WHOSE_UNSAID, /* leads elsewhere: out of the machine, to another link, nowhere */
	NSA_WHOSE_ITS,
	NSA_WHOSE_ANOTHERS, /* also the owner's own, and nobody's to send from */
	NSA_WHOSE_FREE,	    /* on its link, and no neighbour has been resolved */
	NSA_WHOSE_ASK,	    /* only the kernel's own lookup tells */
};

static __always_inline enum nsa_whose nsa_hop_whose(const struct nsaccel_nexthop *nh,
						    const struct nsa_guarded *guarded)
{
	bool sends = nh->action >= NSACCEL_ACTION_NIC;

	/* Also where that tells too little to forward by: of the gateway, or the MTU. */
	if (nh->reason == NSACCEL_PASS_FIB)
		return NSA_WHOSE_ASK;
	if (nh->action == NSACCEL_ACTION_PASS &&
	    (nh->reason == NSACCEL_PASS_LOCAL || nh->reason == NSACCEL_PASS_MULTICAST))
		return NSA_WHOSE_ANOTHERS;
	if (sends && nh->dst_slot)
		return nh->dst_slot == guarded->slot ? NSA_WHOSE_ITS : NSA_WHOSE_ANOTHERS;
	if (nh->l3_ifindex != guarded->l3_ifindex)
		return NSA_WHOSE_UNSAID;
	if (!guarded->shared)
		return NSA_WHOSE_ITS;
	return sends ? NSA_WHOSE_ANOTHERS : NSA_WHOSE_ASK;
}

/* What the owner's table says. While the table isn't there (it is too big to be written), or its entry
 * is in change, nothing is verified. */
static __always_inline enum nsa_whose nsa_whose(const struct nsaccel_prefix *key,
						const struct nsa_guarded *guarded)
{
	__u64 route = nsa_table_find(nsaccel_owner_slot, key);
	__u32 id = (__u32)route, sequence;
	const struct nsaccel_nexthop *nh;
	enum nsa_whose whose;

	if (route == NSA_NO_TABLE)
		return NSA_WHOSE_ANOTHERS;
	if (!nsa_is_route(route))
		return NSA_WHOSE_UNSAID;
	nh = bpf_map_lookup_elem(&nsaccel_nexthop, &id);
	if (!nh)
		return NSA_WHOSE_ANOTHERS;
	sequence = READ_ONCE(nh->sequence);
	nsa_keep_order();
	if (nh->generation != (__u32)(route >> 32))
		return NSA_WHOSE_ANOTHERS;
	whose = nsa_hop_whose(nh, guarded);
	nsa_keep_order();
	return !(sequence & 1) && READ_ONCE(nh->sequence) == sequence ? whose : NSA_WHOSE_ANOTHERS;
}

static __always_inline bool nsa_is_link_local(const struct nsaccel_prefix *key)
{
	return key->family == NSACCEL_FAMILY_INET6 && key->addr[0] == 0xfe &&
	       (key->addr[1] & 0xc0) == 0x80;
}

/* No route takes these; the kernel drops what comes from them, or may. */
static __always_inline bool nsa_is_no_source(const struct nsaccel_prefix *key)
{
	const __u32 *words = (const void *)key->addr;

	if (key->family == NSACCEL_FAMILY_INET)
		return !key->addr[0] || key->addr[0] == 127 || (key->addr[0] & 0xf0) == 0xe0 ||
		       words[0] == 0xffffffff;
	return key->addr[0] == 0xff || (!words[0] && !words[1] && !words[2]);
}

#define NSA_LOOPBACK   1 /* its ifindex, in each namespace */
#define NSA_FIB_OUTPUT 2 /* BPF_FIB_LOOKUP_OUTPUT */

/* Where the kernel would send to the address, asked as fib_validate_source() asks. Of one that others may
 * have, too (link-local, or alone on its link): whether it is routed to this link at all. */
static __noinline enum nsa_whose
nsa_reverse(struct __sk_buff *skb, const struct nsaccel_prefix *key, struct nsa_guarded *guarded)
{
	struct bpf_fib_lookup *params = &guarded->lookup;
	bool on_link = nsa_is_link_local(key), out = on_link || !guarded->strict;
	const struct nsaccel_port *port;
	long r;

	__builtin_memset(params, 0, sizeof(*params));
	params->family = (__u8)key->family;
	params->tot_len = 1; /* any length */
	params->ifindex = out ? guarded->l3_ifindex : NSA_LOOPBACK;
	if (key->family == NSACCEL_FAMILY_INET)
		__builtin_memcpy(&params->ipv4_dst, key->addr, sizeof(params->ipv4_dst));
	else
		__builtin_memcpy(params->ipv6_dst, key->addr, sizeof(params->ipv6_dst));
	r = bpf_fib_lookup(skb, params, sizeof(*params), out ? NSA_FIB_OUTPUT : 0);
	if (r != BPF_FIB_LKUP_RET_SUCCESS && r != BPF_FIB_LKUP_RET_NO_NEIGH)
		return on_link ? NSA_WHOSE_FREE : NSA_WHOSE_UNSAID;
	if (params->ifindex !=
	    guarded->l3_ifindex) { /* of several next hops, another of its ports */
		port = nsa_port(params->ifindex);
		return port && port->kind == NSACCEL_KIND_VETH &&
				       port->source_slot == guarded->slot ?
			       NSA_WHOSE_ITS :
			       NSA_WHOSE_UNSAID;
	}
	if (!guarded->shared)
		return NSA_WHOSE_ITS;
	if (r == BPF_FIB_LKUP_RET_NO_NEIGH)
		return NSA_WHOSE_FREE;
	return nsa_mac_equal(params->dmac, guarded->mac) ? NSA_WHOSE_ITS : NSA_WHOSE_ANOTHERS;
}

/* link: of a link-local address, the device that it is on; else 0. */
static __always_inline enum nsaccel_source nsa_listed(const struct nsaccel_prefix *prefix,
						      __u32 slot, __u32 link)
{
	const enum nsaccel_source *found;
	struct nsaccel_source_key key;

	key.prefixlen = prefix->prefixlen + NSACCEL_SOURCE_STATIC_BITS - NSACCEL_PREFIX_FAMILY_BITS;
	key.slot = slot;
	key.family = prefix->family;
	__builtin_memcpy(key.addr, prefix->addr, sizeof(key.addr));
	if (link)
		__builtin_memcpy(key.addr + 4, &link, sizeof(link));
	found = bpf_map_lookup_elem(&nsaccel_sources, &key);
	return found ? *found : NSACCEL_SOURCE_NONE;
}

/* Is it on the link, but nobody's to send from there, or listed for another namespace? */
static __always_inline bool nsa_is_reserved(const struct nsaccel_prefix *key,
					    const struct nsa_guarded *guarded)
{
	return nsa_listed(key, NSACCEL_SOURCE_OF_OWNER | nsaccel_owner_slot,
			  nsa_is_link_local(key) ? guarded->l3_ifindex : 0) != NSACCEL_SOURCE_NONE;
}

/* claims: it says who has the address, by ARP or neighbour discovery. That is how the owner's kernel
 * gets to know: what nobody has may be claimed. So is a link-local address, of which the owner knows
 * little, used by who comes first. */
static __noinline bool nsa_source_known(struct __sk_buff *skb, const struct nsaccel_prefix *key,
					struct nsa_guarded *guarded, bool claims)
{
	enum nsa_whose whose;

	if (guarded->pinned)
		return nsa_listed(key, guarded->slot, 0) == NSACCEL_SOURCE_PINNED;
	if (nsa_is_no_source(key))
		return false;
	if (!guarded->strict && guarded->lenient)
		return true;
	if (guarded->strict && nsa_is_reserved(key, guarded))
		return false;
	if (nsa_is_link_local(key))
		whose = guarded->shared ? NSA_WHOSE_ASK : NSA_WHOSE_ITS;
	else
		whose = nsa_whose(key, guarded);
	if (whose == NSA_WHOSE_ASK || (!guarded->strict && whose != NSA_WHOSE_ITS))
		whose = nsa_reverse(skb, key, guarded);
	if (whose == NSA_WHOSE_FREE)
		return claims || guarded->lenient || nsa_is_link_local(key);
	if (whose == NSA_WHOSE_UNSAID)
		return guarded->shared && guarded->lenient;
	return whose == NSA_WHOSE_ITS;
}

static __always_inline bool nsa_guard_ip4(struct __sk_buff *skb, struct nsa_guarded *guarded,
					  const __u8 *address, bool claims)
{
	struct nsaccel_prefix key;
	__u32 a, b;

	__builtin_memcpy(&a, address, sizeof(a));
	__builtin_memcpy(&b, guarded->source4, sizeof(b));
	if (a == b && a)
		return true;
	nsa_key4(&key, &a);
	return nsa_source_known(skb, &key, guarded, claims);
}

static __always_inline bool nsa_guard_ip6(struct __sk_buff *skb, struct nsa_guarded *guarded,
					  const __u8 *address, bool claims)
{
	struct nsaccel_prefix key;
	__u32 a[4], b[4];

	__builtin_memcpy(a, address, sizeof(a));
	__builtin_memcpy(b, guarded->source6, sizeof(b));
	if (a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3] && a[0])
		return true;
	nsa_key6(&key, a);
	return nsa_source_known(skb, &key, guarded, claims);
}

/* ARP for IPv4 over Ethernet: 0; else it's something that nobody here understands. */
static __always_inline int nsa_load_arp(struct __sk_buff *skb, struct nsa_arp *arp)
{
	return bpf_skb_load_bytes(skb, sizeof(struct ethhdr), arp, sizeof(*arp)) ||
	       arp->hardware != bpf_htons(1) || arp->protocol != bpf_htons(ETH_P_IP) ||
	       arp->hardware_len != NSACCEL_MAC_LEN || arp->protocol_len != 4;
}

static __always_inline int nsa_guard_arp(struct __sk_buff *skb, struct nsa_guarded *guarded)
{
	struct nsa_arp arp;
	bool probe;

	if (nsa_load_arp(skb, &arp))
		return -NSACCEL_PASS_GUARD_ARP;
	if (!nsa_mac_equal(arp.sender_mac, guarded->mac))
		return -NSACCEL_PASS_GUARD_ARP;
	/* 0.0.0.0 asks whether the target is free (RFC 5227). That is a claim, too: who is about to have
	 * it would give it up, for one that is somebody else's as for one of its own. */
	probe = !(arp.sender[0] | arp.sender[1] | arp.sender[2] | arp.sender[3]);
	return nsa_guard_ip4(skb, guarded, probe ? arp.target : arp.sender, true) ?
		       0 :
		       -NSACCEL_PASS_GUARD_ARP;
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
		if ((option.type == NSA_ND_SLLA || option.type == NSA_ND_TLLA) &&
		    !nsa_mac_equal(option.mac, mac))
			return false;
		at += option.units * 8U;
	}
	return at >= end;
}

/* unspecified: it comes from ::, as detection of duplicate addresses does (RFC 4862). */
static __always_inline int nsa_guard_nd(struct __sk_buff *skb, struct nsa_guarded *guarded,
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
		     nsa_guard_ip6(skb, guarded, target, true) &&
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
static __always_inline bool nsa_may_be_nobody(struct __sk_buff *skb, struct nsa_guarded *guarded,
					      __u8 type, __u32 at)
{
	__u8 target[NSACCEL_ADDR_LEN];

	switch (type) {
	case NSA_ND_SOLICIT: /* for an address of somebody else it would keep them from having it */
		return !bpf_skb_load_bytes(skb, at + 8, target, sizeof(target)) &&
		       nsa_guard_ip6(skb, guarded, target, true);
	case NSA_ND_FIRST:
		return true;
	default:
		return nsa_is_group_report(type);
	}
}

static __always_inline int nsa_guard_frame6(struct __sk_buff *skb, struct nsa_guarded *guarded)
{
	struct nsa_l4_place place = {};
	struct ipv6hdr ip;
	const __u8 *saddr = ip.saddr.in6_u.u6_addr8;
	bool icmp, resolves;
	__u8 type = 0;

	if (bpf_skb_load_bytes(skb, sizeof(struct ethhdr), &ip, sizeof(ip)))
		return 0; /* truncated: nobody takes it */
	if (nsa_ip6_l4(skb, sizeof(struct ethhdr), &place))
		return -NSACCEL_PASS_GUARD_ND; /* as it may be */
	icmp = place.proto == IPPROTO_ICMPV6 && !place.offset_units &&
	       !bpf_skb_load_bytes(skb, place.at, &type, sizeof(type));
	resolves = icmp && (type == NSA_ND_SOLICIT || type == NSA_ND_ADVERT);
	if (!nsa_is_unspecified(saddr) ? !nsa_guard_ip6(skb, guarded, saddr, resolves) :
					 !icmp || !nsa_may_be_nobody(skb, guarded, type, place.at))
		return -NSACCEL_PASS_GUARD_SOURCE;
	if (icmp && type >= NSA_ND_FIRST && type <= NSA_ND_LAST)
		return nsa_guard_nd(skb, guarded, type, place.at, place.end);
	return 0;
}

static __always_inline int nsa_guard_frame4(struct __sk_buff *skb, struct nsa_guarded *guarded)
{
	struct iphdr ip;

	if (bpf_skb_load_bytes(skb, sizeof(struct ethhdr), &ip, sizeof(ip)))
		return 0;
	return nsa_is_dhcp(skb, &ip) ||
			       nsa_guard_ip4(skb, guarded, (const __u8 *)&ip.saddr, false) ?
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
	struct nsa_guarded *guarded = nsa_guarded();
	struct ethhdr *eth = nsa_eth(skb);
	__be16 type;

	if (!eth || !port || !guarded)
		return 0;
	type = eth->h_proto;
	guarded->slot = port->source_slot;
	guarded->l3_ifindex = port->l3_ifindex;
	nsa_mac_copy(guarded->mac, eth->h_source);
	if (macvlan) {
		ep = nsa_endpoint(eth->h_source, ifindex, NSA_EP_BETWEEN);
		if (!ep)
			return 0;
		guarded->slot = ep->slot;
		guarded->shared = true;
		__builtin_memcpy(guarded->source4, ep->source4, sizeof(guarded->source4));
		__builtin_memcpy(guarded->source6, ep->source6, sizeof(guarded->source6));
	} else {
		if (!nsa_mac_equal(eth->h_source, port->endpoint_mac))
			return -NSACCEL_PASS_GUARD_MAC;
		guarded->shared = port->bridge;
		__builtin_memcpy(guarded->source4, port->source4, sizeof(guarded->source4));
		__builtin_memcpy(guarded->source6, port->source6, sizeof(guarded->source6));
	}
	nsa_isolation(guarded->slot, &isolation);
	guarded->pinned = isolation.pinned;
	/* Of a VLAN that is all its own the owner knows nothing. */
	guarded->lenient = isolation.guard != NSACCEL_GUARD_DROP || port->share_whole;
	/* Alone on its link, an isolated namespace may have addresses that others have, too. */
	guarded->strict = guarded->shared || !(isolation.isolated || port->share_whole);
	if (skb->vlan_present || type == bpf_htons(ETH_P_8021Q) || type == bpf_htons(ETH_P_8021AD))
		/* What is in it isn't looked at: let through only where the kernel decides. */
		return isolation.guard == NSACCEL_GUARD_DROP ? -NSACCEL_PASS_GUARD_SOURCE : 0;
	if (type == bpf_htons(ETH_P_IP))
		return nsa_guard_frame4(skb, guarded);
	if (type == bpf_htons(ETH_P_IPV6))
		return nsa_guard_frame6(skb, guarded);
	return type == bpf_htons(ETH_P_ARP) ? nsa_guard_arp(skb, guarded) : 0;
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

/* IPv4 from the address that the endpoint sends from most. A macvlan was found by its MAC. */
static __always_inline bool nsa_guard_knows(struct __sk_buff *skb, const struct nsa_source *src)
{
	struct ethhdr *eth = nsa_skb_data(skb, NSA_HDR_V4);
	struct iphdr *ip = (void *)(eth + 1);
	const __u8 *source4 = src->ep ? src->ep->source4 : src->port->source4;

	return eth && eth->h_proto == bpf_htons(ETH_P_IP) && !skb->vlan_present &&
	       (src->ep || nsa_mac_equal(eth->h_source, src->port->endpoint_mac)) && ip->saddr &&
	       ip->saddr == *(const __be32 *)source4;
}

/* Is the frame its endpoint's to send? 0, or -NSACCEL_PASS_GUARD_*. */
static __always_inline int nsa_guard(struct __sk_buff *skb, const struct nsa_source *src)
{
	if (src->slot == nsaccel_owner_slot || src->isolation.guard == NSACCEL_GUARD_OFF)
		return 0;
	if (nsa_guard_knows(skb, src))
		return 0;
	return nsa_guard_frame(skb, src->ifindex, !!src->ep);
}

#endif
