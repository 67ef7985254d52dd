/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A NIC that other namespaces use, too, each by a veth whose end there has the NIC's MAC: frames are
 * handed over as they are, by the address that they are for, or by their VLAN. As on one switch port
 * with several hosts of the same MAC, each only hears, and only speaks, for its own addresses; and so
 * does the NIC's own namespace, which they reach, too.
 */
#ifndef NSA_BPF_SHARE_H
#define NSA_BPF_SHARE_H

#define NSA_VLAN_ID 0xfff

static __always_inline int nsa_share_lookup(const struct nsaccel_share_key *key, __u32 *port)
{
	const struct nsaccel_share *share = bpf_map_lookup_elem(&nsaccel_shares, key);

	if (!share)
		return -1;
	*port = share->port;
	nsa_keep_order();
	return nsa_same_words(&share->key, key, sizeof(*key)) ? 0 : -1;
}

/* Addresses of a frame: whom it is for, and who speaks. */
struct nsa_parties {
	enum nsaccel_family family; /* NONE: neither IP nor ARP */
	__u8 from[NSACCEL_ADDR_LEN], to[NSACCEL_ADDR_LEN];
};

static __always_inline void nsa_parties_arp(struct __sk_buff *skb, struct nsa_parties *parties)
{
	struct nsa_arp arp;

	if (bpf_skb_load_bytes(skb, sizeof(struct ethhdr), &arp, sizeof(arp)))
		return;
	parties->family = NSACCEL_FAMILY_INET;
	__builtin_memcpy(parties->from, arp.sender, sizeof(arp.sender));
	__builtin_memcpy(parties->to, arp.target, sizeof(arp.target));
}

static __always_inline void nsa_parties_ip4(struct __sk_buff *skb, struct nsa_parties *parties)
{
	struct iphdr ip;

	if (bpf_skb_load_bytes(skb, sizeof(struct ethhdr), &ip, sizeof(ip)))
		return;
	parties->family = NSACCEL_FAMILY_INET;
	__builtin_memcpy(parties->from, &ip.saddr, sizeof(ip.saddr));
	__builtin_memcpy(parties->to, &ip.daddr, sizeof(ip.daddr));
}

/* A solicitation is for whom it asks for: it's sent to a group, or to a MAC that several have. */
static __always_inline void nsa_parties_ip6(struct __sk_buff *skb, struct nsa_parties *parties)
{
	struct ipv6hdr ip;
	__u8 type = 0;

	if (bpf_skb_load_bytes(skb, sizeof(struct ethhdr), &ip, sizeof(ip)))
		return;
	parties->family = NSACCEL_FAMILY_INET6;
	__builtin_memcpy(parties->from, &ip.saddr, sizeof(parties->from));
	__builtin_memcpy(parties->to, &ip.daddr, sizeof(parties->to));
	if (ip.nexthdr != IPPROTO_ICMPV6 ||
	    bpf_skb_load_bytes(skb, NSA_HDR_V6, &type, sizeof(type)) || type != NSA_ND_SOLICIT)
		return;
	bpf_skb_load_bytes(skb, NSA_HDR_V6 + 8, parties->to, sizeof(parties->to));
	if (nsa_is_unspecified(parties->from)) /* it asks whether its own is free */
		__builtin_memcpy(parties->from, parties->to, sizeof(parties->from));
}

static __always_inline void nsa_parties_of(struct __sk_buff *skb, __be16 type,
					   struct nsa_parties *parties)
{
	if (type == bpf_htons(ETH_P_ARP))
		nsa_parties_arp(skb, parties);
	else if (type == bpf_htons(ETH_P_IP))
		nsa_parties_ip4(skb, parties);
	else if (type == bpf_htons(ETH_P_IPV6))
		nsa_parties_ip6(skb, parties);
}

static __always_inline void nsa_share_key(struct nsaccel_share_key *key, __u32 nic, __u32 vlan,
					  enum nsaccel_family family, const __u8 *address)
{
	key->owner_slot = nsaccel_owner_slot;
	key->nic = nic;
	key->vlan = (__u16)vlan;
	key->zero = 0;
	key->family = family;
	__builtin_memcpy(key->addr, address, sizeof(key->addr));
}

