/* SPDX-License-Identifier: GPL-2.0-only */
/* The lock of a bpffs, held around every change of state. It is released by closing its
 * descriptor. */
#ifndef NSA_MAPS_LOCK_H
#define NSA_MAPS_LOCK_H

#include <stdbool.h>

/* Waits for the lock and takes it: a descriptor, which the caller closes, or -errno, logged. Logs
 * who holds it if that takes more than a second, for which it uses SIGALRM and ITIMER_REAL while it
 * waits. */
int nsa_lock_take(void);
/* The same without waiting. -EAGAIN: another process holds it; tell: that is logged. */
int nsa_lock_try(bool tell);

#endif
