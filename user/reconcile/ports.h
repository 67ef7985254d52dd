/* SPDX-License-Identifier: GPL-2.0-only */
/* An owner's ports as a whole, with its endpoints. */
#ifndef NSA_RECONCILE_PORTS_H
#define NSA_RECONCILE_PORTS_H

#include "reconcile/owner.h"

/* Drops ports whose ifindex another device has now, which inherits nothing of what the user said of
 * them. In the owner's namespace. */
int nsa_owner_drop_replaced(struct nsa_state *state, struct nsa_owner *owner);
/* Shuts, by their records alone, ports whose gates are open further than the owner's now. */
void nsa_owner_tighten(struct nsa_state *state, struct nsa_owner *owner);
/* Brings up the ports that there should be, or up to date; where that fails it goes on with the
 * others, and returns the first error. Those that there should not be stay as long as routes may
 * name them, until nsa_owner_drop_ports(). In the owner's namespace. */
int nsa_owner_settle_ports(const struct nsa_run *run, struct nsa_owner *owner);
int nsa_owner_drop_ports(const struct nsa_run *run, struct nsa_owner *owner);
/* Warns of ports behind which nobody is found who was confined there. */
void nsa_owner_tell_unseen(struct nsa_state *state, const struct nsa_owner *owner);

#endif
