// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "daemon/claim.h"
#include "daemon/daemon.h"
#include "daemon/firewall_monitor.h"
#include "daemon/owner_monitor.h"
#include "daemon/publish.h"
#include "kernel/features.h"
#include "kernel/netns_list.h"
#include "kernel/netns_watch.h"
#include "kernel/rtnl_monitor.h"
#include "maps/follower.h"
#include "maps/netns_name.h"
#include "maps/pin.h"
#include "model/pending.h"
#include "reconcile/bridges.h"
#include "reconcile/carriers.h"
#include "reconcile/fdb.h"
#include "reconcile/neighbours.h"
#include "reconcile/notify.h"
#include "reconcile/owner.h"
#include "reconcile/owners.h"
#include "reconcile/poll.h"
#include "reconcile/ports_hooks.h"
#include "reconcile/reconcile.h"
#include "reconcile/teardown.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/cookies.h"
#include "util/json.h"
#include "util/log.h"

/* So often stale neighbours are confirmed that the fast path uses: packets that go to a MAC that nobody
 * has any more do so for no longer than in the kernel. */
#define CONFIRM_USEC 100000
/* What nobody tells of, but what changes where packets go, is looked at so often. */
#define TICK_USEC 1000000
/* Entries of bridges that forget soon (reconcile/bridges.h). */
#define REFRESH_USEC 5000000
/* After events were taken care of, as long as this none are read: a flood costs less in larger lots. */
#define PAUSE_USEC 1000
/* What went wrong is tried again after twice this, then after ever longer, 8 s in the end. */
#define RETRY_USEC 1000
#define RETRY_MAX  13
/* What is read of namespaces at once, before others have their turn. */
#define READ_USEC 10000
/* So often it is tried to get the lock while another process has it, which is said after so long. */
#define LOCK_USEC     10000
#define PATIENCE_USEC 1000000
/* The rest of what nobody tells of: some sysctls, others' BPF programs, namespaces of processes. */
#define LOOK_USEC 60000000ULL

struct daemon {
	const char *bpffs;
	dev_t device; /* of bpffs */
	bool until_detached;
	int claim;     /* to be the daemon */
	int last_lock; /* the lock, of one that ends */
	sd_event *loop;
	struct nsa_session session; /* its lock is held while maps are changed */
	struct nsa_state *state;    /* NULL: nothing is attached */
	__u32 changes;		    /* of the maps, by others, that the state knows of */
	struct nsa_events *events;  /* of devices and addresses in all namespaces */
	struct nsa_owner_events *owners;
	struct nsa_netns_watch *watch;
	struct nsa_publisher *publisher;
	struct nsa_firewall_watches *firewalls;
	sd_event_source *pins;
	sd_event_source *inputs[2], *pause; /* events, and the end of a pause in reading them */
	sd_event_source *retry, *unlocked, *due; /* due: the next of those that changed */
	unsigned int failures;			 /* in a row */
	uint64_t held_since; /* by another process: the lock that is wanted; 0: it isn't */
	bool held_told;
	bool ready;
	struct nsa_pending changed; /* namespaces whose devices or addresses have changed */
	struct nsa_cookies news;    /* of those read last, which weren't as before */
	struct nsa_cookies dead;    /* owners that are no more */
	bool scan;		    /* namespaces may have come or gone */
	bool lost;		    /* news of namespaces: look at each again */
	bool reload;		    /* the maps were changed by others: read it all anew */
	bool incomplete;  /* there may be owners that the state hasn't, or that have to go */
	bool takes_stock; /* what failed is tried again, from what the maps say of it */
	bool waits;	  /* with all three, since something failed */
};

/* Telling */

static void tell(void *data, const struct nsa_difference *change)
{
	struct daemon *d = data;
	json_t *event = json_pack("{s:s, s:o*, s:s*}", "event", change->event, change->key,
				  nsa_json_text(change->subject), "detail",
				  *change->detail ? change->detail : NULL);
	char name[NSACCEL_NETNS_NAME];
	bool known = nsa_netns_name(&d->session, change->cookie, name);

	json_object_update_new(event, nsa_json_netns(known ? name : "", change->cookie));
	nsa_publish(d->publisher, event);
}

static void tell_plainly(struct daemon *d, const char *event)
{
	if (nsa_publish_wanted(d->publisher))
		nsa_publish(d->publisher, json_pack("{s:s}", "event", event));
}

/* Namespaces */

