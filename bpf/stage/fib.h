/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Routes that take the kernel's own lookup: policy rules, several next hops. bpf_fib_lookup() is
 * asked as ip_route_input_slow() and ip6_route_input() ask, with the key that they use:
 *
 * - The input device is the one that the IP layer sees; TOS or flow label are whole, the kernel
 *   masks both alike. The mark is 0: packets with one pass.
 * - Protocol and ports matter to rules alone (fib4_rules_early_flow_dissect()): the flow dissector
 *   finds them behind tunnels and extension headers, too, so that what isn't plainly TCP, UDP or
 *   ICMP passes. Fragments have no ports, there as here.
 * - Which of several next hops: with fib_multipath_hash_policy 0 the kernel hashes addresses, of
 *   IPv6 the flow label and next header, too, and so does the helper (fib_multipath_hash(),
 *   rt6_multipath_hash() without an skb), except for ICMP errors, where the kernel looks at the
 *   packet inside (ip_multipath_l3_keys()): they pass. The helper also prefers a next hop whose
 *   source address is the packet's (fib_select_multipath()), which is the owner's: those passed
 *   before. Other policies hash what only an skb has: user space leaves such routes to the kernel.
 */
#ifndef NSA_STAGE_FIB_H
#define NSA_STAGE_FIB_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "core/config.h"
#include "core/context.h"
#include "core/probe.h"
#include "core/scratch.h"
#include "map/endpoints.h"
#include "map/fdb.h"
#include "map/nexthops.h"
#include "map/ports.h"
#include "pkt/icmp.h"
#include "pkt/parse.h"
#include "stage/rp_filter.h"

/* A macvlan's mark is its namespace's own: it is gone when the kernel routes. */
static __always_inline bool nsa_fib_marked(struct __sk_buff *skb, enum nsaccel_hook hook)
{
	return hook == NSACCEL_HOOK_TC_INGRESS && skb->mark;
}

static __always_inline int nsa_fib_ports(struct __sk_buff *skb, const struct nsa_pkt *pkt,
					 struct bpf_fib_lookup *params)
{
	__be16 ports[2];

	switch (pkt->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		if (nsa_is_fragment(pkt))
			return 0;
		if (bpf_skb_load_bytes(skb, nsa_l4_offset(pkt), ports, sizeof(ports)))
			return -1;
		params->sport = ports[0];
		params->dport = ports[1];
		return 0;
	case IPPROTO_ICMP:
		return pkt->family == NSACCEL_FAMILY_INET && !nsa_is_fragment(pkt) &&
				       !nsa_icmp_error(skb, pkt) ?
			       0 :
			       -1;
	case IPPROTO_ICMPV6:
		return pkt->family == NSACCEL_FAMILY_INET6 && !nsa_icmp_error(skb, pkt) ? 0 : -1;
	default:
		return -1;
	}
}

static __always_inline int nsa_fib_key(struct __sk_buff *skb, const struct nsa_pkt *pkt,
				       const struct nsa_source *src, struct bpf_fib_lookup *params)
{
	params->family = (__u8)pkt->family;
	params->l4_protocol = pkt->proto;
	params->ifindex = src->port->l3_ifindex;
	params->tot_len = 1; /* any length: the answer then is the route's MTU, not the device's */
	if (pkt->family == NSACCEL_FAMILY_INET) {
		params->tos = pkt->ip4->tos;
		params->ipv4_src = pkt->ip4->saddr;
		params->ipv4_dst = pkt->ip4->daddr;
		return 0;
	}
	/* Linux 6.1 forgets what the family says about the length. */
	if ((void *)(pkt->ip6 + 1) > (void *)(long)skb->data_end)
		return -1;
	params->flowinfo = *(__be32 *)pkt->ip6 & bpf_htonl(0x0fffffff);
	__builtin_memcpy(params->ipv6_src, &pkt->ip6->saddr, NSACCEL_ADDR_LEN);
	__builtin_memcpy(params->ipv6_dst, &pkt->ip6->daddr, NSACCEL_ADDR_LEN);
	return 0;
}

