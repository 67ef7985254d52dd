// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ops/check.h"
#include "ops/query_session.h"
#include "ops/sync_owners.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/log.h"

struct check {
	const struct nsa_session *session;
	struct nsa_mismatches *found;
	size_t room;
	int error; /* -ENOMEM, if one couldn't be kept */
};

/* Event and key are literals. */
static void add_mismatch(void *data, const struct nsa_difference *difference)
{
	struct check *check = data;
	struct nsa_mismatch *added =
		ARRAY_ADD(check->found->items, check->found->count, check->room);

	if (!added) {
		check->error = -ENOMEM;
		return;
	}
	added->event = difference->event;
	added->netns = nsa_netns_ref(check->session, difference->cookie);
	added->key = difference->key;
	added->subject = strdup(difference->subject);
	added->detail = strdup(difference->detail);
	if (!added->subject || !added->detail)
		check->error = -ENOMEM;
}

int nsa_check(const struct nsa_query *query, struct nsa_mismatches *out)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_state_closep) struct nsa_state *state = NULL;
	struct check check = { .session = &session, .found = out };
	__u64 cookie;
	int r;

	*out = (struct nsa_mismatches){};
	r = nsa_sync_owners_open(query->bpffs, query->netns, &session, &cookie);
	if (r < 0 || !session.maps)
		return r;
	r = nsa_state_open(&session, &state);
	if (r < 0)
		return r;
	state->diff = (struct nsa_diff){ .dry = true, .report = add_mismatch, .data = &check };
	r = nsa_sync_owners(state, cookie);
	if (!r && check.error)
		nsa_err(check.error, "list differences: %s", strerror(-check.error));
	return r ? r : check.error;
}

void nsa_mismatches_free(struct nsa_mismatches *mismatches)
{
	for (size_t i = 0; i < mismatches->count; i++) {
		free(mismatches->items[i].subject);
		free(mismatches->items[i].detail);
	}
	free(mismatches->items);
	*mismatches = (struct nsa_mismatches){};
}
