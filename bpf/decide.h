/* SPDX-License-Identifier: GPL-2.0-only */
/* What is to be done with a parsed packet, the same under XDP and TC. */
#ifndef NSA_BPF_DECIDE_H
#define NSA_BPF_DECIDE_H

/* Where a packet comes from. */
struct nsa_source {
	const struct nsaccel_port *port;
	const struct nsaccel_endpoint *ep;  /* MACVLAN: which one; else NULL */
	__u32 ifindex;			    /* of the port */
	__u32 slot;			    /* of the namespace it comes from */
	struct nsaccel_isolation isolation; /* of that namespace */
	__u8 gate, steer_gate;		    /* enum nsaccel_gate: the port's, if it still holds */
};

/* What was said of a namespace. */
static __always_inline void nsa_isolation(__u32 slot, struct nsaccel_isolation *out)
{
	const struct nsaccel_isolation *found = bpf_map_lookup_elem(&nsaccel_isolat, &slot);

	if (found)
		*out = *found;
}

/* Was anything said of what gets from src into the namespace in that slot (0: out of the machine)? Else
 * the packet may go on: see nsa_enter(), of TC. */
static __always_inline bool nsa_is_minded(const struct nsa_source *src, __u32 slot)
{
	const struct nsaccel_isolation *to;
	const struct nsaccel_owner *owner;
	__u32 own = nsaccel_owner_slot;

	if (!slot)
		slot = own;
	to = bpf_map_lookup_elem(&nsaccel_isolat, &slot);
	owner = bpf_map_lookup_elem(&nsaccel_owners, &own);
	return src->isolation.policy || !to || to->isolated || to->limited || to->policy ||
	       !owner || READ_ONCE(owner->policy);
}

static __always_inline const struct nsaccel_port *nsa_port(__u32 ifindex)
{
	__u32 index = NSACCEL_PORT_CACHE_INDEX(nsaccel_owner_slot, ifindex);
	const struct nsaccel_cached_port *cached;
	struct nsaccel_port_key key = {};

	cached = bpf_map_lookup_elem(&nsaccel_pcache, &index);
	if (cached && READ_ONCE(cached->ifindex) == ifindex &&
	    READ_ONCE(cached->owner_slot) == nsaccel_owner_slot) {
		nsa_keep_order(); /* it was whole before it was anybody's */
		return &cached->port;
	}
	key.owner_slot = nsaccel_owner_slot;
	key.ifindex = ifindex;
	return bpf_map_lookup_elem(&nsaccel_ports, &key);
}

/* All else of the port is read after that: while it becomes another namespace's, it is closed. */
static __always_inline bool nsa_is_closed(const struct nsaccel_port *port)
{
	bool closed = READ_ONCE(port->bound) == NSACCEL_BOUND_CLOSED;

	nsa_keep_order();
	return closed;
}

/* Generic XDP at the other end of the veth doesn't see what is redirected to this end. */
static __always_inline bool nsa_generic_xdp(const struct nsaccel_port *port)
{
	return port->endpoint_xdp == NSACCEL_ENDPOINT_XDP_GENERIC;
}

/* Copies of endpoints: of a packet's source, and one that is looked at in between. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct nsaccel_endpoint);
	__uint(max_entries, 2);
} nsaccel_epcopy SEC(".maps");

#define NSA_EP_SOURCE  0
#define NSA_EP_BETWEEN 1

#define NSA_EP_BEGIN __builtin_offsetof(struct nsaccel_endpoint, netns_cookie)
#define NSA_EP_END   __builtin_offsetof(struct nsaccel_endpoint, name)

/* A copy of what the programs need, since the element may be another's at any time. */
static __always_inline const struct nsaccel_endpoint *nsa_endpoint(const __u8 *mac, __u32 ifindex,
								   __u32 which)
{
	struct nsaccel_endpoint_key key = {};
	const struct nsaccel_endpoint *ep;
	struct nsaccel_endpoint *copy;

	key.owner_slot = nsaccel_owner_slot;
	key.ifindex = ifindex;
	nsa_mac_copy(key.mac, mac);
	ep = bpf_map_lookup_elem(&nsaccel_endpts, &key);
	if (!ep)
		return NULL;
	copy = bpf_map_lookup_elem(&nsaccel_epcopy, &which);
	if (!copy)
		return NULL;
	nsa_copy_words((void *)copy + NSA_EP_BEGIN, (const void *)ep + NSA_EP_BEGIN,
		       NSA_EP_END - NSA_EP_BEGIN);
	nsa_keep_order();
	return ep->key.owner_slot == key.owner_slot && ep->key.ifindex == key.ifindex &&
			       nsa_mac_equal(ep->key.mac, key.mac) ?
		       copy :
		       NULL;
}

