/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading the dirty parts of an owner's kernel state. */
#ifndef NSA_RECONCILE_READ_H
#define NSA_RECONCILE_READ_H

#include "reconcile/state.h"

/* Reads each dirty part, and marks dependent parts dirty. Runs in the owner's namespace. 0 or
 * -errno, logged. */
int nsa_read_dirty(const struct nsa_run *run, struct nsa_owner *owner);

#endif
