/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy with a memory: what a rule has allowed may be answered, by its answers and by ICMP errors
 * about it, and the later fragments of a datagram follow the first. All of it holds for one generation
 * of the rules only: after a change the flow itself has to be allowed again.
 */
#ifndef NSA_BPF_CONN_H
#define NSA_BPF_CONN_H

#define NSA_SECOND	1000000000ULL
#define NSA_IDLE_TCP	(432000 * NSA_SECOND) /* nf_conntrack's of established ones */
#define NSA_IDLE_UDP	(180 * NSA_SECOND)
#define NSA_IDLE_ICMP	(30 * NSA_SECOND)
#define NSA_IDLE_OTHERS (600 * NSA_SECOND)
#define NSA_IDLE_FRAG	(30 * NSA_SECOND) /* ip_frag_time */

#define NSA_ICMP_PARAMETER   12
#define NSA_ICMPV6_PARAMETER 4

/* What is quoted in an ICMP error begins so far after its type. */
#define NSA_ICMP_QUOTE 8

#define NSA_TCP_FLAGS 13 /* offset */
#define NSA_TCP_SYN   0x02
#define NSA_TCP_ACK   0x10

static __always_inline bool nsa_is_icmp(const struct nsa_tuple *tuple)
{
	return tuple->proto ==
	       (tuple->family == NSACCEL_FAMILY_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static __always_inline bool nsa_has_ports(__u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
	case IPPROTO_UDPLITE:
	case IPPROTO_DCCP:
		return true;
	default:
		return false;
	}
}

/* An echo's id is where the port of who asks would be: so a reply answers a request. A request answers
 * nothing, not even a reply that rules let pass; nor does other ICMP. */
static __always_inline int nsa_tuple_icmp(struct __sk_buff *skb, __u32 at, struct nsa_tuple *tuple)
{
	bool v4 = tuple->family == NSACCEL_FAMILY_INET;
	struct {
		__u8 type, code;
		__u16 sum, id;
	} icmp;

	if (bpf_skb_load_bytes(skb, at, &icmp, sizeof(icmp)))
		return -1;
	if (icmp.type == (v4 ? ICMP_ECHOREPLY : ICMPV6_ECHO_REPLY)) {
		tuple->dport = icmp.id;
		return 0;
	}
	tuple->begins = 1;
	if (icmp.type == (v4 ? ICMP_ECHO : ICMPV6_ECHO_REQUEST))
		tuple->sport = icmp.id;
	return 0;
}

/* Ports, or an echo's id, of layer 4 at that place. What an ICMP error quotes may end after that. */
static __always_inline int nsa_tuple_l4(struct __sk_buff *skb, __u32 at, struct nsa_tuple *tuple)
{
	struct {
		__u16 source, dest;
	} ports;
	__u8 flags;

	if (nsa_is_icmp(tuple))
		return nsa_tuple_icmp(skb, at, tuple);
	if (!nsa_has_ports(tuple->proto))
		return 0;
	if (bpf_skb_load_bytes(skb, at, &ports, sizeof(ports)))
		return -1;
	tuple->sport = ports.source;
	tuple->dport = ports.dest;
	tuple->ports = NSA_PORTS_KNOWN;
	if (tuple->proto == IPPROTO_TCP &&
	    !bpf_skb_load_bytes(skb, at + NSA_TCP_FLAGS, &flags, sizeof(flags)))
		tuple->begins = (flags & (NSA_TCP_SYN | NSA_TCP_ACK)) == NSA_TCP_SYN;
	return 0;
}

static __always_inline int nsa_tuple_ip4(struct __sk_buff *skb, __u32 at, struct nsa_tuple *tuple,
					 __u32 *l4)
{
	struct iphdr ip;
	__u16 offset;

	if (bpf_skb_load_bytes(skb, at, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5)
		return -1;
	tuple->family = NSACCEL_FAMILY_INET;
	tuple->proto = ip.protocol;
	__builtin_memcpy(tuple->src, &ip.saddr, 4);
	__builtin_memcpy(tuple->dst, &ip.daddr, 4);
	offset = bpf_ntohs(ip.frag_off);
	tuple->fragment = offset & 0x1fff ? NSA_LATER_FRAGMENT :
			  offset & 0x2000 ? NSA_FIRST_FRAGMENT :
					    NSA_WHOLE;
	tuple->fragment_id = ip.id;
	*l4 = at + ip.ihl * 4;
	return 0;
}

static __always_inline int nsa_tuple_ip6(struct __sk_buff *skb, __u32 at, struct nsa_tuple *tuple,
					 __u32 *l4)
{
	struct nsa_l4_place place = {};

	if (bpf_skb_load_bytes(skb, at + __builtin_offsetof(struct ipv6hdr, saddr), tuple->src,
			       sizeof(tuple->src)) ||
	    bpf_skb_load_bytes(skb, at + __builtin_offsetof(struct ipv6hdr, daddr), tuple->dst,
			       sizeof(tuple->dst)))
		return -1;
	tuple->family = NSACCEL_FAMILY_INET6;
	if (nsa_ip6_l4(skb, at, &place)) {
		tuple->cut = NSA_CUT_PROTO;
		tuple->ports = NSA_PORTS_UNKNOWN;
		return 0;
	}
	tuple->proto = place.proto;
	tuple->fragment = place.offset_units ? NSA_LATER_FRAGMENT :
			  place.fragment     ? NSA_FIRST_FRAGMENT :
					       NSA_WHOLE;
	tuple->fragment_id = place.id;
	*l4 = place.at;
	return 0;
}

/* Of the packet whose IP header is at that place, into tuple, which is zero. Where its layer 4 is, unless it
 * is cut; or -1: it isn't IP. Global, as all below that are. */
__noinline int nsa_tuple_of(struct __sk_buff *skb, struct nsa_tuple *tuple, __u32 v4, __u32 at)
{
	__u32 l4 = 0;

	if (!tuple)
		return -1;
	if (v4 ? nsa_tuple_ip4(skb, at, tuple, &l4) : nsa_tuple_ip6(skb, at, tuple, &l4))
		return -1;
	if (tuple->cut)
		return 0;
	if (tuple->fragment != NSA_LATER_FRAGMENT) {
		if (!nsa_tuple_l4(skb, l4, tuple))
			return (int)l4;
		tuple->cut = NSA_CUT_L4;
	}
	tuple->ports = nsa_has_ports(tuple->proto) ? NSA_PORTS_UNKNOWN : NSA_PORTS_NONE;
	return (int)l4;
}

static __always_inline void nsa_conn_key(struct nsaccel_conn_key *key,
					 const struct nsa_tuple *tuple, bool back)
{
	__builtin_memset(key, 0, sizeof(*key));
	key->slot = back ? tuple->to : tuple->from;
	key->family = tuple->family;
	key->proto = tuple->proto;
	__builtin_memcpy(back ? key->dst : key->src, tuple->src, sizeof(key->src));
	__builtin_memcpy(back ? key->src : key->dst, tuple->dst, sizeof(key->dst));
	key->sport = back ? tuple->dport : tuple->sport;
	key->dport = back ? tuple->sport : tuple->dport;
}

static __always_inline void nsa_fragment_key(struct nsaccel_conn_key *key,
					     const struct nsa_tuple *tuple)
{
	nsa_conn_key(key, tuple, false);
	key->kind = NSACCEL_CONN_FRAGMENT;
	if (tuple->family == NSACCEL_FAMILY_INET6)
		key->proto =
			0; /* the first says what it is, the others what their part begins with */
	key->sport = (__u16)tuple->fragment_id;
	key->dport = (__u16)(tuple->fragment_id >> 16);
}

static __always_inline __u64 nsa_idle(const struct nsaccel_conn_key *key)
{
	if (key->kind == NSACCEL_CONN_FRAGMENT)
		return NSA_IDLE_FRAG;
	switch (key->proto) {
	case IPPROTO_TCP:
		return NSA_IDLE_TCP;
	case IPPROTO_UDP:
		return NSA_IDLE_UDP;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return NSA_IDLE_ICMP;
	default:
		return NSA_IDLE_OTHERS;
	}
}

/* Who has none of its own shares its owner's. */
static __always_inline void *nsa_conns(__u32 slot)
{
	void *conns = bpf_map_lookup_elem(&nsaccel_conns, &slot);
	__u32 owner = nsaccel_owner_slot;

	return conns ? conns : bpf_map_lookup_elem(&nsaccel_conns, &owner);
}

/* By which a remembered flow is known: its element may be another's by the time it is read. A sum of
 * products, none of which has to wait for another. */
static __always_inline __u32 nsa_conn_digest(const struct nsa_judge *judge, __u32 to)
{
	const __u64 golden = 0x9e3779b97f4a7c15ULL, *words = (const void *)&judge->key;
	__u64 digest = to * golden, factor = golden;
	__u32 i;

#pragma unroll
	for (i = 0; i < sizeof(judge->key) / sizeof(*words); i++) {
		factor *= golden;
		digest += words[i] * factor;
	}
	/* The last word is half one. */
	digest += (__u64) * (const __u32 *)&words[i] * (factor * golden);
	return (__u32)(digest >> 32);
}

/* What is remembered by the judge's key, which is taken from the map: up to Linux 6.1 what a global
 * function is given is no key. Generation and digest are one word. */
static __noinline struct nsaccel_conn *nsa_conn_find(void)
{
	struct nsa_judge *judge = nsa_judge();
	struct nsaccel_conn *conn;
	union {
		__u64 word;
		__u32 half[2];
	} mark;
	void *conns;

	if (!judge)
		return NULL;
	conns = nsa_conns(judge->key.slot);
	conn = conns ? bpf_map_lookup_elem(conns, &judge->key) : NULL;
	/* Another CPU may have seen it a moment after this one looked at the clock. */
	if (!conn || (__s64)(bpf_ktime_get_coarse_ns() - conn->seen) > (__s64)nsa_idle(&judge->key))
		return NULL;
	mark.word = READ_ONCE(*(const __u64 *)&conn->generation);
	judge->found.generation = mark.half[0];
	judge->found.to_slot = READ_ONCE(conn->to_slot);
	return mark.half[1] == nsa_conn_digest(judge, judge->found.to_slot) ? conn : NULL;
}

/* Likewise, if the rules in force have allowed it. */
static __always_inline struct nsaccel_conn *nsa_conn_allowed(const struct nsa_judge *judge)
{
	struct nsaccel_conn *conn = nsa_conn_find();

	return conn && judge->found.generation == judge->ask.generation ? conn : NULL;
}

/* Not written for each packet: all CPUs share the line. */
static __always_inline void nsa_conn_touch(struct nsaccel_conn *conn)
{
	__u64 now = bpf_ktime_get_coarse_ns();

	if ((__s64)(now - conn->seen) > (__s64)NSA_SECOND)
		WRITE_ONCE(conn->seen, now);
}

static __always_inline void nsa_conn_note(__u32 to, __u32 rule)
{
	const struct nsa_judge *judge = nsa_judge();
	struct nsaccel_conn conn = { .to_slot = to, .rule = rule };
	void *conns;

	if (!judge || !judge->ask.len)
		return;
	conn.seen = bpf_ktime_get_coarse_ns();
	conn.generation = judge->ask.generation;
	conn.digest = nsa_conn_digest(judge, to);
	conns = nsa_conns(judge->key.slot);
	if (conns)
		bpf_map_update_elem(conns, &judge->key, &conn, BPF_ANY);
}

static __always_inline void nsa_rule_count(__u32 rule, __u32 bytes)
{
	struct nsaccel_counter *counter = bpf_map_lookup_elem(&nsaccel_rstats, &rule);

	if (!counter || !bytes)
		return;
	counter->packets++;
	counter->bytes += bytes;
}

/* By the rules alone: is it allowed? */
static __always_inline bool nsa_rules_allow(struct nsa_judge *judge, const struct nsa_tuple *tuple)
{
	judge->decision.rule = 0;
	judge->decision.verdict = judge->ask.deny ? NSACCEL_VERDICT_DENY : NSACCEL_VERDICT_ALLOW;
	if (judge->ask.policy)
		nsa_policy_match(judge, tuple, judge->ask.policy);
	return judge->decision.verdict == NSACCEL_VERDICT_ALLOW;
}

static __always_inline void nsa_tuple_turn(struct nsa_tuple *to, const struct nsa_tuple *from)
{
	*to = *from;
	__builtin_memcpy(to->src, from->dst, sizeof(to->src));
	__builtin_memcpy(to->dst, from->src, sizeof(to->dst));
	to->from = from->to;
	to->to = from->from;
	to->sport = from->dport;
	to->dport = from->sport;
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

static __always_inline bool nsa_same_address(const __u8 *a, const __u8 *b)
{
	__u32 x[4], y[4];

	__builtin_memcpy(x, a, sizeof(x));
	__builtin_memcpy(y, b, sizeof(y));
	return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]));
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
