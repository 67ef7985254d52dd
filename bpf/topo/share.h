/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A NIC that several namespaces share, each by a veth whose inner end has the NIC's MAC. Frames are
 * delivered unchanged, by their destination address or their VLAN, as on a switch port with several
 * hosts of the same MAC: each receives, and sends, only for its own addresses. So does the NIC's
 * own namespace.
 */
#ifndef NSA_TOPO_SHARE_H
#define NSA_TOPO_SHARE_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "core/config.h"
#include "core/context.h"
#include "core/features.h"
#include "core/mark.h"
#include "core/probe.h"
#include "core/reason.h"
#include "map/owners.h"
#include "map/ports.h"
#include "map/shares.h"
#include "map/tables.h"
#include "pkt/addresses.h"
#include "pkt/arp.h"
#include "pkt/ctx_skb.h"
#include "pkt/nd.h"
#include "stage/deliver.h"
#include "stage/dst_check.h"
#include "stage/guard.h"
#include "stage/limit.h"

#define NSA_VLAN_ID 0xfff

/* Is the frame for the NIC's MAC, or for a group? */
static __always_inline bool nsa_share_is_here(const struct ethhdr *eth,
					      const struct nsaccel_port *nic)
{
	return eth->h_dest[0] & 1 || nsa_mac_equal(eth->h_dest, nic->mac);
}

/* By what somebody may be meant. */
enum nsa_share_by {
	NSA_SHARE_ADDRESS = 1,
	NSA_SHARE_WHOLE = 2, /* by the VLAN, which is all theirs */
};

/* ifindex of the veth host end that a frame is for, in that VLAN of the NIC; 0: none. by: enum
 * nsa_share_by. Global: the verifier checks it once. */
__noinline __u32 nsa_share_port(struct __sk_buff *skb, __u32 nic, __u32 vlan, __u32 by)
{
	struct nsa_addresses addr = {};
	struct nsaccel_share_key key;
	struct ethhdr *eth = nsa_eth(skb);
	__u32 port = 0;

	if (!eth)
		return 0;
	if (by & NSA_SHARE_ADDRESS)
		nsa_addresses_load(skb, eth->h_proto, &addr);
	if (addr.family) {
		nsa_share_key(&key, nic, vlan, addr.family, addr.to);
		if (!nsa_share_entry(&key, &port))
			return port;
	}
	if (!(by & NSA_SHARE_WHOLE))
		return 0;
	__builtin_memset(addr.to, 0, sizeof(addr.to));
	nsa_share_key(&key, nic, vlan, NSACCEL_FAMILY_NONE, addr.to);
	return nsa_share_entry(&key, &port) ? 0 : port;
}

#define NSA_SHARE_NOBODY 1 /* it's from :: */

/* Is the frame's source an address of the veth's namespace, also in ARP and neighbour discovery? 0,
 * NSA_SHARE_NOBODY, or -NSACCEL_PASS_GUARD_*. Global, likewise. */
__noinline int nsa_share_guard(struct __sk_buff *skb, __u32 ifindex)
{
	const struct nsaccel_port *port = nsa_port(ifindex), *nic;
	struct nsa_addresses addr = {};
	struct nsaccel_share_key key;
	struct ethhdr *eth = nsa_eth(skb);
	__u32 owner = 0;
	__be16 type;

	if (!eth || !port)
		return -NSACCEL_PASS_GUARD_MAC;
	nic = nsa_port(port->share_nic);
	type = eth->h_proto;
	/* On the wire the source MAC is the NIC's, whatever MAC the inner device has. */
	if (!nic || !nsa_mac_equal(eth->h_source, nic->mac))
		return -NSACCEL_PASS_GUARD_MAC;
	if (skb->vlan_present)
		return -NSACCEL_PASS_GUARD_SOURCE;
	nsa_addresses_load(skb, type, &addr);
	if (!addr.family)
		return -NSACCEL_PASS_GUARD_SOURCE;
	if (type == bpf_htons(ETH_P_ARP) && nsa_is_unspecified(addr.from))
		__builtin_memcpy(addr.from, addr.to, sizeof(addr.from)); /* as in IPv6 */
	nsa_share_key(&key, port->share_nic, port->share_vlan, addr.family, addr.from);
	if (!nsa_share_entry(&key, &owner) && owner == ifindex)
		return 0;
	if (type == bpf_htons(ETH_P_IPV6) && nsa_is_unspecified(addr.from))
		return NSA_SHARE_NOBODY;
	return type == bpf_htons(ETH_P_ARP) ? -NSACCEL_PASS_GUARD_ARP : -NSACCEL_PASS_GUARD_SOURCE;
}

