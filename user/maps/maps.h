/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Typed access to the pinned maps. 0 or -errno; nothing is logged. A handle is
 * only descriptors: whatever it does is in the kernel at once, for everybody.
 */
#ifndef NSA_MAPS_MAPS_H
#define NSA_MAPS_MAPS_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/records.h"
#include "nsaccel/abi.h"

enum nsa_map {
	NSA_MAP_META,
	NSA_MAP_NETNS,
	NSA_MAP_OWNERS,
	NSA_MAP_PORTS,
	NSA_MAP_PORT_CACHE,
	NSA_MAP_PORT_STATS,
	NSA_MAP_PORT_STATS_MORE,
	NSA_MAP_ENDPOINTS,
	NSA_MAP_FDB,
	NSA_MAP_SHARES,
	NSA_MAP_FLOWS,
	NSA_MAP_FLOW_USE,
	NSA_MAP_ROUTES,
	NSA_MAP_TABLES,
	NSA_MAP_TABLE_SEQUENCE,
	NSA_MAP_ROUTE_CACHE,
	NSA_MAP_NEXTHOPS,
	NSA_MAP_USED,
	NSA_MAP_FIB_USED,
	NSA_MAP_TX,
	NSA_MAP_TX_INFO,
	NSA_MAP_STATS,
	NSA_MAP_SETTINGS,
	NSA_MAP_LAPSED,
	NSA_MAP_ISOLATION,
	NSA_MAP_SOURCES,
	NSA_MAP_LIMITS,
	NSA_MAP_RULES,
	NSA_MAP_RULE_STATS,
	NSA_MAP_POLICY_HEADS,
	NSA_MAP_POLICY_SETS,
	NSA_MAP_POLICY_CLASSES,
	NSA_MAP_POLICY_PREFIX,
	NSA_MAP_CONNS,
	NSA_MAP_TABLE_TEMPLATE,
	NSA_MAP_STATS_TEMPLATE,
	NSA_MAP_HEAD_TEMPLATE,
	NSA_MAP_SETS_TEMPLATE,
	NSA_MAP_CLASSES_TEMPLATE,
	NSA_MAP_PREFIX_TEMPLATE,
	NSA_MAP_CONNS_TEMPLATE,
	NSA_MAP_COUNT
};

/* Name in BPF objects, and pin path below the version directory. */
struct nsa_map_name {
	const char *object;
	const char *pin;
};
extern const struct nsa_map_name nsa_map_names[NSA_MAP_COUNT];

/* Why a write to the map failed: strerror(), or that it is full. Valid until the next call. */
const char *nsa_maps_strerror(int r, enum nsa_map map);

struct nsa_maps {
	int fd[NSA_MAP_COUNT];
	/* Elements of maps in memory that the programs write to; NULL: not mapped. */
	__u64 *used;
	__u64 *table_sequence;
	struct nsaccel_flow_use *flow_use;
};

/* An array of so many bytes in memory, to be read and written; the caller hands *out to nsa_maps_munmap(),
 * which takes NULL, too. 0 or -errno. */
int nsa_maps_mmap(const struct nsa_maps *maps, enum nsa_map map, size_t size, void **out);
void nsa_maps_munmap(void *memory, size_t size);

/* The pin of a map that was frozen (bpftool map freeze), so that nobody can write it any more; NULL:
 * none was. */
const char *nsa_maps_frozen(const struct nsa_maps *maps);

/* Opens all pinned maps; -ENOENT if one is missing. */
int nsa_maps_open(struct nsa_maps **out);
void nsa_maps_close(struct nsa_maps *maps);
void nsa_maps_closep(struct nsa_maps **maps);

/* Sorted by key; the caller frees *out. */
int nsa_maps_netns(const struct nsa_maps *maps, struct nsa_netns_entry **out, size_t *count);
int nsa_maps_ports(const struct nsa_maps *maps, struct nsa_port_entry **out, size_t *count);
int nsa_maps_endpoints(const struct nsa_maps *maps, struct nsa_endpoint_entry **out, size_t *count);
int nsa_maps_by_endpoint(const void *a, const void *b); /* for qsort() and bsearch() */
int nsa_maps_settings(const struct nsa_maps *maps, struct nsa_setting_entry **out, size_t *count);
int nsa_maps_fdb(const struct nsa_maps *maps, struct nsa_fdb_entry **out, size_t *count);
/* Of the namespace's own table; none: *count = 0. */
int nsa_maps_routes(const struct nsa_maps *maps, __u64 cookie, struct nsa_route_entry **out,
		    size_t *count);

int nsa_maps_netns_put(const struct nsa_maps *maps, __u64 cookie, const struct nsaccel_netns *ns);
int nsa_maps_netns_get(const struct nsa_maps *maps, __u64 cookie, struct nsaccel_netns *out);
/* The namespace's slot, assigned now if it has none; with its counters. */
int nsa_maps_netns_register(const struct nsa_maps *maps, __u64 cookie, const char *name,
			    __u32 *slot);
