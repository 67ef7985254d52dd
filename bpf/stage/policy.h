/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stateful policy. What a rule has allowed admits its replies, ICMP errors about it, and the
 * later fragments of a datagram. All of that holds for one generation of the rules: after a change
 * the connection has to be allowed again.
 */
#ifndef NSA_STAGE_POLICY_H
#define NSA_STAGE_POLICY_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "core/config.h"
#include "core/features.h"
#include "core/order.h"
#include "core/probe.h"
#include "core/scratch.h"
#include "map/owners.h"
#include "map/policies.h"
#include "pkt/ctx_skb.h"
#include "pkt/nd.h"
#include "stage/classify.h"
#include "stage/conn.h"
#include "stage/resolution.h"

#define NSA_ICMP_PARAMETER   12
#define NSA_ICMPV6_PARAMETER 4

/* Offset of the quoted packet in an ICMP error. */
#define NSA_ICMP_QUOTE 8

/* Do the rules alone allow it? */
static __always_inline bool nsa_rules_allow(struct nsa_match *match, const struct nsa_tuple *tuple)
{
	match->decision.rule = 0;
	match->decision.verdict = match->ask.deny ? NSACCEL_VERDICT_DENY : NSACCEL_VERDICT_ALLOW;
	if (match->ask.policy)
		nsa_policy_match(match, tuple, match->ask.policy);
	return match->decision.verdict == NSACCEL_VERDICT_ALLOW;
}

/* Counts the packet for the rule, and notes that for the verdict cache and for later fragments. */
static __always_inline void nsa_allowed_by(struct nsa_match *match, __u32 rule)
{
	struct nsa_scratch *scratch = nsa_scratch();

	match->decision.rule = rule;
	nsa_rule_count(rule, match->ask.len);
	if (scratch)
		scratch->rule = rule;
}

/* 1: a reply to a connection that the rules allow. -1: a reply to one that they don't allow any
 * more: it must not begin a connection in its own right, by which the old one would go on. 0: no
 * reply. */
__noinline int nsa_conn_reply(struct nsa_match *match)
{
	struct nsaccel_conn *conn;

	if (!match || match->tuple.begins)
		return 0;
	nsa_conn_key(&match->key, &match->tuple, true);
	conn = nsa_conn_find();
	if (!conn || match->found.to_slot != match->tuple.from)
		return 0;
	if (match->found.generation != match->ask.generation) {
		nsa_tuple_turn(&match->other, &match->tuple);
		if (!nsa_rules_allow(match, &match->other))
			return -1;
		nsa_conn_record(match->tuple.from, match->decision.rule);
		nsa_allowed_by(match, match->decision.rule);
		return 1;
	}
	nsa_conn_touch(match, conn);
	nsa_allowed_by(match, match->found.rule);
	return 1;
}

static __always_inline bool nsa_is_error(__u8 family, __u8 type)
{
	return family == NSACCEL_FAMILY_INET ?
		       type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED ||
			       type == NSA_ICMP_PARAMETER :
		       type >= ICMPV6_DEST_UNREACH && type <= NSA_ICMPV6_PARAMETER;
}

/* 1: an ICMP error about a packet of its receiver, of either direction of a connection. at: offset
 * of the ICMP header. */
__noinline int nsa_conn_related(struct __sk_buff *skb, struct nsa_match *match, __u32 at)
{
	__u8 type;

	if (!match || bpf_skb_load_bytes(skb, at, &type, sizeof(type)) ||
	    !nsa_is_error(match->tuple.family, type))
		return 0;
	__builtin_memset(&match->other, 0, sizeof(match->other));
	if (nsa_tuple_of(skb, &match->other, match->tuple.family == NSACCEL_FAMILY_INET,
			 at + NSA_ICMP_QUOTE) < 0 ||
	    match->other.cut)
		return 0;
	if (!nsa_same_address(match->other.src, match->tuple.dst))
		return 0;
	match->other.from = match->tuple.to;
	match->other.to = match->tuple.from;
	nsa_conn_key(&match->key, &match->other, false);
	if (!nsa_conn_allowed(match)) {
		nsa_conn_key(&match->key, &match->other, true);
		if (!nsa_conn_allowed(match) || match->found.to_slot != match->tuple.to)
			return 0;
	}
	nsa_allowed_by(match, match->found.rule);
	return 1;
}

/* 1: the packet belongs to a connection that its sender has begun. */
__noinline int nsa_conn_established(struct nsa_match *match)
{
	struct nsaccel_conn *conn;

	if (!match)
		return 0;
	nsa_conn_key(&match->key, &match->tuple, false);
	conn = nsa_conn_find();
	match->tuple.known = conn && match->found.to_slot == match->tuple.to;
	if (!match->tuple.known || match->found.generation != match->ask.generation)
		return 0;
	nsa_conn_touch(match, conn);
	nsa_allowed_by(match, match->found.rule);
	return 1;
}

/* 1: the packet begins a connection, and the rules allow it. */
__noinline int nsa_conn_new(struct nsa_match *match)
{
	if (!match || !nsa_rules_allow(match, &match->tuple))
		return 0;
	nsa_conn_key(&match->key, &match->tuple, false);
	nsa_conn_record(match->tuple.to, match->decision.rule);
	nsa_allowed_by(match, match->decision.rule);
	return 1;
}