/* May the veth's namespace send the frame: 0, or a negative reason. The guard checks the contents
 * of ARP and neighbour discovery once the sender is known. Global, likewise. */
__noinline int nsa_share_source_check(struct __sk_buff *skb, __u32 ifindex)
{
	const struct nsaccel_port *port = nsa_port(ifindex);
	struct nsaccel_isolation isolation = {};
	int r = 0;

	if (!port)
		return -NSACCEL_DROP_CLOSED;
	nsa_isolation_read(port->source_slot, &isolation);
	if (!port->share_whole) {
		r = nsa_share_guard(skb, ifindex);
		if (r >= 0)
			r = nsa_guard_resolution(skb, port->share_nic, (__u32)r);
	} else if (isolation.guard == NSACCEL_GUARD_DROP) {
		r = nsa_guard_frame(skb, ifindex, 0);
	}
	if (r)
		return nsa_guard_drop(r);
	return nsa_limit(skb, &isolation, port->source_slot, NSACCEL_DIRECTION_OUT);
}

/* Sends a frame out of a device; a probe gets the ifindex. */
static __always_inline int nsa_share_send(struct __sk_buff *skb, __u32 ifindex, __u64 flags,
					  __u32 mark)
{
	if (nsa_probing(skb)) {
		skb->cb[NSACCEL_PROBE_IFINDEX] = ifindex;
		return TC_ACT_REDIRECT;
	}
	nsa_skb_scrub(skb);
	skb->cb[NSA_CB_SENT] = mark;
	return (int)bpf_redirect(ifindex, flags);
}

/* Delivers a frame into the namespace behind a veth: directly, if it is for the device's MAC; else
 * through the host end, which sets the packet type (broadcast, another host's). redirect_peer works
 * at ingress only. */
static __always_inline int nsa_share_into(struct __sk_buff *skb, const struct nsaccel_port *to,
					  __u32 ifindex, bool ingress)
{
	struct ethhdr *eth = nsa_eth(skb);

	if (!ingress || nsa_probing(skb) || !eth || to->egress_hooked ||
	    to->endpoint_xdp == NSACCEL_ENDPOINT_XDP_NATIVE ||
	    !nsa_mac_equal(eth->h_dest, to->endpoint_mac))
		return nsa_share_send(skb, ifindex, 0, nsa_mark_for(to));
	nsa_skb_scrub(skb);
	return nsa_skb_to_peer(skb, ifindex);
}

/* ifindex of the veth host end that a frame at the NIC is for; 0: none. VLAN 0 is only a
 * priority (IEEE 802.1Q 6.9). Tagged frames of the NIC's own namespace are for the wire.
 * Global, likewise. */
__noinline __u32 nsa_share_lookup(struct __sk_buff *skb, __u32 ifindex, __u32 ingress)
{
	__u32 vlan = skb->vlan_present ? skb->vlan_tci & NSA_VLAN_ID : 0;
	const struct nsaccel_port *nic = nsa_port(ifindex);
	const struct nsaccel_port *to;
	struct ethhdr *eth = nsa_eth(skb);
	__u32 by = vlan ? NSA_SHARE_WHOLE : 0, port;

	if (!eth || !nic || (skb->vlan_present && !ingress) ||
	    (vlan && skb->vlan_proto != bpf_htons(ETH_P_8021Q)))
		return 0;
	if (nsa_share_is_here(eth, nic))
		by |= NSA_SHARE_ADDRESS;
	port = by ? nsa_share_port(skb, ifindex, vlan, by) : 0;
	to = port ? nsa_port(port) : NULL;
	/* A closed one isn't read further: nsa_share_dst_check() drops the frame. */
	return to && (nsa_is_closed(to) || to->share_nic == ifindex) ? port : 0;
}

