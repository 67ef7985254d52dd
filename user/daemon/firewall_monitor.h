/* SPDX-License-Identifier: GPL-2.0-only */
/* The firewalls of all owners in a state, watched in an event loop. */
#ifndef NSA_DAEMON_FIREWALL_MONITOR_H
#define NSA_DAEMON_FIREWALL_MONITOR_H

#include <systemd/sd-event.h>

#include "reconcile/state.h"

struct nsa_firewall_monitor;

/* settle is called after owners were marked dirty. 0 or -errno, logged. */
int nsa_firewall_monitor_new(sd_event *loop, void (*settle)(void *data), void *data,
			     struct nsa_firewall_monitor **out);
void nsa_firewall_monitor_free(struct nsa_firewall_monitor *watches);
/* From now on those of the owners in state, which may be another one, or NULL. A watch keeps its
 * namespace alive: call it when namespaces can't be reached any more, too. */
void nsa_firewall_monitor_update(struct nsa_firewall_monitor *watches, struct nsa_state *state);
/* Marks owners of whose firewalls nobody tells when they change. */
void nsa_firewall_monitor_poll(struct nsa_firewall_monitor *watches);

#endif
