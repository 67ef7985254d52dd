// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel/netns.h"
#include "kernel/netns_open.h"
#include "kernel/netns_walk.h"
#include "util/cleanup.h"
#include "util/utf8.h"

void nsa_netns_set_name(struct nsa_netns *ns, const char *name)
{
	size_t len = strnlen(name, sizeof(ns->name) - 1);

	memcpy(ns->name, name, len);
	ns->name[len] = '\0';
	nsa_utf8_clean(ns->name);
}

/* Takes ownership of *fd if it succeeds. */
static int fill(int *fd, __u64 cookie, struct nsa_netns *out)
{
	struct nsa_netns ns = { .cookie = cookie };
	struct stat st;

	if (fstat(*fd, &st))
		return -errno;
	ns.dev = st.st_dev;
	ns.ino = st.st_ino;
	snprintf(ns.name, sizeof(ns.name), "cookie %llu", ns.cookie);
	ns.held = TAKE_FD(*fd);
	*out = ns;
	return 0;
}

/* Held: the caller's own namespace lives in any case, and may have no path that leads there. */
int nsa_netns_open_own(struct nsa_netns *out)
{
	__cleanup(nsa_closep) int fd = nsa_netns_open_path(NSA_NETNS_OWN);
	__u64 cookie = 0;
	int r;

	if (fd < 0)
		return fd;
	r = nsa_netns_own_cookie(&cookie);
	return r < 0 ? r : fill(&fd, cookie, out);
}

static int open_in(const char *dir, const char *entry, const char *suffix)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s%s", dir, entry, suffix) >= (int)sizeof(path))
		return -ENOENT;
	return nsa_netns_open_path(path);
}

static int open_spec(const char *spec)
{
	int fd;

	if (strchr(spec, '/'))
		return nsa_netns_open_path(spec);
	fd = open_in("/run/netns", spec, "");
	if (fd != -ENOENT || !*spec || spec[strspn(spec, "0123456789")])
		return fd;
	fd = open_in("/proc", spec, "/ns/net");
	return fd == -ENOENT ? -ESRCH : fd;
}

static int name_visit(void *data, const char *path, const char *name)
{
	struct nsa_netns *ns = data;
	struct stat st;

	if (stat(path, &st) || st.st_dev != ns->dev || st.st_ino != ns->ino)
		return 0;
	nsa_netns_set_name(ns, name);
	return 1;
}

static int open_other(const char *spec, struct nsa_netns *out)
{
	__cleanup(nsa_closep) int fd = open_spec(spec);
	__u64 cookie = 0;
	int r;

	if (fd < 0)
		return fd;
	r = nsa_netns_cookie_of(fd, &cookie);
	return r < 0 ? r : fill(&fd, cookie, out);
}

int nsa_netns_open(const char *spec, struct nsa_netns *out)
{
	__cleanup(nsa_netns_close) struct nsa_netns ns = { .held = -1 };
	int r;

	r = spec ? open_other(spec, &ns) : nsa_netns_open_own(&ns);
	if (!r) /* the name is that in a list, not spec */
		r = nsa_netns_walk(name_visit, &ns);
	if (r < 0)
		return r;
	*out = ns;
	ns.held = -1;
	return 0;
}
