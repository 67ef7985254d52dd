/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TC egress of a macvlan's lower device. What bridge-mode macvlans send to the
 * lower's own MAC, and the lower's namespace to a macvlan's, never comes back by
 * itself: it is turned round here, as a switch port in reflective relay would
 * (IEEE 802.1Qbg), together with the ARP and neighbour solicitations that both
 * need to find each other. Private, VEPA and passthru macvlans keep their wall.
 */
#ifndef NSA_TOPO_MACVLAN_H
#define NSA_TOPO_MACVLAN_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "core/context.h"
#include "core/features.h"
#include "core/mark.h"
#include "core/reason.h"
#include "map/endpoints.h"
#include "map/stats.h"
#include "pkt/ctx_skb.h"
#include "pkt/icmp6.h"
#include "pkt/nd.h"
#include "stage/dst_check.h"
#include "stage/source_check.h"

/* Turns a frame round whose sender and receiver have been checked. Its mark tells the lower's
 * ingress. */
static __always_inline int nsa_hairpin(struct __sk_buff *skb, __u32 ifindex)
{
	nsa_skb_disown(skb);
	skb->cb[NSA_CB_SENT] = nsaccel_mark_sent;
	return bpf_redirect(ifindex, BPF_F_INGRESS);
}

/* Likewise a copy; the frame itself goes on to the wire. */
static __always_inline void nsa_hairpin_copy(struct __sk_buff *skb, __u32 ifindex)
{
	skb->cb[NSA_CB_SENT] = nsaccel_mark_sent;
	bpf_clone_redirect(skb, ifindex, BPF_F_INGRESS);
	skb->cb[NSA_CB_SENT] = 0;
}

/* Did a neighbour on the wire have the MAC before the macvlan took it? Then frames from the wire
 * with that source are the neighbour's. */
static __always_inline bool nsa_macvlan_mac_is_borrowed(const struct nsaccel_endpoint *ep)
{
	return ep->kind == NSACCEL_KIND_NONE && ep->bound >= NSACCEL_BOUND_CLOSED;
}

/* At ingress of a lower: is the source MAC the lower's own, or that of a macvlan here? Then the
 * frame comes from a macvlan in bridge mode, from a switch that reflects, or from somebody on the
 * wire who lies. */
static __always_inline bool nsa_is_from_lower(struct __sk_buff *skb,
					      const struct nsaccel_port *port, __u32 ifindex)
{
	struct ethhdr *eth = nsa_eth(skb);
	const struct nsaccel_endpoint *ep;

	if (!eth || nsa_mac_equal(eth->h_source, port->mac))
		return eth;
	ep = nsa_endpoint(eth->h_source, ifindex, NSA_EP_BETWEEN);
	return ep && !nsa_macvlan_mac_is_borrowed(ep);
}

/* The macvlan that sent the frame; NULL: the lower's own namespace did. */
static __always_inline const struct nsaccel_endpoint *
nsa_macvlan_source(struct __sk_buff *skb, const struct nsaccel_port *port, __u32 ifindex)
{
	struct ethhdr *eth = nsa_eth(skb);

	if (!eth || nsa_mac_equal(eth->h_source, port->mac))
		return NULL;
	return nsa_endpoint(eth->h_source, ifindex, NSA_EP_SOURCE);
}

/* Is the source MAC neither the lower's own nor a known macvlan's (nsa_macvlan_source() found
 * none)? Then a macvlan sent the frame that is new, has changed its MAC, or lies about it. */
static __always_inline bool nsa_macvlan_is_unknown(struct __sk_buff *skb,
						   const struct nsaccel_port *port)
{
	struct ethhdr *eth = nsa_eth(skb);

	return eth && !nsa_mac_equal(eth->h_source, port->mac) &&
	       !(port->shared && skb->cb[NSA_CB_SENT] == nsaccel_mark_wire);
}

/* Is the frame for the lower's namespace, to be routed or received? */
static __always_inline bool nsa_macvlan_hairpins(struct __sk_buff *skb,
						 const struct nsaccel_port *port,
						 const struct nsaccel_endpoint *ep)
{
	struct ethhdr *eth = nsa_eth(skb);

	return eth && ep->hairpin && !skb->vlan_present && nsa_mac_equal(eth->h_dest, port->mac);
}

/* ARP, or a neighbour solicitation or advertisement, sent to a group. A solicitation from :: is
 * duplicate address detection: its sender must not receive it. */
static __always_inline bool nsa_is_group_resolution(struct __sk_buff *skb)
{
	struct ethhdr *eth = nsa_eth(skb);
	struct nsa_icmp6 nd;

	if (!eth || !(eth->h_dest[0] & 1) || skb->vlan_present)
		return false;
	if (eth->h_proto == bpf_htons(ETH_P_ARP))
		return true;
	return eth->h_proto == bpf_htons(ETH_P_IPV6) && !nsa_load_icmp6(skb, &nd) &&
	       nsa_is_nd_resolution(nd.type) && !nsa_is_unspecified((const __u8 *)&nd.ip.saddr);
}

/* May a frame at a lower's ingress be delivered to its macvlan: 0, or a negative reason. An unknown
 * MAC may be that of a confined macvlan that has just taken it. */
