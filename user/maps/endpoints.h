/* SPDX-License-Identifier: GPL-2.0-only */
/* Map "endpoints". */
#ifndef NSA_MAPS_ENDPOINTS_H
#define NSA_MAPS_ENDPOINTS_H

#include "maps/maps.h"
#include "maps/records.h"

/* Sorted by key; the caller frees *out. */
int nsa_maps_endpoints(const struct nsa_maps *maps, struct nsa_endpoint_entry **out, size_t *count);
/* The order of these: for qsort() and bsearch(). */
int nsa_maps_by_endpoint(const void *a, const void *b);
/* -ENOENT: there is none. */
int nsa_maps_endpoint_get(const struct nsa_maps *maps, const struct nsaccel_endpoint_key *key,
			  struct nsaccel_endpoint *out);
int nsa_maps_endpoint_put(const struct nsa_maps *maps, const struct nsa_endpoint_entry *entry);
int nsa_maps_endpoint_del(const struct nsa_maps *maps, const struct nsaccel_endpoint_key *key);

#endif
