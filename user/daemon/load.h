/* SPDX-License-Identifier: GPL-2.0-only */
/* Loading of maps and kernel state, and the lock. 0 or -errno, logged. */
#ifndef NSA_DAEMON_LOAD_H
#define NSA_DAEMON_LOAD_H

#include "daemon/context.h"

/* Tries to take the lock, without waiting. Returns its fd, which the caller closes, or -errno.
 * -EAGAIN: another process holds it; a timer tries it again. */
int nsa_load_take_lock(struct nsa_daemon *d);
/* Opens session and state as at the start. The old ones are kept until the new session is open. */
int nsa_load(struct nsa_daemon *d);
/* Whether a command has changed the maps since the state was read. */
bool nsa_load_is_outdated(struct nsa_daemon *d);
/* Whether another bpffs is mounted than at the start. The pins and the daemon's claim belong to
 * the first one: then it logs an error and ends the loop. */
bool nsa_load_has_lost_bpffs(struct nsa_daemon *d);
void nsa_load_close(struct nsa_daemon *d);

#endif
