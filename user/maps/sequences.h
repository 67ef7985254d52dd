/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sequences of the state that the programs' caches depend on: "config_seq", "route_seq". A change
 * of that state stands between nsa_maps_config_begin() and _end(), or nsa_maps_route_begin() and
 * _end(). In between the programs use no cached result that depends on it, and afterwards none of
 * before. If a writer is killed in between, they use none until the next writer;
 * nsa_maps_sequences_mend(). Callers hold the lock.
 */
#ifndef NSA_MAPS_SEQUENCES_H
#define NSA_MAPS_SEQUENCES_H

#include "maps/maps.h"

int nsa_maps_sequences_map(struct nsa_maps *maps);
void nsa_maps_sequences_unmap(struct nsa_maps *maps);
/* Ends what killed writers have begun. */
void nsa_maps_sequences_mend(const struct nsa_maps *maps);

/* Has programs compare all sequences again. To be called after one was made odd, before the state
 * is written that depends on it. nsa_maps_config_begin() does so itself. */
void nsa_maps_any_seq_advance(const struct nsa_maps *maps);

/* Around a change of ports, endpoints, owners, isolation, sources, targets of the devmap, a table
 * as a whole, or of what a next hop is beside its addresses. */
void nsa_maps_config_begin(const struct nsa_maps *maps);
void nsa_maps_config_end(const struct nsa_maps *maps);

/* Around changes of routes of any table: _begin() for each, nsa_maps_any_seq_advance() once, the
 * changes, _end() for each. Takes longer for prefixes shorter than NSACCEL_ROUTE_SEQ_BITS4 or
 * _BITS6, at most 65,536 words. */
void nsa_maps_route_begin(const struct nsa_maps *maps, const struct nsaccel_prefix *prefix);
void nsa_maps_route_end(const struct nsa_maps *maps, const struct nsaccel_prefix *prefix);

/* bpf_map_update_elem() and bpf_map_delete_elem() on such a map: 0 or -errno. */
int nsa_maps_config_put(const struct nsa_maps *maps, enum nsa_map map, const void *key,
			const void *value);
int nsa_maps_config_del(const struct nsa_maps *maps, enum nsa_map map, const void *key);

#endif
