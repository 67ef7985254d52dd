/* SPDX-License-Identifier: GPL-2.0-only */
/* Ownership by scope: what __cleanup() marks is released when it goes out of scope. */
#ifndef NSA_UTIL_CLEANUP_H
#define NSA_UTIL_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define __cleanup(fn) __attribute__((cleanup(fn)))

/* Hands the value on and leaves the variable empty, so that its cleanup does nothing. */
#define TAKE_PTR(p)                                                                                \
	({                                                                                         \
		__typeof__(p) taken = (p);                                                         \
		(p) = NULL;                                                                        \
		taken;                                                                             \
	})
#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int taken = (fd);                                                                  \
		(fd) = -1;                                                                         \
		taken;                                                                             \
	})

static inline void nsa_freep(void *p)
{
	free(*(void **)p);
}

static inline void nsa_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#endif
