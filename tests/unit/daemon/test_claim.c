// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/daemon/claim.c: which of several daemons has the bpffs. Each is a process. */
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "claim_fixture.h"
#include "user/daemon/claim.h"
#include "user/daemon/signals.h"
#include "user/util/cleanup.h"
#include "user/util/log.h"

static void test_one(void **state)
{
	struct claimant first = claimant_start_first(CLAIM), second = claimant_start();

	(void)state;
	for (enum claimant_order order = CLAIM; order <= STOPGAP; order++) {
		assert_int_equal(claimant_ask(&second, order), -EADDRINUSE);
		claimant_assert_said(&second,
				     "another nsaccel daemon is running for the bpffs " BPFFS
				     ": process %d (test_claim)\n",
				     first.pid);
	}
	/* By its own process, or by no other. */
	claimant_kill(&first);
	assert_int_equal(claimant_ask(&second, CLAIM), 0);
	claimant_end(&second);
}

static void test_each_bpffs(void **state)
{
	struct claimant first = claimant_start_first(CLAIM), second = claimant_start_in(BPFFS2, 0);

	(void)state;
	assert_int_equal(claimant_ask(&second, CLAIM), 0);
	assert_int_equal(claimant_ask(&second, LISTEN), 0);
	claimant_end(&first);
	claimant_end(&second);
}

static void test_stopgap(void **state)
{
	struct claimant stopgap = claimant_start_first(STOPGAP), other = claimant_start(),
			daemon = claimant_start();

	(void)state;
	assert_int_equal(claimant_ask(&other, STOPGAP), -EADDRINUSE);
	claimant_assert_said(&other, "process %d (test_claim)\n", stopgap.pid);
	assert_int_equal(claimant_ask(&daemon, CLAIM), 0);
	claimant_assert_ended(&stopgap);
	claimant_end(&other);
	claimant_end(&daemon);
}

/* It has the claim, and is marked, but does not listen yet. */
static void test_stopgap_starts(void **state)
{
	struct claimant stopgap = claimant_start(), daemon;
	__cleanup(nsa_closep) int watch = -1;

	(void)state;
	assert_int_equal(claimant_ask(&stopgap, STOPGAP), 0);
	daemon = claimant_start_waiting(&watch);
	assert_int_equal(claimant_ask(&stopgap, LISTEN), 0);
	assert_int_equal(claimant_answer(&daemon), 0);
	claimant_assert_ended(&stopgap);
	claimant_end(&daemon);
}

/* Nor is it marked yet. */
static void test_stopgap_starts_to_start(void **state)
{
	struct claimant stopgap = claimant_start(), daemon;
	__cleanup(nsa_closep) int watch = -1;

	(void)state;
	assert_int_equal(claimant_ask(&stopgap, LOCK), 0);
	daemon = claimant_start_waiting(&watch);
	assert_int_equal(claimant_ask(&stopgap, MARK), 0);
	claimant_await_attempts(&daemon, watch);
	assert_int_equal(claimant_ask(&stopgap, LISTEN), 0);
	assert_int_equal(claimant_answer(&daemon), 0);
	claimant_assert_ended(&stopgap);
	claimant_end(&daemon);
}

/* The mark is that of a stopgap that was killed. */
static void test_daemon_starts(void **state)
{
	struct claimant killed = claimant_start_first(STOPGAP), first = claimant_start(), second;
	__cleanup(nsa_closep) int watch = -1;
	int closed;

	(void)state;
	claimant_kill(&killed);
	assert_int_equal(claimant_ask(&first, LOCK), 0);
	second = claimant_start_waiting(&watch);
	/* It is marked by a claim, which takes the same lock. */
	assert_int_equal(claimant_ask(&first, UNLOCK), 0);
	closed = claimant_ask(&first, CLAIM);
	if (closed) { /* the other was faster */
		assert_int_equal(closed, -EADDRINUSE);
		assert_int_equal(claimant_answer(&second), 0);
	} else {
		assert_int_equal(claimant_ask(&first, LISTEN), 0);
		assert_int_equal(claimant_answer(&second), -EADDRINUSE);
	}
	claimant_end(&first);
	claimant_end(&second);
}

/* It no longer listens, then has no mark, then has no claim. */
static void try_end(enum claimant_order claim)
{
	struct claimant first = claimant_start_first(claim), second;
	__cleanup(nsa_closep) int watch = -1;

	assert_int_equal(claimant_ask(&first, CLOSE), 0);
	second = claimant_start_waiting(&watch);
	assert_int_equal(claimant_ask(&first, RESIGN), 0);
	claimant_await_attempts(&second, watch);
	assert_int_equal(claimant_ask(&first, UNLOCK), 0);
	assert_int_equal(claimant_answer(&second), 0);
	claimant_end(&first);
	claimant_end(&second);
}

