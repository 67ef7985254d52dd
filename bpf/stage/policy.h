/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy with a memory: what a rule has allowed may be answered, by its answers and by ICMP errors
 * about it, and the later fragments of a datagram follow the first. All of it holds for one generation
 * of the rules only: after a change the flow itself has to be allowed again.
 */
#ifndef NSA_STAGE_POLICY_H
#define NSA_STAGE_POLICY_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "core/config.h"
#include "core/order.h"
#include "core/probe.h"
#include "map/owners.h"
#include "map/policies.h"
#include "pkt/ctx_skb.h"
#include "pkt/nd.h"
#include "stage/classify.h"
#include "stage/conn.h"

#define NSA_ICMP_PARAMETER   12
#define NSA_ICMPV6_PARAMETER 4

/* What is quoted in an ICMP error begins so far after its type. */
#define NSA_ICMP_QUOTE 8

/* By the rules alone: is it allowed? */
static __always_inline bool nsa_rules_allow(struct nsa_judge *judge, const struct nsa_tuple *tuple)
{
	judge->decision.rule = 0;
	judge->decision.verdict = judge->ask.deny ? NSACCEL_VERDICT_DENY : NSACCEL_VERDICT_ALLOW;
	if (judge->ask.policy)
		nsa_policy_match(judge, tuple, judge->ask.policy);
	return judge->decision.verdict == NSACCEL_VERDICT_ALLOW;
}

/* An answer to what was allowed, and still is: 1. To what isn't any more: -1. It would else begin what its
 * receiver has begun, and let that go on. */
__noinline int nsa_is_answer(struct nsa_judge *judge)
{
	struct nsaccel_conn *conn;

	if (!judge || judge->tuple.begins)
		return 0;
	nsa_conn_key(&judge->key, &judge->tuple, true);
	conn = nsa_conn_find();
	if (!conn || judge->found.to_slot != judge->tuple.from)
		return 0;
	if (judge->found.generation != judge->ask.generation) {
		nsa_tuple_turn(&judge->other, &judge->tuple);
		if (!nsa_rules_allow(judge, &judge->other))
			return -1;
		nsa_conn_note(judge->tuple.from, judge->decision.rule);
		nsa_rule_count(judge->decision.rule, judge->ask.len);
		return 1;
	}
	nsa_conn_touch(conn);
	nsa_rule_count(conn->rule, judge->ask.len);
	return 1;
}

static __always_inline bool nsa_is_error(__u8 family, __u8 type)
{
	return family == NSACCEL_FAMILY_INET ?
		       type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED ||
			       type == NSA_ICMP_PARAMETER :
		       type >= ICMPV6_DEST_UNREACH && type <= NSA_ICMPV6_PARAMETER;
}

/* An ICMP error about what its receiver has sent, as one who began, or in answer to who did: 1. at: its
 * ICMP header. */
__noinline int nsa_is_error_about(struct __sk_buff *skb, struct nsa_judge *judge, __u32 at)
{
	__u8 type;

	if (!judge || bpf_skb_load_bytes(skb, at, &type, sizeof(type)) ||
	    !nsa_is_error(judge->tuple.family, type))
		return 0;
	__builtin_memset(&judge->other, 0, sizeof(judge->other));
	if (nsa_tuple_of(skb, &judge->other, judge->tuple.family == NSACCEL_FAMILY_INET,
			 at + NSA_ICMP_QUOTE) < 0 ||
	    judge->other.cut)
		return 0;
	if (!nsa_same_address(judge->other.src, judge->tuple.dst))
		return 0;
	judge->other.from = judge->tuple.to;
	judge->other.to = judge->tuple.from;
	nsa_conn_key(&judge->key, &judge->other, false);
	if (nsa_conn_allowed(judge))
		return 1;
	nsa_conn_key(&judge->key, &judge->other, true);
	return nsa_conn_allowed(judge) && judge->found.to_slot == judge->tuple.to;
}

/* A packet that goes on with what its sender has begun: 1. */
__noinline int nsa_goes_on(struct nsa_judge *judge)
{
	struct nsaccel_conn *conn;

	if (!judge)
		return 0;
	nsa_conn_key(&judge->key, &judge->tuple, false);
	conn = nsa_conn_find();
	judge->tuple.known = conn && judge->found.to_slot == judge->tuple.to;
	if (!judge->tuple.known || judge->found.generation != judge->ask.generation)
		return 0;
	nsa_conn_touch(conn);
	nsa_rule_count(conn->rule, judge->ask.len);
	return 1;
}

/* A packet that begins something, and may: 1. */
__noinline int nsa_may_begin(struct nsa_judge *judge)
{
	if (!judge || !nsa_rules_allow(judge, &judge->tuple))
		return 0;
	nsa_conn_key(&judge->key, &judge->tuple, false);
	nsa_conn_note(judge->tuple.to, judge->decision.rule);
	nsa_rule_count(judge->decision.rule, judge->ask.len);
	return 1;
}

/* A later fragment: its first one was allowed, or the rules say so whatever its ports: 1. */
__noinline int nsa_fragment_follows(struct nsa_judge *judge)
{
	if (!judge)
		return 0;
	nsa_fragment_key(&judge->key, &judge->tuple);
	if (nsa_conn_allowed(judge) && judge->found.to_slot == judge->tuple.to)
		return 1;
	if (!nsa_rules_allow(judge, &judge->tuple))
		return 0;
	nsa_rule_count(judge->decision.rule, judge->ask.len);
	return 1;
}