/* By what somebody may be meant. */
enum nsa_share_by {
	NSA_SHARE_ADDRESS = 1,
	NSA_SHARE_WHOLE = 2, /* by the VLAN, which is all theirs */
	NSA_SHARE_ANY = NSA_SHARE_ADDRESS | NSA_SHARE_WHOLE,
};

/* The veth that leads to who shares the NIC and is meant by the frame; 0: nobody. Global, as others:
 * the verifier goes through it once. */
__noinline __u32 nsa_share_of(struct __sk_buff *skb, __u32 nic, __u32 vlan, __u32 by)
{
	struct nsa_parties parties = {};
	struct nsaccel_share_key key;
	struct ethhdr *eth = nsa_eth(skb);
	__u32 port = 0;

	if (!eth)
		return 0;
	if (by & NSA_SHARE_ADDRESS)
		nsa_parties_of(skb, eth->h_proto, &parties);
	if (parties.family) {
		nsa_share_key(&key, nic, vlan, parties.family, parties.to);
		if (!nsa_share_lookup(&key, &port))
			return port;
	}
	if (!(by & NSA_SHARE_WHOLE) || !vlan)
		return 0;
	__builtin_memset(parties.to, 0, sizeof(parties.to));
	nsa_share_key(&key, nic, vlan, NSACCEL_FAMILY_NONE, parties.to);
	return nsa_share_lookup(&key, &port) ? 0 : port;
}

/* May the veth's namespace speak for the address that the frame is from? ARP and ND included. Global,
 * likewise. 0, or -NSACCEL_PASS_GUARD_*. */
__noinline int nsa_share_guard(struct __sk_buff *skb, __u32 ifindex)
{
	const struct nsaccel_port *port = nsa_port(ifindex);
	struct nsa_parties parties = {};
	struct nsaccel_share_key key;
	struct ethhdr *eth = nsa_eth(skb);
	__u32 owner = 0;
	__be16 type;

	if (!eth || !port)
		return -NSACCEL_PASS_GUARD_MAC;
	type = eth->h_proto;
	if (!nsa_mac_equal(eth->h_source, port->endpoint_mac))
		return -NSACCEL_PASS_GUARD_MAC;
	if (skb->vlan_present)
		return -NSACCEL_PASS_GUARD_SOURCE;
	nsa_parties_of(skb, type, &parties);
	if (!parties.family)
		return -NSACCEL_PASS_GUARD_SOURCE;
	if (type == bpf_htons(ETH_P_ARP) && nsa_is_unspecified(parties.from))
		__builtin_memcpy(parties.from, parties.to, sizeof(parties.from)); /* as in IPv6 */
	nsa_share_key(&key, port->share_nic, port->share_vlan, parties.family, parties.from);
	if (!nsa_share_lookup(&key, &owner) && owner == ifindex)
		return 0;
	return type == bpf_htons(ETH_P_ARP) ? -NSACCEL_PASS_GUARD_ARP : -NSACCEL_PASS_GUARD_SOURCE;
}

/* What ARP and ND say beside who speaks: the guard looks at it, once the sender is known. */
static __always_inline int nsa_share_vet(struct __sk_buff *skb, const struct nsa_source *src)
{
	int r;

	if (src->port->share_whole)
		return src->isolation.guard == NSACCEL_GUARD_DROP ?
			       nsa_guard_frame(skb, src->ifindex, 0) :
			       0;
	r = nsa_share_guard(skb, src->ifindex);
	return r ? r : nsa_guard_resolution(skb, src->ifindex);
}

static __always_inline int nsa_share_by_host_end(struct __sk_buff *skb, __u32 ifindex)
{
	nsa_skb_scrub(skb, 0);
	skb->cb[NSA_CB_SENT] = NSA_SENT_MAGIC;
	return (int)bpf_redirect(ifindex, 0);
}

