// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <mntent.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "kernel/netns.h"
#include "util/cleanup.h"
#include "util/utf8.h"

/* Of Linux 6.18; older headers lack it. */
#ifndef NS_GET_ID
#define NS_GET_ID _IOR(NSIO, 13, __u64)
#endif

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

/* Whether it is a network namespace, read_cookie() will tell. Not blocking: it may be a FIFO. */
static int open_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

static int enter_fd(int fd)
{
	__cleanup(nsa_closep) int token = open(OWN_NETNS, O_RDONLY | O_CLOEXEC);

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

/* Since Linux 6.18 the cookie is the namespace's id, which needs no visit. Of one's own namespace
 * both are at hand: where they differ, they always may. */
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
		own = open_path(OWN_NETNS);
		known = read_id(own, &id) && !nsa_netns_own_cookie(&cookie) && id == cookie ? YES :
											      NO;
	}
	return known == YES;
}

static int read_cookie(int fd, __u64 *cookie)
{
	__cleanup(nsa_netns_leavep) int token = -1;

	if (ids_are_cookies() && read_id(fd, cookie))
		return 0;
	token = enter_fd(fd);
	return token < 0 ? token : nsa_netns_own_cookie(cookie);
}

#define INITIAL_USERNS 0xeffffffdU /* inode number, since Linux 3.8 */

static bool is_initial(int userns, __u64 *ino)
{
	struct stat st;

	if (fstat(userns, &st))
		return false;
	*ino = st.st_ino;
	return st.st_ino == INITIAL_USERNS;
}

static __u64 tenant_of(int userns, __u64 ino)
{
	uid_t uid;

	if (ioctl(userns, NS_GET_OWNER_UID, &uid))
		return NSA_TENANT_UNKNOWN;
	return uid ? 1ULL << 63 | uid : ino;
}

/* Up from the user namespace that owns it, to the last before the initial one. */
static __u64 read_tenant(int netns)
{
	__cleanup(nsa_closep) int fd = ioctl(netns, NS_GET_USERNS);
	__u64 ino = 0, tenant = 0;

	while (fd >= 0 && !is_initial(fd, &ino)) {
		int parent = ioctl(fd, NS_GET_PARENT);

		tenant = tenant_of(fd, ino);
		close(fd);
		fd = parent;
	}
	return fd < 0 ? NSA_TENANT_UNKNOWN : tenant;
}

/* A place where a namespace may be: collected from everywhere, then sorted by namespace. */
struct candidate {
	__u64 ino;
	size_t order; /* in which the places were visited: the first names the namespace */
	char *path, *name;
};

struct scan {
	__u64 nsfs; /* device number: all namespaces are files of one file system */
	struct candidate *candidates;
	size_t count;
};

static void scan_free(struct scan *scan)
{
	for (size_t i = 0; i < scan->count; i++) {
		free(scan->candidates[i].path);
		free(scan->candidates[i].name);
	}
	free(scan->candidates);
}

/* Room for one more in an array that is full whenever its count is a power of two, or 0. */
static int grow(void *array, size_t count, size_t size)
{
	void **items = array, *grown;

	if (count & (count - 1))
		return 0;
	grown = reallocarray(*items, count ? 2 * count : 1, size);
	if (!grown)
		return -ENOMEM;
	*items = grown;
	return 0;
}

static int collect(void *data, const char *path, const char *name)
{
	struct scan *scan = data;
	struct candidate *candidate;
	struct stat st;

	if (stat(path, &st) || st.st_dev != scan->nsfs)
		return 0;
	if (grow(&scan->candidates, scan->count, sizeof(*candidate)))
		return -ENOMEM;
	candidate = &scan->candidates[scan->count];
	*candidate = (struct candidate){ st.st_ino, scan->count, strdup(path), strdup(name) };
	scan->count++;
	return candidate->path && candidate->name ? 0 : -ENOMEM;
}

