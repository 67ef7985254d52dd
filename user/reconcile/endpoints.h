/* SPDX-License-Identifier: GPL-2.0-only */
/* An owner's endpoints in the map "endpoints". */
#ifndef NSA_RECONCILE_ENDPOINTS_H
#define NSA_RECONCILE_ENDPOINTS_H

#include "maps/records.h"
#include "reconcile/owner.h"
#include "reconcile/state.h"

/* Step: writes the endpoints of the planned ports, and removes others. Goes on after an endpoint
 * that cannot be written. Returns the first error, logged. */
int nsa_endpoints_reconcile(const struct nsa_run *run, struct nsa_owner *owner);

#endif
