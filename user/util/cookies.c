// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "util/cookies.h"

void nsa_cookies_free(struct nsa_cookies *cookies)
{
	free(cookies->items);
}

int nsa_cookies_reserve(struct nsa_cookies *cookies, size_t room)
{
	cookies->count = 0;
	cookies->items = calloc(room + 1, sizeof(*cookies->items));
	return cookies->items ? 0 : -ENOMEM;
}

int nsa_cookies_note(struct nsa_cookies *cookies, __u64 cookie)
{
	__u64 *grown;

	for (size_t i = 0; i < cookies->count; i++)
		if (cookies->items[i] == cookie)
			return 0;
	grown = reallocarray(cookies->items, cookies->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	cookies->items = grown;
	cookies->items[cookies->count++] = cookie;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

void nsa_cookies_sort(struct nsa_cookies *cookies)
{
	if (cookies->count)
		qsort(cookies->items, cookies->count, sizeof(*cookies->items), by_number);
}

bool nsa_cookies_have(const struct nsa_cookies *cookies, __u64 cookie)
{
	return cookies->count &&
	       bsearch(&cookie, cookies->items, cookies->count, sizeof(cookie), by_number);
}
