// SPDX-License-Identifier: GPL-2.0-only
/* Routes: what stands at each prefix, and what its next hop is made from. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "model/plan.h"
#include "model/rib.h"

static enum nsaccel_family abi_family(__u8 family)
{
	return family == AF_INET ? NSACCEL_FAMILY_INET : NSACCEL_FAMILY_INET6;
}

static __u8 os_family(enum nsaccel_family family)
{
	return family == NSACCEL_FAMILY_INET ? AF_INET : AF_INET6;
}

static __u8 full_len(__u8 family)
{
	return family == AF_INET ? 32 : 128;
}

static int by_ifindex(const void *key, const void *entry)
{
	const struct nsa_port_entry *port = entry;
	__u32 ifindex = *(const __u32 *)key;

	return (ifindex > port->key.ifindex) - (ifindex < port->key.ifindex);
}

const struct nsaccel_port *nsa_plan_find_port(const struct nsa_plan *plan, int ifindex)
{
	__u32 key = (__u32)ifindex;
	const struct nsa_port_entry *entry = plan->port_count ?
						     bsearch(&key, plan->ports, plan->port_count,
							     sizeof(*plan->ports), by_ifindex) :
						     NULL;

	return entry ? &entry->port : NULL;
}

/* Keys */

static void pass_key(struct nsaccel_nexthop *key, enum nsaccel_reason reason, int oif)
{
	key->target = NSACCEL_TARGET_PASS;
	key->reason = reason;
	key->target_ifindex = oif > 0 ? (__u32)oif : 0;
}

/* Unicast, with one next hop that the kernel told all of. */
static void unicast_key(const struct nsa_krt *k, struct nsaccel_nexthop *key)
{
	bool host = k->dst_len == full_len(k->family);

	key->target_ifindex = (__u32)k->oif;
	key->route_mtu = k->mtu;
	key->target = k->gw_family || host ? NSACCEL_TARGET_NEIGHBOUR : NSACCEL_TARGET_LINK;
	if (key->target == NSACCEL_TARGET_LINK)
		return;
	key->gateway_family = abi_family(k->gw_family ? k->gw_family : k->family);
	memcpy(key->gateway, k->gw_family ? k->gw : k->dst, sizeof(key->gateway));
}

void nsa_plan_kernel_key(__u32 owner_slot, const struct nsa_krt *k, struct nsaccel_nexthop *key)
{
	*key = (struct nsaccel_nexthop){ .owner_slot = owner_slot };
	switch (k->type) {
	case RTN_LOCAL:
	case RTN_ANYCAST:
		pass_key(key, NSACCEL_PASS_LOCAL, 0);
		return;
	case RTN_BROADCAST:
	case RTN_MULTICAST:
		pass_key(key, NSACCEL_PASS_MULTICAST, 0);
		return;
	default:
		break;
	}
	/* Whether the local table comes first depends on rules that were, and what else is at the prefix
	 * isn't looked at. */
	if (k->table == RT_TABLE_LOCAL) {
		pass_key(key, NSACCEL_PASS_ROUTE, 0);
		return;
	}
	switch (k->type) {
	case RTN_UNICAST:
		break;
	case RTN_BLACKHOLE: /* not a user's target: a firewall may translate what seems to go there */
		key->reason = NSACCEL_DROP_BLACKHOLE;
		return;
	default: /* unreachable, prohibit: an ICMP error at the kernel's rate; throw: other tables */
		pass_key(key, NSACCEL_PASS_ROUTE, 0);
		return;
	}
	if (k->encap)
		pass_key(key, NSACCEL_PASS_ENCAP, k->oif);
	else if (k->multipath || (k->nh_id && k->oif <= 0))
		key->target = NSACCEL_TARGET_MULTIPATH;
	else if (k->src_len || k->tos || k->expires)
		key->target = NSACCEL_TARGET_FIB;
	else if (k->oif <= 0)
		pass_key(key, NSACCEL_PASS_ROUTE, 0);
	else if (k->flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN))
		pass_key(key, NSACCEL_PASS_LINK_DOWN, k->oif);
	else
		unicast_key(k, key);
	if (nsa_hop_asks(key)) {
		key->gateway_family = abi_family(k->family);
		key->route_mtu = k->mtu;
	}
}