static int note_changed(struct daemon *d, __u64 cookie, bool whole)
{
	return nsa_pending_add(&d->changed, cookie, whole, nsa_clock_usec(CLOCK_MONOTONIC));
}

static void forget_endpoints(struct daemon *d, __u64 cookie)
{
	struct nsaccel_netns ns;

	nsa_pending_forget(&d->changed, cookie);
	/* It may stand in rules, though it is behind no port. */
	if (d->state && d->state->owner_count &&
	    nsa_maps_netns_get(d->session.maps, cookie, &ns) != -ENOENT)
		d->state->owners[0]->dirty |= NSA_DIRTY_PORTS;
	for (size_t i = 0; d->state && i < d->state->owner_count; i++)
		if (nsa_snapshot_forget_endpoints(d->state->owners[i]->snapshot, cookie))
			d->state->owners[i]->dirty |= NSA_DIRTY_PORTS;
}

/* It can't be reached any more, but nobody says that it is dead: what is known of it is kept. */
static int miss_endpoints(struct daemon *d, __u64 cookie)
{
	bool had;
	int r = 0;

	for (size_t i = 0; !r && d->state && i < d->state->owner_count; i++) {
		r = nsa_snapshot_miss(d->state->owners[i]->snapshot, cookie, &had);
		if (had)
			d->state->owners[i]->dirty |= NSA_DIRTY_PORTS | NSA_DIRTY_HOSTS;
	}
	return r < 0 ? nsa_err(r, "keep endpoints of namespace %llu: %s", cookie, strerror(-r)) : 0;
}

/* Hears them before they are read, so that nothing is missed in between. */
static int hear(struct daemon *d)
{
	int r;

	for (size_t i = 0; i < d->session.list->count; i++) {
		r = nsa_events_add(d->events, &d->session.list->ns[i]);
		if (r < 0 && r != -ENOENT && r != -ESTALE)
			nsa_debug("hear namespace %s: %s", d->session.list->ns[i].name,
				  strerror(-r));
	}
	return 0;
}

/* Those that came are read. Those that went out of sight aren't dead for that. */
static int scan(struct daemon *d)
{
	struct nsa_netns_list *old = d->session.list, *list = NULL;
	int r;

	nsa_netns_watch_drain(d->watch);
	r = nsa_netns_list_get(&list);
	if (r < 0)
		return nsa_err(r, "list network namespaces: %s", strerror(-r));
	d->session.list = list;
	hear(d);
	for (size_t i = 0; i < list->count; i++)
		if (d->lost || !nsa_netns_find(old, list->ns[i].cookie))
			note_changed(d, list->ns[i].cookie, true);
	r = 0;
	for (size_t i = 0; !r && i < old->count; i++)
		if (!nsa_netns_find(list, old->ns[i].cookie))
			r = miss_endpoints(d, old->ns[i].cookie);
	nsa_netns_list_free(old);
	for (size_t i = 0; d->state && i < d->state->owner_count; i++)
		nsa_owner_find(d->state, d->state->owners[i]); /* they pointed into the old one */
	d->scan = d->lost = false;
	return r;
}

/* Of what can't be read, what is known stays, and is marked. */
static int read_endpoints(struct daemon *d, const struct nsa_netns *ns)
{
	bool whole = nsa_pending_is_whole(&d->changed, ns->cookie);
	int r, first = 0;

	for (size_t i = 0; i < d->state->owner_count; i++) {
		struct nsa_owner *owner = d->state->owners[i];
		bool found = false;

		if (!owner->ns || owner->cookie == ns->cookie)
			continue;
		r = whole ? nsa_snapshot_read_endpoints(owner->snapshot, ns, &found) :
			    nsa_snapshot_read_addrs_of(owner->snapshot, ns, &found);
		nsa_snapshot_close(owner->snapshot); /* its socket keeps the owner alive */
		if (!found)
			continue;
		owner->dirty |= NSA_DIRTY_PORTS | NSA_DIRTY_HOPS;
		nsa_cookies_note(&d->news, ns->cookie);
		first = first ? first : r;
	}
	return first;
}

/* Failures in a row before it is worth a line: a namespace that dies has some. */
#define UNREAD_TOLD 4

static void tell_unread(const struct nsa_netns *ns, int r, unsigned int failures)
{
	const char *why = r == -EAGAIN ? "it changes all the time" :
			  r == -E2BIG  ? "it has too many devices or addresses" :
					 strerror(-r);

	nsa_debug("read namespace %s: %s", ns->name, why);
	if (failures == UNREAD_TOLD)
		nsa_warn("namespace %s can't be read (%s): its endpoints stay as they were",
			 ns->name, why);
}

