/* SPDX-License-Identifier: GPL-2.0-only */
/* Monitoring of the firewalls of all owners. */
#ifndef NSA_DAEMON_FIREWALL_MONITOR_H
#define NSA_DAEMON_FIREWALL_MONITOR_H

#include <systemd/sd-event.h>

#include "reconcile/state.h"

struct nsa_firewall_monitor;

/* notify is called after owners were marked dirty. The caller owns *out. 0 or -errno, logged. */
int nsa_firewall_monitor_new(sd_event *loop, void (*notify)(void *data), void *data,
			     struct nsa_firewall_monitor **out);
void nsa_firewall_monitor_free(struct nsa_firewall_monitor *monitor);
/* Watches the firewalls of the owners in state, and no others. state may be NULL, or another one
 * than before. A watch keeps its namespace alive: call it also when a namespace becomes
 * unreachable. */
void nsa_firewall_monitor_update(struct nsa_firewall_monitor *monitor, struct nsa_state *state);
/* Marks owners whose firewall changed without a notification, or cannot be watched. */
void nsa_firewall_monitor_poll(struct nsa_firewall_monitor *monitor);

#endif
