/* SPDX-License-Identifier: GPL-2.0-only */
/* All maps; the pins are named after them without "nsaccel_". See nsaccel-maps(5). */
#ifndef NSA_BPF_MAPS_H
#define NSA_BPF_MAPS_H

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct nsaccel_meta);
	__uint(max_entries, 1);
} nsaccel_meta SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64); /* cookie */
	__type(value, struct nsaccel_netns);
	__uint(max_entries, NSACCEL_MAX_NETNS);
} nsaccel_netns SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32); /* slot */
	__type(value, struct nsaccel_owner);
	__uint(max_entries, NSACCEL_MAX_NETNS);
} nsaccel_owners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_port_key);
	__type(value, struct nsaccel_port);
	__uint(max_entries, NSACCEL_MAX_PORTS);
} nsaccel_ports SEC(".maps");

/* An array, since looking up the port comes first for every packet. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32); /* NSACCEL_PORT_CACHE_INDEX() */
	__type(value, struct nsaccel_cached_port);
	__uint(max_entries, NSACCEL_PORT_CACHE);
} nsaccel_pcache SEC(".maps");

/* Of the ports that are in "pcache", by the same index; and of the others. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32); /* NSACCEL_PORT_CACHE_INDEX() */
	__type(value, struct nsaccel_port_stats);
	__uint(max_entries, NSACCEL_PORT_CACHE);
} nsaccel_pstats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_port_key);
	__type(value, struct nsaccel_port_stats);
	__uint(max_entries, NSACCEL_MAX_PORTS);
} nsaccel_pstats2 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_endpoint_key);
	__type(value, struct nsaccel_endpoint);
	__uint(max_entries, NSACCEL_MAX_ENDPOINTS);
} nsaccel_endpts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_fdb_key);
	__type(value, struct nsaccel_fdb);
	__uint(max_entries, NSACCEL_MAX_FDB);
} nsaccel_fdb SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_share_key);
	__type(value, struct nsaccel_share);
	__uint(max_entries, NSACCEL_MAX_SHARES);
} nsaccel_shares SEC(".maps");

/* Which flows the kernel has admitted is written by the programs alone. Not an LRU: who opens many would
 * push out others'. Preallocated: else the kernel may have no element at hand in a burst. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct nsaccel_flow_key);
	__type(value, struct nsaccel_flow);
	__uint(max_entries, NSACCEL_MAX_FLOWS);
} nsaccel_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags,
	       BPF_F_MMAPABLE); /* user space writes quotas, beside what programs write */
	__type(key, __u32);	/* slot */
	__type(value, struct nsaccel_flow_use);
	__uint(max_entries, NSACCEL_MAX_NETNS);
} nsaccel_flowuse SEC(".maps");

struct nsa_table {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_prefix);
	__type(value, struct nsaccel_route);
	__uint(max_entries, NSACCEL_MAX_ROUTES);
} nsaccel_table SEC(".maps"); /* template: user space makes one per namespace like it */

/* For people and tools: a namespace's table by its cookie. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__uint(max_entries, NSACCEL_MAX_NETNS);
	__array(values, struct nsa_table);
} nsaccel_routes SEC(".maps");

/* For the fast path: the same table by slot, one array access away. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32);
	__uint(max_entries, NSACCEL_MAX_NETNS);
	__array(values, struct nsa_table);
} nsaccel_tables SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* user space writes whole words */
	__type(key, __u32);		   /* slot */
	__type(value, __u64);
	__uint(max_entries, NSACCEL_MAX_NETNS);
} nsaccel_tabseq SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32); /* nsa_cache_index() */
	__type(value, struct nsaccel_cached_route);
	__uint(max_entries, NSACCEL_ROUTE_CACHE);
} nsaccel_rcache SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* user space reads all of it, often */
	__type(key, __u32);
	__type(value, struct nsaccel_nexthop);
	__uint(max_entries, NSACCEL_MAX_NEXTHOPS);
} nsaccel_nexthop SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32); /* of "nexthops" */
	__type(value, __u32);
	__uint(max_entries, NSACCEL_MAX_NEXTHOPS);
	__uint(map_flags, BPF_F_MMAPABLE); /* user space looks often */
} nsaccel_used SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct nsaccel_fib_neighbour);
	__type(value, __u32);
	__uint(max_entries, NSACCEL_MAX_FIB_USED);
} nsaccel_fibused SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__type(key, __u32);
	__type(value, struct bpf_devmap_val);
	__uint(max_entries, NSACCEL_MAX_TX);
} nsaccel_tx SEC(".maps");

