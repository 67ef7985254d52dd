/* SPDX-License-Identifier: GPL-2.0-only */
/* Removal of owners. Needs the lock. 0 or -errno, logged. */
#ifndef NSA_RECONCILE_TEARDOWN_H
#define NSA_RECONCILE_TEARDOWN_H

#include "reconcile/state.h"

/* Detaches the programs of the owner's devices. The records stay, so that nsa_reconcile()
 * attaches them again. 0 if the namespace cannot be reached. */
int nsa_teardown_unhook(const struct nsa_session *session, __u64 cookie);
/* Removes everything of an owner, whose namespace may be gone. A dry run only reports it. */
int nsa_teardown_owner(struct nsa_state *state, __u64 cookie);
/* Removes the records of owners whose namespaces are gone. Goes on after a failure, and returns
 * the first error. */
int nsa_teardown_dead(struct nsa_state *state);

#endif
