/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps compared with the kernel's state. */
#ifndef NSA_OPS_CHECK_H
#define NSA_OPS_CHECK_H

#include <stddef.h>

#include "ops/query.h"

struct nsa_mismatch {
	const char *event; /* "route-add", "port-del", ...: the change that sync would make */
	struct nsa_netns_ref netns; /* that it is about */
	const char *key;	    /* the kind of subject: "prefix", "dev", ... */
	char *subject;
	char *detail; /* for people; "": none */
};

struct nsa_mismatches {
	struct nsa_mismatch *items;
	size_t count;
};

/* Takes the lock. netns NULL: of every owner. One that fails doesn't keep others from being
 * compared; the first error is returned, -errno, logged. The caller frees *out with
 * nsa_mismatches_free() in any case. */
int nsa_check(const struct nsa_query *query, struct nsa_mismatches *out);
void nsa_mismatches_free(struct nsa_mismatches *mismatches);

#endif
