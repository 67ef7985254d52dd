/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes changes to the map "sources" and to its sorted copy (model/sources.h). 0 or -errno, not
 * logged.
 */
#ifndef NSA_RECONCILE_SOURCES_COMMIT_H
#define NSA_RECONCILE_SOURCES_COMMIT_H

#include "maps/maps.h"
#include "model/sources.h"

/* Reads the map. The caller releases *out with nsa_sources_free(). */
int nsa_sources_load(const struct nsa_maps *maps, struct nsa_sources **out);
/* Adds or replaces an entry. */
int nsa_sources_put(const struct nsa_maps *maps, struct nsa_sources *sources,
		    const struct nsa_source_entry *entry);
/* Removes an entry. 0 also if it does not exist. */
int nsa_sources_del(const struct nsa_maps *maps, struct nsa_sources *sources,
		    const struct nsaccel_source_key *key);
/* Removes all entries but those of these namespaces, which are sorted by slot. */
int nsa_sources_keep(const struct nsa_maps *maps, struct nsa_sources *sources,
		     const struct nsa_netns_entry *namespaces, size_t count);

#endif
