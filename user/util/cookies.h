/* SPDX-License-Identifier: GPL-2.0-only */
/* Network namespaces, by their cookies: an array that grows, and is searched once it is sorted. */
#ifndef NSA_UTIL_COOKIES_H
#define NSA_UTIL_COOKIES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct nsa_cookies {
	__u64 *items;	    /* owned; NULL: none yet */
	size_t count, room; /* cookies that are in items, and that fit into it */
};

/* Frees the items. *cookies must not be used any more, unless it is made anew. */
void nsa_cookies_free(struct nsa_cookies *cookies);
/* Makes *cookies, which has no items yet, an empty array with room for so many. The caller writes
 * items and count. 0 or -ENOMEM, with an empty array without room. */
int nsa_cookies_reserve(struct nsa_cookies *cookies, size_t room);
/* Adds the cookie at the end, unless it is there. Looks at all of them, which needn't be sorted:
 * for a few. 0 or -ENOMEM, with the same cookies as before. */
int nsa_cookies_note(struct nsa_cookies *cookies, __u64 cookie);
/* Likewise. Whether it was not there, and is now. */
bool nsa_cookies_note_new(struct nsa_cookies *cookies, __u64 cookie);
/* Sorts them, ascending. Duplicates stay. */
void nsa_cookies_sort(struct nsa_cookies *cookies);
/* Is the cookie there? By binary search: they were sorted since one was added. */
bool nsa_cookies_have(const struct nsa_cookies *cookies, __u64 cookie);

#endif
