/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon: keeps the state of every owner open, hears what changes in all
 * namespaces, and writes the difference. It takes the lock for each change alone,
 * and holds no namespace; killed, it leaves everything as it is.
 */
#ifndef NSA_DAEMON_DAEMON_H
#define NSA_DAEMON_DAEMON_H

#include <stdbool.h>

/* Until SIGTERM or SIGINT; until_detached: or until nothing is attached. 0 or -errno, logged. */
int nsa_daemon(const char *bpffs, bool until_detached);

#endif
