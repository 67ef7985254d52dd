/* SPDX-License-Identifier: GPL-2.0-only */
/* All owners in turn: opened, reconciled, removed. */
#ifndef NSA_DAEMON_OWNERS_H
#define NSA_DAEMON_OWNERS_H

#include "daemon/context.h"

bool nsa_owners_are_dirty(const struct nsa_daemon *d);
/* Each owner has its turn, whatever fails; what failed stays dirty. With the lock. The first error, logged. */
int nsa_owners_reconcile(struct nsa_daemon *d);

#endif