/* The same for many that have none yet, each once: what waits for programs to let go of a map waits
 * for all of them. By cookie and name; some may be done even if it fails. */
int nsa_maps_netns_register_all(const struct nsa_maps *maps, struct nsa_netns_entry *fresh,
				size_t count);
int nsa_maps_netns_forget(const struct nsa_maps *maps, __u64 cookie);

/* Sorted by key. */
int nsa_maps_shares(const struct nsa_maps *maps, struct nsaccel_share **out, size_t *count);
int nsa_maps_share_put(const struct nsa_maps *maps, const struct nsaccel_share *share);
int nsa_maps_share_del(const struct nsa_maps *maps, const struct nsaccel_share_key *key);

/* Sorted by slot, family and address. */
int nsa_maps_sources(const struct nsa_maps *maps, struct nsa_source_entry **out, size_t *count);
int nsa_maps_source_put(const struct nsa_maps *maps, const struct nsa_source_entry *entry);
int nsa_maps_source_del(const struct nsa_maps *maps, const struct nsaccel_source_key *key);

/* Returns when no program runs that began before. */
int nsa_maps_wait(const struct nsa_maps *maps);

/* What was said of the namespace; all zero if nothing was. */
int nsa_maps_isolation_get(const struct nsa_maps *maps, __u32 slot, __u64 cookie,
			   struct nsaccel_isolation *out);
int nsa_maps_isolation_put(const struct nsa_maps *maps, __u32 slot,
			   const struct nsaccel_isolation *isolation);
/* Puts to where from stands, so that no packet goes by some of both; and none by from alone once this has
 * returned. */
int nsa_maps_isolation_change(const struct nsa_maps *maps, __u32 slot,
			      const struct nsaccel_isolation *from,
			      const struct nsaccel_isolation *to);
int nsa_maps_limits_get(const struct nsa_maps *maps, __u32 slot, struct nsaccel_limits *out);
int nsa_maps_limits_put(const struct nsa_maps *maps, __u32 slot,
			const struct nsaccel_limits *limits);

/* Of any slot; cookie 0: no owner's. */
int nsa_maps_owner_get(const struct nsa_maps *maps, __u32 slot, struct nsaccel_owner *out);
int nsa_maps_owner_put(const struct nsa_maps *maps, __u32 slot, const struct nsaccel_owner *owner);

int nsa_maps_port_get(const struct nsa_maps *maps, __u32 owner_slot, __u32 ifindex,
		      struct nsaccel_port *out);
int nsa_maps_port_put(const struct nsa_maps *maps, __u32 owner_slot, __u32 ifindex,
		      const struct nsaccel_port *port);
int nsa_maps_port_del(const struct nsa_maps *maps, __u32 owner_slot, __u32 ifindex);

int nsa_maps_endpoint_get(const struct nsa_maps *maps, const struct nsaccel_endpoint_key *key,
			  struct nsaccel_endpoint *out);
int nsa_maps_endpoint_put(const struct nsa_maps *maps, const struct nsa_endpoint_entry *entry);
int nsa_maps_endpoint_del(const struct nsa_maps *maps, const struct nsaccel_endpoint_key *key);

int nsa_maps_fdb_get(const struct nsa_maps *maps, const struct nsaccel_fdb_key *key,
		     struct nsaccel_fdb *out);
int nsa_maps_fdb_put(const struct nsa_maps *maps, const struct nsaccel_fdb *fdb);
int nsa_maps_fdb_del(const struct nsa_maps *maps, const struct nsaccel_fdb_key *key);

int nsa_maps_setting_get(const struct nsa_maps *maps, const struct nsaccel_setting_key *key,
			 struct nsaccel_setting *out);
int nsa_maps_setting_put(const struct nsa_maps *maps, const struct nsaccel_setting_key *key,
			 const struct nsaccel_setting *setting);
int nsa_maps_setting_del(const struct nsa_maps *maps, const struct nsaccel_setting_key *key);

/* Names of namespaces that were confined and have died. -ENOENT: it isn't one. */
int nsa_maps_lapsed_get(const struct nsa_maps *maps, const char *name, struct nsaccel_lapsed *out);
int nsa_maps_lapsed_put(const struct nsa_maps *maps, const char *name,
			const struct nsaccel_lapsed *lapsed);
int nsa_maps_lapsed_del(const struct nsa_maps *maps, const char *name);

/* Removes an element: 0 also if there was none. */
int nsa_maps_remove(const struct nsa_maps *maps, enum nsa_map map, const void *key);

/* A map like the template, with its BTF; max_entries 0: of its size, too. fd or -errno. */
int nsa_maps_new_like(int template_fd, const char *name, __u32 max_entries);

/* Makes the sequences of tables ready for table_begin() and table_end(). */
int nsa_maps_table_map(struct nsa_maps *maps);
void nsa_maps_table_unmap(struct nsa_maps *maps);
/* Around what changes the table that programs use: in between they don't look into their cache, and after
 * it not at what it held before. A writer that was killed in between leaves the cache unused until
 * another ends. */
