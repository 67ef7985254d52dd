// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "netns.h"
#include "utf8.h"

#define OWN_NETNS "/proc/thread-self/ns/net"

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int is_process(const struct dirent *entry)
{
	return isdigit((unsigned char)entry->d_name[0]);
}

/* Directories of namespaces. The first place that knows a namespace names it. */
static const struct place {
	const char *dir, *suffix, *prefix;
	int (*filter)(const struct dirent *entry);
} places[] = {
	{ "/run/netns", "", "", is_visible },
	{ "/proc", "/ns/net", "pid ", is_process },
};

/* Called with the path of what may be a namespace, and its name. Anything but 0 ends the walk. */
typedef int (*visit_fn)(void *data, const char *path, const char *name);

/* What the walk came upon went away, is somebody else's or is no namespace; not: nothing works. */
static bool is_skippable(int r)
{
	return r != -ENOMEM && r != -EMFILE && r != -ENFILE;
}

static int visit_entry(const struct place *place, const char *entry, visit_fn visit, void *data)
{
	char path[PATH_MAX], name[NAME_MAX + sizeof("pid ")];

	snprintf(path, sizeof(path), "%s/%s%s", place->dir, entry, place->suffix);
	snprintf(name, sizeof(name), "%s%s", place->prefix, entry);
	return visit(data, path, name);
}

static int visit_place(const struct place *place, visit_fn visit, void *data)
{
	__cleanup(nsa_freep) struct dirent **entries = NULL;
	int i, count, r = 0;

	/* By name: numerically for processes, so that the lowest PID names their namespace. */
	count = scandir(place->dir, &entries, place->filter, versionsort);
	if (count < 0)
		return is_skippable(-errno) ? 0 : -errno;
	for (i = 0; i < count; i++) {
		if (!r)
			r = visit_entry(place, entries[i]->d_name, visit, data);
		free(entries[i]);
	}
	return r;
}

/* Bind mounts: of a namespace that has neither name nor process, the only handle. */
static int visit_mounts(visit_fn visit, void *data)
{
	struct mntent mount;
	char line[2 * PATH_MAX];
	FILE *mounts;
	int r = 0;

	mounts = setmntent("/proc/thread-self/mounts", "re");
	if (!mounts)
		return is_skippable(-errno) ? 0 : -errno;
	while (!r && getmntent_r(mounts, &mount, line, sizeof(line)))
		if (!strcmp(mount.mnt_type, "nsfs"))
			r = visit(data, mount.mnt_dir, mount.mnt_dir);
	endmntent(mounts);
	return r;
}

static int visit_all(visit_fn visit, void *data)
{
	size_t i;
	int r;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		r = visit_place(&places[i], visit, data);
		if (r)
			return r;
	}
	return visit_mounts(visit, data);
}

static void set_name(struct nsa_netns *ns, const char *name)
{
	/* Too long is cut. */
	size_t len = strnlen(name, sizeof(ns->name) - 1);

	memcpy(ns->name, name, len);
	ns->name[len] = '\0';
	nsa_utf8_clean(ns->name);
}

static bool is_same(const struct nsa_netns *ns, __u64 dev, __u64 ino)
{
	return ns->dev == dev && ns->ino == ino;
}

/* Whether it is a network namespace, setns() will tell. Not blocking: it may be a FIFO. */
static int open_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

static int own_cookie(__u64 *cookie)
{
	__cleanup(nsa_closep) int sk = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*cookie);

	if (sk < 0)
		return -errno;
	return getsockopt(sk, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &len) ? -errno : 0;
}

static int read_cookie(struct nsa_netns *ns)
{
	__cleanup(nsa_netns_leavep) int token = -1;
	struct stat own;

	/* One's own needs no privileges. */
	if (stat(OWN_NETNS, &own))
		return -errno;
	if (!is_same(ns, own.st_dev, own.st_ino)) {
		token = nsa_netns_enter(ns->fd);
		if (token < 0)
			return token;
	}
	return own_cookie(&ns->cookie);
}