/* Those whose time it is, as far as it goes. CPU time: how busy others are is none of its doing. */
static void read_changed(struct daemon *d)
{
	__u64 start = nsa_clock_usec(CLOCK_THREAD_CPUTIME_ID), before = start, now, cookie;
	unsigned int failures;

	d->news.count = 0;
	while (before - start < READ_USEC &&
	       nsa_pending_next(&d->changed, nsa_clock_usec(CLOCK_MONOTONIC), &cookie)) {
		const struct nsa_netns *ns = nsa_netns_find(d->session.list, cookie);
		int r = ns ? read_endpoints(d, ns) : 0;

		now = nsa_clock_usec(CLOCK_THREAD_CPUTIME_ID);
		failures = nsa_pending_done(&d->changed, cookie, nsa_clock_usec(CLOCK_MONOTONIC),
					    now - before, r >= 0);
		before = now;
		if (r < 0)
			tell_unread(ns, r, failures);
		d->scan |= r == -ENOENT || r == -ESTALE; /* where it was it isn't */
	}
}

/* Settling */

static bool is_dirty(const struct nsa_owner *owner)
{
	return owner->dirty || owner->nexthops_pending || owner->table->dirty_count ||
	       nsa_owner_learnt_due(owner) <= nsa_clock_usec(CLOCK_MONOTONIC);
}

static bool is_any_dirty(const struct daemon *d)
{
	for (size_t i = 0; d->state && i < d->state->owner_count; i++)
		if (is_dirty(d->state->owners[i]))
			return true;
	return false;
}

/* What nobody else has to do with is theirs. */
static void charge(struct daemon *d, __u64 took)
{
	for (size_t i = 0; i < d->news.count; i++)
		nsa_pending_charge(&d->changed, d->news.items[i], nsa_clock_usec(CLOCK_MONOTONIC),
				   took / d->news.count);
}

/* Of what failed, some was done: what stands in the map is looked at, and each hook. */
static int take_stock(const struct nsa_state *state, struct nsa_owner *owner)
{
	struct nsa_ports ports = {};
	int r = nsa_owner_ports(state->session, owner->cookie, &ports);

	if (r < 0)
		return r;
	nsa_ports_free(&owner->ports);
	owner->ports = ports;
	owner->dirty |= NSA_DIRTY_PORTS | NSA_DIRTY_HOOKS;
	return 0;
}

static int settle_owner(struct daemon *d, struct nsa_owner *owner)
{
	int r;

	if (!is_dirty(owner))
		return 0;
	r = d->takes_stock ? take_stock(d->state, owner) : 0;
	return r < 0 ? r : nsa_reconcile(&(struct nsa_run){ .state = d->state }, owner);
}

static int settle_or_remove(struct daemon *d, struct nsa_owner *owner)
{
	__u64 cookie = owner->cookie;
	int r;

	if (nsa_owner_find(d->state, owner) < 0) { /* it can't be reached any more */
		nsa_state_forget(d->state, cookie);
		r = nsa_teardown_dead(d->state);
		d->incomplete |= r < 0;
		return r;
	}
	r = settle_owner(d, owner);
	if (r == -ENODEV) {
		r = nsa_owner_remove(d->state, cookie);
		d->incomplete |= r < 0; /* it may be out of the state, but not out of the maps */
	} else if (r == -ENOENT || r == -ESTALE) {
		d->reload = true; /* where it was it isn't: another path may lead there */
	}
	return r;
}

/* Alone, and after all else, so that what it takes is known, and nobody else's changes wait for it. */
static int settle_carriers(struct nsa_state *state, struct nsa_owner *owner)
{
	__u64 start = nsa_clock_usec(CLOCK_THREAD_CPUTIME_ID);
	int r;

	if (!nsa_owner_carriers_take(owner))
		return 0;
	r = nsa_reconcile(&(struct nsa_run){ .state = state }, owner);
	nsa_owner_carriers_pay(owner, nsa_clock_usec(CLOCK_THREAD_CPUTIME_ID) - start);
	return r;
}

/* Of a namespace that dies its devices may outlive the news. */
static int remove_dead(struct daemon *d)
{
	size_t n = 0;
	int r, first = 0;

	for (size_t i = 0; i < d->dead.count; i++) {
		r = nsa_owner_remove(d->state, d->dead.items[i]);
		if (r < 0)
			d->dead.items[n++] = d->dead.items[i];
		first = first ? first : r;
	}
	d->dead.count = n;
	return first;
}

