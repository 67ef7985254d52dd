// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "daemon/namespaces.h"
#include "kernel/netns_list.h"
#include "kernel/netns_watch.h"
#include "maps/netns.h"
#include "maps/owners.h"
#include "model/snapshot_endpoints.h"
#include "reconcile/owner.h"
#include "reconcile/snapshot_read_endpoints.h"
#include "util/clock.h"
#include "util/log.h"

/* CPU time for reading namespaces in one turn. */
#define READ_USEC 10000
/* Failures in a row before a warning: reading a namespace that is dying fails, too. */
#define UNREAD_WARNED 4

int nsa_namespaces_mark(struct nsa_daemon *d, __u64 cookie, bool whole)
{
	return nsa_pending_add(&d->changed, cookie, whole, nsa_clock_usec(CLOCK_MONOTONIC));
}

bool nsa_namespaces_is_owner(const struct nsa_daemon *d, __u64 cookie)
{
	struct nsaccel_owner owner;
	struct nsaccel_netns ns;
	int r = nsa_maps_netns_get(d->session.maps, cookie, &ns);

	if (r < 0)
		return r != -ENOENT;
	return nsa_maps_owner_get(d->session.maps, ns.slot, &owner) || owner.cookie == cookie;
}

void nsa_namespaces_forget(struct nsa_daemon *d, __u64 cookie)
{
	struct nsaccel_netns ns;

	nsa_pending_forget(&d->changed, cookie);
	/* Policy rules may name a namespace that is behind no port. */
	if (d->state && d->state->owner_count &&
	    nsa_maps_netns_get(d->session.maps, cookie, &ns) != -ENOENT)
		d->state->owners[0]->dirty |= NSA_DIRTY_PORTS;
	for (size_t i = 0; d->state && i < d->state->owner_count; i++)
		if (nsa_snapshot_forget_endpoints(d->state->owners[i]->snapshot, cookie))
			d->state->owners[i]->dirty |= NSA_DIRTY_PORTS;
}

/* The namespace cannot be reached, but is not known to be dead: its endpoints are kept, marked
 * as unread. */
static int keep_endpoints(struct nsa_daemon *d, __u64 cookie)
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

void nsa_namespaces_subscribe(struct nsa_daemon *d)
{
	int r;

	for (size_t i = 0; i < d->session.list->count; i++) {
		r = nsa_rtnl_monitor_add(d->events, &d->session.list->ns[i]);
		if (r < 0 && r != -ENOENT && r != -ESTALE)
			nsa_debug("subscribe to namespace %s: %s", d->session.list->ns[i].name,
				  strerror(-r));
	}
}

/* An owner that was out of reach is opened again. */
static void add_found(struct nsa_daemon *d, __u64 cookie)
{
	if (nsa_namespaces_mark(d, cookie, true))
		d->work |= NSA_WORK_LOAD;
	if (nsa_namespaces_is_owner(d, cookie))
		d->work |= NSA_WORK_OWNERS;
}

int nsa_namespaces_scan(struct nsa_daemon *d)
{
	struct nsa_netns_list *old = d->session.list, *list = NULL;
	int r;

	nsa_netns_watch_drain(d->watch);
	r = nsa_netns_list_get(&list);
	if (r < 0)
		return nsa_err(r, "list network namespaces: %s", strerror(-r));
	d->session.list = list;
	nsa_namespaces_subscribe(d);
	/* With nothing attached, nobody reads them. */
	for (size_t i = 0; d->state && i < list->count; i++)
		if (d->work & NSA_WORK_REREAD || !nsa_netns_find(old, list->ns[i].cookie))
			add_found(d, list->ns[i].cookie);
	r = 0;
	for (size_t i = 0; !r && i < old->count; i++)
		if (!nsa_netns_find(list, old->ns[i].cookie))
			r = keep_endpoints(d, old->ns[i].cookie);
	nsa_netns_list_free(old);
	for (size_t i = 0; d->state && i < d->state->owner_count; i++)
		nsa_owner_find(d->state, d->state->owners[i]); /* they pointed into the old list */
	d->work &= ~(NSA_WORK_SCAN | NSA_WORK_REREAD);
	if (r < 0) /* the old list, which had the others, is gone */
		d->work |= NSA_WORK_LOAD;
	return r;
}

/* If a namespace cannot be read, its endpoints are kept, marked as unread. */
static int read_endpoints(struct nsa_daemon *d, const struct nsa_netns *ns)
{
	bool whole = nsa_pending_is_whole(&d->changed, ns->cookie);
	int r, first = 0;

	for (size_t i = 0; i < d->state->owner_count; i++) {
		struct nsa_owner *owner = d->state->owners[i];
		bool found = false;

		if (!owner->ns || owner->cookie == ns->cookie)
			continue;
		r = whole ? nsa_snapshot_read_endpoints(&owner->reader, ns, &found) :
			    nsa_snapshot_read_addrs_of(&owner->reader, ns, &found);
		/* The socket would keep the owner's namespace alive. */
		nsa_snapshot_reader_close(&owner->reader);
		first = first ?: r;
		if (!found)
			continue;
		owner->dirty |= NSA_DIRTY_PORTS | NSA_DIRTY_HOPS;
		nsa_cookies_note(&d->changed_by_read, ns->cookie);
	}
	return first;
}

static void report_unread(const struct nsa_netns *ns, int r, unsigned int failures)
{
	const char *why = r == -EAGAIN ? "it changes too often" :
			  r == -E2BIG  ? "it has too many devices or addresses" :
					 strerror(-r);

	nsa_debug("read namespace %s: %s", ns->name, why);
	if (failures == UNREAD_WARNED)
		nsa_warn("namespace %s cannot be read (%s); its endpoints stay as they were read "
			 "last",
			 ns->name, why);
}

/* CPU time is charged, since the load of other processes is not caused by the namespace. */
void nsa_namespaces_read_changed(struct nsa_daemon *d)
{
	__u64 start = nsa_clock_usec(CLOCK_THREAD_CPUTIME_ID), before = start, now, cookie;
	unsigned int failures;

	d->changed_by_read.count = 0;
	while (before - start < READ_USEC &&
	       nsa_pending_next(&d->changed, nsa_clock_usec(CLOCK_MONOTONIC), &cookie)) {
		const struct nsa_netns *ns = nsa_netns_find(d->session.list, cookie);
		int r = ns ? read_endpoints(d, ns) : 0;

		now = nsa_clock_usec(CLOCK_THREAD_CPUTIME_ID);
		failures = nsa_pending_done(&d->changed, cookie, nsa_clock_usec(CLOCK_MONOTONIC),
					    now - before, r >= 0);
		before = now;
		if (r < 0)
			report_unread(ns, r, failures);
		/* The namespace's path leads elsewhere now. */
		d->work |= r == -ENOENT || r == -ESTALE ? NSA_WORK_SCAN : 0;
	}
}

void nsa_namespaces_charge(struct nsa_daemon *d, __u64 took)
{
	for (size_t i = 0; i < d->changed_by_read.count; i++)
		nsa_pending_charge(&d->changed, d->changed_by_read.items[i],
				   nsa_clock_usec(CLOCK_MONOTONIC),
				   took / d->changed_by_read.count);
}
