/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Monitoring of the owners of a state. Each owner has two sockets: one for its bridges'
 * forwarding databases, one for all else. An overrun in one namespace thus costs a resync of
 * that owner only, and an overrun of forwarding databases a resync of these only. The sockets
 * keep their namespace alive: call nsa_owner_monitor_keep() when an owner is removed or becomes
 * unreachable.
 */
#ifndef NSA_DAEMON_OWNER_MONITOR_H
#define NSA_DAEMON_OWNER_MONITOR_H

#include "reconcile/state.h"

struct nsa_owner_monitor;

/* The caller owns *out. 0 or -errno, logged. */
int nsa_owner_monitor_new(struct nsa_owner_monitor **out);
void nsa_owner_monitor_free(struct nsa_owner_monitor *set);
/* The descriptor is readable while messages are waiting. The monitor owns it. */
int nsa_owner_monitor_fd(const struct nsa_owner_monitor *set);

/* Subscribes to the messages of a namespace, unless it has been. Call it before the owner is
 * read. 0 or -errno, logged. */
int nsa_owner_monitor_add(struct nsa_owner_monitor *set, const struct nsa_netns *ns);
/* Closes the sockets of all namespaces but the owners in state (NULL: of all). */
void nsa_owner_monitor_keep(struct nsa_owner_monitor *set, const struct nsa_state *state);

/* Reads messages and records them with their owners. state NULL: drops them. Returns whether
 * more are waiting. */
bool nsa_owner_monitor_read(struct nsa_owner_monitor *set, struct nsa_state *state);

#endif