/* Of several endpoints of the namespace: the one whose address the prefix covers, else the first. */
static const struct nsa_snapshot_endpoint *pick_endpoint(const struct nsa_plan *plan, __u64 cookie,
							 const struct nsaccel_prefix *prefix)
{
	__u8 len = nsa_prefix_len(prefix), family = os_family(prefix->family);
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

	nsa_hop_key(request, key);
	key->owner_slot = plan->owner_slot;
	key->route_mtu = 0;
	switch (key->target) {
	case NSACCEL_TARGET_DEV: /* the neighbour is the destination, where there is but one */
		key->gateway_family = 0;
		memset(key->gateway, 0, sizeof(key->gateway));
		if (nsa_prefix_len(prefix) == full_len(os_family(prefix->family))) {
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

/* What stands at a prefix */

/* A route straight to the link, or to addr on it. */
static bool is_link_key(const struct nsaccel_nexthop *key, __u8 family, const __u8 *addr)
{
	return key->target == NSACCEL_TARGET_LINK ||
	       (key->target == NSACCEL_TARGET_NEIGHBOUR &&
		key->gateway_family == abi_family(family) &&
		!memcmp(key->gateway, addr, sizeof(key->gateway)));
}

bool nsa_plan_is_on_link(const struct nsa_plan *plan, __u8 family, const __u8 *addr,
			 struct nsaccel_nexthop *link_key)
{
	const struct nsa_kroute *route;
	bool contested;

	route = nsa_rib_lookup(plan->table, family, addr, &contested);
	if (!route || contested)
		return false;
	*link_key = nsa_hop(plan->hops, route->hop)->key;
	return is_link_key(link_key, family, addr);
}

/* By which the owner's next hops leave: a port, or a bridge of ports. */
static bool is_egress(const struct nsa_plan *plan, int ifindex)
{
	const struct nsa_link *link = nsa_snapshot_link(plan->snapshot, ifindex);

	return nsa_plan_find_port(plan, ifindex) || (link && !strcmp(link->kind, "bridge"));
}

bool nsa_plan_is_told(const struct nsa_plan *plan, __u8 family, const __u8 *addr)
{
	const struct nsa_node *node;
	struct nsaccel_prefix prefix;

	for (int len = plan->table->fixed_count ? full_len(family) : -1; len >= 0; len--) {
		prefix = nsa_prefix(family, addr, (__u8)len);
		node = nsa_table_find(plan->table, &prefix);
		if (node && node->fixed)
			return true;
	}
	return false;
}

/* Does the endpoint say that it has the address? */
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

/* May an endpoint on the link have the address, whom the kernel has never asked? */
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
	return neigh && is_egress(plan, ifindex) ? NSACCEL_ORIGIN_NEIGHBOUR : NSACCEL_ORIGIN_NONE;
}

/* Is it for IPv4 to be forwarded by path MTUs? bpf_fib_lookup() tells those. */
static bool minds_pmtu(const struct nsa_plan *plan, const struct nsa_node *node)
{
	return plan->snapshot->settings.use_pmtu && node->prefix.family == NSACCEL_FAMILY_INET;
}

/* The caller's reference to the host's next hop; 0: none, or (-ENOMEM) no memory. */
static int host_hop(const struct nsa_plan *plan, const struct nsa_node *node, __u32 *hop,
		    enum nsaccel_origin *origin)
{
	__u8 family = os_family(node->prefix.family);
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
	*hop = nsa_hops_get(plan->hops, &key);
	return *hop ? 0 : -ENOMEM;
}

/* The kernel's own lookup may meet several next hops: with rules, in any table. */
static enum nsaccel_target fib_target(const struct nsa_plan *plan, const struct nsa_node *node)
{
	if (plan->snapshot->settings.policy_rules)
		return NSACCEL_TARGET_MULTIPATH;
	for (const struct nsa_kroute *route = node->routes; route; route = route->next)
		if (nsa_hop(plan->hops, route->hop)->key.target == NSACCEL_TARGET_MULTIPATH)
			return NSACCEL_TARGET_MULTIPATH;
	return NSACCEL_TARGET_FIB;
}

static __u32 least_mtu_at(const struct nsa_plan *plan, const struct nsa_node *node, __u32 least)
{
	for (const struct nsa_kroute *route = node->routes; route; route = route->next) {
		__u32 mtu = nsa_hop(plan->hops, route->hop)->key.route_mtu;

		if (mtu && (!least || mtu < least))
			least = mtu;
	}
	return least;
}

/* bpf_fib_lookup() tells of no route's MTU that isn't locked, and the kernel honours it; 0: none has one.
 * Where no route at the prefix takes a packet (TOS, source, next hops without carrier), that of a
 * shorter one does, or table default's. */
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
		prefix = nsa_prefix(os_family(node->prefix.family), node->prefix.addr, (__u8)len);
		covering = nsa_table_find(plan->table, &prefix);
		if (covering)
			least = least_mtu_at(plan, covering, least);
	}
	return least;
}

