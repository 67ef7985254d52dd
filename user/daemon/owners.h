/* SPDX-License-Identifier: GPL-2.0-only */
/* Opening, reconciling and removing all owners. */
#ifndef NSA_DAEMON_OWNERS_H
#define NSA_DAEMON_OWNERS_H

#include "daemon/context.h"

bool nsa_owners_are_dirty(const struct nsa_daemon *d);
/* Runs all owners, also after a failure of one; an owner that failed stays dirty. Needs the
 * lock. Returns the first error, logged. */
int nsa_owners_reconcile(struct nsa_daemon *d);

#endif
