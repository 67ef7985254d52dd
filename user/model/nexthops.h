/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Next hops: each once, by what it is resolved from (its key), with references
 * counted; and its record in the map "nexthops", which routes name by id and
 * generation. A record changes in place, under a sequence that programs check,
 * so that a new neighbour takes one write however many routes it has.
 * One for all owners; valid as long as nobody else writes the map, hence under
 * the lock. 0 or -errno; nothing is logged.
 */
#ifndef NSA_MODEL_NEXTHOPS_H
#define NSA_MODEL_NEXTHOPS_H

#include <stdbool.h>

#include "maps/maps.h"

struct nsa_hops;
#define NSA_HOP_NO_ID 0xffffffffU

struct nsa_hop {
	struct nsaccel_nexthop key; /* resolved from this: only the fields that its target needs */
	struct nsaccel_nexthop record; /* resolved; as in the map, if it has an id */
	__u32 id;		       /* in the map, or NSA_HOP_NO_ID */
	__u32 refs, routes;	       /* holders; of them routes in maps */
	__u32 next, next_gateway, next_behind, next_via, next_due, before_due;
	__u8 due;	/* enum nsa_hops_due */
	bool resolved;	/* record is what the present snapshot says */
	bool asked;	/* its neighbour was asked for and hasn't answered */
	bool admitted;	/* counts among those of its link */
	bool is_behind; /* a bridge decides where its neighbour is, by this MAC: */
	__u8 mac[NSACCEL_MAC_LEN];
};

/* Lists of those with which there is something to be done. A hop is in one of them at most. */
enum nsa_hops_due {
	NSA_HOPS_SETTLED,
	NSA_HOPS_FRESH,	  /* to be resolved: for the first time, or anew */
	NSA_HOPS_LACKING, /* resolved since, or come to a route, but its neighbour isn't known */
	NSA_HOPS_DUES,
};

/* Whose neighbour next hops need. */
struct nsa_hops_by {
	__u32 owner_slot;
	__u32 ifindex; /* not 0 */
	enum nsaccel_family family;
	__u8 addr[NSACCEL_ADDR_LEN];
};

/* With all that is in the map. maps NULL: empty, and nothing can be installed. */
int nsa_hops_new(const struct nsa_maps *maps, struct nsa_hops **out);
void nsa_hops_free(struct nsa_hops *hops);

/* What a record was resolved from. */
void nsa_hop_key(const struct nsaccel_nexthop *record, struct nsaccel_nexthop *key);

/* Is it the kernel's own lookup that tells the next hop, packet by packet? */
static inline bool nsa_hop_asks(const struct nsaccel_nexthop *key)
{
	return key->target == NSACCEL_TARGET_FIB || key->target == NSACCEL_TARGET_MULTIPATH;
}

/* A reference to the next hop with this key; 0: no memory. */
__u32 nsa_hops_get(struct nsa_hops *hops, const struct nsaccel_nexthop *key);
/* The same of a record in the map; 0: there is none such any more. */
__u32 nsa_hops_get_by_id(struct nsa_hops *hops, __u32 id, __u32 generation);
void nsa_hops_put(struct nsa_hops *hops, __u32 hop);
/* The one with this key, if anybody refers to it; else 0. */
__u32 nsa_hops_find(const struct nsa_hops *hops, const struct nsaccel_nexthop *key);
/* Of those that need a neighbour, or one of that address by whichever device it may be: 0 after the last. */
__u32 nsa_hops_first_by(const struct nsa_hops *hops, const struct nsa_hops_by *by);
__u32 nsa_hops_next_by(const struct nsa_hops *hops, __u32 hop, const struct nsa_hops_by *by);
struct nsa_hop *nsa_hop(const struct nsa_hops *hops, __u32 hop);
/* Likewise of those whose neighbour's MAC a bridge has to know; and that this one is of them, or (NULL) not
 * any more. */
__u32 nsa_hops_first_behind(const struct nsa_hops *hops, const __u8 *mac);
__u32 nsa_hops_next_behind(const struct nsa_hops *hops, __u32 hop, const __u8 *mac);
void nsa_hops_set_behind(struct nsa_hops *hops, __u32 hop, const __u8 *mac);
/* Valid numbers are 1 to this; refs of some may be 0. */
__u32 nsa_hops_last(const struct nsa_hops *hops);

/* Is this its record? */
bool nsa_hop_is(const struct nsa_hop *hop, const struct nsaccel_nexthop *record);
/* One route more, or less, in a map names it. */
void nsa_hops_route(struct nsa_hops *hops, __u32 hop, int change);
/* So often has one that needs a neighbour lost a route, and has one left, or none. */
__u64 nsa_hops_losses(const struct nsa_hops *hops);
/* Does what it was resolved from need a neighbour? */
bool nsa_hop_has_neighbour(const struct nsa_hop *hop);
/* Quotas: of the next hops on one link of an owner's (target_ifindex) so many at most are admitted.
 * Is this one, or is there room for it? */
bool nsa_hops_admit(struct nsa_hops *hops, __u32 hop, __u32 quota);
/* So often was a link the first time refused one. */
__u64 nsa_hops_refusals(const struct nsa_hops *hops);
bool nsa_hops_refused(const struct nsa_hops *hops, __u32 owner_slot, int ifindex);
/* Who was refused may try again: there is room by now. */
bool nsa_hops_retry(struct nsa_hops *hops, __u32 owner_slot, int ifindex, __u32 quota);
/* Likewise of those by a gateway on whichever link the owner's routes say, of all owners. */
__u32 nsa_hops_first_via(const struct nsa_hops *hops);
__u32 nsa_hops_next_via(const struct nsa_hops *hops, __u32 hop);
/* Of those in the list, of all owners: 0 after the last. One may leave it once the next is known. */
__u32 nsa_hops_first_due(const struct nsa_hops *hops, enum nsa_hops_due due);
__u32 nsa_hops_next_due(const struct nsa_hops *hops, __u32 hop);
/* What it was resolved by has changed: it's fresh. */
void nsa_hops_stir(struct nsa_hops *hops, __u32 hop);
/* It leaves the list of those that lack a neighbour. */
void nsa_hops_calm(struct nsa_hops *hops, __u32 hop);
/* Makes this its record, in the map, too, if it is there. *changed: if it was another. */
int nsa_hops_resolve(struct nsa_hops *hops, __u32 hop, const struct nsaccel_nexthop *record,
		     bool *changed);
/* Puts a resolved one into the map. -E2BIG: no room. */
int nsa_hops_install(struct nsa_hops *hops, __u32 hop);
/* Frees the records that no route in a map names; those of all tables must have been counted. */
int nsa_hops_collect(struct nsa_hops *hops);

#endif
