// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "maps/follower.h"
#include "maps/pin.h"
#include "maps/run_dir.h"
#include "util/cleanup.h"
#include "util/log.h"

/* The contents of the file while a daemon runs, and after one that was killed. A stopgap is a
 * daemon that attach started. */
#define RUNNING "running\n"
#define STOPGAP "until-detached\n"

static int open_file(const char *path, int flags)
{
	int r = flags & O_CREAT ? nsa_run_dir_make() : 0, fd;

	if (r < 0)
		return r;
	fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd < 0 ? -errno : fd;
}

static int open_view(int flags)
{
	char path[PATH_MAX];
	int r = nsa_run_dir_path(path, sizeof(path), "view");

	return r < 0 ? r : open_file(path, flags);
}

static struct flock whole_file(short type)
{
	return (struct flock){ .l_type = type, .l_whence = SEEK_SET };
}

/* Asks for the lock's holder instead of trying to take it, since a daemon that starts meanwhile
 * would find it taken. */
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

static int mark(int fd, const char *text)
{
	return ftruncate(fd, 0) || pwrite(fd, text, strlen(text), 0) < 0 ? -errno : 0;
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

int nsa_follower_claim(bool stopgap, int *lock, bool *replaceable)
{
	__cleanup(nsa_closep) int fd = -1;
	char path[PATH_MAX];
	int r = nsa_run_dir_path(path, sizeof(path), "view");

	if (r < 0)
		return r;
	fd = open_file(path, O_RDWR | O_CREAT);
	if (fd < 0)
		return nsa_err(fd, "open %s, by which daemons know of each other: %s%s", path,
			       strerror(-fd), nsa_run_dir_remedy(fd));
	r = try_lock(fd);
	if (r == -EAGAIN) {
		*replaceable = is_stopgap(fd);
		return r;
	}
	if (r < 0)
		return nsa_err(r, "lock %s, by which daemons know of each other: %s", path,
			       strerror(-r));
	/* Without it another daemon couldn't tell whether it may take the place of this one. */
	r = mark(fd, stopgap ? STOPGAP : RUNNING);
	if (r < 0)
		return nsa_err(r, "write %s, by which daemons know of each other: %s%s", path,
			       strerror(-r), nsa_run_dir_remedy(r));
	*lock = TAKE_FD(fd);
	return 0;
}

/* With nothing attached nothing can be out of date: the time becomes 0. */
static void forget_time(int fd)
{
	static const struct timespec none[2];
	char path[PATH_MAX];

	if (!nsa_pin_path(path, "meta") && access(path, F_OK))
		futimens(fd, none);
}

/* Removes the daemon's mark and keeps the time. */
static void clear_mark(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return;
	if (mark(fd, "") < 0)
		return;
	futimens(fd, (struct timespec[2]){ st.st_atim, st.st_mtim });
	forget_time(fd);
}

void nsa_follower_resign(int lock)
{
	clear_mark(lock);
}

/* Of the first device that is attached the kernel's state was read just now, so the time is set; a
 * time that is there already may be of other devices. */
void nsa_follower_dismiss(void)
{
	__cleanup(nsa_closep) int fd = open_view(O_RDWR | O_CREAT);
	struct stat st;

	if (fd < 0 || is_locked(fd))
		return;
	clear_mark(fd);
	if (!fstat(fd, &st) && !st.st_mtim.tv_sec)
		futimens(fd, NULL);
}

void nsa_follower_forget(void)
{
	__cleanup(nsa_closep) int fd = open_view(O_RDWR);
	char path[PATH_MAX];

	if (fd >= 0 && !is_locked(fd) && !nsa_pin_path(path, "meta") && access(path, F_OK))
		clear_mark(fd);
}

void nsa_follower_confirm(void)
{
	__cleanup(nsa_closep) int fd = open_view(O_RDWR | O_CREAT);

	if (fd >= 0)
		futimens(fd, NULL);
}
