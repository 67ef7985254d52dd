/* SPDX-License-Identifier: GPL-2.0-only */
/* Namespaces behind ports: which there are, and what changes in them. 0 or -errno, logged unless said. */
#ifndef NSA_DAEMON_NAMESPACES_H
#define NSA_DAEMON_NAMESPACES_H

#include "daemon/context.h"

/* Marks a namespace to be read; whole: its devices, else its addresses alone. -ENOMEM, not logged. */
int nsa_namespaces_mark(struct nsa_daemon *d, __u64 cookie, bool whole);
/* A namespace is dead: its endpoints go. */
void nsa_namespaces_forget(struct nsa_daemon *d, __u64 cookie);
/* Listens to all namespaces of the session's list. To be called before they are read, so that no change is
 * missed in between. Whoever cannot be listened to is left out. */
void nsa_namespaces_subscribe(struct nsa_daemon *d);
/* Lists namespaces anew, and marks those that came. Those that cannot be found any more are not dead for
 * that: their endpoints stay. */
int nsa_namespaces_scan(struct nsa_daemon *d);
/* Reads those marked whose time it is, for 10 ms of CPU time at most. */
void nsa_namespaces_read_changed(struct nsa_daemon *d);
/* Charges what followed from the last reading, in us of CPU time, to those whose news it was. */
void nsa_namespaces_charge(struct nsa_daemon *d, __u64 took);

#endif