/* The same of what only the kernel's own lookup tells. */
static int fib_hop(const struct nsa_plan *plan, const struct nsa_node *node, __u32 *hop)
{
	struct nsaccel_nexthop key = { .owner_slot = plan->owner_slot,
				       .target = fib_target(plan, node),
				       .gateway_family = node->prefix.family,
				       .route_mtu = least_mtu(plan, node) };

	*hop = nsa_hops_get(plan->hops, &key);
	return *hop ? 0 : -ENOMEM;
}

/* With policy rules, all that no local route takes. */
static bool is_ruled(const struct nsa_plan *plan, const struct nsa_node *node)
{
	return plan->snapshot->settings.policy_rules && !nsa_prefix_len(&node->prefix);
}

/* Out of one device, rather than dropped or left to the kernel. */
static bool is_sent(const struct nsa_plan *plan, const struct nsa_kroute *route)
{
	enum nsaccel_target target = nsa_hop(plan->hops, route->hop)->key.target;

	return target == NSACCEL_TARGET_NEIGHBOUR || target == NSACCEL_TARGET_LINK;
}

/* A redirect may have told the kernel of another gateway, for this destination or that. */
static bool may_be_redirected(const struct nsa_plan *plan, const struct nsa_node *node,
			      const struct nsa_kroute *route)
{
	const struct nsaccel_nexthop *key = &nsa_hop(plan->hops, route->hop)->key;

	return key->target == NSACCEL_TARGET_NEIGHBOUR &&
	       memcmp(key->gateway, node->prefix.addr, sizeof(key->gateway)) != 0 &&
	       nsa_snapshot_takes_redirects(plan->snapshot, (int)key->target_ifindex,
					    os_family(key->gateway_family));
}

/* What the kernel knows better. The device is for the check of sources. */
static int passed_hop(const struct nsa_plan *plan, int oif, __u32 *hop)
{
	struct nsaccel_nexthop key = { .owner_slot = plan->owner_slot };

	pass_key(&key, NSACCEL_PASS_ROUTE, oif);
	*hop = nsa_hops_get(plan->hops, &key);
	return *hop ? 0 : -ENOMEM;
}

static int kernel_hop(const struct nsa_plan *plan, const struct nsa_node *node, __u32 *hop)
{
	bool contested;
	const struct nsa_kroute *best = nsa_rib_best(node, &contested);

	*hop = 0;
	if (best && best->local) {
		*hop = best->hop;
		nsa_hop(plan->hops, best->hop)->refs++;
	} else if (is_ruled(plan, node)) {
		return fib_hop(plan, node, hop);
	} else if (best && !plan->snapshot->settings.policy_rules &&
		   !nsa_rib_is_hidden(plan->table, node)) {
		if (contested || nsa_hop_asks(&nsa_hop(plan->hops, best->hop)->key) ||
		    (minds_pmtu(plan, node) && is_sent(plan, best)))
			return fib_hop(plan, node, hop);
		if (may_be_redirected(plan, node, best))
			return passed_hop(
				plan, (int)nsa_hop(plan->hops, best->hop)->key.target_ifindex, hop);
		*hop = best->hop;
		nsa_hop(plan->hops, best->hop)->refs++;
	}
	return 0;
}

static int static_hop(const struct nsa_plan *plan, const struct nsa_node *node, __u32 *hop)
{
	struct nsaccel_nexthop key;

	nsa_plan_static_key(plan, &node->prefix, &nsa_hop(plan->hops, node->fixed)->key, &key);
	*hop = nsa_hops_get(plan->hops, &key);
	return *hop ? 0 : -ENOMEM;
}

int nsa_plan_static(const struct nsa_plan *plan, struct nsa_table *table, struct nsa_node *node)
{
	__u32 hop;
	int r = static_hop(plan, node, &hop);

	if (r < 0)
		return r;
	nsa_table_want(table, node, hop, NSACCEL_ORIGIN_STATIC);
	nsa_hops_put(plan->hops, hop);
	return nsa_table_touch(table, node);
}

/* What one namespace has behind its veth can't take all next hops: the rest is the kernel's. */
static int within_quota(const struct nsa_plan *plan, __u32 *hop)
{
	struct nsaccel_nexthop key = nsa_hop(plan->hops, *hop)->key;
	const struct nsaccel_port *port = nsa_plan_find_port(plan, (int)key.target_ifindex);
	const struct nsa_snapshot_endpoint *ep;

	if (key.target != NSACCEL_TARGET_NEIGHBOUR || !port || port->kind != NSACCEL_KIND_VETH)
		return 0;
	ep = nsa_snapshot_veth_endpoint(plan->snapshot, (int)key.target_ifindex);
	if (nsa_hops_admit(plan->hops, *hop, ep && ep->quota ? ep->quota : NSACCEL_QUOTA))
		return 0;
	nsa_hops_put(plan->hops, *hop);
	key = (struct nsaccel_nexthop){ .owner_slot = plan->owner_slot };
	pass_key(&key, NSACCEL_PASS_NO_NEIGH, (int)port->l3_ifindex);
	*hop = nsa_hops_get(plan->hops, &key);
	return *hop ? 0 : -ENOMEM;
}

