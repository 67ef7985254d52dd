/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which packets of a namespace may fall back to the kernel. An isolated namespace's packets go by
 * its own table alone; the kernel would send them by the owner's. Only these reach the kernel:
 * address resolution for the owner, what a `pass` route leaves to it, and, with on_miss pass,
 * packets whose next hop is missing at the moment.
 */
#ifndef NSA_STAGE_PASS_CHECK_H
#define NSA_STAGE_PASS_CHECK_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "core/config.h"
#include "core/context.h"
#include "core/probe.h"
#include "core/reason.h"
#include "map/endpoints.h"
#include "pkt/ctx_skb.h"
#include "stage/owner_route.h"
#include "stage/policy.h"
#include "stage/resolution.h"

/* Delivers the frame to the owner alone: the bridge would flood it to all its ports. */
static __always_inline int nsa_to_owner(const struct nsa_source *src)
{
	return src->port->bridge ? (int)bpf_redirect(src->port->bridge, BPF_F_INGRESS) :
				   TC_ACT_UNSPEC;
}

/* Is the frame for the port's bridge, or for a device of the owner on the bridge? */
static __always_inline bool nsa_is_for_bridge(const struct ethhdr *eth,
					      const struct nsaccel_port *port)
{
	return nsa_mac_equal(eth->h_dest, port->mac) ||
	       nsa_endpoint(eth->h_dest, port->bridge, NSA_EP_BETWEEN);
}

/* A packet that is routed by a bridge, or another master, will seem to come from that device, so
 * that only its source tells the sender: a false source hides it. From a wire the source must be no
 * namespace's. Neighbour discovery isn't routed, and introduces new sources. */
static __always_inline bool nsa_source_is_hidden(struct __sk_buff *skb,
						 const struct nsa_source *src)
{
	const struct ethhdr *eth = nsa_eth(skb);
	__u32 slot;

	if (!eth || eth->h_proto == bpf_htons(ETH_P_ARP) ||
	    !(src->port->bridge ? nsa_is_for_bridge(eth, src->port) : src->port->enslaved))
		return false;
	slot = (__u32)nsa_source_slot(skb);
	return (slot ? slot : nsaccel_owner_slot) != src->slot && !nsa_is_resolution(skb, false);
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

/* May a device of the owner on the port (a VLAN, a macvlan) receive the frame? Decided by the frame
 * itself, since the reason of the pass may be another. */
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

/* Does the source of a frame for such a device belong to another namespace? At egress nsa_upper()
 * attributes it to the port, unless the device has a master: then only the source does. The source
 * behind a second tag can't be read. */
static __always_inline bool nsa_source_is_foreign(struct __sk_buff *skb,
						  const struct nsa_source *src)
{
	const struct ethhdr *eth = nsa_eth(skb);
	__u32 slot;

	if (!eth || eth->h_proto == bpf_htons(ETH_P_8021Q) ||
	    eth->h_proto == bpf_htons(ETH_P_8021AD))
		return true;
	if (eth->h_proto != bpf_htons(ETH_P_IP) && eth->h_proto != bpf_htons(ETH_P_IPV6))
		return false;
	slot = (__u32)nsa_source_slot(skb);
	if (src->port->upper_enslaved)
		return slot != src->slot;
	return slot && slot != src->slot && slot != nsaccel_owner_slot;
}

/* The policy on packets that pass to the kernel: those that the owner receives, or that leave by an
 * unattached device, are checked here; others at the egress of their port. The owner receives every
 * multicast. */
static __always_inline int nsa_policy_check_passed(struct __sk_buff *skb,
						   const struct nsa_source *src, __u32 reason)
{
	bool upper;

	if (!src->port || nsa_probing(skb) || !nsa_is_policed(src->slot, nsaccel_owner_slot))
		return 0;
	if (src->slot == nsaccel_owner_slot)
		return nsa_source_is_hidden(skb, src) ? -NSACCEL_DROP_CLOSED : 0;
	upper = nsa_is_for_upper(skb, src);
	if (upper && nsa_source_is_foreign(skb, src))
		return -NSACCEL_DROP_CLOSED;
	if (upper || nsa_reason_is(reason, NSA_CLASS_END) || nsa_dst_is_unseen(skb))
		return nsa_policy(skb, src->slot, nsaccel_owner_slot, nsa_is_nd(skb, false));
	return nsa_source_is_hidden(skb, src) ? -NSACCEL_DROP_CLOSED : 0;
}

/* A macvlan's packet can't be attributed at the kernel's egress, so a policy could not be enforced
 * there. */
static __always_inline bool nsa_source_is_lost(struct __sk_buff *skb, const struct nsa_source *src,
					       __u32 reason)
{
	return nsa_is_policed(src->slot, nsaccel_owner_slot) && reason != NSACCEL_PASS_LOCAL &&
	       !nsa_is_resolution(skb, false);
}

/* The TC verdict on a packet that would pass to the kernel because of *reason. */
static __always_inline int nsa_pass_check(struct __sk_buff *skb, const struct nsa_source *src,
					  __u32 *reason)
{
	bool closed = src->isolation.on_miss == NSACCEL_ON_MISS_DROP;
	int r = nsa_policy_check_passed(skb, src, *reason);

	if (r) {
		*reason = -r;
		return TC_ACT_SHOT;
	}
	if (nsa_reason_is(*reason, NSA_CLASS_MISS) ? !closed : !src->isolation.isolated)
		return TC_ACT_UNSPEC;
	if (*reason == NSACCEL_PASS_ROUTE)
		return TC_ACT_UNSPEC;
	if (src->isolation.isolated && !src->ep && !nsa_reason_is(*reason, NSA_CLASS_GUARD) &&
	    nsa_is_resolution(skb, false))
		return nsa_to_owner(src);
	*reason = *reason == NSACCEL_PASS_NO_ROUTE ? NSACCEL_DROP_ISOLATED : NSACCEL_DROP_CLOSED;
	return TC_ACT_SHOT;
}

#endif
