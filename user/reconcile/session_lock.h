/* SPDX-License-Identifier: GPL-2.0-only */
/* Sessions that change state. 0 or -errno, logged. */
#ifndef NSA_RECONCILE_SESSION_LOCK_H
#define NSA_RECONCILE_SESSION_LOCK_H

#include <stdbool.h>

#include "maps/session.h"

/* Checks privileges, takes the lock, and opens a session, which the caller closes. create: makes
 * the maps if there are none. Maps that a killed run has made or removed in part are completed, or
 * removed. */
int nsa_session_lock(const char *bpffs, bool create, struct nsa_session *out);
/* The same with the lock, which becomes the session's, or is released on failure. */
int nsa_session_locked(int lock, bool create, struct nsa_session *out);

#endif
