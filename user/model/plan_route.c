// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include "model/device_kind.h"
#include "model/plan_endpoint.h"
#include "model/plan_key.h"
#include "model/plan_route.h"
#include "model/rib.h"
#include "util/family.h"
#include "util/prefix.h"

/* Is it a route to the link itself, or to addr on it? */
static bool is_link_key(const struct nsaccel_nexthop *key, __u8 family, const __u8 *addr)
{
	return key->target == NSACCEL_TARGET_LINK ||
	       (key->target == NSACCEL_TARGET_NEIGHBOUR &&
		key->gateway_family == nsa_family_abi(family) &&
		!memcmp(key->gateway, addr, sizeof(key->gateway)));
}

bool nsa_plan_is_on_link(const struct nsa_plan *plan, __u8 family, const __u8 *addr,
			 struct nsaccel_nexthop *link_key)
{
	const struct nsa_rib_route *route;
	bool contested;

	route = nsa_rib_lookup(plan->table, family, addr, &contested);
	if (!route || contested)
		return false;
	*link_key = nsa_nexthop(plan->hops, route->hop)->key;
	return is_link_key(link_key, family, addr);
}

bool nsa_plan_is_static(const struct nsa_plan *plan, __u8 family, const __u8 *addr)
{
	const struct nsa_node *node;
	struct nsaccel_prefix prefix;

	for (int len = plan->table->static_count ? nsa_addr_bits(family) : -1; len >= 0; len--) {
		prefix = nsa_prefix(family, addr, (__u8)len);
		node = nsa_table_find(plan->table, &prefix);
		if (node && node->static_nh)
			return true;
	}
	return false;
}

/* Does the endpoint claim the address? */
static bool claims(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep, __u8 family,
		   const __u8 *addr)
{
	size_t count;
	const struct nsa_snapshot_claim *all =
		nsa_snapshot_claims(plan->snapshot, family, addr, &count);

	for (size_t i = 0; i < count; i++)
		if (&plan->snapshot->endpoints[all[i].endpoint] == ep)
			return true;
	return false;
}

/* May an endpoint on the link have the address, although the kernel has never resolved it? */
static bool may_answer(const struct nsa_plan *plan, int ifindex, __u8 family, const __u8 *addr)
{
	size_t count;
	const struct nsa_snapshot_claim *all =
		nsa_snapshot_claims(plan->snapshot, family, addr, &count);

	for (size_t i = 0; i < count; i++) {
		const struct nsa_snapshot_endpoint *ep =
			&plan->snapshot->endpoints[all[i].endpoint];

		if (all[i].asks && ep->port == ifindex && (ep->link.flags & IFF_UP) &&
		    !ep->isolation.pinned && nsa_plan_is_deliverable(ep) &&
		    nsa_plan_is_endpoint_of(ep, nsa_plan_find_port(plan, ifindex)))
			return true;
	}
	return false;
}

/* Does a neighbour or an endpoint on the link have the address? */
static enum nsaccel_origin host_origin(const struct nsa_plan *plan, int ifindex, __u8 family,
				       const __u8 *addr)
{
	const struct nsa_neigh *neigh = nsa_snapshot_neigh(plan->snapshot, ifindex, family, addr);
	const struct nsa_snapshot_endpoint *ep =
		nsa_plan_holder(plan, ifindex, family, addr, neigh);

	if (ep ? claims(plan, ep, family, addr) : !neigh && may_answer(plan, ifindex, family, addr))
		return NSACCEL_ORIGIN_ENDPOINT;
	return neigh && nsa_plan_is_egress(plan, ifindex) ? NSACCEL_ORIGIN_NEIGHBOUR :
							    NSACCEL_ORIGIN_NONE;
}

/* Is IPv4 forwarded by path MTUs? Only bpf_fib_lookup() returns those. */
static bool minds_pmtu(const struct nsa_plan *plan, const struct nsa_node *node)
{
	return plan->snapshot->settings.use_pmtu && node->prefix.family == NSACCEL_FAMILY_INET;
}

/* *hop: the host's next hop, a reference of the caller's; 0: none. */
static int host_hop(const struct nsa_plan *plan, const struct nsa_node *node, __u32 *hop,
		    enum nsaccel_origin *origin)
{
	__u8 family = nsa_family_os(node->prefix.family);
	struct nsaccel_nexthop key;

