// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "daemon/claim.h"
#include "daemon/cycle.h"
#include "daemon/event_sources.h"
#include "daemon/load.h"
#include "daemon/namespaces.h"
#include "daemon/signals.h"
#include "kernel/netns_watch.h"
#include "maps/follower.h"
#include "maps/pin.h"
#include "model/snapshot_update.h"
#include "reconcile/bridges.h"
#include "reconcile/neighbours.h"
#include "reconcile/notify.h"
#include "reconcile/owner.h"
#include "reconcile/poll.h"
#include "reconcile/ports_hooks.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Interval at which stale neighbours that the fast path uses are confirmed. Packets to a MAC
 * that is gone are sent for no longer than by the kernel. */
#define CONFIRM_USEC 100000
/* Interval for state that changes forwarding and has no notification. */
#define POLL_USEC 1000000
/* Interval for bridges with a short ageing time (reconcile/bridges.h). */
#define REFRESH_USEC 5000000
/* Interval for the rest of the state without notifications: some sysctls, BPF programs of
 * others, namespaces of processes. */
#define FULL_POLL_USEC 60000000ULL

/* Messages of namespaces */

static void on_death(struct nsa_daemon *d, __u64 cookie)
{
	nsa_namespaces_forget(d, cookie);
	d->work |= NSA_WORK_SCAN;
	if (nsa_namespaces_is_owner(d, cookie) && nsa_cookies_note(&d->dead, cookie))
		d->work |= NSA_WORK_LOAD;
}

static void on_message(void *data, __u64 cookie, const struct nlmsghdr *msg)
{
	struct nsa_daemon *d = data;
	enum nsa_netns_event event;

	if (!d->state)
		return;
	event = nsa_notify_namespace(d->state, cookie, msg);
	if (event == NSA_NETNS_EVENT_UNKNOWN)
		d->work |= NSA_WORK_SCAN;
	if (event == NSA_NETNS_EVENT_DEAD)
		on_death(d, cookie);
	if ((event == NSA_NETNS_EVENT_ENDPOINTS || event == NSA_NETNS_EVENT_ADDRS) &&
	    nsa_namespaces_mark(d, cookie, event == NSA_NETNS_EVENT_ENDPOINTS))
		d->work |= NSA_WORK_LOAD;
}

/* Both inputs have a pause of their own: a flood in a namespace of no owner delays no change of
 * an owner. */
static int pause_input(struct nsa_daemon *d, sd_event_source *source)
{
	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	sd_event_source_set_time_relative(d->pause, NSA_PAUSE_USEC);
	return sd_event_source_set_enabled(d->pause, SD_EVENT_ONESHOT);
}

static int on_owners(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct nsa_daemon *d = data;
	bool more = nsa_owner_monitor_read(d->owners, d->state);

	(void)fd;
	(void)revents;
	nsa_cycle(d);
	return more ? 0 : pause_input(d, source); /* more messages are waiting */
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct nsa_daemon *d = data;
	int r = nsa_rtnl_monitor_read(d->events, on_message, d);

	(void)fd;
	(void)revents;
	if (r < 0) {
		nsa_debug("events were lost: %s", strerror(-r));
		d->work |= NSA_WORK_SCAN | NSA_WORK_OWNERS | NSA_WORK_REREAD;
	}
	nsa_cycle(d);
	return r > 0 ? 0 : pause_input(d, source);
}

static int on_pause_end(sd_event_source *source, uint64_t usec, void *data)
{
	struct nsa_daemon *d = data;

	(void)source;
	(void)usec;
	for (size_t i = 0; i < sizeof(d->inputs) / sizeof(*d->inputs); i++)
		sd_event_source_set_enabled(d->inputs[i], SD_EVENT_ON);
	return 0;
}

static int on_namespaces(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct nsa_daemon *d = data;

	(void)source;
	(void)fd;
	(void)revents;
	d->work |= NSA_WORK_SCAN;
	nsa_cycle(d);
	return 0;
}

/* Timers that are set when needed */

static int on_retry(sd_event_source *source, uint64_t usec, void *data)
{
	struct nsa_daemon *d = data;

	(void)source;
	(void)usec;
	d->backing_off = false;
	d->work |= NSA_WORK_STOCK;
	nsa_cycle(d);
	return 0;
}

static int on_due(sd_event_source *source, uint64_t at, void *data)
{
	(void)source;
	(void)at;
	nsa_cycle(data);
	return 0;
}

static int on_unlocked(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	nsa_cycle(data);
	return 0;
}

/* Others */

static int on_reader(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct nsa_daemon *d = data;

	(void)source;
	(void)fd;
	(void)revents;
	nsa_publisher_dispatch(d->publisher);
	return 0;
}

static int on_pins(sd_event_source *source, const struct inotify_event *event, void *data)
{
	struct nsa_daemon *d = data;

	(void)source;
	(void)event;
	if (!d->session.maps || nsa_load_is_outdated(d) ||
	    (event->mask & (IN_DELETE_SELF | IN_IGNORED)))
		d->work |= NSA_WORK_LOAD;
	nsa_cycle(d);
	return 0;
}

void nsa_event_sources_on_firewalls(void *data)
{
	nsa_cycle(data);
}

/* Periodic timers */

