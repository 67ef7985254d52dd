/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Source addresses that namespaces may use: a sorted copy of map "sources", and how its keys are
 * made. Addresses are in network order; families are AF_INET and AF_INET6. Pure.
 * reconcile/sources_commit.h changes copy and map.
 */
#ifndef NSA_MODEL_SOURCES_H
#define NSA_MODEL_SOURCES_H

#include <stdbool.h>

#include "maps/records.h"

struct nsa_sources {
	struct nsa_source_entry *items; /* in the order of nsa_source_compare() */
	size_t count, room;
};

void nsa_sources_free(struct nsa_sources *sources);
void nsa_sources_freep(struct nsa_sources **sources);

/* Keys: of a prefix; of an address. */
struct nsaccel_source_key nsa_source_key(__u32 slot, const struct nsaccel_prefix *prefix);
struct nsaccel_source_key nsa_source_host(__u32 slot, __u8 family, const __u8 *addr);
/* The prefix that the key was made of. */
struct nsaccel_prefix nsa_source_prefix(const struct nsaccel_source_key *key);
/* Of a link-local IPv6 address: with the device's ifindex in its bytes 4 to 7, as KAME writes
 * them. */
struct nsaccel_source_key nsa_source_on_link(__u32 slot, int ifindex, const __u8 *addr);
/* The slot in keys of the owner's own addresses. */
static inline __u32 nsa_source_of_owner(__u32 owner_slot)
{
	return owner_slot | NSACCEL_SOURCE_OF_OWNER;
}

/* The slot's entries, and their count; valid until the next change. */
const struct nsa_source_entry *nsa_sources_of(const struct nsa_sources *sources, __u32 slot,
					      size_t *count);
/* NULL: there is none. */
const struct nsa_source_entry *nsa_sources_find(const struct nsa_sources *sources,
						const struct nsaccel_source_key *key);
/* The longest prefix that covers the address, as the programs find it; NULL: there is none. */
const struct nsa_source_entry *nsa_sources_cover(const struct nsa_sources *sources, __u32 slot,
						 __u8 family, const __u8 *addr);

/* Adds the entry, or replaces the one with its key. 0 or -ENOMEM. */
int nsa_sources_insert(struct nsa_sources *sources, const struct nsa_source_entry *entry);
/* Removes the entry with the key, if there is one. */
void nsa_sources_remove(struct nsa_sources *sources, const struct nsaccel_source_key *key);

#endif
