// SPDX-License-Identifier: GPL-2.0-only
/* The daemon on the fake machine. */
#include <stdlib.h>
#include <string.h>

#include "fake/daemon.h"
#include "fake/monitor.h"
#include "user/daemon/cycle.h"
#include "user/daemon/event_sources.h"
#include "user/daemon/load.h"
#include "user/daemon/owners.h"
#include "user/daemon/signals.h"
#include "user/maps/pin.h"
#include "user/util/clock.h"

#define PATIENCE_USEC 10000000 /* of a machine that is busy */
#define WAIT_USEC     50000

void daemon_start(struct nsa_daemon *d)
{
	*d = (struct nsa_daemon){
		.bpffs = machine.bpffs, .claim = -1, .last_lock = -1, .session = { .lock = -1 }
	};
	nsa_signals_block();
	assert_int_equal(nsa_pin_init(d->bpffs), 0);
	d->device = nsa_pin_device();
	assert_true(sd_event_new(&d->loop) >= 0);
	assert_int_equal(nsa_publisher_open(&d->publisher), 0);
	assert_int_equal(nsa_rtnl_monitor_open(&d->events), 0);
	assert_int_equal(nsa_owner_monitor_new(&d->owners), 0);
	assert_int_equal(nsa_netns_watch_open(&d->watch), 0);
	assert_int_equal(
		nsa_firewall_monitor_new(d->loop, nsa_event_sources_on_firewalls, d, &d->firewalls),
		0);
	assert_int_equal(nsa_event_sources_add(d), 0);
	d->work |= NSA_WORK_LOAD;
	if (!nsa_cycle(d))
		nsa_cycle(
			d); /* the firewalls are watched now, and read once more: by the poll, in a second */
}

void daemon_stop(struct nsa_daemon *d)
{
	nsa_firewall_monitor_free(d->firewalls);
	nsa_load_close(d);
	nsa_netns_watch_close(d->watch);
	nsa_owner_monitor_free(d->owners);
	nsa_rtnl_monitor_close(d->events);
	nsa_publisher_close(d->publisher);
	sd_event_source_unref(d->pins);
	sd_event_source_unref(d->inputs[0]);
	sd_event_source_unref(d->inputs[1]);
	sd_event_source_unref(d->pause);
	sd_event_source_unref(d->retry);
	sd_event_source_unref(d->due);
	sd_event_source_unref(d->unlocked);
	sd_event_unref(d->loop);
	nsa_pending_free(&d->changed);
	nsa_cookies_free(&d->dead);
	nsa_cookies_free(&d->changed_by_read);
}

void daemon_run(struct nsa_daemon *d, unsigned int milliseconds)
{
	while (sd_event_run(d->loop, milliseconds * 1000ULL) > 0)
		;
}

/* After messages both inputs pause. */
static bool is_listening(const struct nsa_daemon *d)
{
	int on[2] = {};

	sd_event_source_get_enabled(d->inputs[0], &on[0]);
	sd_event_source_get_enabled(d->inputs[1], &on[1]);
	return on[0] == SD_EVENT_ON && on[1] == SD_EVENT_ON && !fake_monitor_is_waiting();
}

static bool is_settled(const struct nsa_daemon *d)
{
	return is_listening(d) && !d->backing_off && !d->failures && !d->held_since &&
	       !d->dead.count && !(d->work & (NSA_WORK_LOAD | NSA_WORK_SCAN)) &&
	       !(d->state && d->work & NSA_WORK_OWNERS) && nsa_pending_due(&d->changed) == ~0ULL &&
	       !nsa_owners_are_dirty(d);
}

void daemon_settle(struct nsa_daemon *d)
{
	__u64 start = nsa_clock_usec(CLOCK_MONOTONIC);

	while (sd_event_run(d->loop, 0) > 0 || !is_settled(d)) {
		if (nsa_clock_usec(CLOCK_MONOTONIC) - start > PATIENCE_USEC)
			fail_msg("not settled: work %x, failures %u", d->work, d->failures);
		if (!is_settled(d))
			sd_event_run(d->loop, WAIT_USEC);
	}
}
