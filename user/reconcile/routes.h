/* SPDX-License-Identifier: GPL-2.0-only */
/* An owner's routes, its next hops, and what other namespaces route by way of it. */
#ifndef NSA_RECONCILE_ROUTES_H
#define NSA_RECONCILE_ROUTES_H

#include "reconcile/owner.h"

/* Plans what was touched and writes what differs; asks for neighbours that are missing. */
int nsa_routes_reconcile(const struct nsa_run *run, struct nsa_owner *owner);
/* Next hops to the MAC, by a bridge, which has changed its mind: they are looked at now. */
int nsa_routes_resolve_behind(struct nsa_state *state, struct nsa_owner *owner, const __u8 *mac);

#endif
