/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory for the packet in progress, since the stack has 512 bytes. One for each CPU is enough: no
 * other program of ours runs in between. */
#ifndef NSA_CORE_SCRATCH_H
#define NSA_CORE_SCRATCH_H

#include "core/bpf.h"
#include "core/context.h"

struct nsa_scratch {
	struct nsa_hop hop;			 /* where the packet goes */
	struct nsaccel_flow_signature signature; /* of the firewall gate */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct nsa_scratch);
	__uint(max_entries, 1);
} nsaccel_scratch SEC(".maps");

static __always_inline struct nsa_scratch *nsa_scratch(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&nsaccel_scratch, &zero);
}

#endif
