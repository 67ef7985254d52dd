/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading maps and kernel anew, and the lock. 0 or -errno, logged. */
#ifndef NSA_DAEMON_LOAD_H
#define NSA_DAEMON_LOAD_H

#include "daemon/context.h"

/* The lock, or -EAGAIN: nobody is waited for, since messages have to be read meanwhile; a timer tries it
 * again. The caller closes it. */
int nsa_load_take_lock(struct nsa_daemon *d);
/* Opens session and state as if just started. The old ones are kept, and true, until the new ones are open. */
int nsa_load(struct nsa_daemon *d);
/* Has a command changed the maps since the state was read? */
bool nsa_load_is_outdated(struct nsa_daemon *d);
/* Is the bpffs another one than at the start? With a bpffs goes all that is pinned in it; what the daemon
 * has claimed was for that one. Then it logs that, and ends the loop. */
bool nsa_load_has_lost_bpffs(struct nsa_daemon *d);
void nsa_load_close(struct nsa_daemon *d);

#endif
