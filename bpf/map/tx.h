/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices that XDP sends by. */
#ifndef NSA_MAP_TX_H
#define NSA_MAP_TX_H

#include "core/bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__type(key, __u32);
	__type(value, struct bpf_devmap_val);
	__uint(max_entries, NSACCEL_MAX_TX);
} nsa_tx SEC(".maps");

/* A devmap returns an ifindex without its namespace; this map has both. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct nsaccel_tx_info);
	__uint(max_entries, NSACCEL_MAX_TX);
} nsa_tx_info SEC(".maps");

#endif
