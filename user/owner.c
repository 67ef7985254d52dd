// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "carrier.h"
#include "cleanup.h"
#include "hook_xdp.h"
#include "log.h"
#include "neighbour.h"
#include "owner.h"
#include "pin.h"
#include "port.h"
#include "settings.h"
#include "tables.h"

struct ports {
	struct nsa_port_entry *entries;
	size_t count;
};

static void ports_free(struct ports *ports)
{
	free(ports->entries);
}

int nsa_owner_ports(const struct nsa_session *session, __u64 cookie, struct nsa_port_entry **out,
		    size_t *count)
{
	__cleanup(nsa_freep) struct nsa_port_entry *all = NULL;
	size_t total = 0, n = 0;
	int r;

	r = nsa_maps_ports(session->maps, &all, &total);
	if (r < 0)
		return nsa_err(r, "read map ports: %s", strerror(-r));
	for (size_t i = 0; i < total; i++)
		if (all[i].port.owner_cookie == cookie)
			all[n++] = all[i];
	*out = TAKE_PTR(all);
	*count = n;
	return 0;
}

static const struct nsa_port_entry *find(const struct ports *ports, int ifindex)
{
	for (size_t i = 0; i < ports->count; i++)
		if (ports->entries[i].key.ifindex == (__u32)ifindex)
			return &ports->entries[i];
	return NULL;
}

static int register_netns(const struct nsa_session *session, const struct nsa_netns *ns,
			  __u32 *slot)
{
	int r = nsa_maps_netns_register(session->maps, ns->cookie, ns->name, slot);

	if (r < 0)
		return nsa_err(r, "register namespace %s: %s", ns->name,
			       nsa_maps_strerror(r, NSA_MAP_NETNS));
	return 0;
}

int nsa_owner_view(const struct nsa_session *session, const struct nsa_netns *owner,
		   struct nsa_view **out)
{
	__cleanup(nsa_view_freep) struct nsa_view *view = NULL;
	int r;

	r = nsa_view_get(owner, session->list, &view);
	for (size_t i = 0; !r && i < view->endpoint_count; i++)
		r = register_netns(session, view->endpoints[i].ns, &view->endpoints[i].slot);
	if (r < 0)
		return r;
	*out = TAKE_PTR(view);
	return 0;
}

/* The ports that there should be, on the records that there are. */
static int desired_ports(const struct nsa_view *view, __u32 slot, const struct ports *have,
			 struct ports *want)
{
	struct nsa_view_device device;

	want->entries = calloc(view->link_count + 1, sizeof(*want->entries));
	if (!want->entries)
		return nsa_err(-ENOMEM, "plan ports: %s", strerror(ENOMEM));
	for (size_t i = 0; i < view->link_count; i++) {
		const struct nsa_link *link = &view->links[i];
		const struct nsa_port_entry *old = find(have, link->ifindex);
		struct nsa_port_entry *entry = &want->entries[want->count];

		if (!(old && old->port.requested) && !nsa_plan_is_found_port(view, link))
			continue;
		nsa_view_device(view, link, &device);
		if (!(old && old->port.requested) && device.ingress_filters)
			continue; /* somebody polices what comes in there */
		if (old)
			entry->port = old->port;
		entry->key.owner_slot = slot;
		entry->key.ifindex = (__u32)link->ifindex;
		nsa_plan_port(view, link, &device, slot, &entry->port);
		want->count++;
	}
	return 0;
}

/* XDP sends to other NICs and to veths that asked for it: is there any such target? */
static bool has_xdp_targets(const struct nsa_view *view, const struct ports *ports)
{
	size_t nics = 0, veths = 0;

	for (size_t i = 0; i < ports->count; i++) {
		const struct nsaccel_port *port = &ports->entries[i].port;

		if (port->kind == NSACCEL_KIND_VETH)
			veths += port->delivery == NSACCEL_DELIVERY_XDP;
		else
			nics += nsa_xdp_is_wanted(
				nsa_view_link(view, (int)ports->entries[i].key.ifindex), port);
	}
	return nics && nics + veths > 1;
}