void nsa_maps_table_begin(const struct nsa_maps *maps, __u32 slot);
void nsa_maps_table_end(const struct nsa_maps *maps, __u32 slot);

/* A new empty table; the caller fills it, hands it to table_set, and closes it. fd or -errno. */
int nsa_maps_table_new(const struct nsa_maps *maps);
/* The table in use: fd, or -ENOENT. */
int nsa_maps_table_open(const struct nsa_maps *maps, __u64 cookie);
/* From now on lookups of the namespace use this table: atomic for every packet. */
int nsa_maps_table_set(const struct nsa_maps *maps, __u64 cookie, __u32 slot, int fd);
/* Do lookups of the programs use this table? Not, if a run was killed on the way. */
bool nsa_maps_table_is_set(const struct nsa_maps *maps, __u32 slot, int fd);
int nsa_maps_table_drop(const struct nsa_maps *maps, __u64 cookie, __u32 slot);
/* All routes of an open table, in no order. */
int nsa_maps_table_routes(int table, struct nsa_route_entry **out, size_t *count);
int nsa_maps_routes_put(int table, const struct nsaccel_prefix *prefixes,
			const struct nsaccel_route *routes, size_t count);
int nsa_maps_route_del(int table, const struct nsaccel_prefix *prefix);

/* The memory of an array that can be mapped, which takes a tenth of the time of asking the kernel for
 * its elements; the caller frees *out. */
int nsa_maps_copy(const struct nsa_maps *maps, enum nsa_map map, size_t size, void **out);

/* All NSACCEL_MAX_NEXTHOPS elements. */
int nsa_maps_nexthops(const struct nsa_maps *maps, struct nsaccel_nexthop **out);
int nsa_maps_nexthop_get(const struct nsa_maps *maps, __u32 id, struct nsaccel_nexthop *out);
int nsa_maps_nexthop_put(const struct nsa_maps *maps, __u32 id, const struct nsaccel_nexthop *nh);
/* maps/flows.c, which writes beside the programs, word by word. The quota that the namespace was given;
 * that of a new one in its slot; are flows of it refused, now or a moment ago? */
int nsa_maps_flow_use_map(struct nsa_maps *maps);
void nsa_maps_flow_use_unmap(struct nsa_maps *maps);
void nsa_maps_flow_quota(const struct nsa_maps *maps, __u32 slot, __u32 quota);
void nsa_maps_flow_forget(const struct nsa_maps *maps, __u32 slot);
bool nsa_maps_flow_over(const struct nsa_maps *maps, __u32 slot);
/* Was the watched next hop used since it was asked last? */
bool nsa_maps_nexthop_used(const struct nsa_maps *maps, __u32 id);
/* Takes the owner's neighbours out of "fib_used"; the caller frees *out. */
int nsa_maps_fib_used(const struct nsa_maps *maps, __u32 owner_slot,
		      struct nsaccel_fib_neighbour **out, size_t *count);
/* How often a command has changed the maps; and one more time. */
int nsa_maps_changes(const struct nsa_maps *maps, __u32 *changes);
int nsa_maps_changed(const struct nsa_maps *maps);
/* 0: not written yet. */
int nsa_maps_abi(const struct nsa_maps *maps, __u32 *version);
/* A number never given out before. */
int nsa_maps_generation(const struct nsa_maps *maps, __u32 *generation);

/* XDP target: registers ifindex of the *calling thread's* namespace, of the given cookie. The
 * slot it has, or a free one. */
int nsa_maps_tx_set(const struct nsa_maps *maps, const struct nsaccel_tx_info *info, __u32 *slot);
/* All NSACCEL_MAX_TX elements of "tx_info". */
int nsa_maps_targets(const struct nsa_maps *maps, struct nsaccel_tx_info **out);
int nsa_maps_tx_get(const struct nsa_maps *maps, __u32 slot, struct nsaccel_tx_info *out);
/* Do frames that are sent to the slot go to that device? */
bool nsa_maps_tx_is_set(const struct nsa_maps *maps, __u32 slot, __u64 cookie, __u32 ifindex);
int nsa_maps_tx_del(const struct nsa_maps *maps, __u32 slot);

/* The port's counter of what is put into its endpoints past it; it has one from its first
 * nsa_maps_port_put() on. */
int nsa_maps_delivered_begin(const struct nsa_maps *maps, const struct nsaccel_port_key *key);
int nsa_maps_delivered_end(const struct nsa_maps *maps, const struct nsaccel_port_key *key);
/* Sum over CPUs. */
int nsa_maps_delivered(const struct nsa_maps *maps, const struct nsaccel_port_key *key,
		       struct nsaccel_counter *out);

/* Sum over CPUs of one namespace's counters at one hook. */
int nsa_maps_stats(const struct nsa_maps *maps, __u64 cookie, enum nsaccel_hook hook,
		   struct nsaccel_stats *out);

#endif
