/* SPDX-License-Identifier: GPL-2.0-only */
/* A namespace's own counters: a map of its own, in "stats" and pinned by cookie. */
#ifndef NSA_MAPS_STATS_H
#define NSA_MAPS_STATS_H

#include "maps/maps.h"

/* Sums over CPUs of the namespace's counters at one hook. */
int nsa_maps_stats(const struct nsa_maps *maps, __u64 cookie, enum nsaccel_hook hook,
		   struct nsaccel_stats *out);

/* For maps/netns.c. Counters of a namespace that has none: a map, its pin, or both and the entry by
 * slot. fd of the new map, which the caller closes, or -errno. */
int nsa_maps_stats_new(const struct nsa_maps *maps);
int nsa_maps_stats_pin(__u64 cookie, int fd);
int nsa_maps_stats_add(const struct nsa_maps *maps, __u64 cookie, __u32 slot);
/* Removes those of a namespace that couldn't be registered, with all that is pinned by its
 * cookie. */
void nsa_maps_stats_del(const struct nsa_maps *maps, __u64 cookie, __u32 slot);

#endif
