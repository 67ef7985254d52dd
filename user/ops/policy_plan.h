/* SPDX-License-Identifier: GPL-2.0-only */
/* An owner's rules as they stand, and as they are to be after an edit. Changes no rule. */
#ifndef NSA_OPS_POLICY_PLAN_H
#define NSA_OPS_POLICY_PLAN_H

#include "ops/policy_edit.h"
#include "reconcile/state.h"

struct nsa_policy_plan {
	const struct nsa_policy_edit_request *request;
	struct nsa_policy_edit_error *error;
	struct nsa_state *state;
	struct nsa_owner *owner;
	struct nsa_policy_rule *before, *after; /* owned; new ones have no number yet */
	size_t before_count, after_count;
	/* The namespace that was looked up last: files name the same again and again. */
	const char *spec;
	__u64 cookie;
};

/* Fills in after from before. Namespaces that new rules name are registered, whatever follows. 0 or
 * -errno: logged, or explained in *plan->error. */
int nsa_policy_plan(struct nsa_policy_plan *plan);
void nsa_policy_plan_free(struct nsa_policy_plan *plan);

#endif
