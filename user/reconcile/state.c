// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/netns_list.h"
#include "maps/meta.h"
#include "maps/netns.h"
#include "maps/pin.h"
#include "maps/table.h"
#include "reconcile/nexthops_commit.h"
#include "reconcile/sources_commit.h"
#include "reconcile/state.h"
#include "reconcile/table_commit.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/log.h"

void nsa_ports_free(struct nsa_ports *ports)
{
	free(ports->entries);
}

const struct nsa_port_entry *nsa_ports_find(const struct nsa_ports *ports, int ifindex)
{
	return nsa_port_entry_of_device(ports->entries, ports->count, (__u32)ifindex);
}

void nsa_owner_free(struct nsa_owner *owner)
{
	if (!owner)
		return;
	nsa_snapshot_reader_close(&owner->reader);
	nsa_snapshot_freep(&owner->snapshot);
	nsa_ports_free(&owner->ports);
	nsa_ports_free(&owner->stale);
	nsa_ports_free(&owner->planned);
	nsa_ports_free(&owner->unplanned);
	nsa_ports_free(&owner->absent);
	nsa_pending_free(&owner->carriers);
	nsa_pending_free(&owner->learners);
	nsa_cookies_free(&owner->warned_delivery);
	nsa_cookies_free(&owner->warned_share);
	nsa_cookies_free(&owner->former_macs);
	free(owner->shares);
	free(owner);
}

void nsa_state_close(struct nsa_state *state)
{
	if (!state)
		return;
	for (size_t i = 0; i < state->owner_count; i++)
		nsa_owner_free(state->owners[i]);
	for (size_t i = 0; i < state->table_count; i++)
		nsa_table_free(state->tables[i]);
	free(state->owners);
	free(state->tables);
	nsa_nexthops_free(state->hops);
	nsa_sources_free(state->sources);
	nsa_cookies_free(&state->named);
	free(state);
}

void nsa_state_closep(struct nsa_state **state)
{
	nsa_state_close(*state);
}

void nsa_state_finishp(struct nsa_state **state)
{
	if (!*state)
		return;
	nsa_pin_touch();
	nsa_state_close(*state);
}

static int add_table(struct nsa_state *state, __u64 cookie, __u32 slot, struct nsa_table **out)
{
	struct nsa_table *table = NULL;
	int r;

	r = ARRAY_RESERVE(state->tables, state->table_room, state->table_count + 1);
	if (r < 0)
		return r;
	r = nsa_table_load(state->session->maps, state->hops, cookie, slot, &table);
	if (r < 0)
		return r;
	state->tables[state->table_count++] = table;
	*out = table;
	return 0;
}

int nsa_state_table(struct nsa_state *state, __u64 cookie, __u32 slot, struct nsa_table **out)
{
	int r;

	for (size_t i = 0; i < state->table_count; i++)
		if (state->tables[i]->cookie == cookie) {
			*out = state->tables[i];
			return 0;
		}
	r = add_table(state, cookie, slot, out);
	return r < 0 ? nsa_err(r, "read table of namespace %llu: %s", cookie, strerror(-r)) : 0;
}

static int load_tables(struct nsa_state *state)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *all = NULL;
	const struct nsa_maps *maps = state->session->maps;
	struct nsa_table *table;
	size_t count = 0;
	int r;

	r = nsa_maps_netns(maps, &all, &count);
	for (size_t i = 0; !r && i < count; i++) {
		__cleanup(nsa_closep) int fd = nsa_maps_table_open(all[i].cookie);

		if (fd >= 0)
			r = add_table(state, all[i].cookie, all[i].ns.slot, &table);
		else if (fd != -ENOENT)
			r = fd;
	}
	return r;
}

int nsa_state_open(const struct nsa_session *session, struct nsa_state **out)
{
	__cleanup(nsa_state_closep) struct nsa_state *state = calloc(1, sizeof(*state));
	int r;

	if (!state)
		return nsa_err(-ENOMEM, "read the maps: %s", strerror(ENOMEM));
	state->session = session;
	r = nsa_nexthops_commit_load(session->maps, &state->hops);
	if (!r)
		r = nsa_sources_load(session->maps, &state->sources);
	if (!r)
		r = nsa_policy_names(session->maps, &state->named) ?: load_tables(state);
	if (r < 0)
		return nsa_err(r, "read the maps: %s", strerror(-r));
	*out = TAKE_PTR(state);
	return 0;
}

/* A frozen map would make a change fail halfway. */
static int check_frozen(const struct nsa_session *session)
{
	const char *frozen = nsa_maps_frozen(session->maps);

	if (!frozen)
		return 0;
	return nsa_err(
		-EPERM,
		"the map %s is frozen, so that nothing can be changed; remove all with rm -r "
		"%s/nsaccel, and attach again",
		frozen, nsa_pin_bpffs());
}

int nsa_state_change(const struct nsa_session *session, struct nsa_state **out)
{
	int r = check_frozen(session);

	if (r < 0)
		return r;
	r = nsa_maps_changed(session->maps);
	return r < 0 ? nsa_err(r, "write map meta: %s", strerror(-r)) :
		       nsa_state_open(session, out);
}

struct nsa_owner *nsa_state_find(const struct nsa_state *state, __u64 cookie)
{
	for (size_t i = 0; state && i < state->owner_count; i++)
		if (state->owners[i]->cookie == cookie)
			return state->owners[i];
	return NULL;
}

void nsa_state_forget(struct nsa_state *state, __u64 cookie)
{
	size_t n = 0;

	for (size_t i = 0; i < state->owner_count; i++) {
		if (state->owners[i]->cookie == cookie)
			nsa_owner_free(state->owners[i]);
		else
			state->owners[n++] = state->owners[i];
	}
	state->owner_count = n;
	n = 0;
	for (size_t i = 0; i < state->table_count; i++) {
		if (state->tables[i]->cookie == cookie)
			nsa_table_free(state->tables[i]);
		else
			state->tables[n++] = state->tables[i];
	}
	state->table_count = n;
}

/* The namespace's name for messages. */
static const char *name_of(const struct nsa_state *state, __u64 cookie)
{
	const struct nsa_netns *ns = nsa_netns_find(state->session->list, cookie);

	return ns ? ns->name : "(gone)";
}

int nsa_state_commit_table(struct nsa_state *state, struct nsa_table *table)
{
	size_t changed = 0;
	int r;

	if (state->diff.dry)
		return 0;
	r = nsa_table_commit(state->session->maps, table, false, &changed);
	if (r == -ENOSPC)
		return nsa_err(r, "write routes of namespace %s: its table is full, with %d routes",
			       name_of(state, table->cookie), NSACCEL_MAX_ROUTES);
	if (r < 0)
		return nsa_err(r, "write routes of namespace %s (%zu of them): %s",
			       name_of(state, table->cookie), table->wanted_count,
			       nsa_maps_strerror(r, NSA_MAP_NEXTHOPS));
	return 0;
}

int nsa_state_free_nexthops(struct nsa_state *state)
{
	int r = state->diff.dry ? 0 :
				  nsa_nexthops_commit_collect(state->session->maps, state->hops);

	return r < 0 ? nsa_err(r, "free next hops that no route needs any more: %s", strerror(-r)) :
		       0;
}
