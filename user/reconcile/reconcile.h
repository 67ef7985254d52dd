/* SPDX-License-Identifier: GPL-2.0-only */
/* Bringing maps and hooks of an owner to what its kernel's state and the user's requests ask for. */
#ifndef NSA_RECONCILE_RECONCILE_H
#define NSA_RECONCILE_RECONCILE_H

#include "reconcile/state.h"

/*
 * Runs the steps of reconcile.c for the owner: reads what is dirty, plans, and changes what differs.
 * Idempotent, and safe to be killed at any point: the next run finishes what it finds. Needs the lock.
 * 0 or -errno, logged; what failed stays dirty. -ENODEV: no device of the owner is requested any more,
 * not even an absent one; the caller removes the owner.
 */
int nsa_reconcile(const struct nsa_run *run, struct nsa_owner *owner);

#endif
