/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NSA_UTIL_CLOCK_H
#define NSA_UTIL_CLOCK_H

#include <linux/types.h>
#include <time.h>

static inline __u64 nsa_clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (__u64)now.tv_sec * 1000000000ULL + (__u64)now.tv_nsec;
}

static inline __u64 nsa_clock_usec(clockid_t clock)
{
	return nsa_clock_ns(clock) / 1000;
}

/* CLOCK_MONOTONIC, ns: the clock that the programs' times are of. */
static inline __u64 nsa_clock(void)
{
	return nsa_clock_ns(CLOCK_MONOTONIC);
}

/* What the thread has computed, ns, in the kernel, too. */
static inline __u64 nsa_clock_spent(void)
{
	return nsa_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

#endif