static int ports_up(struct nsa_port_context *ctx, struct ports *ports)
{
	int r = 0;

	ctx->config.xdp_targets = has_xdp_targets(ctx->view, ports);
	ctx->config.ports = ports->entries;
	ctx->config.port_count = ports->count;
	r = nsa_dataplane_load(&ctx->config, &ctx->programs);
	for (size_t i = 0; !r && i < ports->count;) {
		struct nsa_port_entry *entry = &ports->entries[i];

		r = nsa_port_up(ctx, entry);
		if (r != -ENODEV || entry->port.requested) {
			i++;
			continue;
		}
		r = nsa_port_down(ctx->session, ctx->view->owner->fd,
				  entry); /* it went meanwhile */
		*entry = ports->entries[--ports->count];
	}
	return r;
}

static int drop_stale_ports(const struct nsa_session *session, const struct nsa_netns *owner,
			    const struct ports *have, const struct ports *want)
{
	int r = 0;

	for (size_t i = 0; !r && i < have->count; i++)
		if (!find(want, (int)have->entries[i].key.ifindex))
			r = nsa_port_down(session, owner->fd, &have->entries[i]);
	return r;
}

static bool is_accepted(const struct ports *ports, const struct nsa_view_endpoint *ep)
{
	const struct nsa_port_entry *entry = find(ports, ep->port);

	return entry && nsa_plan_is_endpoint_of(ep, &entry->port);
}

static bool is_endpoint(const struct nsa_view *view, const struct ports *ports,
			const struct nsaccel_endpoint_key *key)
{
	for (size_t i = 0; i < view->endpoint_count; i++)
		if ((__u32)view->endpoints[i].port == key->ifindex &&
		    is_accepted(ports, &view->endpoints[i]) &&
		    !memcmp(view->endpoints[i].link.mac, key->mac, NSACCEL_MAC_LEN))
			return true;
	return false;
}

static int drop_stale_endpoints(const struct nsa_session *session, __u32 slot,
				const struct nsa_view *view, const struct ports *ports)
{
	__cleanup(nsa_freep) struct nsa_endpoint_entry *all = NULL;
	size_t count = 0;
	int r;

	r = nsa_maps_endpoints(session->maps, &all, &count);
	for (size_t i = 0; !r && i < count; i++)
		if (all[i].key.owner_slot == slot && !is_endpoint(view, ports, &all[i].key))
			r = nsa_maps_endpoint_del(session->maps, &all[i].key);
	return r < 0 ? nsa_err(r, "remove endpoints: %s", strerror(-r)) : 0;
}

static int put_endpoints(const struct nsa_session *session, __u32 slot, const struct nsa_view *view,
			 const struct ports *ports)
{
	struct nsa_endpoint_entry entry;
	int r = 0;

	for (size_t i = 0; !r && i < view->endpoint_count; i++) {
		if (!is_accepted(ports, &view->endpoints[i]))
			continue;
		nsa_plan_endpoint(&view->endpoints[i], slot, &entry);
		r = nsa_maps_endpoint_put(session->maps, &entry);
	}
	if (r < 0)
		return nsa_err(r, "write endpoints: %s", nsa_maps_strerror(r, NSA_MAP_ENDPOINTS));
	return drop_stale_endpoints(session, slot, view, ports);
}

/* The owner's table from the kernel's FIB, with its static routes. */
static int apply_own_routes(const struct nsa_session *session, struct nsa_plan *plan)
{
	__cleanup(nsa_freep) struct nsa_plan_route *statics = NULL;
	__u64 cookie = plan->view->owner->cookie;
	size_t count = 0;
	int r;

	r = nsa_tables_statics(session->maps, cookie, &statics, &count);
	if (r < 0)
		return r;
	r = nsa_plan_routes(plan, statics, count);
	if (r < 0)
		return nsa_err(r, "plan routes: %s", strerror(-r));
	return nsa_tables_apply(session->maps, cookie, plan->owner_slot, plan->routes,
				plan->route_count, true);
}

