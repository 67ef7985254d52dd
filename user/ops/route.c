// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/netns_list.h"
#include "maps/endpoints.h"
#include "maps/netns.h"
#include "maps/ports.h"
#include "model/device_kind.h"
#include "model/plan_endpoint.h"
#include "model/plan_key.h"
#include "model/plan_route.h"
#include "ops/route.h"
#include "reconcile/owner.h"
#include "reconcile/owner_open.h"
#include "reconcile/reconcile.h"
#include "reconcile/session_lock.h"
#include "reconcile/state.h"
#include "util/cleanup.h"
#include "util/family.h"
#include "util/log.h"
#include "util/prefix.h"
#include "util/text.h"

/* Finds the namespace where routes of ns are resolved: ns if it is an owner, else the owner of the
 * first port that leads to it. */
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
			       "namespace %s is behind no attached device; nsaccel attach DEV in "
			       "the namespace that routes for it comes first",
			       ns->name);
	*out = nsa_netns_find(session->list, cookie);
	return *out ? 0 :
		      nsa_err(-ENOENT, "the namespace that routes for %s can't be reached",
			      ns->name);
}

static bool is_one_address(const struct nsaccel_prefix *prefix)
{
	return nsa_prefix_len(prefix) == nsa_addr_bits((__u8)prefix->family);
}

static int find_target_dev(struct nsa_state *state, const struct nsa_owner *owner,
			   const struct nsa_route_request *request, __u32 *ifindex)
{
	const char *dev = request->target_dev;
	const struct nsa_link *link = nsa_snapshot_link_by_name(owner->snapshot, dev);
	const struct nsaccel_port *port;
	struct nsa_plan plan;

	nsa_owner_plan(state, owner, &plan);
	if (!link)
		return nsa_err(-ENODEV, "no device \"%s\" in namespace %s", dev, owner->ns->name);
	port = nsa_plan_find_port(&plan, link->ifindex);
	if (!port)
		return nsa_err(
			-ENOENT,
			"device %s is not attached in namespace %s; nsaccel status shows what is",
			dev, owner->ns->name);
	if (!nsa_kind(port->kind)->owns_port && !is_one_address(&request->prefix))
		return NSA_ROUTE_ON_WIRE;
	*ifindex = (__u32)link->ifindex;
	return 0;
}

static const char *link_name(const struct nsa_snapshot *snapshot, int ifindex)
{
	const struct nsa_link *link = nsa_snapshot_link(snapshot, ifindex);

	return link ? link->name : "a device";
}

static int find_target_netns(struct nsa_state *state, const struct nsa_owner *owner,
			     const char *spec, __u64 *cookie)
{
	const struct nsa_snapshot_endpoint *eps = owner->snapshot->endpoints, *beyond = NULL;
	const struct nsa_netns *ns;
	struct nsa_plan plan;
	int r;

	r = nsa_session_netns(state->session, spec, &ns);
	if (r < 0)
		return r;
	nsa_owner_plan(state, owner, &plan);
	for (size_t i = 0; i < owner->snapshot->endpoint_count; i++) {
		if (eps[i].cookie != ns->cookie)
			continue;
		*cookie = ns->cookie;
		if (nsa_plan_is_endpoint_of(&eps[i], nsa_plan_find_port(&plan, eps[i].port)))
			return 0;
		beyond = &eps[i];
	}
	if (beyond)
		return nsa_err(
			-EHOSTUNREACH,
			"namespace %s is beyond %s of namespace %s, which is a wire, or isn't "
			"attached: routes lead there via a GATEWAY, as to any other host",
			ns->name, link_name(owner->snapshot, beyond->port), owner->ns->name);
	return nsa_err(
		-ENOENT,
		"namespace %s is not behind a device of %s; nsaccel endpoint show lists which are",
		ns->name, owner->ns->name);
}

/* As with ip route add, a gateway has to be on a link; it needn't answer. */
static int check_gateway(struct nsa_state *state, const struct nsa_owner *owner,
			 const struct nsaccel_nexthop *nh)
{
	char text[INET6_ADDRSTRLEN];
	struct nsaccel_nexthop link;
	struct nsa_plan plan;

	nsa_owner_plan(state, owner, &plan);
	if (nsa_plan_is_on_link(&plan, nsa_family_os(nh->gateway_family), nh->gateway, &link))
		return 0;
	return nsa_err(-ENETUNREACH,
		       "gateway %s is on no link of namespace %s, as ip route get says there",
		       nsa_text_addr(nh->gateway_family, nh->gateway, text), owner->ns->name);
}

/* The key of the requested next hop. */
static int make_key(struct nsa_state *state, const struct nsa_owner *owner,
		    const struct nsa_route_request *request, struct nsaccel_nexthop *key)
{
	struct nsaccel_nexthop target = { .target = request->target,
					  .gateway_family = request->gateway_family };
	struct nsa_plan plan;
	int r = 0;

	memcpy(target.gateway, request->gateway, NSACCEL_ADDR_LEN);
	if (request->target_dev)
		r = find_target_dev(state, owner, request, &target.target_ifindex);
	if (!r && request->target == NSACCEL_TARGET_VIA)
		r = check_gateway(state, owner, &target);
	if (!r && request->target_netns)
		r = find_target_netns(state, owner, request->target_netns, &target.dst_cookie);
	if (r)
		return r;
	nsa_owner_plan(state, owner, &plan);
	nsa_plan_static_key(&plan, &request->prefix, &target, key);
	return 0;
}

