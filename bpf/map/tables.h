/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Routing tables: an LPM trie each, and a multibit trie with the same routes if they are many. Each
 * CPU caches what was found in LPM tries. Each change of a route changes a sequence, which
 * invalidates the cached entries near it.
 */
#ifndef NSA_MAP_TABLES_H
#define NSA_MAP_TABLES_H

#include "core/bpf.h"
#include "core/order.h"
#include "map/mtrie.h"
#include "map/sequences.h"

struct nsa_table {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_prefix);
	__type(value, struct nsaccel_route);
	__uint(max_entries, NSACCEL_MAX_ROUTES);
} nsa_table SEC(".maps"); /* template: user space makes one per namespace like it */

/* For people and tools: a namespace's table by its cookie. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__uint(max_entries, NSACCEL_MAX_NETNS);
	__array(values, struct nsa_table);
} nsa_routes SEC(".maps");

/* For the fast path: the same table by slot, one array access away. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32);
	__uint(max_entries, NSACCEL_MAX_NETNS);
	__array(values, struct nsa_table);
} nsa_tables SEC(".maps");

/* Template: user space makes one per big table, of the size that it takes. */
struct nsa_mtrie {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__type(key, __u32);
	__type(value, struct nsaccel_mtrie_line);
	__uint(max_entries, 1);
} nsa_mtrie SEC(".maps");

/* By slot. What is here is read instead of the table's LPM trie. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32);
	__uint(max_entries, NSACCEL_MAX_NETNS);
	__array(values, struct nsa_mtrie);
} nsa_mtries SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32); /* nsa_cache_index() */
	__type(value, struct nsaccel_cached_route);
	__uint(max_entries, NSACCEL_ROUTE_CACHE);
} nsa_route_cache SEC(".maps");

#define NSA_NO_TABLE 1ULL /* no route's word: its generation would be 0 */

/* A free next hop has generation 0, so no route leads to it. */
static __always_inline bool nsa_is_route(__u64 route)
{
	return route >> 32;
}

/* NULL: it has none, or more routes than a table takes. */
static __always_inline void *nsa_table_of(__u32 slot)
{
	return bpf_map_lookup_elem(&nsa_tables, &slot);
}

static __always_inline __u64 nsa_trie_find(void *table, const struct nsaccel_prefix *prefix)
{
	const struct nsaccel_route *route = bpf_map_lookup_elem(table, prefix);

	return route ? (__u64)route->generation << 32 | route->nexthop : 0;
}

/* Table and family in one word. */
static __always_inline __u64 nsa_cache_table(__u32 slot, const struct nsaccel_prefix *prefix)
{
	return (__u64)slot << 32 | prefix->family;
}

/* A sum of products, which the CPU computes in parallel. */
static __always_inline __u32 nsa_cache_index(__u32 slot, const struct nsaccel_prefix *prefix)
{
	const __u64 *addr = (const __u64 *)prefix->addr;
	__u64 hash = nsa_cache_table(slot, prefix) * 0x9e3779b97f4a7c15ULL +
		     addr[0] * 0xc2b2ae3d27d4eb4fULL + addr[1] * 0x165667b19e3779f9ULL;

	return (__u32)(hash >> 32) % NSACCEL_ROUTE_CACHE;
}

static __always_inline bool nsa_cache_hits(const struct nsaccel_cached_route *cached, __u32 slot,
					   const struct nsaccel_prefix *prefix, __u64 sequence)
{
	const __u64 *addr = (const __u64 *)prefix->addr;
	__u64 route = cached->route;

	return !((cached->sequence ^ route ^ sequence) |
		 (cached->table ^ route ^ nsa_cache_table(slot, prefix)) |
		 (cached->addr[0] ^ route ^ addr[0]) | (cached->addr[1] ^ route ^ addr[1]));
}

static __always_inline void nsa_cache_fill(struct nsaccel_cached_route *cached, __u32 slot,
					   const struct nsaccel_prefix *prefix, __u64 sequence,
					   __u64 route)
{
	const __u64 *addr = (const __u64 *)prefix->addr;

	cached->route = route;
	cached->sequence = sequence ^ route;
	cached->table = nsa_cache_table(slot, prefix) ^ route;
	cached->addr[0] = addr[0] ^ route;
	cached->addr[1] = addr[1] ^ route;
}

/* The sequence of all that a lookup of the address depends on. */
static __always_inline __u64 nsa_cache_sequence(const struct nsaccel_prefix *prefix)
{
	__u32 config = nsa_config_seq_read();

	return (__u64)config << 32 | nsa_route_seq_read(prefix->family, prefix->addr) |
	       (config & NSA_SEQ_INVALID);
}

/* By the table's LPM trie, whose lookup takes several times as long as the cache's. */
static __always_inline __u64 nsa_table_find_cached(__u32 slot, const struct nsaccel_prefix *prefix)
{
	struct nsaccel_cached_route *cached;
	struct nsaccel_prefix key;
	__u64 sequence, route;
	__u32 index;
	void *table;

	index = nsa_cache_index(slot, prefix);
	cached = bpf_map_lookup_elem(&nsa_route_cache, &index);
	if (!cached)
		return NSA_NO_TABLE;
	sequence = nsa_cache_sequence(prefix);
	if (!(sequence & NSA_SEQ_INVALID) && nsa_cache_hits(cached, slot, prefix, sequence))
		return cached->route;
	nsa_keep_order(); /* a route that is written later must not be cached under this sequence */
	table = nsa_table_of(slot);
	if (!table)
		return NSA_NO_TABLE;
	key = *prefix; /* up to Linux 6.1 an argument of a global function can't be a key */
	route = nsa_trie_find(table, &key);
	if (!(sequence & NSA_SEQ_INVALID))
		nsa_cache_fill(cached, slot, prefix, sequence, route);
	return route;
}

/* Looks up an address (prefix, of full length) in the table in that slot: generation << 32 | next
 * hop of its route; 0: no route; NSA_NO_TABLE. A multibit trie isn't cached: where its lines are in
 * the CPU's caches it is as fast, and where they aren't, for many destinations, the cache would
 * miss, too. Global: the verifier checks it once. */
__noinline __u64 nsa_table_find(__u32 slot, const struct nsaccel_prefix *prefix)
{
	void *mtrie;

	if (!prefix)
		return NSA_NO_TABLE;
	mtrie = bpf_map_lookup_elem(&nsa_mtries, &slot);
	return mtrie ? nsa_mtrie_find(mtrie, prefix) : nsa_table_find_cached(slot, prefix);
}

static __always_inline void nsa_key_family(struct nsaccel_prefix *key, enum nsaccel_family family)
{
	key->family = family;
	key->prefixlen = NSACCEL_PREFIX_FAMILY_BITS + (family == NSACCEL_FAMILY_INET ? 32 : 128);
}

static __always_inline void nsa_key4(struct nsaccel_prefix *key, const void *address)
{
	nsa_key_family(key, NSACCEL_FAMILY_INET);
	__builtin_memcpy(key->addr, address, 4);
	__builtin_memset(key->addr + 4, 0, 12);
}

static __always_inline void nsa_key6(struct nsaccel_prefix *key, const void *address)
{
	nsa_key_family(key, NSACCEL_FAMILY_INET6);
	__builtin_memcpy(key->addr, address, 16);
}

#endif
