// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "daemon/owner_monitor.h"
#include "kernel/rtnl_monitor.h"
#include "reconcile/notify.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Owners that are read in one call. */
#define MAX_READY 64

/* Each owner has one monitor of each kind. */
struct kind {
	int (*open)(const struct nsa_netns *ns, struct nsa_rtnl_monitor **out);
	/* Called when messages were lost. */
	void (*lost)(struct nsa_state *state, struct nsa_owner *owner);
};

static const struct kind kinds[] = { { nsa_rtnl_monitor_open_one, nsa_notify_lost },
				     { nsa_rtnl_monitor_open_bridges, nsa_notify_lost_fdb } };

struct entry {
	struct entry *next;
	__u64 cookie;
	const struct kind *kind;
	struct nsa_rtnl_monitor *events;
};

struct nsa_owner_monitor {
	int epoll;
	struct entry *entries;
};

int nsa_owner_monitor_new(struct nsa_owner_monitor **out)
{
	struct nsa_owner_monitor *set = calloc(1, sizeof(*set));

	if (!set)
		return nsa_err(-ENOMEM, "listen to owners: %s", strerror(ENOMEM));
	set->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (set->epoll < 0) {
		free(set);
		return nsa_err(-errno, "listen to owners: %s", strerror(errno));
	}
	*out = set;
	return 0;
}

static void close_entry(struct entry *entry)
{
	nsa_rtnl_monitor_close(entry->events); /* this also removes it from the epoll set */
	free(entry);
}

void nsa_owner_monitor_free(struct nsa_owner_monitor *set)
{
	if (!set)
		return;
	nsa_owner_monitor_keep(set, NULL);
	nsa_closep(&set->epoll);
	free(set);
}

int nsa_owner_monitor_fd(const struct nsa_owner_monitor *set)
{
	return set->epoll;
}

static struct entry *find(const struct nsa_owner_monitor *set, __u64 cookie,
			  const struct kind *kind)
{
	struct entry *entry = set->entries;

	while (entry && (entry->cookie != cookie || entry->kind != kind))
		entry = entry->next;
	return entry;
}

static int watch_entry(const struct nsa_owner_monitor *set, struct entry *entry)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = entry };

	return epoll_ctl(set->epoll, EPOLL_CTL_ADD, nsa_rtnl_monitor_fd(entry->events), &event) ?
		       -errno :
		       0;
}

static int add(struct nsa_owner_monitor *set, const struct nsa_netns *ns, const struct kind *kind)
{
	struct entry *entry;
	int r;

	if (find(set, ns->cookie, kind))
		return 0;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return nsa_err(-ENOMEM, "listen to namespace %s: %s", ns->name, strerror(ENOMEM));
	entry->cookie = ns->cookie;
	entry->kind = kind;
	r = kind->open(ns, &entry->events);
	if (!r) {
		r = watch_entry(set, entry);
		if (r < 0)
			nsa_err(r, "listen to namespace %s: %s", ns->name, strerror(-r));
	}
	if (r < 0) {
		close_entry(entry);
		return r;
	}
	entry->next = set->entries;
	set->entries = entry;
	return 0;
}

int nsa_owner_monitor_add(struct nsa_owner_monitor *set, const struct nsa_netns *ns)
{
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(kinds) / sizeof(*kinds); i++)
		r = add(set, ns, &kinds[i]);
	return r;
}

void nsa_owner_monitor_keep(struct nsa_owner_monitor *set, const struct nsa_state *state)
{
	struct entry **link = &set->entries, *entry;

	while ((entry = *link)) {
		const struct nsa_owner *owner = nsa_state_find(state, entry->cookie);

		if (owner && owner->ns) {
			link = &entry->next;
		} else {
			*link = entry->next;
			close_entry(entry);
		}
	}
}

struct listener {
	struct nsa_state *state;
	struct nsa_owner *owner; /* NULL: no longer an owner; its messages are dropped */
};

static void on_message(void *data, __u64 cookie, const struct nlmsghdr *msg)
{
	const struct listener *listener = data;

	(void)cookie;
	if (listener->owner)
		nsa_notify_owner(&(struct nsa_run){ .state = listener->state }, listener->owner,
				 msg);
}

static bool read_entry(const struct entry *entry, struct nsa_state *state)
{
	struct listener listener = { state, nsa_state_find(state, entry->cookie) };
	int r = nsa_rtnl_monitor_read(entry->events, on_message, &listener);

	if (r < 0 && listener.owner) {
		nsa_debug("events of the owner with cookie %llu were lost: %s", entry->cookie,
			  strerror(-r));
		entry->kind->lost(state, listener.owner);
	}
	return r > 0;
}

bool nsa_owner_monitor_read(struct nsa_owner_monitor *set, struct nsa_state *state)
{
	struct epoll_event ready[MAX_READY];
	int count = epoll_wait(set->epoll, ready, MAX_READY, 0);
	bool more = count == MAX_READY;

	for (int i = 0; i < count; i++)
		more |= read_entry(ready[i].data.ptr, state);
	return more;
}
