// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "tables.h"

static bool same_nexthop(const struct nsaccel_nexthop *a, const struct nsaccel_nexthop *b)
{
	struct nsaccel_nexthop x = *a;

	x.generation = b->generation;
	return !memcmp(&x, b, sizeof(x));
}

/* The id of a next hop like nh; a new one if there is none. Keeps all, the maps' copy, current.
 * *hint: where the last one was, since routes of one table often share a next hop. */
static int nexthop_id(const struct nsa_maps *maps, struct nsaccel_nexthop *all,
		      const struct nsaccel_nexthop *nh, __u32 *hint)
{
	__u32 free_id = NSACCEL_MAX_NEXTHOPS;
	int r;

	if (all[*hint].generation && same_nexthop(nh, &all[*hint]))
		return 0;
	for (__u32 id = 0; id < NSACCEL_MAX_NEXTHOPS; id++) {
		if (all[id].generation && same_nexthop(nh, &all[id])) {
			*hint = id;
			return 0;
		}
		if (!all[id].generation && free_id == NSACCEL_MAX_NEXTHOPS)
			free_id = id;
	}
	if (free_id == NSACCEL_MAX_NEXTHOPS)
		return -E2BIG;
	all[free_id] = *nh;
	r = nsa_maps_generation(maps, &all[free_id].generation);
	if (!r)
		r = nsa_maps_nexthop_put(maps, free_id, &all[free_id]);
	*hint = free_id;
	return r;
}

static int fill(const struct nsa_maps *maps, int table, const struct nsa_plan_route *routes,
		size_t count)
{
	__cleanup(nsa_freep) struct nsaccel_nexthop *all = NULL;
	__u32 id = 0;
	int r;

	r = nsa_maps_nexthops(maps, &all);
	for (size_t i = 0; !r && i < count; i++) {
		struct nsa_route_entry entry = { .prefix = routes[i].prefix };

		r = nexthop_id(maps, all, &routes[i].nh, &id);
		if (r < 0)
			break;
		entry.route.nexthop = id;
		entry.route.generation = all[id].generation;
		entry.route.origin = routes[i].origin;
		r = nsa_maps_route_put(table, &entry);
	}
	return r;
}

/* -ENOSPC is what an LPM trie says, which is the table itself. */
static const char *why(int r)
{
	return r == -ENOSPC ? "the table is full" : nsa_maps_strerror(r, NSA_MAP_NEXTHOPS);
}

int nsa_tables_apply(const struct nsa_maps *maps, __u64 cookie, __u32 slot,
		     const struct nsa_plan_route *routes, size_t count, bool keep_empty)
{
	__cleanup(nsa_closep) int table = -1;
	int r;

	if (!count && !keep_empty) {
		r = nsa_maps_table_drop(maps, cookie, slot);
		return r < 0 ? nsa_err(r, "drop table of namespace %llu: %s", cookie, why(r)) : 0;
	}
	table = nsa_maps_table_new(maps);
	r = table < 0 ? table : fill(maps, table, routes, count);
	if (!r)
		r = nsa_maps_table_set(maps, cookie, slot, table);
	if (r < 0)
		return nsa_err(r, "write table of namespace %llu (%zu routes): %s", cookie, count,
			       why(r));
	return 0;
}

int nsa_tables_statics(const struct nsa_maps *maps, __u64 cookie, struct nsa_plan_route **out,
		       size_t *count)
{
	__cleanup(nsa_freep) struct nsa_route_entry *entries = NULL;
	__cleanup(nsa_freep) struct nsa_plan_route *routes = NULL;
	size_t entry_count = 0, n = 0;
	int r;

	r = nsa_maps_routes(maps, cookie, &entries, &entry_count);
	if (r < 0)
		return nsa_err(r, "read table of namespace %llu: %s", cookie, strerror(-r));
	routes = calloc(entry_count + 1, sizeof(*routes));
	if (!routes)
		return nsa_err(-ENOMEM, "read table of namespace %llu: %s", cookie,
			       strerror(ENOMEM));
	for (size_t i = 0; i < entry_count; i++) {
		if (entries[i].route.origin != NSACCEL_ORIGIN_STATIC)
			continue;
		r = nsa_maps_nexthop_get(maps, entries[i].route.nexthop, &routes[n].nh);
		if (r < 0)
			return nsa_err(r, "read next hop %u: %s", entries[i].route.nexthop,
				       strerror(-r));
		routes[n].nh.generation = 0;
		routes[n].prefix = entries[i].prefix;
		routes[n].origin = NSACCEL_ORIGIN_STATIC;
		n++;
	}
	*out = TAKE_PTR(routes);
	*count = n;
	return 0;
}

static int mark_used(const struct nsa_maps *maps, __u64 cookie, bool *used)
{
	__cleanup(nsa_freep) struct nsa_route_entry *entries = NULL;
	size_t count = 0;
	int r;

	r = nsa_maps_routes(maps, cookie, &entries, &count);
	for (size_t i = 0; !r && i < count; i++)
		if (entries[i].route.nexthop < NSACCEL_MAX_NEXTHOPS)
			used[entries[i].route.nexthop] = true;
	return r;
}

int nsa_tables_collect(const struct nsa_maps *maps)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *namespaces = NULL;
	__cleanup(nsa_freep) struct nsaccel_nexthop *all = NULL;
	__cleanup(nsa_freep) bool *used = calloc(NSACCEL_MAX_NEXTHOPS, sizeof(*used));
	const struct nsaccel_nexthop none = {};
	size_t count = 0;
	int r;

	if (!used)
		return nsa_err(-ENOMEM, "collect next hops: %s", strerror(ENOMEM));
	r = nsa_maps_netns(maps, &namespaces, &count);
	for (size_t i = 0; !r && i < count; i++)
		r = mark_used(maps, namespaces[i].cookie, used);
	if (!r)
		r = nsa_maps_nexthops(maps, &all);
	for (__u32 id = 0; !r && id < NSACCEL_MAX_NEXTHOPS; id++)
		if (all[id].generation && !used[id])
			r = nsa_maps_nexthop_put(maps, id, &none);
	return r < 0 ? nsa_err(r, "collect next hops: %s", strerror(-r)) : 0;
}