/*
 * Does the kernel accept the packet's source, if it leaves by the device oif? The lookup is that of
 * __fib_validate_source(): the route from the destination back to the source, as if the answer came
 * in by oif, with the same TOS and protocol, ports swapped, and without a mark. A mark counts only
 * with src_valid_mark; packets with one pass.
 */
__subprog bool nsa_rp_filter_fib(struct __sk_buff *skb, const struct nsa_pkt *pkt,
				 const struct nsa_source *src, enum nsaccel_hook hook, __u32 oif)
{
	struct bpf_fib_lookup params = {};
	__be16 port;
	long r;

	if (!oif || pkt->family != NSACCEL_FAMILY_INET || nsa_fib_marked(skb, hook) ||
	    nsa_fib_ports(skb, pkt, &params))
		return false;
	port = params.sport;
	params.sport = params.dport;
	params.dport = port;
	params.family = NSACCEL_FAMILY_INET;
	params.l4_protocol = pkt->proto;
	params.ifindex = oif;
	params.tot_len = 1;
	params.tos = pkt->ip4->tos;
	params.ipv4_src = pkt->ip4->daddr;
	params.ipv4_dst = pkt->ip4->saddr;
	nsa_asked_kernel();
	r = bpf_fib_lookup(skb, &params, sizeof(params), 0);
	return nsa_rp_filter_fib_ok(src->port, r, params.ifindex);
}

/* Sets nh for the device that the kernel would send by: 0, or a negative reason. */
static __always_inline int nsa_fib_device(const struct nsaccel_port *port, __u32 ifindex,
					  const __u8 *mac, struct nsaccel_nexthop *nh)
{
	const struct nsaccel_endpoint *ep = NULL;

	nh->action = NSACCEL_ACTION_NIC;
	nh->reason = NSACCEL_FWD_NIC;
	nh->ifindex = ifindex;
	if (nsa_is_closed(port))
		return -NSACCEL_PASS_FIB; /* its egress drops it */
	/* That of a tunnel's path, too. */
	nh->mtu = port->mtu < nh->mtu ? port->mtu : nh->mtu;
	if (port->kind == NSACCEL_KIND_VETH || port->macvlan_lower)
		ep = nsa_endpoint(mac, ifindex, NSA_EP_BETWEEN);
	if (port->kind == NSACCEL_KIND_VETH) {
		if (!ep || ep->kind != NSACCEL_KIND_VETH)
			return -NSACCEL_PASS_FIB;
		if (!port->egress_hooked && port->endpoint_xdp != NSACCEL_ENDPOINT_XDP_NATIVE)
			nh->action = NSACCEL_ACTION_VETH;
		nh->reason = NSACCEL_FWD_VETH;
		nh->mtu = ep->mtu < nh->mtu ? ep->mtu : nh->mtu;
		nh->dst_slot = ep->slot;
	} else if (ep && ep->hairpin) {
		nh->dst_slot = ep->slot;
		nh->action = NSACCEL_ACTION_MACVLAN;
		nh->reason = NSACCEL_FWD_MACVLAN;
	}
	return nh->action == NSACCEL_ACTION_NIC && nsa_generic_xdp(port) ? -NSACCEL_PASS_XDP : 0;
}

static __always_inline int nsa_fib_bridge(__u32 bridge, const __u8 *mac, struct nsaccel_nexthop *nh)
{
	struct nsaccel_fdb to;

	if (!nsa_fdb_find(mac, bridge, &to) || !nsa_fdb_sends(&to))
		return -NSACCEL_PASS_NOT_PORT;
	if (to.egress_hooked)
		return -NSACCEL_PASS_BRIDGE;
	nh->action = to.action;
	nh->reason = to.netns_cookie ? NSACCEL_FWD_VETH : NSACCEL_FWD_NIC;
	nh->ifindex = to.ifindex;
	nh->dst_slot = to.slot;
	nh->mtu = to.mtu < nh->mtu ? to.mtu : nh->mtu;
	return 0;
}

