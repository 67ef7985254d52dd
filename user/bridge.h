/* SPDX-License-Identifier: GPL-2.0-only */
/* Bridges whose frames the fast path takes. */
#ifndef NSA_BRIDGE_H
#define NSA_BRIDGE_H

#include "owner.h"

/* Has bridges remember the MACs whose frames they don't see any more. To be called once a minute, which
 * is more often than entries age (300 s, if nobody changed it); one that was forgotten is learnt again
 * from the next frame, which passes. */
#define NSA_BRIDGE_SEEN_NS 90000000000ULL /* not before the last call */
void nsa_bridges_refresh(struct nsa_owner *owner);

#endif
