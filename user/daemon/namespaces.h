/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Namespaces behind ports: their list, and changes in them. 0 or -errno, logged unless said
 * otherwise.
 */
#ifndef NSA_DAEMON_NAMESPACES_H
#define NSA_DAEMON_NAMESPACES_H

#include "daemon/context.h"

/* Marks a namespace to be read: its devices and addresses (whole), or its addresses alone.
 * -ENOMEM, not logged. */
int nsa_namespaces_mark(struct nsa_daemon *d, __u64 cookie, bool whole);
/* Whether the namespace is an owner; true if the maps cannot be read. Needs the maps. */
bool nsa_namespaces_is_owner(const struct nsa_daemon *d, __u64 cookie);
/* Removes the endpoints of a namespace that is dead. */
void nsa_namespaces_forget(struct nsa_daemon *d, __u64 cookie);
/* Subscribes to messages of all namespaces in the session's list. Call it before they are read,
 * so that no change is missed in between. A namespace that cannot be subscribed to is skipped. */
void nsa_namespaces_subscribe(struct nsa_daemon *d);
/* Lists namespaces again, and marks new ones to be read. The endpoints of namespaces that are no
 * longer found stay, since these may be alive. An owner among the new ones is to be opened. */
int nsa_namespaces_scan(struct nsa_daemon *d);
/* Reads the marked namespaces that are due, for 10 ms of CPU time at most. */
void nsa_namespaces_read_changed(struct nsa_daemon *d);
/* Charges took, in us of CPU time, to the namespaces that the last reading found changed. */
void nsa_namespaces_charge(struct nsa_daemon *d, __u64 took);

#endif
