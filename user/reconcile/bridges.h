/* SPDX-License-Identifier: GPL-2.0-only */
/* Forwarding entries of bridges whose frames take the fast path. */
#ifndef NSA_RECONCILE_BRIDGES_H
#define NSA_RECONCILE_BRIDGES_H

#include "reconcile/owner.h"

/* Refreshes the kernel's bridge entries of MACs that the fast path forwards, since the bridge
 * does not see their frames. An entry that ages nevertheless is learnt again from the next
 * frame, which passes to the kernel. The default ageing time is 300 s. Bridges with an ageing
 * time of at least NSA_BRIDGE_HOLD_LONG seconds are refreshed once a minute (long_ones); those
 * with a shorter one, down to NSA_BRIDGE_HOLD_MIN, every 5 s. */
#define NSA_BRIDGE_HOLD_LONG 180
void nsa_bridges_refresh(struct nsa_state *state, struct nsa_owner *owner, bool long_ones);

#endif
