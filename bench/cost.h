/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of a frame that programs change, which each run gets anew. */
#ifndef NSA_BENCH_COST_H
#define NSA_BENCH_COST_H

#include <linux/types.h>

#define COST_WORDS 7 /* Ethernet and IPv6, and two bytes */

struct cost_header {
	__u64 words[COST_WORDS];
};

#endif