	*hop = 0;
	if (plan->snapshot->settings.policy_rules || minds_pmtu(plan, node) ||
	    !nsa_plan_is_on_link(plan, family, node->prefix.addr, &key))
		return 0;
	*origin = host_origin(plan, (int)key.target_ifindex, family, node->prefix.addr);
	if (*origin == NSACCEL_ORIGIN_NONE)
		return 0;
	key.target = NSACCEL_TARGET_NEIGHBOUR;
	key.gateway_family = node->prefix.family;
	memcpy(key.gateway, node->prefix.addr, sizeof(key.gateway));
	*hop = nsa_nexthops_get(plan->hops, &key);
	return *hop ? 0 : -ENOMEM;
}

/* May the kernel's lookup find several next hops? With policy rules, in any table. */
static enum nsaccel_target fib_target(const struct nsa_plan *plan, const struct nsa_node *node)
{
	if (plan->snapshot->settings.policy_rules)
		return NSACCEL_TARGET_MULTIPATH;
	for (const struct nsa_rib_route *route = node->routes; route; route = route->next)
		if (nsa_nexthop(plan->hops, route->hop)->key.target == NSACCEL_TARGET_MULTIPATH)
			return NSACCEL_TARGET_MULTIPATH;
	return NSACCEL_TARGET_FIB;
}

static __u32 least_mtu_at(const struct nsa_plan *plan, const struct nsa_node *node, __u32 least)
{
	for (const struct nsa_rib_route *route = node->routes; route; route = route->next) {
		__u32 mtu = nsa_nexthop(plan->hops, route->hop)->key.route_mtu;

		if (mtu && (!least || mtu < least))
			least = mtu;
	}
	return least;
}

/* The least MTU of the routes that a packet may take; 0: none has one. bpf_fib_lookup() returns
 * only locked MTUs, but the kernel honours all. If no route at the prefix matches (TOS, source,
 * next hops without carrier), one at a shorter prefix does, or one in table default. */
static __u32 least_mtu(const struct nsa_plan *plan, const struct nsa_node *node)
{
	bool v6 = node->prefix.family == NSACCEL_FAMILY_INET6;
	const struct nsa_node *covering;
	struct nsaccel_prefix prefix;
	__u32 least = v6 ? 0 : plan->table->default_mtu;

	if (plan->snapshot->settings.policy_rules)
		return plan->table->least_mtu[v6];
	for (int len = nsa_prefix_len(&node->prefix); len >= 0; len--) {
		if (!plan->table->lengths[v6][len])
			continue;
		prefix = nsa_prefix(nsa_family_os(node->prefix.family), node->prefix.addr,
				    (__u8)len);
		covering = nsa_table_find(plan->table, &prefix);
		if (covering)
			least = least_mtu_at(plan, covering, least);
	}
	return least;
}

/* *hop: a next hop that asks the kernel's lookup. */
static int fib_hop(const struct nsa_plan *plan, const struct nsa_node *node, __u32 *hop)
{
	struct nsaccel_nexthop key = { .owner_slot = plan->owner_slot,
				       .target = fib_target(plan, node),
				       .gateway_family = node->prefix.family,
				       .route_mtu = least_mtu(plan, node) };

	*hop = nsa_nexthops_get(plan->hops, &key);
	return *hop ? 0 : -ENOMEM;
}

/* With policy rules, the kernel's lookup decides for everything but local routes. */
static bool is_ruled(const struct nsa_plan *plan, const struct nsa_node *node)
{
	return plan->snapshot->settings.policy_rules && !nsa_prefix_len(&node->prefix);
}

/* Does the route send packets by one device? Others drop them, or leave them to the kernel. */
static bool is_sent(const struct nsa_plan *plan, const struct nsa_rib_route *route)
{
	enum nsaccel_target target = nsa_nexthop(plan->hops, route->hop)->key.target;

	return target == NSACCEL_TARGET_NEIGHBOUR || target == NSACCEL_TARGET_LINK;
}

/* May the kernel use another gateway for some destination, after an ICMP redirect? */
static bool may_be_redirected(const struct nsa_plan *plan, const struct nsa_node *node,
			      const struct nsa_rib_route *route)
{
	const struct nsaccel_nexthop *key = &nsa_nexthop(plan->hops, route->hop)->key;

	return key->target == NSACCEL_TARGET_NEIGHBOUR &&
	       memcmp(key->gateway, node->prefix.addr, sizeof(key->gateway)) != 0 &&
	       nsa_snapshot_takes_redirects(plan->snapshot, (int)key->target_ifindex,
					    nsa_family_os(key->gateway_family));
}

