// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/netns.h"
#include "util/cleanup.h"

/* Of Linux 6.18; older headers lack it. */
#ifndef NS_GET_ID
#define NS_GET_ID _IOR(NSIO, 13, __u64)
#endif

/* O_NONBLOCK: the path may be a FIFO's. */
int nsa_netns_open_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

static int enter_fd(int fd)
{
	__cleanup(nsa_closep) int token = open(NSA_NETNS_OWN, O_RDONLY | O_CLOEXEC);

	if (token < 0 || setns(fd, CLONE_NEWNET))
		return -errno;
	return TAKE_FD(token);
}

int nsa_netns_own_cookie(__u64 *cookie)
{
	__cleanup(nsa_closep) int sk = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*cookie);

	if (sk < 0)
		return -errno;
	return getsockopt(sk, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &len) ? -errno : 0;
}

/* Since Linux 6.18 the cookie of a namespace is its id, which an ioctl returns without a visit. The
 * caller's own namespace has both, and tells whether they are the same on this kernel. */
static bool read_id(int fd, __u64 *id)
{
	return ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET && !ioctl(fd, NS_GET_ID, id);
}

static bool ids_are_cookies(void)
{
	static enum {
		UNKNOWN,
		NO,
		YES
	} known;
	__cleanup(nsa_closep) int own = -1;
	__u64 id = 0, cookie = 0;

	if (known == UNKNOWN) {
		own = nsa_netns_open_path(NSA_NETNS_OWN);
		known = read_id(own, &id) && !nsa_netns_own_cookie(&cookie) && id == cookie ? YES :
											      NO;
	}
	return known == YES;
}

int nsa_netns_cookie_of(int fd, __u64 *cookie)
{
	__cleanup(nsa_netns_leavep) int token = -1;

	if (ids_are_cookies() && read_id(fd, cookie))
		return 0;
	token = enter_fd(fd);
	return token < 0 ? token : nsa_netns_own_cookie(cookie);
}

void nsa_netns_close(struct nsa_netns *ns)
{
	nsa_closep(&ns->held);
	ns->held = -1;
	free(ns->path);
	ns->path = NULL;
}

int nsa_netns_fd(const struct nsa_netns *ns)
{
	__cleanup(nsa_closep) int fd = -1;
	__u64 cookie = 0;
	int r;

	if (ns->held >= 0) {
		fd = fcntl(ns->held, F_DUPFD_CLOEXEC, 0);
		return fd < 0 ? -errno : TAKE_FD(fd);
	}
	fd = nsa_netns_open_path(ns->path);
	if (fd < 0)
		return fd;
	r = nsa_netns_cookie_of(fd, &cookie);
	if (r < 0)
		return r;
	return cookie == ns->cookie ? TAKE_FD(fd) : -ESTALE;
}

int nsa_netns_enter(const struct nsa_netns *ns)
{
	__cleanup(nsa_closep) int fd = nsa_netns_fd(ns);

	return fd < 0 ? fd : enter_fd(fd);
}

void nsa_netns_leave(int token)
{
	if (setns(token, CLONE_NEWNET)) {
		fprintf(stderr,
			"nsaccel: can't return to the network namespace it came from: %m\n");
		abort();
	}
	close(token);
}

void nsa_netns_leavep(int *token)
{
	if (*token >= 0)
		nsa_netns_leave(*token);
}
