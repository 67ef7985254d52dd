/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps that user space keeps for itself; the programs never look at them. */
#ifndef NSA_MAP_USER_H
#define NSA_MAP_USER_H

#include "core/bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct nsaccel_meta);
	__uint(max_entries, 1);
} nsa_meta SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64); /* cookie */
	__type(value, struct nsaccel_netns);
	__uint(max_entries, NSACCEL_MAX_NETNS);
} nsa_netns SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_setting_key);
	__type(value, struct nsaccel_setting);
	__uint(max_entries, NSACCEL_MAX_SETTINGS);
} nsa_settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct nsaccel_lapsed_key);
	__type(value, struct nsaccel_lapsed);
	__uint(max_entries, NSACCEL_MAX_LAPSED);
} nsa_lapsed SEC(".maps");

#endif
