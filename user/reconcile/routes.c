// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/owners.h"
#include "model/device_kind.h"
#include "model/plan_host.h"
#include "model/plan_nexthop.h"
#include "model/plan_route.h"
#include "reconcile/neighbours.h"
#include "reconcile/nexthops_commit.h"
#include "reconcile/owner.h"
#include "reconcile/routes.h"
#include "reconcile/state.h"
#include "reconcile/table_commit.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/family.h"
#include "util/log.h"
#include "util/names.h"
#include "util/text.h"

struct wanted {
	struct nsa_plan_wanted *all;
	size_t count, room;
};

static void wanted_free(struct wanted *wanted)
{
	free(wanted->all);
}

static int add_wanted(struct wanted *wanted, const struct nsa_plan_wanted *one)
{
	struct nsa_plan_wanted *item = ARRAY_ADD(wanted->all, wanted->count, wanted->room);

	if (!item)
		return -ENOMEM;
	*item = *one;
	return 0;
}

/* Next hops */

static void report_hop(struct nsa_state *state, struct nsa_owner *owner,
		       const struct nsaccel_nexthop *nh)
{
	char text[INET6_ADDRSTRLEN] = "-";

	if (nh->gateway_family)
		nsa_text_addr(nh->gateway_family, nh->gateway, text);
	nsa_diff_report(&state->diff, "nexthop", owner->cookie, "via", text, "%s %s",
			nsa_action_name(nh->action), nsa_reason_field(nh->reason));
}

/* The MAC of the next hop's neighbour if that is behind a bridge; or NULL. */
static const __u8 *mac_behind(const struct nsa_plan *plan, const struct nsa_nexthop *hop,
			      const struct nsaccel_nexthop *record)
{
	const struct nsa_link *link = nsa_snapshot_link(plan->snapshot, (int)record->l3_ifindex);
	const struct nsa_neigh *neigh;

	if (!nsa_nexthop_has_neighbour(hop) || !link || !nsa_device_is_bridge(link))
		return NULL;
	neigh = nsa_snapshot_neigh(plan->snapshot, link->ifindex,
				   nsa_family_os(record->gateway_family), record->gateway);
	return neigh ? neigh->mac : NULL;
}

static int resolve(struct nsa_state *state, struct nsa_owner *owner, const struct nsa_plan *plan,
		   __u32 number)
{
	struct nsa_nexthop *hop = nsa_nexthop(plan->hops, number);
	struct nsaccel_nexthop record;
	struct nsa_plan_wanted one;
	bool changed = false;
	int r = 0;

	nsa_plan_resolve(plan, &hop->key, &record, &one);
	if (!state->diff.dry)
		r = nsa_nexthops_commit_resolve(state->session->maps, plan->hops, number, &record,
						&changed);
	else
		changed = hop->id != NSA_NEXTHOP_NO_ID && !nsa_nexthop_is(hop, &record);
	if (r < 0)
		return nsa_err(r, "write next hop %u: %s", hop->id,
			       nsa_maps_strerror(r, NSA_MAP_NEXTHOPS));
	nsa_nexthops_set_behind(plan->hops, number, mac_behind(plan, hop, &record));
	if (changed && hop->routes)
		report_hop(state, owner, &record);
	if (!one.ifindex)
		hop->asked = false;
	return 0;
}

static int resolve_own(struct nsa_state *state, struct nsa_owner *owner,
		       const struct nsa_plan *plan, __u32 number)
{
	const struct nsa_nexthop *hop = nsa_nexthop(plan->hops, number);

	return hop->key.owner_slot == owner->slot && hop->refs ?
		       resolve(state, owner, plan, number) :
		       0;
}

static int resolve_all(struct nsa_state *state, struct nsa_owner *owner,
		       const struct nsa_plan *plan)
{
	int r = 0;

	for (__u32 number = 1; !r && number <= nsa_nexthops_last(plan->hops); number++)
		r = resolve_own(state, owner, plan, number);
	return r;
}

static int resolve_fresh(struct nsa_state *state, struct nsa_owner *owner,
			 const struct nsa_plan *plan)
{
	__u32 number = nsa_nexthops_first_due(plan->hops, NSA_NEXTHOPS_DIRTY), next;
	int r = 0;

	for (; !r && number; number = next) {
		next = nsa_nexthops_next_due(plan->hops, number);
		r = resolve_own(state, owner, plan, number);
	}
	return r;
}

