// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/daemon/claim.c: which of several daemons has the bpffs. Each is a process. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "publish_fixture.h"
#include "user/daemon/claim.h"
#include "user/daemon/signals.h"
#include "user/maps/follower.h"
#include "user/maps/pin.h"
#include "user/maps/run_dir.h"
#include "user/util/cleanup.h"

#define BPFFS  "/run/nsa-bpf"
#define BPFFS2 "/run/nsa-bpf2"

#define TRIES 3

/* What a daemon is told to do, one after the other. */
enum order {
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

struct daemon {
	pid_t pid;
	int orders, answers;
	char log[64];
};

#define ENDED 15 /* the status of a daemon that SIGTERM has ended */

static char *view_of(const char *bpffs)
{
	static char path[PATH_MAX];

	assert_int_equal(nsa_pin_init(bpffs), 0);
	assert_int_equal(nsa_run_dir_path(path, sizeof(path), "view"), 0);
	assert_int_equal(nsa_pin_init(BPFFS), 0);
	return path;
}

/* In the process of a daemon */

static int lock = -1;
static struct nsa_publisher *publisher;

static int lock_view(const char *bpffs)
{
	struct flock wanted = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	lock = open(view_of(bpffs), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return lock < 0 || fcntl(lock, F_OFD_SETLK, &wanted) ? -errno : 0;
}

static int obey(enum order order, const char *bpffs)
{
	switch (order) {
	case CLAIM:
	case STOPGAP:
		return nsa_claim(order == STOPGAP, &lock);
	case LOCK:
		return lock_view(bpffs);
	case MARK:
		return ftruncate(lock, 0) || pwrite(lock, "until-detached\n", 15, 0) < 0 ? -errno :
											   0;
	case LISTEN:
		return nsa_publisher_open(&publisher);
	case CLOSE:
		nsa_publisher_close(TAKE_PTR(publisher));
		return 0;
	case RESIGN:
		nsa_follower_resign(lock);
		return 0;
	case UNLOCK:
		close(TAKE_FD(lock));
		return 0;
	default:
		return 0;
	}
}

static void end_in_order(void)
{
	nsa_publisher_close(publisher);
	if (lock >= 0)
		nsa_follower_resign(lock);
	_exit(ENDED);
}

static void run_daemon(int orders, int answers, const char *bpffs)
{
	struct pollfd fds[] = { { .events = POLLIN }, { .fd = orders, .events = POLLIN } };
	sigset_t signals;
	char order;
	int r;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	/* A shell's background job ignores SIGINT, one of nohup(1) SIGHUP. */
	signal(SIGINT, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	nsa_signals_block();
	fds[0].fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (nsa_pin_init(bpffs))
		_exit(1);
	for (;;) {
		poll(fds, 2, -1);
		if (fds[0].revents)
			end_in_order();
		if (read(orders, &order, 1) != 1)
			_exit(0); /* as if it was killed */
		r = obey((enum order)order, bpffs);
		if (write(answers, &r, sizeof(r)) != sizeof(r))
			_exit(1);
	}
}

/* flags: of clone(2), for a PID namespace of its own. */
static void start_process(struct daemon *daemon, const int orders[2], const int answers[2],
			  const char *bpffs, int flags)
{
	int log = open(daemon->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	daemon->pid = (pid_t)syscall(SYS_clone, SIGCHLD | flags, 0, NULL, NULL, 0);
	assert_true(daemon->pid >= 0);
	if (!daemon->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (flags && mount("proc", "/proc", "proc", 0, NULL))
			_exit(1);
		dup2(log, STDERR_FILENO);
		close(orders[1]);
		close(answers[0]);
		run_daemon(orders[0], answers[1], bpffs);
	}
	close(log);
}

/* Daemons, as the test has them */

static pid_t started[256]; /* of this test */
static size_t started_count;

static struct daemon start_in(const char *bpffs, int flags)
{
	struct daemon daemon = {};
	int orders[2], answers[2];

	assert_true(started_count < sizeof(started) / sizeof(*started));
	snprintf(daemon.log, sizeof(daemon.log), "/run/log.%zu", started_count);
	assert_int_equal(pipe2(orders, O_CLOEXEC), 0);
	assert_int_equal(pipe2(answers, O_CLOEXEC), 0);
	start_process(&daemon, orders, answers, bpffs, flags);
	started[started_count++] = daemon.pid;
	close(orders[0]);
	close(answers[1]);
	daemon.orders = orders[1];
	daemon.answers = answers[0];
	return daemon;
}

static struct daemon start(void)
{
	return start_in(BPFFS, 0);
}

static void tell(const struct daemon *daemon, enum order order)
{
	const char byte = (char)order;

	assert_int_equal(write(daemon->orders, &byte, 1), 1);
}

static int answer_of(const struct daemon *daemon)
{
	struct pollfd fd = { .fd = daemon->answers, .events = POLLIN };
	int r;

	assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
	assert_int_equal(read(daemon->answers, &r, sizeof(r)), sizeof(r));
	return r;
}

static int ask(const struct daemon *daemon, enum order order)
{
	tell(daemon, order);
	return answer_of(daemon);
}

static int status_of(const struct daemon *daemon)
{
	int status;

	assert_int_equal(waitpid(daemon->pid, &status, 0), daemon->pid);
	close(daemon->orders);
	close(daemon->answers);
	unlink(daemon->log);
	return status;
}

static void assert_was_ended(const struct daemon *daemon)
{
	int status = status_of(daemon);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), ENDED);
}

/* Nobody has signalled it, and it ends as if it was killed. */
static void kill_daemon(const struct daemon *daemon)
{
	assert_int_equal(ask(daemon, NOTHING), 0);
	kill(daemon->pid, SIGKILL);
	status_of(daemon);
}

/* Nobody has signalled it, and it ends. */
static void end_daemon(const struct daemon *daemon)
{
	assert_int_equal(ask(daemon, NOTHING), 0);
	kill(daemon->pid, SIGTERM);
	assert_was_ended(daemon);
}

/* It has logged that, where %s is the other, or what is said of that one. */
__attribute__((format(printf, 2, 3))) static void assert_said(const struct daemon *daemon,
							      const char *fmt, ...)
{
	__cleanup(nsa_closep) int fd = open(daemon->log, O_RDONLY | O_CLOEXEC);
	char said[4096] = "", expected[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(expected, sizeof(expected), fmt, args);
	va_end(args);
	assert_true(read(fd, said, sizeof(said) - 1) >= 0);
	if (!strstr(said, expected))
		fail_msg("it has not said '%s' but: %s", expected, said);
}

/* A daemon that listens, as the first one. */
static struct daemon start_first(enum order claim)
{
	struct daemon daemon = start();

	assert_int_equal(ask(&daemon, claim), 0);
	assert_int_equal(ask(&daemon, LISTEN), 0);
	return daemon;
}

/* Attempts at the claim: the file is opened for each. */

static int watch_attempts(const char *bpffs)
{
	int fd = inotify_init1(IN_CLOEXEC);

	assert_true(fd >= 0);
	/* Equal events in a row would count as one. */
	assert_true(inotify_add_watch(fd, view_of(bpffs), IN_OPEN | IN_CLOSE) >= 0);
	return fd;
}

static int read_opens(int watch)
{
	_Alignas(struct inotify_event) char buffer[1024];
	ssize_t len = read(watch, buffer, sizeof(buffer));
	const struct inotify_event *event;
	int opens = 0;

	for (ssize_t at = 0; at < len; at += (ssize_t)(sizeof(*event) + event->len)) {
		event = (const void *)(buffer + at);
		opens += !!(event->mask & IN_OPEN);
	}
	return opens;
}

/* The daemon waits: it has tried a few times, and not given up. */
static void await_attempts(const struct daemon *daemon, int watch)
{
	struct pollfd fds[] = { { .fd = daemon->answers, .events = POLLIN },
				{ .fd = watch, .events = POLLIN } };

	for (int tries = 0; tries < TRIES; tries += read_opens(watch)) {
		assert_true(poll(fds, 2, PATIENCE_MS) > 0);
		if (fds[0].revents)
			fail_msg("it did not wait: %d", answer_of(daemon));
	}
}

/* Told to claim the bpffs, and waiting. */
static struct daemon start_waiting(int *watch)
{
	struct daemon daemon = start();

	*watch = watch_attempts(BPFFS);
	tell(&daemon, CLAIM);
	await_attempts(&daemon, *watch);
	return daemon;
}

/* Tests */

static void test_one(void **state)
{
	struct daemon first = start_first(CLAIM), second = start();

	(void)state;
	for (enum order order = CLAIM; order <= STOPGAP; order++) {
		assert_int_equal(ask(&second, order), -EADDRINUSE);
		assert_said(&second,
			    "another nsaccel daemon is running for the bpffs " BPFFS
			    ": process %d (test_claim)\n",
			    first.pid);
	}
	/* By its own process, or by no other. */
	kill_daemon(&first);
	assert_int_equal(ask(&second, CLAIM), 0);
	end_daemon(&second);
}

static void test_each_bpffs(void **state)
{
	struct daemon first = start_first(CLAIM), second = start_in(BPFFS2, 0);

	(void)state;
	assert_int_equal(ask(&second, CLAIM), 0);
	assert_int_equal(ask(&second, LISTEN), 0);
	end_daemon(&first);
	end_daemon(&second);
}

static void test_stopgap(void **state)
{
	struct daemon stopgap = start_first(STOPGAP), other = start(), daemon = start();

	(void)state;
	assert_int_equal(ask(&other, STOPGAP), -EADDRINUSE);
	assert_said(&other, "process %d (test_claim)\n", stopgap.pid);
	assert_int_equal(ask(&daemon, CLAIM), 0);
	assert_was_ended(&stopgap);
	end_daemon(&other);
	end_daemon(&daemon);
}

/* It has the claim, and is marked, but does not listen yet. */
static void test_stopgap_starts(void **state)
{
	struct daemon stopgap = start(), daemon;
	__cleanup(nsa_closep) int watch = -1;

	(void)state;
	assert_int_equal(ask(&stopgap, STOPGAP), 0);
	daemon = start_waiting(&watch);
	assert_int_equal(ask(&stopgap, LISTEN), 0);
	assert_int_equal(answer_of(&daemon), 0);
	assert_was_ended(&stopgap);
	end_daemon(&daemon);
}

/* Nor is it marked yet. */
static void test_stopgap_starts_to_start(void **state)
{
	struct daemon stopgap = start(), daemon;
	__cleanup(nsa_closep) int watch = -1;

	(void)state;
	assert_int_equal(ask(&stopgap, LOCK), 0);
	daemon = start_waiting(&watch);
	assert_int_equal(ask(&stopgap, MARK), 0);
	await_attempts(&daemon, watch);
	assert_int_equal(ask(&stopgap, LISTEN), 0);
	assert_int_equal(answer_of(&daemon), 0);
	assert_was_ended(&stopgap);
	end_daemon(&daemon);
}

/* The mark is that of a stopgap that was killed. */
static void test_daemon_starts(void **state)
{
	struct daemon killed = start_first(STOPGAP), first = start(), second;
	__cleanup(nsa_closep) int watch = -1;
	int closed;

	(void)state;
	kill_daemon(&killed);
	assert_int_equal(ask(&first, LOCK), 0);
	second = start_waiting(&watch);
	/* It is marked by a claim, which takes the same lock. */
	assert_int_equal(ask(&first, UNLOCK), 0);
	closed = ask(&first, CLAIM);
	if (closed) { /* the other was faster */
		assert_int_equal(closed, -EADDRINUSE);
		assert_int_equal(answer_of(&second), 0);
	} else {
		assert_int_equal(ask(&first, LISTEN), 0);
		assert_int_equal(answer_of(&second), -EADDRINUSE);
	}
	end_daemon(&first);
	end_daemon(&second);
}

/* It no longer listens, then has no mark, then has no claim. */
static void try_end(enum order claim)
{
	struct daemon first = start_first(claim), second;
	__cleanup(nsa_closep) int watch = -1;

	assert_int_equal(ask(&first, CLOSE), 0);
	second = start_waiting(&watch);
	assert_int_equal(ask(&first, RESIGN), 0);
	await_attempts(&second, watch);
	assert_int_equal(ask(&first, UNLOCK), 0);
	assert_int_equal(answer_of(&second), 0);
	end_daemon(&first);
	end_daemon(&second);
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
	struct daemon deaf = start(), daemon = start();
	struct daemon stopped = start_in(BPFFS2, 0), other = start_in(BPFFS2, 0);

	(void)state;
	assert_int_equal(ask(&deaf, STOPGAP), 0);
	assert_int_equal(ask(&stopped, STOPGAP), 0);
	assert_int_equal(ask(&stopped, LISTEN), 0);
	kill(stopped.pid, SIGSTOP);
	tell(&daemon, CLAIM);
	tell(&other, CLAIM);
	assert_int_equal(answer_of(&daemon), -EADDRINUSE);
	assert_said(&daemon,
		    "another nsaccel daemon neither listens nor ends for the bpffs " BPFFS
		    ": process %d (test_claim)\n",
		    deaf.pid);
	assert_int_equal(answer_of(&other), -EADDRINUSE);
	assert_said(&other, "process %d (test_claim), has not ended 10 s after SIGTERM\n",
		    stopped.pid);
	kill(stopped.pid, SIGCONT);
	assert_was_ended(&stopped);
	end_daemon(&deaf);
	end_daemon(&daemon);
	end_daemon(&other);
}

static void test_interrupted(void **state)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };

	(void)state;
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		struct daemon deaf = start(), daemon;
		__cleanup(nsa_closep) int watch = -1;
		int status;

		assert_int_equal(ask(&deaf, STOPGAP), 0);
		daemon = start_waiting(&watch);
		kill(daemon.pid, signals[i]);
		status = status_of(&daemon);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), signals[i]);
		end_daemon(&deaf);
	}
}

