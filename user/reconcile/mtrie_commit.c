// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "maps/inner.h"
#include "maps/mtrie.h"
#include "maps/table.h"
#include "reconcile/mtrie_commit.h"
#include "reconcile/nexthops_commit.h"
#include "util/cleanup.h"

/* 256 MiB, and a quarter more as room for changes. A million IPv4 routes take 13 MiB, as many IPv6
 * routes of up to 64 bits 80, hosts of IPv6 more. */
#define LINES_MAX (1U << 22)
/* That a route takes at most: one for each byte of an address behind the root, and its share of
 * entries. */
#define LINES_EACH 16

/* Lines for changes beside those that all routes take. */
#define ROOM(lines) ((lines) / 4 + 4096)

static int wait_for_programs(const void *maps)
{
	return nsa_maps_wait(maps);
}

/* The one in use, until close_mapped(). */
static int open_mapped(const struct nsa_maps *maps, __u64 cookie, struct nsa_mtrie *out)
{
	struct nsa_mtrie_lines mapped;
	int r = nsa_maps_mtrie_open(cookie, &mapped);

	if (r < 0)
		return r;
	if (mapped.count <= NSACCEL_MTRIE_BLOCKS + NSA_MTRIE_SLACK) {
		nsa_maps_mtrie_close(&mapped);
		return -EINVAL; /* somebody else's map */
	}
	*out = (struct nsa_mtrie){
		.lines = mapped.lines,
		.line_count = mapped.count - NSA_MTRIE_SLACK,
		.wait = wait_for_programs,
		.data = maps,
	};
	return 0;
}

static void close_mapped(struct nsa_mtrie *mtrie)
{
	struct nsa_mtrie_lines mapped = { mtrie->lines, mtrie->line_count + NSA_MTRIE_SLACK };

	nsa_maps_mtrie_close(&mapped);
	mtrie->lines = NULL;
}

static int set(const struct nsa_maps *maps, const struct nsa_table *table,
	       const struct nsa_mtrie *mtrie)
{
	const struct nsa_mtrie_lines used = { mtrie->lines, nsa_mtrie_lines(mtrie) };

	return nsa_maps_mtrie_set(maps, table->cookie, table->slot, &used,
				  used.count + ROOM(used.count - NSACCEL_MTRIE_BLOCKS) +
					  NSA_MTRIE_SLACK);
}

void nsa_mtrie_commit_load(const struct nsa_maps *maps, struct nsa_table *table, int map)
{
	struct nsa_mtrie mtrie;
	int r = open_mapped(maps, table->cookie, &mtrie);

	table->has_mtrie = r != -ENOENT;
	table->mtrie_is_unpinned = r == -ENOENT;
	if (r < 0)
		return;
	table->mtrie_is_current = nsa_mtrie_is_of(&mtrie, nsa_maps_inner_id(map)) &&
				  nsa_maps_mtrie_is_set(maps, table->cookie, table->slot);
	close_mapped(&mtrie);
}

static int drop(const struct nsa_maps *maps, struct nsa_table *table)
{
	bool same = table->mtrie_is_current;
	bool maybe = table->has_mtrie || table->mtrie_is_unpinned;
	int r = maybe ? nsa_maps_mtrie_drop(maps, table->cookie, table->slot, same) : 0;

	table->mtrie_is_current = false;
	if (!r)
		table->has_mtrie = table->mtrie_is_unpinned = false;
	return r;
}

int nsa_mtrie_commit_begin(const struct nsa_maps *maps, struct nsa_table *table, size_t changed)
{
	if (!table->has_mtrie && !changed)
		return 0;
	return !table->mtrie_is_current || table->wanted_count < NSA_MTRIE_ROUTES / 2 ?
		       drop(maps, table) :
		       0;
}

/* Changing */

static __u64 word_of(const struct nsa_table *table, const struct nsa_node *node)
{
	const struct nsa_nexthop *hop;

	if (!node || !node->wanted)
		return 0;
	hop = nsa_nexthop(table->hops, node->wanted);
	return (__u64)hop->record.generation << 32 | hop->id;
}

static __u64 find(const void *table, const struct nsaccel_prefix *prefix)
{
	return word_of(table, nsa_table_find(table, prefix));
}

/* So that all have an id. */
static int install_hops(const struct nsa_maps *maps, struct nsa_table *table)
{
	int r = 0;

	for (size_t i = 0; !r && i < table->dirty_count; i++)
		if (table->dirty[i]->wanted)
			r = nsa_nexthops_commit_install(maps, table->hops, table->dirty[i]->wanted);
	return r;
}