/* *hop: a next hop that passes to the kernel. oif is for the check of sources. */
static int passed_hop(const struct nsa_plan *plan, int oif, __u32 *hop)
{
	struct nsaccel_nexthop key = { .owner_slot = plan->owner_slot };

	nsa_plan_pass_key(&key, NSACCEL_PASS_ROUTE, oif);
	*hop = nsa_nexthops_get(plan->hops, &key);
	return *hop ? 0 : -ENOMEM;
}

static int kernel_hop(const struct nsa_plan *plan, const struct nsa_node *node, __u32 *hop)
{
	bool contested;
	const struct nsa_rib_route *best = nsa_rib_best(node, &contested);

	*hop = 0;
	if (best && best->local) {
		*hop = best->hop;
		nsa_nexthop(plan->hops, best->hop)->refs++;
	} else if (is_ruled(plan, node)) {
		return fib_hop(plan, node, hop);
	} else if (best && !plan->snapshot->settings.policy_rules &&
		   !nsa_rib_is_hidden(plan->table, node)) {
		if (contested || nsa_nexthop_asks(&nsa_nexthop(plan->hops, best->hop)->key) ||
		    (minds_pmtu(plan, node) && is_sent(plan, best)))
			return fib_hop(plan, node, hop);
		if (may_be_redirected(plan, node, best))
			return passed_hop(
				plan, (int)nsa_nexthop(plan->hops, best->hop)->key.target_ifindex,
				hop);
		*hop = best->hop;
		nsa_nexthop(plan->hops, best->hop)->refs++;
	}
	return 0;
}

static int static_hop(const struct nsa_plan *plan, const struct nsa_node *node, __u32 *hop)
{
	struct nsaccel_nexthop key;

	nsa_plan_static_key(plan, &node->prefix, &nsa_nexthop(plan->hops, node->static_nh)->key,
			    &key);
	*hop = nsa_nexthops_get(plan->hops, &key);
	return *hop ? 0 : -ENOMEM;
}

int nsa_plan_static(const struct nsa_plan *plan, struct nsa_table *table, struct nsa_node *node)
{
	__u32 hop;
	int r = static_hop(plan, node, &hop);

	if (r < 0)
		return r;
	nsa_table_want(table, node, hop, NSACCEL_ORIGIN_STATIC);
	nsa_nexthops_put(plan->hops, hop);
	return nsa_table_touch(table, node);
}

/* Limits the next hops behind a namespace's veth to its quota. Beyond it, *hop becomes one that
 * passes to the kernel. */
static int within_quota(const struct nsa_plan *plan, __u32 *hop)
{
	struct nsaccel_nexthop key = nsa_nexthop(plan->hops, *hop)->key;
	const struct nsaccel_port *port = nsa_plan_find_port(plan, (int)key.target_ifindex);
	const struct nsa_snapshot_endpoint *ep;

	if (key.target != NSACCEL_TARGET_NEIGHBOUR || !port || !nsa_kind(port->kind)->owns_port)
		return 0;
	ep = nsa_snapshot_veth_endpoint(plan->snapshot, (int)key.target_ifindex);
	if (nsa_nexthops_admit(plan->hops, *hop, ep && ep->quota ? ep->quota : NSACCEL_QUOTA))
		return 0;
	nsa_nexthops_put(plan->hops, *hop);
	key = (struct nsaccel_nexthop){ .owner_slot = plan->owner_slot };
	nsa_plan_pass_key(&key, NSACCEL_PASS_NO_NEIGH, (int)port->l3_ifindex);
	*hop = nsa_nexthops_get(plan->hops, &key);
	return *hop ? 0 : -ENOMEM;
}

int nsa_plan_node(const struct nsa_plan *plan, struct nsa_node *node)
{
	enum nsaccel_origin origin = NSACCEL_ORIGIN_STATIC;
	__u32 hop = 0;
	int r = 0;

	if (node->static_nh)
		r = static_hop(plan, node, &hop);
	if (!r && !hop && node->excepted) {
		origin = NSACCEL_ORIGIN_KERNEL;
		r = passed_hop(plan, node->excepted, &hop);
	}
	if (!r && !hop && node->host)
		r = host_hop(plan, node, &hop, &origin);
	if (!r && !hop) {
		origin = NSACCEL_ORIGIN_KERNEL;
		r = kernel_hop(plan, node, &hop);
	}
	if (!r && hop && origin != NSACCEL_ORIGIN_STATIC)
		r = within_quota(plan, &hop);
	if (r < 0)
		return r;
	nsa_table_want(plan->table, node, hop, origin);
	nsa_nexthops_put(plan->hops, hop);
	return 0;
}
