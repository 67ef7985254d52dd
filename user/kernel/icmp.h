/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NSA_KERNEL_ICMP_H
#define NSA_KERNEL_ICMP_H

#include <linux/types.h>

/* How many ICMP messages that tell of routes (unreachable, packet too big, redirect) have come to
 * the calling thread's namespace. What can't be read changes with each call. */
__u64 nsa_icmp_received(void);

#endif
