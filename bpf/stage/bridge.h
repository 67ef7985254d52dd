/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bridge ports. Frames to the bridge's MAC are routed as on any port. Frames to a MAC behind
 * another port are sent there unchanged, where the bridge would do just that. In either case the
 * source MAC is in the forwarding database at this very port, so that the bridge has nothing to
 * learn. Everything else is left to the bridge, also ARP and neighbour discovery, from which it
 * learns.
 */
#ifndef NSA_STAGE_BRIDGE_H
#define NSA_STAGE_BRIDGE_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "core/context.h"
#include "core/features.h"
#include "core/order.h"
#include "core/probe.h"
#include "core/scratch.h"
#include "map/fdb.h"
#include "pkt/ctx_skb.h"
#include "pkt/nd.h"
#include "stage/flow.h"
#include "stage/gate.h"
#include "stage/ruleset.h"

/* Has the bridge learnt mac at this port? Then it needn't see the frame, but user space has to be
 * told, so that the entry doesn't age. */
static __always_inline bool nsa_bridge_has_learnt(struct __sk_buff *skb, const __u8 *mac,
						  __u32 bridge, __u32 ifindex)
{
	struct nsaccel_fdb from, *found;
	__u64 now = bpf_ktime_get_coarse_ns();

	if (!nsa_has(NSACCEL_FEATURE_BRIDGE))
		return false;
	found = nsa_fdb_find(mac, bridge, &from);
	if (!found || from.ifindex != ifindex)
		return false;
	if (now - READ_ONCE(found->seen) >= NSACCEL_SEEN_NS && !nsa_probing(skb))
		WRITE_ONCE(found->seen, now);
	return true;
}

/* RFC 4861: neighbour discovery has a hop limit of 255. */
static __always_inline bool nsa_maybe_nd(struct __sk_buff *skb)
{
	const struct ethhdr *eth = nsa_eth(skb);
	const struct ipv6hdr *ip;

	if (eth && eth->h_proto != bpf_htons(ETH_P_IPV6))
		return false;
	eth = nsa_skb_data(skb, NSA_HDR_V6);
	ip = (const void *)(eth + 1);
	return !eth || (ip->nexthdr == IPPROTO_ICMPV6 && ip->hop_limit == NSA_ND_HOP_LIMIT);
}

/* An IP packet that br_netfilter lets through as it is, and nothing behind it? */
static __always_inline bool nsa_is_valid_bridged(struct __sk_buff *skb)
{
	struct ethhdr *eth = nsa_eth(skb);
	__u8 mac[NSACCEL_MAC_LEN];
	struct nsa_pkt pkt = {};
	int r;

	if (!eth)
		return false;
	nsa_mac_copy(mac, eth->h_dest);
	r = nsa_skb_parse(skb, mac, &pkt);
	return (!r || r == -NSACCEL_PASS_TTL) && pkt.l3_len + sizeof(struct ethhdr) == skb->len;
}

/* Checks the MTU as the bridge does. Of GSO packets the segments are checked, which the bridge
 * leaves to the device. */
static __always_inline int nsa_bridge_fits(struct __sk_buff *skb, const struct nsaccel_fdb *to)
{
	__u32 mtu_len = 0; /* the frame's own */
	long r;

	if (!skb->gso_size && skb->len - sizeof(struct ethhdr) > to->mtu)
		return -NSACCEL_PASS_TOO_BIG;
	r = bpf_check_mtu(skb, to->ifindex, &mtu_len, 0, skb->gso_size ? BPF_MTU_CHK_SEGS : 0);
	if (!r)
		return 0;
	return r < 0 ? -NSACCEL_PASS_NO_DEVICE : -NSACCEL_PASS_TOO_BIG;
}

/* Looks up the port that a frame is for, into hop: 0, or a negative reason. */
static __always_inline int nsa_bridge_lookup(struct __sk_buff *skb, const struct nsa_source *src,
					     struct nsa_hop *hop)
{
	struct nsaccel_fdb to;
	struct ethhdr *eth;