static int resolve_hops(struct nsa_state *state, struct nsa_owner *owner,
			const struct nsa_plan *plan)
{
	return (owner->dirty & NSA_DIRTY_HOPS ? resolve_all : resolve_fresh)(state, owner, plan);
}

int nsa_routes_resolve_behind(struct nsa_state *state, struct nsa_owner *owner, const __u8 *mac)
{
	struct nsa_nexthops *hops = state->hops;
	struct nsa_plan plan;
	int r = 0;

	if (owner->dirty & NSA_DIRTY_HOPS) /* all are resolved later in this run */
		return 0;
	nsa_owner_plan(state, owner, &plan);
	for (__u32 number = nsa_nexthops_first_behind(hops, mac); !r && number;
	     number = nsa_nexthops_next_behind(hops, number, mac))
		if (nsa_nexthop(hops, number)->resolved) /* others are resolved later in this run */
			r = resolve_own(state, owner, &plan, number);
	return r;
}

/* Neighbours that routes in use need, and that have not been requested yet. */
static int find_wanted(const struct nsa_owner *owner, const struct nsa_plan *plan,
		       struct wanted *wanted)
{
	__u32 number = nsa_nexthops_first_due(plan->hops, NSA_NEXTHOPS_UNRESOLVED), next;
	struct nsaccel_nexthop record;
	struct nsa_plan_wanted one;
	int r = 0;

	for (; !r && number; number = next) {
		struct nsa_nexthop *hop = nsa_nexthop(plan->hops, number);

		next = nsa_nexthops_next_due(plan->hops, number);
		if (hop->key.owner_slot != owner->slot)
			continue;
		nsa_nexthops_clear_unresolved(plan->hops, number);
		if (!hop->routes || hop->asked)
			continue;
		nsa_plan_resolve(plan, &hop->key, &record, &one);
		if (!one.ifindex)
			continue;
		hop->asked = true;
		r = add_wanted(wanted, &one);
	}
	return r;
}

/* Routes */

static void report_route(struct nsa_state *state, const struct nsa_table *table,
			 const struct nsa_node *node)
{
	const char *event = !node->installed ? "route-add" :
			    !node->wanted    ? "route-del" :
					       "route-change";
	char text[NSA_TEXT_PREFIX];

	if (nsa_table_is_synced(node))
		return;
	nsa_text_prefix(node->prefix.family, node->prefix.addr, nsa_prefix_len(&node->prefix),
			text);
	nsa_diff_report(
		&state->diff, event, table->cookie, "prefix", text, "%s",
		nsa_origin_name(node->wanted ? node->wanted_origin : node->installed_origin));
}

static int plan_own(struct nsa_owner *owner, const struct nsa_plan *plan)
{
	struct nsa_table *table = owner->table;
	int r = 0;

	for (size_t i = 0; !r && i < table->dirty_count; i++)
		r = nsa_plan_node(plan, table->dirty[i]);
	return r < 0 ? nsa_err(r, "plan routes: %s", strerror(-r)) : 0;
}

struct statics {
	const struct nsa_plan *plan;
	struct nsa_table *table;
};

static int plan_static(void *data, struct nsa_node *node)
{
	const struct statics *statics = data;
	const struct nsa_plan *plan = statics->plan;

	if (!node->static_nh ||
	    nsa_nexthop(plan->hops, node->static_nh)->key.owner_slot != plan->owner_slot)
		return 0;
	return nsa_plan_static(plan, statics->table, node);
}

/* 1: the table is an owner's, made from its kernel's routes; 0: it is not; -errno, logged. */
static int is_of_owner(const struct nsa_state *state, const struct nsa_table *table)
{
	struct nsaccel_owner record;
	int r = nsa_maps_owner_get(state->session->maps, table->slot, &record);

	return r < 0 ? nsa_err(r, "read map owners: %s", strerror(-r)) :
		       record.cookie == table->cookie;
}

/* Static routes in tables of other namespaces that this owner resolves. */
static int plan_others(struct nsa_state *state, struct nsa_owner *owner,
		       const struct nsa_plan *plan)
{
	int r = 0;

	for (size_t i = 0; !r && i < state->table_count; i++) {
		struct statics statics = { plan, state->tables[i] };

		if (statics.table != owner->table && statics.table->static_count)
			r = nsa_table_each(statics.table, plan_static, &statics);
	}
	return r < 0 ? nsa_err(r, "plan static routes: %s", strerror(-r)) : 0;
}

static void report_routes(struct nsa_state *state, const struct nsa_table *table)
{
	if (!state->diff.report && !state->diff.dry)
		return;
	for (size_t i = 0; i < table->dirty_count; i++)
		report_route(state, table, table->dirty[i]);
}

