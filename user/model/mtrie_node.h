/* SPDX-License-Identifier: GPL-2.0-only */
/* Children of a multibit trie. For the files of it. */
#ifndef NSA_MODEL_MTRIE_NODE_H
#define NSA_MODEL_MTRIE_NODE_H

#include <stdbool.h>

#include "model/mtrie.h"

#define NSA_MTRIE_SLOTS 256

/* A child that isn't a leaf, uncompressed. */
struct nsa_mtrie_node {
	__u32 slots[NSA_MTRIE_SLOTS];
	__u32 fallback; /* of slots that are 0 */
};

/* A child's line, or NSACCEL_MTRIE_ROOT4 or _ROOT6: its entries, which are one behind the other.
 * Within the trie's memory, whatever somebody else has written there. */
static inline __u32 *nsa_mtrie_entries(const struct nsa_mtrie *mtrie, __u32 child)
{
	__u32 line = child & NSACCEL_MTRIE_LINE;

	return mtrie->lines[line < mtrie->line_count ? line : 0].entry;
}

/* What was written before is seen by whoever sees the entry. */
static inline void nsa_mtrie_store(__u32 *at, __u32 entry)
{
	if (*at != entry)
		__atomic_store_n(at, entry, __ATOMIC_RELEASE);
}

/* Of a route's word; 0: of none. The next hop's word is written before. */
__u32 nsa_mtrie_entry_of(struct nsa_mtrie *mtrie, __u64 word);

/* child: the entry that leads to it. */
void nsa_mtrie_node_read(const struct nsa_mtrie *mtrie, __u32 child, struct nsa_mtrie_node *out);
/* Writes the node where nobody sees it; *child: the entry that leads to it. */
int nsa_mtrie_node_new(struct nsa_mtrie *mtrie, const struct nsa_mtrie_node *node, __u32 *child);
/* Gives the child that *link leads to other slots, in place or in another block. */
int nsa_mtrie_node_change(struct nsa_mtrie *mtrie, __u32 *link, const struct nsa_mtrie_node *node);
/* The entry of the slot, as programs read it. */
__u32 *nsa_mtrie_node_slot(const struct nsa_mtrie *mtrie, __u32 child, __u32 slot);

/* Of a child of any kind. */
void nsa_mtrie_set_fallback(struct nsa_mtrie *mtrie, __u32 child, __u32 fallback);
/* No entry leads to the child any more: its block is used again once no program can see it. */
int nsa_mtrie_retire(struct nsa_mtrie *mtrie, __u32 child);

/* A new child that has the routes: with entries for words, in the order of nsa_mtrie_by_prefix(),
 * of more than begin bits, which is where the child's slots begin. *link: the entry of its place so
 * far, and then that which leads to it. */
int nsa_mtrie_child_new(struct nsa_mtrie *mtrie, const struct nsa_mtrie_route *routes, size_t count,
			__u32 begin, __u32 *link);
int nsa_mtrie_by_prefix(const void *a, const void *b); /* their order */
/* The routes of a leaf, in that order; how many. All are within the first begin bits of the
 * prefix. */
size_t nsa_mtrie_leaf_read(const struct nsa_mtrie *mtrie, __u32 leaf,
			   const struct nsaccel_prefix *within, __u32 begin,
			   struct nsa_mtrie_route out[NSACCEL_MTRIE_LEAF_SIZE]);

#endif