static __always_inline int nsa_macvlan_dst_check(struct __sk_buff *skb,
						 const struct nsa_source *src)
{
	const struct nsaccel_endpoint *ep;
	struct ethhdr *eth = nsa_eth(skb);

	if (!eth || eth->h_dest[0] & 1 || nsa_mac_equal(eth->h_dest, src->port->mac))
		return 0;
	ep = nsa_endpoint(eth->h_dest, src->ifindex, NSA_EP_BETWEEN);
	if (ep ? ep->bound == NSACCEL_BOUND_CLOSED : src->port->close_unknown)
		return -NSACCEL_DROP_CLOSED;
	return ep && ep->kind != NSACCEL_KIND_NONE ?
		       nsa_dst_check(skb, src->slot, ep->slot, NSA_ON_LINK) :
		       0;
}

/* violates: why the guard would leave the frame to the kernel, which gets all of them; 0: it
 * doesn't. */
static __always_inline int nsa_macvlan_pass_to_wire(struct __sk_buff *skb,
						    const struct nsa_source *src, __u32 violates,
						    __u32 len)
{
	__u32 reason = NSACCEL_PASS_OTHER_MAC;

	if (src->ep->hairpin && nsa_is_group_resolution(skb)) {
		nsa_hairpin_copy(skb, src->ifindex);
		reason = NSACCEL_PASS_NOT_IP;
	}
	nsa_count(src->slot, NSACCEL_HOOK_TC_EGRESS, violates ? violates : reason, len);
	return TC_ACT_UNSPEC;
}

/* May its namespace not send whatever it likes, or as much as it likes? */
static __always_inline bool nsa_is_confined(__u32 slot)
{
	struct nsaccel_isolation of = {};

	nsa_isolation_read(slot, &of);
	return of.isolated || of.limited || of.guard == NSACCEL_GUARD_DROP ||
	       of.on_miss == NSACCEL_ON_MISS_DROP || nsa_is_policed(slot, nsaccel_owner_slot);
}

/* May the macvlan's namespace send the frame: 0, or a negative reason. Without the stages that
 * would tell, a confined one may not. */
static __always_inline int nsa_macvlan_source_check(struct __sk_buff *skb, struct nsa_source *src)
{
	struct nsa_pkt pkt = {};

	if (!nsa_has(NSACCEL_FEATURE_MACVLAN))
		return nsa_is_confined(src->slot) ? -NSACCEL_DROP_CLOSED : 0;
	nsa_skb_locate(skb, &pkt);
	return nsa_source_check(skb, &pkt, src);
}

/* A frame that the lower's own namespace sends, or forwards for the namespace in slot from. Counted
 * only if it is for a macvlan here. */
static __always_inline int nsa_macvlan_from_host(struct __sk_buff *skb,
						 const struct nsaccel_port *port, __u32 ifindex,
						 __u32 from, __u32 len)
{
	struct ethhdr *eth = nsa_eth(skb);
	const struct nsaccel_endpoint *ep;
	int r;

	if (!nsa_has(NSACCEL_FEATURE_MACVLAN) || !eth || skb->vlan_present ||
	    !nsa_mac_equal(eth->h_source, port->mac))
		return TC_ACT_UNSPEC;
	if (eth->h_dest[0] & 1) {
		if (nsa_is_group_resolution(skb))
			nsa_hairpin_copy(skb, ifindex);
		return TC_ACT_UNSPEC;
	}
	ep = nsa_endpoint(eth->h_dest, ifindex, NSA_EP_BETWEEN);
	if (!ep || !ep->hairpin)
		return TC_ACT_UNSPEC;
	r = nsa_dst_check_from_kernel(skb, from, ep->slot);
	if (r) {
		nsa_count(from, NSACCEL_HOOK_TC_EGRESS, -r, len);
		return TC_ACT_SHOT;
	}
	nsa_count_delivered(ifindex, len);
	nsa_count(from, NSACCEL_HOOK_TC_EGRESS, NSACCEL_FWD_MACVLAN, len);
	return nsa_hairpin(skb, ifindex);
}

/* Where a frame from macvlan to macvlan on one lower, in bridge mode, is checked as what it says:
 * from a macvlan, or from the owner, who has the lower's MAC. Counted only if it is dropped, or if
 * the guard leaves it to the kernel. */
static __always_inline int nsa_macvlan_sibling(struct __sk_buff *skb, struct nsa_source *src,
					       __u32 len)
{
	struct ethhdr *eth = nsa_eth(skb);
	int r, dst = 0;

	if (!eth || nsa_mac_equal(eth->h_dest, src->port->mac))
		return TC_ACT_UNSPEC; /* the kernel's, as is all that is for the lower itself */
	src->ep = nsa_endpoint(eth->h_source, src->ifindex, NSA_EP_SOURCE);
	src->slot = src->ep ? src->ep->slot : nsaccel_owner_slot;
	r = 0;
	if (src->ep)
		r = src->ep->bound == NSACCEL_BOUND_CLOSED ? -NSACCEL_DROP_CLOSED :
							     nsa_macvlan_source_check(skb, src);
	if (!nsa_is_drop(-r))
		dst = src->isolation.isolated ? -NSACCEL_DROP_ISOLATED :
						nsa_macvlan_dst_check(skb, src);
	r = dst ?: r;
	if (r)
		nsa_count(src->slot, NSACCEL_HOOK_TC_INGRESS, -r, len);
	return nsa_is_drop(-r) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

#endif