static int update_nodes(const struct nsa_table *table, struct nsa_mtrie *mtrie, bool wanted)
{
	const struct nsa_mtrie_source source = { find, table, table->wanted_lengths };
	int r = 0;

	for (size_t i = 0; !r && i < table->dirty_count; i++) {
		const struct nsa_node *node = table->dirty[i];

		if (!nsa_table_is_synced(node) && !!node->wanted == wanted)
			r = nsa_mtrie_update(mtrie, &node->prefix, &source);
	}
	return r;
}

static int update(const struct nsa_maps *maps, struct nsa_table *table, struct nsa_mtrie *out)
{
	int r = install_hops(maps, table);

	if (!r)
		r = open_mapped(maps, table->cookie, out);
	if (r < 0)
		return r;
	nsa_mtrie_begin(out);
	r = update_nodes(table, out, true);
	return r < 0 ? r : update_nodes(table, out, false);
}

int nsa_mtrie_commit_update(const struct nsa_maps *maps, struct nsa_table *table,
			    struct nsa_mtrie *out)
{
	int r;

	if (!table->mtrie_is_current)
		return 0;
	r = update(maps, table, out);
	table->mtrie_is_current = false; /* until the map holds the same */
	return r < 0 ? drop(maps, table) : 0;
}

int nsa_mtrie_commit_updated(const struct nsa_maps *maps, struct nsa_table *table,
			     struct nsa_mtrie *mtrie, int r)
{
	int dropped = 0;

	if (r < 0)
		dropped = drop(maps, table); /* else it would say what the map doesn't */
	else if (mtrie->lines && table->has_mtrie) {
		nsa_mtrie_end(mtrie);
		table->mtrie_is_current = true;
	}
	if (mtrie->lines)
		close_mapped(mtrie);
	return r ?: dropped;
}

/* Making */

struct routes {
	const struct nsa_table *table;
	struct nsa_mtrie_route *all;
	size_t count;
};

static int add_route(void *data, struct nsa_node *node)
{
	struct routes *routes = data;

	if (node->wanted)
		routes->all[routes->count++] =
			(struct nsa_mtrie_route){ node->prefix, word_of(routes->table, node) };
	return 0;
}

static size_t size_for(size_t routes)
{
	size_t lines = NSACCEL_MTRIE_BLOCKS + routes * LINES_EACH;

	return lines < LINES_MAX ? lines : LINES_MAX;
}

static int build(struct nsa_table *table, struct nsa_mtrie *out)
{
	__cleanup(nsa_freep) struct nsa_mtrie_route *all =
		reallocarray(NULL, table->wanted_count, sizeof(*all));
	struct routes routes = { table, all, 0 };

	if (!all)
		return -ENOMEM;
	nsa_table_each(table, add_route, &routes);
	return nsa_mtrie_build(out, all, routes.count);
}

/* In memory of which only what is written to is taken. */
static int make(const struct nsa_maps *maps, struct nsa_table *table)
{
	__cleanup(nsa_closep) int map = nsa_maps_table_open(table->cookie);
	size_t lines = size_for(table->wanted_count);
	size_t size = (lines + NSA_MTRIE_SLACK) * sizeof(struct nsaccel_mtrie_line);
	struct nsa_mtrie mtrie = { .line_count = (__u32)lines };
	__u32 id = map < 0 ? 0 : nsa_maps_inner_id(map);
	int r;

	if (!id)
		return map < 0 ? map : -EIO;
	mtrie.lines = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mtrie.lines == MAP_FAILED)
		return -errno;
	r = build(table, &mtrie);
	if (!r) {
		nsa_mtrie_set_table(&mtrie, id);
		table->has_mtrie = true;
		r = set(maps, table, &mtrie);
	}
	munmap(mtrie.lines, size);
	return r;
}

int nsa_mtrie_commit_end(const struct nsa_maps *maps, struct nsa_table *table)
{
	bool wanted = table->wanted_count >= NSA_MTRIE_ROUTES || table->has_mtrie;

	if (!table->has_map || !table->is_set || !wanted || table->mtrie_is_current)
		return 0;
	if (table->mtrie_refused && table->wanted_count >= table->mtrie_refused)
		return drop(maps, table);
	table->mtrie_refused = 0;
	if (make(maps, table) < 0) {
		table->mtrie_refused = table->wanted_count;
		return drop(maps, table);
	}
	table->mtrie_is_current = true;
	return 0;
}
