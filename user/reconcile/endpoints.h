/* SPDX-License-Identifier: GPL-2.0-only */
/* An owner's endpoints in the map "endpoints". */
#ifndef NSA_RECONCILE_ENDPOINTS_H
#define NSA_RECONCILE_ENDPOINTS_H

#include "maps/records.h"
#include "reconcile/owner.h"
#include "reconcile/state.h"

/* Step: writes the endpoints of the planned ports, and removes others. One that cannot be written keeps none
 * of the others from it. The first error, logged. */
int nsa_endpoints_reconcile(const struct nsa_run *run, struct nsa_owner *owner);

#endif
