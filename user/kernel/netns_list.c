// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel/netns.h"
#include "kernel/netns_list.h"
#include "kernel/netns_open.h"
#include "kernel/netns_tenant.h"
#include "kernel/netns_walk.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/sort.h"

/* A place where a namespace may be. They are collected, then sorted by namespace. */
struct candidate {
	__u64 ino;
	size_t order; /* of the visit; the first place names the namespace */
	char *path, *name;
};

struct scan {
	__u64 nsfs; /* device number; all namespaces are files of one file system */
	struct candidate *candidates;
	size_t count, room;
};

static void scan_free(struct scan *scan)
{
	for (size_t i = 0; i < scan->count; i++) {
		free(scan->candidates[i].path);
		free(scan->candidates[i].name);
	}
	free(scan->candidates);
}

static int collect(void *data, const char *path, const char *name)
{
	struct scan *scan = data;
	struct candidate *candidate;
	struct stat st;

	if (stat(path, &st) || st.st_dev != scan->nsfs)
		return 0;
	candidate = ARRAY_ADD(scan->candidates, scan->count, scan->room);
	if (!candidate)
		return -ENOMEM;
	*candidate = (struct candidate){ st.st_ino, scan->count - 1, strdup(path), strdup(name) };
	return candidate->path && candidate->name ? 0 : -ENOMEM;
}

static int by_namespace(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return CMP(x->ino, y->ino) ?: CMP(x->order, y->order);
}

static int by_cookie(const void *a, const void *b)
{
	const struct nsa_netns *x = a, *y = b;

	return CMP(x->cookie, y->cookie);
}

static int list_add(struct nsa_netns_list *list, struct nsa_netns *ns)
{
	struct nsa_netns *item = ARRAY_ADD(list->ns, list->count, list->room);

	if (!item)
		return -ENOMEM;
	*item = *ns;
	return 0;
}

/* The path may be gone by now, or lead to another namespace. */
static int try_candidate(struct nsa_netns_list *list, struct candidate *candidate, __u64 nsfs)
{
	__cleanup(nsa_closep) int fd = nsa_netns_open_path(candidate->path);
	struct nsa_netns ns = { .dev = nsfs, .ino = candidate->ino, .held = -1 };
	struct stat st;
	int r;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		return -errno;
	if (st.st_dev != nsfs || st.st_ino != candidate->ino)
		return -ESTALE;
	r = nsa_netns_cookie_of(fd, &ns.cookie);
	if (r < 0)
		return r;
	ns.tenant = nsa_netns_tenant(fd);
	nsa_netns_set_name(&ns, candidate->name);
	ns.path = candidate->path;
	r = list_add(list, &ns);
	if (!r)
		candidate->path = NULL; /* the list's now */
	return r;
}

/* Tries the places of one namespace until one leads there. */
static int try_candidates(struct nsa_netns_list *list, struct candidate *candidates, size_t count,
			  __u64 nsfs)
{
	int r = -ENOENT;

	for (size_t i = 0; r && nsa_netns_is_skippable(r) && i < count; i++)
		r = try_candidate(list, &candidates[i], nsfs);
	return nsa_netns_is_skippable(r) ? 0 : r;
}

/* Takes ownership of own. */
static int list_fill(struct nsa_netns_list *list, struct scan *scan, struct nsa_netns *own)
{
	struct candidate *first = scan->candidates;
	size_t i, n;
	int r = 0;

	SORT(first, scan->count, by_namespace);
	for (i = 0; i < scan->count; i += n, first += n) {
		for (n = 1; i + n < scan->count && first[n].ino == first->ino;)
			n++;
		if (first->ino == own->ino)
			nsa_netns_set_name(own, first->name);
		else
			r = try_candidates(list, first, n, scan->nsfs);
		if (r < 0)
			return r;
	}
	r = list_add(list, own);
	if (r < 0)
		return r;
	own->held = -1;
	SORT(list->ns, list->count, by_cookie);
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
	r = nsa_netns_open_own(&own);
	if (r < 0)
		return r;
	scan.nsfs = own.dev;
	r = nsa_netns_walk(collect, &scan);
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

	return BSEARCH(&key, list->ns, list->count, by_cookie);
}