/* What couldn't be read for a moment must not stay away until its next message. */
static int note_missed(struct daemon *d, const struct nsa_snapshot *snapshot)
{
	int r = 0;

	for (size_t i = 0; !r && i < snapshot->missed_count; i++) {
		d->scan = true; /* it may be found elsewhere */
		r = note_changed(d, snapshot->missed[i], true);
	}
	return r;
}

static int open_owner(struct daemon *d, __u64 cookie)
{
	const struct nsa_netns *ns = nsa_netns_find(d->session.list, cookie);
	struct nsa_owner *owner;
	int r;

	if (!ns) /* out of reach, but alive: its pinned links say so */
		return 0;
	r = nsa_owner_events_add(d->owners, ns); /* first, so that nothing is missed */
	if (!r)
		r = nsa_owner_open(d->state, ns, &owner);
	return r ? r : note_missed(d, owner->snapshot);
}

/* All that have ports; those that are there already are left alone. */
static int open_owners(struct daemon *d)
{
	__cleanup(nsa_freep) __u64 *cookies = NULL;
	size_t count = 0;
	int r, first;

	d->incomplete = false;
	first = nsa_teardown_dead(d->state);
	r = nsa_owners_list(&d->session, &cookies, &count);
	first = first ? first : r;
	for (size_t i = 0; i < count; i++) {
		r = open_owner(d, cookies[i]);
		first = first ? first : r;
	}
	if (first < 0) /* where one was it may not be any more */
		d->incomplete = d->scan = true;
	return first;
}

/* Each has its turn, whatever fails; that stays dirty. The first error. */
static int settle_owners(struct daemon *d)
{
	bool others;
	__u64 start;
	int r, first;

	d->state->diff.tell = nsa_publish_wanted(d->publisher) ? tell : NULL;
	d->state->diff.data = d;
	first = remove_dead(d);
	if (d->incomplete && !d->waits) {
		r = open_owners(d);
		first = first ? first : r;
	}
	others = is_any_dirty(d);
	read_changed(d);
	start = nsa_clock_usec(CLOCK_THREAD_CPUTIME_ID);
	/* Backwards: an owner that goes away leaves its place to a later one. */
	for (size_t i = d->state->owner_count; i-- > 0;) {
		if (i >= d->state->owner_count)
			continue;
		r = settle_or_remove(d, d->state->owners[i]);
		first = first ? first : r;
	}
	d->takes_stock = false;
	if (!others)
		charge(d, nsa_clock_usec(CLOCK_THREAD_CPUTIME_ID) - start);
	for (size_t i = 0; i < d->state->owner_count; i++) {
		r = settle_carriers(d->state, d->state->owners[i]);
		first = first ? first : r;
	}
	return first;
}

static void close_all(struct daemon *d)
{
	nsa_state_close(d->state);
	d->state = NULL;
	nsa_session_close(&d->session);
	d->session = (struct nsa_session){ .lock = -1 };
}

static int watch_pins(struct daemon *d);

/* With the last owner the pins of the maps have gone. */
static void forget_if_empty(struct daemon *d)
{
	char path[PATH_MAX];

	if (!d->session.maps || nsa_pin_path(path, "meta") || !access(path, F_OK))
		return;
	nsa_state_close(d->state);
	d->state = NULL;
	nsa_maps_close(d->session.maps);
	d->session.maps = NULL;
}

/* The lock is kept to the end: a command that attaches meanwhile looks for a daemon after it. */
static void end_if_detached(struct daemon *d)
{
	if (d->session.maps || !d->until_detached)
		return;
	nsa_info("ends: nothing is attached any more");
	d->last_lock = TAKE_FD(d->session.lock);
	sd_event_exit(d->loop, 0);
}

/* The lock, or -EAGAIN: nobody is waited for, since events have to be read meanwhile. */
static int take_lock(struct daemon *d)
{
	uint64_t now = 0;
	bool tell;
	int lock;

	sd_event_now(d->loop, CLOCK_MONOTONIC, &now);
	tell = d->held_since && !d->held_told && now - d->held_since >= PATIENCE_USEC;
	lock = nsa_pin_trylock(tell);
	if (lock != -EAGAIN) {
		d->held_since = 0;
		d->held_told = false;
		return lock;
	}
	d->held_told |= tell;
	d->held_since = d->held_since ? d->held_since : now;
	sd_event_source_set_time_relative(d->unlocked, LOCK_USEC);
	sd_event_source_set_enabled(d->unlocked, SD_EVENT_ONESHOT);
	return -EAGAIN;
}

