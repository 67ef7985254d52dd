/* SPDX-License-Identifier: GPL-2.0-only */
/* The addresses that endpoints claim: their index, and those that changed. */
#ifndef NSA_MODEL_SNAPSHOT_CLAIMS_H
#define NSA_MODEL_SNAPSHOT_CLAIMS_H

#include "model/snapshot.h"

/* Indexes the claims of the endpoints, which are sorted. Those that are indexed already, and have
 * their claimed_as, keep their place: the others are sorted, and both merged. 0 or -ENOMEM. */
int nsa_snapshot_index_claims(struct nsa_snapshot *snapshot);

/* Records that the claims of the first count addresses of the endpoint have changed. */
void nsa_snapshot_mark_dirty(struct nsa_snapshot *snapshot, const struct nsa_snapshot_endpoint *ep,
			     size_t count);
/* Forgets these records, once they were handled. */
void nsa_snapshot_clear_dirty(struct nsa_snapshot *snapshot);

#endif
