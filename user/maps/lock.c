// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>

#include "maps/lock.h"
#include "maps/run_dir.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/process.h"

/* A file of its own: anybody may open bpffs, and so lock it. */
static int open_lock(char path[PATH_MAX])
{
	int fd, r;

	r = nsa_run_dir_path(path, PATH_MAX, "lock");
	if (r < 0)
		return r;
	r = nsa_run_dir_make();
	fd = r < 0 ? r : open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	r = r < 0 ? r : -errno;
	return nsa_err(r, "open lock %s, by which changes take turns: %s%s", path, strerror(-r),
		       nsa_run_dir_remedy(r));
}

/* PID of the process that holds a lock of the file; 0: it isn't visible in this PID namespace. */
static int find_holder(int fd)
{
	FILE *locks = fopen("/proc/locks", "re");
	unsigned long long inode;
	unsigned int high, low;
	int pid, found = 0;
	struct stat st;
	char line[256];

	if (!locks)
		return 0;
	while (!fstat(fd, &st) && !found && fgets(line, sizeof(line), locks))
		/* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers */
		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%llu", &pid, &high, &low, &inode) ==
			    4 &&
		    makedev(high, low) == st.st_dev && inode == st.st_ino)
			found = pid;
	fclose(locks);
	return found;
}

static void print_holder(int fd, const char *path)
{
	int pid = find_holder(fd);
	char name[NSA_PROCESS_NAME];

	if (pid > 0)
		nsa_warn("waiting for process %d (%s), which holds the lock %s", pid,
			 nsa_process_name(pid, name), path);
	else
		nsa_warn("waiting for another process, which holds the lock %s", path);
}

int nsa_lock_try(bool tell)
{
	char path[PATH_MAX];
	__cleanup(nsa_closep) int fd = open_lock(path);

	if (fd < 0)
		return fd;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return TAKE_FD(fd);
	if (errno != EWOULDBLOCK)
		return nsa_err(-errno, "lock %s: %s", path, strerror(errno));
	if (tell)
		print_holder(fd, path);
	return -EAGAIN;
}

static void on_alarm(int signal)
{
	(void)signal; /* that it interrupts flock() is all */
}

static int wait_for_lock(int fd, const char *path)
{
	bool printed = false;

	while (flock(fd, LOCK_EX)) {
		if (errno != EINTR)
			return nsa_err(-errno, "lock %s: %s", path, strerror(errno));
		if (!printed)
			print_holder(fd, path);
		printed = true;
	}
	return 0;
}

int nsa_lock_take(void)
{
	/* More than once: the first signal may come before flock() waits. */
	const struct itimerval each_second = { { .tv_sec = 1 }, { .tv_sec = 1 } }, never = {};
	const struct sigaction interrupt = { .sa_handler = on_alarm };
	struct sigaction before;
	char path[PATH_MAX];
	__cleanup(nsa_closep) int fd = open_lock(path);
	int r;

	if (fd < 0)
		return fd;
	sigaction(SIGALRM, &interrupt, &before);
	setitimer(ITIMER_REAL, &each_second, NULL);
	r = wait_for_lock(fd, path);
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &before, NULL);
	return r < 0 ? r : TAKE_FD(fd);
}
