/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory for the packet in progress, since the stack has 512 bytes. One for each CPU is enough: no
 * other program of ours runs in between. */
#ifndef NSA_CORE_SCRATCH_H
#define NSA_CORE_SCRATCH_H

#include "core/bpf.h"
#include "core/context.h"
#include "core/features.h"

struct nsa_scratch {
	struct nsa_hop hop;			 /* where the packet goes */
	struct nsaccel_flow_signature signature; /* of the firewall gate */
	/* See stage/translate.h. */
	struct nsa_arrived arrived;
	struct nsa_flow answer; /* of packets that answer the one in progress */
	struct nsa_watched watched;
	/* See stage/verdict.h. */
	struct nsaccel_cached_verdict verdict; /* as it is to be recorded */
	__u64 verdict_hash;
	__u32 rule;	      /* the policy's, that allowed the packet; 0: the defaults */
	__u32 by_kernel;      /* 1: the kernel's own lookup was asked, which no sequence follows */
	__u64 admitted_until; /* by the gate, ns of CLOCK_MONOTONIC_COARSE; 0: not admitted */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct nsa_scratch);
	__uint(max_entries, 1);
} nsa_scratch_mem SEC(".maps");

static __always_inline struct nsa_scratch *nsa_scratch(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&nsa_scratch_mem, &zero);
}

/* To be called where a stage has asked the kernel's own lookup. */
static __always_inline void nsa_asked_kernel(void)
{
	struct nsa_scratch *scratch = nsa_scratch();

	if (scratch)
		scratch->by_kernel = 1;
}

/* Is the packet in progress one that is translated? */
static __always_inline bool nsa_is_translated(const struct nsa_scratch *scratch)
{
	return nsa_has(NSACCEL_FEATURE_NAT) && scratch->arrived.to.translated;
}

#endif
