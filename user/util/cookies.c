// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "util/array.h"
#include "util/cookies.h"
#include "util/sort.h"

void nsa_cookies_free(struct nsa_cookies *cookies)
{
	free(cookies->items);
}

int nsa_cookies_reserve(struct nsa_cookies *cookies, size_t room)
{
	*cookies = (struct nsa_cookies){};
	return ARRAY_RESERVE(cookies->items, cookies->room, room);
}

int nsa_cookies_note(struct nsa_cookies *cookies, __u64 cookie)
{
	__u64 *item;

	for (size_t i = 0; i < cookies->count; i++)
		if (cookies->items[i] == cookie)
			return 0;
	item = ARRAY_ADD(cookies->items, cookies->count, cookies->room);
	if (!item)
		return -ENOMEM;
	*item = cookie;
	return 0;
}

bool nsa_cookies_note_new(struct nsa_cookies *cookies, __u64 cookie)
{
	size_t before = cookies->count;

	return !nsa_cookies_note(cookies, cookie) && cookies->count > before;
}

static int by_number(const void *a, const void *b)
{
	return CMP(*(const __u64 *)a, *(const __u64 *)b);
}

void nsa_cookies_sort(struct nsa_cookies *cookies)
{
	SORT(cookies->items, cookies->count, by_number);
}

bool nsa_cookies_have(const struct nsa_cookies *cookies, __u64 cookie)
{
	return BSEARCH(&cookie, cookies->items, cookies->count, by_number);
}
