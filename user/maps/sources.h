/* SPDX-License-Identifier: GPL-2.0-only */
/* Map "sources": the source addresses that namespaces may use. A sorted copy of it is
 * model/sources.h. */
#ifndef NSA_MAPS_SOURCES_H
#define NSA_MAPS_SOURCES_H

#include "maps/maps.h"
#include "maps/records.h"

/* Sorted by slot, family and address (nsa_source_compare()); the caller frees *out. */
int nsa_maps_sources(const struct nsa_maps *maps, struct nsa_source_entry **out, size_t *count);
int nsa_maps_source_put(const struct nsa_maps *maps, const struct nsa_source_entry *entry);
/* -ENOENT: there was none. */
int nsa_maps_source_del(const struct nsa_maps *maps, const struct nsaccel_source_key *key);

#endif
