// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/netns.h"
#include "maps/netns.h"
#include "maps/owners.h"
#include "reconcile/owner.h"
#include "reconcile/owner_open.h"
#include "reconcile/ports.h"
#include "reconcile/requests.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/log.h"

static void owner_freep(struct nsa_owner **owner)
{
	nsa_owner_free(*owner);
}

static int read_record(struct nsa_state *state, struct nsa_owner *owner)
{
	int r = nsa_maps_owner_get(state->session->maps, owner->slot, &owner->record);

	if (r < 0)
		return nsa_err(r, "read map owners: %s", strerror(-r));
	if (owner->record.cookie == owner->cookie)
		return 0;
	/* The record of an owner that is gone. The next ruleset number invalidates flows that
	 * its firewall admitted. */
	owner->record = (struct nsaccel_owner){ .cookie = owner->cookie,
						.ruleset = owner->record.ruleset + 1 };
	return 0;
}

static int find_slot(struct nsa_state *state, struct nsa_owner *owner)
{
	const struct nsa_maps *maps = state->session->maps;
	struct nsaccel_netns ns;
	int r;

	/* A dry run registers nothing: slot 0 if the namespace is not known. */
	if (state->diff.dry) {
		if (!nsa_maps_netns_get(maps, owner->cookie, &ns))
			owner->slot = ns.slot;
		return 0;
	}
	r = nsa_maps_netns_register(maps, owner->cookie, owner->ns->name, &owner->slot);
	return r < 0 ? nsa_err(r, "register namespace %s: %s", owner->ns->name,
			       nsa_maps_strerror(r, NSA_MAP_NETNS)) :
		       0;
}

static int read_ports(struct nsa_state *state, struct nsa_owner *owner)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(owner->ns);
	int r;

	if (token < 0)
		return nsa_err(token, "enter namespace %s: %s", owner->ns->name, strerror(-token));
	r = nsa_owner_ports(state->session, owner->cookie, &owner->ports);
	if (!r)
		r = nsa_requests_read(state->session, owner->cookie, &owner->absent);
	return r < 0 ? r : nsa_ports_drop_replaced(state, owner);
}

static int owner_new(struct nsa_state *state, const struct nsa_netns *ns, struct nsa_owner **out)
{
	__cleanup(owner_freep) struct nsa_owner *owner = calloc(1, sizeof(*owner));
	int r;

	if (!owner)
		return nsa_err(-ENOMEM, "read namespace %s: %s", ns->name, strerror(ENOMEM));
	owner->cookie = ns->cookie;
	owner->ns = ns;
	owner->dirty = NSA_DIRTY_ALL;
	r = find_slot(state, owner);
	if (!r)
		r = read_record(state, owner);
	if (!r)
		r = nsa_state_table(state, ns->cookie, owner->slot, &owner->table);
	if (!r)
		r = read_ports(state, owner);
	if (!r)
		r = nsa_snapshot_read_all(&owner->reader, ns, state->session->list);
	if (r < 0)
		return r;
	owner->snapshot = owner->reader.snapshot;
	owner->dirty &= ~(NSA_DIRTY_LINKS | NSA_DIRTY_ADDRS | NSA_DIRTY_NEIGHS | NSA_DIRTY_FDB |
			  NSA_DIRTY_SETTINGS);
	*out = TAKE_PTR(owner);
	return 0;
}

int nsa_owner_open(struct nsa_state *state, const struct nsa_netns *ns, struct nsa_owner **out)
{
	struct nsa_owner *known = nsa_state_find(state, ns->cookie);
	int r;

	if (known) {
		*out = known;
		return 0;
	}
	r = ARRAY_RESERVE(state->owners, state->owner_room, state->owner_count + 1);
	if (r < 0)
		return nsa_err(r, "read namespace %s: %s", ns->name, strerror(-r));
	r = owner_new(state, ns, &state->owners[state->owner_count]);
	if (r < 0)
		return r;
	*out = state->owners[state->owner_count++];
	return 0;
}
