/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that the policy has allowed: each holds for one generation of the rules. */
#ifndef NSA_STAGE_CONN_H
#define NSA_STAGE_CONN_H

#include "core/bpf.h"
#include "core/order.h"
#include "map/conns.h"
#include "stage/match.h"

#define NSA_SECOND	1000000000ULL
#define NSA_IDLE_TCP	(432000 * NSA_SECOND) /* nf_conntrack's of established ones */
#define NSA_IDLE_UDP	(180 * NSA_SECOND)
#define NSA_IDLE_ICMP	(30 * NSA_SECOND)
#define NSA_IDLE_OTHERS (600 * NSA_SECOND)
#define NSA_IDLE_FRAG	(30 * NSA_SECOND) /* ip_frag_time */

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

/* Identifies the flow of an element, and what is remembered of it: the kernel may give the element
 * to another flow at any time. A sum of products, which the CPU computes in parallel. */
static __always_inline __u32 nsa_conn_digest(const struct nsa_match *match, __u32 to, __u32 rule)
{
	const __u64 golden = 0x9e3779b97f4a7c15ULL, *words = (const void *)&match->key;
	__u64 digest = ((__u64)rule << 32 | to) * golden, factor = golden, last;
	__u32 i;

#pragma unroll
	for (i = 0; i < sizeof(match->key) / sizeof(*words); i++) {
		factor *= golden;
		digest += words[i] * factor;
	}
	last = *(const __u32 *)&words[i]; /* half a word */
	digest += last * (factor * golden);
	return (__u32)(digest >> 32);
}

/* The connection of match->key, of any generation; NULL: there is none. The key is taken from the
 * map, since up to Linux 6.1 an argument of a global function can't be one. Generation and digest
 * are read as one word. */
__subprog struct nsaccel_conn *nsa_conn_find(void)
{
	struct nsa_match *match = nsa_match();
	struct nsaccel_conn *conn;
	union {
		__u64 word;
		__u32 half[2];
	} mark;
	void *conns;

	if (!match)
		return NULL;
	conns = nsa_conns_of(match->key.slot);
	conn = conns ? bpf_map_lookup_elem(conns, &match->key) : NULL;
	/* Another CPU may have set it after this one read the clock. */
	if (!conn || (__s64)(bpf_ktime_get_coarse_ns() - conn->seen) > (__s64)nsa_idle(&match->key))
		return NULL;
	mark.word = READ_ONCE(*(const __u64 *)&conn->generation);
	match->found.generation = mark.half[0];
	match->found.to_slot = READ_ONCE(conn->to_slot);
	match->found.rule = READ_ONCE(conn->rule);
	return mark.half[1] == nsa_conn_digest(match, match->found.to_slot, match->found.rule) ?
		       conn :
		       NULL;
}

/* Likewise, of the generation in force. */
static __always_inline struct nsaccel_conn *nsa_conn_allowed(const struct nsa_match *match)
{
	struct nsaccel_conn *conn = nsa_conn_find();

	return conn && match->found.generation == match->ask.generation ? conn : NULL;
}

/* Not written for each packet: all CPUs share the cache line. A probe isn't one of its packets. */
static __always_inline void nsa_conn_touch(const struct nsa_match *match, struct nsaccel_conn *conn)
{
	__u64 now = bpf_ktime_get_coarse_ns();

	if (match->ask.len && (__s64)(now - conn->seen) > (__s64)NSA_SECOND)
		WRITE_ONCE(conn->seen, now);
}

static __always_inline void nsa_conn_record(__u32 to, __u32 rule)
{
	const struct nsa_match *match = nsa_match();
	struct nsaccel_conn conn = { .to_slot = to, .rule = rule };
	void *conns;

	if (!match || !match->ask.len)
		return;
	conn.seen = bpf_ktime_get_coarse_ns();
	conn.generation = match->ask.generation;
	conn.digest = nsa_conn_digest(match, to, rule);
	conns = nsa_conns_of(match->key.slot);
	if (conns)
		bpf_map_update_elem(conns, &match->key, &conn, BPF_ANY);
}

#endif
