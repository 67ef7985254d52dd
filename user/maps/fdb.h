/* SPDX-License-Identifier: GPL-2.0-only */
/* Map "fdb": which MAC address is behind which port of a bridge. */
#ifndef NSA_MAPS_FDB_H
#define NSA_MAPS_FDB_H

#include "maps/maps.h"
#include "maps/records.h"

/* Sorted by key; the caller frees *out. */
int nsa_maps_fdb(const struct nsa_maps *maps, struct nsa_fdb_entry **out, size_t *count);
/* -ENOENT: there is none. */
int nsa_maps_fdb_get(const struct nsa_maps *maps, const struct nsaccel_fdb_key *key,
		     struct nsaccel_fdb *out);
int nsa_maps_fdb_put(const struct nsa_maps *maps, const struct nsaccel_fdb *fdb);
int nsa_maps_fdb_del(const struct nsa_maps *maps, const struct nsaccel_fdb_key *key);

#endif
