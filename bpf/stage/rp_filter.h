/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Would the kernel take the packet from its source? As fib_validate_source() says: never from an
 * address of the owner, and with rp_filter only where the way back to the source leads out of the
 * device that it came in by (strict) or anywhere (loose). IPv6 has no such check.
 *
 * The owner's table knows the way back, but for what only the kernel's own lookup tells: see
 * nsa_rp_filter_fib() in fib.h.
 */
#ifndef NSA_STAGE_RP_FILTER_H
#define NSA_STAGE_RP_FILTER_H

#include "core/bpf.h"
#include "core/config.h"
#include "map/nexthops.h"
#include "pkt/parse.h"

enum nsa_rp_filter_answer {
	NSA_RP_FILTER_FAIL, /* or not known to be taken: the kernel's to decide */
	NSA_RP_FILTER_PASS,
	NSA_RP_FILTER_ASK_FIB, /* the kernel's own lookup, once the egress device is known */
};

static __always_inline bool nsa_maybe_local(const struct nsaccel_port *port, __be32 addr)
{
	__u32 bit = NSACCEL_LOCAL4_BIT(addr);

	return port->local4[bit / 8] >> bit % 8 & 1;
}

/* The device has an address, without which loose checks are strict. */
static __always_inline bool nsa_has_address4(const struct nsaccel_port *port)
{
	return *(const __be32 *)port->address4 != 0;
}

/* Looks up the source in the owner's table. Without rp_filter the source only mustn't be the
 * owner's, which any may be while the table is missing. */
__subprog enum nsa_rp_filter_answer nsa_rp_filter_lookup(const struct nsaccel_port *port,
							 __be32 address)
{
	struct nsaccel_prefix key;
	struct nsa_hop_brief hop;
	int r;

	nsa_key4(&key, &address);
	r = nsa_table_brief(nsaccel_owner_slot, &key, &hop);
	if (r == -NSACCEL_PASS_NO_ROUTE)
		return port->rp_filter == NSACCEL_RP_FILTER_OFF &&
				       !nsa_table_is_missing(nsaccel_owner_slot, &key) ?
			       NSA_RP_FILTER_PASS :
			       NSA_RP_FILTER_FAIL;
	if (r || hop.reason == NSACCEL_PASS_LOCAL || hop.reason == NSACCEL_PASS_MULTICAST)
		return NSA_RP_FILTER_FAIL;
	if (port->rp_filter == NSACCEL_RP_FILTER_OFF)
		return NSA_RP_FILTER_PASS;
	if (hop.action == NSACCEL_ACTION_FIB)
		return NSA_RP_FILTER_ASK_FIB;
	/* Its route may be one that the kernel doesn't use (ignore_routes_with_linkdown). */
	if (hop.reason == NSACCEL_PASS_LINK_DOWN)
		return NSA_RP_FILTER_FAIL;
	if (hop.l3_ifindex == port->l3_ifindex)
		return NSA_RP_FILTER_PASS;
	return port->rp_filter == NSACCEL_RP_FILTER_LOOSE && hop.l3_ifindex &&
			       nsa_has_address4(port) ?
		       NSA_RP_FILTER_PASS :
		       NSA_RP_FILTER_FAIL;
}

static __always_inline enum nsa_rp_filter_answer
nsa_rp_filter_check(const struct nsa_pkt *pkt, const struct nsaccel_port *port)
{
	if (pkt->family != NSACCEL_FAMILY_INET)
		return NSA_RP_FILTER_PASS;
	if (port->policy_routing)
		return NSA_RP_FILTER_ASK_FIB;
	if ((port->rp_filter == NSACCEL_RP_FILTER_OFF && !nsa_maybe_local(port, pkt->ip4->saddr)) ||
	    *(const __be32 *)port->source4 == pkt->ip4->saddr)
		return NSA_RP_FILTER_PASS;
	return nsa_rp_filter_lookup(port, pkt->ip4->saddr);
}

/*
 * Is the route back, as bpf_fib_lookup() has it, acceptable? Without rp_filter any route is, unless
 * the address is local, broadcast or multicast, which the helper reports as if there were no route.
 * Of several next hops the helper returns only one: if another leads back, the kernel has to
 * decide.
 */
static __always_inline bool nsa_rp_filter_fib_ok(const struct nsaccel_port *port, long r,
						 __u32 ifindex)
{
	switch (r) {
	case BPF_FIB_LKUP_RET_SUCCESS:
	case BPF_FIB_LKUP_RET_NO_NEIGH:
		return port->rp_filter == NSACCEL_RP_FILTER_OFF || ifindex == port->l3_ifindex ||
		       (port->rp_filter == NSACCEL_RP_FILTER_LOOSE && nsa_has_address4(port));
	case BPF_FIB_LKUP_RET_BLACKHOLE:
	case BPF_FIB_LKUP_RET_UNREACHABLE:
	case BPF_FIB_LKUP_RET_PROHIBIT:
		return port->rp_filter == NSACCEL_RP_FILTER_OFF;
	default:
		return false;
	}
}

#endif
