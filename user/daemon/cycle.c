// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <systemd/sd-daemon.h>

#include "daemon/cycle.h"
#include "daemon/load.h"
#include "daemon/namespaces.h"
#include "daemon/owners.h"
#include "reconcile/fdb_map.h"
#include "reconcile/programs.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/log.h"

/* The first retry after a failure comes after 2 ms; the delay doubles up to 8 s. */
#define RETRY_USEC 1000
#define RETRY_MAX  13

/* CLOCK_MONOTONIC in us when the next deferred change is due; ~0: none is deferred. */
static __u64 next_due(const struct nsa_daemon *d)
{
	__u64 first = nsa_pending_due(&d->changed), due;

	for (size_t i = 0; d->state && i < d->state->owner_count; i++) {
		due = nsa_pending_due(&d->state->owners[i]->carriers);
		first = due < first ? due : first;
		due = nsa_fdb_map_due(d->state->owners[i]);
		first = due < first ? due : first;
		due = nsa_programs_due(d->state->owners[i]);
		first = due < first ? due : first;
	}
	return first;
}

static bool has_work(const struct nsa_daemon *d)
{
	if (d->dead.count || d->work & (NSA_WORK_SCAN | NSA_WORK_OWNERS) ||
	    next_due(d) <= nsa_clock_usec(CLOCK_MONOTONIC))
		return true;
	return nsa_owners_are_dirty(d);
}

static int run_cycle(struct nsa_daemon *d)
{
	int r = 0;

	if (nsa_daemon_phase(d) == NSA_PHASE_LOADING)
		return nsa_load(d);
	/* Nothing has been opened yet, or nothing is to be done. */
	if (!d->session.list || !has_work(d))
		return 0;
	if (d->work & NSA_WORK_SCAN)
		r = nsa_namespaces_scan(d);
	if (r < 0 || !d->state)
		return r;
	r = nsa_load_take_lock(d);
	if (r < 0)
		return r;
	d->session.lock = r;
	r = 0;
	if (nsa_load_is_outdated(d))
		d->work |= NSA_WORK_LOAD;
	else
		r = nsa_owners_reconcile(d);
	nsa_closep(&d->session.lock);
	d->session.lock = -1;
	return nsa_daemon_phase(d) == NSA_PHASE_LOADING ? nsa_load(d) : r;
}

/* Everything dirty stays dirty. Loading everything takes long, and causes messages itself, so it
 * waits for the timer. Other work goes on meanwhile. */
static void retry_later(struct nsa_daemon *d)
{
	if (d->backing_off)
		return;
	d->backing_off = true;
	if (d->failures < RETRY_MAX)
		d->failures++;
	sd_event_source_set_time_relative(d->retry, RETRY_USEC << d->failures);
	sd_event_source_set_enabled(d->retry, SD_EVENT_ONESHOT);
}

/* Once a state is open, or nothing is attached, whether or not all succeeded. */
static void report_ready(struct nsa_daemon *d)
{
	if (d->ready || !d->session.list)
		return;
	d->ready = true;
	sd_notify(0, "READY=1");
	nsa_info("ready");
}

/* Sets the timer for the next deferred change, or for the rest of an interrupted reading. */
static void wake_when_due(struct nsa_daemon *d)
{
	__u64 due = next_due(d), first = nsa_clock_usec(CLOCK_MONOTONIC) + NSA_PAUSE_USEC;

	if (!d->state || due == ~0ULL || d->held_since)
		return;
	if (d->backing_off) /* the failure may have prevented the reading */
		first += NSA_LOCK_USEC;
	sd_event_source_set_time(d->due, due > first ? due : first);
	sd_event_source_set_enabled(d->due, SD_EVENT_ONESHOT);
}

int nsa_cycle(struct nsa_daemon *d)
{
	int r = run_cycle(d);

	/* The lock is held: on_unlocked() goes on. */
	if (r < 0 && !(r == -EAGAIN && d->held_since)) {
		retry_later(d);
	} else if (d->failures && !d->backing_off && !d->held_since) {
		d->failures = 0;
		nsa_log_forget(); /* report the same errors again if they come back */
	}
	wake_when_due(d);
	nsa_owner_monitor_keep(d->owners, d->state);
	nsa_firewall_monitor_update(d->firewalls, d->state);
	report_ready(d);
	return r;
}
