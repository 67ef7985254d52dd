/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records changes of the kernel's routes and neighbours in memory as their messages arrive. The
 * next nsa_reconcile() writes them. A change that cannot be recorded marks its part dirty.
 */
#ifndef NSA_RECONCILE_RECORD_H
#define NSA_RECONCILE_RECORD_H

#include "reconcile/state.h"

/* Records a route that the kernel added, replaced, or removed (gone). */
void nsa_record_route(struct nsa_state *state, struct nsa_owner *owner,
		      const struct nsa_kernel_route *k, bool gone, bool replace);
/* Records one route of a dump. 0 or -errno, not logged. */
int nsa_record_dumped_route(struct nsa_state *state, struct nsa_owner *owner,
			    const struct nsa_kernel_route *k);
/* Records a neighbour entry that the kernel changed or removed (gone). */
void nsa_record_neigh(struct nsa_state *state, struct nsa_owner *owner,
		      const struct nsa_neigh *neigh, bool gone);

#endif