static void test_stopgap_ends(void **state)
{
	(void)state;
	try_end(STOPGAP);
}

static void test_daemon_ends(void **state)
{
	(void)state;
	try_end(CLAIM);
}

/* One that neither listens nor ends, and one that does not end. */
static void test_patience(void **state)
{
	struct claimant deaf = claimant_start(), daemon = claimant_start();
	struct claimant stopped = claimant_start_in(BPFFS2, 0),
			other = claimant_start_in(BPFFS2, 0);

	(void)state;
	assert_int_equal(claimant_ask(&deaf, STOPGAP), 0);
	assert_int_equal(claimant_ask(&stopped, STOPGAP), 0);
	assert_int_equal(claimant_ask(&stopped, LISTEN), 0);
	kill(stopped.pid, SIGSTOP);
	claimant_tell(&daemon, CLAIM);
	claimant_tell(&other, CLAIM);
	assert_int_equal(claimant_answer(&daemon), -EADDRINUSE);
	claimant_assert_said(&daemon,
			     "another nsaccel daemon neither listens nor ends for the bpffs " BPFFS
			     ": process %d (test_claim)\n",
			     deaf.pid);
	assert_int_equal(claimant_answer(&other), -EADDRINUSE);
	claimant_assert_said(&other, "process %d (test_claim), has not ended 10 s after SIGTERM\n",
			     stopped.pid);
	kill(stopped.pid, SIGCONT);
	claimant_assert_ended(&stopped);
	claimant_end(&deaf);
	claimant_end(&daemon);
	claimant_end(&other);
}

static void test_interrupted(void **state)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };

	(void)state;
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		struct claimant deaf = claimant_start(), daemon;
		__cleanup(nsa_closep) int watch = -1;
		int status;

		assert_int_equal(claimant_ask(&deaf, STOPGAP), 0);
		daemon = claimant_start_waiting(&watch);
		kill(daemon.pid, signals[i]);
		status = claimant_status(&daemon);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), signals[i]);
		claimant_end(&deaf);
	}
}

/* Whom the other daemon does not see it does not end. */
static void test_other_pid_namespace(void **state)
{
	(void)state;
	for (enum claimant_order claim = CLAIM; claim <= STOPGAP; claim++) {
		struct claimant first = claimant_start_first(claim),
				second = claimant_start_in(BPFFS, CLONE_NEWPID | CLONE_NEWNS);

		assert_int_equal(claimant_ask(&second, CLAIM), -EADDRINUSE);
		claimant_assert_said(&second, "a process that is not visible here%s",
				     claim == STOPGAP ? ": Operation not permitted\n" : "\n");
		claimant_end(&first);
		claimant_kill(&second);
	}
}

/* Races */

/* A daemon that claims the bpffs, and stops before each of its system calls; its status is 0 or the
 * errno. */
static pid_t start_traced(void)
{
	pid_t pid = fork();
	int lock = -1;

	assert_true(pid >= 0);
	if (!pid) {
		nsa_signals_block();
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(-nsa_claim(false, &lock));
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(
		ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL), 0);
	return pid;
}

/* The call that it stops before. */
static __u64 next_call(pid_t pid)
{
	struct __ptrace_syscall_info info;
	int status;

	do {
		assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSTOPPED(status));
		assert_true(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0);
	} while (info.op != PTRACE_SYSCALL_INFO_ENTRY);
	return info.entry.nr;
}

/* Before its nth call; false: that is the one that ends the stopgap. */
static bool stop_before(pid_t pid, unsigned int n)
{
	__u64 call = 0;

	for (unsigned int i = 0; i < n && call != SYS_pidfd_send_signal; i++)
		call = next_call(pid);
	return call != SYS_pidfd_send_signal;
}

