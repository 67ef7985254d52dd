/* SPDX-License-Identifier: GPL-2.0-only */
/* Lookups in a multibit trie of routes (nsaccel/mtrie.h). Linux 6.1's verifier takes them. mtrie:
 * an array whose elements are lines. */
#ifndef NSA_MAP_MTRIE_H
#define NSA_MAP_MTRIE_H

#include "core/bpf.h"
#include "nsaccel/mtrie.h"

#define NSA_MTRIE_STEPS ((NSACCEL_ADDR_LEN * 8 - NSACCEL_MTRIE_ROOT_BITS) / NSACCEL_MTRIE_STRIDE)
/* A generation that no next hop has. */
#define NSA_MTRIE_STALE (1ULL << 63)

/* BPF has no instruction for it. */
static __always_inline __u32 nsa_mtrie_bits(__u64 bits)
{
	bits -= bits >> 1 & 0x5555555555555555ULL;
	bits = (bits & 0x3333333333333333ULL) + (bits >> 2 & 0x3333333333333333ULL);
	return (__u32)(((bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fULL) * 0x0101010101010101ULL >>
		       56);
}

/* All ones if it isn't 0, without a branch: the verifier would go through what follows for either
 * way. */
static __always_inline __u64 nsa_mtrie_mask(__u64 value)
{
	__u64 negative = -value;

	barrier_var(negative); /* clang would see what it is for, and make a branch */
	return (__u64)((__s64)(value | negative) >> 63);
}

/* Likewise: one, unless it is 0, else other. */
static __always_inline __u64 nsa_mtrie_or(__u64 one, __u64 other)
{
	return one | (other & ~nsa_mtrie_mask(one));
}

/* Where a compressed child has the entry of a slot, from its first line on. */
static __always_inline __u32 nsa_mtrie_index(const struct nsaccel_mtrie_line *child, __u32 slot)
{
	__u32 part = slot / 64 & 3;

	return NSACCEL_MTRIE_VALUES - 1 + nsa_mtrie_bits(child->word[part] << (63 - slot % 64)) +
	       (child->entry[NSACCEL_MTRIE_COUNTS] >> (part * 8) & 0xff);
}

/* The last prefix that has the address, whose first 64 bits are first64, is the longest. Not
 * inlined: a type that only inner maps use is in the object's BTF, by which libbpf makes them, only
 * if a function uses it. */
__subprog __u64 nsa_mtrie_leaf(const struct nsaccel_mtrie_line *leaf, __u64 first64)
{
	__u32 lengths = leaf->entry[NSACCEL_MTRIE_LEAF_LENGTHS];
	__u64 entry = 0;

	for (int i = 0; i < NSACCEL_MTRIE_LEAF_SIZE; i++) {
		__u64 one = *(const volatile __u32 *)&leaf->entry[NSACCEL_MTRIE_LEAF_ENTRIES + i];
		__u64 rest = (leaf->word[i] ^ first64) >> ((64 - (lengths >> (8 * i))) & 63);
		__u64 other = nsa_mtrie_mask(rest) | ~nsa_mtrie_mask(one);

		entry = (entry & other) | (one & ~other);
	}
	return entry;
}

static __always_inline __u64 nsa_mtrie_route(void *mtrie, __u64 entry)
{
	__u32 line = NSACCEL_MTRIE_HOPS + NSACCEL_MTRIE_HOP(entry) / 8;
	const struct nsaccel_mtrie_line *found = bpf_map_lookup_elem(mtrie, &line);
	__u64 word;

	if (!entry || !found)
		return 0;
	word = *(const volatile __u64 *)&found->word[entry % 8];
	return NSACCEL_MTRIE_ENTRY(word >> 32, (__u32)word) == entry ?
		       word :
		       NSA_MTRIE_STALE | NSACCEL_MTRIE_HOP(entry);
}

/* The route of an address: generation << 32 | next hop; 0: none. No line that is asked for is
 * missing; the verifier doesn't know. */
static __always_inline __u64 nsa_mtrie_find(void *mtrie, const struct nsaccel_prefix *prefix)
{
	bool v6 = prefix->family == NSACCEL_FAMILY_INET6;
	__u32 index = prefix->addr[0] << 8 | prefix->addr[1];
	__u32 line = (v6 ? NSACCEL_MTRIE_ROOT6 : NSACCEL_MTRIE_ROOT4) + index / 16;
	const struct nsaccel_mtrie_line *found = bpf_map_lookup_elem(mtrie, &line);
	__u64 entry, above = 0; /* above: what holds where a child has nothing */

	if (!found)
		return 0;
	entry = *(const volatile __u32 *)&found->entry[index % 16];
	for (int i = 0; i < NSA_MTRIE_STEPS && NSACCEL_MTRIE_IS_NODE(entry); i++) {
		__u32 slot = prefix->addr[2 + i], direct = entry >> 30 & 1;

		line = ((__u32)entry & NSACCEL_MTRIE_LINE) +
		       direct * NSACCEL_MTRIE_DIRECT_LINE(slot);
		found = bpf_map_lookup_elem(mtrie, &line);
		if (!found)
			return 0;
		above = nsa_mtrie_or(found->entry[NSACCEL_MTRIE_FALLBACK +
						  direct * (NSACCEL_MTRIE_DIRECT_FALLBACK -
							    NSACCEL_MTRIE_FALLBACK)],
				     above);
		index = slot - 15 * NSACCEL_MTRIE_DIRECT_LINE(slot);
		if (!direct) {
			index = nsa_mtrie_index(found, slot);
			line += index / 16;
			found = bpf_map_lookup_elem(mtrie, &line);
			if (!found)
				return 0;
		}
		entry = *(const volatile __u32 *)&found->entry[index % 16];
	}
	if (entry & NSACCEL_MTRIE_CHILD) {
		line = (__u32)entry & NSACCEL_MTRIE_LINE;
		found = bpf_map_lookup_elem(mtrie, &line);
		if (!found)
			return 0;
		above = nsa_mtrie_or(found->entry[NSACCEL_MTRIE_LEAF_FALLBACK], above);
		entry = nsa_mtrie_leaf(found, bpf_be64_to_cpu(*(const __u64 *)prefix->addr));
	}
	return nsa_mtrie_route(mtrie, nsa_mtrie_or(entry, above));
}

#endif
