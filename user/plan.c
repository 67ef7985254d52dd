// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fib.h"
#include "plan.h"

bool nsa_plan_is_found_port(const struct nsa_view *view, const struct nsa_link *link)
{
	/* A bridge port's frames are the bridge's to forward. */
	return !strcmp(link->kind, "veth") && !link->master &&
	       nsa_view_veth_endpoint(view, link->ifindex);
}

static const struct nsa_addr *owner_addr(const struct nsa_view *view, int ifindex, __u8 family)
{
	for (size_t i = 0; i < view->addr_count; i++)
		if (view->addrs[i].ifindex == ifindex && view->addrs[i].family == family &&
		    view->addrs[i].scope <= RT_SCOPE_LINK &&
		    (family == AF_INET || view->addrs[i].scope == RT_SCOPE_UNIVERSE))
			return &view->addrs[i];
	return NULL;
}

static bool is_mirrored(const struct nsa_view *view, const struct nsa_krt *k)
{
	return k->type == RTN_UNICAST && !k->multipath && !k->encap && !k->src_len && !k->tos &&
	       k->oif > 0 && !(k->flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) &&
	       !nsa_fib_is_contested(view, k);
}

/* Does the kernel reach addr directly through the device? */
static const struct nsa_krt *on_link(const struct nsa_view *view, int ifindex,
				     const struct nsa_addr *addr)
{
	const struct nsa_krt *k = nsa_fib_lookup(view, addr->family, addr->addr);

	if (!k || k->oif != ifindex || k->gw_family || !is_mirrored(view, k))
		return NULL;
	return k;
}

/* A source address of the endpoint that the owner's source checks let through. */
static void known_sources(const struct nsa_view *view, const struct nsa_view_endpoint *ep,
			  struct nsaccel_port *port)
{
	for (size_t i = ep->addr_count; i-- > 0;) {
		if (!on_link(view, ep->port, &ep->addrs[i]))
			continue;
		if (ep->addrs[i].family == AF_INET)
			memcpy(port->source4, ep->addrs[i].addr, sizeof(port->source4));
		else
			memcpy(port->source6, ep->addrs[i].addr, sizeof(port->source6));
	}
}

/* Local routes, not addresses: a whole prefix can be local, too ("ip route add local"). */
static void own_addresses(const struct nsa_view *view, struct nsaccel_port *port)
{
	__u32 addr, bit;

	memset(port->local4, 0, sizeof(port->local4));
	for (size_t i = 0; i < view->route_count; i++) {
		const struct nsa_krt *k = &view->routes[i];

		if (k->family != AF_INET || k->type != RTN_LOCAL || k->dst[0] == 127)
			continue;
		if (k->dst_len < 32) {
			memset(port->local4, 0xff, sizeof(port->local4));
			return;
		}
		memcpy(&addr, k->dst, sizeof(addr));
		bit = NSACCEL_LOCAL4_BIT(addr);
		port->local4[bit / 8] |= (__u8)(1 << bit % 8);
	}
}

static void port_addresses(const struct nsa_view *view, int ifindex, struct nsaccel_port *port)
{
	const struct nsa_addr *a4 = owner_addr(view, ifindex, AF_INET);
	const struct nsa_addr *a6 = owner_addr(view, ifindex, AF_INET6);

	memset(port->address4, 0, sizeof(port->address4));
	memset(port->address6, 0, sizeof(port->address6));
	if (a4)
		memcpy(port->address4, a4->addr, sizeof(port->address4));
	if (a6)
		memcpy(port->address6, a6->addr, sizeof(port->address6));
}

/* A passthru macvlan has the lower's MAC and takes all that comes in: nothing is left to route. */
static bool is_taken_over(const struct nsa_view *view, int ifindex)
{
	for (size_t i = 0; i < view->endpoint_count; i++)
		if (view->endpoints[i].port == ifindex &&
		    view->endpoints[i].kind == NSACCEL_KIND_MACVLAN &&
		    view->endpoints[i].link.macvlan_mode == MACVLAN_MODE_PASSTHRU)
			return true;
	return false;
}

void nsa_plan_port(const struct nsa_view *view, const struct nsa_link *link,
		   const struct nsa_view_device *device, __u32 owner_slot,
		   struct nsaccel_port *port)
{
	const struct nsa_view_endpoint *ep = NULL;

