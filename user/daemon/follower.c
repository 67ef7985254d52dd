// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/follower.h"
#include "daemon/publish.h"
#include "kernel/spawn.h"
#include "maps/pin.h"
#include "util/cleanup.h"
#include "util/log.h"

/* In the file while a daemon runs, and after it if nobody took it out. One that attach started makes
 * room for one that a user or the service starts. */
#define RUNNING "running\n"
#define STOPGAP "until-detached\n"
#define END_MS	10000

static int open_view(int flags)
{
	char path[PATH_MAX];
	int fd, r;

	r = nsa_pin_run_path(path, sizeof(path), "view");
	if (!r && flags & O_CREAT)
		r = nsa_pin_mkdir_run();
	if (r < 0)
		return r;
	fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd < 0 ? -errno : fd;
}

static struct flock whole_file(short type)
{
	return (struct flock){ .l_type = type, .l_whence = SEEK_SET };
}

/* To look for it takes no lock, which a daemon that is about to start would find taken. */
static bool is_locked(int fd)
{
	struct flock lock = whole_file(F_WRLCK);

	return !fcntl(fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
}

static double age_of(const struct stat *st)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (double)(now.tv_sec - st->st_mtim.tv_sec) +
	       (double)(now.tv_nsec - st->st_mtim.tv_nsec) / 1e9;
}

void nsa_follower_look(struct nsa_follower *out)
{
	__cleanup(nsa_closep) int fd = open_view(O_RDONLY);
	struct stat st;

	*out = (struct nsa_follower){};
	if (fd < 0 || fstat(fd, &st))
		return;
	out->runs = is_locked(fd);
	out->died = !out->runs && st.st_size;
	out->time = st.st_mtim.tv_sec;
	out->age = out->time ? age_of(&st) : 0;
}

static void mark(int fd, const char *text)
{
	if (ftruncate(fd, 0) || pwrite(fd, text, strlen(text), 0) < 0)
		nsa_debug("write the daemon's file in /run/nsaccel: %s", strerror(errno));
}

static int try_lock(int fd)
{
	struct flock wanted = whole_file(F_WRLCK);

	if (!fcntl(fd, F_OFD_SETLK, &wanted))
		return 0;
	return errno == EACCES ? -EAGAIN : -errno;
}

static bool is_stopgap(int fd)
{
	char text[sizeof(STOPGAP)] = "";

	return pread(fd, text, sizeof(text) - 1, 0) > 0 && !strcmp(text, STOPGAP);
}

/* -EAGAIN: it is still there. */
static int take_over(int fd)
{
	pid_t pid = nsa_publisher_pid();
	__cleanup(nsa_closep) int process = pid > 0 ? pidfd_open(pid, 0) : -1;
	struct pollfd end = { .fd = process, .events = POLLIN };

	if (process < 0 || pidfd_send_signal(process, SIGTERM, NULL, 0) ||
	    TEMP_FAILURE_RETRY(poll(&end, 1, END_MS)) <= 0)
		return -EAGAIN;
	return try_lock(fd);
}

int nsa_follower_claim(bool stopgap, int *lock)
{
	__cleanup(nsa_closep) int fd = open_view(O_RDWR | O_CREAT);
	int r;

	if (fd < 0)
		return nsa_err(fd, "open /run/nsaccel: %s", strerror(-fd));
	r = try_lock(fd);
	if (r == -EAGAIN && !stopgap && is_stopgap(fd))
		r = take_over(fd);
	if (r == -EAGAIN)
		return nsa_err(-EADDRINUSE, "another nsaccel daemon is running for the bpffs %s",
			       nsa_pin_bpffs());
	if (r < 0)
		return nsa_err(r, "lock the daemon's file in /run/nsaccel: %s", strerror(-r));
	mark(fd, stopgap ? STOPGAP : RUNNING);
	*lock = TAKE_FD(fd);
	return 0;
}

/* With nothing attached there is nothing that could be old: that time is the beginning of all. */
static void forget_time(int fd)
{
	static const struct timespec none[2];
	char path[PATH_MAX];

	if (!nsa_pin_path(path, "meta") && access(path, F_OK))
		futimens(fd, none);
}

/* What is written of a daemon, whether it has ended or been forgotten. */
static void close_book(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return;
	mark(fd, "");
	futimens(fd, (struct timespec[2]){ st.st_atim, st.st_mtim });
	forget_time(fd);
}

void nsa_follower_resign(int lock)
{
	close_book(lock);
}

/* The first that is attached is read just now; of others it may have been long ago. */
void nsa_follower_dismiss(void)
{
	__cleanup(nsa_closep) int fd = open_view(O_RDWR | O_CREAT);
	struct stat st;

	if (fd < 0 || is_locked(fd))
		return;
	close_book(fd);
	if (!fstat(fd, &st) && !st.st_mtim.tv_sec)
		futimens(fd, NULL);
}

void nsa_follower_forget(void)
{
	__cleanup(nsa_closep) int fd = open_view(O_RDWR);
	char path[PATH_MAX];

	if (fd >= 0 && !is_locked(fd) && !nsa_pin_path(path, "meta") && access(path, F_OK))
		close_book(fd);
}

void nsa_follower_confirm(void)
{
	__cleanup(nsa_closep) int fd = open_view(O_RDWR | O_CREAT);

	if (fd >= 0)
		futimens(fd, NULL);
}

/* Starting one */

/* What may take long is to read a million routes. */
#define PATIENCE_MS 300000

static bool is_installed(void)
{
	static const char *const units[] = { "/etc/systemd/system/", "/run/systemd/system/",
					     "/usr/local/lib/systemd/system/",
					     "/usr/lib/systemd/system/", "/lib/systemd/system/" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		snprintf(path, sizeof(path), "%snsaccel.service", units[i]);
		if (!access(path, F_OK))
			return true;
	}
	return false;
}

/* The unit minds the usual bpffs. */
static bool is_service(void)
{
	return !strcmp(nsa_pin_bpffs(), NSA_BPFFS_DEFAULT) &&
	       !access("/run/systemd/system", F_OK) && is_installed();
}

static int start_service(void)
{
	static char *const words[] = { "systemctl", "start", "nsaccel.service", NULL };
	int r = nsa_spawn_wait(words);

	return r ? nsa_err(r < 0 ? r : -EIO,
			   "systemctl start nsaccel failed; journalctl -u nsaccel tells why") :
		   0;
}

static int start_own(void)
{
	__cleanup(nsa_freep) char *bpffs = realpath(nsa_pin_bpffs(), NULL);
	char *const words[] = { "nsaccel", "--bpffs", bpffs, "daemon", "--until-detached", NULL };
	struct nsa_follower now;
	char log[PATH_MAX];
	int r;

	r = bpffs ? nsa_pin_run_path(log, sizeof(log), "log") : -errno;
	if (!r)
		r = nsa_spawn_daemon(words, log, PATIENCE_MS);
	if (!r)
		return 0;
	nsa_follower_look(&now); /* another command may have been faster */
	return now.runs ? 0 : nsa_err(r, "start a daemon: %s; %s tells more", strerror(-r), log);
}

int nsa_follower_start(void)
{
	struct nsa_follower now;

	nsa_follower_look(&now);
	return now.runs ? 0 : is_service() ? start_service() : start_own();
}
