/* SPDX-License-Identifier: GPL-2.0-only */
/* A session of a command or daemon: the lock, the list of namespaces, and the maps. */
#ifndef NSA_MAPS_SESSION_H
#define NSA_MAPS_SESSION_H

#include "kernel/objects.h"
#include "maps/maps.h"

struct nsa_session {
	int lock; /* -1: read only */
	struct nsa_netns_list *list;
	struct nsa_maps *maps; /* NULL: nothing is attached */
};

/* Opens one to read: without the lock, with maps only if there are any. 0 or -errno, logged. To
 * change state nsa_session_lock() opens one, reconcile/session_lock.h. */
int nsa_session_open(const char *bpffs, struct nsa_session *out);
void nsa_session_close(struct nsa_session *session);

/* The namespace of a --netns argument, in the session's list; NULL: the caller's own. */
int nsa_session_netns(const struct nsa_session *session, const char *spec,
		      const struct nsa_netns **out);

/* For reconcile/session_lock.c: opens the maps, if there are any; these and the list. 0 or -errno,
 * logged. */
int nsa_session_open_maps(struct nsa_session *session);
int nsa_session_read(struct nsa_session *session);

#endif
