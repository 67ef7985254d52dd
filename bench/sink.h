/* SPDX-License-Identifier: GPL-2.0-only */
/* The counter that the sink's programs fill; the generator and the loader read it. */
#ifndef NSA_BENCH_SINK_H
#define NSA_BENCH_SINK_H

#include <linux/types.h>

#define SINK_PORT 9 /* discard */

struct sink_count {
	__u64 packets;
	__u64 bytes;
};

#endif
