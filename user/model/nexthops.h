/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Next hops: each once, by its key, which is what it is resolved from. Holders are counted, and so
 * are routes in maps. A resolved one has a record; routes name the record by its id in the map
 * "nexthops" and by its generation. One object for all owners. It stands for the map as long as
 * nobody else writes that, hence under the lock.
 *
 * Pure: reconcile/nexthops_commit.h reads and writes the map. Numbers of hops are not 0. Functions
 * return 0 or -errno.
 */
#ifndef NSA_MODEL_NEXTHOPS_H
#define NSA_MODEL_NEXTHOPS_H

#include <stdbool.h>
#include <stddef.h>

#include "nsaccel/abi.h"

struct nsa_nexthops;
#define NSA_NEXTHOP_NO_ID 0xffffffffU

struct nsa_nexthop {
	struct nsaccel_nexthop key;    /* only the fields that its target needs */
	struct nsaccel_nexthop record; /* resolved; as in the map, if it has an id */
	__u32 id;		       /* in the map, or NSA_NEXTHOP_NO_ID */
	__u32 refs, routes;	       /* holders; of them routes in maps */
	__u32 next, next_gateway, next_behind, next_via, next_due, before_due;
	__u8 due;	/* enum nsa_nexthops_due */
	bool resolved;	/* the record is up to date with the snapshot */
	bool asked;	/* its neighbour was asked for and hasn't answered */
	bool admitted;	/* counts among those of its link */
	bool is_behind; /* a bridge decides where its neighbour is, by this MAC: */
	__u8 mac[NSACCEL_MAC_LEN];
};

/* Lists of hops that need work. A hop is in one of them at most. */
enum nsa_nexthops_due {
	NSA_NEXTHOPS_IDLE,	 /* in none */
	NSA_NEXTHOPS_DIRTY,	 /* to be resolved: for the first time, or again */
	NSA_NEXTHOPS_UNRESOLVED, /* resolved, or named by a route since, but its neighbour isn't known */
	NSA_NEXTHOPS_LISTS,
};

/* A neighbour that next hops need. No padding: it is compared and hashed by its bytes. */
struct nsa_nexthops_neigh {
	__u32 owner_slot;
	__u32 ifindex; /* not 0 */
	enum nsaccel_family family;
	__u8 addr[NSACCEL_ADDR_LEN]; /* network order */
};

/* Without any hop; the caller releases *out by nsa_nexthops_free(), which takes NULL, too. */
int nsa_nexthops_new(struct nsa_nexthops **out);
void nsa_nexthops_free(struct nsa_nexthops *hops);

/* The key of a record; that of a key is the key. */
void nsa_nexthop_key(const struct nsaccel_nexthop *record, struct nsaccel_nexthop *key);

/* Does the kernel's own lookup tell the next hop, packet by packet? */
static inline bool nsa_nexthop_asks(const struct nsaccel_nexthop *key)
{
	return key->target == NSACCEL_TARGET_FIB || key->target == NSACCEL_TARGET_MULTIPATH;
}

/* Does its key need a neighbour? */
bool nsa_nexthop_has_neighbour(const struct nsa_nexthop *hop);
/* Is this its record? */
bool nsa_nexthop_is(const struct nsa_nexthop *hop, const struct nsaccel_nexthop *record);

/* References */

/* Valid until the next nsa_nexthops_get(). */
struct nsa_nexthop *nsa_nexthop(const struct nsa_nexthops *hops, __u32 hop);
/* Numbers are 1 to this; some may have no references. */
__u32 nsa_nexthops_last(const struct nsa_nexthops *hops);
/* A reference to the next hop with this key, made if there is none; 0: no memory. */
__u32 nsa_nexthops_get(struct nsa_nexthops *hops, const struct nsaccel_nexthop *key);
/* A reference by the record in the map; 0: there is none such any more. */
__u32 nsa_nexthops_get_by_id(struct nsa_nexthops *hops, __u32 id, __u32 generation);
/* 0 is taken, too. */
void nsa_nexthops_put(struct nsa_nexthops *hops, __u32 hop);
/* The one with this key, if it has references; else 0. No reference is taken. */
__u32 nsa_nexthops_find(const struct nsa_nexthops *hops, const struct nsaccel_nexthop *key);

