/* SPDX-License-Identifier: GPL-2.0-only */
/* Which next hop: of the source namespace's own table, then of the owner's; the same under XDP and
 * TC. */
#ifndef NSA_STAGE_ROUTE_H
#define NSA_STAGE_ROUTE_H

#include "core/bpf.h"
#include "core/config.h"
#include "core/context.h"
#include "core/reason.h"
#include "map/nexthops.h"
#include "pkt/parse.h"
#include "stage/rp_filter.h"

static __always_inline void nsa_key(struct nsaccel_prefix *key, const struct nsa_pkt *pkt)
{
	if (pkt->family == NSACCEL_FAMILY_INET)
		nsa_key4(key, &pkt->ip4->daddr);
	else
		nsa_key6(key, &pkt->ip6->daddr);
}

/* Looks up the next hop in the source namespace's table, then in the owner's: 0, or a negative
 * reason. */
static __always_inline int nsa_route(const struct nsa_pkt *pkt, __u32 source_slot,
				     struct nsa_hop *hop)
{
	struct nsaccel_prefix key;
	int r = -NSACCEL_PASS_NO_ROUTE;

	nsa_key(&key, pkt);
	if (source_slot != nsaccel_owner_slot)
		r = nsa_table_hop(source_slot, &key, hop);
	/* The source may be an owner, too, with a table of its own ports. */
	if (!r && hop->nh.owner_slot != nsaccel_owner_slot)
		r = -NSACCEL_PASS_NO_ROUTE;
	/* The owner's addresses stay its own. */
	if (r == -NSACCEL_PASS_NO_ROUTE || nsa_is_local(&key))
		r = nsa_table_hop(nsaccel_owner_slot, &key, hop);
	return r;
}

/* Likewise for an isolated namespace, whose own table alone counts, also for addresses of the
 * owner. */
static __always_inline int nsa_route_isolated(const struct nsa_pkt *pkt, __u32 source_slot,
					      struct nsa_hop *hop)
{
	struct nsaccel_prefix key;

	nsa_key(&key, pkt);
	return nsa_table_hop(source_slot, &key, hop);
}

/* Does the firewall have to see the packet before it is dropped? DNAT could redirect it, so that
 * routes which follow the kernel's don't decide. Routes of `nsaccel route` do. */
static __always_inline bool nsa_firewall_first(const struct nsa_source *src,
					       const struct nsaccel_nexthop *nh)
{
	return src->gate != NSACCEL_GATE_OPEN && nh->target == NSACCEL_TARGET_NONE;
}

/* The negative reason of a next hop that passes. If its reason is of another kind, the record isn't
 * valid. */
static __always_inline int nsa_passes_for(__u32 reason)
{
	return nsa_is_pass(reason) ? -(int)reason : -NSACCEL_PASS_STALE;
}

/* The next hop of the packet: 0, or a negative reason. */
static __always_inline int nsa_find_route(const struct nsa_pkt *pkt, const struct nsa_source *src,
					  struct nsa_hop *hop)
{
	const struct nsaccel_port *port = src->port;

	hop->rp_filter_ask_fib = 0;
	hop->mark = 0;
	if (!(pkt->family == NSACCEL_FAMILY_INET ? port->forward4 : port->forward6))
		return -NSACCEL_PASS_FORWARDING;
	return src->isolation.isolated ? nsa_route_isolated(pkt, src->slot, hop) :
					 nsa_route(pkt, src->slot, hop);
}

/* Is the next hop one to go by: 0, or a negative reason. */
static __always_inline int nsa_hop_check(const struct nsa_source *src, const struct nsa_hop *hop)
{
	switch (hop->nh.action) {
	case NSACCEL_ACTION_NIC:
	case NSACCEL_ACTION_VETH:
		return hop->nh.l3_ifindex == src->port->l3_ifindex &&
				       hop->nh.owner_slot == nsaccel_owner_slot ?
			       -NSACCEL_PASS_SAME_PORT :
			       0;
	case NSACCEL_ACTION_DROP:
	case NSACCEL_ACTION_REJECT:
		return nsa_firewall_first(src, &hop->nh) ? -NSACCEL_PASS_FIREWALL : 0;
	case NSACCEL_ACTION_FIB:
	case NSACCEL_ACTION_MACVLAN:
		return 0;
	default:
		return nsa_passes_for(hop->nh.reason);
	}
}

/* Does the next hop send, if by the kernel's lookup? Else it drops. */
static __always_inline bool nsa_hop_sends(const struct nsa_hop *hop)
{
	return hop->nh.action >= NSACCEL_ACTION_FIB;
}

/* Would the kernel take the packet from its source: 0, or a negative reason. If only its own lookup
 * tells, that is asked later, of what is sent. */
static __always_inline int nsa_rp_filter(const struct nsa_pkt *pkt, const struct nsa_source *src,
					 struct nsa_hop *hop)
{
	switch (nsa_rp_filter_check(pkt, src->port)) {
	case NSA_RP_FILTER_PASS:
		return 0;
	case NSA_RP_FILTER_ASK_FIB:
		hop->rp_filter_ask_fib = 1;
		return nsa_hop_sends(hop) ? 0 : -NSACCEL_PASS_SOURCE;
	default:
		return -NSACCEL_PASS_SOURCE;
	}
}

/* A next hop of another owner's port isn't this program's to send by: 0, or a negative reason. */
static __always_inline int nsa_hop_owner_check(const struct nsa_hop *hop)
{
	return hop->nh.owner_slot == nsaccel_owner_slot ? 0 : -NSACCEL_PASS_OTHER_OWNER;
}

#endif
