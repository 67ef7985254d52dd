// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "maps/routes.h"
#include "maps/sequences.h"
#include "maps/table.h"
#include "reconcile/mtrie_commit.h"
#include "reconcile/nexthops_commit.h"
#include "reconcile/table_commit.h"
#include "util/cleanup.h"

/* A new map is made for so many changed routes at least, if they are such a part of the table. */
#define REBUILD_MIN  4096
#define REBUILD_PART 4

/* Loading */

static int load_route(struct nsa_table *table, const struct nsa_route_entry *entry)
{
	__u32 hop =
		nsa_nexthops_get_by_id(table->hops, entry->route.nexthop, entry->route.generation);
	struct nsa_node *node = nsa_table_node(table, &entry->prefix);

	if (!node) {
		nsa_nexthops_put(table->hops, hop);
		return -ENOMEM;
	}
	node->unknown = !hop;
	if (!hop)
		return nsa_table_touch(table, node);
	nsa_table_install(table, node, hop, entry->route.origin);
	if (entry->route.origin == NSACCEL_ORIGIN_STATIC) {
		nsa_table_want(table, node, hop, NSACCEL_ORIGIN_STATIC);
		nsa_table_set_static(table, node, hop); /* takes the reference over */
	} else {
		nsa_nexthops_put(table->hops, hop);
	}
	return nsa_table_touch(table, node);
}

/* False: somebody else has written the route. */
static bool is_prefix(const struct nsaccel_prefix *prefix)
{
	struct nsaccel_prefix same;

	if ((prefix->family != NSACCEL_FAMILY_INET && prefix->family != NSACCEL_FAMILY_INET6) ||
	    prefix->prefixlen < NSACCEL_PREFIX_FAMILY_BITS ||
	    prefix->prefixlen - NSACCEL_PREFIX_FAMILY_BITS > nsa_addr_bits(prefix->family))
		return false;
	same = nsa_prefix((__u8)prefix->family, prefix->addr, (__u8)nsa_prefix_len(prefix));
	return !nsa_prefix_cmp(prefix, &same); /* else there are bits behind its length */
}

static int load_routes(struct nsa_table *table, int map)
{
	__cleanup(nsa_freep) struct nsa_route_entry *entries = NULL;
	size_t count = 0;
	int r = nsa_maps_table_routes(map, &entries, &count);

	for (size_t i = 0; !r && i < count; i++)
		if (is_prefix(&entries[i].prefix))
			r = load_route(table, &entries[i]);
		else
			table->is_set = false; /* the next commit makes a new map */
	return r;
}

int nsa_table_load(const struct nsa_maps *maps, struct nsa_nexthops *hops, __u64 cookie, __u32 slot,
		   struct nsa_table **out)
{
	__cleanup(nsa_closep) int map = nsa_maps_table_open(cookie);
	struct nsa_table *table;
	int r;

	if (map < 0 && map != -ENOENT)
		return map;
	r = nsa_table_new(hops, cookie, slot, &table);
	if (r < 0)
		return r;
	if (map >= 0) {
		table->has_map = true;
		table->is_set = nsa_maps_table_is_set(maps, slot, map);
		r = load_routes(table, map);
		nsa_mtrie_commit_load(maps, table, map);
	}
	if (r < 0) {
		nsa_table_free(table);
		return r;
	}
	*out = table;
	return 0;
}

/* Committing */

static int make_route(const struct nsa_maps *maps, struct nsa_table *table,
		      const struct nsa_node *node, struct nsaccel_route *out)
{
	const struct nsa_nexthop *hop;
	int r = nsa_nexthops_commit_install(maps, table->hops, node->wanted);

	if (r < 0)
		return r;
	hop = nsa_nexthop(table->hops, node->wanted);
	*out = (struct nsaccel_route){
		.nexthop = hop->id,
		.generation = hop->record.generation,
		.origin = (enum nsaccel_origin)node->wanted_origin,
	};
	return 0;
}

/* Routes on their way into a map, many with one call. */
#define BATCH 1024
struct batch {
	const struct nsa_maps *maps;
	struct nsa_table *table;
	int map;
	size_t count;
	struct nsaccel_prefix prefixes[BATCH];
	struct nsaccel_route routes[BATCH];
};

static struct batch *batch_new(const struct nsa_maps *maps, struct nsa_table *table, int map)
{
	struct batch *batch = malloc(sizeof(*batch));

	if (!batch)
		return NULL;
	batch->maps = maps;
	batch->table = table;
	batch->map = map;
	batch->count = 0;
	return batch;
}

static int flush(struct batch *batch)
{
	size_t count = batch->count;

	batch->count = 0;
	return count ? nsa_maps_routes_put(batch->map, batch->prefixes, batch->routes, count) : 0;
}

static int put(void *data, struct nsa_node *node)
{
	struct batch *batch = data;
	int r;

	if (!node->wanted)
		return 0;
	r = make_route(batch->maps, batch->table, node, &batch->routes[batch->count]);
	if (r < 0)
		return r;
	batch->prefixes[batch->count++] = node->prefix;
	return batch->count == BATCH ? flush(batch) : 0;
}

static int sync_node(void *table, struct nsa_node *node)
{
	nsa_table_install(table, node, node->wanted, (enum nsaccel_origin)node->wanted_origin);
	return 0;
}

