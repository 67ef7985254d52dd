/* SPDX-License-Identifier: GPL-2.0-only */
/* Plan of an owner's ports: owner->planned and owner->unplanned, until nsa_ports_take_over(). */
#ifndef NSA_RECONCILE_PORTS_PLAN_H
#define NSA_RECONCILE_PORTS_PLAN_H

#include "reconcile/state.h"

/* Step: makes the plan. 0 or -errno, logged; on an error there is no plan. */
int nsa_ports_plan(const struct nsa_run *run, struct nsa_owner *owner);
void nsa_ports_forget_plan(struct nsa_owner *owner);

#endif