/* Iteration: 0 after the last. Each but the first list is of all owners. */

/* Those that need the neighbour, or one of that address by a device that routes decide on. */
__u32 nsa_nexthops_first_by(const struct nsa_nexthops *hops, const struct nsa_nexthops_neigh *by);
__u32 nsa_nexthops_next_by(const struct nsa_nexthops *hops, __u32 hop,
			   const struct nsa_nexthops_neigh *by);
/* Those whose neighbour has the MAC, behind a bridge. */
__u32 nsa_nexthops_first_behind(const struct nsa_nexthops *hops, const __u8 *mac);
__u32 nsa_nexthops_next_behind(const struct nsa_nexthops *hops, __u32 hop, const __u8 *mac);
/* Makes it one of these; NULL: it isn't any more. */
void nsa_nexthops_set_behind(struct nsa_nexthops *hops, __u32 hop, const __u8 *mac);
/* Those by a gateway on a link that the owner's routes decide on. */
__u32 nsa_nexthops_first_via(const struct nsa_nexthops *hops);
__u32 nsa_nexthops_next_via(const struct nsa_nexthops *hops, __u32 hop);
/* Those in the list. One may leave it once the next is known. */
__u32 nsa_nexthops_first_due(const struct nsa_nexthops *hops, enum nsa_nexthops_due due);
__u32 nsa_nexthops_next_due(const struct nsa_nexthops *hops, __u32 hop);

/* State it was resolved from has changed: puts it into the list of fresh ones. */
void nsa_nexthops_mark_dirty(struct nsa_nexthops *hops, __u32 hop);
/* Takes it out of the list of those that lack a neighbour. */
void nsa_nexthops_clear_unresolved(struct nsa_nexthops *hops, __u32 hop);

/* Adds change (1 or -1) to its routes in maps. */
void nsa_nexthops_route(struct nsa_nexthops *hops, __u32 hop, int change);
/* How often a hop that needs a neighbour has lost a route, and had one left, or none. */
__u64 nsa_nexthops_losses(const struct nsa_nexthops *hops);

/* Quotas: at most so many next hops of one link (owner and target_ifindex) are admitted. */

/* Is this one admitted, now or before? */
bool nsa_nexthops_admit(struct nsa_nexthops *hops, __u32 hop, __u32 quota);
/* How often a link began to refuse. */
__u64 nsa_nexthops_refusals(const struct nsa_nexthops *hops);
bool nsa_nexthops_refused(const struct nsa_nexthops *hops, __u32 owner_slot, int ifindex);
/* Does the link have room again after it refused? Then it no longer counts as refusing. */
bool nsa_nexthops_retry(struct nsa_nexthops *hops, __u32 owner_slot, int ifindex, __u32 quota);

/* Records in the map, for reconcile/nexthops_commit.c */

/* Takes over a record as it was read from the map. */
int nsa_nexthops_load(struct nsa_nexthops *hops, __u32 id, const struct nsaccel_nexthop *record);
/* It has this record, which is in the map if the hop is. */
void nsa_nexthops_resolved(struct nsa_nexthops *hops, __u32 hop,
			   const struct nsaccel_nexthop *record);
/* An id without a record; NSA_NEXTHOP_NO_ID: none is free. */
__u32 nsa_nexthops_free_id(struct nsa_nexthops *hops);
/* It has this record in the map; it has none any more, and is forgotten without references. */
void nsa_nexthops_install(struct nsa_nexthops *hops, __u32 hop, __u32 id,
			  const struct nsaccel_nexthop *record);
void nsa_nexthops_uninstall(struct nsa_nexthops *hops, __u32 hop);
/* The sequence that the record with this id has in the map, or had when it was freed. */
__u32 *nsa_nexthops_sequence(struct nsa_nexthops *hops, __u32 id);
/* May there be records that no route names? */
bool *nsa_nexthops_unused(struct nsa_nexthops *hops);

#endif
