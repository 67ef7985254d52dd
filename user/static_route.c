// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "mirror.h"
#include "static_route.h"

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

static int find_target_dev(const struct nsa_owner *owner, const char *dev, __u32 *ifindex)
{
	const struct nsa_link *link = nsa_view_link_by_name(owner->view, dev);
	struct nsa_plan plan;

	nsa_owner_plan(owner, &plan);
	if (!link)
		return nsa_err(-ENODEV, "no device \"%s\" in namespace %s", dev, owner->ns->name);
	if (!nsa_plan_find_port(&plan, link->ifindex))
		return nsa_err(-ENOENT, "device %s is not attached; nsaccel attach %s", dev, dev);
	*ifindex = (__u32)link->ifindex;
	return 0;
}

static int find_target_netns(const struct nsa_owner *owner, const char *spec, __u64 *cookie)
{
	const struct nsa_view *view = owner->view;
	const struct nsa_netns *ns;
	int r;

	r = nsa_session_netns(owner->mirror->session, spec, &ns);
	if (r < 0)
		return r;
	for (size_t i = 0; i < view->endpoint_count; i++)
		if (view->endpoints[i].cookie == ns->cookie) {
			*cookie = ns->cookie;
			return 0;
		}
	return nsa_err(-ENOENT, "namespace %s is not behind a device of %s", ns->name,
		       owner->ns->name);
}

/* As "ip route add": a gateway has to be on a link. Whether it answers is another matter. */
static int check_gateway(const struct nsa_owner *owner, const struct nsaccel_nexthop *nh)
{
	int family = nh->gateway_family == NSACCEL_FAMILY_INET ? AF_INET : AF_INET6;
	char text[INET6_ADDRSTRLEN];
	struct nsaccel_nexthop link;
	struct nsa_plan plan;

	nsa_owner_plan(owner, &plan);
	if (nsa_plan_is_on_link(&plan, (__u8)family, nh->gateway, &link))
		return 0;
	return nsa_err(-ENETUNREACH, "gateway %s is on no link of namespace %s",
		       inet_ntop(family, nh->gateway, text, sizeof(text)), owner->ns->name);
}

/* The key of what was asked for. */
static int make_key(const struct nsa_owner *owner, const struct nsa_route_request *request,
		    struct nsaccel_nexthop *key)
{
	struct nsaccel_nexthop target = { .target = request->target,
					  .gateway_family = request->gateway_family };
	struct nsa_plan plan;
	int r = 0;

	memcpy(target.gateway, request->gateway, NSACCEL_ADDR_LEN);
	if (request->target_dev)
		r = find_target_dev(owner, request->target_dev, &target.target_ifindex);
	if (!r && request->target == NSACCEL_TARGET_VIA)
		r = check_gateway(owner, &target);
	if (!r && request->target_netns)
		r = find_target_netns(owner, request->target_netns, &target.dst_cookie);
	if (r < 0)
		return r;
	nsa_owner_plan(owner, &plan);
	nsa_plan_static_key(&plan, &request->prefix, &target, key);
	return 0;
}

static int set_route(struct nsa_owner *owner, struct nsa_table *table,
		     const struct nsa_route_request *request)
{
	struct nsa_hops *hops = owner->mirror->hops;
	struct nsaccel_nexthop key;
	struct nsa_node *node;
	__u32 hop;
	int r;

	r = make_key(owner, request, &key);
	if (r < 0)
		return r;
	node = nsa_table_node(table, &request->prefix);
	hop = node ? nsa_hops_get(hops, &key) : 0;
	if (!hop || nsa_table_touch(table, node))
		return nsa_err(-ENOMEM, "change routes: %s", strerror(ENOMEM));
	nsa_table_fix(table, node, hop);
	nsa_table_want(table, node, hop, NSACCEL_ORIGIN_STATIC);
	return 0;
}

static int unset_route(void *data, struct nsa_node *node)
{
	struct nsa_table *table = data;

	if (!node->fixed)
		return 0;
	nsa_table_fix(table, node, 0);
	nsa_table_want(table, node, 0, NSACCEL_ORIGIN_NONE);
	return nsa_table_touch(table, node);
}

/* The change itself, in the table of whom the route is for. */
static int edit(struct nsa_owner *owner, struct nsa_table *table,
		const struct nsa_route_request *request)
{
	struct nsa_node *old = nsa_table_find(table, &request->prefix);

	if (old && !old->fixed)
		old = NULL;
	switch (request->verb) {
	case NSA_ROUTE_FLUSH:
		return nsa_table_each(table, unset_route, table);
	case NSA_ROUTE_DEL:
		if (old)
			return unset_route(table, old);
		return nsa_err(-ENOENT,
			       "%s is no route of nsaccel's own; nsaccel route show lists "
			       "them as static",
			       request->word);
	case NSA_ROUTE_ADD:
		if (old)
			return nsa_err(-EEXIST,
				       "%s has a route already; nsaccel route replace changes it",
				       request->word);
		break;
	default:
		break;
	}
	return set_route(owner, table, request);
}

static int change(struct nsa_mirror *mirror, const struct nsa_netns *ns,
		  const struct nsa_route_request *request)
{
	const struct nsa_netns *owner_ns;
	struct nsaccel_netns entry;
	struct nsa_owner *owner;
	struct nsa_table *table;
	int r;

	r = find_owner(mirror->session, ns, &owner_ns);
	if (!r)
		r = nsa_mirror_owner(mirror, owner_ns, &owner);
	if (r)
		return r;
	owner->waits = true;
	r = nsa_owner_settle(owner); /* up to date, before the request is looked at */
	if (r < 0)
		return r;
	r = nsa_maps_netns_get(mirror->session->maps, ns->cookie, &entry);
	if (r < 0)
		return nsa_err(r, "find namespace %s in map netns: %s", ns->name, strerror(-r));
	r = nsa_mirror_table(mirror, ns->cookie, entry.slot, &table);
	if (!r)
		r = edit(owner, table, request);
	return r < 0 ? r : nsa_owner_settle(owner);
}

int nsa_static_route(const struct nsa_route_request *request)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_mirror_finishp) struct nsa_mirror *mirror = NULL;
	const struct nsa_netns *ns;
	int r;

	r = nsa_session_lock(request->bpffs, false, &session);
	if (!r)
		r = nsa_session_netns(&session, request->netns, &ns);
	if (r)
		return r;
	if (!session.maps)
		return nsa_err(-ENOENT, "%s: nothing is attached; nsaccel attach DEV comes first",
			       request->word ? request->word : "routes");
	r = nsa_mirror_change(&session, &mirror);
	return r < 0 ? r : change(mirror, ns, request);
}
