// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "daemon/firewall_monitor.h"
#include "dataplane/netfilter_probe.h"
#include "firewall/firewall.h"
#include "util/log.h"

struct entry {
	struct nsa_firewall_monitor *monitor;
	struct entry *next;
	__u64 cookie;
	struct nsa_firewall_watch watch;
	sd_event_source *nft, *xfrm;
};

struct nsa_firewall_monitor {
	sd_event *loop;
	void (*notify)(void *data);
	void *data;
	struct nsa_state *state;
	struct entry *entries;
};

static void mark(const struct nsa_firewall_monitor *monitor, __u64 cookie)
{
	struct nsa_owner *owner = nsa_state_find(monitor->state, cookie);

	if (owner)
		owner->dirty |= NSA_DIRTY_FIREWALL;
}

static int on_change(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct entry *entry = data;
	struct nsa_firewall_monitor *monitor = entry->monitor;

	(void)source;
	(void)fd;
	(void)revents;
	if (!nsa_firewall_watch_drain(&entry->watch))
		return 0;
	mark(monitor, entry->cookie);
	monitor->notify(monitor->data); /* the handler may free the entry */
	return 0;
}

static void close_entry(struct entry *entry)
{
	sd_event_source_disable_unref(entry->nft);
	sd_event_source_disable_unref(entry->xfrm);
	nsa_firewall_watch_close(&entry->watch);
	free(entry);
}

static int listen_on(struct entry *entry, int fd, sd_event_source **source)
{
	return fd < 0 ?
		       0 :
		       sd_event_add_io(entry->monitor->loop, source, fd, EPOLLIN, on_change, entry);
}

static int watch_entry(struct entry *entry, const struct nsa_owner *owner)
{
	int r = nsa_firewall_watch_open(owner->ns, &entry->watch);

	if (!r)
		r = listen_on(entry, entry->watch.nft, &entry->nft);
	if (r >= 0)
		r = listen_on(entry, entry->watch.xfrm, &entry->xfrm);
	return r;
}

/* If that fails, it is tried again in each cycle. */
static void open_entry(struct nsa_firewall_monitor *monitor, const struct nsa_owner *owner)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	int r = -ENOMEM;

	if (entry) {
		*entry = (struct entry){ .monitor = monitor,
					 .next = monitor->entries,
					 .cookie = owner->cookie,
					 .watch = { -1, -1 } };
		r = watch_entry(entry, owner);
	}
	if (r < 0) {
		nsa_err(r, "watch the firewall of %s: %s; it is read each second", owner->ns->name,
			strerror(-r));
		if (entry)
			close_entry(entry);
		return;
	}
	monitor->entries = entry;
	mark(monitor, entry->cookie); /* changes from before the watch was opened */
}

static bool has_owner(const struct nsa_state *state, __u64 cookie)
{
	const struct nsa_owner *owner = nsa_state_find(state, cookie);

	return owner && owner->ns;
}

static bool is_watched(const struct nsa_firewall_monitor *monitor, __u64 cookie)
{
	for (const struct entry *entry = monitor->entries; entry; entry = entry->next)
		if (entry->cookie == cookie)
			return true;
	return false;
}

void nsa_firewall_monitor_update(struct nsa_firewall_monitor *monitor, struct nsa_state *state)
{
	struct entry **link = &monitor->entries, *entry;

	monitor->state = state;
	while ((entry = *link)) {
		if (has_owner(state, entry->cookie)) {
			link = &entry->next;
		} else {
			*link = entry->next;
			close_entry(entry);
		}
	}
	for (size_t i = 0; state && i < state->owner_count; i++)
		if (state->owners[i]->ns && !is_watched(monitor, state->owners[i]->cookie))
			open_entry(monitor, state->owners[i]);
}

/* The programs see another netfilter state than the one that the gates were set for. They pass
 * all packets until the firewall is read again. */
static bool has_netfilter_changed(const struct nsa_owner *owner)
{
	const struct nsaccel_netfilter *at_gates = &owner->record.gate_netfilter;
	struct nsaccel_netfilter seen;

	if (!at_gates->known)
		return false;
	nsa_netfilter_probe(owner->ns, &seen);
	return memcmp(at_gates, &seen, sizeof(seen)) != 0;
}

/* Polls the parts of a firewall that have no notifications. */
static bool has_changed(const struct nsa_owner *owner)
{
	struct nsa_firewall firewall;
	__u64 hooks;

	if (has_netfilter_changed(owner))
		return true;
	if (nsa_firewall_is_polled(owner->ns))
		return nsa_firewall_detect(owner->ns, &firewall) ||
		       firewall.fingerprint != owner->ruleset;
	return nsa_firewall_hooks(owner->ns, &hooks) || hooks != owner->hooks;
}

void nsa_firewall_monitor_poll(struct nsa_firewall_monitor *monitor)
{
	for (size_t i = 0; monitor->state && i < monitor->state->owner_count; i++) {
		struct nsa_owner *owner = monitor->state->owners[i];

		if (owner->ns && (!is_watched(monitor, owner->cookie) || has_changed(owner)))
			owner->dirty |= NSA_DIRTY_FIREWALL;
	}
}

int nsa_firewall_monitor_new(sd_event *loop, void (*notify)(void *data), void *data,
			     struct nsa_firewall_monitor **out)
{
	struct nsa_firewall_monitor *monitor = calloc(1, sizeof(*monitor));

	if (!monitor)
		return nsa_err(-ENOMEM, "watch firewalls: %s", strerror(ENOMEM));
	monitor->loop = loop;
	monitor->notify = notify;
	monitor->data = data;
	*out = monitor;
	return 0;
}

void nsa_firewall_monitor_free(struct nsa_firewall_monitor *monitor)
{
	if (!monitor)
		return;
	nsa_firewall_monitor_update(monitor, NULL);
	free(monitor);
}