/* Notes the neighbour that the kernel's lookup returned, so that user space keeps it fresh, as
 * those of next hops (nsa_hop_use()). */
static __always_inline void nsa_fib_use(const struct bpf_fib_lookup *params)
{
	struct nsaccel_fib_neighbour key = {};
	__u32 used = 1;

	key.owner_slot = nsaccel_owner_slot;
	key.ifindex = params->ifindex;
	key.family = params->family;
	if (params->family == NSACCEL_FAMILY_INET)
		__builtin_memcpy(key.addr, &params->ipv4_dst, sizeof(params->ipv4_dst));
	else
		__builtin_memcpy(key.addr, params->ipv6_dst, sizeof(params->ipv6_dst));
	if (!bpf_map_lookup_elem(&nsa_neigh_used, &key))
		bpf_map_update_elem(&nsa_neigh_used, &key, &used, BPF_ANY);
}

/* Sets hop by the kernel's FIB: 0, or a negative reason. A function of its own, for its stack. */
__subprog int nsa_fib(struct __sk_buff *skb, const struct nsa_pkt *pkt,
		      const struct nsa_source *src, enum nsaccel_hook hook, struct nsa_hop *hop)
{
	struct bpf_fib_lookup params = {};
	struct nsaccel_nexthop *nh = &hop->nh;
	const struct nsaccel_port *port;

	if (nsa_fib_marked(skb, hook) || nsa_fib_ports(skb, pkt, &params) ||
	    nsa_fib_key(skb, pkt, src, &params))
		return -NSACCEL_PASS_FIB;
	nsa_asked_kernel();
	switch (bpf_fib_lookup(skb, &params, sizeof(params), 0)) {
	case BPF_FIB_LKUP_RET_SUCCESS:
		break;
	case BPF_FIB_LKUP_RET_NO_NEIGH:
		return -NSACCEL_PASS_NO_NEIGH;
	default:
		return -NSACCEL_PASS_FIB;
	}
	if (params.ifindex == src->port->l3_ifindex)
		return -NSACCEL_PASS_SAME_PORT;
	if (!nsa_probing(skb))
		nsa_fib_use(&params);
	nh->l3_ifindex = params.ifindex;
	nh->tx_slot = 0;
	/* The helper ignores an MTU metric that isn't locked; ip_forward() doesn't. */
	nh->mtu = nh->mtu && nh->mtu < params.mtu_result ? nh->mtu : params.mtu_result;
	nsa_mac_copy(nh->dst_mac, params.dmac);
	nsa_mac_copy(nh->src_mac, params.smac);
	port = nsa_port(params.ifindex);
	return port ? nsa_fib_device(port, params.ifindex, params.dmac, nh) :
		      nsa_fib_bridge(params.ifindex, params.dmac, nh);
}

/* The next hop that only the kernel's lookup tells: 0, or a negative reason. */
static __always_inline int nsa_fib_resolve(struct __sk_buff *skb, const struct nsa_pkt *pkt,
					   const struct nsa_source *src, enum nsaccel_hook hook,
					   struct nsa_hop *hop)
{
	return hop->nh.action == NSACCEL_ACTION_FIB ? nsa_fib(skb, pkt, src, hook, hop) : 0;
}

/* The reverse path that only the kernel's lookup tells: 0, or a negative reason. */
static __always_inline int nsa_rp_filter_resolve(struct __sk_buff *skb, const struct nsa_pkt *pkt,
						 const struct nsa_source *src,
						 enum nsaccel_hook hook, const struct nsa_hop *hop)
{
	return hop->rp_filter_ask_fib &&
			       !nsa_rp_filter_fib(skb, pkt, src, hook, hop->nh.l3_ifindex) ?
		       -NSACCEL_PASS_SOURCE :
		       0;
}

#endif
