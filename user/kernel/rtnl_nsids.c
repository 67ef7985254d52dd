// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/rtnl_nsids.h"

void nsa_rtnl_nsids_free(struct nsa_rtnl_nsids *nsids)
{
	free(nsids->entries);
	free(nsids->questions);
}

/* Position of the id, or where it would be inserted. */
static size_t find(const struct nsa_rtnl_nsids *nsids, int nsid)
{
	size_t low = 0, high = nsids->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (nsids->entries[middle].nsid < nsid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool has(const struct nsa_rtnl_nsids *nsids, size_t at, int nsid)
{
	return at < nsids->count && nsids->entries[at].nsid == nsid;
}

__u64 nsa_rtnl_nsids_cookie(const struct nsa_rtnl_nsids *nsids, int nsid)
{
	size_t at = find(nsids, nsid);

	return has(nsids, at, nsid) ? nsids->entries[at].cookie : 0;
}

void nsa_rtnl_nsids_remove(struct nsa_rtnl_nsids *nsids, int nsid)
{
	size_t at = find(nsids, nsid);
	struct nsa_rtnl_nsid_entry *entry = &nsids->entries[at];

	if (has(nsids, at, nsid))
		memmove(entry, entry + 1, (--nsids->count - at) * sizeof(*entry));
}

void nsa_rtnl_nsids_set(struct nsa_rtnl_nsids *nsids, int nsid, __u64 cookie)
{
	size_t at = find(nsids, nsid);
	struct nsa_rtnl_nsid_entry *entry = &nsids->entries[at];

	if (!has(nsids, at, nsid))
		memmove(entry + 1, entry, (nsids->count++ - at) * sizeof(*entry));
	*entry = (struct nsa_rtnl_nsid_entry){ nsid, cookie };
}

/* One more question, and an entry for each question that is open. */
static int reserve(struct nsa_rtnl_nsids *nsids)
{
	size_t room = nsids->count + nsids->question_count + 1;
	void *grown;

	if (room <= nsids->room)
		return 0;
	room *= 2;
	grown = reallocarray(nsids->entries, room, sizeof(*nsids->entries));
	if (!grown)
		return -ENOMEM;
	nsids->entries = grown;
	grown = reallocarray(nsids->questions, room, sizeof(*nsids->questions));
	if (!grown)
		return -ENOMEM;
	nsids->questions = grown;
	nsids->room = room;
	return 0;
}

int nsa_rtnl_nsids_ask(struct nsa_rtnl_nsids *nsids, __u32 seq, __u64 cookie)
{
	int r = reserve(nsids);

	if (!r)
		nsids->questions[nsids->question_count++] =
			(struct nsa_rtnl_question){ seq, cookie };
	return r;
}

const struct nsa_rtnl_question *nsa_rtnl_nsids_question(const struct nsa_rtnl_nsids *nsids,
							__u32 seq)
{
	for (size_t i = 0; i < nsids->question_count; i++)
		if (nsids->questions[i].seq == (seq & ~1U))
			return &nsids->questions[i];
	return NULL;
}

void nsa_rtnl_nsids_answered(struct nsa_rtnl_nsids *nsids, const struct nsa_rtnl_question *question)
{
	size_t at = (size_t)(question - nsids->questions);
	struct nsa_rtnl_question *item = &nsids->questions[at];

	memmove(item, item + 1, (--nsids->question_count - at) * sizeof(*item));
}