/* A table that cannot be written completely is not used at all: without its longer prefixes,
 * packets would match shorter ones. If it is too large, it is refused until it has fewer routes;
 * after another error the caller retries. */
static int give_up_table(const struct nsa_run *run, struct nsa_owner *owner, int why)
{
	const struct nsa_maps *maps = run->state->session->maps;
	bool full = why == -ENOSPC || why == -E2BIG;
	int r;

	nsa_err(why, "write table of namespace %s (%zu routes): %s", owner->ns->name,
		owner->table->wanted_count,
		why == -ENOSPC ? "the table is full" : nsa_maps_strerror(why, NSA_MAP_NEXTHOPS));
	if (run->synchronous) /* the command fails, and is undone */
		return why;
	r = full ? nsa_table_refuse(maps, owner->table) : nsa_table_drop(maps, owner->table);
	if (r < 0)
		return nsa_err(r, "drop table of namespace %s: %s", owner->ns->name, strerror(-r));
	return full ? 0 : why;
}

static int commit_own(const struct nsa_run *run, struct nsa_owner *owner)
{
	size_t changed = 0;
	int r = 0;

	report_routes(run->state, owner->table);
	if (!run->state->diff.dry)
		r = nsa_table_commit(run->state->session->maps, owner->table, true, &changed);
	return r < 0 ? give_up_table(run, owner, r) : 0;
}

static int commit_others(struct nsa_state *state, struct nsa_owner *owner)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < state->table_count; i++) {
		struct nsa_table *table = state->tables[i];

		if (table == owner->table || !table->dirty_count)
			continue;
		r = is_of_owner(state, table);
		if (r)
			continue;
		report_routes(state, table);
		r = nsa_state_commit_table(state, table);
	}
	return r < 0 ? r : 0;
}

static int write_routes(const struct nsa_run *run, struct nsa_owner *owner, struct wanted *wanted)
{
	struct nsa_plan plan;
	int r;

	nsa_owner_plan(run->state, owner, &plan);
	r = owner->dirty & NSA_DIRTY_HOSTS ? nsa_plan_hosts(&plan) : nsa_plan_dirty_hosts(&plan);
	if (r < 0)
		return nsa_err(r, "plan routes: %s", strerror(-r));
	r = plan_own(owner, &plan);
	if (!r && owner->dirty & (NSA_DIRTY_HOPS | NSA_DIRTY_PORTS))
		r = plan_others(run->state, owner, &plan);
	if (r < 0)
		return r;
	r = resolve_hops(run->state, owner, &plan) ?: commit_own(run, owner);
	return r ?: commit_others(run->state, owner) ?: find_wanted(owner, &plan, wanted);
}

static bool may_release(struct nsa_state *state, const struct nsa_owner *owner)
{
	return owner->dirty & NSA_DIRTY_MANAGED ||
	       owner->losses != nsa_nexthops_losses(state->hops);
}

/* Neighbours that are no longer managed but still used have to be confirmed from now on. */
static int release(const struct nsa_run *run, struct nsa_owner *owner, struct wanted *wanted)
{
	bool any = false;
	int r = nsa_neighbours_release(run->state, owner, &any);

	if (r < 0 || !any)
		return r;
	owner->dirty |= NSA_DIRTY_HOPS;
	return write_routes(run, owner, wanted);
}

int nsa_routes_reconcile(const struct nsa_run *run, struct nsa_owner *owner)
{
	__cleanup(wanted_free) struct wanted wanted = {};
	int r;

	owner->neighbours_answered = false;
	r = write_routes(run, owner, &wanted);
	if (!r && wanted.count)
		r = nsa_snapshot_reader_open(&owner->reader);
	if (!r && !run->state->diff.dry &&
	    nsa_neighbours_ask(&owner->reader, wanted.all, wanted.count, run->synchronous)) {
		r = nsa_snapshot_read_neighs(&owner->reader);
		if (r < 0)
			return nsa_err(r, "read neighbours of %s: %s", owner->ns->name,
				       strerror(-r));
		owner->neighbours_answered = true;
		owner->dirty |= NSA_DIRTY_HOSTS | NSA_DIRTY_HOPS;
		r = write_routes(run, owner, &wanted);
	}
	if (!r)
		r = nsa_state_free_nexthops(run->state);
	if (!r && !run->state->diff.dry && may_release(run->state, owner))
		r = release(run, owner, &wanted);
	return r;
}
