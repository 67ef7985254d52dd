/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps "netns" and what a namespace has in others: its slot, and maps of its own. */
#ifndef NSA_MAPS_NETNS_H
#define NSA_MAPS_NETNS_H

#include "maps/maps.h"
#include "maps/records.h"

/* Sorted by slot; the caller frees *out. */
int nsa_maps_netns(const struct nsa_maps *maps, struct nsa_netns_entry **out, size_t *count);
/* -ENOENT: the namespace isn't registered. */
int nsa_maps_netns_get(const struct nsa_maps *maps, __u64 cookie, struct nsaccel_netns *out);
/* Of a registered one. */
int nsa_maps_netns_put(const struct nsa_maps *maps, __u64 cookie, const struct nsaccel_netns *ns);

/* Registers the namespace under the lowest free slot, with counters of its own, or changes its
 * name. *slot: the one that it has. -E2BIG: no slot is free. */
int nsa_maps_netns_register(const struct nsa_maps *maps, __u64 cookie, const char *name,
			    __u32 *slot);
/* Registers many that have no slot yet, by cookie and name, each once; those for which no slot is
 * free are left out. The kernel waits for running programs once for many of them, not once for
 * each. Some may be registered even if it fails. */
int nsa_maps_netns_register_all(const struct nsa_maps *maps, struct nsa_netns_entry *fresh,
				size_t count);
/* Removes the namespace and all that belongs to its slot. */
int nsa_maps_netns_forget(const struct nsa_maps *maps, __u64 cookie);

#endif
