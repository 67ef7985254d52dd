/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules as the user gave them, and as they are compiled: see struct nsaccel_policy_rule. */
#ifndef NSA_MAP_POLICIES_H
#define NSA_MAP_POLICIES_H

#include "core/bpf.h"

/* The rules as the user gave them: for user space. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* as nexthops */
	__type(key, __u32);
	__type(value, struct nsaccel_policy_rule);
	__uint(max_entries, NSACCEL_RULE_NUMBERS);
} nsa_rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32); /* number of a rule */
	__type(value, struct nsaccel_counter);
	__uint(max_entries, NSACCEL_RULE_NUMBERS);
} nsa_rule_stats SEC(".maps");

struct nsa_policy_head {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct nsaccel_policy_head);
	__uint(max_entries, 1);
} nsa_head SEC(".maps"); /* templates, likewise, to nsa_conn */

struct nsa_policy_sets {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_INNER_MAP); /* of different sizes */
	__type(key, __u32);
	__type(value, struct nsaccel_policy_chunk);
	__uint(max_entries, 1);
} nsa_sets SEC(".maps");

struct nsa_policy_classes {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_policy_value);
	__type(value, __u32);
	__uint(max_entries, 2 * NSACCEL_MAX_RULES + 256);
} nsa_hash SEC(".maps");

struct nsa_policy_prefixes {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_policy_prefix);
	__type(value, __u32);
	__uint(max_entries, 2 * NSACCEL_MAX_RULES);
} nsa_lpm SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32); /* policy */
	__uint(max_entries, NSACCEL_MAX_POLICIES);
	__array(values, struct nsa_policy_head);
} nsa_policy_head SEC(".maps");

/* A hash, so that user space can list the numbers that are in use. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__uint(max_entries, NSACCEL_MAX_POLICIES);
	__array(values, struct nsa_policy_sets);
} nsa_policy_sets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32);
	__uint(max_entries, NSACCEL_MAX_POLICIES);
	__array(values, struct nsa_policy_classes);
} nsa_policy_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32);
	__uint(max_entries, NSACCEL_MAX_POLICIES);
	__array(values, struct nsa_policy_prefixes);
} nsa_policy_lpm SEC(".maps");

/*
 * Not inlined, as some below: types that only inner maps use are in the object's BTF, by which
 * bpftool prints them, only if a function uses them.
 */
__subprog __u32 nsa_class_lookup(void *classes, const struct nsaccel_policy_value *key)
{
	const __u32 *found = bpf_map_lookup_elem(classes, key);

	return found ? *found : key->dimension;
}

__subprog __u32 nsa_prefix_lookup(void *prefixes, const struct nsaccel_policy_prefix *key)
{
	const __u32 *found = bpf_map_lookup_elem(prefixes, key);

	return found ? *found : key->dimension;
}

__subprog const struct nsaccel_policy_head *nsa_policy_head_of(__u32 policy)
{
	void *heads = bpf_map_lookup_elem(&nsa_policy_head, &policy);
	__u32 zero = 0;

	return heads ? bpf_map_lookup_elem(heads, &zero) : NULL;
}

__subprog const struct nsaccel_policy_chunk *nsa_chunk(void *sets, __u32 class, __u32 chunks,
						       __u32 chunk)
{
	__u32 index = class * chunks + chunk;

	return bpf_map_lookup_elem(sets, &index);
}

static __always_inline void nsa_rule_count(__u32 rule, __u32 bytes)
{
	struct nsaccel_counter *counter = bpf_map_lookup_elem(&nsa_rule_stats, &rule);

	if (!counter || !bytes)
		return;
	counter->packets++;
	counter->bytes += bytes;
}

#endif
