/* SPDX-License-Identifier: GPL-2.0-only */
/* Reconciling owners, for sync and check. 0 or -errno, logged. */
#ifndef NSA_OPS_SYNC_OWNERS_H
#define NSA_OPS_SYNC_OWNERS_H

#include "reconcile/state.h"

/* Takes the lock and opens the maps, if there are any; *cookie: of netns, NULL: 0, which stands for
 * all owners. The caller closes *session, which is { .lock = -1 } before. */
int nsa_sync_owners_open(const char *bpffs, const char *netns, struct nsa_session *session,
			 __u64 *cookie);

/* Reconciles every owner that has ports, or one (cookie); with all, those whose namespace is gone
 * are removed. One that fails doesn't keep others from their turn; the first error is returned. */
int nsa_sync_owners(struct nsa_state *state, __u64 cookie);

#endif
