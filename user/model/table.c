// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/routes.h"
#include "maps/table.h"
#include "model/table.h"
#include "util/cleanup.h"

/* So many routes at least, and such a part of the table, make a new one worth its while. */
#define REBUILD_MIN  4096
#define REBUILD_PART 4

/* Nodes */

static size_t hash(const struct nsaccel_prefix *prefix)
{
	__u64 words[3], h;

	memcpy(words, prefix, sizeof(words));
	h = (words[0] ^ words[1] * 0x9e3779b97f4a7c15ULL) + (words[2] ^ words[1] >> 32);
	h *= 0xbf58476d1ce4e5b9ULL;
	return (size_t)(h ^ h >> 32);
}

static struct nsa_node **slot_of(const struct nsa_table *table, const struct nsaccel_prefix *prefix)
{
	struct nsa_node **link = &table->buckets[hash(prefix) & (table->bucket_count - 1)];

	while (*link && memcmp(&(*link)->prefix, prefix, sizeof(*prefix)) != 0)
		link = &(*link)->next;
	return link;
}

static int grow(struct nsa_table *table)
{
	size_t count = table->bucket_count ? 2 * table->bucket_count : 64;
	struct nsa_node **old = table->buckets, *node, *next, **link;
	size_t old_count = table->bucket_count;

	table->buckets = calloc(count, sizeof(*table->buckets));
	if (!table->buckets) {
		table->buckets = old;
		return -ENOMEM;
	}
	table->bucket_count = count;
	for (size_t i = 0; i < old_count; i++) {
		for (node = old[i]; node; node = next) {
			next = node->next;
			link = &table->buckets[hash(&node->prefix) & (count - 1)];
			node->next = *link;
			*link = node;
		}
	}
	free(old);
	return 0;
}

struct nsa_node *nsa_table_find(const struct nsa_table *table, const struct nsaccel_prefix *prefix)
{
	return *slot_of(table, prefix);
}

struct nsa_node *nsa_table_node(struct nsa_table *table, const struct nsaccel_prefix *prefix)
{
	struct nsa_node *node = nsa_table_find(table, prefix), **link;

	if (node)
		return node;
	if (table->node_count >= table->bucket_count && grow(table))
		return NULL;
	node = calloc(1, sizeof(*node));
	if (!node)
		return NULL;
	node->prefix = *prefix;
	link = &table->buckets[hash(prefix) & (table->bucket_count - 1)];
	node->next = *link;
	*link = node;
	table->node_count++;
	return node;
}

/* What nothing is known of any more. */
static void drop_node(struct nsa_table *table, struct nsa_node *node)
{
	if (node->routes || node->fixed || node->wanted || node->installed || node->host ||
	    node->excepted)
		return;
	*slot_of(table, &node->prefix) = node->next;
	table->node_count--;
	free(node);
}

int nsa_table_each(const struct nsa_table *table, int (*cb)(void *data, struct nsa_node *node),
		   void *data)
{
	int r = 0;

	for (size_t i = 0; !r && i < table->bucket_count; i++)
		for (struct nsa_node *node = table->buckets[i]; !r && node; node = node->next)
			r = cb(data, node);
	return r;
}

