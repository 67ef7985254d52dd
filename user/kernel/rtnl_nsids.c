// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/rtnl_nsids.h"
#include "util/array.h"
#include "util/sort.h"

void nsa_rtnl_nsids_free(struct nsa_rtnl_nsids *nsids)
{
	free(nsids->entries);
	free(nsids->questions);
}

static int by_nsid(const void *a, const void *b)
{
	const struct nsa_rtnl_nsid_entry *x = a, *y = b;

	return CMP(x->nsid, y->nsid);
}

/* Index of the id, or of the first behind it. */
static size_t find(const struct nsa_rtnl_nsids *nsids, int nsid)
{
	const struct nsa_rtnl_nsid_entry wanted = { .nsid = nsid };

	return LOWER_BOUND(&wanted, nsids->entries, nsids->count, by_nsid);
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

	if (has(nsids, at, nsid))
		ARRAY_REMOVE(nsids->entries, nsids->count, at);
}

void nsa_rtnl_nsids_set(struct nsa_rtnl_nsids *nsids, int nsid, __u64 cookie)
{
	size_t at = find(nsids, nsid);
	struct nsa_rtnl_nsid_entry *entry = &nsids->entries[at];

	if (!has(nsids, at, nsid))
		entry = ARRAY_INSERT(nsids->entries, nsids->count, nsids->room, at);
	if (entry) /* always: the question has made the room */
		*entry = (struct nsa_rtnl_nsid_entry){ nsid, cookie };
}

/* One more question, and an entry for each question that is open. */
static int reserve(struct nsa_rtnl_nsids *nsids)
{
	size_t questions = nsids->question_count + 1;

	return ARRAY_RESERVE(nsids->questions, nsids->question_room, questions) ?:
		       ARRAY_RESERVE(nsids->entries, nsids->room, nsids->count + questions);
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
	ARRAY_REMOVE(nsids->questions, nsids->question_count,
		     (size_t)(question - nsids->questions));
}