/* A devmap gives back an ifindex but not whose: this says it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct nsaccel_tx_info);
	__uint(max_entries, NSACCEL_MAX_TX);
} nsaccel_tx_info SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32); /* slot */
	__type(value, struct nsaccel_isolation);
	__uint(max_entries, NSACCEL_MAX_NETNS);
} nsaccel_isolat SEC(".maps");

/* One for all: what nearly every packet comes from is in the port's record. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_source_key);
	__type(value, enum nsaccel_source);
	__uint(max_entries, NSACCEL_MAX_SOURCES);
} nsaccel_sources SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32); /* slot */
	__type(value, struct nsaccel_limits);
	__uint(max_entries, NSACCEL_MAX_NETNS);
} nsaccel_limits SEC(".maps");

/* The rules as the user gave them: for user space. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* as nexthops */
	__type(key, __u32);
	__type(value, struct nsaccel_rule);
	__uint(max_entries, NSACCEL_RULE_NUMBERS);
} nsaccel_rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32); /* number of a rule */
	__type(value, struct nsaccel_counter);
	__uint(max_entries, NSACCEL_RULE_NUMBERS);
} nsaccel_rstats SEC(".maps");

struct nsa_policy_head {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct nsaccel_policy_head);
	__uint(max_entries, 1);
} nsaccel_phead SEC(".maps"); /* templates, likewise, to nsaccel_conn */

struct nsa_policy_sets {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_INNER_MAP); /* of different sizes */
	__type(key, __u32);
	__type(value, struct nsaccel_policy_chunk);
	__uint(max_entries, 1);
} nsaccel_pset SEC(".maps");

struct nsa_policy_classes {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_policy_value);
	__type(value, __u32);
	__uint(max_entries, 2 * NSACCEL_MAX_RULES + 256);
} nsaccel_pclass SEC(".maps");

struct nsa_policy_prefixes {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_policy_prefix);
	__type(value, __u32);
	__uint(max_entries, 2 * NSACCEL_MAX_RULES);
} nsaccel_pprefix SEC(".maps");

struct nsa_conns {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct nsaccel_conn_key);
	__type(value, struct nsaccel_conn);
	__uint(max_entries, NSACCEL_MAX_CONNS);
} nsaccel_conn SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32); /* policy */
	__uint(max_entries, NSACCEL_MAX_POLICIES);
	__array(values, struct nsa_policy_head);
} nsaccel_pheads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32);
	__uint(max_entries, NSACCEL_MAX_POLICIES);
	__array(values, struct nsa_policy_sets);
} nsaccel_psets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32);
	__uint(max_entries, NSACCEL_MAX_POLICIES);
	__array(values, struct nsa_policy_classes);
} nsaccel_pclasss SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32);
	__uint(max_entries, NSACCEL_MAX_POLICIES);
	__array(values, struct nsa_policy_prefixes);
} nsaccel_pprefxs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32); /* slot */
	__uint(max_entries, NSACCEL_MAX_NETNS);
	__array(values, struct nsa_conns);
} nsaccel_conns SEC(".maps");

struct nsa_netns_stats {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32); /* enum nsaccel_hook */
	__type(value, struct nsaccel_stats);
	__uint(max_entries, NSACCEL_HOOK_COUNT);
} nsaccel_counts SEC(".maps"); /* template, likewise */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32); /* slot */
	__uint(max_entries, NSACCEL_MAX_NETNS);
	__array(values, struct nsa_netns_stats);
} nsaccel_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_setting_key);
	__type(value, struct nsaccel_setting);
	__uint(max_entries, NSACCEL_MAX_SETTINGS);
} nsaccel_setting SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct nsaccel_lapsed_key);
	__type(value, struct nsaccel_lapsed);
	__uint(max_entries, NSACCEL_MAX_LAPSED);
} nsaccel_lapsed SEC(".maps");

#endif
