// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "dataplane/port.h"
#include "kernel/netns_list.h"
#include "maps/isolation.h"
#include "maps/netns.h"
#include "maps/ports.h"
#include "model/device_kind.h"
#include "ops/attach.h"
#include "ops/requested.h"
#include "ops/wire.h"
#include "reconcile/gc.h"
#include "reconcile/owner.h"
#include "reconcile/owner_open.h"
#include "reconcile/session_lock.h"
#include "reconcile/state.h"
#include "reconcile/teardown.h"
#include "util/cleanup.h"
#include "util/log.h"

static int set_delivery_of_all(struct nsa_state *state, const struct nsa_netns *ns,
			       enum nsaccel_delivery delivery)
{
	__cleanup(nsa_ports_free) struct nsa_ports ports = {};
	int r;

	r = nsa_owner_ports(state->session, ns->cookie, &ports);
	for (size_t i = 0; !r && i < ports.count; i++) {
		struct nsa_port_entry *entry = &ports.entries[i];

		if (!nsa_kind(entry->port.kind)->owns_port)
			continue;
		entry->port.delivery = delivery;
		r = nsa_port_write_record(state->session->maps, entry);
	}
	return r;
}

static int request_port(const struct nsa_state *state, const struct nsa_owner *owner,
			const struct nsa_link *link, const struct nsa_attach_request *request)
{
	const struct nsa_maps *maps = state->session->maps;
	struct nsa_port_entry entry = { .key = { owner->slot, (__u32)link->ifindex } };
	struct nsaccel_port *port = &entry.port;
	int r = nsa_maps_port_get(maps, owner->slot, (__u32)link->ifindex, port);

	if (r < 0 && r != -ENOENT)
		return nsa_err(r, "read port %s: %s", link->name, strerror(-r));
	port->owner_cookie = owner->cookie;
	port->requested = 1;
	if (request->set_mode)
		port->mode = request->mode;
	memcpy(port->name, link->name, sizeof(port->name));
	return nsa_port_write_record(maps, &entry);
}

struct attaching {
	const struct nsa_state *state;
	const struct nsa_owner *owner;
};

/* Static routes of a namespace mean something else once it routes for itself. */
static int check_route(void *data, struct nsa_node *node)
{
	const struct attaching *attaching = data;
	const struct nsa_owner *owner = attaching->owner;

	if (!node->static_nh ||
	    nsa_nexthop(attaching->state->hops, node->static_nh)->key.owner_slot == owner->slot)
		return 0;
	return nsa_err(-EBUSY,
		       "namespace %s has nsaccel routes in the namespace that routes for it; "
		       "nsaccel route flush --netns %s removes them",
		       owner->ns->name, owner->ns->name);
}

static int change_owner(struct nsa_state *state, struct nsa_owner *owner,
			const struct nsa_link *link, const struct nsa_attach_request *request)
{
	const struct nsa_netns *ns = owner->ns;
	int r = 0;

	if (request->set_firewall)
		r = nsa_owner_set_firewall(state, owner, request->firewall);
	if (!r)
		r = nsa_owner_set_static_mode(state, owner, request->static_mode);
	if (!r)
		r = request_port(state, owner, link, request);
	if (!r)
		r = nsa_requested_reconcile(state, ns);
	if (!r && request->set_delivery) {
		r = set_delivery_of_all(state, ns, request->delivery);
		if (!r)
			r = nsa_requested_deliver(state, ns, NSA_EACH_PORT);
	}
	return r;
}

/* A host end that is attached by name is treated as a wire, where a namespace's settings don't
 * hold. */
static int check_endpoint(const struct nsa_state *state, const struct nsa_owner *owner,
			  const struct nsa_link *link)
{
	const struct nsa_maps *maps = state->session->maps;
	struct nsaccel_isolation isolation = {};
	struct nsaccel_netns entry = {};
	struct nsaccel_port port;
	const struct nsa_netns *ns;
	int r = nsa_maps_port_get(maps, owner->slot, (__u32)link->ifindex, &port);

	if (r < 0 && r != -ENOENT)
		return nsa_err(r, "read port %s: %s", link->name, strerror(-r));
	if (r < 0 || port.requested || !port.endpoint_cookie)
		return 0;
	r = nsa_maps_isolation_get(maps, port.source_slot, port.endpoint_cookie, &isolation);
	if (r < 0)
		return nsa_err(r, "read map isolation: %s", strerror(-r));
	if (!isolation.cookie && !port.bound && !port.share_nic)
		return 0;
	ns = nsa_netns_find(state->session->list,
			    port.bound_cookie ? port.bound_cookie : port.endpoint_cookie);
	nsa_maps_netns_get(maps, ns ? ns->cookie : port.endpoint_cookie, &entry);
	return nsa_err(
		-EBUSY,
		"%s leads to namespace %s, which has settings of its own, and is attached as that "
		"endpoint's port already. Attached by name it would be a wire, where the settings "
		"don't hold: attach the device that leads to the wire",
		link->name, ns ? ns->name : entry.name);
}

static int attach(struct nsa_state *state, const struct nsa_netns *ns, const struct nsa_link *link,
		  const struct nsa_attach_request *request, struct nsa_attached *attached)
{
	__cleanup(nsa_requested_free) struct nsa_requested before = {};
	struct nsa_owner *owner;
	int r;

	r = nsa_owner_open(state, ns, &owner); /* without ports that are no more */
	if (!r)
		r = nsa_requested_get(state->session, ns, owner->slot, &before);
	if (r)
		return r;
	r = check_endpoint(state, owner, link);
	if (!r)
		r = nsa_table_each(owner->table, check_route, &(struct attaching){ state, owner });
	if (r < 0)
		return r;
	r = change_owner(state, owner, link, request);
	if (r < 0)
		nsa_requested_undo(state, ns, &before);
	else
		nsa_wire_describe(owner->snapshot, link->ifindex, attached->what,
				  sizeof(attached->what));
	return r;
}

int nsa_attach(const struct nsa_attach_request *request, struct nsa_attached *out)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_state_finishp) struct nsa_state *state = NULL;
	const struct nsa_netns *owner;
	struct nsa_link link = {};
	int r;

	r = nsa_session_lock(request->bpffs, true, &session);
	if (r < 0)
		return r;
	r = nsa_session_netns(&session, request->netns, &owner);
	if (!r)
		r = nsa_wire_find(owner, request->dev, &link);
	if (!r)
		r = nsa_state_change(&session, &state);
	if (!r)
		r = nsa_teardown_dead(state);
	if (!r)
		r = attach(state, owner, &link, request, out);
	if (r < 0)
		nsa_gc_maps(&session); /* maps made for nothing */
	else
		out->owner_cookie = owner->cookie;
	out->ifindex = (__u32)link.ifindex;
	return r;
}
