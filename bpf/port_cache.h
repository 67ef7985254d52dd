/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the loader gives programs in .rodata, so that most packets find their port without a hash
 * lookup. Element ifindex % NSACCEL_PORT_CACHE; of ports that share one the others are in the map
 * only. Ports change with a new set of programs, never under them.
 */
#ifndef NSA_BPF_PORT_CACHE_H
#define NSA_BPF_PORT_CACHE_H

#include "nsaccel/abi.h"

#define NSACCEL_PORT_CACHE 256

struct nsaccel_cached_port {
	__u32 ifindex; /* 0: none */
	__u32 zero;
	struct nsaccel_port port;
};

#endif
