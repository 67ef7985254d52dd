/* SPDX-License-Identifier: GPL-2.0-only */
/* Order of accesses to memory that others change at the same time. */
#ifndef NSA_CORE_ORDER_H
#define NSA_CORE_ORDER_H

#include "core/bpf.h"

/* 1: the machine may reorder loads with loads and stores with stores. The build for x86 sets 0. */
#ifndef NSA_WEAK_ORDER
#define NSA_WEAK_ORDER 1
#endif

#define READ_ONCE(x)	  (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, to) (*(volatile typeof(x) *)&(x) = (to))

/* Loads stay before loads and stores before stores. BPF has no barrier of its own, but an atomic
 * operation that returns a value is one, for all accesses (BPF_FETCH is fully ordered in the
 * kernel's memory model). x86 keeps that order by itself, if only the compiler does. */
static __always_inline void nsa_keep_order(void)
{
	if (NSA_WEAK_ORDER) {
		__u64 word = 0;

		__sync_lock_test_and_set(&word, 1);
		asm volatile("" : : "r"(&word));
	}
	asm volatile("" : : : "memory");
}

#endif
