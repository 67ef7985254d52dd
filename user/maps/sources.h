/* SPDX-License-Identifier: GPL-2.0-only */
/* The map "sources" and a copy of it, sorted: what namespaces may send from. 0 or -errno, not
 * logged. */
#ifndef NSA_MAPS_SOURCES_H
#define NSA_MAPS_SOURCES_H

#include "maps/maps.h"

struct nsa_sources;

/* maps NULL: empty, and nothing is written. */
int nsa_sources_load(const struct nsa_maps *maps, struct nsa_sources **out);
void nsa_sources_free(struct nsa_sources *sources);
void nsa_sources_freep(struct nsa_sources **sources);

/* Keys. */
struct nsaccel_source_key nsa_source_key(__u32 slot, const struct nsaccel_prefix *prefix);
/* The prefix that the key was made of. */
struct nsaccel_prefix nsa_source_prefix(const struct nsaccel_source_key *key);
struct nsaccel_source_key nsa_source_host(__u32 slot, __u8 family, const __u8 *addr);
/* Of a link-local address: with the device in it, as KAME writes them. */
struct nsaccel_source_key nsa_source_on_link(__u32 slot, int ifindex, const __u8 *addr);
static inline __u32 nsa_source_of_owner(__u32 owner_slot)
{
	return owner_slot | NSACCEL_SOURCE_OF_OWNER;
}
int nsa_source_compare(const struct nsaccel_source_key *a, const struct nsaccel_source_key *b);

/* Those of the namespace, and how many they are; valid until the next change. */
const struct nsa_source_entry *nsa_sources_of(const struct nsa_sources *sources, __u32 slot,
					      size_t *count);
/* NULL: there is none. */
const struct nsa_source_entry *nsa_sources_find(const struct nsa_sources *sources,
						const struct nsaccel_source_key *key);
/* The longest that covers the address, as the programs find it; NULL: there is none. */
const struct nsa_source_entry *nsa_sources_cover(const struct nsa_sources *sources, __u32 slot,
						 __u8 family, const __u8 *addr);
int nsa_sources_put(struct nsa_sources *sources, const struct nsa_source_entry *entry);
int nsa_sources_del(struct nsa_sources *sources, const struct nsaccel_source_key *key);
/* Removes those of slots, owners' included, that are none of these namespaces', which are sorted by
 * slot. */
int nsa_sources_keep(struct nsa_sources *sources, const struct nsa_netns_entry *namespaces,
		     size_t count);

#endif
