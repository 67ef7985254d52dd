/* SPDX-License-Identifier: GPL-2.0-only */
/* The event sources of the daemon's loop. 0 or -errno, logged. */
#ifndef NSA_DAEMON_EVENT_SOURCES_H
#define NSA_DAEMON_EVENT_SOURCES_H

#include "daemon/context.h"

/* Adds all but that of the pins. */
int nsa_event_sources_add(struct nsa_daemon *d);
/* Firewalls of owners have changed. data: the daemon. */
void nsa_event_sources_on_firewalls(void *data);

#endif
