/* SPDX-License-Identifier: GPL-2.0-only */
/* The event sources of the daemon's loop. 0 or -errno, logged. */
#ifndef NSA_DAEMON_EVENT_SOURCES_H
#define NSA_DAEMON_EVENT_SOURCES_H

#include "daemon/context.h"

/* Adds all event sources, except the one of pins.h. */
int nsa_event_sources_add(struct nsa_daemon *d);
/* Handler of changes of the owners' firewalls. data: the daemon. */
void nsa_event_sources_on_firewalls(void *data);

#endif
