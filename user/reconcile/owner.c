// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/netns.h"
#include "kernel/netns_list.h"
#include "reconcile/owner.h"
#include "reconcile/ports.h"
#include "reconcile/requests.h"
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
	out->entries = TAKE_PTR(all);
	out->count = n;
	return 0;
}

int nsa_owner_ports(const struct nsa_session *session, __u64 cookie, struct nsa_ports *out)
{
	int r = nsa_owner_all_ports(session, cookie, out);

	while (!r && out->count && nsa_is_absent(&out->entries[out->count - 1]))
		out->count--;
	return r;
}

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
	/* Another's, long gone: but flows that it admitted must not count. */
	owner->record = (struct nsaccel_owner){ .cookie = owner->cookie,
						.ruleset = owner->record.ruleset + 1 };
	return 0;
}

static int find_slot(struct nsa_state *state, struct nsa_owner *owner)
{
	const struct nsa_maps *maps = state->session->maps;
	struct nsaccel_netns ns;
	int r;

	if (state->diff.dry) { /* nothing is registered: slot 0, if it is unknown */
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
		r = nsa_owner_absent(state->session, owner->cookie, &owner->absent);
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
		r = nsa_snapshot_get(ns, state->session->list, &owner->snapshot);
	if (r < 0)
		return r;
	owner->dirty &= ~(NSA_DIRTY_LINKS | NSA_DIRTY_ADDRS | NSA_DIRTY_NEIGHS | NSA_DIRTY_FDB |
			  NSA_DIRTY_SETTINGS);
	*out = TAKE_PTR(owner);
	return 0;
}

int nsa_owner_open(struct nsa_state *state, const struct nsa_netns *ns, struct nsa_owner **out)
{
	struct nsa_owner **grown;
	int r;

	for (size_t i = 0; i < state->owner_count; i++)
		if (state->owners[i]->cookie == ns->cookie) {
			*out = state->owners[i];
			return 0;
		}
	grown = reallocarray(state->owners, state->owner_count + 1, sizeof(*grown));
	if (!grown)
		return nsa_err(-ENOMEM, "read namespace %s: %s", ns->name, strerror(ENOMEM));
	state->owners = grown;
	r = owner_new(state, ns, &grown[state->owner_count]);
	if (r < 0)
		return r;
	*out = grown[state->owner_count++];
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

int nsa_owner_set_snapshot(struct nsa_state *state, struct nsa_owner *owner, bool snapshot)
{
	if (owner->record.snapshot == snapshot)
		return 0;
	owner->record.snapshot = snapshot;
	return nsa_owner_write_record(state, owner);
}