	if (!port->requested)
		ep = nsa_view_veth_endpoint(view, link->ifindex);
	port->owner_cookie = view->owner->cookie;
	port->kind = ep ? NSACCEL_KIND_VETH : NSACCEL_KIND_NIC;
	port->endpoint_cookie = ep ? ep->ns->cookie : 0;
	port->endpoint_ifindex = ep ? (__u32)ep->link.ifindex : 0;
	port->source_slot = ep ? ep->slot : owner_slot;
	port->rp_filter = device->rp_filter;
	port->forward4 = device->forward4;
	port->forward6 = device->forward6;
	port->ingress_hooked = device->ingress_hooked;
	port->egress_hooked = device->egress_hooked;
	port->endpoint_xdp = ep && ep->link.xdp_attached == XDP_ATTACHED_DRV;
	port->mtu = device->mtu6 && device->mtu6 < link->mtu ? device->mtu6 : link->mtu;
	port->lower = port->kind == NSACCEL_KIND_NIC && nsa_view_is_lower(view, link->ifindex);
	if (port->lower && is_taken_over(view, link->ifindex))
		port->lower = port->forward4 = port->forward6 = 0;
	memcpy(port->mac, link->mac, NSACCEL_MAC_LEN);
	memset(port->endpoint_mac, 0, NSACCEL_MAC_LEN);
	memset(port->source4, 0, sizeof(port->source4));
	memset(port->source6, 0, sizeof(port->source6));
	own_addresses(view, port);
	port_addresses(view, link->ifindex, port);
	if (ep) {
		memcpy(port->endpoint_mac, ep->link.mac, NSACCEL_MAC_LEN);
		known_sources(view, ep, port);
	}
	memset(port->name, 0, sizeof(port->name));
	memcpy(port->name, link->name, strnlen(link->name, sizeof(port->name) - 1));
}

void nsa_plan_endpoint(const struct nsa_view_endpoint *ep, __u32 owner_slot,
		       struct nsa_endpoint_entry *out)
{
	memset(out, 0, sizeof(*out));
	out->key.owner_slot = owner_slot;
	out->key.ifindex = (__u32)ep->port;
	memcpy(out->key.mac, ep->link.mac, NSACCEL_MAC_LEN);
	out->ep.netns_cookie = ep->ns->cookie;
	out->ep.slot = ep->slot;
	out->ep.ifindex = (__u32)ep->link.ifindex;
	out->ep.kind = ep->kind;
	out->ep.mtu = ep->link.mtu;
	out->ep.hairpin =
		ep->kind == NSACCEL_KIND_MACVLAN && ep->link.macvlan_mode == MACVLAN_MODE_BRIDGE;
	memcpy(out->ep.name, ep->link.name, strnlen(ep->link.name, sizeof(out->ep.name) - 1));
}

bool nsa_plan_is_endpoint_of(const struct nsa_view_endpoint *ep, const struct nsaccel_port *port)
{
	return port &&
	       (ep->kind == NSACCEL_KIND_VETH ? port->kind == NSACCEL_KIND_VETH : port->lower);
}

void nsa_plan_free(struct nsa_plan *plan)
{
	free(plan->routes);
	free(plan->wanted);
}

static const struct nsaccel_port *find_port(const struct nsa_plan *plan, int ifindex)
{
	for (size_t i = 0; i < plan->port_count; i++)
		if (plan->ports[i].key.ifindex == (__u32)ifindex)
			return &plan->ports[i].port;
	return NULL;
}

