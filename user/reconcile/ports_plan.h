/* SPDX-License-Identifier: GPL-2.0-only */
/* Which ports an owner is to have: owner->planned and owner->unplanned, until they are taken over. */
#ifndef NSA_RECONCILE_PORTS_PLAN_H
#define NSA_RECONCILE_PORTS_PLAN_H

#include "reconcile/state.h"

/* Step. 0 or -errno, logged; then nothing is planned. */
int nsa_ports_plan(const struct nsa_run *run, struct nsa_owner *owner);
void nsa_ports_forget_plan(struct nsa_owner *owner);

#endif