/* Into the namespace behind a veth's host end: straight, if the frame is for its MAC; else by the
 * host end, so that it's seen there for what it is, broadcast or another's. At ingress. */
static __always_inline int nsa_share_into(struct __sk_buff *skb, __u32 ifindex)
{
	const struct nsaccel_port *port = nsa_port(ifindex);
	struct ethhdr *eth = nsa_eth(skb);

	if (!eth || !port || port->egress_hooked || port->endpoint_xdp ||
	    !nsa_mac_equal(eth->h_dest, port->endpoint_mac))
		return nsa_share_by_host_end(skb, ifindex);
	nsa_skb_scrub(skb, 0);
	return (int)bpf_redirect_peer(ifindex, 0);
}

/* Who is meant by a frame at the NIC; 0: nobody who shares it. Its own namespace's frames in VLANs are
 * for the wire. */
static __always_inline __u32 nsa_share_meant(struct __sk_buff *skb, const struct nsa_source *src,
					     bool ingress)
{
	__u32 vlan = skb->vlan_present ? skb->vlan_tci & NSA_VLAN_ID : 0;
	struct ethhdr *eth = nsa_eth(skb);
	bool addressed;

	if (!eth ||
	    (skb->vlan_present && (!ingress || !vlan || skb->vlan_proto != bpf_htons(ETH_P_8021Q))))
		return 0;
	addressed = eth->h_dest[0] & 1 || nsa_mac_equal(eth->h_dest, src->port->mac);
	return addressed || vlan ? nsa_share_of(skb, src->ifindex, vlan,
						addressed ? NSA_SHARE_ANY : NSA_SHARE_WHOLE) :
				   0;
}

/* A frame that came in by a NIC, or that its namespace sends out of it, for who shares the NIC: a TC
 * verdict and *reason; false: it isn't for any. */
static __always_inline bool nsa_share_deliver(struct __sk_buff *skb, const struct nsa_source *src,
					      bool ingress, __u32 *reason, int *verdict)
{
	__u32 port = nsa_share_meant(skb, src, ingress);
	const struct nsaccel_port *to = port ? nsa_port(port) : NULL;
	int r;

	if (!to)
		return false;
	r = nsa_enter(skb, src->slot, to->source_slot, NSA_TOLD | NSA_ON_LINK);
	if (!r && skb->vlan_present && bpf_skb_vlan_pop(skb))
		r = -NSACCEL_DROP_CLOSED;
	*reason = r ? -r : NSACCEL_FWD_VETH;
	if (r)
		*verdict = TC_ACT_SHOT;
	else if (ingress)
		*verdict = nsa_share_into(skb, port);
	else
		*verdict = nsa_share_by_host_end(skb, port);
	return true;
}

/* Is the frame for an address of the NIC's own namespace? That doesn't route for who shares its NIC.
 * Global, likewise. */
__noinline int nsa_share_is_owners(struct __sk_buff *skb, __u32 vlan)
{
	struct nsa_parties parties = {};
	struct nsaccel_prefix key;
	struct ethhdr *eth = nsa_eth(skb);

	if (!eth || vlan)
		return 0;
	nsa_parties_of(skb, eth->h_proto, &parties);
	if (parties.family == NSACCEL_FAMILY_INET)
		nsa_key4(&key, parties.to);
	else
		nsa_key6(&key, parties.to);
	return parties.family && nsa_is_local(&key);
}

static __always_inline int nsa_share_refuse(__u32 *reason, int why)
{
	*reason = -why;
	return TC_ACT_SHOT;
}

static __always_inline int nsa_share_to_wire(struct __sk_buff *skb, const struct nsa_source *src,
					     __u32 *reason)
{
	__u32 nic = src->port->share_nic, mtu_len = 0;
	int r = nsa_enter(skb, src->slot, 0, NSA_TOLD | NSA_ON_LINK);
	long fits;

	if (!r) {
		fits = bpf_check_mtu(skb, nic, &mtu_len, 0, skb->gso_size ? BPF_MTU_CHK_SEGS : 0);
		r = !fits ? 0 : fits < 0 ? -NSACCEL_DROP_CLOSED : -NSACCEL_DROP_TOO_BIG;
	}
	if (!r && src->port->share_vlan &&
	    bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), src->port->share_vlan))
		r = -NSACCEL_DROP_CLOSED;
	if (r)
		return nsa_share_refuse(reason, r);
	*reason = NSACCEL_FWD_NIC;
	nsa_skb_scrub(skb, 0);
	skb->cb[NSA_CB_SENT] = NSA_WIRE_MAGIC;
	return (int)bpf_redirect(nic, 0);
}