static int want(struct nsa_plan *plan, int ifindex, __u8 family, const __u8 *addr)
{
	struct nsa_plan_wanted *grown;

	grown = reallocarray(plan->wanted, plan->wanted_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	plan->wanted = grown;
	grown += plan->wanted_count++;
	memset(grown, 0, sizeof(*grown));
	grown->ifindex = ifindex;
	grown->family = family;
	memcpy(grown->addr, addr, NSACCEL_ADDR_LEN);
	return 0;
}

/* Next hops. Each keeps the ifindex also where it passes: strict rp_filter compares it. */

static void to_kernel(struct nsaccel_nexthop *nh, enum nsaccel_reason reason)
{
	nh->action = NSACCEL_ACTION_PASS;
	nh->reason = reason;
}

static void to_endpoint(struct nsaccel_nexthop *nh, const struct nsaccel_port *port,
			const struct nsa_view_endpoint *ep, __u32 route_mtu)
{
	bool veth = ep->kind == NSACCEL_KIND_VETH;

	nh->action = !veth				       ? NSACCEL_ACTION_MACVLAN :
		     port->egress_hooked || port->endpoint_xdp ? NSACCEL_ACTION_NIC :
								 NSACCEL_ACTION_VETH;
	nh->reason = veth ? NSACCEL_FWD_VETH : NSACCEL_FWD_MACVLAN;
	nh->ifindex = (__u32)ep->port;
	nh->mtu = route_mtu && route_mtu < port->mtu ? route_mtu : port->mtu;
	/* What the inner end would drop is the kernel's to hand over. */
	if (veth && ep->link.mtu < nh->mtu)
		nh->mtu = ep->link.mtu;
	nh->dst_cookie = ep->ns->cookie;
	nh->dst_slot = ep->slot;
	nh->tx_slot = veth ? port->tx_slot : 0;
	memcpy(nh->dst_mac, ep->link.mac, NSACCEL_MAC_LEN);
	memcpy(nh->src_mac, port->mac, NSACCEL_MAC_LEN);
}

static void to_wire(struct nsaccel_nexthop *nh, const struct nsaccel_port *port, int ifindex,
		    const __u8 *mac, __u32 route_mtu)
{
	nh->action = NSACCEL_ACTION_NIC;
	nh->reason = NSACCEL_FWD_NIC;
	nh->ifindex = (__u32)ifindex;
	nh->mtu = route_mtu && route_mtu < port->mtu ? route_mtu : port->mtu;
	nh->tx_slot = port->tx_slot;
	memcpy(nh->dst_mac, mac, NSACCEL_MAC_LEN);
	memcpy(nh->src_mac, port->mac, NSACCEL_MAC_LEN);
}

static bool endpoint_has(const struct nsa_view_endpoint *ep, __u8 family, const __u8 *addr)
{
	for (size_t i = 0; i < ep->addr_count; i++)
		if (ep->addrs[i].family == family &&
		    !memcmp(ep->addrs[i].addr, addr, NSACCEL_ADDR_LEN))
			return true;
	return false;
}

/* Private, VEPA, passthru and source macvlans take frames from the wire alone. */
static bool is_deliverable(const struct nsa_view_endpoint *ep)
{
	return ep->kind != NSACCEL_KIND_MACVLAN || ep->link.macvlan_mode == MACVLAN_MODE_BRIDGE;
}

/* The endpoint at the port that has the address, or that the neighbour's MAC is of. */
static const struct nsa_view_endpoint *find_endpoint(const struct nsa_view *view, int port,
						     __u8 family, const __u8 *addr,
						     const struct nsa_neigh *neigh)
{
	for (size_t i = 0; i < view->endpoint_count; i++) {
		const struct nsa_view_endpoint *ep = &view->endpoints[i];

		if (ep->port != port || !is_deliverable(ep))
			continue;
		if (neigh ? !memcmp(ep->link.mac, neigh->mac, NSACCEL_MAC_LEN) :
			    endpoint_has(ep, family, addr))
			return ep;
	}
	return NULL;
}

/* Through port to its neighbour addr. What the kernel has learnt of addr wins over what the
 * endpoints say of themselves. */
static int to_neighbour(struct nsa_plan *plan, struct nsaccel_nexthop *nh, int ifindex, __u8 family,
			const __u8 *addr, __u32 route_mtu)
{
	const struct nsaccel_port *port = find_port(plan, ifindex);
	const struct nsa_view_endpoint *ep;
	const struct nsa_neigh *neigh;

	nh->ifindex = (__u32)ifindex;
	if (!port) {
		to_kernel(nh, NSACCEL_PASS_ROUTE);
		return 0;
	}
	neigh = nsa_view_neigh(plan->view, ifindex, family, addr);
	ep = find_endpoint(plan->view, ifindex, family, addr, neigh);
	if (ep && nsa_plan_is_endpoint_of(ep, port)) {
		to_endpoint(nh, port, ep, route_mtu);
	} else if (neigh) {
		to_wire(nh, port, ifindex, neigh->mac, route_mtu);
	} else {
		to_kernel(nh, NSACCEL_PASS_NO_NEIGH);
		return want(plan, ifindex, family, addr);
	}
	return 0;
}

/* addr: a single destination, or NULL for all of the route's prefix. */
static int from_kernel_route(struct nsa_plan *plan, struct nsaccel_nexthop *nh,
			     const struct nsa_krt *k, const __u8 *addr)
{
	if (k->type == RTN_LOCAL || k->type == RTN_ANYCAST) {
		to_kernel(nh, NSACCEL_PASS_LOCAL);
	} else if (k->type == RTN_BROADCAST || k->type == RTN_MULTICAST) {
		to_kernel(nh, NSACCEL_PASS_MULTICAST);
	} else if (!is_mirrored(plan->view, k)) {
		to_kernel(nh, NSACCEL_PASS_ROUTE);
	} else if (k->gw_family) {
		nh->gateway_family =
			k->gw_family == AF_INET ? NSACCEL_FAMILY_INET : NSACCEL_FAMILY_INET6;
		memcpy(nh->gateway, k->gw, NSACCEL_ADDR_LEN);
		return to_neighbour(plan, nh, k->oif, k->gw_family, k->gw, k->mtu);
	} else if (addr) {
		return to_neighbour(plan, nh, k->oif, k->family, addr, k->mtu);
	} else {
		nh->ifindex = (__u32)k->oif;
		to_kernel(nh, find_port(plan, k->oif) ? NSACCEL_PASS_NO_NEIGH : NSACCEL_PASS_ROUTE);
	}
	return 0;
}

static struct nsa_plan_route *add(struct nsa_plan *plan, __u8 family, const __u8 *addr, __u8 len,
				  enum nsaccel_origin origin)
{
	struct nsa_plan_route *route;

	if (plan->route_count == plan->route_room) {
		size_t room = plan->route_room ? 2 * plan->route_room : 64;

		route = reallocarray(plan->routes, room, sizeof(*route));
		if (!route)
			return NULL;
		plan->routes = route;
		plan->route_room = room;
	}
	route = &plan->routes[plan->route_count++];
	memset(route, 0, sizeof(*route));
	route->prefix.family = family == AF_INET ? NSACCEL_FAMILY_INET : NSACCEL_FAMILY_INET6;
	route->prefix.prefixlen = NSACCEL_PREFIX_FAMILY_BITS + len;
	memcpy(route->prefix.addr, addr, NSACCEL_ADDR_LEN);
	route->origin = origin;
	route->nh.owner_slot = plan->owner_slot;
	return route;
}

/* Loopback, link-local and multicast destinations go to the kernel before any table is asked. */
static bool is_never_asked(const struct nsa_krt *k)
{
	static const __u8 loopback[NSACCEL_ADDR_LEN] = { [15] = 1 };

	if (k->family == AF_INET)
		return k->dst_len >= 8 && k->dst[0] == 127;
	if (k->dst_len < 8)
		return false;
	return k->dst[0] == 0xff || (k->dst[0] == 0xfe && (k->dst[1] & 0xc0) == 0x80) ||
	       (k->dst_len == 128 && !memcmp(k->dst, loopback, sizeof(loopback)));
}

static int add_kernel_routes(struct nsa_plan *plan)
{
	const struct nsa_view *view = plan->view;

	for (size_t i = 0; i < view->route_count; i++) {
		const struct nsa_krt *k = &view->routes[i];
		struct nsa_plan_route *route;
		int r;

		/* With policy routing the main table isn't the kernel's answer: leave it to it. */
		if ((k->table != RT_TABLE_LOCAL &&
		     (k->table != RT_TABLE_MAIN || view->policy_rules)) ||
		    is_never_asked(k) || !nsa_fib_is_effective(view, k))
			continue;
		route = add(plan, k->family, k->dst, k->dst_len, NSACCEL_ORIGIN_KERNEL);
		if (!route)
			return -ENOMEM;
		r = from_kernel_route(plan, &route->nh, k, NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

static __u8 full_len(__u8 family)
{
	return family == AF_INET ? 32 : 128;
}

/* A host route where the FIB says that addr is on link at the port. */
static int add_host(struct nsa_plan *plan, int ifindex, __u8 family, const __u8 *addr,
		    enum nsaccel_origin origin)
{
	struct nsa_addr at = { .family = family };
	struct nsa_plan_route *route;
	const struct nsa_krt *k;

	memcpy(at.addr, addr, NSACCEL_ADDR_LEN);
	k = on_link(plan->view, ifindex, &at);
	if (!k)
		return 0;
	route = add(plan, family, addr, full_len(family), origin);
	return route ? from_kernel_route(plan, &route->nh, k, addr) : -ENOMEM;
}

static int add_neighbours(struct nsa_plan *plan)
{
	const struct nsa_view *view = plan->view;
	int r = 0;

	for (size_t i = 0; !r && i < view->neigh_count; i++) {
		const struct nsa_neigh *n = &view->neighs[i];

		if (find_port(plan, n->ifindex) &&
		    nsa_view_neigh(view, n->ifindex, n->family, n->addr) == n)
			r = add_host(plan, n->ifindex, n->family, n->addr,
				     NSACCEL_ORIGIN_NEIGHBOUR);
	}
	return r;
}

static int add_endpoints(struct nsa_plan *plan)
{
	const struct nsa_view *view = plan->view;
	int r = 0;

	for (size_t i = 0; !r && i < view->endpoint_count; i++) {
		const struct nsa_view_endpoint *ep = &view->endpoints[i];

		if (!nsa_plan_is_endpoint_of(ep, find_port(plan, ep->port)))
			continue;
		for (size_t j = 0; !r && j < ep->addr_count; j++)
			r = add_host(plan, ep->port, ep->addrs[j].family, ep->addrs[j].addr,
				     NSACCEL_ORIGIN_ENDPOINT);
	}
	return r;
}

static int static_via(struct nsa_plan *plan, struct nsa_plan_route *route)
{
	struct nsaccel_nexthop *nh = &route->nh;
	__u8 family = nh->gateway_family == NSACCEL_FAMILY_INET ? AF_INET : AF_INET6;
	const struct nsa_krt *k = nsa_fib_lookup(plan->view, family, nh->gateway);

	if (k && is_mirrored(plan->view, k) && !k->gw_family)
		return to_neighbour(plan, nh, k->oif, family, nh->gateway, k->mtu);
	to_kernel(nh, NSACCEL_PASS_NO_NEIGH);
	return 0;
}

static int static_dev(struct nsa_plan *plan, struct nsa_plan_route *route)
{
	struct nsaccel_nexthop *nh = &route->nh;
	int ifindex = (int)nh->target_ifindex;
	const struct nsaccel_port *port = find_port(plan, ifindex);
	__u8 family = route->prefix.family == NSACCEL_FAMILY_INET ? AF_INET : AF_INET6;
	const struct nsa_view_endpoint *ep = nsa_view_veth_endpoint(plan->view, ifindex);

	nh->ifindex = nh->target_ifindex;
	if (!port)
		to_kernel(nh, NSACCEL_PASS_NO_DEVICE);
	else if (port->kind == NSACCEL_KIND_VETH && ep)
		to_endpoint(nh, port, ep, 0); /* whatever the address: nobody else is there */
	else if (route->prefix.prefixlen == (__u32)NSACCEL_PREFIX_FAMILY_BITS + full_len(family))
		return to_neighbour(plan, nh, ifindex, family, route->prefix.addr, 0);
	else
		to_kernel(nh, NSACCEL_PASS_NO_NEIGH);
	return 0;
}

/* Of several endpoints of the namespace: the one whose address the prefix covers, else the first. */
static const struct nsa_view_endpoint *pick_endpoint(const struct nsa_plan *plan, __u64 cookie,
						     const struct nsaccel_prefix *prefix)
{
	__u8 len = (__u8)(prefix->prefixlen - NSACCEL_PREFIX_FAMILY_BITS);
	__u8 family = prefix->family == NSACCEL_FAMILY_INET ? AF_INET : AF_INET6;
	const struct nsa_view_endpoint *first = NULL;

	for (size_t i = 0; i < plan->view->endpoint_count; i++) {
		const struct nsa_view_endpoint *ep = &plan->view->endpoints[i];

		if (ep->ns->cookie != cookie || !is_deliverable(ep) ||
		    !nsa_plan_is_endpoint_of(ep, find_port(plan, ep->port)))
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

static void static_netns(struct nsa_plan *plan, struct nsa_plan_route *route)
{
	const struct nsa_view_endpoint *ep;

	ep = pick_endpoint(plan, route->nh.dst_cookie, &route->prefix);
	if (ep)
		to_endpoint(&route->nh, find_port(plan, ep->port), ep, 0);
	else
		to_kernel(&route->nh, NSACCEL_PASS_NO_DEVICE);
}

/* What a next hop of the same target looks like before it is resolved. */
static void unresolve(struct nsaccel_nexthop *nh, __u32 owner_slot)
{
	struct nsaccel_nexthop fresh = {
		.owner_slot = owner_slot,
		.target = nh->target,
		.target_ifindex = nh->target_ifindex,
		.gateway_family = nh->gateway_family,
		.dst_cookie = nh->target == NSACCEL_TARGET_NETNS ? nh->dst_cookie : 0,
	};

	memcpy(fresh.gateway, nh->gateway, NSACCEL_ADDR_LEN);
	*nh = fresh;
}

int nsa_plan_static(struct nsa_plan *plan, struct nsa_plan_route *route)
{
	struct nsaccel_nexthop *nh = &route->nh;

	route->origin = NSACCEL_ORIGIN_STATIC;
	unresolve(nh, plan->owner_slot);
	switch (nh->target) {
	case NSACCEL_TARGET_VIA:
		return static_via(plan, route);
	case NSACCEL_TARGET_DEV:
		return static_dev(plan, route);
	case NSACCEL_TARGET_NETNS:
		static_netns(plan, route);
		return 0;
	case NSACCEL_TARGET_BLACKHOLE:
		nh->action = NSACCEL_ACTION_DROP;
		nh->reason = NSACCEL_DROP_BLACKHOLE;
		return 0;
	case NSACCEL_TARGET_UNREACHABLE:
		nh->action = NSACCEL_ACTION_REJECT;
		nh->reason = NSACCEL_DROP_UNREACHABLE;
		return 0;
	case NSACCEL_TARGET_PROHIBIT:
		nh->action = NSACCEL_ACTION_REJECT;
		nh->reason = NSACCEL_DROP_PROHIBIT;
		return 0;
	default:
		to_kernel(nh, NSACCEL_PASS_ROUTE);
		return 0;
	}
}

static int by_prefix(const void *a, const void *b)
{
	const struct nsa_plan_route *x = a, *y = b;
	int r = memcmp(&x->prefix, &y->prefix, sizeof(x->prefix));

	/* Of the same prefix the stronger origin comes last. */
	return r ? r : (x->origin < y->origin) - (x->origin > y->origin);
}

static void sort_unique(struct nsa_plan *plan)
{
	size_t n = 0;

	if (plan->route_count)
		qsort(plan->routes, plan->route_count, sizeof(*plan->routes), by_prefix);
	for (size_t i = 0; i < plan->route_count; i++) {
		if (n && !memcmp(&plan->routes[n - 1].prefix, &plan->routes[i].prefix,
				 sizeof(plan->routes[i].prefix)))
			n--;
		plan->routes[n++] = plan->routes[i];
	}
	plan->route_count = n;
}

int nsa_plan_routes(struct nsa_plan *plan, const struct nsa_plan_route *statics, size_t count)
{
	int r = add_kernel_routes(plan);

	if (!r && !plan->view->policy_rules)
		r = add_neighbours(plan);
	if (!r && !plan->view->policy_rules)
		r = add_endpoints(plan);
	for (size_t i = 0; !r && i < count; i++) {
		struct nsa_plan_route *route;

		route = add(plan, AF_INET, statics[i].prefix.addr, 0, NSACCEL_ORIGIN_STATIC);
		if (!route)
			return -ENOMEM;
		*route = statics[i];
		r = nsa_plan_static(plan, route);
	}
	sort_unique(plan);
	return r;
}
