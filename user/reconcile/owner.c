// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/netns.h"
#include "kernel/netns_list.h"
#include "maps/netns.h"
#include "maps/owners.h"
#include "maps/ports.h"
#include "reconcile/owner.h"
#include "util/cleanup.h"
#include "util/log.h"

int nsa_owner_all_ports(const struct nsa_session *session, __u64 cookie, struct nsa_ports *out)
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
	*out = (struct nsa_ports){ .entries = TAKE_PTR(all), .count = n, .room = total };
	return 0;
}

int nsa_owner_ports(const struct nsa_session *session, __u64 cookie, struct nsa_ports *out)
{
	int r = nsa_owner_all_ports(session, cookie, out);

	while (!r && out->count && nsa_is_absent(&out->entries[out->count - 1]))
		out->count--;
	return r;
}

int nsa_owner_reread_ports(struct nsa_state *state, struct nsa_owner *owner)
{
	struct nsa_ports ports = {};
	int r = nsa_owner_ports(state->session, owner->cookie, &ports);

	owner->dirty |= NSA_DIRTY_PORTS | NSA_DIRTY_HOOKS;
	if (r < 0)
		return r;
	nsa_ports_free(&owner->ports);
	owner->ports = ports;
	return 0;
}

void nsa_owner_plan(struct nsa_state *state, const struct nsa_owner *owner, struct nsa_plan *plan)
{
	*plan = (struct nsa_plan){
		.snapshot = owner->snapshot,
		.table = owner->table,
		.hops = state->hops,
		.owner_slot = owner->slot,
		.ports = owner->ports.entries,
		.port_count = owner->ports.count,
		.shares = owner->shares,
		.share_count = owner->share_count,
		.sources = state->sources,
		.carriers = &owner->carriers,
		.gates = owner->gates,
		.policed = owner->policed,
	};
}

int nsa_owner_find(struct nsa_state *state, struct nsa_owner *owner)
{
	owner->ns = nsa_netns_find(state->session->list, owner->cookie);
	owner->snapshot->owner = owner->ns;
	return owner->ns ? 0 : -ENOENT;
}

int nsa_owner_write_record(struct nsa_state *state, struct nsa_owner *owner)
{
	const struct nsa_maps *maps = state->session->maps;
	struct nsaccel_owner now;
	int r;

	if (state->diff.dry)
		return 0;
	r = nsa_maps_owner_get(maps, owner->slot, &now);
	if (!r && now.cookie == owner->cookie) {
		owner->record.policy = now.policy;
		owner->record.policy_generation = now.policy_generation;
	}
	if (!r)
		r = nsa_maps_owner_put(maps, owner->slot, &owner->record);
	return r < 0 ? nsa_err(r, "write map owners: %s", strerror(-r)) : 0;
}

int nsa_owner_set_firewall(struct nsa_state *state, struct nsa_owner *owner,
			   enum nsaccel_firewall firewall)
{
	owner->record.firewall = firewall;
	owner->dirty |= NSA_DIRTY_FIREWALL;
	return nsa_owner_write_record(state, owner);
}

int nsa_owner_set_static_mode(struct nsa_state *state, struct nsa_owner *owner, bool static_mode)
{
	if (owner->record.static_mode == static_mode)
		return 0;
	owner->record.static_mode = static_mode;
	return nsa_owner_write_record(state, owner);
}
