/* SPDX-License-Identifier: GPL-2.0-only */
/* Bridges whose frames the fast path takes. */
#ifndef NSA_RECONCILE_BRIDGES_H
#define NSA_RECONCILE_BRIDGES_H

#include "reconcile/owner.h"

/* Has bridges remember the MACs whose frames they don't see any more; one that was forgotten is learnt again
 * from the next frame, which passes. Entries age in 300 s, if nobody changed it: those that age in so many
 * seconds, or later, are to be refreshed once a minute. Others, which steer only if they age in no less than
 * NSA_BRIDGE_HOLD_MIN, each 5 s. */
#define NSA_BRIDGE_HOLD_LONG 180
void nsa_bridges_refresh(struct nsa_state *state, struct nsa_owner *owner, bool long_ones);

#endif
