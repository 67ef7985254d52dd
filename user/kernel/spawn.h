/* SPDX-License-Identifier: GPL-2.0-only */
/* Other processes: a program that is waited for, and a daemon of this one. -errno, not logged. */
#ifndef NSA_KERNEL_SPAWN_H
#define NSA_KERNEL_SPAWN_H

/* Runs words[0], found as a shell does. Its exit status, or -errno. */
int nsa_spawn_wait(char *const words[]);

/* Runs this program with these words, in a session of its own, with nothing that is open here. What
 * it says goes to the journal, where there is one, else to the end of the file log. Waits until it
 * itself says that it is ready (sd_notify(3)): 0. -ECHILD: it has ended instead; -ETIMEDOUT: it
 * goes on, but didn't say so in patience_ms. */
int nsa_spawn_daemon(char *const words[], const char *log, int patience_ms);

#endif
