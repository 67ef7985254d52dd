/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pinned maps. A handle holds descriptors only: a change is in the kernel at once, for
 * everybody. Each family of maps has a header of its own, with typed functions over the handle.
 * Functions return 0 or -errno, leave out-parameters alone on failure, and log nothing.
 */
#ifndef NSA_MAPS_MAPS_H
#define NSA_MAPS_MAPS_H

#include "nsaccel/abi.h"

enum nsa_map {
	NSA_MAP_META,
	NSA_MAP_NETNS,
	NSA_MAP_OWNERS,
	NSA_MAP_PORTS,
	NSA_MAP_PORT_CACHE,
	NSA_MAP_PORT_STATS,
	NSA_MAP_PORT_STATS2,
	NSA_MAP_ENDPOINTS,
	NSA_MAP_FDB,
	NSA_MAP_SHARES,
	NSA_MAP_FLOWS,
	NSA_MAP_FLOW_USE,
	NSA_MAP_FLOW_SEQ,
	NSA_MAP_ROUTES,
	NSA_MAP_TABLES,
	NSA_MAP_MTRIES,
	NSA_MAP_CONFIG_SEQ,
	NSA_MAP_ROUTE_SEQ,
	NSA_MAP_ROUTE_CACHE,
	NSA_MAP_VERDICTS,
	NSA_MAP_VERDICT_TAGS,
	NSA_MAP_NEXTHOPS,
	NSA_MAP_NH_USED,
	NSA_MAP_NEIGH_USED,
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
	NSA_MAP_POLICY_HEAD,
	NSA_MAP_POLICY_SETS,
	NSA_MAP_POLICY_HASH,
	NSA_MAP_POLICY_LPM,
	NSA_MAP_CONNS,
	NSA_MAP_TABLE_TEMPLATE,
	NSA_MAP_MTRIE_TEMPLATE,
	NSA_MAP_STATS_TEMPLATE,
	NSA_MAP_HEAD_TEMPLATE,
	NSA_MAP_SETS_TEMPLATE,
	NSA_MAP_HASH_TEMPLATE,
	NSA_MAP_LPM_TEMPLATE,
	NSA_MAP_CONNS_TEMPLATE,
	NSA_MAP_COUNT
};

/* Names of a map: in BPF objects, and its pin's path below the version directory. */
struct nsa_map_name {
	const char *object;
	const char *pin;
	const char *full; /* message: an element more doesn't fit */
};
extern const struct nsa_map_name nsa_map_names[NSA_MAP_COUNT];

/* Why a write to the map failed: strerror(), or that the map is full. */
const char *nsa_maps_strerror(int r, enum nsa_map map);

struct nsa_maps {
	int fd[NSA_MAP_COUNT]; /* of NSA_MAP_FLOWS negative, if no programs have a firewall gate yet */
	/* Elements of maps in memory that the programs write to; NULL: not mapped. */
	__u64 *used;
	__u64 *config_seq, *route_seq;
	struct nsaccel_flow_use *flow_use;
};

/* The pin of a map that was frozen (bpftool map freeze), which nobody can write any more; NULL:
 * none was. */
const char *nsa_maps_frozen(const struct nsa_maps *maps);

/* Opens all pinned maps; the caller closes *out. -ENOENT: one is missing, other than "flows". */
int nsa_maps_open(struct nsa_maps **out);
/* NULL is taken, too. */
void nsa_maps_close(struct nsa_maps *maps);
void nsa_maps_closep(struct nsa_maps **maps);

/* Returns when each program has ended that ran when it was called. */
int nsa_maps_wait(const struct nsa_maps *maps);

#endif