/* Is a frame that its namespace sends for the NIC's MAC, or for all on the link? Only then it may be for
 * the NIC's own namespace, or for another that shares it. */
static __always_inline bool nsa_share_stays(struct __sk_buff *skb, const struct nsaccel_port *port)
{
	const struct ethhdr *eth = nsa_eth(skb);

	return eth && (eth->h_dest[0] & 1 || nsa_mac_equal(eth->h_dest, port->endpoint_mac));
}

/* Up the NIC, for its own namespace and for nobody else there: macvlans listen to groups. */
static __always_inline int nsa_share_to_owner(struct __sk_buff *skb, const struct nsa_source *src,
					      __u32 *reason)
{
	struct ethhdr *eth;
	int r = nsa_enter(skb, src->slot, nsaccel_owner_slot, NSA_TOLD | NSA_ON_LINK);

	if (r)
		return nsa_share_refuse(reason, r);
	eth = nsa_eth(skb);
	if (!eth)
		return nsa_share_refuse(reason, -NSACCEL_DROP_CLOSED);
	nsa_mac_copy(eth->h_dest, src->port->endpoint_mac);
	*reason = NSACCEL_FWD_HOST;
	nsa_skb_scrub(skb, 0);
	return (int)bpf_redirect(src->port->share_nic, BPF_F_INGRESS);
}

static __always_inline int nsa_share_to_other(struct __sk_buff *skb, const struct nsa_source *src,
					      __u32 ifindex, __u32 *reason)
{
	const struct nsaccel_port *to = nsa_port(ifindex);
	int r = to ? nsa_enter(skb, src->slot, to->source_slot, NSA_TOLD | NSA_ON_LINK) :
		     -NSACCEL_DROP_CLOSED;

	if (r)
		return nsa_share_refuse(reason, r);
	*reason = NSACCEL_FWD_VETH;
	return nsa_share_into(skb, ifindex);
}

/* May its namespace send it, and so much? 0, or -NSACCEL_DROP_*. */
static __always_inline int nsa_share_may_send(struct __sk_buff *skb, struct nsa_source *src)
{
	int r;

	nsa_isolation(src->slot, &src->isolation);
	r = nsa_share_vet(skb, src);
	if (r)
		return r - (NSACCEL_DROP_GUARD_MAC - NSACCEL_PASS_GUARD_MAC);
	return src->isolation.limited && !nsa_limit_takes(skb, src->slot, NSACCEL_DIRECTION_OUT) ?
		       -NSACCEL_DROP_LIMIT :
		       0;
}

/* A frame from who shares a NIC: to the wire, to the NIC's own namespace, or to another that shares
 * it. There is no other way for it. */
static __always_inline int nsa_share_receive(struct __sk_buff *skb, struct nsa_source *src,
					     __u32 *reason)
{
	const struct nsaccel_port *port = src->port;
	int r = nsa_share_may_send(skb, src);
	__u32 other;

	if (r)
		return nsa_share_refuse(reason, r);
	if (port->share_whole || !nsa_share_stays(skb, port))
		return nsa_share_to_wire(skb, src, reason);
	other = nsa_share_of(skb, port->share_nic, port->share_vlan, NSA_SHARE_ADDRESS);
	if (other && other != src->ifindex)
		return nsa_share_to_other(skb, src, other, reason);
	if (nsa_share_is_owners(skb, port->share_vlan))
		return nsa_share_to_owner(skb, src, reason);
	return nsa_share_to_wire(skb, src, reason);
}

#endif
