/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What changes in the owners of a state: sockets in each, so that what floods one makes only that
 * one be read anew; and one more for what its bridges learn, so that this makes nothing else be. They keep their namespace alive: call nsa_owner_monitor_keep() when owners go, or
 * can't be reached any more.
 */
#ifndef NSA_DAEMON_OWNER_MONITOR_H
#define NSA_DAEMON_OWNER_MONITOR_H

#include "reconcile/state.h"

struct nsa_owner_monitor;

/* 0 or -errno, logged. */
int nsa_owner_monitor_new(struct nsa_owner_monitor **out);
void nsa_owner_monitor_free(struct nsa_owner_monitor *set);
/* Readable when there is something to read. */
int nsa_owner_monitor_fd(const struct nsa_owner_monitor *set);

/* Hears the namespace, if it doesn't yet: call it before the owner is read. 0 or -errno, logged. */
int nsa_owner_monitor_add(struct nsa_owner_monitor *set, const struct nsa_netns *ns);
/* No others than the owners in state; NULL: none. */
void nsa_owner_monitor_keep(struct nsa_owner_monitor *set, const struct nsa_state *state);

/* What there is goes to the owners as notes. state NULL: nowhere. Is there more? */
bool nsa_owner_monitor_read(struct nsa_owner_monitor *set, struct nsa_state *state);

#endif