	if (nsa_maybe_nd(skb) || (src->port->bridge_forward == NSACCEL_BRIDGE_FORWARD_VALID &&
				  !nsa_is_valid_bridged(skb)))
		return -NSACCEL_PASS_BRIDGE;
	eth = nsa_eth(skb);
	if (!eth || !nsa_bridge_has_learnt(skb, eth->h_source, src->port->bridge, src->ifindex))
		return -NSACCEL_PASS_BRIDGE;
	if (!nsa_fdb_find(eth->h_dest, src->port->bridge, &to) || to.ifindex == src->ifindex ||
	    !nsa_fdb_sends(&to) || (to.isolated && src->port->isolated))
		return -NSACCEL_PASS_BRIDGE;
	hop->nh.action = to.action;
	hop->nh.reason = NSACCEL_FWD_BRIDGE;
	hop->nh.ifindex = to.ifindex;
	hop->nh.dst_slot = to.slot;
	return nsa_bridge_fits(skb, &to);
}

/* The firewall gate for a frame that is bridged: as for a routed one, with TTL and MACs
 * unchanged. */
static __always_inline int nsa_bridge_gate(struct __sk_buff *skb, const struct nsa_source *src,
					   const struct nsa_hop *hop)
{
	struct nsa_scratch *scratch = nsa_scratch();
	struct ethhdr *eth = nsa_eth(skb);
	struct nsaccel_flow_signature *signature;
	struct nsa_pkt pkt = {};

	if (!eth || !scratch)
		return -NSACCEL_PASS_FIREWALL;
	signature = &scratch->signature; /* the stack is full */
	__builtin_memset(signature, 0, sizeof(*signature));
	nsa_mac_copy(signature->dst_mac, eth->h_dest);
	nsa_mac_copy(signature->src_mac, eth->h_source);
	if (nsa_skb_parse(skb, signature->dst_mac, &pkt))
		return -NSACCEL_PASS_FIREWALL;
	signature->ruleset = nsa_ruleset();
	signature->port = signature->iif = src->ifindex;
	signature->oif = hop->nh.ifindex;
	signature->dscp = nsa_tos(&pkt) & ~NSA_IS_ECN;
	signature->ttl = pkt.ttl;
	return nsa_gate(skb, &pkt, src, hop->nh.dst_slot, src->bridge_gate, signature);
}

/* Clears what the kernel's veth would clear on the way into another namespace. A frame that leaves
 * by the port's own egress keeps mark and priority, as on the bridge. */
static __always_inline void nsa_bridge_scrub(struct __sk_buff *skb, const struct nsa_hop *hop)
{
	if (hop->nh.action == NSACCEL_ACTION_VETH)
		nsa_skb_scrub(skb);
}

/* Is a frame for another MAC than the port's sent on to another port of its bridge? */
static __always_inline bool nsa_bridge_forwards(const struct nsa_source *src,
						enum nsaccel_hook hook)
{
	return nsa_has(NSACCEL_FEATURE_BRIDGE) && hook == NSACCEL_HOOK_TC_INGRESS &&
	       src->port->bridge_forward && !src->isolation.isolated;
}

/* Makes hop the port of the same bridge that the frame is for: 0, or a negative reason. */
__subprog int nsa_bridge_forward(struct __sk_buff *skb, const struct nsa_source *src,
				 struct nsa_hop *hop)
{
	int r;

	__builtin_memset(hop, 0, sizeof(*hop));
	r = nsa_bridge_lookup(skb, src, hop);
	if (r || src->bridge_gate == NSACCEL_GATE_OPEN)
		return r;
	return nsa_has(NSACCEL_FEATURE_GATE) ? nsa_bridge_gate(skb, src, hop) :
					       -NSACCEL_PASS_FIREWALL;
}

/* A frame that is routed from a bridge's port has to come from a MAC that the bridge knows there:
 * 0, or a negative reason. */
static __always_inline int nsa_bridge_source_check(struct __sk_buff *skb, const struct nsa_pkt *pkt,
						   const struct nsa_source *src)
{
	const struct nsaccel_port *port = src->port;

	return port->bridge && !nsa_bridge_has_learnt(skb, pkt->eth->h_source, port->bridge,
						      src->ifindex) ?
		       -NSACCEL_PASS_BRIDGE :
		       0;
}

#endif
