/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One namespace's routing table in memory: for each prefix the routes that there are (of the
 * kernel, of a host, a static one), the one that is wanted in the map, and the one that stands
 * there. Pure: reconcile/table_commit.h reads the map and writes the difference. 0 or -errno.
 */
#ifndef NSA_MODEL_TABLE_H
#define NSA_MODEL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/nexthops.h"
#include "util/prefix.h"

/* A route of the kernel's. Numbers of hops are references. */
struct nsa_rib_route {
	struct nsa_rib_route *next;
	__u32 hop;
	__u32 metric;
	bool local; /* of the local table, else of main */
	__u8 tos, src_len;
	bool ambiguous; /* there may be another that looks the same */
	__u32 mark;	/* nsa_rib_begin() */
};

struct nsa_node {
	struct nsaccel_prefix prefix;
	struct nsa_node *next; /* in its bucket */
	struct nsa_rib_route *routes;
	__u32 static_nh;		      /* hop of a static route; 0 none */
	__u32 wanted;			      /* hop; 0 none */
	__u32 installed;		      /* hop; 0 none */
	__u8 wanted_origin, installed_origin; /* enum nsaccel_origin */
	bool host;			      /* in the table's list of hosts */
	bool asks; /* the kernel's own lookup is asked, which may end at a shorter prefix */
	int excepted; /* ifindex by which the kernel sends what is for it, whatever routes say; 0 none */
	bool dirty;   /* in its list of what may have changed */
	bool unknown; /* what stands in the map names a next hop that is no more, or isn't known */
};

struct nsa_table {
	__u64 cookie;
	__u32 slot;
	bool has_map;	/* it has a map of its own */
	bool is_set;	/* the programs use that, and it holds what is installed */
	bool has_mtrie; /* it has a multibit trie, too, which programs may read instead of the map */
	bool mtrie_is_unpinned; /* it has no pin; programs may read one all the same, until it is taken away */
	bool mtrie_is_current; /* they do, and it holds what is installed */
	size_t mtrie_refused;  /* for so many routes none could be made; 0: all is well */
	struct nsa_nexthops *hops;
	struct nsa_node **buckets;
	size_t bucket_count, node_count;
	size_t wanted_count, installed_count, static_count;
	size_t lengths[2][129]; /* of nodes with kernel routes: IPv4, IPv6, by prefix length */
	size_t asking[2][129];	/* likewise of nodes that ask */
	size_t wanted_lengths[2][129]; /* likewise of nodes that want a route */
	struct nsa_node **hosts, **dirty, **locals;
	size_t host_count, host_room, dirty_count, dirty_room, local_count, local_room;
	size_t refused;	    /* so many routes didn't fit; 0: all is well */
	__u32 least_mtu[2]; /* of IPv4, of IPv6 routes in any table; 0: none has one */
	__u32 default_mtu;  /* of IPv4 routes in table default, likewise */
	bool other_locals;  /* a table beside local has local, broadcast or multicast IPv4 routes */
	bool wide_locals;   /* there are local prefixes that cover more than one address */
	__u32 mark;
};

/* Without any prefix or map; the caller releases *out by nsa_table_free(), which takes NULL, too,
 * before the hops. */
int nsa_table_new(struct nsa_nexthops *hops, __u64 cookie, __u32 slot, struct nsa_table **out);
void nsa_table_free(struct nsa_table *table);

struct nsa_node *nsa_table_find(const struct nsa_table *table, const struct nsaccel_prefix *prefix);
/* Made if it isn't there; NULL: no memory. */
struct nsa_node *nsa_table_node(struct nsa_table *table, const struct nsaccel_prefix *prefix);
/* Calls cb for every node, which must not add or remove any. */
int nsa_table_each(const struct nsa_table *table, int (*cb)(void *data, struct nsa_node *node),
		   void *data);

/* Puts the node, or all, into the list of nodes whose wanted or installed route may have
 * changed. */
int nsa_table_touch(struct nsa_table *table, struct nsa_node *node);
int nsa_table_touch_all(struct nsa_table *table);
/* Sets the static route; hop 0: none. Takes the reference over. */
void nsa_table_set_static(struct nsa_table *table, struct nsa_node *node, __u32 hop);
/* Sets the route to be in the map; hop 0: none. The caller keeps its reference. */
void nsa_table_want(struct nsa_table *table, struct nsa_node *node, __u32 hop,
		    enum nsaccel_origin origin);

/* Does the map hold what is wanted? */
bool nsa_table_is_synced(const struct nsa_node *node);
/* For reconcile/table_commit.c: the route in the map; hop 0: none. The caller keeps its
 * reference. */
void nsa_table_install(struct nsa_table *table, struct nsa_node *node, __u32 hop,
		       enum nsaccel_origin origin);
/* Empties the list of touched nodes, once the map holds what is wanted; frees those of which
 * nothing is known. */
void nsa_table_clean(struct nsa_table *table);

#endif