static int open_mirror(struct daemon *d)
{
	int r;

	if (!d->session.maps)
		return 0;
	r = nsa_maps_changes(d->session.maps, &d->changes);
	return r < 0 ? nsa_err(r, "read map meta: %s", strerror(-r)) :
		       nsa_state_open(&d->session, &d->state);
}

/* With a bpffs goes all that is pinned there. What the daemon has claimed was for that one. */
static bool has_lost_bpffs(struct daemon *d)
{
	if (nsa_pin_device() == d->device)
		return false;
	nsa_err(-ESTALE,
		"ends: the bpffs at %s isn't the one any more that was there when it started. If "
		"that was unmounted, nothing is attached, and what was confined is open: nsaccel "
		"attach begins anew",
		d->bpffs);
	sd_event_exit(d->loop, -ESTALE);
	return true;
}

/* From the maps and the kernel, as if just started. What was there is kept true until they are open. */
static int load(struct daemon *d)
{
	struct nsa_session session;
	int r, lock, watched;

	if (has_lost_bpffs(d))
		return -ESTALE;
	r = nsa_pin_init(d->bpffs);
	lock = r < 0 ? r : take_lock(d);
	if (lock < 0)
		return lock;
	d->scan = true; /* that is drained, and the list may fail */
	nsa_netns_watch_drain(d->watch);
	r = nsa_session_locked(lock, false, &session);
	if (r < 0)
		return r;
	close_all(d);
	d->session = session;
	d->scan = d->lost = false;
	d->incomplete = true;
	nsa_pending_clear(&d->changed);
	hear(d);
	r = open_mirror(d);
	d->reload = r < 0;
	if (d->state)
		r = settle_owners(d);
	forget_if_empty(d);
	end_if_detached(d);
	watched = watch_pins(d);
	d->reload |= watched < 0;
	nsa_closep(&d->session.lock);
	d->session.lock = -1;
	tell_plainly(d, "resync");
	return r ? r : watched;
}

/* Has a command changed the maps? Then the state is of the past. */
static bool is_outdated(struct daemon *d)
{
	__u32 changes;

	return nsa_maps_changes(d->session.maps, &changes) || changes != d->changes;
}

/* When the next of what waits for its time is due; ~0: nothing does. */
static __u64 next_due(const struct daemon *d)
{
	__u64 first = nsa_pending_due(&d->changed), due;

	for (size_t i = 0; d->state && i < d->state->owner_count; i++) {
		due = nsa_pending_due(&d->state->owners[i]->carriers);
		first = due < first ? due : first;
		due = nsa_owner_learnt_due(d->state->owners[i]);
		first = due < first ? due : first;
	}
	return first;
}

static bool has_work(const struct daemon *d)
{
	if (d->dead.count || d->scan || d->incomplete ||
	    next_due(d) <= nsa_clock_usec(CLOCK_MONOTONIC))
		return true;
	return is_any_dirty(d);
}

static int settle(struct daemon *d)
{
	int r = 0;

	if (d->reload && !d->waits)
		return load(d);
	if (!d->session.list || !has_work(d)) /* nothing was opened yet, or all is well */
		return 0;
	if (d->scan)
		r = scan(d);
	if (r < 0 || !d->state)
		return r;
	r = take_lock(d);
	if (r < 0)
		return r;
	d->session.lock = r;
	r = 0;
	if (is_outdated(d))
		d->reload = true;
	else
		r = settle_owners(d);
	nsa_closep(&d->session.lock);
	d->session.lock = -1;
	return d->reload && !d->waits ? load(d) : r;
}

/* What is dirty is dirty still. To read it all anew takes long, and makes events itself: that waits,
 * and meanwhile what can be done is done. */
static void retry_later(struct daemon *d)
{
	if (d->waits)
		return;
	d->waits = true;
	if (d->failures < RETRY_MAX)
		d->failures++;
	sd_event_source_set_time_relative(d->retry, RETRY_USEC << d->failures);
	sd_event_source_set_enabled(d->retry, SD_EVENT_ONESHOT);
}

