/* SPDX-License-Identifier: GPL-2.0-only */
/* Rates of namespaces. */
#ifndef NSA_MAP_LIMITS_H
#define NSA_MAP_LIMITS_H

#include "core/bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32); /* slot */
	__type(value, struct nsaccel_limits);
	__uint(max_entries, NSACCEL_MAX_NETNS);
} nsa_limits SEC(".maps");

#endif
