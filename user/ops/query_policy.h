/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules of owners, and what is decided where no rule matches. */
#ifndef NSA_OPS_QUERY_POLICY_H
#define NSA_OPS_QUERY_POLICY_H

#include <stddef.h>

#include "ops/query.h"

struct nsa_rule_info {
	__u32 number;
	struct nsaccel_policy_rule rule;
	struct nsa_netns_ref from, to;	/* cookie 0: the rule names none */
	struct nsaccel_counter counter; /* packets that it decided on */
};

struct nsa_default_info {
	struct nsa_netns_ref netns;
	enum nsaccel_verdict verdict;
};

struct nsa_policy_info {
	struct nsa_netns_ref owner;
	struct nsa_rule_info *rules; /* in the order in which they decide */
	size_t rule_count;
	struct nsa_default_info *defaults; /* of the owner and of what is behind its ports */
	size_t default_count;
};

/* Of each owner. The caller frees with nsa_policy_infos_free(), also after a failure. */
int nsa_query_policies(const struct nsa_query *query, struct nsa_policy_info **out, size_t *count);
void nsa_policy_infos_free(struct nsa_policy_info *all, size_t count);

/* The rules of one owner, query->netns, NULL: of the caller's namespace. Those of a namespace that
 * is none are none. The caller frees *out. */
int nsa_query_rules(const struct nsa_query *query, struct nsa_rule_info **out, size_t *count);

#endif
