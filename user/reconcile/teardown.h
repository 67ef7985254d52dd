/* SPDX-License-Identifier: GPL-2.0-only */
/* Removing what is no more. 0 or -errno, logged. */
#ifndef NSA_RECONCILE_TEARDOWN_H
#define NSA_RECONCILE_TEARDOWN_H

struct nsa_mirror;

/* Removes the records of owners whose namespace is gone. One that fails doesn't keep others from their
 * turn; the first error is returned. */
int nsa_teardown_dead(struct nsa_mirror *mirror);

#endif
