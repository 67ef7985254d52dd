/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps "port_stats" and "port_stats2": counters of packets that went into a port's endpoints
 * without passing the port. */
#ifndef NSA_MAPS_DELIVERED_H
#define NSA_MAPS_DELIVERED_H

#include "maps/maps.h"

/* Sum over CPUs. */
int nsa_maps_delivered(const struct nsa_maps *maps, const struct nsaccel_port_key *key,
		       struct nsaccel_counter *out);

/* For maps/ports.c: a port has a counter from its first nsa_maps_port_put() on. */
int nsa_maps_delivered_begin(const struct nsa_maps *maps, const struct nsaccel_port_key *key);
int nsa_maps_delivered_end(const struct nsa_maps *maps, const struct nsaccel_port_key *key);

#endif