/* Once there is a state to keep true, or nothing attached; whether all went well or not. */
static void tell_ready(struct daemon *d)
{
	if (d->ready || !d->session.list)
		return;
	d->ready = true;
	sd_notify(0, "READY=1");
	nsa_info("ready");
}

/* What waits for its time, or wasn't reached, brings itself to mind. */
static void read_when_due(struct daemon *d)
{
	__u64 due = next_due(d), first = nsa_clock_usec(CLOCK_MONOTONIC) + PAUSE_USEC;

	if (!d->state || due == ~0ULL || d->held_since)
		return;
	if (d->waits) /* what failed may have kept it from being read */
		first += LOCK_USEC;
	sd_event_source_set_time(d->due, due > first ? due : first);
	sd_event_source_set_enabled(d->due, SD_EVENT_ONESHOT);
}

static int settle_or_retry(struct daemon *d)
{
	int r = settle(d);

	if (r < 0 && !(r == -EAGAIN && d->held_since)) { /* which on_unlocked() ends */
		retry_later(d);
	} else if (d->failures && !d->waits && !d->held_since) {
		d->failures = 0;
		nsa_log_forget(); /* the next time it is news again */
	}
	read_when_due(d);
	nsa_owner_events_keep(d->owners, d->state);
	nsa_firewall_watches_update(d->firewalls, d->state);
	tell_ready(d);
	return r;
}

/* Sources */

/* Unless it certainly is none: what can't be read may be one. */
static bool is_owner(const struct daemon *d, __u64 cookie)
{
	struct nsaccel_owner owner;
	struct nsaccel_netns ns;
	int r = nsa_maps_netns_get(d->session.maps, cookie, &ns);

	if (r < 0)
		return r != -ENOENT;
	return nsa_maps_owner_get(d->session.maps, ns.slot, &owner) || owner.cookie == cookie;
}

static void on_death(struct daemon *d, __u64 cookie)
{
	forget_endpoints(d, cookie);
	d->scan = true;
	if (is_owner(d, cookie) && nsa_cookies_note(&d->dead, cookie))
		d->reload = true;
}

static void on_news(void *data, __u64 cookie, const struct nlmsghdr *msg)
{
	struct daemon *d = data;
	enum nsa_news news;

	if (!d->state)
		return;
	news = nsa_feed(d->state, cookie, msg);
	if (news == NSA_NEWS_UNKNOWN)
		d->scan = true;
	if (news == NSA_NEWS_DEAD)
		on_death(d, cookie);
	if ((news == NSA_NEWS_ENDPOINTS || news == NSA_NEWS_ADDRS) &&
	    note_changed(d, cookie, news == NSA_NEWS_ENDPOINTS))
		d->reload = true;
}

/* Owners go on being heard while all the others are left alone: who floods his own namespace keeps no
 * owner's change from being followed. */
static int rest(struct daemon *d, sd_event_source *source)
{
	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	sd_event_source_set_time_relative(d->pause, PAUSE_USEC);
	return sd_event_source_set_enabled(d->pause, SD_EVENT_ONESHOT);
}

static int on_owners(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct daemon *d = data;
	bool more = nsa_owner_events_read(d->owners, d->state);

	(void)fd;
	(void)revents;
	settle_or_retry(d);
	return more ? 0 : rest(d, source); /* no time for a pause */
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct daemon *d = data;
	int r = nsa_events_read(d->events, on_news, d);

	(void)fd;
	(void)revents;
	if (r < 0) {
		nsa_debug("events were lost: %s", strerror(-r));
		d->scan = d->incomplete = d->lost = true;
	}
	settle_or_retry(d);
	return r > 0 ? 0 : rest(d, source);
}

static int on_pause_end(sd_event_source *source, uint64_t usec, void *data)
{
	struct daemon *d = data;

	(void)source;
	(void)usec;
	for (size_t i = 0; i < sizeof(d->inputs) / sizeof(*d->inputs); i++)
		sd_event_source_set_enabled(d->inputs[i], SD_EVENT_ON);
	return 0;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *data)
{
	struct daemon *d = data;

	(void)source;
	(void)usec;
	d->waits = false;
	d->takes_stock = true;
	settle_or_retry(d);
	return 0;
}

static int on_due(sd_event_source *source, uint64_t at, void *data)
{
	(void)source;
	(void)at;
	settle_or_retry(data);
	return 0;
}

static int on_unlocked(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	settle_or_retry(data);
	return 0;
}

static int on_namespaces(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct daemon *d = data;

	(void)source;
	(void)fd;
	(void)revents;
	d->scan = true;
	settle_or_retry(d);
	return 0;
}

