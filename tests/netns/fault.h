/* SPDX-License-Identifier: GPL-2.0-only */
/* Between fault.c, which fails calls, and fault_calls.c, which has the calls. */
#ifndef NSA_TEST_FAULT_H
#define NSA_TEST_FAULT_H

#include <stdbool.h>

enum kind {
	OTHER,
	BPF,
	NETLINK,
	CHANGE
};

/* A call that is about to be made. */
struct call {
	const char *name;
	enum kind kind;
	bool counts; /* for FAULT_AT */
	unsigned int site, nth;
};

/* Nothing of the library but the calls that it replaces may be seen by the command. */
#pragma GCC visibility push(hidden)

/* syscall() of libc. */
extern long (*fault_real)(long number, ...);

/* Makes the call, or the fault that was asked for. The result is that of syscall(), with errno. */
long fault_make(struct call call, long number, long a, long b, long c, long d, long e, long f);

#pragma GCC visibility pop

#endif
