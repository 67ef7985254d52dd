// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "daemon/claim.h"
#include "daemon/subscribe.h"
#include "maps/follower.h"
#include "maps/pin.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/process.h"

/* Time that the other daemon has to end after SIGTERM. */
#define END_MS 10000
/* Time that a daemon has which starts, until it listens, and one which ends, after it has stopped
 * to listen. Both take milliseconds. */
#define SETTLE_MS 5000
#define PAUSE_MS  10

/* Waits until the process has ended (-1: for nothing). Nothing is claimed yet, so whoever wants to
 * end this process need not wait. > 0: it has ended; 0: it has not; -1: errno. */
static int wait_ms(int process, int ms)
{
	const struct timespec time = { ms / 1000, ms % 1000 * 1000000L };
	struct pollfd end = { .fd = process, .events = POLLIN };
	sigset_t signals;

	pthread_sigmask(SIG_SETMASK, NULL, &signals);
	sigdelset(&signals, SIGTERM);
	sigdelset(&signals, SIGINT);
	sigdelset(&signals, SIGHUP);
	return TEMP_FAILURE_RETRY(ppoll(&end, 1, &time, &signals));
}

/* Of a process, for messages; pid 0: it is not visible here. */
static const char *describe(pid_t pid, char text[64])
{
	char name[NSA_PROCESS_NAME];

	if (pid > 0)
		snprintf(text, 64, "process %d (%s)", pid, nsa_process_name(pid, name));
	else
		snprintf(text, 64, "a process that is not visible here");
	return text;
}

static int refuse(const char *what)
{
	char text[64];

	return nsa_err(-EADDRINUSE, "another nsaccel daemon %s for the bpffs %s: %s", what,
		       nsa_pin_bpffs(), describe(nsa_follower_holder(), text));
}

/* The daemon that listens, as nsa_publisher_pid(). -EAGAIN: there is none; another -errno,
 * logged. */
static pid_t find_listener(void)
{
	pid_t pid = nsa_publisher_pid();

	if (pid >= 0 || pid == -EAGAIN)
		return pid;
	if (pid == -ESRCH)
		return -EAGAIN;
	return nsa_err(pid, "ask which daemon is running for the bpffs %s: %s", nsa_pin_bpffs(),
		       strerror(-pid));
}

static int send_end(int process)
{
	if (process < 0)
		return process;
	return pidfd_send_signal(process, SIGTERM, NULL, 0) ? -errno : 0;
}

/* -EAGAIN: it has ended. */
static int end_stopgap(pid_t pid, int process)
{
	int r = send_end(process);
	char text[64];

	if (r == -ESRCH || (!r && wait_ms(process, END_MS) > 0))
		return -EAGAIN;
	describe(pid, text);
	if (r < 0)
		return nsa_err(-EADDRINUSE, "end the daemon that attach started, %s: %s", text,
			       strerror(-r));
	return nsa_err(-EADDRINUSE,
		       "the daemon that attach started, %s, has not ended %d s after SIGTERM", text,
		       END_MS / 1000);
}

static int open_process(pid_t pid)
{
	int fd = pid > 0 ? pidfd_open(pid, 0) : -1;

	return fd >= 0 ? fd : pid > 0 ? -errno : -EPERM;
}

/* In the place of the daemon that listens, if that is a stopgap. Whether one has the claim is asked
 * again once its process is held: another daemon may have taken its place, and would be ended.
 * Until then, its pid may be given to another process. */
static int replace(pid_t pid, int *lock)
{
	__cleanup(nsa_closep) int process = open_process(pid);
	bool replaceable = false;
	int r = find_listener();

	if (r != pid)
		return r < 0 ? r : -EAGAIN;
	r = nsa_follower_claim(false, lock, &replaceable);
	if (r != -EAGAIN)
		return r;
	return replaceable ? end_stopgap(pid, process) : refuse("is running");
}

/* -EAGAIN: to be tried again. A daemon that listens has said before whether it is a stopgap. One
 * that has the claim, and does not listen, starts or ends. */
static int try_claim(int *lock)
{
	bool replaceable = false;
	int r = nsa_follower_claim(false, lock, &replaceable);
	pid_t pid;

	if (r != -EAGAIN)
		return r;
	pid = find_listener();
	return pid < 0 ? pid : replace(pid, lock);
}

int nsa_claim(bool stopgap, int *lock)
{
	bool replaceable = false;
	int r;

	if (stopgap) {
		r = nsa_follower_claim(true, lock, &replaceable);
		return r == -EAGAIN ? refuse("is running") : r;
	}
	for (int waited = 0; waited < SETTLE_MS; waited += PAUSE_MS) {
		r = try_claim(lock);
		if (r != -EAGAIN)
			return r;
		wait_ms(-1, PAUSE_MS);
	}
	return refuse("neither listens nor ends");
}
