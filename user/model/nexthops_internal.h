/* SPDX-License-Identifier: GPL-2.0-only */
/* The representation of next hops, for model/nexthops*.c. */
#ifndef NSA_MODEL_NEXTHOPS_INTERNAL_H
#define NSA_MODEL_NEXTHOPS_INTERNAL_H

#include "model/nexthops.h"

#define NSA_NEXTHOPS_BUCKETS 16384
#define NSA_NEXTHOPS_LINKS   4096

struct nsa_link_use;

/* Hops are numbered from 1 on; 0 ends each list and chain. */
struct nsa_nexthops {
	struct nsa_nexthop *all; /* [0] is unused */
	__u32 count;		 /* the last number */
	size_t room;
	__u32 free;			     /* chain of numbers without a hop */
	__u32 buckets[NSA_NEXTHOPS_BUCKETS]; /* by key */

	/* model/nexthops_index.c */
	__u32 gateways[NSA_NEXTHOPS_BUCKETS]; /* those that need a neighbour, by the neighbour */
	__u32 behind[NSA_NEXTHOPS_BUCKETS];   /* those behind a bridge, by their MAC */
	__u32 vias;			      /* those by a gateway, without a device */

	/* model/nexthops_quota.c */
	struct nsa_link_use *links[NSA_NEXTHOPS_LINKS];
	__u64 refusals;

	__u32 due[NSA_NEXTHOPS_LISTS]; /* first of each list */
	__u64 losses;

	/* The map "nexthops". */
	__u32 by_id[NSACCEL_MAX_NEXTHOPS];     /* 0: the id is free */
	__u32 sequences[NSACCEL_MAX_NEXTHOPS]; /* of free ones, too: they never go back */
	__u32 free_id;			       /* where to look for the next free id */
	bool unused;			       /* there may be records that no route names */
};

void nsa_nexthops_index_add(struct nsa_nexthops *hops, __u32 hop);
void nsa_nexthops_index_remove(struct nsa_nexthops *hops, __u32 hop);

/* Counts one that was loaded from the map among those of its link, whatever the quota. 0 or
 * -ENOMEM. */
int nsa_nexthops_quota_add(struct nsa_nexthops *hops, struct nsa_nexthop *hop);
void nsa_nexthops_quota_remove(struct nsa_nexthops *hops, struct nsa_nexthop *hop);
void nsa_nexthops_quota_free(struct nsa_nexthops *hops);

#endif
