/* SPDX-License-Identifier: GPL-2.0-only */
/* Forgetting what nothing refers to any more. 0 or -errno, logged. Needs the lock. */
#ifndef NSA_RECONCILE_GC_H
#define NSA_RECONCILE_GC_H

#include "reconcile/state.h"

/* After ports are gone: namespaces, endpoints, XDP targets, settings and next hops without one;
 * the last owner out removes the pins altogether. */
/* Have namespaces come or gone since, which nothing but routes of their own may have referred to? */
bool nsa_gc_is_due(const struct nsa_state *state);
int nsa_gc(struct nsa_state *state);
/* The same without a state: where nothing was attached, or all is to go. */
int nsa_gc_maps(const struct nsa_session *session);

#endif
