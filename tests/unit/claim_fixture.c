// SPDX-License-Identifier: GPL-2.0-only
/* Claimants: daemons that claim a bpffs, each a process, and do what the test tells them. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "claim_fixture.h"
#include "user/daemon/claim.h"
#include "user/daemon/signals.h"
#include "user/maps/follower.h"
#include "user/maps/pin.h"
#include "user/maps/run_dir.h"
#include "user/util/cleanup.h"

#define TRIES 3
#define ENDED 15 /* the status of a claimant that SIGTERM has ended */

char *claim_file(const char *bpffs)
{
	static char path[PATH_MAX];

	assert_int_equal(nsa_pin_init(bpffs), 0);
	assert_int_equal(nsa_run_dir_path(path, sizeof(path), "view"), 0);
	assert_int_equal(nsa_pin_init(BPFFS), 0);
	return path;
}

/* In the process of a claimant */

static int lock = -1;
static struct nsa_publisher *publisher;

static int lock_file(const char *bpffs)
{
	struct flock wanted = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	lock = open(claim_file(bpffs), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return lock < 0 || fcntl(lock, F_OFD_SETLK, &wanted) ? -errno : 0;
}

static int obey(enum claimant_order order, const char *bpffs)
{
	switch (order) {
	case CLAIM:
	case STOPGAP:
		return nsa_claim(order == STOPGAP, &lock);
	case LOCK:
		return lock_file(bpffs);
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

static void run_claimant(int orders, int answers, const char *bpffs)
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
		r = obey((enum claimant_order)order, bpffs);
		if (write(answers, &r, sizeof(r)) != sizeof(r))
			_exit(1);
	}
}

static void start_process(struct claimant *claimant, const int orders[2], const int answers[2],
			  const char *bpffs, int flags)
{
	int log = open(claimant->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	claimant->pid = (pid_t)syscall(SYS_clone, SIGCHLD | flags, 0, NULL, NULL, 0);
	assert_true(claimant->pid >= 0);
	if (!claimant->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (flags && mount("proc", "/proc", "proc", 0, NULL))
			_exit(1);
		dup2(log, STDERR_FILENO);
		close(orders[1]);
		close(answers[0]);
		run_claimant(orders[0], answers[1], bpffs);
	}
	close(log);
}

/* Claimants, as the test has them */

static pid_t started[256]; /* of this test */
static size_t started_count;

struct claimant claimant_start_in(const char *bpffs, int flags)
{
	struct claimant claimant = {};
	int orders[2], answers[2];

	assert_true(started_count < sizeof(started) / sizeof(*started));
	snprintf(claimant.log, sizeof(claimant.log), "/run/log.%zu", started_count);
	assert_int_equal(pipe2(orders, O_CLOEXEC), 0);
	assert_int_equal(pipe2(answers, O_CLOEXEC), 0);
	start_process(&claimant, orders, answers, bpffs, flags);
	started[started_count++] = claimant.pid;
	close(orders[0]);
	close(answers[1]);
	claimant.orders = orders[1];
	claimant.answers = answers[0];
	return claimant;
}

struct claimant claimant_start(void)
{
	return claimant_start_in(BPFFS, 0);
}

void claimant_tell(const struct claimant *claimant, enum claimant_order order)
{
	const char byte = (char)order;

	assert_int_equal(write(claimant->orders, &byte, 1), 1);
}

int claimant_answer(const struct claimant *claimant)
{
	struct pollfd fd = { .fd = claimant->answers, .events = POLLIN };
	int r;

	assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
	assert_int_equal(read(claimant->answers, &r, sizeof(r)), sizeof(r));
	return r;
}

int claimant_ask(const struct claimant *claimant, enum claimant_order order)
{
	claimant_tell(claimant, order);
	return claimant_answer(claimant);
}

int claimant_status(const struct claimant *claimant)
{
	int status;

	assert_int_equal(waitpid(claimant->pid, &status, 0), claimant->pid);
	close(claimant->orders);
	close(claimant->answers);
	unlink(claimant->log);
	return status;
}

void claimant_assert_ended(const struct claimant *claimant)
{
	int status = claimant_status(claimant);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), ENDED);
}

void claimant_kill(const struct claimant *claimant)
{
	assert_int_equal(claimant_ask(claimant, NOTHING), 0);
	kill(claimant->pid, SIGKILL);
	claimant_status(claimant);
}

void claimant_end(const struct claimant *claimant)
{
	assert_int_equal(claimant_ask(claimant, NOTHING), 0);
	kill(claimant->pid, SIGTERM);
	claimant_assert_ended(claimant);
}

void claimant_assert_said(const struct claimant *claimant, const char *fmt, ...)
{
	__cleanup(nsa_closep) int fd = open(claimant->log, O_RDONLY | O_CLOEXEC);
	char said[4096] = "", expected[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(expected, sizeof(expected), fmt, args);
	va_end(args);
	assert_true(read(fd, said, sizeof(said) - 1) >= 0);
	if (!strstr(said, expected))
		fail_msg("it has not said '%s' but: %s", expected, said);
}

struct claimant claimant_start_first(enum claimant_order claim)
{
	struct claimant claimant = claimant_start();

	assert_int_equal(claimant_ask(&claimant, claim), 0);
	assert_int_equal(claimant_ask(&claimant, LISTEN), 0);
	return claimant;
}

int claimants_teardown(void **state)
{
	for (; started_count; started_count--) {
		pid_t pid = started[started_count - 1];

		if (!waitpid(pid, NULL, WNOHANG) && !kill(pid, SIGKILL))
			waitpid(pid, NULL, 0);
	}
	return publish_teardown(state);
}

/* Attempts at the claim: the file is opened for each. */

static int watch_attempts(const char *bpffs)
{
	int fd = inotify_init1(IN_CLOEXEC);

	assert_true(fd >= 0);
	/* Equal events in a row would count as one. */
	assert_true(inotify_add_watch(fd, claim_file(bpffs), IN_OPEN | IN_CLOSE) >= 0);
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

void claimant_await_attempts(const struct claimant *claimant, int watch)
{
	struct pollfd fds[] = { { .fd = claimant->answers, .events = POLLIN },
				{ .fd = watch, .events = POLLIN } };

	for (int tries = 0; tries < TRIES; tries += read_opens(watch)) {
		assert_true(poll(fds, 2, PATIENCE_MS) > 0);
		if (fds[0].revents)
			fail_msg("it did not wait: %d", claimant_answer(claimant));
	}
}

struct claimant claimant_start_waiting(int *watch)
{
	struct claimant claimant = claimant_start();

	*watch = watch_attempts(BPFFS);
	claimant_tell(&claimant, CLAIM);
	claimant_await_attempts(&claimant, *watch);
	return claimant;
}
