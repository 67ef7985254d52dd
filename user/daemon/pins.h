/* SPDX-License-Identifier: GPL-2.0-only */
/* Notification, by inotify on bpffs, of commands that change the maps. */
#ifndef NSA_DAEMON_PINS_H
#define NSA_DAEMON_PINS_H

#include "daemon/context.h"

/* Watches the directory of the maps, in which a command touches "meta". While that does not
 * exist, watches the bpffs in which it will be created. Calls d->on_pins. 0 or -errno, logged. */
int nsa_pins_watch(struct nsa_daemon *d);

#endif
