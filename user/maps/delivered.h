/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps "port_stats" and "port_stats2": counters of packets that went into a port's endpoints
 * without passing the port. */
#ifndef NSA_MAPS_DELIVERED_H
#define NSA_MAPS_DELIVERED_H

#include "maps/maps.h"

/* The port's packets and bytes, as sums over all CPUs, in *out. 0, also if the port has no counter,
 * or -errno, not logged; then *out is as before. */
int nsa_maps_delivered(const struct nsa_maps *maps, const struct nsaccel_port_key *key,
		       struct nsaccel_counter *out);

/* For maps/ports.c, which calls both with the lock. 0 or -errno, not logged. */
/* Gives the port a counter of 0, unless it has one: in "port_stats" if "port_cache" has the port by
 * now, else in "port_stats2". */
int nsa_maps_delivered_begin(const struct nsa_maps *maps, const struct nsaccel_port_key *key);
/* Removes the port's counter from both maps. That it has none is no error. */
int nsa_maps_delivered_end(const struct nsa_maps *maps, const struct nsaccel_port_key *key);

#endif
