/* SPDX-License-Identifier: GPL-2.0-only */
/* What a user can ask to change of an owner's rules. It happens whole, and at once for every packet,
 * or nothing changes. 0 or -errno, logged. */
#ifndef NSA_OPS_POLICY_H
#define NSA_OPS_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "model/policy_text.h"

enum nsa_policy_verb {
	NSA_POLICY_ADD,
	NSA_POLICY_DEL,	       /* the rule that is alike */
	NSA_POLICY_DEL_NUMBER, /* the rule with that number */
	NSA_POLICY_REPLACE,    /* all rules */
};

struct nsa_policy_request {
	const char *bpffs, *netns; /* the owner */
	enum nsa_policy_verb verb;
	const struct nsa_rule_words *rules;
	size_t count;
	__u32 number;
};

int nsa_policy_change(const struct nsa_policy_request *request);

#endif
