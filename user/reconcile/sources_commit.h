/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes of map "sources" and of its sorted copy (model/sources.h), both at once. 0 or -errno;
 * nothing is logged. */
#ifndef NSA_RECONCILE_SOURCES_COMMIT_H
#define NSA_RECONCILE_SOURCES_COMMIT_H

#include "maps/maps.h"
#include "model/sources.h"

/* A copy of the map; the caller releases *out by nsa_sources_free(). */
int nsa_sources_load(const struct nsa_maps *maps, struct nsa_sources **out);
/* Adds or replaces the entry. */
int nsa_sources_put(const struct nsa_maps *maps, struct nsa_sources *sources,
		    const struct nsa_source_entry *entry);
/* 0 also if there is none. */
int nsa_sources_del(const struct nsa_maps *maps, struct nsa_sources *sources,
		    const struct nsaccel_source_key *key);
/* Removes all but the entries of these namespaces, which are sorted by slot, and of their
 * owners. */
int nsa_sources_keep(const struct nsa_maps *maps, struct nsa_sources *sources,
		     const struct nsa_netns_entry *namespaces, size_t count);

#endif
