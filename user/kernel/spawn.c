// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "kernel/spawn.h"
#include "util/cleanup.h"
#include "util/clock.h"

/* A log that nobody looks after must not grow for ever. */
#define LOG_MAX (1 << 20)

int nsa_spawn_wait(char *const words[])
{
	int r, status;
	pid_t pid;

	r = posix_spawnp(&pid, words[0], NULL, NULL, words, environ);
	if (r)
		return -r;
	if (TEMP_FAILURE_RETRY(waitpid(pid, &status, 0)) < 0)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

/* A socket that a daemon can tell of its readiness; name: as in NOTIFY_SOCKET. Any process of the
 * network namespace can send to it, hence the credentials. */
static int open_notify(char *name, size_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	__cleanup(nsa_closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(address);
	const int on = 1;

	/* Without a path the kernel finds a name, after a zero byte. */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address.sun_family)) ||
	    getsockname(fd, (struct sockaddr *)&address, &len))
		return -errno;
	len -= offsetof(struct sockaddr_un, sun_path);
	snprintf(name, size, "@%.*s", (int)len - 1, address.sun_path + 1);
	return TAKE_FD(fd);
}

static int open_log(const char *path)
{
	int fd = sd_journal_stream_fd("nsaccel", LOG_INFO, 1);
	off_t size;

	if (fd >= 0)
		return fd;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	size = lseek(fd, 0, SEEK_END);
	if (size > LOG_MAX && ftruncate(fd, 0)) {
		close(fd);
		return -EIO;
	}
	return fd;
}

/* By the name that people know it by, unless that was replaced or is out of sight. */
static void exec_self(char *const words[])
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (len > 0) {
		path[len] = '\0';
		execv(path, words);
	}
	execv("/proc/self/exe", words);
}

/* A stream to the journal, as services are told of theirs. */
static void announce_journal(int log)
{
	char stream[64];
	struct stat st;

	if (fstat(log, &st) || !S_ISSOCK(st.st_mode))
		return;
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
}

static void run(char *const words[], int log, const char *notify)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	sigemptyset(&none);
	setsid();
	if (null < 0 || chdir("/") || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(log, 2) < 0 ||
	    close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC) || setenv("NOTIFY_SOCKET", notify, 1))
		return;
	unsetenv("WATCHDOG_USEC"); /* whoever has that is another process */
	unsetenv("WATCHDOG_PID");
	announce_journal(log);
	sigprocmask(SIG_SETMASK, &none, NULL);
	exec_self(words);
}

static bool is_from(struct msghdr *msg, pid_t pid)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(msg);
	struct ucred sender;

	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_CREDENTIALS)
		return false;
	memcpy(&sender, CMSG_DATA(header), sizeof(sender));
	return sender.pid == pid;
}

/* Takes one message. 1: the process is ready; 0: it says something else, or is another's; -errno:
 * there is none. */
static int take_message(int notify, pid_t pid)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
	char text[256] = "";
	struct iovec part = { text, sizeof(text) - 1 };
	struct msghdr msg = { .msg_iov = &part,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };

	if (recvmsg(notify, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	return is_from(&msg, pid) && strstr(text, "READY=1");
}

/* Until it is ready, or has ended; it goes on by itself then. */
static int await(int notify, pid_t pid, int patience_ms)
{
	__cleanup(nsa_closep) int process = pidfd_open(pid, 0);
	struct pollfd fds[] = { { .fd = notify, .events = POLLIN },
				{ .fd = process, .events = POLLIN } };

	const __u64 begin = nsa_clock();

	if (process < 0)
		return -errno;
	for (;;) {
		int passed_ms = (int)((nsa_clock() - begin) / 1000000), r = 0;

		/* Messages of others don't prolong it. */
		if (passed_ms < patience_ms)
			r = TEMP_FAILURE_RETRY(poll(fds, 2, patience_ms - passed_ms));
		if (r <= 0)
			return r ? -errno : -ETIMEDOUT;
		r = take_message(notify, pid);
		if (r > 0)
			return 0;
		if (r < 0 && fds[1].revents)
			return -ECHILD;
	}
}

int nsa_spawn_daemon(char *const words[], const char *log, int patience_ms)
{
	char name[sizeof(struct sockaddr_un)];
	__cleanup(nsa_closep) int notify = open_notify(name, sizeof(name));
	__cleanup(nsa_closep) int log_fd = open_log(log);
	pid_t pid;

	if (notify < 0 || log_fd < 0)
		return notify < 0 ? notify : log_fd;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		run(words, log_fd, name);
		_exit(127);
	}
	return await(notify, pid, patience_ms);
}
