// SPDX-License-Identifier: GPL-2.0-only
#include <linux/rtnetlink.h>
#include <string.h>

#include "model/nexthops.h"
#include "model/plan_endpoint.h"
#include "model/plan_key.h"
#include "util/family.h"
#include "util/prefix.h"

void nsa_plan_pass_key(struct nsaccel_nexthop *key, enum nsaccel_reason reason, int oif)
{
	key->target = NSACCEL_TARGET_PASS;
	key->reason = reason;
	key->target_ifindex = oif > 0 ? (__u32)oif : 0;
}

/* A unicast route with one next hop that the kernel reported completely. */
static void unicast_key(const struct nsa_kernel_route *k, struct nsaccel_nexthop *key)
{
	bool host = k->dst_len == nsa_addr_bits(k->family);

	key->target_ifindex = (__u32)k->oif;
	key->route_mtu = k->mtu;
	key->target = k->gw_family || host ? NSACCEL_TARGET_NEIGHBOUR : NSACCEL_TARGET_LINK;
	if (key->target == NSACCEL_TARGET_LINK)
		return;
	key->gateway_family = nsa_family_abi(k->gw_family ? k->gw_family : k->family);
	memcpy(key->gateway, k->gw_family ? k->gw : k->dst, sizeof(key->gateway));
}

/* Is the type one whose packets are the kernel's own? Then key is complete. */
static bool is_own_type(const struct nsa_kernel_route *k, struct nsaccel_nexthop *key)
{
	switch (k->type) {
	case RTN_LOCAL:
	case RTN_ANYCAST:
		nsa_plan_pass_key(key, NSACCEL_PASS_LOCAL, 0);
		return true;
	case RTN_BROADCAST:
	case RTN_MULTICAST:
		nsa_plan_pass_key(key, NSACCEL_PASS_MULTICAST, 0);
		return true;
	default:
		return false;
	}
}

/* Is it no route that sends packets? Then key is complete. */
static bool is_no_unicast(const struct nsa_kernel_route *k, struct nsaccel_nexthop *key)
{
	/* The precedence of the local table depends on former rules, and other routes at the prefix
	 * are not considered. */
	if (k->table == RT_TABLE_LOCAL) {
		nsa_plan_pass_key(key, NSACCEL_PASS_ROUTE, 0);
		return true;
	}
	switch (k->type) {
	case RTN_UNICAST:
		return false;
	case RTN_BLACKHOLE: /* not a user's target: a firewall may translate the destination */
		key->reason = NSACCEL_DROP_BLACKHOLE;
		return true;
	default: /* unreachable, prohibit: an ICMP error at the kernel's rate; throw: other tables */
		nsa_plan_pass_key(key, NSACCEL_PASS_ROUTE, 0);
		return true;
	}
}

void nsa_plan_kernel_key(__u32 owner_slot, const struct nsa_kernel_route *k,
			 struct nsaccel_nexthop *key)
{
	*key = (struct nsaccel_nexthop){ .owner_slot = owner_slot };
	if (is_own_type(k, key) || is_no_unicast(k, key))
		return;
	if (k->encap)
		nsa_plan_pass_key(key, NSACCEL_PASS_ENCAP, k->oif);
	else if (k->multipath || (k->nh_id && k->oif <= 0))
		key->target = NSACCEL_TARGET_MULTIPATH;
	else if (k->src_len || k->tos || k->expires)
		key->target = NSACCEL_TARGET_FIB;
	else if (k->oif <= 0)
		nsa_plan_pass_key(key, NSACCEL_PASS_ROUTE, 0);
	else if (k->flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN))
		nsa_plan_pass_key(key, NSACCEL_PASS_LINK_DOWN, k->oif);
	else
		unicast_key(k, key);
	if (nsa_nexthop_asks(key)) {
		key->gateway_family = nsa_family_abi(k->family);
		key->route_mtu = k->mtu;
	}
}

/* Of the namespace's endpoints, the first that has an address in the prefix, else the first. */
static const struct nsa_snapshot_endpoint *pick_endpoint(const struct nsa_plan *plan, __u64 cookie,
							 const struct nsaccel_prefix *prefix)
{
	__u8 len = nsa_prefix_len(prefix), family = nsa_family_os(prefix->family);
	const struct nsa_snapshot_endpoint *first = NULL;

	for (size_t i = 0; i < plan->snapshot->endpoint_count; i++) {
		const struct nsa_snapshot_endpoint *ep = &plan->snapshot->endpoints[i];

		if (ep->cookie != cookie || !nsa_plan_is_itself(ep) ||
		    !nsa_plan_is_deliverable(ep) ||
		    !nsa_plan_is_endpoint_of(ep, nsa_plan_find_port(plan, ep->port)))
			continue;
		for (size_t j = 0; j < ep->addr_count; j++)
			if (ep->addrs[j].family == family &&
			    nsa_prefix_covers(prefix->addr, len, ep->addrs[j].addr))
				return ep;
		if (!first)
			first = ep;
	}
	return first;
}

void nsa_plan_static_key(const struct nsa_plan *plan, const struct nsaccel_prefix *prefix,
			 const struct nsaccel_nexthop *request, struct nsaccel_nexthop *key)
{
	const struct nsa_snapshot_endpoint *ep;

	nsa_nexthop_key(request, key);
	key->owner_slot = plan->owner_slot;
	key->route_mtu = 0;
	switch (key->target) {
	case NSACCEL_TARGET_DEV: /* of a host route the neighbour is the destination */
		key->gateway_family = 0;
		memset(key->gateway, 0, sizeof(key->gateway));
		if (nsa_prefix_len(prefix) == nsa_addr_bits(nsa_family_os(prefix->family))) {
			key->gateway_family = prefix->family;
			memcpy(key->gateway, prefix->addr, sizeof(key->gateway));
		}
		break;
	case NSACCEL_TARGET_NETNS:
		ep = pick_endpoint(plan, key->dst_cookie, prefix);
		key->target_ifindex = ep ? (__u32)ep->port : 0;
		break;
	case NSACCEL_TARGET_PASS:
		key->reason = NSACCEL_PASS_ROUTE;
		key->target_ifindex = 0;
		break;
	default:
		break;
	}
}
