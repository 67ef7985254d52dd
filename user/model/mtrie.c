// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/mtrie.h"
#include "model/mtrie_node.h"
#include "model/mtrie_slots.h"
#include "util/cleanup.h"
#include "util/prefix.h"
#include "util/sort.h"

#define DEPTH (NSACCEL_ADDR_LEN - NSACCEL_MTRIE_ROOT_BITS / 8)

/* The entries that lead from the root towards a prefix. The last one leads to no child with slots,
 * or to that which has the prefix in its slots. */
struct path {
	struct nsa_mtrie *mtrie;
	const struct nsaccel_prefix *prefix;
	__u32 *links[DEPTH + 1];
	__u32 last;
};

/* Bits of the address that come before those that the child at this depth decides by. */
static __u32 bits_at(__u32 depth)
{
	return NSACCEL_MTRIE_ROOT_BITS + depth * NSACCEL_MTRIE_STRIDE;
}

static __u8 slot_at(const struct path *path, __u32 depth)
{
	return path->prefix->addr[bits_at(depth) / 8];
}

static __u32 *root_at(const struct nsa_mtrie *mtrie, const struct nsaccel_prefix *prefix)
{
	__u32 *root = nsa_mtrie_entries(mtrie, prefix->family == NSACCEL_FAMILY_INET6 ?
						       NSACCEL_MTRIE_ROOT6 :
						       NSACCEL_MTRIE_ROOT4);

	return &root[prefix->addr[0] << 8 | prefix->addr[1]];
}

static int update_root(struct nsa_mtrie *mtrie, const struct nsaccel_prefix *prefix,
		       const struct nsa_mtrie_source *source)
{
	__u32 count = 1U << (NSACCEL_MTRIE_ROOT_BITS - nsa_prefix_len(prefix));
	__cleanup(nsa_freep) __u64 *slots = malloc(count * sizeof(*slots));
	__u32 *root = root_at(mtrie, prefix), entry;

	if (!slots)
		return -ENOMEM;
	nsa_mtrie_find_slots(source, prefix, 0, NSACCEL_MTRIE_ROOT_BITS, slots);
	for (__u32 i = 0; i < count; i++) {
		entry = nsa_mtrie_entry_of(mtrie, slots[i]);
		if (root[i] & NSACCEL_MTRIE_CHILD)
			nsa_mtrie_set_fallback(mtrie, root[i], entry);
		else
			nsa_mtrie_store(&root[i], entry);
	}
	return 0;
}

static void walk(struct path *path)
{
	__u32 **link = path->links;

	path->last = 0;
	*link = root_at(path->mtrie, path->prefix);
	while (NSACCEL_MTRIE_IS_NODE(**link) &&
	       nsa_prefix_len(path->prefix) > bits_at(path->last + 1)) {
		link[1] = nsa_mtrie_node_slot(path->mtrie, **link, slot_at(path, path->last));
		link++;
		path->last++;
	}
}

/* Sets the entry that the last link stands for. The child that has it may have to change for
 * that. */
static int set_last(const struct path *path, __u32 entry)
{
	struct nsa_mtrie_node node;

	if (!path->last) {
		nsa_mtrie_store(path->links[0], entry);
		return 0;
	}
	nsa_mtrie_node_read(path->mtrie, *path->links[path->last - 1], &node);
	node.slots[slot_at(path, path->last - 1)] = entry;
	return nsa_mtrie_node_change(path->mtrie, path->links[path->last - 1], &node);
}

static bool is_empty(const struct nsa_mtrie_node *node)
{
	for (__u32 i = 0; i < NSA_MTRIE_SLOTS; i++)
		if (node->slots[i])
			return false;
	return true;
}

/* The child at the end of the path has nothing more to say, and so may have those above. */
static int remove_children(struct path *path, __u32 fallback)
{
	__u32 removed[DEPTH + 1], end = path->last;
	struct nsa_mtrie_node node;
	int r;

	for (;; path->last--) {
		removed[path->last] = *path->links[path->last];
		if (!path->last)
			break;
		nsa_mtrie_node_read(path->mtrie, *path->links[path->last - 1], &node);
		node.slots[slot_at(path, path->last - 1)] = fallback;
		if (!is_empty(&node))
			break;
		fallback = node.fallback;
	}
	r = set_last(path, fallback);
	for (__u32 depth = path->last; !r && depth <= end; depth++)
		r = nsa_mtrie_retire(path->mtrie, removed[depth]);
	return r;
}

