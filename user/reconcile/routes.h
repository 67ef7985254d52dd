/* SPDX-License-Identifier: GPL-2.0-only */
/* An owner's routes and next hops, and routes of other namespaces through it. */
#ifndef NSA_RECONCILE_ROUTES_H
#define NSA_RECONCILE_ROUTES_H

#include "reconcile/owner.h"

/* Step: plans marked routes and writes differences; requests missing neighbours. 0 or -errno,
 * logged. */
int nsa_routes_reconcile(const struct nsa_run *run, struct nsa_owner *owner);
/* Resolves next hops to a MAC behind a bridge again, after its bridge entry changed. 0 or
 * -errno, logged. */
int nsa_routes_resolve_behind(struct nsa_state *state, struct nsa_owner *owner, const __u8 *mac);

#endif
