/* SPDX-License-Identifier: GPL-2.0-only */
/* Being the one daemon of a bpffs (maps/follower.h). */
#ifndef NSA_DAEMON_CLAIM_H
#define NSA_DAEMON_CLAIM_H

#include <stdbool.h>

/* stopgap: one that attach started, which makes room for one that a user or the service starts; it is
 * asked to end, and waited for. *lock: a file descriptor, to be closed at the end. 0 or -errno, logged;
 * -EADDRINUSE: another daemon is running. */
int nsa_claim(bool stopgap, int *lock);

#endif
