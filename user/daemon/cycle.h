/* SPDX-License-Identifier: GPL-2.0-only */
/* One turn of the daemon: does the work that is due, and sets the timers of the next turn. */
#ifndef NSA_DAEMON_CYCLE_H
#define NSA_DAEMON_CYCLE_H

#include "daemon/context.h"

/* Loads, scans and reconciles, as the phase and the work demand. After a failure the daemon
 * backs off. Every event source calls it last. 0 or -errno, logged. */
int nsa_cycle(struct nsa_daemon *d);

#endif
