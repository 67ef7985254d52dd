// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "maps/pin.h"
#include "util/cleanup.h"
#include "util/log.h"

/* The bpffs of this process, which has one at a time. Only nsa_pin_init() sets it; it is so short
 * that all paths below it fit. */
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

static int __attribute__((format(printf, 2, 0)))
format_path(char path[PATH_MAX], const char *fmt, va_list ap)
{
	int n, m;

	n = snprintf(path, PATH_MAX, "%s/nsaccel/v%d%s", bpffs_root, NSACCEL_ABI_VERSION,
		     *fmt ? "/" : "");
	m = vsnprintf(path + n, PATH_MAX - (size_t)n, fmt, ap);
	return n + m < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int nsa_pin_path(char path[PATH_MAX], const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = format_path(path, fmt, ap);
	va_end(ap);
	return r;
}

int nsa_pin_open(const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = format_path(path, fmt, ap);
	va_end(ap);
	return r < 0 ? r : bpf_obj_get(path);
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
	unlink(next); /* left by a run that was killed */
	r = bpf_obj_pin(fd, next);
	if (r < 0)
		return r;
	if (rename(next, path)) {
		r = -errno;
		unlink(next);
	}
	return r;
}

/* Removes a pin, and detaches it if it is a link's: the program of a link without a pin runs on
 * until a worker of the kernel frees the link, or as long as somebody holds it. The pin goes first:
 * if that fails nothing has changed. */
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
	int r = nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);

	/* What remove_one() returned, or -1 with errno; an -EPERM of it is -1, with that errno. */
	if (r == -1)
		r = -errno;
	return r == -ENOENT ? 0 : r;
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
				    "with the version that made them, or remove them with: rm -r "
				    "%s/%s",
				    top, entry->d_name, own, top, entry->d_name);
	}
	closedir(dir);
	return r ? r : found ? 0 : -ENOENT;
}

void nsa_pin_remove_top(void)
{
	char top[PATH_MAX];

	snprintf(top, sizeof(top), "%s/nsaccel", bpffs_root);
	rmdir(top); /* fails, as it should, if pins of another ABI are in it */
}

void nsa_pin_touch(void)
{
	char path[PATH_MAX];

	if (!nsa_pin_path(path, "meta"))
		utimensat(AT_FDCWD, path, NULL, 0); /* its removal is noticed, too */
}
