/* SPDX-License-Identifier: GPL-2.0-only */
/* The map "sources" and a copy of it, sorted: what namespaces may send from. 0 or -errno, not
 * logged. */
#ifndef NSA_SOURCES_H
#define NSA_SOURCES_H

#include "maps.h"

struct nsa_sources;

int nsa_sources_load(const struct nsa_maps *maps, struct nsa_sources **out);
void nsa_sources_free(struct nsa_sources *sources);
void nsa_sources_freep(struct nsa_sources **sources);

struct nsaccel_source_key nsa_source_key(__u32 slot, const struct nsaccel_prefix *prefix);
/* Those of the namespace, and how many they are; valid until the next change. */
const struct nsa_source_entry *nsa_sources_of(const struct nsa_sources *sources, __u32 slot,
					      size_t *count);
/* NULL: there is none. */
const struct nsa_source_entry *nsa_sources_find(const struct nsa_sources *sources,
						const struct nsaccel_source_key *key);
int nsa_sources_put(struct nsa_sources *sources, const struct nsa_source_entry *entry);
int nsa_sources_del(struct nsa_sources *sources, const struct nsaccel_source_key *key);
/* Removes those of slots that are none of these namespaces', which are sorted by slot. */
int nsa_sources_keep(struct nsa_sources *sources, const struct nsa_netns_entry *namespaces,
		     size_t count);

#endif
