/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NSA_CLOCK_H
#define NSA_CLOCK_H

#include <linux/types.h>
#include <time.h>

/* CLOCK_MONOTONIC, ns: the clock that the programs' times are of. */
static inline __u64 nsa_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (__u64)now.tv_sec * 1000000000ULL + (__u64)now.tv_nsec;
}

#endif
