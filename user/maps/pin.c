// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "maps/pin.h"
#include "util/cleanup.h"
#include "util/log.h"

#define RUN_DIRECTORY "/run/nsaccel"

static char bpffs_root[PATH_MAX / 4] = NSA_BPFFS_DEFAULT;

int nsa_pin_init(const char *bpffs)
{
	struct statfs fs;

	if (strlen(bpffs) >= sizeof(bpffs_root))
		return nsa_err(-ENAMETOOLONG, "--bpffs: path is too long");
	if (statfs(bpffs, &fs))
		return nsa_err(-errno, "open bpffs at %s: %s", bpffs, strerror(errno));
	if ((unsigned long)fs.f_type != BPF_FS_MAGIC)
		return nsa_err(-ENODEV,
			       "%s is not a BPF file system: mount -t bpf bpf %s mounts one; "
			       "inside of ip netns exec it never lasts, use nsaccel --netns",
			       bpffs, bpffs);
	memcpy(bpffs_root, bpffs, strlen(bpffs) + 1);
	return 0;
}

const char *nsa_pin_bpffs(void)
{
	return bpffs_root;
}

dev_t nsa_pin_device(void)
{
	struct statfs fs;
	struct stat st;

	if (statfs(bpffs_root, &fs) || (unsigned long)fs.f_type != BPF_FS_MAGIC ||
	    stat(bpffs_root, &st))
		return 0;
	return st.st_dev;
}

int nsa_pin_check_writable(void)
{
	struct statvfs fs;

	if (statvfs(bpffs_root, &fs))
		return nsa_err(-errno, "look at bpffs at %s: %s", bpffs_root, strerror(errno));
	if (!(fs.f_flag & ST_RDONLY))
		return 0;
	return nsa_err(-EROFS,
		       "bpffs at %s is mounted read-only, and what is pinned there has to change: "
		       "mount -o remount,rw %s",
		       bpffs_root, bpffs_root);
}

