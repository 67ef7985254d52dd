/* SPDX-License-Identifier: GPL-2.0-only */
/* Which next hop: the source namespace's own table, then the owner's; and source validation. */
#ifndef NSA_BPF_ROUTE_H
#define NSA_BPF_ROUTE_H

static __always_inline struct nsaccel_nexthop *nsa_nexthop(const struct nsaccel_route *route)
{
	__u32 id = route->nexthop;

	return bpf_map_lookup_elem(&nsaccel_nexthop, &id);
}

static __always_inline struct nsaccel_route *nsa_table_lookup(__u32 slot,
							      const struct nsaccel_prefix *key)
{
	void *table = bpf_map_lookup_elem(&nsaccel_tables, &slot);

	return table ? bpf_map_lookup_elem(table, key) : NULL;
}

static __always_inline void nsa_key(struct nsaccel_prefix *key, const struct nsa_pkt *pkt,
				    bool source)
{
	key->family = pkt->family;
	if (pkt->family == NSACCEL_FAMILY_INET) {
		key->prefixlen = NSACCEL_PREFIX_FAMILY_BITS + 32;
		__builtin_memcpy(key->addr, source ? &pkt->ip4->saddr : &pkt->ip4->daddr, 4);
		__builtin_memset(key->addr + 4, 0, 12);
	} else {
		key->prefixlen = NSACCEL_PREFIX_FAMILY_BITS + 128;
		__builtin_memcpy(key->addr, source ? &pkt->ip6->saddr : &pkt->ip6->daddr, 16);
	}
}

/* The kernel drops a packet whose source is the owner's own address, and with rp_filter one that
 * came in by the wrong port: fib_validate_source(). It has no such check for IPv6. */
static __always_inline bool nsa_maybe_local(const struct nsaccel_port *port, __be32 addr)
{
	__u32 bit = NSACCEL_LOCAL4_BIT(addr);

	return port->local4[bit / 8] >> bit % 8 & 1;
}

static __always_inline bool nsa_source_ok(const struct nsa_pkt *pkt,
					  const struct nsaccel_port *port, __u32 ifindex)
{
	struct nsaccel_prefix key;
	struct nsaccel_nexthop *nh;
	struct nsaccel_route *route;

	if (pkt->family != NSACCEL_FAMILY_INET)
		return true;
	if (port->rp_filter == NSACCEL_RP_FILTER_OFF && !nsa_maybe_local(port, pkt->ip4->saddr))
		return true;
	if (*(const __be32 *)port->source4 == pkt->ip4->saddr)
		return true;
	nsa_key(&key, pkt, true);
	route = nsa_table_lookup(nsaccel_owner_slot, &key);
	if (!route)
		return port->rp_filter == NSACCEL_RP_FILTER_OFF;
	nh = nsa_nexthop(route);
	if (!nh || nh->generation != route->generation || nh->reason == NSACCEL_PASS_LOCAL)
		return false;
	if (port->rp_filter == NSACCEL_RP_FILTER_OFF || nh->ifindex == ifindex)
		return true;
	/* Loose: any unicast route will do, unless the device has no address. */
	return port->rp_filter == NSACCEL_RP_FILTER_LOOSE && nh->ifindex &&
	       *(const __be32 *)port->address4;
}

/* The next hop that a namespace's table has for key, or NULL and the reason. */
static __always_inline struct nsaccel_nexthop *
nsa_table_nexthop(__u32 slot, const struct nsaccel_prefix *key, __u32 *reason)
{
	struct nsaccel_route *route = nsa_table_lookup(slot, key);
	struct nsaccel_nexthop *nh;

	*reason = NSACCEL_PASS_NO_ROUTE;
	if (!route)
		return NULL;
	*reason = NSACCEL_PASS_STALE;
	nh = nsa_nexthop(route);
	return nh && nh->generation == route->generation ? nh : NULL;
}

/* The next hop to use, or NULL and the reason why the kernel must have the packet. */
static __always_inline struct nsaccel_nexthop *nsa_route(const struct nsa_pkt *pkt,
							 __u32 source_slot, __u32 *reason)
{
	struct nsaccel_nexthop *nh, *own;
	struct nsaccel_prefix key;
	__u32 own_reason;

	nsa_key(&key, pkt, false);
	nh = nsa_table_nexthop(nsaccel_owner_slot, &key, reason);
	if (source_slot == nsaccel_owner_slot)
		return nh;
	if (nh && nh->reason == NSACCEL_PASS_LOCAL) /* the owner's addresses stay its own */
		return nh;
	own = nsa_table_nexthop(source_slot, &key, &own_reason);
	if (own) /* the source may be an owner, too, with a table of its own ports */
		return own->owner_slot == nsaccel_owner_slot ? own : nh;
	if (own_reason == NSACCEL_PASS_NO_ROUTE)
		return nh;
	*reason = own_reason;
	return NULL;
}

#endif
