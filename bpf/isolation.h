/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an isolated namespace may not have from the kernel, and what gets into a namespace.
 *
 * An isolated namespace's packets go by its own table alone. What the fast path can't do with them
 * the kernel would do by the owner's table: so nothing of it gets there, but what finds the owner's
 * link-layer address, and what a route of its own says is the kernel's. Into an isolated namespace
 * lead only routes that nsaccel was told.
 */
#ifndef NSA_BPF_ISOLATION_H
#define NSA_BPF_ISOLATION_H

/* What a packet would need isn't there, or not yet. */
static __always_inline bool nsa_is_miss(__u32 reason)
{
	return reason == NSACCEL_PASS_STALE || reason == NSACCEL_PASS_NO_DEVICE ||
	       reason == NSACCEL_PASS_OTHER_OWNER;
}

static __always_inline bool nsa_is_pass(__u32 reason)
{
	return reason >= NSACCEL_PASS_NOT_IP && reason <= NSACCEL_PASS_GUARD_ND;
}

/* ff02::/16 and fe80::/10 go no further than the link. */
static __always_inline bool nsa_is_on_link(const __u8 *address)
{
	return (address[0] == 0xff && (address[1] & 0xf) == 2) ||
	       (address[0] == 0xfe && (address[1] & 0xc0) == 0x80);
}

/* From an endpoint, only to the link or to the owner: the kernel would send it on to others. What the
 * owner's sockets send with such a hop limit doesn't go further than to the endpoint itself. */
static __noinline bool nsa_is_nd(struct __sk_buff *skb, bool by_owner)
{
	struct nsaccel_prefix key;
	struct ipv6hdr ip;
	__u8 type;

	if (bpf_skb_load_bytes(skb, sizeof(struct ethhdr), &ip, sizeof(ip)) ||
	    ip.nexthdr != IPPROTO_ICMPV6 || ip.hop_limit != 255 ||
	    bpf_skb_load_bytes(skb, NSA_HDR_V6, &type, sizeof(type)) || type < NSA_ND_FIRST ||
	    type >= NSA_ND_LAST)
		return false;
	if (by_owner)
		return true;
	nsa_key6(&key, &ip.daddr);
	return nsa_is_on_link(key.addr) || nsa_is_local(&key);
}

/* Does it ask for, or tell, a link-layer address on the link to the owner? */
static __always_inline bool nsa_resolves(struct __sk_buff *skb, bool by_owner)
{
	const struct ethhdr *eth = nsa_eth(skb);

	if (!eth || skb->vlan_present)
		return false;
	if (eth->h_proto == bpf_htons(ETH_P_ARP))
		return true;
	return eth->h_proto == bpf_htons(ETH_P_IPV6) && nsa_is_nd(skb, by_owner);
}

/* To the owner alone: a bridge would send it to all its ports. */
static __always_inline int nsa_to_owner(const struct nsa_source *src)
{
	return src->port->bridge ? (int)bpf_redirect(src->port->bridge, BPF_F_INGRESS) :
				   TC_ACT_UNSPEC;
}

/* What the owner's table has for an address of the packet, from or to: 0, or -enum nsaccel_reason. */
static __always_inline int nsa_owner_hop(struct __sk_buff *skb, bool source,
					 struct nsa_hop_brief *hop)
{
	const struct ethhdr *eth = nsa_eth(skb);
	struct nsaccel_prefix key = {};
	bool v4;

	if (!eth || (eth->h_proto != bpf_htons(ETH_P_IP) && eth->h_proto != bpf_htons(ETH_P_IPV6)))
		return -NSACCEL_PASS_NOT_IP;
	v4 = eth->h_proto == bpf_htons(ETH_P_IP);
	if (bpf_skb_load_bytes(
		    skb,
		    sizeof(*eth) +
			    (v4 ? __builtin_offsetof(struct iphdr, saddr) + (source ? 0 : 4) :
				  __builtin_offsetof(struct ipv6hdr, saddr) + (source ? 0 : 16)),
		    key.addr, v4 ? 4 : 16))
		return -NSACCEL_PASS_MALFORMED;
	nsa_key_family(&key, v4 ? NSACCEL_FAMILY_INET : NSACCEL_FAMILY_INET6);
	return nsa_table_brief(nsaccel_owner_slot, &key, hop);
}

