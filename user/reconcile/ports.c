// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/port.h"
#include "dataplane/settings.h"
#include "maps/conns.h"
#include "maps/isolation.h"
#include "maps/netns_name.h"
#include "maps/owners.h"
#include "maps/policy.h"
#include "maps/ports.h"
#include "model/bound_text.h"
#include "reconcile/endpoints.h"
#include "reconcile/fdb_map.h"
#include "reconcile/gc.h"
#include "reconcile/owner.h"
#include "reconcile/ports.h"
#include "reconcile/requests.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Whether another device with the ifindex would inherit something: the request, its options, or
 * the slot in the devmap. */
static bool has_inheritable_state(const struct nsaccel_port *port)
{
	return port->requested || port->bound || port->mode != NSACCEL_MODE_AUTO ||
	       port->delivery != NSACCEL_DELIVERY_TC || port->tx_slot;
}

static int drop_replaced(struct nsa_state *state, struct nsa_owner *owner,
			 const struct nsa_port_entry *entry)
{
	const struct nsa_session *session = state->session;

	nsa_diff_report(&state->diff, "port-del", owner->cookie, "dev", entry->port.name, "%s",
			"another device has its ifindex");
	if (state->diff.dry)
		return 0;
	owner->gc_needed = true;
	nsa_settings_forget(session->maps, owner->cookie, entry->key.ifindex);
	return nsa_port_down(session, owner->ns, entry);
}

int nsa_ports_drop_replaced(struct nsa_state *state, struct nsa_owner *owner)
{
	struct nsa_ports *ports = &owner->ports;
	size_t n = 0;
	int r, first = 0;

	for (size_t i = 0; i < ports->count; i++) {
		const struct nsa_port_entry entry = ports->entries[i];

		r = -ENOENT;
		if (has_inheritable_state(&entry.port) && nsa_port_is_replaced(&entry))
			r = entry.port.requested ? nsa_requests_keep(state, owner, &entry) : 0;
		if (!r)
			r = drop_replaced(state, owner, &entry);
		if (r < 0)
			ports->entries[n++] = entry;
		if (r < 0 && r != -ENOENT)
			first = first ?: r;
	}
	ports->count = n;
	return first;
}

/* Steps that follow the plan */

int nsa_ports_take_over(const struct nsa_run *run, struct nsa_owner *owner)
{
	nsa_ports_free(&owner->ports);
	nsa_ports_free(&owner->stale);
	owner->ports = owner->planned;
	owner->stale = owner->unplanned;
	owner->planned = owner->unplanned = (struct nsa_ports){};
	owner->dirty |= NSA_DIRTY_PORTS | NSA_DIRTY_HOPS;
	return nsa_requests_drop_found(run, owner);
}

/* Returns the first error. Ports that could not be removed stay stale. */
static int drop_stale(struct nsa_state *state, struct nsa_owner *owner)
{
	size_t count = owner->stale.count;
	int r = 0, first = 0;

	owner->stale.count = 0;
	owner->gc_needed |= count;
	for (size_t i = 0; i < count; i++) {
		const struct nsa_port_entry entry = owner->stale.entries[i];

		nsa_diff_report(&state->diff, "port-del", owner->cookie, "dev", entry.port.name,
				"%s", "");
		if (!state->diff.dry)
			r = nsa_port_down(state->session, owner->ns, &entry);
		if (r < 0)
			owner->stale.entries[owner->stale.count++] = entry;
		first = first ?: r;
	}
	return first;
}

int nsa_ports_drop(const struct nsa_run *run, struct nsa_owner *owner)
{
	struct nsa_state *state = run->state;
	int first = drop_stale(state, owner), r;

	if (state->diff.dry ||
	    (!owner->gc_needed && !(owner->dirty & NSA_DIRTY_HOOKS) && !nsa_gc_is_due(state)))
		return first;
	r = nsa_gc(state);
	if (!r)
		owner->gc_needed = false;
	return first ?: r;
}