static int on_reader(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct daemon *d = data;

	(void)source;
	(void)fd;
	(void)revents;
	nsa_publisher_dispatch(d->publisher);
	return 0;
}

static int on_pins(sd_event_source *source, const struct inotify_event *event, void *data)
{
	struct daemon *d = data;

	(void)source;
	(void)event;
	if (!d->session.maps || is_outdated(d) || (event->mask & (IN_DELETE_SELF | IN_IGNORED)))
		d->reload = true;
	settle_or_retry(d);
	return 0;
}

/* The directory of the maps, where a command touches "meta"; where there is none yet, the ones
 * above it, where it will be made. */
static int watch_pins(struct daemon *d)
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
					 on_pins, d);
	return r < 0 ? nsa_err(r, "watch %s: %s", path, strerror(-r)) : 0;
}

static void on_firewalls(void *data)
{
	settle_or_retry(data);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *data)
{
	struct daemon *d = data;

	(void)usec;
	if (has_lost_bpffs(d))
		return 0;
	if (d->session.maps && is_outdated(d)) /* a killed command doesn't tell */
		d->reload = true;
	for (size_t i = 0; d->state && i < d->state->owner_count; i++) {
		struct nsa_owner *owner = d->state->owners[i];

		if (nsa_owner_find(d->state, owner))
			continue;
		owner->dirty |= nsa_poll(d->state, owner);
	}
	nsa_firewall_watches_poll(d->firewalls);
	settle_or_retry(d);
	if (!d->failures && !d->held_since)
		nsa_follower_confirm();
	return sd_event_source_set_time_relative(source, TICK_USEC);
}

static int on_confirm(sd_event_source *source, uint64_t usec, void *data)
{
	struct daemon *d = data;
	bool watched = false;

	(void)usec;
	for (size_t i = 0; d->state && i < d->state->owner_count; i++)
		if (!nsa_owner_find(d->state, d->state->owners[i]))
			watched |= nsa_neighbours_confirm(d->state, d->state->owners[i]);
	return sd_event_source_set_time_relative(source, watched ? CONFIRM_USEC : TICK_USEC);
}

static int on_refresh(sd_event_source *source, uint64_t usec, void *data)
{
	struct daemon *d = data;

	(void)usec;
	for (size_t i = 0; d->state && i < d->state->owner_count; i++)
		if (!nsa_owner_find(d->state, d->state->owners[i]))
			nsa_bridges_refresh(d->state, d->state->owners[i], false);
	return sd_event_source_set_time_relative(source, REFRESH_USEC);
}

static int on_look(sd_event_source *source, uint64_t usec, void *data)
{
	struct daemon *d = data;

	(void)usec;
	d->scan = true;
	for (size_t i = 0; d->state && i < d->state->owner_count; i++) {
		struct nsa_owner *owner = d->state->owners[i];

		nsa_snapshot_forget_device(owner->snapshot, 0);
		owner->dirty |= NSA_DIRTY_SETTINGS | NSA_DIRTY_PORTS | NSA_DIRTY_FIREWALL |
				NSA_DIRTY_EXCEPTIONS;
		nsa_ports_warn_unseen(d->state, owner);
		if (!nsa_owner_find(d->state, owner))
			nsa_bridges_refresh(d->state, owner, true);
	}
	settle_or_retry(d);
	return sd_event_source_set_time_relative(source, LOOK_USEC);
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	struct daemon *d = data;

	(void)source;
	(void)info;
	d->reload = true;
	settle_or_retry(d);
	return 0;
}

static void read_comm(__u32 pid, char *comm, size_t size)
{
	char path[32];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(comm, (int)size, file))
		comm[strcspn(comm, "\n")] = '\0';
	fclose(file);
}

/* Whoever ends it by mistake is to be found in the log. */
static int on_end(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	struct daemon *d = data;
	char comm[40] = "gone, or not to be seen from here";

	(void)source;
	if (!info->ssi_pid) {
		nsa_info("ends: SIG%s, from the terminal or the kernel",
			 sigabbrev_np((int)info->ssi_signo));
	} else {
		read_comm(info->ssi_pid, comm, sizeof(comm));
		nsa_info("ends: SIG%s from process %u (%s) of user %u",
			 sigabbrev_np((int)info->ssi_signo), info->ssi_pid, comm, info->ssi_uid);
	}
	return sd_event_exit(d->loop, 0);
}

