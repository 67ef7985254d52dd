/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs and hooks of an owner's ports. Runs in the owner's namespace. */
#ifndef NSA_RECONCILE_PORTS_HOOKS_H
#define NSA_RECONCILE_PORTS_HOOKS_H

#include "reconcile/state.h"

/* Step: hooks the planned ports, or updates their hooks. Goes on after a port that cannot be
 * hooked; a new one is dropped from the plan. Returns the first error, logged. */
int nsa_ports_hook(const struct nsa_run *run, struct nsa_owner *owner);
/* Warns about ports behind which the confined namespace is not found. */
void nsa_ports_warn_unseen(struct nsa_state *state, const struct nsa_owner *owner);

#endif
