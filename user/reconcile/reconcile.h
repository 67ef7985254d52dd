/* SPDX-License-Identifier: GPL-2.0-only */
/* Brings an owner's maps and hooks in line with its kernel's state and the user's requests. */
#ifndef NSA_RECONCILE_RECONCILE_H
#define NSA_RECONCILE_RECONCILE_H

#include "reconcile/state.h"

/*
 * Runs the steps of reconcile.c for the owner: reads dirty parts, plans, and writes the
 * differences. Idempotent. It can be killed at any point: the next run completes the work. Needs
 * the lock. 0 or -errno, logged; a part that failed stays dirty. -ENODEV: no device of the owner
 * is requested any more, not even an absent one; the caller removes the owner.
 */
int nsa_reconcile(const struct nsa_run *run, struct nsa_owner *owner);

#endif
