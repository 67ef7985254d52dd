/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A multibit trie of routes, for tables that are too big for fast lookups in the kernel's LPM_TRIE:
 * its writer's side (docs/adr/0010-big-tables.md). Programs may look it up at any time
 * (nsaccel/mtrie.h): each lookup finds the route of before a change or of after it. Pure: the
 * memory is the caller's. Functions return 0 or -errno; after -ENOSPC (no lines are left) the trie
 * has to be made anew, in more.
 */
#ifndef NSA_MODEL_MTRIE_H
#define NSA_MODEL_MTRIE_H

#include <stdbool.h>
#include <stddef.h>

#include "nsaccel/mtrie.h"
#include "nsaccel/abi.h"

/* Lines behind those of blocks, so that a block that begins in the last one ends in memory,
 * whatever somebody else has written. */
#define NSA_MTRIE_SLACK 32

struct nsa_mtrie {
	struct nsaccel_mtrie_line *lines;
	__u32 line_count; /* without slack */
	/* Returns, with 0, when each program has ended that ran when it was called. */
	int (*wait)(const void *data);
	const void *data;
};

/* word: generation << 32 | next hop, which is below 65,536. */
struct nsa_mtrie_route {
	struct nsaccel_prefix prefix;
	__u64 word;
};

/* The routes that there are to be. */
struct nsa_mtrie_source {
	/* That of just this prefix, or 0. */
	__u64 (*find)(const void *data, const struct nsaccel_prefix *prefix);
	const void *data;
	const size_t (*lengths)[129]; /* how many there are: IPv4, IPv6, by prefix length */
};

/* Fills memory that is all zero. The routes, of which no two have the same prefix, are used up. */
int nsa_mtrie_build(struct nsa_mtrie *mtrie, struct nsa_mtrie_route *routes, size_t count);
/* How many lines are in use, from the first on. */
__u32 nsa_mtrie_lines(const struct nsa_mtrie *mtrie);

/* Between these it may have other routes than the table's LPM trie, and has so if the writer is
 * killed. */
void nsa_mtrie_begin(struct nsa_mtrie *mtrie);
void nsa_mtrie_end(struct nsa_mtrie *mtrie);
/* Marks it as that of the table whose LPM trie has this map's id. */
void nsa_mtrie_set_table(struct nsa_mtrie *mtrie, __u32 id);
/* Does it have the routes of that table? */
bool nsa_mtrie_is_of(const struct nsa_mtrie *mtrie, __u32 id);

/* Has the trie say what the source has for the prefix, which may be nothing; other prefixes of the
 * source may or may not have been brought in yet. */
int nsa_mtrie_update(struct nsa_mtrie *mtrie, const struct nsaccel_prefix *prefix,
		     const struct nsa_mtrie_source *source);

#endif
