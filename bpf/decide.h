/* SPDX-License-Identifier: GPL-2.0-only */
/* What is to be done with a parsed packet, the same under XDP and TC. */
#ifndef NSA_BPF_DECIDE_H
#define NSA_BPF_DECIDE_H

/* Where a packet comes from. */
struct nsa_source {
	const struct nsaccel_port *port;
	__u32 ifindex; /* of the port */
	__u32 slot;    /* of the namespace it comes from */
};

static __always_inline const struct nsaccel_port *nsa_port(__u32 ifindex)
{
	const struct nsaccel_cached_port *cached =
		(const void *)&nsaccel_port_cache[ifindex % NSACCEL_PORT_CACHE];
	struct nsaccel_port_key key = {};

	if (cached->ifindex == ifindex)
		return &cached->port;

	key.owner_slot = nsaccel_owner_slot;
	key.ifindex = ifindex;
	return bpf_map_lookup_elem(&nsaccel_ports, &key);
}

/* The next hop to use, or NULL and the reason why the kernel must have the packet. */
static __always_inline struct nsaccel_nexthop *
nsa_decide(const struct nsa_pkt *pkt, const struct nsa_source *src, __u32 *reason)
{
	const struct nsaccel_port *port = src->port;
	struct nsaccel_nexthop *nh;

	*reason = NSACCEL_PASS_FORWARDING;
	if (!(pkt->family == NSACCEL_FAMILY_INET ? port->forward4 : port->forward6))
		return NULL;
	nh = nsa_route(pkt, src->slot, reason);
	if (!nh)
		return NULL;
	*reason = NSACCEL_PASS_SAME_PORT;
	switch (nh->action) {
	case NSACCEL_ACTION_NIC:
	case NSACCEL_ACTION_VETH:
		if (nh->ifindex == src->ifindex && nh->owner_slot == nsaccel_owner_slot)
			return NULL;
		break;
	case NSACCEL_ACTION_DROP:
	case NSACCEL_ACTION_REJECT:
	case NSACCEL_ACTION_MACVLAN:
		break;
	default:
		*reason = nh->reason;
		return NULL;
	}
	*reason = NSACCEL_PASS_SOURCE;
	return nsa_source_ok(pkt, port, src->ifindex) ? nh : NULL;
}

#endif
