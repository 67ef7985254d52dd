/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A multibit trie in memory, as programs read it: an array of lines, each a line of the CPU's
 * cache.
 *
 * An entry, 32 bits, is what an address or a part of them has: 0, nothing of its own: what the
 * levels above say holds. NSACCEL_MTRIE_ROUTE: a route, by its next hop; the low bits of its
 * generation tell whether the word of that still is this route's. NSACCEL_MTRIE_CHILD: a child's
 * first line, and its kind. There is one for each first 16 bits of an address (root), and in a
 * child for each value of the next 8, its slots.
 *
 * Readers need no lock. What they see changes by single entries: a child is complete before an
 * entry leads to it, and stays as it was for an RCU grace period after the last one that did.
 */
#ifndef NSACCEL_MTRIE_H
#define NSACCEL_MTRIE_H

#ifndef __bpf__ /* programs have vmlinux.h */
#include <linux/types.h>
#endif

struct nsaccel_mtrie_line {
	union {
		__u64 word[8];
		__u32 entry[16];
	};
} __attribute__((aligned(64)));

#define NSACCEL_MTRIE_ROOT_BITS 16
#define NSACCEL_MTRIE_STRIDE	8

/* First lines. Before them are the writer's accounts (mtrie_block.c). */
#define NSACCEL_MTRIE_ROOT4 1024 /* entries, for IPv4 */
#define NSACCEL_MTRIE_ROOT6 (NSACCEL_MTRIE_ROOT4 + 65536 / 16)
/* Words: generation << 32 | next hop. */
#define NSACCEL_MTRIE_HOPS   (NSACCEL_MTRIE_ROOT6 + 65536 / 16)
#define NSACCEL_MTRIE_BLOCKS (NSACCEL_MTRIE_HOPS + 65536 / 8)

#define NSACCEL_MTRIE_CHILD  0x80000000U
#define NSACCEL_MTRIE_DIRECT 0x40000000U /* of children: else compressed, or a leaf */
#define NSACCEL_MTRIE_LEAF   0x20000000U
#define NSACCEL_MTRIE_LINE   0x1fffffffU
/* A child that has slots. */
#define NSACCEL_MTRIE_IS_NODE(entry)                                                               \
	(((entry) & (NSACCEL_MTRIE_CHILD | NSACCEL_MTRIE_LEAF)) == NSACCEL_MTRIE_CHILD)
/* Of entries that aren't children; below: 14 bits of generation, 16 of the next hop's number. */
#define NSACCEL_MTRIE_ROUTE 0x40000000U

#define NSACCEL_MTRIE_ENTRY(generation, hop)                                                       \
	(NSACCEL_MTRIE_ROUTE | ((__u32)(generation)&0x3fff) << 16 | (hop))
#define NSACCEL_MTRIE_HOP(entry) ((entry)&0xffff)

/* Each kind has the entry of slots that have none. */

/* Compressed: words 0 to 3, bit n: slot n has another entry than the one before. */
#define NSACCEL_MTRIE_COUNTS   8 /* entry: byte k: how many bits are set before word k */
#define NSACCEL_MTRIE_FALLBACK 9 /* entry */
/* Entries of the slots whose bit is set, and on into the next lines. */
#define NSACCEL_MTRIE_VALUES 10

/* Direct: 15 slots in each line, then the fallback. */
#define NSACCEL_MTRIE_DIRECT_LINE(slot) ((slot)*137U >> 11) /* slot / 15 */
#define NSACCEL_MTRIE_DIRECT_FALLBACK	15

/* A leaf has the longer prefixes of its slot themselves, shorter ones first: words 0 to 3, the
 * first 64 bits of each. */
#define NSACCEL_MTRIE_LEAF_SIZE	    4
#define NSACCEL_MTRIE_LEAF_ENTRIES  8  /* their entries; 0: there is none more */
#define NSACCEL_MTRIE_LEAF_LENGTHS  12 /* entry: byte n: bits of prefix n, 1 to 64 */
#define NSACCEL_MTRIE_LEAF_FALLBACK 13

#endif
