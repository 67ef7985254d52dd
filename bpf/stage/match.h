/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory of the policy for the packet in progress: more than the stack has. */
#ifndef NSA_STAGE_MATCH_H
#define NSA_STAGE_MATCH_H

#include "core/bpf.h"
#include "stage/tuple.h"

struct nsa_decision {
	__u32 rule;    /* number in "rules"; 0: none, the defaults decide */
	__u32 verdict; /* enum nsaccel_verdict */
};

/* The rules that are asked. */
struct nsa_ask {
	__u32 policy, generation;
	__u32 deny; /* 1: what no rule decides is denied */
	__u32 len;  /* of the frame; 0: a probe, of which nothing is remembered or counted */
};

/* What is remembered of a flow. */
struct nsa_memory {
	__u32 generation, to_slot, rule;
};

/* One for each CPU is enough: no other program of ours runs in between. */
struct nsa_match {
	struct nsa_tuple tuple; /* the packet */
	struct nsa_tuple other; /* the reverse direction, or the packet that an ICMP error quotes */
	struct nsa_ask ask;
	struct nsaccel_conn_key key
		__attribute__((aligned(8))); /* read by words: nsa_conn_digest() */
	struct nsa_memory found;	     /* by that key */
	__u32 class[NSACCEL_DIMENSION_COUNT];
	struct nsa_decision decision;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct nsa_match);
	__uint(max_entries, 1);
} nsaccel_match SEC(".maps");

static __always_inline struct nsa_match *nsa_match(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&nsaccel_match, &zero);
}

#endif
