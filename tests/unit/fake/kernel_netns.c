// SPDX-License-Identifier: GPL-2.0-only
/* Namespaces of the fake kernel: user/kernel/netns*.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sandbox.h"
#include "fake/fail.h"
#include "fake/kernel.h"
#include "fake/monitor.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_list.h"
#include "user/kernel/netns_open.h"
#include "user/kernel/netns_watch.h"
#include "user/util/array.h"
#include "user/util/sort.h"

/* A token is the number of the namespace that was left. */
int nsa_netns_enter(const struct nsa_netns *ns)
{
	struct fake_netns *to;
	int token = 0;

	FAKE_CALL();
	to = fake_kernel_netns(ns->cookie);
	if (!to || to->unreachable)
		return -ENOENT;
	while (fake_kernel_nth((size_t)token) != fake_kernel_here())
		token++;
	fake_kernel_enter(to);
	return token;
}

void nsa_netns_leave(int token)
{
	fake_kernel_enter(fake_kernel_nth((size_t)token));
}

void nsa_netns_leavep(int *token)
{
	if (*token >= 0)
		nsa_netns_leave(*token);
}

void nsa_netns_close(struct nsa_netns *ns)
{
	(void)ns;
}

static struct nsa_netns describe(const struct fake_netns *fake)
{
	struct nsa_netns ns = { .cookie = fake->cookie, .tenant = fake->tenant, .held = -1 };

	memcpy(ns.name, fake->name, sizeof(ns.name));
	return ns;
}

int nsa_netns_open(const char *spec, struct nsa_netns *out)
{
	const struct fake_netns *fake;

	FAKE_CALL();
	for (size_t i = 0; (fake = fake_kernel_nth(i)); i++)
		if (fake->cookie &&
		    (spec ? !strcmp(spec, fake->name) : fake == fake_kernel_here())) {
			*out = describe(fake);
			return 0;
		}
	return -ENOENT;
}

static int by_cookie(const void *a, const void *b)
{
	const struct nsa_netns *x = a, *y = b;

	return CMP(x->cookie, y->cookie);
}

int nsa_netns_list_get(struct nsa_netns_list **out)
{
	struct nsa_netns_list *list;
	const struct fake_netns *fake;

	FAKE_CALL();
	list = calloc(1, sizeof(*list));
	assert_non_null(list);
	for (size_t i = 0; (fake = fake_kernel_nth(i)); i++)
		if (fake->cookie && !fake->unreachable)
			*ARRAY_ADD(list->ns, list->count, list->room) = describe(fake);
	SORT(list->ns, list->count, by_cookie);
	*out = list;
	return 0;
}

void nsa_netns_list_free(struct nsa_netns_list *list)
{
	if (list)
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

/* Readable by fake_netns_changed(). */
struct nsa_netns_watch {
	int fd;
};

static struct nsa_netns_watch *opened;

int nsa_netns_watch_open(struct nsa_netns_watch **out)
{
	FAKE_CALL();
	opened = calloc(1, sizeof(*opened));
	assert_non_null(opened);
	opened->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	*out = opened;
	return 0;
}

void nsa_netns_watch_close(struct nsa_netns_watch *watch)
{
	if (!watch)
		return;
	close(watch->fd);
	free(watch);
	opened = NULL;
}

int nsa_netns_watch_fd(const struct nsa_netns_watch *watch)
{
	return watch->fd;
}

void nsa_netns_watch_drain(struct nsa_netns_watch *watch)
{
	eventfd_t count;

	eventfd_read(watch->fd, &count);
}

void fake_netns_changed(void)
{
	if (opened)
		eventfd_write(opened->fd, 1);
}
