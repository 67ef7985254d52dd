/* SPDX-License-Identifier: GPL-2.0-only */
/* Which packets may be delivered into a namespace. Only static routes of nsaccel lead into an
 * isolated one; then policy and rate decide. */
#ifndef NSA_STAGE_DST_CHECK_H
#define NSA_STAGE_DST_CHECK_H

#include "core/bpf.h"
#include "core/config.h"
#include "core/context.h"
#include "map/owners.h"
#include "map/ports.h"
#include "stage/limit.h"
#include "stage/owner_route.h"
#include "stage/policy.h"

/* Is the route a static one of nsaccel's? Else it follows the kernel's. */
static __always_inline bool nsa_target_is_static(enum nsaccel_target target)
{
	return target == NSACCEL_TARGET_NETNS || target == NSACCEL_TARGET_DEV ||
	       target == NSACCEL_TARGET_VIA;
}

#define NSA_STATIC_ROUTE 1 /* by a static route of nsaccel */
#define NSA_ON_LINK	 2 /* as it is, not routed any more */

/* May a packet get from one namespace into another? slot 0: out of the machine, by a NIC of the
 * owner. how: NSA_STATIC_ROUTE, NSA_ON_LINK. 0, or a negative reason. Global: the verifier checks
 * it once. */
__noinline int nsa_dst_check(struct __sk_buff *skb, __u32 from, __u32 slot, __u32 how)
{
	struct nsaccel_isolation to = {};
	int r;

	if (slot)
		nsa_isolation_read(slot, &to);
	if (to.isolated && !(how & NSA_STATIC_ROUTE))
		return -NSACCEL_DROP_ISOLATED;
	r = nsa_policy(skb, from, slot ? slot : nsaccel_owner_slot, how & NSA_ON_LINK);
	return r ? r : nsa_limit(skb, &to, slot, NSACCEL_DIRECTION_IN);
}

/* The owner's own packets for an isolated namespace need a static route, as others' do. */
static __always_inline bool nsa_owner_route_is_static(struct __sk_buff *skb, __u32 slot)
{
	struct nsa_hop_brief hop = {};

	return !nsa_owner_hop(skb, false, &hop) && hop.dst_slot == slot &&
	       nsa_target_is_static(hop.target);
}

/* nsa_dst_check() of a packet that the kernel sends. from: slot of the sender's namespace. */
static __always_inline int nsa_dst_check_from_kernel(struct __sk_buff *skb, __u32 from, __u32 slot)
{
	bool is_static = from == nsaccel_owner_slot && nsa_owner_route_is_static(skb, slot);

	return nsa_dst_check(skb, from, slot, NSA_ON_LINK | (is_static ? NSA_STATIC_ROUTE : 0));
}

/* The same for a packet that is sent by a next hop. how: NSA_ON_LINK or 0. */
static __always_inline int nsa_dst_check_hop(struct __sk_buff *skb, const struct nsa_source *src,
					     const struct nsa_hop *hop, __u32 how)
{
	if (!nsa_dst_is_checked(src, hop->nh.dst_slot))
		return 0;
	return nsa_dst_check(skb, src->slot, hop->nh.dst_slot,
			     how | (nsa_target_is_static(hop->nh.target) ? NSA_STATIC_ROUTE : 0));
}

/* Does the NIC's egress have to know the sender, since it delivers to namespaces that share the
 * NIC? */
__subprog bool nsa_egress_needs_source(const struct nsa_source *src, const struct nsa_hop *hop)
{
	const struct nsaccel_port *port = nsa_port(hop->nh.ifindex);

	return port && port->shared && nsa_is_policed(src->slot, nsaccel_owner_slot);
}

/* A macvlan's packet can't be attributed there: it came in by no device, or by one of its own
 * namespace. 0, or a negative reason. */
static __always_inline int nsa_egress_source_check(const struct nsa_source *src,
						   enum nsaccel_hook hook,
						   const struct nsa_hop *hop)
{
	return hook == NSACCEL_HOOK_TC_EGRESS && hop->nh.action == NSACCEL_ACTION_NIC &&
			       nsa_egress_needs_source(src, hop) ?
		       -NSACCEL_DROP_CLOSED :
		       0;
}

#endif