int nsa_table_touch(struct nsa_table *table, struct nsa_node *node)
{
	struct nsa_node **grown;

	if (node->dirty)
		return 0;
	if (table->dirty_count == table->dirty_room) {
		size_t room = table->dirty_room ? 2 * table->dirty_room : 64;

		grown = reallocarray(table->dirty, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		table->dirty = grown;
		table->dirty_room = room;
	}
	table->dirty[table->dirty_count++] = node;
	node->dirty = true;
	return 0;
}

static int touch(void *table, struct nsa_node *node)
{
	return nsa_table_touch(table, node);
}

int nsa_table_touch_all(struct nsa_table *table)
{
	return nsa_table_each(table, touch, table);
}

void nsa_table_fix(struct nsa_table *table, struct nsa_node *node, __u32 hop)
{
	table->fixed_count += !!hop;
	table->fixed_count -= !!node->fixed;
	nsa_hops_put(table->hops, node->fixed);
	node->fixed = hop;
}

static void set_asks(struct nsa_table *table, struct nsa_node *node, bool asks)
{
	size_t *count = &table->asking[node->prefix.family == NSACCEL_FAMILY_INET6]
				      [nsa_prefix_len(&node->prefix)];

	*count += asks;
	*count -= node->asks;
	node->asks = asks;
}

void nsa_table_want(struct nsa_table *table, struct nsa_node *node, __u32 hop,
		    enum nsaccel_origin origin)
{
	set_asks(table, node, hop && nsa_hop_asks(&nsa_hop(table->hops, hop)->key));
	if (hop)
		nsa_hop(table->hops, hop)->refs++;
	table->wanted_count += !!hop;
	table->wanted_count -= !!node->wanted;
	nsa_hops_put(table->hops, node->wanted);
	node->wanted = hop;
	node->wanted_origin = (__u8)(hop ? origin : NSACCEL_ORIGIN_NONE);
}

/* Loading */

static void set_installed(struct nsa_table *table, struct nsa_node *node, __u32 hop, __u8 origin)
{
	if (hop) {
		nsa_hop(table->hops, hop)->refs++;
		nsa_hops_route(table->hops, hop, 1);
	}
	if (node->installed) {
		nsa_hops_route(table->hops, node->installed, -1);
		nsa_hops_put(table->hops, node->installed);
	}
	table->installed_count += !!hop;
	table->installed_count -= !!node->installed;
	node->installed = hop;
	node->installed_origin = origin;
	node->unknown = false;
}

static int load_route(struct nsa_table *table, const struct nsa_route_entry *entry)
{
	__u32 hop = nsa_hops_get_by_id(table->hops, entry->route.nexthop, entry->route.generation);
	struct nsa_node *node = nsa_table_node(table, &entry->prefix);

	if (!node)
		return -ENOMEM;
	node->unknown = !hop;
	if (!hop)
		return nsa_table_touch(table, node);
	set_installed(table, node, hop, (__u8)entry->route.origin);
	if (entry->route.origin ==
	    NSACCEL_ORIGIN_STATIC) { /* wanted until somebody says otherwise */
		nsa_table_want(table, node, hop, NSACCEL_ORIGIN_STATIC);
		nsa_table_fix(table, node, hop); /* takes the reference over */
	} else {
		nsa_hops_put(table->hops, hop);
	}
	return nsa_table_touch(table, node);
}

/* What no route of ours has: somebody else has written it. */
static bool is_prefix(const struct nsaccel_prefix *prefix)
{
	return (prefix->family == NSACCEL_FAMILY_INET || prefix->family == NSACCEL_FAMILY_INET6) &&
	       prefix->prefixlen >= NSACCEL_PREFIX_FAMILY_BITS &&
	       prefix->prefixlen - NSACCEL_PREFIX_FAMILY_BITS <= nsa_addr_bits(prefix->family);
}

int nsa_table_load(const struct nsa_maps *maps, struct nsa_hops *hops, __u64 cookie, __u32 slot,
		   struct nsa_table **out)
{
	__cleanup(nsa_freep) struct nsa_route_entry *entries = NULL;
	struct nsa_table *table = calloc(1, sizeof(*table));
	size_t count = 0;
	int r;

	if (!table)
		return -ENOMEM;
	*table = (struct nsa_table){
		.cookie = cookie, .slot = slot, .fd = -1, .maps = maps, .hops = hops
	};
	r = grow(table);
	if (!r && maps) {
		table->fd = nsa_maps_table_open(maps, cookie);
		r = table->fd < 0 && table->fd != -ENOENT ? table->fd : 0;
		table->is_set = table->fd >= 0 && nsa_maps_table_is_set(maps, slot, table->fd);
	}
	if (!r && table->fd >= 0)
		r = nsa_maps_table_routes(table->fd, &entries, &count);
	for (size_t i = 0; !r && i < count; i++)
		if (is_prefix(&entries[i].prefix))
			r = load_route(table, &entries[i]);
		else
			table->is_set = false; /* the next commit makes a new map */
	if (r < 0) {
		nsa_table_free(table);
		return r;
	}
	*out = table;
	return 0;
}

static void free_node(struct nsa_table *table, struct nsa_node *node)
{
	struct nsa_kroute *route;

	set_installed(table, node, 0, 0);
	nsa_hops_put(table->hops, node->wanted);
	nsa_hops_put(table->hops, node->fixed);
	while ((route = node->routes)) {
		node->routes = route->next;
		nsa_hops_put(table->hops, route->hop);
		free(route);
	}
	free(node);
}

void nsa_table_free(struct nsa_table *table)
{
	struct nsa_node *node;

	if (!table)
		return;
	for (size_t i = 0; i < table->bucket_count; i++) {
		while ((node = table->buckets[i])) {
			table->buckets[i] = node->next;
			free_node(table, node);
		}
	}
	nsa_closep(&table->fd);
	free(table->buckets);
	free(table->hosts);
	free(table->dirty);
	free(table->locals);
	free(table);
}

/* Committing */

bool nsa_table_is_settled(const struct nsa_node *node)
{
	return !node->unknown && node->wanted == node->installed &&
	       node->wanted_origin == node->installed_origin;
}

static int make_entry(struct nsa_table *table, const struct nsa_node *node,
		      struct nsa_route_entry *out)
{
	const struct nsa_hop *hop;
	int r;

	r = nsa_hops_install(table->hops, node->wanted);
	if (r < 0)
		return r;
	hop = nsa_hop(table->hops, node->wanted);
	out->prefix = node->prefix;
	out->route.nexthop = hop->id;
	out->route.generation = hop->record.generation;
	out->route.origin = (enum nsaccel_origin)node->wanted_origin;
	return 0;
}

/* Routes on their way into a map, many with one call. */
#define BATCH 1024
struct batch {
	struct nsa_table *table;
	int fd;
	size_t count;
	struct nsaccel_prefix prefixes[BATCH];
	struct nsaccel_route routes[BATCH];
};

static int flush(struct batch *batch)
{
	int r = batch->count ? nsa_maps_routes_put(batch->fd, batch->prefixes, batch->routes,
						   batch->count) :
			       0;

	batch->count = 0;
	return r;
}

static int put(void *data, struct nsa_node *node)
{
	struct nsa_route_entry entry;
	struct batch *batch = data;
	int r;

	if (!node->wanted)
		return 0;
	r = make_entry(batch->table, node, &entry);
	if (r < 0)
		return r;
	batch->prefixes[batch->count] = entry.prefix;
	batch->routes[batch->count++] = entry.route;
	return batch->count == BATCH ? flush(batch) : 0;
}

static struct batch *batch_new(struct nsa_table *table, int fd)
{
	struct batch *batch = malloc(sizeof(*batch));

	if (!batch)
		return NULL;
	batch->table = table;
	batch->fd = fd;
	batch->count = 0;
	return batch;
}

static int settle_node(void *data, struct nsa_node *node)
{
	set_installed(data, node, node->wanted, node->wanted_origin);
	return 0;
}

static int rebuild(struct nsa_table *table)
{
	__cleanup(nsa_closep) int fd = nsa_maps_table_new(table->maps);
	__cleanup(nsa_freep) struct batch *batch = NULL;
	int r;

	if (fd < 0)
		return fd;
	batch = batch_new(table, fd);
	if (!batch)
		return -ENOMEM;
	r = nsa_table_each(table, put, batch);
	if (!r)
		r = flush(batch);
	if (r < 0)
		return r;
	r = nsa_maps_table_set(table->maps, table->cookie, table->slot, fd);
	if (r < 0) { /* it may be set in part: the next commit sets another */
		table->is_set = false;
		if (table->fd < 0)
			nsa_maps_table_drop(table->maps, table->cookie, table->slot);
		return r;
	}
	nsa_closep(&table->fd);
	table->fd = TAKE_FD(fd);
	table->is_set = true;
	return nsa_table_each(table, settle_node, table);
}

static int update(struct nsa_table *table)
{
	__cleanup(nsa_freep) struct batch *batch = batch_new(table, table->fd);
	int r = batch ? 0 : -ENOMEM;

	nsa_maps_table_begin(table->maps, table->slot);
	for (size_t i = 0; !r && i < table->dirty_count; i++) {
		if (nsa_table_is_settled(table->dirty[i]))
			continue;
		table->dirty[i]->unknown = true; /* until all is written */
		r = put(batch, table->dirty[i]);
	}
	if (!r)
		r = flush(batch);
	for (size_t i = 0; !r && i < table->dirty_count; i++) {
		struct nsa_node *node = table->dirty[i];

		if ((node->installed || node->unknown) && !node->wanted)
			r = nsa_maps_route_del(table->fd, &node->prefix);
		if (!r || r == -ENOENT)
			r = settle_node(table, node);
	}
	return r;
}

/* If it fails the map is set in part: the next commit sets it anew, or takes it away. */
static int unset(struct nsa_table *table)
{
	table->is_set = false;
	return nsa_maps_table_drop(table->maps, table->cookie, table->slot);
}

static int write_map(struct nsa_table *table, bool keep_empty, size_t changed)
{
	if (table->refused && table->wanted_count >= table->refused)
		return 0;
	table->refused = 0;
	if (!table->wanted_count && !keep_empty)
		return table->fd < 0 ? 0 : unset(table);
	if (table->fd < 0 || !table->is_set ||
	    (changed >= REBUILD_MIN &&
	     changed >= (table->wanted_count + table->installed_count) / REBUILD_PART))
		return rebuild(table);
	return changed ? update(table) : 0;
}

static int forget_installed(void *data, struct nsa_node *node)
{
	set_installed(data, node, 0, NSACCEL_ORIGIN_NONE);
	return nsa_table_touch(data, node);
}

int nsa_table_drop(struct nsa_table *table)
{
	int r = unset(table);

	if (r < 0)
		return r;
	nsa_closep(&table->fd);
	table->fd = -1;
	return nsa_table_each(table, forget_installed, table);
}

int nsa_table_refuse(struct nsa_table *table)
{
	int r = nsa_table_drop(table);

	if (!r)
		table->refused = table->wanted_count;
	return r;
}

int nsa_table_commit(struct nsa_table *table, bool keep_empty, size_t *changed)
{
	size_t count = 0;
	int r;

	for (size_t i = 0; i < table->dirty_count; i++)
		count += !nsa_table_is_settled(table->dirty[i]);
	r = write_map(table, keep_empty, count);
	if (r < 0)
		return r;
	nsa_maps_table_end(table->maps, table->slot); /* also what a killed writer has begun */
	if (!table->wanted_count && !keep_empty) {
		nsa_closep(&table->fd);
		table->fd = -1;
		for (size_t i = 0; i < table->dirty_count; i++)
			settle_node(table, table->dirty[i]);
	}
	for (size_t i = 0; i < table->dirty_count; i++) {
		table->dirty[i]->dirty = false;
		drop_node(table, table->dirty[i]);
	}
	table->dirty_count = 0;
	*changed = count;
	return 0;
}
