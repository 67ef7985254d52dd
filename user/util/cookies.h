/* SPDX-License-Identifier: GPL-2.0-only */
/* Network namespaces, by their cookies: an array that grows, and is searched once it is sorted. */
#ifndef NSA_UTIL_COOKIES_H
#define NSA_UTIL_COOKIES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct nsa_cookies {
	__u64 *items; /* until nsa_cookies_free() */
	size_t count, room;
};

void nsa_cookies_free(struct nsa_cookies *cookies);
/* Empty, with room for so many, which the caller fills in. 0 or -ENOMEM. */
int nsa_cookies_reserve(struct nsa_cookies *cookies, size_t room);
/* Adds it to a few, unless it is there. 0 or -ENOMEM. */
int nsa_cookies_note(struct nsa_cookies *cookies, __u64 cookie);
/* Likewise. Whether it was not there, and is now. */
bool nsa_cookies_note_new(struct nsa_cookies *cookies, __u64 cookie);
void nsa_cookies_sort(struct nsa_cookies *cookies);
/* Of sorted ones. */
bool nsa_cookies_have(const struct nsa_cookies *cookies, __u64 cookie);

#endif
