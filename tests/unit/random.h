/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers that are the same in each run (xorshift64). */
#ifndef NSA_TEST_RANDOM_H
#define NSA_TEST_RANDOM_H

#include <linux/types.h>

static __u64 random_seed = 88172645463325252ULL; /* not 0 */

static inline __u32 random_below(__u32 count)
{
	random_seed ^= random_seed << 13;
	random_seed ^= random_seed >> 7;
	random_seed ^= random_seed << 17;
	return (__u32)(random_seed >> 32) % count;
}

#endif
