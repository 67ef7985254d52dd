/* SPDX-License-Identifier: GPL-2.0-only */
/* Removal of entries and pins that nothing refers to. Needs the lock. 0 or -errno, logged. */
#ifndef NSA_RECONCILE_GC_H
#define NSA_RECONCILE_GC_H

#include "reconcile/state.h"

/* Whether namespaces have come or gone since the last nsa_gc(). One that is gone may have been
 * referred to by its own routes alone. */
bool nsa_gc_is_due(const struct nsa_state *state);
/* Removes namespaces, endpoints, XDP targets, settings and next hops without a port. After the
 * last owner, unpins all maps. */
int nsa_gc(struct nsa_state *state);
/* The same without a state: if nothing was attached, or everything is removed. */
int nsa_gc_maps(const struct nsa_session *session);

#endif