int nsa_pin_path(char path[PATH_MAX], const char *fmt, ...)
{
	va_list ap;
	int n, m;

	n = snprintf(path, PATH_MAX, "%s/nsaccel/v%d%s", bpffs_root, NSACCEL_ABI_VERSION,
		     *fmt ? "/" : "");
	va_start(ap, fmt);
	m = vsnprintf(path + n, PATH_MAX - (size_t)n, fmt, ap);
	va_end(ap);
	return n + m < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int nsa_pin_mkdir_for(const char *path)
{
	char dir[PATH_MAX];
	char *slash;

	if (snprintf(dir, sizeof(dir), "%s", path) >= (int)sizeof(dir))
		return -ENAMETOOLONG;
	for (slash = dir + strlen(bpffs_root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(dir, 0700) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

int nsa_pin_replace(int fd, const char *path)
{
	char next[PATH_MAX];
	int r;

	if (snprintf(next, sizeof(next), "%s-next", path) >= (int)sizeof(next))
		return -ENAMETOOLONG;
	r = nsa_pin_mkdir_for(path);
	if (r < 0)
		return r;
	r = bpf_obj_pin(fd, path);
	if (r != -EEXIST)
		return r;
	unlink(next); /* of a run that was killed */
	r = bpf_obj_pin(fd, next);
	if (r < 0)
		return r;
	if (rename(next, path)) {
		r = -errno;
		unlink(next);
	}
	return r;
}

/* A link's program runs until the kernel's worker gets to a link that nobody holds any more, or as long
 * as somebody does hold it. What is said to be gone is gone: it is detached here. Anything else that
 * is pinned is left alone by this. The pin first: if it can't go, nothing has. */
static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	__cleanup(nsa_closep) int fd = type == FTW_F ? bpf_obj_get(path) : -1;

	(void)st;
	(void)ftw;
	if (remove(path))
		return -errno;
	if (fd >= 0)
		bpf_link_detach(fd);
	return 0;
}

int nsa_pin_remove(const char *path)
{
	if (!nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS))
		return 0;
	return errno == ENOENT ? 0 : -errno;
}

static int is_pin(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path;
	(void)st;
	(void)ftw;
	return type == FTW_F;
}

bool nsa_pin_any(const char *directory)
{
	char path[PATH_MAX];

	return !nsa_pin_path(path, "%s", directory) && nftw(path, is_pin, 16, FTW_PHYS) > 0;
}

int nsa_pin_check_abi(void)
{
	char top[PATH_MAX], own[16];
	struct dirent *entry;
	bool found = false;
	int r = 0;
	DIR *dir;

	snprintf(top, sizeof(top), "%s/nsaccel", bpffs_root);
	snprintf(own, sizeof(own), "v%d", NSACCEL_ABI_VERSION);
	dir = opendir(top);
	if (!dir)
		return errno == ENOENT ? -ENOENT :
					 nsa_err(-errno, "open %s: %s", top, strerror(errno));
	while (!r && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (!strcmp(entry->d_name, own))
			found = true;
		else
			r = nsa_err(-EPROTO,
				    "%s/%s: pins of another ABI, this nsaccel speaks %s; detach "
				    "with the "
				    "version that made them, or remove them with: rm -r %s/%s",
				    top, entry->d_name, own, top, entry->d_name);
	}
	closedir(dir);
	return r ? r : found ? 0 : -ENOENT;
}

void nsa_pin_remove_top(void)
{
	char top[PATH_MAX];

	snprintf(top, sizeof(top), "%s/nsaccel", bpffs_root);
	rmdir(top); /* fails if another ABI's pins are in it, and so it should */
}

void nsa_pin_touch(void)
{
	char path[PATH_MAX];

	if (!nsa_pin_path(path, "meta"))
		utimensat(AT_FDCWD, path, NULL,
			  0); /* gone with the last owner: that is seen, too */
}

int nsa_pin_run_path(char *path, size_t size, const char *suffix)
{
	struct stat st;

	if (stat(bpffs_root, &st))
		return nsa_err(-errno, "look at bpffs %s: %s", bpffs_root, strerror(errno));
	snprintf(path, size, RUN_DIRECTORY "/bpffs-%u:%u.%s", major(st.st_dev), minor(st.st_dev),
		 suffix);
	return 0;
}

int nsa_pin_mkdir_run(void)
{
	return mkdir(RUN_DIRECTORY, 0700) && errno != EEXIST ? -errno : 0;
}

/* The lock */

/* Not bpffs itself, which anybody may open, and so lock. */
static int open_lock(char path[PATH_MAX])
{
	int fd, r;

	r = nsa_pin_run_path(path, PATH_MAX, "lock");
	if (r < 0)
		return r;
	r = nsa_pin_mkdir_run();
	fd = r < 0 ? r : open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	r = r < 0 ? r : -errno;
	return nsa_err(r, "open lock %s: %s%s", path, strerror(-r),
		       r == -EACCES || r == -EPERM ? "; run nsaccel as root" :
		       r == -EROFS  ? "; changes take turns by it: mount -o remount,rw /run" :
		       r == -ENOSPC ? "; changes take turns by it: make room in /run" :
				      "");
}

/* The process that holds a lock of the file; 0: not to be seen from here. */
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

static void read_name(int pid, char *name, size_t size)
{
	char path[32];
	FILE *comm;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	comm = fopen(path, "re");
	if (!comm)
		return;
	if (fgets(name, (int)size, comm))
		name[strcspn(name, "\n")] = '\0';
	fclose(comm);
}

static void tell_holder(int fd, const char *path)
{
	int pid = find_holder(fd);
	char name[32] = "?";

	if (pid > 0)
		read_name(pid, name, sizeof(name));
	if (pid > 0)
		nsa_warn("waiting for process %d (%s), which holds the lock %s", pid, name, path);
	else
		nsa_warn("waiting for another process, which holds the lock %s", path);
}

int nsa_pin_trylock(bool tell)
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
		tell_holder(fd, path);
	return -EAGAIN;
}

static void on_alarm(int signal)
{
	(void)signal; /* it has interrupted flock(): that's all */
}

static int wait_for_lock(int fd, const char *path)
{
	bool told = false;

	while (flock(fd, LOCK_EX)) {
		if (errno != EINTR)
			return nsa_err(-errno, "lock %s: %s", path, strerror(errno));
		if (!told)
			tell_holder(fd, path);
		told = true;
	}
	return 0;
}

int nsa_pin_lock(void)
{
	/* Again and again: the first may come before flock() waits. */
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
