// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "dataplane/port.h"
#include "kernel/rtnl.h"
#include "kernel/rtnl_link.h"
#include "maps/owners.h"
#include "maps/ports.h"
#include "ops/requested.h"
#include "reconcile/owner.h"
#include "reconcile/owner_open.h"
#include "reconcile/reconcile.h"
#include "reconcile/requests.h"
#include "reconcile/session_lock.h"
#include "reconcile/teardown.h"
#include "util/cleanup.h"
#include "util/log.h"

static size_t count_requested(const struct nsa_ports *ports)
{
	size_t n = 0;

	for (size_t i = 0; i < ports->count; i++)
		n += ports->entries[i].port.requested;
	return n;
}

int nsa_requested_deliver(struct nsa_state *state, const struct nsa_netns *ns, int ifindex)
{
	__cleanup(nsa_ports_free) struct nsa_ports ports = {}, absent = {};
	struct nsa_run run = { .state = state, .synchronous = true, .deliver_to = ifindex };
	struct nsa_owner *owner;
	int r;

	r = nsa_owner_ports(state->session, ns->cookie, &ports);
	if (!r)
		r = nsa_requests_read(state->session, ns->cookie, &absent);
	if (r < 0)
		return r;
	if (!count_requested(&ports) && !absent.count)
		return nsa_teardown_owner(state, ns->cookie);
	r = nsa_owner_open(state, ns, &owner);
	if (r < 0)
		return r;
	nsa_ports_free(&owner->ports);
	nsa_ports_free(&owner->absent);
	owner->ports = ports;
	owner->absent = absent;
	ports = absent = (struct nsa_ports){};
	owner->dirty |= NSA_DIRTY_PORTS | NSA_DIRTY_HOOKS;
	r = nsa_reconcile(&run, owner);
	return r == -ENODEV ? nsa_teardown_owner(state, ns->cookie) : r;
}

int nsa_requested_reconcile(struct nsa_state *state, const struct nsa_netns *ns)
{
	return nsa_requested_deliver(state, ns, 0);
}

int nsa_requested_get(const struct nsa_session *session, const struct nsa_netns *ns, __u32 slot,
		      struct nsa_requested *out)
{
	struct nsaccel_owner record;
	int r;

	r = nsa_maps_owner_get(session->maps, slot, &record);
	if (r < 0)
		return nsa_err(r, "read map owners: %s", strerror(-r));
	out->firewall = record.firewall;
	out->static_mode = record.static_mode;
	return nsa_owner_all_ports(session, ns->cookie, &out->ports);
}

void nsa_requested_free(struct nsa_requested *before)
{
	nsa_ports_free(&before->ports);
}

static int put_back_port(const struct nsa_maps *maps, struct nsa_port_entry *now,
			 const struct nsa_port_entry *old)
{
	now->port.requested = old ? old->port.requested : 0;
	now->port.delivery = old ? old->port.delivery : NSACCEL_DELIVERY_TC;
	if (old)
		now->port.mode = old->port.mode;
	return nsa_maps_port_put(maps, now->key.owner_slot, now->key.ifindex, &now->port);
}

/* A request whose port is gone by now, or that never had one since its device is gone. */
static int put_back_request(const struct nsa_maps *maps, const struct nsa_port_entry *old)
{
	struct nsaccel_port now;
	int r = old->port.requested ?
			nsa_maps_port_get(maps, old->key.owner_slot, old->key.ifindex, &now) :
			0;

	return r == -ENOENT ?
		       nsa_maps_port_put(maps, old->key.owner_slot, old->key.ifindex, &old->port) :
		       r;
}

void nsa_requested_undo(struct nsa_state *state, const struct nsa_netns *ns,
			const struct nsa_requested *before)
{
	const struct nsa_session *session = state->session;
	__cleanup(nsa_ports_free) struct nsa_ports now = {};
	struct nsa_owner *owner;
	int r;

	r = nsa_owner_all_ports(session, ns->cookie, &now);
	for (size_t i = 0; !r && i < before->ports.count; i++)
		r = put_back_request(session->maps, &before->ports.entries[i]);
	for (size_t i = 0; !r && i < now.count; i++)
		r = put_back_port(session->maps, &now.entries[i],
				  nsa_ports_find(&before->ports, (int)now.entries[i].key.ifindex));
	if (!r)
		r = nsa_owner_open(state, ns, &owner);
	if (!r && owner->record.static_mode != before->static_mode)
		r = nsa_owner_set_static_mode(state, owner, before->static_mode);
	if (!r && owner->record.firewall != before->firewall)
		r = nsa_owner_set_firewall(state, owner, before->firewall);
	if (!r)
		r = nsa_requested_reconcile(state, ns);
	if (r >= 0)
		return;
	/* The next attempt may fail, too: at least no hook stays on new ports. */
	for (size_t i = 0; i < now.count; i++)
		if (!nsa_is_absent(&now.entries[i]) &&
		    !nsa_ports_find(&before->ports, (int)now.entries[i].key.ifindex))
			nsa_port_down(session, ns, &now.entries[i]);
}

/* By the device's present name, or, if it is gone or renamed, by the recorded one. */
static const struct nsa_port_entry *find_port(const struct nsa_netns *owner, const char *dev,
					      const struct nsa_ports *ports)
{
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;
	const struct nsa_port_entry *port;
	struct nsa_link link = {};

	if (!nsa_rtnl_open(&rtnl, owner))
		nsa_rtnl_link_by_name(rtnl, dev, &link);
	port = nsa_ports_find(ports, link.ifindex);
	if (port)
		return port;
	for (size_t i = 0; i < ports->count; i++)
		if (!strcmp(ports->entries[i].port.name, dev))
			return &ports->entries[i];
	return NULL;
}

static int not_attached(const char *dev, const struct nsa_netns *owner)
{
	return nsa_err(-ENOENT, "%s is not attached in namespace %s; nsaccel status shows what is",
		       dev, owner->name);
}

int nsa_requested_port(struct nsa_state *state, const struct nsa_netns *owner, const char *dev,
		       struct nsa_port_entry *out)
{
	__cleanup(nsa_ports_free) struct nsa_ports ports = {};
	const struct nsa_port_entry *port;
	int r;

	if (!state)
		return not_attached(dev, owner);
	r = nsa_owner_all_ports(state->session, owner->cookie, &ports);
	if (r < 0)
		return r;
	port = find_port(owner, dev, &ports);
	if (port && count_requested(&ports)) {
		*out = *port;
		return 0;
	}
	if (!count_requested(&ports)) {
		r = nsa_teardown_owner(state, owner->cookie);
		if (r < 0 || port)
			return r < 0 ? r : -EALREADY;
	}
	return not_attached(dev, owner);
}

int nsa_requested_open(const char *bpffs, const char *netns, struct nsa_session *session,
		       const struct nsa_netns **owner, struct nsa_state **state)
{
	int r = nsa_session_lock(bpffs, false, session);

	if (!r)
		r = nsa_session_netns(session, netns, owner);
	return r || !session->maps ? r : nsa_state_change(session, state);
}
