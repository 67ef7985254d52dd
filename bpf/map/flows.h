/* SPDX-License-Identifier: GPL-2.0-only */
/* Flows that the firewall has admitted, and how many each namespace has. */
#ifndef NSA_MAP_FLOWS_H
#define NSA_MAP_FLOWS_H

#include "core/bpf.h"

/* Flows that the kernel has admitted; only programs write them. Not an LRU: one namespace could
 * evict others' flows. Preallocated: otherwise the kernel may have no free element in a burst. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct nsaccel_flow_key);
	__type(value, struct nsaccel_flow);
	__uint(max_entries, NSACCEL_MAX_FLOWS);
} nsa_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags,
	       BPF_F_MMAPABLE); /* user space writes quotas, beside what programs write */
	__type(key, __u32);	/* slot */
	__type(value, struct nsaccel_flow_use);
	__uint(max_entries, NSACCEL_MAX_NETNS);
} nsa_flow_use SEC(".maps");

#endif