static int fill(const struct nsa_maps *maps, struct nsa_table *table, int map)
{
	__cleanup(nsa_freep) struct batch *batch = batch_new(maps, table, map);
	int r = batch ? nsa_table_each(table, put, batch) : -ENOMEM;

	return r < 0 ? r : flush(batch);
}

static int rebuild(const struct nsa_maps *maps, struct nsa_table *table)
{
	__cleanup(nsa_closep) int map = nsa_maps_table_new(maps);
	int r;

	if (map < 0)
		return map;
	r = fill(maps, table, map);
	if (r < 0)
		return r;
	r = nsa_maps_table_set(maps, table->cookie, table->slot, map);
	if (r < 0) { /* it may be set in part: the next commit sets another */
		table->is_set = false;
		if (!table->has_map)
			nsa_maps_table_drop(maps, table->cookie, table->slot);
		return r;
	}
	table->has_map = table->is_set = true;
	table->mtrie_is_current = false;
	return nsa_table_each(table, sync_node, table);
}

static int put_dirty(const struct nsa_maps *maps, struct nsa_table *table, int map)
{
	__cleanup(nsa_freep) struct batch *batch = batch_new(maps, table, map);
	int r;

	if (!batch)
		return -ENOMEM;
	for (size_t i = 0; i < table->dirty_count; i++) {
		if (nsa_table_is_synced(table->dirty[i]))
			continue;
		table->dirty[i]->unknown = true; /* until all is written */
		r = put(batch, table->dirty[i]);
		if (r < 0)
			return r;
	}
	return flush(batch);
}

static int write_dirty(const struct nsa_maps *maps, struct nsa_table *table, int map)
{
	int r = put_dirty(maps, table, map);

	for (size_t i = 0; !r && i < table->dirty_count; i++) {
		struct nsa_node *node = table->dirty[i];

		if ((node->installed || node->unknown) && !node->wanted)
			r = nsa_maps_route_del(map, &node->prefix);
		if (!r || r == -ENOENT)
			r = sync_node(table, node);
	}
	return r;
}

static int update(const struct nsa_maps *maps, struct nsa_table *table)
{
	__cleanup(nsa_closep) int map = nsa_maps_table_open(table->cookie);
	struct nsa_mtrie mtrie = {};
	int r;

	if (map == -ENOENT)
		return rebuild(maps, table);
	if (map < 0)
		return map;
	for (size_t i = 0; i < table->dirty_count; i++)
		nsa_maps_route_begin(maps, &table->dirty[i]->prefix);
	nsa_maps_any_seq_advance(maps);
	r = nsa_mtrie_commit_update(maps, table, &mtrie);
	if (!r)
		r = write_dirty(maps, table, map);
	r = nsa_mtrie_commit_updated(maps, table, &mtrie, r);
	for (size_t i = 0; i < table->dirty_count; i++)
		nsa_maps_route_end(maps, &table->dirty[i]->prefix);
	return r;
}

/* If it fails the map is set in part: the next commit sets it anew, or takes it away. */
static int unset(const struct nsa_maps *maps, struct nsa_table *table)
{
	int r;

	table->is_set = table->mtrie_is_current = false;
	r = nsa_maps_table_drop(maps, table->cookie, table->slot);
	if (!r)
		table->has_mtrie = false;
	return r;
}

static int write_map(const struct nsa_maps *maps, struct nsa_table *table, bool keep_empty,
		     size_t changed)
{
	if (table->refused && table->wanted_count >= table->refused)
		return 0;
	table->refused = 0;
	if (!table->wanted_count && !keep_empty)
		return table->has_map ? unset(maps, table) : 0;
	if (!table->has_map || !table->is_set ||
	    (changed >= REBUILD_MIN &&
	     changed >= (table->wanted_count + table->installed_count) / REBUILD_PART))
		return rebuild(maps, table);
	return changed ? update(maps, table) : 0;
}

int nsa_table_commit(const struct nsa_maps *maps, struct nsa_table *table, bool keep_empty,
		     size_t *changed)
{
	size_t count = 0;
	int r;

	for (size_t i = 0; i < table->dirty_count; i++)
		count += !nsa_table_is_synced(table->dirty[i]);
	r = nsa_mtrie_commit_begin(maps, table, count);
	if (!r)
		r = write_map(maps, table, keep_empty, count);
	if (!r)
		r = nsa_mtrie_commit_end(maps, table);
	if (r < 0)
		return r;
	if (!table->wanted_count && !keep_empty) {
		table->has_map = false;
		for (size_t i = 0; i < table->dirty_count; i++)
			sync_node(table, table->dirty[i]);
	}
	nsa_table_clean(table);
	*changed = count;
	return 0;
}

static int forget_installed(void *table, struct nsa_node *node)
{
	nsa_table_install(table, node, 0, NSACCEL_ORIGIN_NONE);
	return nsa_table_touch(table, node);
}

int nsa_table_drop(const struct nsa_maps *maps, struct nsa_table *table)
{
	int r = unset(maps, table);

	if (r < 0)
		return r;
	table->has_map = false;
	return nsa_table_each(table, forget_installed, table);
}

int nsa_table_refuse(const struct nsa_maps *maps, struct nsa_table *table)
{
	int r = nsa_table_drop(maps, table);

	if (!r)
		table->refused = table->wanted_count;
	return r;
}