static int add_timer(struct daemon *d, uint64_t after, sd_event_time_handler_t handler)
{
	sd_event_source *source;
	int r = sd_event_add_time_relative(d->loop, &source, CLOCK_MONOTONIC, after, after / 10,
					   handler, d);

	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(source, SD_EVENT_ON);
	if (r >= 0)
		r = sd_event_source_set_floating(source, true);
	sd_event_source_unref(source); /* the loop has its own reference now */
	return r;
}

/* For whoever sets a time for it. */
static int add_alarm(struct daemon *d, sd_event_source **source, sd_event_time_handler_t handler)
{
	int r = sd_event_add_time_relative(d->loop, source, CLOCK_MONOTONIC, 0, 1, handler, d);

	return r < 0 ? r : sd_event_source_set_enabled(*source, SD_EVENT_OFF);
}

static int add_sources(struct daemon *d)
{
	static const int ends[] = { SIGTERM, SIGINT };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < sizeof(ends) / sizeof(*ends); i++)
		r = sd_event_add_signal(d->loop, NULL, ends[i], on_end, d);
	if (r >= 0)
		r = sd_event_add_signal(d->loop, NULL, SIGHUP, on_hangup, d);
	if (r >= 0)
		r = sd_event_add_io(d->loop, &d->inputs[0], nsa_events_fd(d->events), EPOLLIN,
				    on_events, d);
	if (r >= 0)
		r = sd_event_add_io(d->loop, &d->inputs[1], nsa_owner_events_fd(d->owners), EPOLLIN,
				    on_owners, d);
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
	if (r >= 0) /* before more is heard: the lock may be free for a moment only */
		r = sd_event_source_set_priority(d->unlocked, SD_EVENT_PRIORITY_IMPORTANT);
	if (r >= 0)
		r = add_timer(d, CONFIRM_USEC, on_confirm);
	if (r >= 0)
		r = add_timer(d, TICK_USEC, on_tick);
	if (r >= 0)
		r = add_timer(d, REFRESH_USEC, on_refresh);
	if (r >= 0)
		r = add_timer(d, LOOK_USEC, on_look);
	if (r >= 0)
		r = sd_event_set_watchdog(d->loop, true);
	return r < 0 ? nsa_err(r, "set up the event loop: %s", strerror(-r)) : 0;
}

static int start(struct daemon *d)
{
	sigset_t signals;
	int r;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	r = sd_event_new(&d->loop);
	if (r < 0)
		return nsa_err(r, "set up the event loop: %s", strerror(-r));
	d->device = nsa_pin_device();
	r = nsa_claim(d->until_detached, &d->claim);
	if (!r)
		r = nsa_publisher_open(&d->publisher);
	if (!r)
		r = nsa_events_open(&d->events);
	if (!r)
		r = nsa_owner_events_new(&d->owners);
	if (!r)
		r = nsa_netns_watch_open(&d->watch);
	if (!r)
		r = nsa_firewall_watches_new(d->loop, on_firewalls, d, &d->firewalls);
	if (!r)
		r = add_sources(d);
	if (r < 0)
		return r;
	d->reload = true;
	r = settle_or_retry(d);
	/* What was opened can be tried again; what couldn't be is for whoever started it to mend. */
	return d->session.list || d->held_since ? 0 : r;
}

static void stop(struct daemon *d)
{
	nsa_firewall_watches_free(d->firewalls);
	close_all(d);
	nsa_netns_watch_close(d->watch);
	nsa_owner_events_free(d->owners);
	nsa_events_close(d->events);
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
	nsa_cookies_free(&d->news);
}

/* One whose loop failed leaves its mark: whoever looks is to know that it isn't meant to be gone. */
static void give_back(struct daemon *d, bool failed)
{
	if (d->claim >= 0 && !failed)
		nsa_follower_resign(d->claim);
	nsa_closep(&d->claim);
}

int nsa_daemon(const char *bpffs, bool until_detached)
{
	struct daemon d = { .bpffs = bpffs,
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
		nsa_log_stamp(); /* what was refused until here is a command's message */
		r = start(&d);
	}
	started = !r;
	if (!r) {
		r = sd_event_loop(d.loop);
		if (r < 0 && r != -ESTALE) /* which has been told */
			nsa_err(r, "ends, since its event loop failed: %s", strerror(-r));
	}
	stop(&d);
	give_back(&d, started && r < 0);
	nsa_closep(&d.last_lock);
	return r;
}