/* Routes of another namespace's own table that were resolved in this owner: resolve them anew. */
static int refresh_table(const struct nsa_session *session, struct nsa_plan *plan,
			 const struct nsa_netns_entry *ns)
{
	__cleanup(nsa_freep) struct nsa_plan_route *statics = NULL;
	size_t count = 0;
	int r;

	r = nsa_tables_statics(session->maps, ns->cookie, &statics, &count);
	if (r < 0 || !count)
		return r;
	for (size_t i = 0; !r && i < count; i++)
		if (statics[i].nh.owner_slot == plan->owner_slot)
			r = nsa_plan_static(plan, &statics[i]);
	if (r < 0)
		return nsa_err(r, "plan routes of %s: %s", ns->ns.name, strerror(-r));
	return nsa_tables_apply(session->maps, ns->cookie, ns->ns.slot, statics, count, false);
}

static bool has_ports(const struct ports *ports, __u64 cookie)
{
	for (size_t i = 0; i < ports->count; i++)
		if (ports->entries[i].port.owner_cookie == cookie)
			return true;
	return false;
}

static int refresh_tables(const struct nsa_session *session, struct nsa_plan *plan)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *all = NULL;
	__cleanup(ports_free) struct ports ports = {};
	size_t count = 0;
	int r;

	r = nsa_maps_netns(session->maps, &all, &count);
	if (!r)
		r = nsa_maps_ports(session->maps, &ports.entries, &ports.count);
	if (r < 0)
		return nsa_err(r, "read maps: %s", strerror(-r));
	for (size_t i = 0; !r && i < count; i++)
		if (!has_ports(&ports, all[i].cookie)) /* an owner's is its FIB, made by itself */
			r = refresh_table(session, plan, &all[i]);
	return r;
}

static int apply_routes(const struct nsa_session *session, struct nsa_plan *plan)
{
	int r = apply_own_routes(session, plan);

	return r < 0 ? r : refresh_tables(session, plan);
}

/* Routes; and once more if neighbours that they need could be resolved meanwhile. */
static int converge_routes(const struct nsa_session *session, const struct nsa_view *view,
			   __u32 slot, const struct ports *ports)
{
	struct nsa_plan plan = { .view = view,
				 .owner_slot = slot,
				 .ports = ports->entries,
				 .port_count = ports->count };
	__cleanup(nsa_view_freep) struct nsa_view *later = NULL;
	int r;

	r = apply_routes(session, &plan);
	if (!r && nsa_neighbours_resolve(view, plan.wanted, plan.wanted_count)) {
		r = nsa_owner_view(session, view->owner, &later);
		nsa_plan_free(&plan);
		plan = (struct nsa_plan){ .view = later,
					  .owner_slot = slot,
					  .ports = ports->entries,
					  .port_count = ports->count };
		if (!r)
			r = apply_routes(session, &plan);
	}
	nsa_plan_free(&plan);
	return r;
}

static bool is_any_requested(const struct ports *ports)
{
	for (size_t i = 0; i < ports->count; i++)
		if (ports->entries[i].port.requested)
			return true;
	return false;
}

int nsa_owner_converge(const struct nsa_session *session, const struct nsa_netns *owner)
{
	__cleanup(nsa_view_freep) struct nsa_view *view = NULL;
	__cleanup(ports_free) struct ports have = {}, want = {};
	struct nsa_port_context ctx = { .session = session, .programs = { -1, -1, -1 } };
	__cleanup(nsa_netns_leavep) int token = -1;
	__u32 slot;
	int r;

	r = register_netns(session, owner, &slot);
	if (!r)
		r = nsa_owner_view(session, owner, &view);
	if (!r)
		r = nsa_owner_ports(session, owner->cookie, &have.entries, &have.count);
	if (r < 0)
		return r;
	token = nsa_netns_enter(owner->fd);
	if (token < 0)
		return nsa_err(token, "enter namespace %s: %s", owner->name, strerror(-token));
	ctx.view = view;
	ctx.config.owner_slot = slot;
	ctx.config.owner_cookie = owner->cookie;
	r = desired_ports(view, slot, &have, &want);
	if (!r && !is_any_requested(&want)) /* their devices are gone */
		return nsa_owner_remove(session, owner->cookie);
	if (!r)
		r = ports_up(&ctx, &want);
	nsa_programs_closep(&ctx.programs);
	if (!r) { /* neighbours go with a link that was reset */
		nsa_carrier_wait(view, want.entries, want.count);
		nsa_neighbours_revive(view, want.entries, want.count);
	}
	if (!r)
		r = put_endpoints(session, slot, view, &want);
	if (!r)
		r = converge_routes(session, view, slot, &want);
	if (!r)
		r = drop_stale_ports(session, owner, &have, &want);
	return r < 0 ? r : nsa_owner_collect(session);
}

