/* SPDX-License-Identifier: GPL-2.0-only */
/* Removing owners. Needs the lock. 0 or -errno, logged. */
#ifndef NSA_RECONCILE_TEARDOWN_H
#define NSA_RECONCILE_TEARDOWN_H

#include "reconcile/state.h"

/* Takes the programs off the owner's devices and leaves its records, by which the next nsa_reconcile(),
 * after an error for one, puts them back. Of a namespace out of reach nothing can be done: 0. */
int nsa_teardown_unhook(const struct nsa_session *session, __u64 cookie);
/* Removes all of the owner with the cookie, whose namespace may be gone. A dry run only reports it. */
int nsa_teardown_owner(struct nsa_state *state, __u64 cookie);
/* Removes the records of owners whose namespace is gone. One that fails doesn't keep others from their
 * turn; the first error is returned. */
int nsa_teardown_dead(struct nsa_state *state);

#endif