/* What its sender hasn't begun yet, under these rules. */
static __always_inline bool nsa_follows(struct __sk_buff *skb, struct nsa_judge *judge, __u32 l4)
{
	int answer = nsa_is_answer(judge);

	if (answer > 0)
		return true;
	if ((!answer || judge->tuple.known) && nsa_may_begin(judge))
		return true;
	return nsa_is_icmp(&judge->tuple) && nsa_is_error_about(skb, judge, l4);
}

static __always_inline bool nsa_tuple_allowed(struct __sk_buff *skb, struct nsa_judge *judge,
					      __u32 l4)
{
	if (judge->tuple.fragment == NSA_LATER_FRAGMENT)
		return nsa_fragment_follows(judge);
	if (!nsa_goes_on(judge) && !nsa_follows(skb, judge, l4))
		return false;
	if (judge->tuple.fragment == NSA_FIRST_FRAGMENT) {
		nsa_fragment_key(&judge->key, &judge->tuple);
		nsa_conn_note(judge->tuple.to, 0);
	}
	return true;
}

static __always_inline bool nsa_denies(__u32 slot)
{
	const struct nsaccel_isolation *isolation = bpf_map_lookup_elem(&nsaccel_isolat, &slot);

	return isolation && isolation->policy == NSACCEL_VERDICT_DENY;
}

/* Do any rules, or defaults, hold for what goes from one namespace to another? */
static __always_inline bool nsa_is_policed(__u32 from, __u32 to)
{
	const struct nsaccel_owner *owner;
	__u32 slot = nsaccel_owner_slot;

	owner = bpf_map_lookup_elem(&nsaccel_owners, &slot);
	return (owner && READ_ONCE(owner->policy)) || nsa_denies(from) || nsa_denies(to);
}

/* Which those are; false: none. The policy and its generation are one word: what is allowed by older rules
 * is never taken for what newer ones have allowed. Defaults come before the generation that they change. */
static __always_inline bool nsa_policy_for(__u32 from, __u32 to, struct nsa_ask *ask)
{
	const struct nsaccel_owner *owner;
	__u32 slot = nsaccel_owner_slot;
	union {
		__u64 word;
		__u32 half[2];
	} in_force;

	owner = bpf_map_lookup_elem(&nsaccel_owners, &slot);
	in_force.word = owner ? READ_ONCE(*(const __u64 *)&owner->policy) : 0;
	nsa_keep_order();
	ask->policy = in_force.half[0];
	ask->generation = in_force.half[1];
	ask->deny = nsa_denies(from) || nsa_denies(to);
	return ask->policy || ask->deny;
}

/* Neighbour discovery that goes no further than the link, as ARP: without it nothing that is allowed
 * would find its way. A router takes one off the hop limit. */
static __always_inline bool nsa_finds_neighbours(struct __sk_buff *skb,
						 const struct nsa_tuple *tuple, __u32 l4)
{
	__u8 hop_limit, type;

	return tuple->family == NSACCEL_FAMILY_INET6 && tuple->proto == IPPROTO_ICMPV6 &&
	       !bpf_skb_load_bytes(
		       skb, sizeof(struct ethhdr) + __builtin_offsetof(struct ipv6hdr, hop_limit),
		       &hop_limit, sizeof(hop_limit)) &&
	       hop_limit == 255 && !bpf_skb_load_bytes(skb, l4, &type, sizeof(type)) &&
	       type >= NSA_ND_FIRST && type <= NSA_ND_LAST;
}

/* By the rules for what is known of it, without a memory: what is neither IP nor ARP, and what is cut. */
static __always_inline bool nsa_part_allowed(struct nsa_judge *judge)
{
	if (!nsa_rules_allow(judge, &judge->tuple))
		return false;
	nsa_rule_count(judge->decision.rule, judge->ask.len);
	return true;
}

static __always_inline bool nsa_ip_allowed(struct __sk_buff *skb, struct nsa_judge *judge, bool v4,
					   bool on_link)
{
	int l4 = nsa_tuple_of(skb, &judge->tuple, v4, sizeof(struct ethhdr));

	if (l4 < 0)
		return false;
	if (judge->tuple.cut)
		return nsa_part_allowed(judge);
	return (on_link && nsa_finds_neighbours(skb, &judge->tuple, (__u32)l4)) ||
	       nsa_tuple_allowed(skb, judge, (__u32)l4);
}

/* Does the policy deny what goes from one namespace to another? on_link: it isn't routed any more. 0,
 * or -NSACCEL_DROP_POLICY. */
__noinline int nsa_policy(struct __sk_buff *skb, __u32 from, __u32 to, __u32 on_link)
{
	struct nsa_judge *judge;
	struct ethhdr *eth;
	bool allowed;
	__be16 type;

	judge = nsa_judge();
	if (!judge)
		return -NSACCEL_DROP_POLICY;
	if (!nsa_policy_for(from, to, &judge->ask))
		return 0;
	eth = nsa_eth(skb);
	if (!eth)
		return -NSACCEL_DROP_POLICY;
	type = eth->h_proto;
	if (type == bpf_htons(ETH_P_ARP))
		return 0;
	judge->ask.len = nsa_probing(skb) ? 0 : skb->len;
	judge->decision.rule = 0;
	__builtin_memset(&judge->tuple, 0, sizeof(judge->tuple));
	judge->tuple.from = from;
	judge->tuple.to = to;
	if (type == bpf_htons(ETH_P_IP) || type == bpf_htons(ETH_P_IPV6))
		allowed = nsa_ip_allowed(skb, judge, type == bpf_htons(ETH_P_IP), on_link);
	else
		allowed = nsa_part_allowed(judge);
	if (allowed)
		return 0;
	nsa_rule_count(judge->decision.rule, judge->ask.len);
	return -NSACCEL_DROP_POLICY;
}

#endif
