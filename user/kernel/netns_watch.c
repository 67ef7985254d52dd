// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "kernel/netns_watch.h"
#include "util/cleanup.h"
#include "util/log.h"

struct nsa_netns_watch {
	int epoll, mounts, inotify;
};

void nsa_netns_watch_close(struct nsa_netns_watch *watch)
{
	if (!watch)
		return;
	nsa_closep(&watch->epoll);
	nsa_closep(&watch->mounts);
	nsa_closep(&watch->inotify);
	free(watch);
}

void nsa_netns_watch_closep(struct nsa_netns_watch **watch)
{
	nsa_netns_watch_close(*watch);
}

/* The directory appears with the first named namespace, which is a mount: then it is tried again.
 * Links in it to namespaces of processes are no mounts. */
static void watch_names(struct nsa_netns_watch *watch)
{
	inotify_add_watch(watch->inotify, "/run/netns",
			  IN_CREATE | IN_DELETE | IN_MOVE | IN_ONLYDIR);
}

static int wait_for(struct nsa_netns_watch *watch, int fd, __u32 events)
{
	struct epoll_event event = { .events = events };

	return fd < 0 || epoll_ctl(watch->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int set_up(struct nsa_netns_watch *watch)
{
	int r;

	watch->epoll = epoll_create1(EPOLL_CLOEXEC);
	watch->mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	r = wait_for(watch, watch->mounts, EPOLLPRI);
	if (r < 0)
		return nsa_err(r, "watch mounts in /proc/self/mountinfo: %s", strerror(-r));
	watch->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	r = wait_for(watch, watch->inotify, EPOLLIN);
	if (r < 0)
		return nsa_err(r,
			       "watch /run/netns: %s; sysctl fs.inotify.max_user_instances may be "
			       "too low",
			       strerror(-r));
	watch_names(watch);
	return 0;
}

int nsa_netns_watch_open(struct nsa_netns_watch **out)
{
	__cleanup(nsa_netns_watch_closep) struct nsa_netns_watch *watch = malloc(sizeof(*watch));
	int r;

	if (!watch)
		return nsa_err(-ENOMEM, "watch network namespaces: %s", strerror(ENOMEM));
	*watch = (struct nsa_netns_watch){ -1, -1, -1 };
	r = set_up(watch);
	if (r < 0)
		return r;
	*out = TAKE_PTR(watch);
	return 0;
}

int nsa_netns_watch_fd(const struct nsa_netns_watch *watch)
{
	return watch->epoll;
}

/* epoll reports a change of the mounts once, perhaps to the caller's own poll. So this function
 * can't say which of the two descriptors was ready, and drains both. */
void nsa_netns_watch_drain(struct nsa_netns_watch *watch)
{
	_Alignas(struct inotify_event) char buffer[16 * (sizeof(struct inotify_event) + NAME_MAX)];
	struct epoll_event events[2];

	epoll_wait(watch->epoll, events, 2, 0);
	while (read(watch->inotify, buffer, sizeof(buffer)) > 0)
		;
	watch_names(watch);
}