int nsa_owner_plan(const struct nsa_session *session, const struct nsa_view *view,
		   struct nsa_port_entry **entries, struct nsa_plan *plan)
{
	struct nsaccel_netns ns;
	int r;

	r = nsa_maps_netns_get(session->maps, view->owner->cookie, &ns);
	if (r < 0)
		return nsa_err(r, "find namespace %s in map netns: %s", view->owner->name,
			       strerror(-r));
	r = nsa_owner_ports(session, view->owner->cookie, entries, &plan->port_count);
	if (r < 0)
		return r;
	plan->view = view;
	plan->owner_slot = ns.slot;
	plan->ports = *entries;
	return 0;
}

/* Drops tables of other namespaces in which nothing but this owner's routes was left. */
static int drop_tables(const struct nsa_session *session, __u32 owner_slot)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *all = NULL;
	size_t count = 0, statics_count;
	int r;

	r = nsa_maps_netns(session->maps, &all, &count);
	for (size_t i = 0; !r && i < count; i++) {
		__cleanup(nsa_freep) struct nsa_plan_route *statics = NULL;
		size_t kept = 0;

		if (all[i].ns.slot == owner_slot)
			continue;
		statics_count = 0;
		r = nsa_tables_statics(session->maps, all[i].cookie, &statics, &statics_count);
		for (size_t j = 0; !r && j < statics_count; j++)
			if (statics[j].nh.owner_slot != owner_slot)
				statics[kept++] = statics[j];
		if (!r && kept < statics_count)
			r = nsa_tables_apply(session->maps, all[i].cookie, all[i].ns.slot, statics,
					     kept, false);
	}
	return r;
}

int nsa_owner_remove(const struct nsa_session *session, __u64 cookie)
{
	const struct nsa_netns *owner = nsa_netns_find(session->list, cookie);
	__cleanup(ports_free) struct ports ports = {};
	struct nsaccel_netns ns = {};
	int r;

	r = nsa_owner_ports(session, cookie, &ports.entries, &ports.count);
	if (r < 0)
		return r;
	/* Hooks first: without them no packet needs the rest. */
	for (size_t i = 0; !r && i < ports.count; i++)
		r = nsa_port_down(session, owner ? owner->fd : -1, &ports.entries[i]);
	if (!r && !nsa_maps_netns_get(session->maps, cookie, &ns)) {
		r = nsa_maps_table_drop(session->maps, cookie, ns.slot);
		if (!r)
			r = drop_tables(session, ns.slot);
	}
	return r < 0 ? r : nsa_owner_collect(session);
}

/* Collecting: what belongs to an owner without ports. */

static bool has_slot(const struct ports *ports, __u32 slot)
{
	for (size_t i = 0; i < ports->count; i++)
		if (ports->entries[i].key.owner_slot == slot)
			return true;
	return false;
}

static int collect_settings(const struct nsa_session *session, const struct ports *ports)
{
	__cleanup(nsa_freep) struct nsa_setting_entry *all = NULL;
	size_t count = 0;
	int r;

	r = nsa_maps_settings(session->maps, &all, &count);
	for (size_t i = 0; !r && i < count; i++)
		if (!has_ports(ports, all[i].setting.owner_cookie))
			nsa_settings_restore(session->maps, session->list, &all[i].key);
	return r < 0 ? nsa_err(r, "read map settings: %s", strerror(-r)) : 0;
}

static int collect_endpoints(const struct nsa_session *session, const struct ports *ports)
{
	__cleanup(nsa_freep) struct nsa_endpoint_entry *all = NULL;
	size_t count = 0;
	int r;

	r = nsa_maps_endpoints(session->maps, &all, &count);
	for (size_t i = 0; !r && i < count; i++)
		if (!has_slot(ports, all[i].key.owner_slot))
			r = nsa_maps_endpoint_del(session->maps, &all[i].key);
	return r < 0 ? nsa_err(r, "remove endpoints: %s", strerror(-r)) : 0;
}