static int put_route(struct nsa_state *state, struct nsa_table *table,
		     const struct nsaccel_prefix *prefix, const struct nsaccel_nexthop *key)
{
	struct nsa_node *node = nsa_table_node(table, prefix);
	__u32 hop = node ? nsa_nexthops_get(state->hops, key) : 0;

	if (!hop || nsa_table_touch(table, node))
		return nsa_err(-ENOMEM, "change routes: %s", strerror(ENOMEM));
	nsa_table_set_static(table, node, hop);
	nsa_table_want(table, node, hop, NSACCEL_ORIGIN_STATIC);
	return 0;
}

static int set_route(struct nsa_state *state, struct nsa_owner *owner, struct nsa_table *table,
		     bool exists, const struct nsa_route_request *request)
{
	struct nsaccel_nexthop key;
	int r = make_key(state, owner, request, &key);

	if (!r && exists && request->verb == NSA_ROUTE_ADD)
		return NSA_ROUTE_EXISTS;
	return r ? r : put_route(state, table, &request->prefix, &key);
}

static int unset_route(void *data, struct nsa_node *node)
{
	struct nsa_table *table = data;

	if (!node->static_nh)
		return 0;
	nsa_table_set_static(table, node, 0);
	nsa_table_want(table, node, 0, NSACCEL_ORIGIN_NONE);
	return nsa_table_touch(table, node) ?
		       nsa_err(-ENOMEM, "change routes: %s", strerror(ENOMEM)) :
		       0;
}

/* Changes the table of the namespace that the route is for. */
static int edit(struct nsa_state *state, struct nsa_owner *owner, struct nsa_table *table,
		const struct nsa_route_request *request)
{
	struct nsa_node *old = nsa_table_find(table, &request->prefix);
	bool exists = old && old->static_nh;

	if (request->verb == NSA_ROUTE_FLUSH)
		return nsa_table_each(table, unset_route, table);
	if (request->verb != NSA_ROUTE_DEL)
		return set_route(state, owner, table, exists, request);
	if (exists)
		return unset_route(table, old);
	return NSA_ROUTE_UNKNOWN;
}

/* Static routes as they were before a change. */
struct before {
	struct {
		struct nsaccel_prefix prefix;
		struct nsaccel_nexthop key;
	} * routes;
	size_t count;
	const struct nsa_nexthops *hops;
};

static void before_free(struct before *before)
{
	free(before->routes);
}

static int remember(void *data, struct nsa_node *node)
{
	struct before *before = data;

	if (!node->static_nh)
		return 0;
	before->routes[before->count].prefix = node->prefix;
	before->routes[before->count++].key = nsa_nexthop(before->hops, node->static_nh)->key;
	return 0;
}

static int take_before(struct nsa_state *state, const struct nsa_table *table,
		       struct before *before)
{
	before->hops = state->hops;
	before->routes = calloc(table->static_count + 1, sizeof(*before->routes));
	if (!before->routes)
		return nsa_err(-ENOMEM, "change routes: %s", strerror(ENOMEM));
	return nsa_table_each(table, remember, before);
}

static void undo(struct nsa_state *state, struct nsa_owner *owner, struct nsa_table *table,
		 const struct before *before)
{
	int r = nsa_table_each(table, unset_route, table);

	for (size_t i = 0; !r && i < before->count; i++)
		r = put_route(state, table, &before->routes[i].prefix, &before->routes[i].key);
	owner->dirty |= NSA_DIRTY_PORTS | NSA_DIRTY_HOPS;
	if (r < 0 ||
	    nsa_reconcile(&(struct nsa_run){ .state = state, .synchronous = true }, owner) < 0)
		nsa_log_err(
			"the routes couldn't be put back as they were: nsaccel route show lists "
			"what stands");
}

static int change(struct nsa_state *state, const struct nsa_netns *ns,
		  const struct nsa_route_request *request)
{
	const struct nsa_run run = { .state = state, .synchronous = true };
	__cleanup(before_free) struct before before = {};
	const struct nsa_netns *owner_ns;
	struct nsaccel_netns entry;
	struct nsa_owner *owner;
	struct nsa_table *table;
	int r;

	r = find_owner(state->session, ns, &owner_ns);
	if (!r)
		r = nsa_owner_open(state, owner_ns, &owner);
	if (r)
		return r;
	r = nsa_reconcile(&run, owner); /* up to date, before the request is looked at */
	if (r < 0)
		return r;
	r = nsa_maps_netns_get(state->session->maps, ns->cookie, &entry);
	if (r < 0)
		return nsa_err(r, "find namespace %s in map netns: %s", ns->name, strerror(-r));
	r = nsa_state_table(state, ns->cookie, entry.slot, &table);
	if (!r)
		r = take_before(state, table, &before);
	if (!r)
		r = edit(state, owner, table, request);
	if (r)
		return r;
	r = nsa_reconcile(&run, owner);
	if (r < 0)
		undo(state, owner, table, &before);
	return r;
}

int nsa_route_change(const struct nsa_route_request *request)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_state_finishp) struct nsa_state *state = NULL;
	const struct nsa_netns *ns;
	int r;

	r = nsa_session_lock(request->bpffs, false, &session);
	if (!r)
		r = nsa_session_netns(&session, request->netns, &ns);
	if (r)
		return r;
	if (!session.maps)
		return NSA_ROUTE_UNATTACHED;
	r = nsa_state_change(&session, &state);
	return r < 0 ? r : change(state, ns, request);
}