/* Whom the other daemon does not see it does not end. */
static void test_other_pid_namespace(void **state)
{
	(void)state;
	for (enum order claim = CLAIM; claim <= STOPGAP; claim++) {
		struct daemon first = start_first(claim),
			      second = start_in(BPFFS, CLONE_NEWPID | CLONE_NEWNS);

		assert_int_equal(ask(&second, CLAIM), -EADDRINUSE);
		assert_said(&second, "a process that is not visible here%s",
			    claim == STOPGAP ? ": Operation not permitted\n" : "\n");
		end_daemon(&first);
		kill_daemon(&second);
	}
}

/* Races */

/* A daemon that claims the bpffs, and stops before each of its system calls; its status is 0 or the errno. */
static pid_t start_traced(void)
{
	pid_t pid = fork();

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

/* Two daemons replace a stopgap. Whenever the first does, the second is refused, and ends nobody. */
static void test_two_replace_a_stopgap(void **state)
{
	unsigned int n = 0;
	bool more = true;

	(void)state;
	while (more) {
		struct daemon stopgap = start_first(STOPGAP), first;
		pid_t second = start_traced();

		more = stop_before(second, ++n);
		first = start_first(CLAIM);
		assert_was_ended(&stopgap);
		assert_int_equal(result_of_traced(second), -EADDRINUSE);
		end_daemon(&first);
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
		struct daemon stopgap = start_first(STOPGAP);
		pid_t daemon = start_traced(), other;

		more = stop_before(daemon, ++n);
		kill_daemon(&stopgap);
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
	const char *view = view_of(BPFFS);

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

/* Whichever descriptor cannot be had, nobody is ended, and the user does not wait. */
static void test_no_descriptor(void **state)
{
	struct daemon stopgap = start_first(STOPGAP);
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
			assert_int_equal(ask(&stopgap, NOTHING), 0);
	}
	assert_true(low.rlim_cur > (rlim_t)next + 2);
	assert_was_ended(&stopgap);
}

/* What a test that failed has left must fail no other. */
static int teardown(void **state)
{
	(void)state;
	for (; started_count; started_count--) {
		pid_t pid = started[started_count - 1];

		if (!waitpid(pid, NULL, WNOHANG) && !kill(pid, SIGKILL))
			waitpid(pid, NULL, 0);
	}
	sh("rm -f /run/nsaccel/*.sock");
	return 0;
}

#define TEST(function) cmocka_unit_test_teardown(function, teardown)

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
		TEST(test_no_descriptor),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, publish_setup, NULL);
}