int nsa_plan_node(const struct nsa_plan *plan, struct nsa_node *node)
{
	enum nsaccel_origin origin = NSACCEL_ORIGIN_STATIC;
	__u32 hop = 0;
	int r = 0;

	if (node->fixed)
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
	nsa_hops_put(plan->hops, hop);
	return 0;
}

/* Exceptions */

static int except(const struct nsa_plan *plan, const struct nsa_krt *exception, int oif)
{
	struct nsaccel_prefix prefix =
		nsa_prefix(exception->family, exception->dst, full_len(exception->family));
	struct nsa_node *node;

	node = oif ? nsa_table_node(plan->table, &prefix) : nsa_table_find(plan->table, &prefix);
	if (!node)
		return oif ? -ENOMEM : 0;
	node->excepted = oif;
	return nsa_table_touch(plan->table, node);
}

int nsa_plan_exceptions(const struct nsa_plan *plan, const struct nsa_krt *before,
			size_t before_count)
{
	const struct nsa_snapshot *snapshot = plan->snapshot;
	int r = 0;

	for (size_t i = 0; !r && i < before_count; i++)
		r = except(plan, &before[i], 0);
	for (size_t i = 0; !r && i < snapshot->exception_count; i++)
		r = except(plan, &snapshot->exceptions[i], snapshot->exceptions[i].oif);
	return r;
}

/* Hosts */

static bool is_host(const struct nsa_plan *plan, __u8 family, const __u8 *addr)
{
	const struct nsa_snapshot *snapshot = plan->snapshot;
	size_t count;
	const struct nsa_neigh *neighs = nsa_snapshot_neighs(snapshot, family, addr, &count);

	for (size_t i = 0; i < count; i++)
		if (nsa_snapshot_is_usable(&neighs[i]) && is_egress(plan, neighs[i].ifindex))
			return true;
	nsa_snapshot_claims(snapshot, family, addr, &count);
	return count;
}

static int set_host(const struct nsa_plan *plan, __u8 family, const __u8 *addr, bool is)
{
	struct nsaccel_prefix prefix = nsa_prefix(family, addr, full_len(family));
	struct nsa_node *node;

	node = is ? nsa_table_node(plan->table, &prefix) : nsa_table_find(plan->table, &prefix);
	if (!node)
		return is ? -ENOMEM : 0;
	return is ? nsa_rib_host_add(plan->table, node) : nsa_rib_host_del(plan->table, node);
}

int nsa_plan_host(const struct nsa_plan *plan, __u8 family, const __u8 *addr)
{
	return set_host(plan, family, addr, is_host(plan, family, addr));
}

int nsa_plan_hosts(const struct nsa_plan *plan)
{
	const struct nsa_snapshot *snapshot = plan->snapshot;
	int r = 0;

	/* Backwards: one that is taken out makes those after it move up. */
	for (size_t i = plan->table->host_count; !r && i-- > 0;) {
		struct nsa_node *node = plan->table->hosts[i];

		r = nsa_plan_host(plan, os_family(node->prefix.family), node->prefix.addr);
	}
	for (size_t i = 0; !r && i < snapshot->neigh_count; i++)
		if (nsa_snapshot_is_usable(&snapshot->neighs[i]) &&
		    is_egress(plan, snapshot->neighs[i].ifindex))
			r = set_host(plan, snapshot->neighs[i].family, snapshot->neighs[i].addr,
				     true);
	for (size_t i = 0; !r && i < snapshot->claim_count; i++)
		r = set_host(plan, snapshot->claims[i].family, snapshot->claims[i].addr, true);
	return r;
}

int nsa_plan_stirred(const struct nsa_plan *plan)
{
	const struct nsa_snapshot *snapshot = plan->snapshot;
	int r = 0;

	if (snapshot->stirred.all)
		return nsa_plan_hosts(plan);
	for (size_t i = 0; !r && i < snapshot->stirred.count; i++)
		r = nsa_plan_host(plan, snapshot->stirred.hosts[i].family,
				  snapshot->stirred.hosts[i].addr);
	return r;
}