/* A TC verdict and its reason in one number, as functions return it; 0: undecided. */
#define NSA_DECIDED(verdict, reason) (((reason) << 8) | (__u32)(verdict))
#define NSA_DECIDED_VERDICT(decided) ((int)((decided)&0xff))
#define NSA_DECIDED_REASON(decided)  ((decided) >> 8)

/* r is a negative reason; the verifier doesn't know, so other values become DROP_CLOSED. */
static __always_inline __u32 nsa_share_drop(int r)
{
	__u32 why = 0 - (__u32)r;

	return NSA_DECIDED(TC_ACT_SHOT, why < NSACCEL_REASON_COUNT ? why : NSACCEL_DROP_CLOSED);
}

#define NSA_SHARE_CLOSED (~0U) /* no slot */

/* Slot of the namespace behind target: the owner's for 0, 0 for the NIC itself (the wire). Global,
 * likewise. */
__noinline __u32 nsa_share_slot(struct __sk_buff *skb, __u32 nic, __u32 target)
{
	const struct nsaccel_port *to = nsa_port(target);

	if (!skb || !target)
		return nsaccel_owner_slot;
	if (target == nic)
		return 0;
	return !to || nsa_is_closed(to) ? NSA_SHARE_CLOSED : to->source_slot;
}

/* May a frame get from the namespace in slot from to target: 0, or a negative reason. */
static __always_inline int nsa_share_dst_check(struct __sk_buff *skb, __u32 from, __u32 nic,
					       __u32 target)
{
	__u32 slot = nsa_share_slot(skb, nic, target);

	return slot == NSA_SHARE_CLOSED ?
		       -NSACCEL_DROP_CLOSED :
		       nsa_dst_check(skb, from, slot, NSA_STATIC_ROUTE | NSA_ON_LINK);
}

/* Delivers the frame by that port, without its tag. Global, likewise. */
__noinline __u32 nsa_share_hand_over(struct __sk_buff *skb, __u32 port, __u32 ingress)
{
	const struct nsaccel_port *to = nsa_port(port);

	if (!to || nsa_is_closed(to) ||
	    (skb->vlan_present && !nsa_probing(skb) && bpf_skb_vlan_pop(skb)))
		return NSA_DECIDED(TC_ACT_SHOT, NSACCEL_DROP_CLOSED);
	return NSA_DECIDED(nsa_share_into(skb, to, port, ingress), NSACCEL_FWD_VETH);
}

/* Delivers a frame that came in by a NIC, or that the NIC's namespace sends, to a namespace that
 * shares the NIC: NSA_DECIDED(), or 0. from: slot of the sender. */
static __always_inline __u32 nsa_share_deliver(struct __sk_buff *skb, __u32 nic, __u32 from,
					       bool ingress)
{
	__u32 port = nsa_has(NSACCEL_FEATURE_SHARE) ? nsa_share_lookup(skb, nic, ingress) : 0;
	int r;

	if (!port)
		return 0;
	r = nsa_share_dst_check(skb, from, nic, port);
	return r ? nsa_share_drop(r) : nsa_share_hand_over(skb, port, ingress);
}

/* Is the frame for an address of the NIC's own namespace? That namespace doesn't route for others
 * on its NIC, so no frame is while its table is missing. Global, likewise. */
__noinline int nsa_share_is_owners(struct __sk_buff *skb)
{
	struct nsa_addresses addr = {};
	struct nsaccel_prefix key;
	struct ethhdr *eth = nsa_eth(skb);

	if (!eth)
		return 0;
	nsa_addresses_load(skb, eth->h_proto, &addr);
	if (addr.family == NSACCEL_FAMILY_INET)
		nsa_key4(&key, addr.to);
	else
		nsa_key6(&key, addr.to);
	return addr.family && nsa_table_of(nsaccel_owner_slot) && nsa_is_local(&key);
}

/* Destination of a frame from a namespace that shares a NIC: 0 the NIC's own namespace, the NIC's
 * ifindex the wire, another ifindex that namespace's host end; or a negative reason. A frame for a
 * MAC on the wire goes there, whatever its IP address. Global, likewise. */