static int result_of_traced(pid_t pid)
{
	int status;

	assert_int_equal(ptrace(PTRACE_DETACH, pid, NULL, NULL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

/* Two daemons replace a stopgap. Whenever the first does, the second is refused, and ends
 * nobody. */
static void test_two_replace_a_stopgap(void **state)
{
	unsigned int n = 0;
	bool more = true;

	(void)state;
	while (more) {
		struct claimant stopgap = claimant_start_first(STOPGAP), first;
		pid_t second = start_traced();

		more = stop_before(second, ++n);
		first = claimant_start_first(CLAIM);
		claimant_assert_ended(&stopgap);
		assert_int_equal(result_of_traced(second), -EADDRINUSE);
		claimant_end(&first);
	}
	assert_true(n > 10);
}

static pid_t start_with_pid(pid_t pid)
{
	struct clone_args args = { .exit_signal = SIGCHLD,
				   .set_tid = (__u64)(uintptr_t)&pid,
				   .set_tid_size = 1 };
	pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	assert_int_equal(child, pid);
	return child;
}

/* The stopgap ends, and its pid is given to another process, which lives. */
static void test_pid_of_another(void **state)
{
	unsigned int n = 0;
	bool more = true;

	(void)state;
	while (more) {
		struct claimant stopgap = claimant_start_first(STOPGAP);
		pid_t daemon = start_traced(), other;

		more = stop_before(daemon, ++n);
		claimant_kill(&stopgap);
		other = start_with_pid(stopgap.pid);
		assert_int_equal(result_of_traced(daemon), 0);
		assert_int_equal(waitpid(other, NULL, WNOHANG), 0);
		process_end(other);
	}
	assert_true(n > 10);
}

/* Errors */

static int try_claim(bool stopgap)
{
	int claimed = -1, r = nsa_claim(stopgap, &claimed);

	assert_true(r ? claimed < 0 : claimed >= 0);
	nsa_closep(&claimed);
	return r;
}

static void try_file(int expected)
{
	int fds = count_fds();

	assert_int_equal(try_claim(false), expected);
	assert_int_equal(try_claim(true), expected);
	assert_int_equal(count_fds(), fds);
}

static void test_file(void **state)
{
	const char *view = claim_file(BPFFS);

	(void)state;
	sh("rm -rf /run/nsaccel");
	try_file(0); /* and the directory is made */
	sh("rm '%s' && ln -s other '%s'", view, view);
	try_file(-ELOOP);
	sh("rm '%s' && mkdir '%s'", view, view);
	try_file(-EISDIR);
	sh("rmdir '%s' && mount -o remount,ro /run", view);
	try_file(-EROFS);
	sh("mount -o remount,rw /run && rmdir /run/nsaccel && touch /run/nsaccel");
	try_file(-ENOTDIR);
	sh("rm /run/nsaccel");
	try_file(0);
}

/* Without a mark in the file nobody could tell later whether the daemon is a stopgap. */
static void test_full(void **state)
{
	(void)state;
	sh("mkdir -p /run/nsaccel && mount -t tmpfs -o size=4k none /run/nsaccel && "
	   "head -c 4096 /dev/zero >/run/nsaccel/full");
	nsa_log_forget();
	try_file(-ENOSPC);
	assert_non_null(strstr(nsa_log_error(), claim_file(BPFFS)));
	assert_non_null(strstr(nsa_log_error(), "make room in /run"));
	sh("rm /run/nsaccel/full");
	try_file(0);
	sh("umount /run/nsaccel");
	nsa_log_forget();
}

/* Whichever descriptor cannot be had, nobody is ended, and the user does not wait. */
static void test_no_descriptor(void **state)
{
	struct claimant stopgap = claimant_start_first(STOPGAP);
	int fds = count_fds(), next = dup(STDERR_FILENO), r = -EMFILE;
	struct rlimit limit, low;

	(void)state;
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	for (low.rlim_cur = (rlim_t)next; r; low.rlim_cur++) {
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
		r = try_claim(false);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
		assert_true(!r || r == -EMFILE || r == -EADDRINUSE);
		assert_int_equal(count_fds(), fds);
		if (r)
			assert_int_equal(claimant_ask(&stopgap, NOTHING), 0);
	}
	assert_true(low.rlim_cur > (rlim_t)next + 2);
	claimant_assert_ended(&stopgap);
}

#define TEST(function) cmocka_unit_test_teardown(function, claimants_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one),
		TEST(test_each_bpffs),
		TEST(test_stopgap),
		TEST(test_stopgap_starts),
		TEST(test_stopgap_starts_to_start),
		TEST(test_daemon_starts),
		TEST(test_stopgap_ends),
		TEST(test_daemon_ends),
		TEST(test_patience),
		TEST(test_interrupted),
		TEST(test_other_pid_namespace),
		TEST(test_two_replace_a_stopgap),
		TEST(test_pid_of_another),
		TEST(test_file),
		TEST(test_full),
		TEST(test_no_descriptor),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, publish_setup, NULL);
}
