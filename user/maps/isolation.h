/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps "isolation", "limits" and "lapsed": settings of namespaces by slot, and names of dead
 * ones. */
#ifndef NSA_MAPS_ISOLATION_H
#define NSA_MAPS_ISOLATION_H

#include "maps/maps.h"

/* All zero if the slot has settings of another namespace only. */
int nsa_maps_isolation_get(const struct nsa_maps *maps, __u32 slot, __u64 cookie,
			   struct nsaccel_isolation *out);
int nsa_maps_isolation_put(const struct nsa_maps *maps, __u32 slot,
			   const struct nsaccel_isolation *isolation);
/* Replaces from, which stands there, by to. No packet meets a mixture of both that allows more than
 * either; once this has returned none is treated by from. */
int nsa_maps_isolation_change(const struct nsa_maps *maps, __u32 slot,
			      const struct nsaccel_isolation *from,
			      const struct nsaccel_isolation *to);

int nsa_maps_limits_get(const struct nsa_maps *maps, __u32 slot, struct nsaccel_limits *out);
int nsa_maps_limits_put(const struct nsa_maps *maps, __u32 slot,
			const struct nsaccel_limits *limits);

/* Names of namespaces that were confined and have died. -ENOENT: the name isn't one. */
int nsa_maps_lapsed_get(const struct nsa_maps *maps, const char *name, struct nsaccel_lapsed *out);
int nsa_maps_lapsed_put(const struct nsa_maps *maps, const char *name,
			const struct nsaccel_lapsed *lapsed);
int nsa_maps_lapsed_del(const struct nsa_maps *maps, const char *name);

#endif
