/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports. Their cache is an array, since every packet looks up its port first. */
#ifndef NSA_MAP_PORTS_H
#define NSA_MAP_PORTS_H

#include "core/bpf.h"
#include "core/config.h"
#include "core/order.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_port_key);
	__type(value, struct nsaccel_port);
	__uint(max_entries, NSACCEL_MAX_PORTS);
} nsa_ports SEC(".maps");

/* A copy of each port, found without hashing. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32); /* NSACCEL_PORT_CACHE_INDEX() */
	__type(value, struct nsaccel_cached_port);
	__uint(max_entries, NSACCEL_PORT_CACHE);
} nsa_port_cache SEC(".maps");

static __always_inline const struct nsaccel_port *nsa_port(__u32 ifindex)
{
	__u32 index = NSACCEL_PORT_CACHE_INDEX(nsaccel_owner_slot, ifindex);
	const struct nsaccel_cached_port *cached;
	struct nsaccel_port_key key = {};

	cached = bpf_map_lookup_elem(&nsa_port_cache, &index);
	if (cached && READ_ONCE(cached->ifindex) == ifindex &&
	    READ_ONCE(cached->owner_slot) == nsaccel_owner_slot) {
		nsa_keep_order(); /* the record is written before its ifindex */
		return &cached->port;
	}
	key.owner_slot = nsaccel_owner_slot;
	key.ifindex = ifindex;
	return bpf_map_lookup_elem(&nsa_ports, &key);
}

/* To be called before anything else of the port is read: a port is closed while it changes
 * hands. */
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

#endif
