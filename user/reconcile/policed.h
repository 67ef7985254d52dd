/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a policy decides on packets of the owner or of its endpoints. */
#ifndef NSA_RECONCILE_POLICED_H
#define NSA_RECONCILE_POLICED_H

#include "reconcile/state.h"

/* Step: reads that into owner->policed, and makes the maps of connections which it needs. 0 or -errno,
 * logged. */
int nsa_policed_update(const struct nsa_run *run, struct nsa_owner *owner);

#endif
