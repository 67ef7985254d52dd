/* SPDX-License-Identifier: GPL-2.0-only */
/* The claim to be the only daemon of a bpffs (maps/follower.h). */
#ifndef NSA_DAEMON_CLAIM_H
#define NSA_DAEMON_CLAIM_H

#include <stdbool.h>

/* Claims the bpffs for this daemon. stopgap: attach started this daemon; a daemon that a user or a
 * service starts replaces it: it sends SIGTERM and waits for the end. It waits a few seconds, too,
 * while another daemon starts or ends. SIGTERM, SIGINT and SIGHUP end the process while it waits.
 * *lock: a file descriptor that the caller keeps until the end, and closes. 0 or -errno, logged;
 * -EADDRINUSE: another daemon is running. */
int nsa_claim(bool stopgap, int *lock);

#endif
