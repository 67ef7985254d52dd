// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "daemon/load.h"
#include "daemon/namespaces.h"
#include "daemon/owners.h"
#include "daemon/pins.h"
#include "daemon/report.h"
#include "kernel/netns_watch.h"
#include "maps/lock.h"
#include "maps/meta.h"
#include "maps/sequences.h"
#include "maps/pin.h"
#include "reconcile/session_lock.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Time after which the log reports that another process holds the lock. */
#define HELD_REPORT_USEC 1000000

void nsa_load_close(struct nsa_daemon *d)
{
	nsa_state_close(d->state);
	d->state = NULL;
	nsa_session_close(&d->session);
	d->session = (struct nsa_session){ .lock = -1 };
}

/* The last owner's removal unpins the maps. */
static void forget_if_empty(struct nsa_daemon *d)
{
	char path[PATH_MAX];

	if (!d->session.maps || nsa_pin_path(path, "meta") || !access(path, F_OK))
		return;
	nsa_state_close(d->state);
	d->state = NULL;
	nsa_maps_close(d->session.maps);
	d->session.maps = NULL;
}

/* The lock is held until the process has ended: a command that attaches waits for it, and then
 * looks for a daemon. */
static void end_if_detached(struct nsa_daemon *d)
{
	if (d->session.maps || !d->until_detached)
		return;
	nsa_info("ends: nothing is attached any more");
	d->last_lock = TAKE_FD(d->session.lock);
	sd_event_exit(d->loop, 0);
}

int nsa_load_take_lock(struct nsa_daemon *d)
{
	uint64_t now = 0;
	bool report;
	int lock;

	sd_event_now(d->loop, CLOCK_MONOTONIC, &now);
	report = d->held_since && !d->held_reported && now - d->held_since >= HELD_REPORT_USEC;
	lock = nsa_lock_try(report);
	if (lock != -EAGAIN) {
		d->held_since = 0;
		d->held_reported = false;
		if (lock >= 0 && d->session.maps) /* a command may have been killed */
			nsa_maps_sequences_mend(d->session.maps);
		return lock;
	}
	d->held_reported |= report;
	d->held_since = d->held_since ? d->held_since : now;
	sd_event_source_set_time_relative(d->unlocked, NSA_LOCK_USEC);
	sd_event_source_set_enabled(d->unlocked, SD_EVENT_ONESHOT);
	return -EAGAIN;
}

static int open_state(struct nsa_daemon *d)
{
	int r;

	if (!d->session.maps)
		return 0;
	r = nsa_maps_changes(d->session.maps, &d->changes);
	return r < 0 ? nsa_err(r, "read map meta: %s", strerror(-r)) :
		       nsa_state_open(&d->session, &d->state);
}

bool nsa_load_has_lost_bpffs(struct nsa_daemon *d)
{
	if (nsa_pin_device() == d->device)
		return false;
	nsa_err(-ESTALE,
		"ends: the bpffs at %s is not the one that was mounted at the start. If that was "
		"unmounted, nothing is attached, and what was confined is open: run nsaccel attach "
		"again",
		d->bpffs);
	sd_event_exit(d->loop, -ESTALE);
	return true;
}

int nsa_load(struct nsa_daemon *d)
{
	struct nsa_session session;
	int r, lock, watched;

	if (nsa_load_has_lost_bpffs(d))
		return -ESTALE;
	r = nsa_pin_init(d->bpffs);
	lock = r < 0 ? r : nsa_load_take_lock(d);
	if (lock < 0)
		return lock;
	/* The watch is drained below; the scan stays due if the list cannot be read. */
	d->work |= NSA_WORK_SCAN;
	nsa_netns_watch_drain(d->watch);
	r = nsa_session_locked(lock, false, &session);
	if (r < 0)
		return r;
	nsa_load_close(d);
	d->session = session;
	d->work &= ~(NSA_WORK_SCAN | NSA_WORK_REREAD);
	d->work |= NSA_WORK_OWNERS;
	nsa_pending_clear(&d->changed);
	nsa_namespaces_subscribe(d);
	r = open_state(d);
	d->work = r < 0 ? d->work | NSA_WORK_LOAD : d->work & ~NSA_WORK_LOAD;
	if (d->state)
		r = nsa_owners_reconcile(d);
	forget_if_empty(d);
	end_if_detached(d);
	watched = nsa_pins_watch(d);
	d->work |= watched < 0 ? NSA_WORK_LOAD : 0;
	nsa_closep(&d->session.lock);
	d->session.lock = -1;
	nsa_report_event(d, "resync");
	return r ?: watched;
}

bool nsa_load_is_outdated(struct nsa_daemon *d)
{
	__u32 changes;

	return nsa_maps_changes(d->session.maps, &changes) || changes != d->changes;
}
