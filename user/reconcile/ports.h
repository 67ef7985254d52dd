/* SPDX-License-Identifier: GPL-2.0-only */
/* An owner's ports as a whole. Runs in the owner's namespace. 0 or -errno, logged. */
#ifndef NSA_RECONCILE_PORTS_H
#define NSA_RECONCILE_PORTS_H

#include "reconcile/state.h"

/* Drops ports whose ifindex another device has now. That device inherits no configuration. */
int nsa_ports_drop_replaced(struct nsa_state *state, struct nsa_owner *owner);
/* Step: the planned ports become the owner's ports. Unplanned ones become stale, and stay until
 * no route refers to them. */
int nsa_ports_take_over(const struct nsa_run *run, struct nsa_owner *owner);
/* Step: removes stale ports, and then everything without references. A port that cannot be
 * removed stays stale. Returns the first error. */
int nsa_ports_drop(const struct nsa_run *run, struct nsa_owner *owner);

#endif