static bool is_target(const struct ports *ports, __u32 slot, const struct nsaccel_tx_info *info)
{
	for (size_t i = 0; i < ports->count; i++)
		if (ports->entries[i].port.tx_slot == slot &&
		    ports->entries[i].port.owner_cookie == info->netns_cookie &&
		    ports->entries[i].key.ifindex == info->ifindex)
			return true;
	return false;
}

/* After the routes that named them: a slot given to another device would misdirect packets. */
static int collect_targets(const struct nsa_session *session, const struct ports *ports)
{
	struct nsaccel_tx_info info;
	int r = 0;

	for (__u32 slot = 1; !r && slot < NSACCEL_MAX_TX; slot++) {
		r = nsa_maps_tx_get(session->maps, slot, &info);
		if (!r && info.netns_cookie && !is_target(ports, slot, &info))
			r = nsa_maps_tx_del(session->maps, slot);
	}
	return r < 0 ? nsa_err(r, "remove XDP targets: %s", strerror(-r)) : 0;
}

static int remove_pins(__u64 cookie)
{
	char path[PATH_MAX];
	int r;

	r = nsa_pin_path(path, "owners/%llu", cookie);
	if (!r)
		r = nsa_pin_remove(path);
	if (!r)
		r = nsa_pin_path(path, "links/%llu", cookie);
	if (!r)
		r = nsa_pin_remove(path);
	return r < 0 ? nsa_err(r, "remove pins of owner %llu: %s", cookie, strerror(-r)) : 0;
}

/* Routes that a user gave it outlive the moment when no endpoint of it is to be seen. */
static bool has_own_routes(const struct nsa_session *session, __u64 cookie)
{
	__cleanup(nsa_closep) int table = nsa_maps_table_open(session->maps, cookie);

	return table >= 0 && nsa_netns_find(session->list, cookie);
}

static bool is_referred_to(const struct nsa_netns_entry *ns, const struct ports *ports,
			   const struct nsa_endpoint_entry *endpoints, size_t endpoint_count)
{
	for (size_t i = 0; i < ports->count; i++)
		if (ports->entries[i].port.owner_cookie == ns->cookie ||
		    ports->entries[i].port.endpoint_cookie == ns->cookie)
			return true;
	for (size_t i = 0; i < endpoint_count; i++)
		if (endpoints[i].ep.netns_cookie == ns->cookie)
			return true;
	return false;
}

static int collect_netns(const struct nsa_session *session, const struct ports *ports)
{
	__cleanup(nsa_freep) struct nsa_endpoint_entry *endpoints = NULL;
	__cleanup(nsa_freep) struct nsa_netns_entry *all = NULL;
	size_t count = 0, endpoint_count = 0;
	int r;

	r = nsa_maps_netns(session->maps, &all, &count);
	if (!r)
		r = nsa_maps_endpoints(session->maps, &endpoints, &endpoint_count);
	for (size_t i = 0; !r && i < count; i++) {
		if (!has_ports(ports, all[i].cookie))
			r = remove_pins(all[i].cookie);
		if (!r && !is_referred_to(&all[i], ports, endpoints, endpoint_count) &&
		    !has_own_routes(session, all[i].cookie))
			r = nsa_maps_netns_forget(session->maps, all[i].cookie);
	}
	return r < 0 ? nsa_err(r, "forget namespaces: %s", strerror(-r)) : 0;
}

static int remove_everything(void)
{
	char path[PATH_MAX];
	int r;

	r = nsa_pin_path(path, "%s", "");
	if (!r)
		r = nsa_pin_remove(path);
	if (r < 0)
		return nsa_err(r, "remove %s: %s", path, strerror(-r));
	nsa_pin_remove_top();
	return 0;
}

int nsa_owner_collect(const struct nsa_session *session)
{
	__cleanup(ports_free) struct ports ports = {};
	int r;

	r = nsa_maps_ports(session->maps, &ports.entries, &ports.count);
	if (r < 0)
		return nsa_err(r, "read map ports: %s", strerror(-r));
	r = collect_settings(session, &ports);
	if (!r && !ports.count)
		return remove_everything();
	if (!r)
		r = collect_endpoints(session, &ports);
	if (!r)
		r = collect_targets(session, &ports);
	if (!r)
		r = collect_netns(session, &ports);
	return r < 0 ? r : nsa_tables_collect(session->maps);
}
