/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compiles rules into the tables of the programs: for each dimension of a packet the classes of its
 * values. A class is the set of the rules that a value may match; equal sets are one class. Pure:
 * no system calls.
 */
#ifndef NSA_MODEL_POLICY_COMPILE_H
#define NSA_MODEL_POLICY_COMPILE_H

#include "maps/records.h"

/* Sorts rules into the order in which they decide: by preference, then by number. */
void nsa_policy_sort(struct nsa_policy_rule *rules, size_t count);
/* Sorts the rules and compiles them; the caller releases *out by nsa_policy_free(). -E2BIG: more
 * than NSACCEL_MAX_RULES; -ENOMEM. */
int nsa_policy_compile(struct nsa_policy_rule *rules, size_t count, struct nsa_policy **out);
void nsa_policy_free(struct nsa_policy *policy);
void nsa_policy_freep(struct nsa_policy **policy);

#endif
