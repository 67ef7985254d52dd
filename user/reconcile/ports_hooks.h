/* SPDX-License-Identifier: GPL-2.0-only */
/* The programs and hooks of an owner's ports. In the owner's namespace. */
#ifndef NSA_RECONCILE_PORTS_HOOKS_H
#define NSA_RECONCILE_PORTS_HOOKS_H

#include "reconcile/state.h"

/* Step: hooks the planned ports, or brings their hooks up to date. A port that cannot be hooked keeps none of
 * the others from it, and a new one is left out of the plan. The first error, logged. */
int nsa_ports_hook(const struct nsa_run *run, struct nsa_owner *owner);
/* Warns of ports behind which the namespace that was confined there is not found. */
void nsa_ports_warn_unseen(struct nsa_state *state, const struct nsa_owner *owner);

#endif
