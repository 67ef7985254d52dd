/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands that change the maps, seen by inotify in bpffs. */
#ifndef NSA_DAEMON_PINS_H
#define NSA_DAEMON_PINS_H

#include "daemon/context.h"

/* Watches the directory of the maps, where a command touches "meta"; where there is none yet, the bpffs, in
 * which it will be made. Calls d->on_pins. 0 or -errno, logged. */
int nsa_pins_watch(struct nsa_daemon *d);

#endif
