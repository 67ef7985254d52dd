/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes in a namespace's table (maps/table.h). */
#ifndef NSA_MAPS_ROUTES_H
#define NSA_MAPS_ROUTES_H

#include "maps/maps.h"
#include "maps/records.h"

/* Those of the namespace's own table, sorted by prefix; without a table none. The caller frees
 * *out. */
int nsa_maps_routes(__u64 cookie, struct nsa_route_entry **out, size_t *count);

/* Those of an open table, in no order; the caller frees *out. */
int nsa_maps_table_routes(int table, struct nsa_route_entry **out, size_t *count);
/* Adds or replaces count routes, with as few calls as the kernel allows. Some may be written even
 * if it fails. */
int nsa_maps_routes_put(int table, const struct nsaccel_prefix *prefixes,
			const struct nsaccel_route *routes, size_t count);
/* -ENOENT: there was none. */
int nsa_maps_route_del(int table, const struct nsaccel_prefix *prefix);

#endif
