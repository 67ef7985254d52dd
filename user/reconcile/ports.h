/* SPDX-License-Identifier: GPL-2.0-only */
/* An owner's ports as a whole. In the owner's namespace. 0 or -errno, logged. */
#ifndef NSA_RECONCILE_PORTS_H
#define NSA_RECONCILE_PORTS_H

#include "reconcile/state.h"

/* Drops ports whose ifindex another device has now, which inherits nothing of what the user said of them. */
int nsa_ports_drop_replaced(struct nsa_state *state, struct nsa_owner *owner);
/* Step: the planned ports, which stand now, become the owner's; those that are to go become stale, and stay
 * as long as routes may name them. */
int nsa_ports_take_over(const struct nsa_run *run, struct nsa_owner *owner);
/* Step: removes stale ports, and what nothing refers to any more. The first error; a port that could not go
 * stays stale. */
int nsa_ports_drop(const struct nsa_run *run, struct nsa_owner *owner);

#endif
