/* SPDX-License-Identifier: GPL-2.0-only */
/* Claimants: daemons that claim a bpffs, each a process, and do what the test tells them. */
#ifndef NSA_TEST_CLAIM_FIXTURE_H
#define NSA_TEST_CLAIM_FIXTURE_H

#include <sys/types.h>

#include "publish_fixture.h"

/* What a claimant is told to do, one after the other. */
enum claimant_order {
	CLAIM,	 /* as one that a user starts */
	STOPGAP, /* as one that attach starts */
	LOCK,	 /* the first half of a claim */
	MARK,	 /* the other half, of STOPGAP */
	LISTEN,
	CLOSE, /* stop to listen */
	RESIGN,
	UNLOCK,
	NOTHING,
};

struct claimant {
	pid_t pid;
	int orders, answers;
	char log[64];
};

/* The file that is locked for a claim. Valid until the next call. */
char *claim_file(const char *bpffs);

/* A claimant of BPFFS, which has no order yet. */
struct claimant claimant_start(void);
/* The same, of another bpffs; flags: of clone(2), for a PID namespace of its own. */
struct claimant claimant_start_in(const char *bpffs, int flags);
/* A claimant that listens, as the first one. claim: CLAIM or STOPGAP. */
struct claimant claimant_start_first(enum claimant_order claim);
/* A claimant that was told to claim BPFFS, and waits. *watch: for claimant_await_attempts(); the
 * caller closes it. */
struct claimant claimant_start_waiting(int *watch);

/* Gives an order, and doesn't wait for the answer. */
void claimant_tell(const struct claimant *claimant, enum claimant_order order);
/* Waits for the answer to an order: 0 or -errno. */
int claimant_answer(const struct claimant *claimant);
/* Gives an order, and gives back the answer. */
int claimant_ask(const struct claimant *claimant, enum claimant_order order);
/* Waits until it has tried to claim a few times more; the test fails if it doesn't wait. */
void claimant_await_attempts(const struct claimant *claimant, int watch);
/* Its log contains this text. */
__attribute__((format(printf, 2, 3))) void claimant_assert_said(const struct claimant *claimant,
								const char *fmt, ...);

/* Waits until it has ended, and frees what the test has of it; gives back the status, as of
 * waitpid(2). */
int claimant_status(const struct claimant *claimant);
/* The same, and SIGTERM has ended it. */
void claimant_assert_ended(const struct claimant *claimant);
/* Checks that it still obeys, so nobody has signalled it, and kills it. */
void claimant_kill(const struct claimant *claimant);
/* The same, but ends it with SIGTERM. */
void claimant_end(const struct claimant *claimant);

/* Of a test: what one that failed has left must fail no other. */
int claimants_teardown(void **state);

#endif