static int update_slots(struct path *path, const struct nsa_mtrie_source *source)
{
	__u32 first = slot_at(path, path->last), end = bits_at(path->last + 1), entry;
	__u32 *link = path->links[path->last];
	__u64 slots[NSA_MTRIE_SLOTS];
	struct nsa_mtrie_node node;

	nsa_mtrie_node_read(path->mtrie, *link, &node);
	nsa_mtrie_find_slots(source, path->prefix, end - NSACCEL_MTRIE_STRIDE + 1, end, slots);
	for (__u32 i = 0; i < 1U << (end - nsa_prefix_len(path->prefix)); i++) {
		entry = nsa_mtrie_entry_of(path->mtrie, slots[i]);
		if (node.slots[first + i] & NSACCEL_MTRIE_CHILD)
			nsa_mtrie_set_fallback(path->mtrie, node.slots[first + i], entry);
		else
			node.slots[first + i] = entry;
	}
	return is_empty(&node) ? remove_children(path, node.fallback) :
				 nsa_mtrie_node_change(path->mtrie, link, &node);
}

/* Leaves, and where there is no child yet */

/* Adds or replaces it, or removes it if it has no word; how many there are then. */
static size_t set_route(struct nsa_mtrie_route *routes, size_t count,
			const struct nsa_mtrie_route *route)
{
	size_t at = LOWER_BOUND(route, routes, count, nsa_mtrie_by_prefix);
	bool there = at < count && !nsa_mtrie_by_prefix(&routes[at], route);

	if (!route->word) {
		if (there)
			memmove(&routes[at], &routes[at + 1], (count - at - 1) * sizeof(*routes));
		return count - there;
	}
	if (!there)
		memmove(&routes[at + 1], &routes[at], (count - at) * sizeof(*routes));
	routes[at] = *route;
	return count + !there;
}

/* The last link leads to a leaf, or to no child: a new one is made of its routes and this
 * prefix's. */
static int update_leaf(struct path *path, const struct nsa_mtrie_source *source)
{
	struct nsa_mtrie_route routes[NSACCEL_MTRIE_LEAF_SIZE + 1];
	struct nsa_mtrie_route route = { .prefix = *path->prefix };
	__u32 old = *path->links[path->last], entry = old;
	size_t count = 0;
	int r;

	route.word = nsa_mtrie_entry_of(path->mtrie, source->find(source->data, path->prefix));
	if (old & NSACCEL_MTRIE_CHILD) {
		count = nsa_mtrie_leaf_read(path->mtrie, old, path->prefix, bits_at(path->last),
					    routes);
		entry = nsa_mtrie_entries(path->mtrie, old)[NSACCEL_MTRIE_LEAF_FALLBACK];
	}
	count = set_route(routes, count, &route);
	if (!count)
		return old & NSACCEL_MTRIE_CHILD ? remove_children(path, entry) : 0;
	r = nsa_mtrie_child_new(path->mtrie, routes, count, bits_at(path->last), &entry);
	if (!r)
		r = set_last(path, entry);
	if (!r && old & NSACCEL_MTRIE_CHILD)
		r = nsa_mtrie_retire(path->mtrie, old);
	return r;
}

int nsa_mtrie_update(struct nsa_mtrie *mtrie, const struct nsaccel_prefix *prefix,
		     const struct nsa_mtrie_source *source)
{
	struct path path = { .mtrie = mtrie, .prefix = prefix };

	if (nsa_prefix_len(prefix) <= NSACCEL_MTRIE_ROOT_BITS)
		return update_root(mtrie, prefix, source);
	walk(&path);
	return NSACCEL_MTRIE_IS_NODE(*path.links[path.last]) ? update_slots(&path, source) :
							       update_leaf(&path, source);
}
