// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/ports.h"
#include "model/device_kind.h"
#include "reconcile/endpoints_bind.h"
#include "util/cleanup.h"

void nsa_endpoints_bind(struct nsa_owner *owner, __u64 cookie)
{
	for (size_t i = 0; i < owner->ports.count; i++) {
		struct nsaccel_port *port = &owner->ports.entries[i].port;

		if (port->endpoint_cookie == cookie && port->bound_cookie)
			port->bound_cookie = cookie;
	}
}

void nsa_endpoints_rebind(struct nsa_owner *owner, const struct nsa_port_entry *before,
			  size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct nsa_port_entry *entry = (struct nsa_port_entry *)nsa_ports_find(
			&owner->ports, (int)before[i].key.ifindex);

		if (entry && before[i].key.owner_slot == owner->slot)
			entry->port.bound_cookie = before[i].port.bound_cookie;
	}
}

/* Whether the namespace has a macvlan on this lower device, and no endpoint there is confined. */
static bool is_lifted(const struct nsa_owner *owner, const struct nsa_port_entry *lower,
		      __u64 cookie)
{
	bool has = false, any = false;
	size_t count;
	const struct nsa_snapshot_endpoint *eps =
		nsa_snapshot_endpoints(owner->snapshot, (int)lower->key.ifindex, &count);

	for (size_t i = 0; i < count; i++) {
		has |= eps[i].cookie == cookie;
		any |= nsa_kind(eps[i].kind)->shares_port && eps[i].bound_cookie;
	}
	return has && !any;
}

bool nsa_endpoints_lift(struct nsa_state *state, struct nsa_owner *owner, __u64 cookie)
{
	const struct nsa_maps *maps = state->session->maps;
	bool lifted = false;

	for (size_t i = 0; i < owner->ports.count; i++) {
		struct nsa_port_entry *entry = &owner->ports.entries[i];

		if (!(entry->port.close_unknown & NSACCEL_CLOSE_UNKNOWN_NEW) ||
		    !is_lifted(owner, entry, cookie))
			continue;
		entry->port.close_unknown &= (__u8)~NSACCEL_CLOSE_UNKNOWN_NEW;
		owner->dirty |= NSA_DIRTY_PORTS;
		if (nsa_maps_port_put(maps, owner->slot, entry->key.ifindex, &entry->port) < 0)
			owner->dirty |= NSA_DIRTY_HOOKS; /* the next run writes it */
		lifted = true;
	}
	return lifted;
}
