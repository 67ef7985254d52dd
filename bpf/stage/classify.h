/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the rule that decides on a packet. Each dimension of the packet leads to a class, a set of
 * rules with one bit for each; the first bit that is in all sets is the rule. The cost doesn't
 * depend on which rule it is, and hardly on their number.
 */
#ifndef NSA_STAGE_CLASSIFY_H
#define NSA_STAGE_CLASSIFY_H

#include "core/bpf.h"
#include "map/policies.h"
#include "stage/match.h"

#define NSA_NO_PROTO 256 /* no rule names it */

static __always_inline void nsa_class_of(void *classes, enum nsaccel_dimension dimension,
					 __u32 value, struct nsa_match *match)
{
	struct nsaccel_policy_value key = { dimension, value };

	match->class[dimension] = nsa_class_lookup(classes, &key);
}

static __always_inline void nsa_class_of_address(void *prefixes, enum nsaccel_dimension dimension,
						 __u8 family, const __u8 *address,
						 struct nsa_match *match)
{
	struct nsaccel_policy_prefix key;

	key.prefixlen = NSACCEL_POLICY_STATIC_BITS + (family == NSACCEL_FAMILY_INET ? 32 : 128);
	key.dimension = dimension;
	key.family = family;
	__builtin_memcpy(key.addr, address, sizeof(key.addr));
	match->class[dimension] = nsa_prefix_lookup(prefixes, &key);
}

static __always_inline void nsa_class_of_proto(void *classes, const struct nsa_tuple *tuple,
					       struct nsa_match *match)
{
	if (tuple->cut == NSA_CUT_PROTO)
		match->class[NSACCEL_DIMENSION_PROTO] = NSACCEL_CLASS_ALL;
	else
		nsa_class_of(classes, NSACCEL_DIMENSION_PROTO,
			     tuple->family ? tuple->proto : NSA_NO_PROTO, match);
}

static __always_inline __u32 nsa_class_of_port(const struct nsaccel_policy_head *head,
					       const struct nsa_tuple *tuple)
{
	switch (tuple->ports) {
	case NSA_PORTS_KNOWN:
		return head->port_class[bpf_ntohs(tuple->dport)];
	case NSA_PORTS_UNKNOWN:
		return NSACCEL_CLASS_ALL;
	default:
		return NSACCEL_DIMENSION_PORT;
	}
}

/* Global, as all below that are: the verifier goes through each once. */
__noinline int nsa_classify(struct nsa_match *match, const struct nsa_tuple *tuple, __u32 policy)
{
	const struct nsaccel_policy_head *head = nsa_policy_head_of(policy);
	void *classes = bpf_map_lookup_elem(&nsa_policy_hash, &policy);
	void *prefixes = bpf_map_lookup_elem(&nsa_policy_lpm, &policy);

	if (!head || !classes || !prefixes || !match || !tuple)
		return -1;
	nsa_class_of(classes, NSACCEL_DIMENSION_FROM_NETNS, tuple->from, match);
	nsa_class_of(classes, NSACCEL_DIMENSION_TO_NETNS, tuple->to, match);
	nsa_class_of_proto(classes, tuple, match);
	nsa_class_of_address(prefixes, NSACCEL_DIMENSION_FROM_PREFIX, tuple->family, tuple->src,
			     match);
	nsa_class_of_address(prefixes, NSACCEL_DIMENSION_TO_PREFIX, tuple->family, tuple->dst,
			     match);
	match->class[NSACCEL_DIMENSION_PORT] = nsa_class_of_port(head, tuple);
	return 0;
}

/* Number of the lowest bit that is set. */
static __always_inline __u32 nsa_lowest_bit(__u64 word)
{
	__u32 at = 0;

	if (!(word & 0xffffffff)) {
		at += 32;
		word >>= 32;
	}
	if (!(word & 0xffff)) {
		at += 16;
		word >>= 16;
	}
	if (!(word & 0xff)) {
		at += 8;
		word >>= 8;
	}
	if (!(word & 0xf)) {
		at += 4;
		word >>= 4;
	}
	if (!(word & 0x3)) {
		at += 2;
		word >>= 2;
	}
	return at + !(word & 1);
}

#define NSA_NO_POLICY (-2) /* none to be found under its number, or not all of it */

/* Position in the chunk of the first rule that is in all sets; -1: there is none. */
__noinline int nsa_first_of(const struct nsa_match *match, __u32 policy, __u32 chunks, __u32 chunk)
{
	const struct nsaccel_policy_chunk *a, *b, *c, *d, *e, *f;
	void *sets = bpf_map_lookup_elem(&nsa_policy_sets, &policy);
	__u64 word;
	__u32 i;

	if (!sets || !match)
		return NSA_NO_POLICY;
	a = nsa_chunk(sets, match->class[0], chunks, chunk);
	b = nsa_chunk(sets, match->class[1], chunks, chunk);
	c = nsa_chunk(sets, match->class[2], chunks, chunk);
	d = nsa_chunk(sets, match->class[3], chunks, chunk);
	e = nsa_chunk(sets, match->class[4], chunks, chunk);
	f = nsa_chunk(sets, match->class[5], chunks, chunk);
	if (!a || !b || !c || !d || !e || !f)
		return NSA_NO_POLICY;
#pragma clang loop unroll(disable)
	for (i = 0; i < NSACCEL_POLICY_CHUNK; i++) {
		word = a->rules[i] & b->rules[i] & c->rules[i] & d->rules[i] & e->rules[i] &
		       f->rules[i];
		if (word)
			return (int)(i * 64 + nsa_lowest_bit(word));
	}
	return -1;
}

/* Position of the rule that decides; NSACCEL_MAX_RULES: no rule does; -1: there is no such
 * policy. */
static __always_inline int nsa_rule_at(struct nsa_match *match,
				       const struct nsaccel_policy_head *head, __u32 policy)
{
	__u32 chunk, at;
	int found = -1;

	for (chunk = 0; chunk < NSACCEL_POLICY_CHUNKS && chunk < head->chunks; chunk++) {
		found = nsa_first_of(match, policy, head->chunks, chunk);
		if (found != -1)
			break;
	}
	if (found == NSA_NO_POLICY)
		return -1;
	at = chunk * NSACCEL_POLICY_CHUNK * 64 + (__u32)found;
	return found < 0 || at > NSACCEL_MAX_RULES ? NSACCEL_MAX_RULES : (int)at;
}

/* Later fragments and truncated packets match rules by the dimensions that are known. If the first
 * such rule names an unknown one, it might not match: the packet is denied. match->decision stays
 * as it is if no rule matches. */
__noinline int nsa_policy_match(struct nsa_match *match, const struct nsa_tuple *tuple,
				__u32 policy)
{
	const struct nsaccel_policy_head *head = nsa_policy_head_of(policy);
	int at = -1;

	if (!match || !tuple)
		return 0;
	if (head && !nsa_classify(match, tuple, policy))
		at = nsa_rule_at(match, head, policy);
	if (at < 0) {
		match->decision.verdict = NSACCEL_VERDICT_DENY;
		return 0;
	}
	if (at >= NSACCEL_MAX_RULES)
		return 0;
	match->decision.rule = head->order[at].rule;
	match->decision.verdict = head->order[at].verdict;
	if ((tuple->ports == NSA_PORTS_UNKNOWN && !head->order[at].any_port) ||
	    (tuple->cut == NSA_CUT_PROTO && !head->order[at].any_proto))
		match->decision.verdict = NSACCEL_VERDICT_DENY;
	return 0;
}

#endif
