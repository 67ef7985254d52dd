/* SPDX-License-Identifier: GPL-2.0-only */
/* Map "ports", and "port_cache", which has most of them once more for a faster lookup. */
#ifndef NSA_MAPS_PORTS_H
#define NSA_MAPS_PORTS_H

#include "maps/maps.h"
#include "maps/records.h"

/* Sorted by owner and ifindex; the caller frees *out. */
int nsa_maps_ports(const struct nsa_maps *maps, struct nsa_port_entry **out, size_t *count);
/* -ENOENT: it isn't a port. */
int nsa_maps_port_get(const struct nsa_maps *maps, __u32 owner_slot, __u32 ifindex,
		      struct nsaccel_port *out);
/* Adds or changes the port. If it fails, both maps have of it what they had before. */
int nsa_maps_port_put(const struct nsa_maps *maps, __u32 owner_slot, __u32 ifindex,
		      const struct nsaccel_port *port);
/* Removes the port. -ENOENT: it was none. */
int nsa_maps_port_del(const struct nsa_maps *maps, __u32 owner_slot, __u32 ifindex);

#endif
