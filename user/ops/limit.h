/* SPDX-License-Identifier: GPL-2.0-only */
/* Limits what a namespace may send and get. */
#ifndef NSA_OPS_LIMIT_H
#define NSA_OPS_LIMIT_H

#include <stdbool.h>

#include "nsaccel/abi.h"

/* One direction's limits; 0: none. */
struct nsa_limit_request {
	const char *bpffs;
	const char *netns; /* NAME|PID|PATH */
	enum nsaccel_direction direction;
	bool both;			  /* directions */
	__u64 bits, packets;		  /* per second */
	__u64 burst_bytes, burst_packets; /* 0: a sensible one */
};

/* It happens whole, or nothing changes. 0 or -errno, logged. */
int nsa_limit_set(const struct nsa_limit_request *request);

#endif
