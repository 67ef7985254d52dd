/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules -> what programs go by: for each dimension of a packet the classes of its values, each a set
 * of the rules that it may match. Sets that are alike are one class. Pure: no system calls.
 */
#ifndef NSA_MODEL_POLICY_COMPILE_H
#define NSA_MODEL_POLICY_COMPILE_H

#include <stddef.h>

#include "nsaccel/abi.h"

struct nsa_policy_rule {
	struct nsaccel_rule rule;
	__u32 number;
	/* Of the namespaces that it names. 0: there is none; if it names one it matches nothing. */
	__u32 from_slot, to_slot;
};

struct nsa_policy_class {
	struct nsaccel_policy_value value;
	__u32 class;
};

struct nsa_policy_prefix {
	struct nsaccel_policy_prefix prefix;
	__u32 class;
};

struct nsa_policy {
	struct nsaccel_policy_head *head;
	struct nsaccel_policy_chunk *sets; /* class_count * head->chunks */
	struct nsa_policy_class *values;
	struct nsa_policy_prefix *prefixes;
	size_t class_count, value_count, prefix_count;
};

/* In the order in which they decide. */
void nsa_policy_sort(struct nsa_policy_rule *rules, size_t count);
/* Sorts the rules, too. -E2BIG: more than NSACCEL_MAX_RULES; -ENOMEM. */
int nsa_policy_compile(struct nsa_policy_rule *rules, size_t count, struct nsa_policy **out);
void nsa_policy_free(struct nsa_policy *policy);
void nsa_policy_freep(struct nsa_policy **policy);

#endif