static int by_namespace(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int by_cookie(const void *a, const void *b)
{
	const struct nsa_netns *x = a, *y = b;

	return x->cookie < y->cookie ? -1 : x->cookie > y->cookie;
}

static int list_add(struct nsa_netns_list *list, struct nsa_netns *ns)
{
	if (grow(&list->ns, list->count, sizeof(*ns)))
		return -ENOMEM;
	list->ns[list->count++] = *ns;
	return 0;
}

/* What led to the namespace a moment ago may lead nowhere now, or to another. */
static int try_candidate(struct nsa_netns_list *list, struct candidate *candidate, __u64 nsfs)
{
	__cleanup(nsa_closep) int fd = open_path(candidate->path);
	struct nsa_netns ns = { .dev = nsfs, .ino = candidate->ino, .held = -1 };
	struct stat st;
	int r;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		return -errno;
	if (st.st_dev != nsfs || st.st_ino != candidate->ino)
		return -ESTALE;
	r = read_cookie(fd, &ns.cookie);
	if (r < 0)
		return r;
	ns.tenant = read_tenant(fd);
	set_name(&ns, candidate->name);
	ns.path = candidate->path;
	r = list_add(list, &ns);
	if (!r)
		candidate->path = NULL; /* the list's now */
	return r;
}

/* Those of one namespace, one after the other until one leads there. */
static int try_candidates(struct nsa_netns_list *list, struct candidate *candidates, size_t count,
			  __u64 nsfs)
{
	int r = -ENOENT;

	for (size_t i = 0; r && is_skippable(r) && i < count; i++)
		r = try_candidate(list, &candidates[i], nsfs);
	return is_skippable(r) ? 0 : r;
}

/* The caller keeps its own namespace alive anyway, and it may be the only way there. */
static int open_own(struct nsa_netns *out)
{
	__cleanup(nsa_closep) int fd = open_path(OWN_NETNS);
	struct nsa_netns ns = {};
	struct stat st;
	int r;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		return -errno;
	r = nsa_netns_own_cookie(&ns.cookie);
	if (r < 0)
		return r;
	ns.dev = st.st_dev;
	ns.ino = st.st_ino;
	snprintf(ns.name, sizeof(ns.name), "cookie %llu", ns.cookie);
	ns.held = TAKE_FD(fd);
	*out = ns;
	return 0;
}

/* Takes own over. */
static int list_fill(struct nsa_netns_list *list, struct scan *scan, struct nsa_netns *own)
{
	struct candidate *first = scan->candidates;
	size_t i, n;
	int r = 0;

	qsort(first, scan->count, sizeof(*first), by_namespace);
	for (i = 0; i < scan->count; i += n, first += n) {
		for (n = 1; i + n < scan->count && first[n].ino == first->ino;)
			n++;
		if (first->ino == own->ino)
			set_name(own, first->name);
		else
			r = try_candidates(list, first, n, scan->nsfs);
		if (r < 0)
			return r;
	}
	r = list_add(list, own);
	if (r < 0)
		return r;
	own->held = -1;
	qsort(list->ns, list->count, sizeof(*list->ns), by_cookie);
	return 0;
}

int nsa_netns_list_get(struct nsa_netns_list **out)
{
	__cleanup(nsa_netns_list_freep) struct nsa_netns_list *list = NULL;
	__cleanup(nsa_netns_close) struct nsa_netns own = { .held = -1 };
	__cleanup(scan_free) struct scan scan = {};
	int r;

	list = calloc(1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	r = open_own(&own);
	if (r < 0)
		return r;
	scan.nsfs = own.dev;
	r = visit_all(collect, &scan);
	if (!r)
		r = list_fill(list, &scan, &own);
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
	const struct nsa_netns key = { .cookie = cookie };

	return list->count ? bsearch(&key, list->ns, list->count, sizeof(key), by_cookie) : NULL;
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

	if (stat(path, &st) || st.st_dev != ns->dev || st.st_ino != ns->ino)
		return 0;
	set_name(ns, name);
	return 1;
}

static int open_other(const char *spec, struct nsa_netns *out)
{
	__cleanup(nsa_closep) int fd = open_spec(spec);
	struct nsa_netns ns = {};
	struct stat st;
	int r;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		return -errno;
	r = read_cookie(fd, &ns.cookie);
	if (r < 0)
		return r;
	ns.dev = st.st_dev;
	ns.ino = st.st_ino;
	snprintf(ns.name, sizeof(ns.name), "cookie %llu", ns.cookie);
	ns.held = TAKE_FD(fd);
	*out = ns;
	return 0;
}

int nsa_netns_open(const char *spec, struct nsa_netns *out)
{
	__cleanup(nsa_netns_close) struct nsa_netns ns = { .held = -1 };
	int r;

	r = spec ? open_other(spec, &ns) : open_own(&ns);
	if (!r) /* the name that the list would give it, whatever it was asked for by */
		r = visit_all(name_visit, &ns);
	if (r < 0)
		return r;
	*out = ns;
	ns.held = -1;
	return 0;
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
	fd = open_path(ns->path);
	if (fd < 0)
		return fd;
	r = read_cookie(fd, &cookie);
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