/* The device of the owner's that sits on a veth's host end, or on another that does; NULL: it isn't such
 * a one. */
static __always_inline const struct nsaccel_endpoint *nsa_upper(__u32 ifindex)
{
	const __u8 none[NSACCEL_MAC_LEN] = {};

	return nsa_endpoint(none, ifindex, NSA_EP_BETWEEN);
}

/* Are the hooks that a packet of that family meets those that the gates were set by? */
static __always_inline bool nsa_is_judged(const struct net *net, enum nsaccel_family family,
					  bool bridged)
{
	const struct nsaccel_netfilter *judged;
	const struct nsaccel_owner *owner;
	__u32 slot = nsaccel_owner_slot;

	owner = bpf_map_lookup_elem(&nsaccel_owners, &slot);
	if (!owner)
		return true;
	judged = &owner->judged;
	if (!READ_ONCE(judged->known))
		return true;
	if (nsa_nft_sequence(net) != READ_ONCE(judged->sequence))
		return false;
	if (bridged &&
	    nsa_hooks(net, NSACCEL_HOOKS_BRIDGE) != READ_ONCE(judged->hooks[NSACCEL_HOOKS_BRIDGE]))
		return false;
	if (family == NSACCEL_FAMILY_INET)
		return nsa_hooks(net, NSACCEL_HOOKS_IP4) ==
		       READ_ONCE(judged->hooks[NSACCEL_HOOKS_IP4]);
	return nsa_hooks(net, NSACCEL_HOOKS_IP6) == READ_ONCE(judged->hooks[NSACCEL_HOOKS_IP6]);
}

/* net: the port's; NULL: the kernel doesn't show it. */
static __always_inline void nsa_see_gates(struct nsa_source *src, const struct net *net,
					  enum nsaccel_family family)
{
	bool holds = !net || nsa_is_judged(net, family, src->port->bridge);

	nsa_keep_order(); /* gates and ruleset were set before it was said by what */
	src->gate = holds ? src->port->gate : NSACCEL_GATE_SHUT;
	src->steer_gate = holds ? src->port->steer_gate : NSACCEL_GATE_SHUT;
}

/* The firewall comes before the kernel's own routes that lead nowhere: DNAT might send the packet
 * elsewhere. Those of `nsaccel route` are the user's word. */
static __always_inline bool nsa_firewall_first(const struct nsa_source *src,
					       const struct nsaccel_nexthop *nh)
{
	return src->gate != NSACCEL_GATE_OPEN && nh->target == NSACCEL_TARGET_NONE;
}

/* Why a next hop doesn't send. One that says nothing of the kind nobody of ours has written. */
static __always_inline int nsa_passes_for(__u32 reason)
{
	return reason >= NSACCEL_PASS_NOT_IP && reason < NSACCEL_DROP_BLACKHOLE ?
		       -(int)reason :
		       -NSACCEL_PASS_STALE;
}

/* The next hop to use: 0, or -enum nsaccel_reason why the kernel must have the packet. */
static __always_inline int nsa_decide(const struct nsa_pkt *pkt, const struct nsa_source *src,
				      struct nsa_hop *hop)
{
	const struct nsaccel_port *port = src->port;
	int r;

	hop->ask_source = 0;
	if (!(pkt->family == NSACCEL_FAMILY_INET ? port->forward4 : port->forward6))
		return -NSACCEL_PASS_FORWARDING;
	r = src->isolation.isolated ? nsa_route_isolated(pkt, src->slot, hop) :
				      nsa_route(pkt, src->slot, hop);
	if (r)
		return r;
	switch (hop->nh.action) {
	case NSACCEL_ACTION_NIC:
	case NSACCEL_ACTION_VETH:
		if (hop->nh.l3_ifindex == port->l3_ifindex &&
		    hop->nh.owner_slot == nsaccel_owner_slot)
			return -NSACCEL_PASS_SAME_PORT;
		break;
	case NSACCEL_ACTION_DROP:
	case NSACCEL_ACTION_REJECT:
		if (nsa_firewall_first(src, &hop->nh))
			return -NSACCEL_PASS_FIREWALL;
		break;
	case NSACCEL_ACTION_FIB:
	case NSACCEL_ACTION_MACVLAN:
		break;
	default:
		return nsa_passes_for(hop->nh.reason);
	}
	switch (nsa_source_check(pkt, port)) {
	case NSA_SOURCE_TAKEN:
		return 0;
	case NSA_SOURCE_ASK: /* of what isn't sent, the kernel decides all */
		hop->ask_source = 1;
		return hop->nh.action >= NSACCEL_ACTION_FIB ? 0 : -NSACCEL_PASS_SOURCE;
	default:
		return -NSACCEL_PASS_SOURCE;
	}
}

#endif
