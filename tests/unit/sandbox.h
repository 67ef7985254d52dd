/* SPDX-License-Identifier: GPL-2.0-only */
/* For tests that make namespaces and devices: a place where they meet and harm nobody. */
#ifndef NSA_TEST_SANDBOX_H
#define NSA_TEST_SANDBOX_H

#include <stddef.h>
#include <sys/types.h>

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

/* At the start of main(): moves the process into network and mount namespaces of its own, with an
 * empty /run/netns. All that "ip netns add" makes is gone with the process. Exits with 77, skipped,
 * unless root. */
void sandbox_enter(void);

/* Runs a shell command; if it fails, so does the test. */
__attribute__((format(printf, 1, 2))) void sh(const char *fmt, ...);
/* The same, and its output contains text. */
__attribute__((format(printf, 2, 3))) void sh_says(const char *text, const char *fmt, ...);

/* A process that waits, by choice in a network namespace of its own; dies with the test. */
pid_t process_start(int unshare_flags);
void process_end(pid_t pid);

/* The cookie of the calling thread's namespace, from the kernel. */
uint64_t current_cookie(void);
int count_fds(void);

#endif