__noinline int nsa_share_choose(struct __sk_buff *skb, __u32 ifindex)
{
	const struct nsaccel_port *port = nsa_port(ifindex), *nic, *to;
	struct ethhdr *eth = nsa_eth(skb);
	__u32 other;

	nic = port ? nsa_port(port->share_nic) : NULL;
	if (!eth || !port || !nic)
		return -NSACCEL_DROP_CLOSED;
	if (port->share_whole || !(nsa_probing(skb) || nsa_share_is_here(eth, nic)))
		return (int)port->share_nic;
	other = nsa_share_port(skb, port->share_nic, port->share_vlan, NSA_SHARE_ADDRESS);
	if (other && other != ifindex) {
		to = nsa_port(other);
		return to && !nsa_is_closed(to) && to->share_nic == port->share_nic ?
			       (int)other :
			       -NSACCEL_DROP_CLOSED;
	}
	return !other && !port->share_vlan && nsa_share_is_owners(skb) ? 0 : (int)port->share_nic;
}

static __always_inline __u32 nsa_share_to_wire(struct __sk_buff *skb,
					       const struct nsaccel_port *port)
{
	__u32 nic = port->share_nic, mtu_len = 0;
	long fits = bpf_check_mtu(skb, nic, &mtu_len, 0, skb->gso_size ? BPF_MTU_CHK_SEGS : 0);

	if (fits)
		return NSA_DECIDED(TC_ACT_SHOT,
				   fits < 0 ? NSACCEL_DROP_CLOSED : NSACCEL_DROP_TOO_BIG);
	if (port->share_vlan && !nsa_probing(skb) &&
	    bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), port->share_vlan))
		return NSA_DECIDED(TC_ACT_SHOT, NSACCEL_DROP_CLOSED);
	return NSA_DECIDED(nsa_share_send(skb, nic, 0, nsaccel_mark_wire), NSACCEL_FWD_NIC);
}

/* Delivers the frame to the NIC's own namespace, with the NIC's MAC: macvlans would receive a
 * group's. */
static __always_inline __u32 nsa_share_to_owner(struct __sk_buff *skb,
						const struct nsaccel_port *port)
{
	const struct nsaccel_port *nic = nsa_port(port->share_nic);
	struct ethhdr *eth = nsa_eth(skb);

	if (!eth || !nic)
		return NSA_DECIDED(TC_ACT_SHOT, NSACCEL_DROP_CLOSED);
	if (!nsa_probing(skb))
		nsa_mac_copy(eth->h_dest, nic->mac);
	return NSA_DECIDED(nsa_share_send(skb, port->share_nic, BPF_F_INGRESS, 0),
			   NSACCEL_FWD_HOST);
}

/* Global, likewise. */
__noinline __u32 nsa_share_transmit(struct __sk_buff *skb, __u32 ifindex, __u32 target)
{
	const struct nsaccel_port *port = nsa_port(ifindex);

	if (!port)
		return NSA_DECIDED(TC_ACT_SHOT, NSACCEL_DROP_CLOSED);
	if (!target)
		return nsa_share_to_owner(skb, port);
	return target == port->share_nic ? nsa_share_to_wire(skb, port) :
					   nsa_share_hand_over(skb, target, 1);
}

/* Handles a frame from a namespace that shares a NIC: to another such namespace, to the NIC's own,
 * or to the wire. Returns NSA_DECIDED(), never 0. */
static __always_inline __u32 nsa_share_receive(struct __sk_buff *skb, const struct nsa_source *src)
{
	int target = 0, r;

	if (!nsa_has(NSACCEL_FEATURE_SHARE))
		return NSA_DECIDED(TC_ACT_SHOT, NSACCEL_DROP_CLOSED);
	r = nsa_share_source_check(skb, src->ifindex);
	if (!r)
		r = target = nsa_share_choose(skb, src->ifindex);
	if (r >= 0)
		r = nsa_share_dst_check(skb, src->slot, src->port->share_nic, (__u32)target);
	return r < 0 ? nsa_share_drop(r) : nsa_share_transmit(skb, src->ifindex, (__u32)target);
}

#endif
