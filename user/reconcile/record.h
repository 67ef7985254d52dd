/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of the kernel's routes and neighbours, recorded in memory as their messages arrive. The next
 * nsa_reconcile() writes them. What can't be recorded is marked dirty, to be read anew.
 */
#ifndef NSA_RECONCILE_RECORD_H
#define NSA_RECONCILE_RECORD_H

#include "reconcile/state.h"

/* A route that the kernel added, replaced, or removed (gone). */
void nsa_record_route(struct nsa_state *state, struct nsa_owner *owner, const struct nsa_krt *k,
		      bool gone, bool replace);
/* One route of a dump of the owner's routes. 0 or -errno, not logged. */
int nsa_record_dumped_route(struct nsa_state *state, struct nsa_owner *owner,
			    const struct nsa_krt *k);
/* A neighbour entry that the kernel changed or removed (gone). */
void nsa_record_neigh(struct nsa_state *state, struct nsa_owner *owner,
		      const struct nsa_neigh *neigh, bool gone);

#endif
