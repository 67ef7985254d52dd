/* SPDX-License-Identifier: GPL-2.0-only */
/* What every command that changes state holds: the lock, the namespaces, the maps. */
#ifndef NSA_MAPS_SESSION_H
#define NSA_MAPS_SESSION_H

#include <stdbool.h>

#include "kernel/objects.h"
#include "maps/maps.h"

struct nsa_session {
	int lock; /* -1: read only */
	struct nsa_netns_list *list;
	struct nsa_maps *maps; /* NULL: nothing is attached */
};

/* To look: no lock, maps only if there are any. 0 or -errno, logged. */
int nsa_session_open(const char *bpffs, struct nsa_session *out);
/* To change: checks privileges, takes the lock. create: makes the maps if there are none. */
int nsa_session_lock(const char *bpffs, bool create, struct nsa_session *out);
/* The same with the lock, which is taken over, or given back on failure. */
int nsa_session_locked(int lock, bool create, struct nsa_session *out);
void nsa_session_close(struct nsa_session *session);

/* The namespace of a --netns argument, in the session's list; NULL: the caller's own. */
int nsa_session_netns(const struct nsa_session *session, const char *spec,
		      const struct nsa_netns **out);

#endif