/* 1: a later fragment, whose first one was allowed, or which the rules allow whatever its ports. */
__noinline int nsa_conn_fragment(struct nsa_match *match)
{
	if (!match)
		return 0;
	nsa_fragment_key(&match->key, &match->tuple);
	if (nsa_conn_allowed(match) && match->found.to_slot == match->tuple.to)
		match->decision.rule = match->found.rule;
	else if (!nsa_rules_allow(match, &match->tuple))
		return 0;
	nsa_rule_count(match->decision.rule, match->ask.len);
	return 1;
}

/* Is a packet allowed that belongs to no connection of its sender under these rules? */
static __always_inline bool nsa_conn_not_established(struct __sk_buff *skb, struct nsa_match *match,
						     __u32 l4)
{
	int answer = nsa_conn_reply(match);

	if (answer > 0)
		return true;
	if ((!answer || match->tuple.known) && nsa_conn_new(match))
		return true;
	return nsa_is_icmp(&match->tuple) && nsa_conn_related(skb, match, l4);
}

static __always_inline bool nsa_tuple_allowed(struct __sk_buff *skb, struct nsa_match *match,
					      __u32 l4)
{
	if (match->tuple.fragment == NSA_LATER_FRAGMENT)
		return nsa_conn_fragment(match);
	if (!nsa_conn_established(match) && !nsa_conn_not_established(skb, match, l4))
		return false;
	if (match->tuple.fragment == NSA_FIRST_FRAGMENT) {
		nsa_fragment_key(&match->key, &match->tuple);
		nsa_conn_record(match->tuple.to, match->decision.rule);
	}
	return true;
}

/* Fills ask with the rules and defaults between two namespaces; false: none apply. Policy and
 * generation are read as one word, so that no verdict of old rules counts as one of new ones.
 * Defaults are written before the generation that they change. */
static __always_inline bool nsa_policy_for(__u32 from, __u32 to, struct nsa_ask *ask)
{
	const struct nsaccel_owner *owner = nsa_owner();
	union {
		__u64 word;
		__u32 half[2];
	} in_force;

	in_force.word = owner ? READ_ONCE(*(const __u64 *)&owner->policy) : 0;
	nsa_keep_order();
	ask->policy = in_force.half[0];
	ask->generation = in_force.half[1];
	ask->deny = nsa_denies(from) || nsa_denies(to);
	return ask->policy || ask->deny;
}

/* Neighbour discovery on the link is always allowed, as ARP is: nothing else works without it.
 * Routers decrement the hop limit. */
static __always_inline bool nsa_tuple_is_nd(struct __sk_buff *skb, const struct nsa_tuple *tuple,
					    __u32 l4)
{
	__u8 hop_limit, type;

	return tuple->family == NSACCEL_FAMILY_INET6 && tuple->proto == IPPROTO_ICMPV6 &&
	       !bpf_skb_load_bytes(
		       skb, sizeof(struct ethhdr) + __builtin_offsetof(struct ipv6hdr, hop_limit),
		       &hop_limit, sizeof(hop_limit)) &&
	       hop_limit == NSA_ND_HOP_LIMIT && !bpf_skb_load_bytes(skb, l4, &type, sizeof(type)) &&
	       nsa_is_nd_type(type);
}

/* Frames that are neither IP nor ARP, and truncated packets: by the rules alone. */
static __always_inline bool nsa_part_allowed(struct nsa_match *match)
{
	if (!nsa_rules_allow(match, &match->tuple))
		return false;
	nsa_rule_count(match->decision.rule, match->ask.len);
	return true;
}

static __always_inline bool nsa_ip_allowed(struct __sk_buff *skb, struct nsa_match *match, bool v4,
					   bool on_link)
{
	int l4 = nsa_tuple_of(skb, &match->tuple, v4, sizeof(struct ethhdr));

	if (l4 < 0)
		return false;
	if (match->tuple.cut)
		return nsa_part_allowed(match);
	return (on_link && nsa_tuple_is_nd(skb, &match->tuple, (__u32)l4)) ||
	       nsa_tuple_allowed(skb, match, (__u32)l4);
}

/* Does the policy allow a packet from one namespace to another: 0, or -NSACCEL_DROP_POLICY.
 * on_link: it isn't routed any more. */
__noinline int nsa_policy(struct __sk_buff *skb, __u32 from, __u32 to, __u32 on_link)
{
	struct nsa_match *match;
	struct ethhdr *eth;
	bool allowed;
	__be16 type;

	match = nsa_match();
	if (!match)
		return -NSACCEL_DROP_POLICY;
	if (!nsa_policy_for(from, to, &match->ask))
		return 0;
	eth = nsa_eth(skb);
	if (!eth)
		return -NSACCEL_DROP_POLICY;
	type = eth->h_proto;
	if (type == bpf_htons(ETH_P_ARP))
		return 0;
	if (!nsa_has(NSACCEL_FEATURE_POLICY))
		return on_link && nsa_is_nd(skb, false) ? 0 : -NSACCEL_DROP_POLICY;
	match->ask.len = nsa_probing(skb) ? 0 : skb->len;
	match->decision.rule = 0;
	__builtin_memset(&match->tuple, 0, sizeof(match->tuple));
	match->tuple.from = from;
	match->tuple.to = to;
	if (type == bpf_htons(ETH_P_IP) || type == bpf_htons(ETH_P_IPV6))
		allowed = nsa_ip_allowed(skb, match, type == bpf_htons(ETH_P_IP), on_link);
	else
		allowed = nsa_part_allowed(match);
	if (allowed)
		return 0;
	nsa_rule_count(match->decision.rule, match->ask.len);
	return -NSACCEL_DROP_POLICY;
}

#endif
