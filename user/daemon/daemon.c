// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "daemon/claim.h"
#include "daemon/cycle.h"
#include "daemon/daemon.h"
#include "daemon/event_sources.h"
#include "daemon/load.h"
#include "daemon/signals.h"
#include "kernel/features.h"
#include "maps/follower.h"
#include "maps/pin.h"
#include "util/cleanup.h"
#include "util/log.h"

static int start(struct nsa_daemon *d)
{
	int r;

	nsa_signals_block();
	r = sd_event_new(&d->loop);
	if (r < 0)
		return nsa_err(r, "set up the event loop: %s", strerror(-r));
	d->device = nsa_pin_device();
	r = nsa_claim(d->until_detached, &d->claim);
	if (!r)
		r = nsa_publisher_open(&d->publisher);
	if (!r)
		r = nsa_rtnl_monitor_open(&d->events);
	if (!r)
		r = nsa_owner_monitor_new(&d->owners);
	if (!r)
		r = nsa_netns_watch_open(&d->watch);
	if (!r)
		r = nsa_firewall_monitor_new(d->loop, nsa_event_sources_on_firewalls, d,
					     &d->firewalls);
	if (!r)
		r = nsa_event_sources_add(d);
	if (r < 0)
		return r;
	d->work |= NSA_WORK_LOAD;
	r = nsa_cycle(d);
	/* If the list of namespaces could be opened, the daemon retries. Otherwise the user has
	 * to mend the cause. */
	return d->session.list || d->held_since ? 0 : r;
}

static void stop(struct nsa_daemon *d)
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

/* If the loop failed, the mark of the claim stays, so that status reports a daemon that died. */
static void release_claim(struct nsa_daemon *d, bool failed)
{
	if (d->claim >= 0 && !failed)
		nsa_follower_resign(d->claim);
	nsa_closep(&d->claim);
}

int nsa_daemon(const char *bpffs, bool until_detached)
{
	struct nsa_daemon d = { .bpffs = bpffs,
				.until_detached = until_detached,
				.claim = -1,
				.last_lock = -1,
				.session = { .lock = -1 } };
	bool started;
	int r;

	r = nsa_feature_check_privileges();
	if (!r)
		r = nsa_pin_init(bpffs);
	if (!r) {
		nsa_log_stamp(); /* messages before this are those of a command */
		r = start(&d);
	}
	started = !r;
	if (!r) {
		r = sd_event_loop(d.loop);
		if (r < 0 && r != -ESTALE) /* -ESTALE has been logged */
			nsa_err(r, "ends: the event loop failed: %s", strerror(-r));
	}
	stop(&d);
	release_claim(&d, started && r < 0);
	nsa_closep(&d.last_lock);
	return r;
}