static int on_poll(sd_event_source *source, uint64_t usec, void *data)
{
	struct nsa_daemon *d = data;

	(void)usec;
	if (nsa_load_has_lost_bpffs(d))
		return 0;
	/* A command that was killed has not touched the pin. */
	if (d->session.maps && nsa_load_is_outdated(d))
		d->work |= NSA_WORK_LOAD;
	for (size_t i = 0; d->state && i < d->state->owner_count; i++) {
		struct nsa_owner *owner = d->state->owners[i];

		if (nsa_owner_find(d->state, owner))
			continue;
		owner->dirty |= nsa_poll(d->state, owner);
	}
	nsa_firewall_monitor_poll(d->firewalls);
	nsa_cycle(d);
	if (!d->failures && !d->held_since)
		nsa_follower_confirm();
	return sd_event_source_set_time_relative(source, POLL_USEC);
}

static int on_confirm(sd_event_source *source, uint64_t usec, void *data)
{
	struct nsa_daemon *d = data;
	bool confirming = false;

	(void)usec;
	for (size_t i = 0; d->state && i < d->state->owner_count; i++)
		if (!nsa_owner_find(d->state, d->state->owners[i]))
			confirming |= nsa_neighbours_confirm(d->state, d->state->owners[i]);
	return sd_event_source_set_time_relative(source, confirming ? CONFIRM_USEC : POLL_USEC);
}

static int on_refresh(sd_event_source *source, uint64_t usec, void *data)
{
	struct nsa_daemon *d = data;

	(void)usec;
	for (size_t i = 0; d->state && i < d->state->owner_count; i++)
		if (!nsa_owner_find(d->state, d->state->owners[i]))
			nsa_bridges_refresh(d->state, d->state->owners[i], false);
	return sd_event_source_set_time_relative(source, REFRESH_USEC);
}

static int on_full_poll(sd_event_source *source, uint64_t usec, void *data)
{
	struct nsa_daemon *d = data;

	(void)usec;
	d->work |= NSA_WORK_SCAN;
	for (size_t i = 0; d->state && i < d->state->owner_count; i++) {
		struct nsa_owner *owner = d->state->owners[i];

		nsa_snapshot_forget_device(owner->snapshot, 0);
		owner->dirty |= NSA_DIRTY_SETTINGS | NSA_DIRTY_PORTS | NSA_DIRTY_FIREWALL |
				NSA_DIRTY_EXCEPTIONS;
		nsa_ports_warn_unseen(d->state, owner);
		if (!nsa_owner_find(d->state, owner))
			nsa_bridges_refresh(d->state, owner, true);
	}
	nsa_cycle(d);
	return sd_event_source_set_time_relative(source, FULL_POLL_USEC);
}

static int add_timer(struct nsa_daemon *d, uint64_t after, sd_event_time_handler_t handler)
{
	sd_event_source *source;
	int r = sd_event_add_time_relative(d->loop, &source, CLOCK_MONOTONIC, after, after / 10,
					   handler, d);

	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(source, SD_EVENT_ON);
	if (r >= 0)
		r = sd_event_source_set_floating(source, true);
	sd_event_source_unref(source); /* the loop has its own reference */
	return r;
}

/* A timer that is off until somebody sets its time. */
static int add_alarm(struct nsa_daemon *d, sd_event_source **source,
		     sd_event_time_handler_t handler)
{
	int r = sd_event_add_time_relative(d->loop, source, CLOCK_MONOTONIC, 0, 1, handler, d);

	return r < 0 ? r : sd_event_source_set_enabled(*source, SD_EVENT_OFF);
}

int nsa_event_sources_add(struct nsa_daemon *d)
{
	int r = nsa_signals_add(d);

	d->on_pins = on_pins;
	if (r >= 0)
		r = sd_event_add_io(d->loop, &d->inputs[0], nsa_rtnl_monitor_fd(d->events), EPOLLIN,
				    on_events, d);
	if (r >= 0)
		r = sd_event_add_io(d->loop, &d->inputs[1], nsa_owner_monitor_fd(d->owners),
				    EPOLLIN, on_owners, d);
	if (r >= 0)
		r = sd_event_add_io(d->loop, NULL, nsa_netns_watch_fd(d->watch), EPOLLIN,
				    on_namespaces, d);
	if (r >= 0)
		r = sd_event_add_io(d->loop, NULL, nsa_publisher_fd(d->publisher), EPOLLIN,
				    on_reader, d);
	if (r >= 0)
		r = add_alarm(d, &d->pause, on_pause_end);
	if (r >= 0)
		r = add_alarm(d, &d->retry, on_retry);
	if (r >= 0)
		r = add_alarm(d, &d->due, on_due);
	if (r >= 0)
		r = add_alarm(d, &d->unlocked, on_unlocked);
	if (r >= 0) /* before other events: the lock may be free for a moment only */
		r = sd_event_source_set_priority(d->unlocked, SD_EVENT_PRIORITY_IMPORTANT);
	if (r >= 0)
		r = add_timer(d, CONFIRM_USEC, on_confirm);
	if (r >= 0)
		r = add_timer(d, POLL_USEC, on_poll);
	if (r >= 0)
		r = add_timer(d, REFRESH_USEC, on_refresh);
	if (r >= 0)
		r = add_timer(d, FULL_POLL_USEC, on_full_poll);
	if (r >= 0)
		r = sd_event_set_watchdog(d->loop, true);
	return r < 0 ? nsa_err(r, "set up the event loop: %s", strerror(-r)) : 0;
}