/* The namespace that the owner's table has the packet's source in; 0: none. */
__noinline int nsa_slot_of_source(struct __sk_buff *skb)
{
	struct nsa_hop_brief hop = {};

	return nsa_owner_hop(skb, true, &hop) ? 0 : (int)hop.dst_slot;
}

static __always_inline bool nsa_ends_unseen(__u32 reason)
{
	return reason == NSACCEL_PASS_LOCAL || reason == NSACCEL_PASS_NOT_PORT ||
	       reason == NSACCEL_PASS_ENCAP;
}

/* Does what is sent to the address end in the owner, or leave by what is no port? Or may it, as only the
 * kernel's own lookup tells, or nothing, while the table isn't there? 1 if so. */
__noinline int nsa_leads_unseen(struct __sk_buff *skb)
{
	struct nsa_hop_brief hop = {};

	if (!nsa_table(nsaccel_owner_slot))
		return 1;
	return !nsa_owner_hop(skb, false, &hop) &&
	       (nsa_ends_unseen(hop.reason) || hop.reason == NSACCEL_PASS_FIB);
}

/* Is the frame for the port's bridge, or for a device of the owner's on that? */
static __always_inline bool nsa_is_for_bridge(const struct ethhdr *eth,
					      const struct nsaccel_port *port)
{
	return nsa_mac_equal(eth->h_dest, port->mac) ||
	       nsa_endpoint(eth->h_dest, port->bridge, NSA_EP_BETWEEN);
}

/* Routed by a bridge, or another master, it will look as if that itself had sent it: then its source has
 * to tell whose it was, on a wire nobody's. Neighbour discovery isn't routed, and tells the owner of sources that
 * are new. */
static __always_inline bool nsa_is_obscured(struct __sk_buff *skb, const struct nsa_source *src)
{
	const struct ethhdr *eth = nsa_eth(skb);
	__u32 slot;

	if (!eth || eth->h_proto == bpf_htons(ETH_P_ARP) ||
	    !(src->port->bridge ? nsa_is_for_bridge(eth, src->port) : src->port->enslaved))
		return false;
	slot = (__u32)nsa_slot_of_source(skb);
	return (slot ? slot : nsaccel_owner_slot) != src->slot && !nsa_resolves(skb, false);
}

static __always_inline bool nsa_is_tagged(struct __sk_buff *skb, const struct ethhdr *eth)
{
	return skb->vlan_present || eth->h_proto == bpf_htons(ETH_P_8021Q) ||
	       eth->h_proto == bpf_htons(ETH_P_8021AD);
}

static __always_inline bool nsa_is_ip_or_arp(const struct ethhdr *eth)
{
	return eth->h_proto == bpf_htons(ETH_P_IP) || eth->h_proto == bpf_htons(ETH_P_IPV6) ||
	       eth->h_proto == bpf_htons(ETH_P_ARP);
}

/* May a device of the owner's on the port (a VLAN, a macvlan) take it, or what isn't IP? By the frame
 * itself: the reason why it is passed may be another. */
static __always_inline bool nsa_is_for_upper(struct __sk_buff *skb, const struct nsa_source *src)
{
	const struct ethhdr *eth = nsa_eth(skb);

	if (src->port->bridge || !eth)
		return false;
	if (nsa_is_tagged(skb, eth))
		return true;
	return !(eth->h_dest[0] & 1) &&
	       (!nsa_mac_equal(eth->h_dest, src->port->mac) || !nsa_is_ip_or_arp(eth));
}

/* The kernel routes it as come in by that device. From there on nsa_upper() tells whose it is, but where
 * the device has a master: then its source has to. In a second tag that can't be read. */
static __always_inline bool nsa_claims_another(struct __sk_buff *skb, const struct nsa_source *src)
{
	const struct ethhdr *eth = nsa_eth(skb);
	__u32 slot;

	if (!eth || eth->h_proto == bpf_htons(ETH_P_8021Q) ||
	    eth->h_proto == bpf_htons(ETH_P_8021AD))
		return true;
	if (eth->h_proto != bpf_htons(ETH_P_IP) && eth->h_proto != bpf_htons(ETH_P_IPV6))
		return false;
	slot = (__u32)nsa_slot_of_source(skb);
	if (src->port->upper_enslaved)
		return slot != src->slot;
	return slot && slot != src->slot && slot != nsaccel_owner_slot;
}

/* What the kernel sends where no port of ours sees it, or takes itself, is judged before; what it sends
 * out of a port, there. What is sent to a group the owner always hears. */
