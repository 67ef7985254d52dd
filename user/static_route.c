// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "cleanup.h"
#include "fib.h"
#include "log.h"
#include "neighbour.h"
#include "owner.h"
#include "static_route.h"
#include "tables.h"

/* Where the namespace's routes are resolved: itself if it is an owner, else the owner of the first
 * port that it is behind. */
static int find_owner(const struct nsa_session *session, const struct nsa_netns *ns,
		      const struct nsa_netns **out)
{
	__cleanup(nsa_freep) struct nsa_endpoint_entry *endpoints = NULL;
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	size_t port_count = 0, endpoint_count = 0;
	__u64 cookie = 0;
	__u32 slot = 0;
	int r;

	r = nsa_maps_ports(session->maps, &ports, &port_count);
	if (!r)
		r = nsa_maps_endpoints(session->maps, &endpoints, &endpoint_count);
	if (r < 0)
		return nsa_err(r, "read maps: %s", strerror(-r));
	for (size_t i = 0; i < endpoint_count && !slot; i++)
		if (endpoints[i].ep.netns_cookie == ns->cookie)
			slot = endpoints[i].key.owner_slot;
	for (size_t i = 0; i < port_count; i++) {
		if (ports[i].port.owner_cookie == ns->cookie)
			cookie = ns->cookie;
		else if (ports[i].key.owner_slot == slot && !cookie)
			cookie = ports[i].port.owner_cookie;
	}
	if (!cookie)
		return nsa_err(-ENOENT,
			       "namespace %s is behind no attached device; nsaccel attach "
			       "DEV in the namespace that routes for it comes first",
			       ns->name);
	*out = nsa_netns_find(session->list, cookie);
	return *out ? 0 :
		      nsa_err(-ENOENT, "the namespace that routes for %s can't be reached",
			      ns->name);
}

static int find_target_dev(const struct nsa_plan *plan, const char *dev, __u32 *ifindex)
{
	const struct nsa_link *link = nsa_view_link_by_name(plan->view, dev);

	if (!link)
		return nsa_err(-ENODEV, "no device \"%s\" in namespace %s", dev,
			       plan->view->owner->name);
	for (size_t i = 0; i < plan->port_count; i++)
		if (plan->ports[i].key.ifindex == (__u32)link->ifindex) {
			*ifindex = (__u32)link->ifindex;
			return 0;
		}
	return nsa_err(-ENOENT, "device %s is not attached; nsaccel attach %s", dev, dev);
}

static int find_target_netns(const struct nsa_session *session, const struct nsa_plan *plan,
			     const char *spec, __u64 *cookie)
{
	const struct nsa_netns *ns;
	int r;

	r = nsa_session_netns(session, spec, &ns);
	if (r < 0)
		return r;
	for (size_t i = 0; i < plan->view->endpoint_count; i++)
		if (plan->view->endpoints[i].ns->cookie == ns->cookie) {
			*cookie = ns->cookie;
			return 0;
		}
	return nsa_err(-ENOENT, "namespace %s is not behind a device of %s", ns->name,
		       plan->view->owner->name);
}

/* As "ip route add": a gateway has to be on a link. Whether it answers is another matter. */
static int check_gateway(const struct nsa_plan *plan, const struct nsaccel_nexthop *nh)
{
	int family = nh->gateway_family == NSACCEL_FAMILY_INET ? AF_INET : AF_INET6;
	const struct nsa_krt *k = nsa_fib_lookup(plan->view, (__u8)family, nh->gateway);
	char text[INET6_ADDRSTRLEN];

	if (k && k->type == RTN_UNICAST && !k->gw_family && k->oif > 0)
		return 0;
	return nsa_err(-ENETUNREACH, "gateway %s is on no link of namespace %s",
		       inet_ntop(family, nh->gateway, text, sizeof(text)), plan->view->owner->name);
}

static int make_route(const struct nsa_session *session, struct nsa_plan *plan,
		      const struct nsa_route_request *request, struct nsa_plan_route *out)
{
	struct nsa_plan_route route = { .prefix = request->prefix };
	int r = 0;

	route.nh.target = request->target;
	route.nh.gateway_family = request->gateway_family;
	memcpy(route.nh.gateway, request->gateway, NSACCEL_ADDR_LEN);
	if (request->target_dev)
		r = find_target_dev(plan, request->target_dev, &route.nh.target_ifindex);
	if (!r && request->target == NSACCEL_TARGET_VIA)
		r = check_gateway(plan, &route.nh);
	if (!r && request->target_netns)
		r = find_target_netns(session, plan, request->target_netns, &route.nh.dst_cookie);
	if (!r)
		r = nsa_plan_static(plan, &route);
	if (!r)
		*out = route;
	return r;
}

