// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/endpoints.h"
#include "maps/netns_name.h"
#include "maps/ports.h"
#include "model/bound_text.h"
#include "model/device_kind.h"
#include "model/plan_endpoint.h"
#include "model/plan_upper.h"
#include "reconcile/endpoints.h"
#include "reconcile/lapsed.h"
#include "reconcile/neighbours.h"
#include "reconcile/owner.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/sort.h"

static bool is_accepted(const struct nsa_ports *ports, const struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_port_entry *entry = nsa_ports_find(ports, ep->port);

	return entry && nsa_plan_is_endpoint_of(ep, &entry->port);
}

static int change_endpoint(struct nsa_state *state, const char *event,
			   const struct nsa_endpoint_entry *entry, bool gone)
{
	const struct nsa_maps *maps = state->session->maps;
	int r = 0;

	nsa_diff_report(&state->diff, event, entry->ep.netns_cookie, "dev", entry->ep.name, "%s",
			entry->ep.kind == NSACCEL_KIND_VETH ? "veth" : "macvlan");
	if (!state->diff.dry)
		r = gone ? nsa_maps_endpoint_del(maps, &entry->key) :
			   nsa_maps_endpoint_put(maps, entry);
	return r < 0 ? nsa_err(r, "write endpoints: %s", nsa_maps_strerror(r, NSA_MAP_ENDPOINTS)) :
		       0;
}

static const struct nsa_endpoint_entry *find_endpoint(const struct nsa_endpoint_entry *all,
						      size_t count,
						      const struct nsaccel_endpoint_key *key)
{
	struct nsa_endpoint_entry wanted = { .key = *key };

	return BSEARCH(&wanted, all, count, nsa_maps_by_endpoint);
}

static void warn_bound(struct nsa_state *state, const struct nsa_owner *owner,
		       const struct nsa_endpoint_entry *entry)
{
	const struct nsa_link *port = nsa_snapshot_link(owner->snapshot, (int)entry->key.ifindex);

	char name[NSACCEL_NETNS_NAME], text[NSA_BOUND_TEXT];

	nsa_netns_name(state->session, entry->ep.netns_cookie, name);
	if (nsa_bound_endpoint_text(&entry->ep, name, port ? port->name : "?", text))
		nsa_warn("%s", text);
}

/* Cookies of the entries' namespaces. */
static int collect_cookies(const struct nsa_endpoint_entry *all, size_t count,
			   struct nsa_cookies *out)
{
	if (nsa_cookies_reserve(out, count))
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		out->items[out->count++] = all[i].ep.netns_cookie;
	nsa_cookies_sort(out);
	return 0;
}

/* Warns of a namespace without configuration that has the name of a confined one which is gone. */
static void warn_lapsed(struct nsa_state *state, const struct nsaccel_endpoint *ep)
{
	char text[NSA_LAPSED_TEXT];

	if (nsa_lapsed_text(state->session->maps, ep, &state->named, text))
		nsa_warn("%s", text);
}

/* Runs after the map was written: from then on the kernel learns nothing new of these macvlans. */
static void forget_neighbours(struct nsa_state *state, struct nsa_owner *owner,
			      const struct nsa_endpoint_entry *gone, size_t count)
{
	if (!count || state->diff.dry || nsa_snapshot_reader_open(&owner->reader))
		return;
	if (nsa_neighbours_forget(owner->reader.rtnl, &owner->ports, gone, count, owner->snapshot))
		owner->dirty |= NSA_DIRTY_HOSTS | NSA_DIRTY_HOPS;
}

/* An entry that cannot be changed is removed, since it describes another namespace or device. */
static int put_endpoint(struct nsa_state *state, struct nsa_owner *owner,
			const struct nsa_endpoint_entry *entry,
			const struct nsa_endpoint_entry *old)
{
	int r;

	if (old && !memcmp(&old->ep, &entry->ep, sizeof(old->ep)))
		return 0;
	owner->gc_needed |= !!old;
	r = change_endpoint(state, old ? "endpoint-change" : "endpoint-add", entry, false);
	if (!r && !state->diff.dry && !(old && old->ep.bound == entry->ep.bound))
		warn_bound(state, owner, entry);
	if (r < 0 && old && !nsa_maps_endpoint_del(state->session->maps, &old->key))
		forget_neighbours(state, owner, old, 1);
	return r;
}

/* Removes the owner's entries that are not planned. Moves removed macvlans to the front of have. */
static int drop_endpoints(const struct nsa_run *run, struct nsa_owner *owner,
			  struct nsa_endpoint_entry *have, size_t count,
			  const struct nsa_endpoint_entry *planned, size_t planned_count)
{
	size_t gone = 0;
	int first = 0, r;

	for (size_t i = 0; i < count && !nsa_run_stops(run, first); i++) {
		if (have[i].key.owner_slot != owner->slot ||
		    find_endpoint(planned, planned_count, &have[i].key))
			continue;
		owner->gc_needed = true;
		r = change_endpoint(run->state, "endpoint-del", &have[i], true);
		first = first ?: r;
		if (!r && nsa_kind(have[i].ep.kind)->shares_port)
			have[gone++] = have[i];
	}
	forget_neighbours(run->state, owner, have, gone);
	return first;
}

