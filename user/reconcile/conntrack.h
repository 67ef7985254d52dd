/* SPDX-License-Identifier: GPL-2.0-only */
/* The owner's connection tracking beside a fast path that it does not see. */
#ifndef NSA_RECONCILE_CONNTRACK_H
#define NSA_RECONCILE_CONNTRACK_H

#include "reconcile/state.h"

/* Step: conntrack accepts TCP segments out of a window that it did not follow, as long as flows take the fast
 * path. 0 or -errno, logged; then each packet stays with the kernel. */
int nsa_conntrack_reconcile(const struct nsa_run *run, struct nsa_owner *owner);

#endif