static struct nsa_plan_route *find(struct nsa_plan_route *routes, size_t count,
				   const struct nsaccel_prefix *prefix)
{
	for (size_t i = 0; i < count; i++)
		if (!memcmp(&routes[i].prefix, prefix, sizeof(*prefix)))
			return &routes[i];
	return NULL;
}

/* The change itself, on the list of static routes; room for one more. */
static int edit(const struct nsa_session *session, struct nsa_plan *plan,
		const struct nsa_route_request *request, struct nsa_plan_route *routes,
		size_t *count)
{
	struct nsa_plan_route *old = find(routes, *count, &request->prefix);
	struct nsa_plan_route made;
	int r;

	if (request->verb == NSA_ROUTE_FLUSH) {
		*count = 0;
		return 0;
	}
	if (request->verb == NSA_ROUTE_DEL) {
		if (!old)
			return nsa_err(-ENOENT,
				       "%s is no route of nsaccel's own; nsaccel route show lists "
				       "them as static",
				       request->word);
		*old = routes[--*count];
		return 0;
	}
	if (old && request->verb == NSA_ROUTE_ADD)
		return nsa_err(-EEXIST, "%s has a route already; nsaccel route replace changes it",
			       request->word);
	r = make_route(session, plan, request, &made);
	if (r < 0)
		return r;
	if (!old)
		old = &routes[(*count)++];
	*old = made;
	return 0;
}

static int write_routes(const struct nsa_session *session, struct nsa_plan *plan,
			const struct nsa_netns *ns, const struct nsa_plan_route *routes,
			size_t count)
{
	struct nsaccel_netns entry;
	int r;

	r = nsa_maps_netns_get(session->maps, ns->cookie, &entry);
	if (r < 0)
		return nsa_err(r, "find namespace %s in map netns: %s", ns->name, strerror(-r));
	if (ns->cookie != plan->view->owner->cookie)
		return nsa_tables_apply(session->maps, ns->cookie, entry.slot, routes, count,
					false);
	r = nsa_plan_routes(plan, routes, count); /* an owner's stand beside its kernel's */
	if (r < 0)
		return nsa_err(r, "plan routes: %s", strerror(-r));
	return nsa_tables_apply(session->maps, ns->cookie, entry.slot, plan->routes,
				plan->route_count, true);
}

static int change(const struct nsa_session *session, struct nsa_plan *plan,
		  const struct nsa_netns *ns, const struct nsa_route_request *request)
{
	__cleanup(nsa_freep) struct nsa_plan_route *routes = NULL;
	struct nsa_plan_route *grown;
	size_t count = 0;
	int r;

	r = nsa_tables_statics(session->maps, ns->cookie, &routes, &count);
	if (r < 0)
		return r;
	grown = reallocarray(routes, count + 1, sizeof(*grown));
	if (!grown)
		return nsa_err(-ENOMEM, "change routes: %s", strerror(ENOMEM));
	routes = grown;
	r = edit(session, plan, request, routes, &count);
	return r < 0 ? r : write_routes(session, plan, ns, routes, count);
}

int nsa_static_route(const struct nsa_route_request *request)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	__cleanup(nsa_view_freep) struct nsa_view *view = NULL;
	const struct nsa_netns *ns, *owner;
	struct nsa_plan plan = {};
	bool again;
	int r;

	r = nsa_session_lock(request->bpffs, false, &session);
	if (!r)
		r = nsa_session_netns(&session, request->netns, &ns);
	if (r)
		return r;
	if (!session.maps)
		return nsa_err(-ENOENT, "%s: nothing is attached; nsaccel attach DEV comes first",
			       request->word ? request->word : "routes");
	r = find_owner(&session, ns, &owner);
	if (!r)
		r = nsa_owner_view(&session, owner, &view);
	if (!r)
		r = nsa_owner_plan(&session, view, &ports, &plan);
	if (!r)
		r = change(&session, &plan, ns, request);
	again = !r && nsa_neighbours_resolve(view, plan.wanted, plan.wanted_count);
	nsa_plan_free(&plan);
	if (again)
		return nsa_owner_converge(&session, owner);
	return r < 0 ? r : nsa_tables_collect(session.maps);
}