static __always_inline int nsa_judge_passed(struct __sk_buff *skb, const struct nsa_source *src,
					    __u32 reason)
{
	bool upper;

	if (!src->port || nsa_probing(skb) || !nsa_is_policed(src->slot, nsaccel_owner_slot))
		return 0;
	if (src->slot == nsaccel_owner_slot)
		return nsa_is_obscured(skb, src) ? -NSACCEL_DROP_CLOSED : 0;
	upper = nsa_is_for_upper(skb, src);
	if (upper && nsa_claims_another(skb, src))
		return -NSACCEL_DROP_CLOSED;
	if (upper || nsa_ends_unseen(reason) || nsa_leads_unseen(skb))
		return nsa_policy(skb, src->slot, nsaccel_owner_slot, nsa_is_nd(skb, false));
	return nsa_is_obscured(skb, src) ? -NSACCEL_DROP_CLOSED : 0;
}

/* Where the kernel sends a macvlan's packet out, nothing says any more whose it was. */
static __always_inline bool nsa_is_unjudged(struct __sk_buff *skb, const struct nsa_source *src,
					    __u32 reason)
{
	return nsa_is_policed(src->slot, nsaccel_owner_slot) && reason != NSACCEL_PASS_LOCAL &&
	       !nsa_resolves(skb, false);
}

/* A TC verdict on what the fast path leaves to the kernel because of *reason. */
static __always_inline int nsa_leave(struct __sk_buff *skb, const struct nsa_source *src,
				     __u32 *reason)
{
	bool closed = src->isolation.on_miss == NSACCEL_ON_MISS_DROP;
	int r = nsa_judge_passed(skb, src, *reason);

	if (r) {
		*reason = -r;
		return TC_ACT_SHOT;
	}
	if (nsa_is_miss(*reason) ? !closed : !src->isolation.isolated)
		return TC_ACT_UNSPEC;
	if (*reason == NSACCEL_PASS_ROUTE)
		return TC_ACT_UNSPEC;
	if (src->isolation.isolated && !src->ep && *reason < NSACCEL_PASS_GUARD_MAC &&
	    nsa_resolves(skb, false))
		return nsa_to_owner(src);
	*reason = *reason == NSACCEL_PASS_NO_ROUTE ? NSACCEL_DROP_ISOLATED : NSACCEL_DROP_CLOSED;
	return TC_ACT_SHOT;
}

/* Was nsaccel told of the route, or does it follow the kernel's? */
static __always_inline bool nsa_is_told(enum nsaccel_target target)
{
	return target == NSACCEL_TARGET_NETNS || target == NSACCEL_TARGET_DEV ||
	       target == NSACCEL_TARGET_VIA;
}

#define NSA_TOLD    1 /* by a route that nsaccel was told */
#define NSA_ON_LINK 2 /* as it is, not routed any more */

/* May a packet get from one namespace into another? slot 0: out of the machine, by the owner's
 * wires. Global: the verifier goes through it once. 0, or -NSACCEL_DROP_*. */
__noinline int nsa_enter(struct __sk_buff *skb, __u32 from, __u32 slot, __u32 how)
{
	struct nsaccel_isolation to = {};
	int r;

	if (slot)
		nsa_isolation(slot, &to);
	if (to.isolated && !(how & NSA_TOLD))
		return -NSACCEL_DROP_ISOLATED;
	r = nsa_policy(skb, from, slot ? slot : nsaccel_owner_slot, how & NSA_ON_LINK);
	return r ? r : nsa_limit(skb, &to, slot, NSACCEL_DIRECTION_IN);
}

/* The owner's own packets for an isolated namespace need a route as others' do. */
static __always_inline bool nsa_owner_told(struct __sk_buff *skb, __u32 slot)
{
	struct nsa_hop_brief hop = {};

	return !nsa_owner_hop(skb, false, &hop) && hop.dst_slot == slot && nsa_is_told(hop.target);
}

/* nsa_enter() for what the kernel sends, for the namespace in slot from. */
static __always_inline int nsa_enter_from_kernel(struct __sk_buff *skb, __u32 from, __u32 slot)
{
	bool told = from == nsaccel_owner_slot && nsa_owner_told(skb, slot);

	return nsa_enter(skb, from, slot, NSA_ON_LINK | (told ? NSA_TOLD : 0));
}

#endif
