// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/table.h"
#include "util/array.h"
#include "util/hash.h"

static struct nsa_node **bucket(const struct nsa_table *table, const struct nsaccel_prefix *prefix)
{
	return &table->buckets[nsa_hash(prefix, sizeof(*prefix)) & (table->bucket_count - 1)];
}

static struct nsa_node **slot_of(const struct nsa_table *table, const struct nsaccel_prefix *prefix)
{
	struct nsa_node **link = bucket(table, prefix);

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
			link = bucket(table, &node->prefix);
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
	link = bucket(table, prefix);
	node->next = *link;
	*link = node;
	table->node_count++;
	return node;
}

/* Frees the node if nothing is known of its prefix any more. */
static void drop_node(struct nsa_table *table, struct nsa_node *node)
{
	if (node->routes || node->static_nh || node->wanted || node->installed || node->host ||
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
	struct nsa_node **item;

	if (node->dirty)
		return 0;
	item = ARRAY_ADD(table->dirty, table->dirty_count, table->dirty_room);
	if (!item)
		return -ENOMEM;
	*item = node;
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

void nsa_table_set_static(struct nsa_table *table, struct nsa_node *node, __u32 hop)
{
	table->static_count += !!hop;
	table->static_count -= !!node->static_nh;
	nsa_nexthops_put(table->hops, node->static_nh);
	node->static_nh = hop;
}

/* Of numbers by family and prefix length, that of the node's. */
static size_t *count_of(size_t counts[2][129], const struct nsa_node *node)
{
	return &counts[node->prefix.family == NSACCEL_FAMILY_INET6][nsa_prefix_len(&node->prefix)];
}

static void set_asks(struct nsa_table *table, struct nsa_node *node, bool asks)
{
	size_t *count = count_of(table->asking, node);

	*count += asks;
	*count -= node->asks;
	node->asks = asks;
}

static void count_wanted(struct nsa_table *table, const struct nsa_node *node, bool now)
{
	size_t *count = count_of(table->wanted_lengths, node);

	table->wanted_count += now;
	table->wanted_count -= !!node->wanted;
	*count += now;
	*count -= !!node->wanted;
}

void nsa_table_want(struct nsa_table *table, struct nsa_node *node, __u32 hop,
		    enum nsaccel_origin origin)
{
	set_asks(table, node, hop && nsa_nexthop_asks(&nsa_nexthop(table->hops, hop)->key));
	if (hop)
		nsa_nexthop(table->hops, hop)->refs++;
	count_wanted(table, node, hop);
	nsa_nexthops_put(table->hops, node->wanted);
	node->wanted = hop;
	node->wanted_origin = (__u8)(hop ? origin : NSACCEL_ORIGIN_NONE);
}

void nsa_table_install(struct nsa_table *table, struct nsa_node *node, __u32 hop,
		       enum nsaccel_origin origin)
{
	if (hop) {
		nsa_nexthop(table->hops, hop)->refs++;
		nsa_nexthops_route(table->hops, hop, 1);
	}
	if (node->installed) {
		nsa_nexthops_route(table->hops, node->installed, -1);
		nsa_nexthops_put(table->hops, node->installed);
	}
	table->installed_count += !!hop;
	table->installed_count -= !!node->installed;
	node->installed = hop;
	node->installed_origin = (__u8)(hop ? origin : NSACCEL_ORIGIN_NONE);
	node->unknown = false;
}

bool nsa_table_is_synced(const struct nsa_node *node)
{
	return !node->unknown && node->wanted == node->installed &&
	       node->wanted_origin == node->installed_origin;
}

void nsa_table_clean(struct nsa_table *table)
{
	for (size_t i = 0; i < table->dirty_count; i++) {
		table->dirty[i]->dirty = false;
		drop_node(table, table->dirty[i]);
	}
	table->dirty_count = 0;
}

int nsa_table_new(struct nsa_nexthops *hops, __u64 cookie, __u32 slot, struct nsa_table **out)
{
	struct nsa_table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->cookie = cookie;
	table->slot = slot;
	table->hops = hops;
	if (grow(table)) {
		free(table);
		return -ENOMEM;
	}
	*out = table;
	return 0;
}

static void free_node(struct nsa_table *table, struct nsa_node *node)
{
	struct nsa_rib_route *route;

	nsa_table_install(table, node, 0, NSACCEL_ORIGIN_NONE);
	nsa_nexthops_put(table->hops, node->wanted);
	nsa_nexthops_put(table->hops, node->static_nh);
	while ((route = node->routes)) {
		node->routes = route->next;
		nsa_nexthops_put(table->hops, route->hop);
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
	free(table->buckets);
	free(table->hosts);
	free(table->dirty);
	free(table->locals);
	free(table);
}
