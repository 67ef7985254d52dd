// SPDX-License-Identifier: GPL-2.0-only
/* What the fake kernel tells the daemon: user/kernel/rtnl_monitor.h and the watch of
 * user/firewall. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sandbox.h"
#include "fake/fail.h"
#include "fake/kernel.h"
#include "fake/monitor.h"
#include "user/kernel/rtnl_monitor.h"
#include "user/kernel/netlink.h"
#include "user/util/array.h"

struct letter {
	__u64 cookie;
	struct nlmsghdr *msg; /* its payload is the object */
};

enum topic {
	ALL_NAMESPACES,
	ONE_NAMESPACE,
	BRIDGE_ENTRIES,
};

struct nsa_rtnl_monitor {
	struct nsa_rtnl_monitor *next;
	enum topic topic;
	__u64 cookies[FAKE_NAMESPACES];
	size_t cookie_count;
	int fd; /* an eventfd, readable while there are letters */
	bool lost;
	struct letter *letters;
	size_t count, room;
};

static struct nsa_rtnl_monitor *monitors;

static int open_monitor(enum topic topic, __u64 cookie, struct nsa_rtnl_monitor **out)
{
	struct nsa_rtnl_monitor *monitor = calloc(1, sizeof(*monitor));

	assert_non_null(monitor);
	monitor->topic = topic;
	monitor->cookies[monitor->cookie_count++] = cookie;
	monitor->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	monitor->next = monitors;
	monitors = monitor;
	*out = monitor;
	return 0;
}

int nsa_rtnl_monitor_open(struct nsa_rtnl_monitor **out)
{
	FAKE_CALL();
	return open_monitor(ALL_NAMESPACES, fake_kernel_own(), out);
}

int nsa_rtnl_monitor_open_one(const struct nsa_netns *ns, struct nsa_rtnl_monitor **out)
{
	FAKE_CALL();
	return open_monitor(ONE_NAMESPACE, ns->cookie, out);
}

int nsa_rtnl_monitor_open_bridges(const struct nsa_netns *ns, struct nsa_rtnl_monitor **out)
{
	FAKE_CALL();
	return open_monitor(BRIDGE_ENTRIES, ns->cookie, out);
}

static void drop_letters(struct nsa_rtnl_monitor *monitor)
{
	for (size_t i = 0; i < monitor->count; i++)
		free(monitor->letters[i].msg);
	monitor->count = 0;
}

void nsa_rtnl_monitor_close(struct nsa_rtnl_monitor *events)
{
	struct nsa_rtnl_monitor **link = &monitors;

	if (!events)
		return;
	while (*link != events)
		link = &(*link)->next;
	*link = events->next;
	drop_letters(events);
	free(events->letters);
	close(events->fd);
	free(events);
}

int nsa_rtnl_monitor_fd(const struct nsa_rtnl_monitor *events)
{
	return events->fd;
}

static bool listens(const struct nsa_rtnl_monitor *monitor, __u64 cookie)
{
	for (size_t i = 0; i < monitor->cookie_count; i++)
		if (monitor->cookies[i] == cookie)
			return true;
	return false;
}

int nsa_rtnl_monitor_add(struct nsa_rtnl_monitor *events, const struct nsa_netns *ns)
{
	FAKE_CALL();
	if (!listens(events, ns->cookie) && events->cookie_count < FAKE_NAMESPACES)
		events->cookies[events->cookie_count++] = ns->cookie;
	return 0;
}

int nsa_rtnl_monitor_read(struct nsa_rtnl_monitor *events, nsa_rtnl_monitor_cb cb, void *data)
{
	bool lost = events->lost;
	eventfd_t readable;

	eventfd_read(events->fd, &readable);
	events->lost = false;
	for (size_t i = 0; !lost && i < events->count; i++)
		cb(data, events->letters[i].cookie, events->letters[i].msg);
	drop_letters(events);
	return lost ? -ENOBUFS : 0;
}

static bool is_of_topic(enum topic topic, __u16 type, size_t size)
{
	bool fdb = (type == RTM_NEWNEIGH || type == RTM_DELNEIGH) && size == sizeof(struct nsa_fdb);

	switch (topic) {
	case ALL_NAMESPACES:
		return type == RTM_NEWLINK || type == RTM_DELLINK || type == RTM_NEWADDR ||
		       type == RTM_DELADDR || type == RTM_NEWNSID || type == RTM_DELNSID;
	case BRIDGE_ENTRIES:
		return fdb;
	default:
		return !fdb;
	}
}

void fake_notify(const struct fake_netns *ns, __u16 type, const void *object, size_t size)
{
	for (struct nsa_rtnl_monitor *m = monitors; m; m = m->next) {
		struct letter *letter;

		if (!listens(m, ns->cookie) || !is_of_topic(m->topic, type, size))
			continue;
		letter = ARRAY_ADD(m->letters, m->count, m->room);
		assert_non_null(letter);
		letter->cookie = ns->cookie;
		letter->msg = calloc(1, NLMSG_SPACE(size));
		assert_non_null(letter->msg);
		letter->msg->nlmsg_type = type;
		letter->msg->nlmsg_len = NLMSG_LENGTH((__u32)size);
		if (size)
			memcpy(NLMSG_DATA(letter->msg), object, size);
		eventfd_write(m->fd, 1);
	}
}

void fake_notify_link(const struct fake_netns *ns, const struct fake_link *fake)
{
	fake_notify(ns, RTM_NEWLINK, &fake->link, sizeof(fake->link));
}

void fake_notify_lost(const struct fake_netns *ns)
{
	for (struct nsa_rtnl_monitor *m = monitors; m; m = m->next) {
		if (m->topic != ONE_NAMESPACE || !listens(m, ns->cookie))
			continue;
		m->lost = true;
		eventfd_write(m->fd, 1);
	}
}

bool fake_monitor_is_waiting(void)
{
	for (const struct nsa_rtnl_monitor *m = monitors; m; m = m->next)
		if (m->lost || m->count)
			return true;
	return false;
}

/* At once and at the end, since nobody else changes anything meanwhile. */
bool nsa_nl_wait(const struct nsa_netns *ns, int group, int patience, bool (*done)(void *data),
		 void *data)
{
	(void)ns;
	(void)group;
	(void)patience;
	return done(data);
}
