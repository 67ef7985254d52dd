/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals that the daemon handles. */
#ifndef NSA_DAEMON_SIGNALS_H
#define NSA_DAEMON_SIGNALS_H

#include "daemon/context.h"

/* Blocks SIGTERM, SIGINT and SIGHUP, so that the event loop receives them. Ignores SIGPIPE: nobody
 * may read the log any more. */
void nsa_signals_block(void);
/* SIGHUP loads everything again. SIGTERM and SIGINT end the loop, and the log names the sender.
 * 0 or -errno. */
int nsa_signals_add(struct nsa_daemon *d);

#endif
