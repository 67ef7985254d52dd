/* SPDX-License-Identifier: GPL-2.0-only */
/* An owner's routes, its next hops, and what other namespaces route by way of it. */
#ifndef NSA_RECONCILE_ROUTES_H
#define NSA_RECONCILE_ROUTES_H

#include "reconcile/owner.h"

/* Plans what was touched and writes what differs; asks for neighbours that are missing. *answered: some
 * are there now, by which endpoints' addresses may be confirmed. */
int nsa_owner_settle_routes(struct nsa_owner *owner, bool *answered);
/* Next hops to the MAC, by a bridge, which has changed its mind: they are looked at now. */
int nsa_owner_redo_behind(struct nsa_owner *owner, const __u8 *mac);

#endif
