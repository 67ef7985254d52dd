/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether policies apply to packets of the owner or its endpoints. */
#ifndef NSA_RECONCILE_POLICED_H
#define NSA_RECONCILE_POLICED_H

#include "reconcile/state.h"

/* Step: sets owner->policed, and creates the connection maps that policies need. 0 or -errno,
 * logged. */
int nsa_policed_update(const struct nsa_run *run, struct nsa_owner *owner);

#endif