static int list_grow(struct nsa_netns_list *list)
{
	size_t count = list->count;
	struct nsa_netns *ns;

	/* Full whenever the count is a power of two, or 0. */
	if (count & (count - 1))
		return 0;
	ns = reallocarray(list->ns, count ? 2 * count : 1, sizeof(*ns));
	if (!ns)
		return -ENOMEM;
	list->ns = ns;
	return 0;
}

static int list_add(struct nsa_netns_list *list, const char *path, const char *name)
{
	__cleanup(nsa_closep) int fd = open_path(path);
	struct nsa_netns ns = {};
	struct stat st;
	size_t i;
	int r;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		return -errno;
	for (i = 0; i < list->count; i++)
		if (is_same(&list->ns[i], st.st_dev, st.st_ino))
			return 0;

	ns.fd = fd;
	ns.dev = st.st_dev;
	ns.ino = st.st_ino;
	r = read_cookie(&ns);
	if (r < 0)
		return r;
	r = list_grow(list);
	if (r < 0)
		return r;
	if (name)
		set_name(&ns, name);
	else
		snprintf(ns.name, sizeof(ns.name), "cookie %llu", ns.cookie);
	list->ns[list->count++] = ns;
	TAKE_FD(fd);
	return 0;
}

static int list_visit(void *list, const char *path, const char *name)
{
	int r = list_add(list, path, name);

	return is_skippable(r) ? 0 : r;
}

/* The list holds a descriptor for each namespace; the usual limit of 1024 is too low. */
static void raise_nofile(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int nsa_netns_list_get(struct nsa_netns_list **out)
{
	__cleanup(nsa_netns_list_freep) struct nsa_netns_list *list = NULL;
	int r;

	list = calloc(1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	raise_nofile();
	r = visit_all(list_visit, list);
	if (r < 0)
		return r;
	r = list_add(list, OWN_NETNS, NULL);
	if (r < 0)
		return r;
	*out = TAKE_PTR(list);
	return 0;
}

void nsa_netns_list_free(struct nsa_netns_list *list)
{
	size_t i;

	if (!list)
		return;
	for (i = 0; i < list->count; i++)
		nsa_netns_close(&list->ns[i]);
	free(list->ns);
	free(list);
}

void nsa_netns_list_freep(struct nsa_netns_list **list)
{
	nsa_netns_list_free(*list);
}

const struct nsa_netns *nsa_netns_find(const struct nsa_netns_list *list, __u64 cookie)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (list->ns[i].cookie == cookie)
			return &list->ns[i];
	return NULL;
}

static int open_in(const char *dir, const char *entry, const char *suffix)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s%s", dir, entry, suffix) >= (int)sizeof(path))
		return -ENOENT;
	return open_path(path);
}

static int open_spec(const char *spec)
{
	int fd;

	if (!spec)
		return open_path(OWN_NETNS);
	if (strchr(spec, '/'))
		return open_path(spec);
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

	if (stat(path, &st) || !is_same(ns, st.st_dev, st.st_ino))
		return 0;
	set_name(ns, name);
	return 1;
}

int nsa_netns_open(const char *spec, struct nsa_netns *out)
{
	__cleanup(nsa_closep) int fd = open_spec(spec);
	struct nsa_netns ns = { .fd = fd };
	struct stat st;
	int r;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		return -errno;
	ns.dev = st.st_dev;
	ns.ino = st.st_ino;
	r = read_cookie(&ns);
	if (r < 0)
		return r;
	/* The name that the list would give it, whatever it was asked for by. */
	r = visit_all(name_visit, &ns);
	if (r < 0)
		return r;
	if (!r)
		snprintf(ns.name, sizeof(ns.name), "cookie %llu", ns.cookie);
	TAKE_FD(fd);
	*out = ns;
	return 0;
}

void nsa_netns_close(struct nsa_netns *ns)
{
	nsa_closep(&ns->fd);
	ns->fd = -1;
}

int nsa_netns_enter(int netns_fd)
{
	__cleanup(nsa_closep) int token = open(OWN_NETNS, O_RDONLY | O_CLOEXEC);

	if (token < 0 || setns(netns_fd, CLONE_NEWNET))
		return -errno;
	return TAKE_FD(token);
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