/* Plans the endpoints of these ports. out has room for all. Returns their number. */
static size_t plan_endpoints(struct nsa_state *state, const struct nsa_owner *owner,
			     const struct nsa_ports *want, struct nsa_endpoint_entry *out)
{
	const struct nsa_snapshot *snapshot = owner->snapshot;
	struct nsa_plan plan;
	size_t n = 0;

	nsa_owner_plan(state, owner, &plan);
	plan.ports = want->entries;
	plan.port_count = want->count;
	for (size_t i = 0; i < snapshot->endpoint_count; i++)
		if (is_accepted(want, &snapshot->endpoints[i]))
			nsa_plan_endpoint(&plan, &snapshot->endpoints[i], &out[n++]);
		else if (snapshot->endpoints[i].has_neigh_mac &&
			 !snapshot->endpoints[i].beyond_quota)
			nsa_plan_borrowed(&plan, &snapshot->endpoints[i], &out[n++]);
	for (size_t i = 0; i < snapshot->link_count; i++)
		n += nsa_plan_upper(&plan, &snapshot->links[i], &out[n]);
	return n;
}

/* Sorts and removes duplicates. Returns the number that is left. */
static size_t sort_endpoints(struct nsa_endpoint_entry *planned, size_t count)
{
	size_t n = 0;

	SORT(planned, count, nsa_maps_by_endpoint);
	for (size_t i = 0; i < count; i++)
		if (!i || nsa_maps_by_endpoint(&planned[i], &planned[n - 1]) != 0)
			planned[n++] = planned[i];
	return n;
}

/* Entries of namespaces that had none in the map. */
struct newcomers {
	const struct nsa_endpoint_entry **entries;
	size_t count;
	struct nsa_cookies others; /* namespaces that had */
};

static void newcomers_free(struct newcomers *new)
{
	free(new->entries);
	nsa_cookies_free(&new->others);
}

static int newcomers_init(struct newcomers *new, const struct nsa_endpoint_entry *have,
			  size_t count, size_t planned)
{
	new->entries = calloc(planned + 1, sizeof(*new->entries));
	return new->entries ? collect_cookies(have, count, &new->others) : -ENOMEM;
}

static int cmp_newcomer(const void *a, const void *b)
{
	const struct nsa_endpoint_entry *x = *(const struct nsa_endpoint_entry *const *)a;
	const struct nsa_endpoint_entry *y = *(const struct nsa_endpoint_entry *const *)b;

	return CMP(x->ep.netns_cookie, y->ep.netns_cookie) ?: CMP(x, y);
}

/* Once for each namespace, with its first endpoint. */
static void warn_newcomers(struct nsa_state *state, struct newcomers *new)
{
	SORT(new->entries, new->count, cmp_newcomer);
	for (size_t i = 0; i < new->count; i++)
		if (!i || new->entries[i]->ep.netns_cookie != new->entries[i - 1]->ep.netns_cookie)
			warn_lapsed(state, &new->entries[i]->ep);
}

int nsa_endpoints_reconcile(const struct nsa_run *run, struct nsa_owner *owner)
{
	const struct nsa_ports *want = &owner->planned;
	const struct nsa_snapshot *snapshot = owner->snapshot;
	__cleanup(nsa_freep) struct nsa_endpoint_entry *have = NULL;
	__cleanup(nsa_freep) struct nsa_endpoint_entry *planned = NULL;
	__cleanup(newcomers_free) struct newcomers new = {};
	size_t count = 0, planned_count;
	int r, first = 0;

	r = nsa_maps_endpoints(run->state->session->maps, &have, &count);
	planned = calloc(snapshot->endpoint_count + NSA_PLAN_UPPER * snapshot->link_count + 1,
			 sizeof(*planned));
	if (r < 0 || !planned)
		return nsa_err(r ? r : -ENOMEM, "read endpoints: %s", strerror(r ? -r : ENOMEM));
	planned_count = sort_endpoints(planned, plan_endpoints(run->state, owner, want, planned));
	r = newcomers_init(&new, have, count, planned_count);
	if (r < 0)
		return nsa_err(r, "compare endpoints: %s", strerror(-r));
	for (size_t i = 0; i < planned_count && !nsa_run_stops(run, first); i++) {
		r = put_endpoint(run->state, owner, &planned[i],
				 find_endpoint(have, count, &planned[i].key));
		first = first ?: r;
		if (!r && !nsa_cookies_have(&new.others, planned[i].ep.netns_cookie))
			new.entries[new.count++] = &planned[i];
	}
	if (!run->state->diff.dry)
		warn_newcomers(run->state, &new);
	if (!nsa_run_stops(run, first)) {
		r = drop_endpoints(run, owner, have, count, planned, planned_count);
		first = first ?: r;
	}
	return first;
}
