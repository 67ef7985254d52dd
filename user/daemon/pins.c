// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "daemon/pins.h"
#include "maps/pin.h"
#include "util/log.h"

int nsa_pins_watch(struct nsa_daemon *d)
{
	char path[PATH_MAX];
	int r;

	d->pins = sd_event_source_unref(d->pins);
	if (d->session.maps)
		r = nsa_pin_path(path, "%s", "");
	else
		r = snprintf(path, sizeof(path), "%s", nsa_pin_bpffs()) < 0 ? -EINVAL : 0;
	if (!r)
		r = sd_event_add_inotify(d->loop, &d->pins, path,
					 d->session.maps ? IN_ATTRIB | IN_DELETE_SELF | IN_ONLYDIR :
							   IN_CREATE | IN_ONLYDIR,
					 d->on_pins, d);
	return r < 0 ? nsa_err(r, "watch %s: %s", path, strerror(-r)) : 0;
}
