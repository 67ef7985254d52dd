// SPDX-License-Identifier: GPL-2.0-only
/* The kernel gives no process for a lock of an open file description, but lists it with the
 * descriptor. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "maps/follower.h"
#include "maps/run_dir.h"

/* The link's text first: to look at a file of any other file system may wait for a server. */
static bool is_file(int dir, const char *entry, const char *path, const struct stat *wanted)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(dir, entry, target, sizeof(target) - 1);
	const char *name = strrchr(path, '/'), *found;
	struct stat st;

	if (len <= 0)
		return false;
	target[len] = '\0';
	found = strrchr(target, '/');
	return found && !strcmp(found, name) && !fstatat(dir, entry, &st, 0) &&
	       st.st_dev == wanted->st_dev && st.st_ino == wanted->st_ino;
}

static bool has_lock(pid_t pid, const char *fd)
{
	char path[PATH_MAX], line[256];
	bool found = false;
	FILE *info;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", pid, fd);
	info = fopen(path, "re");
	if (!info)
		return false;
	while (!found && fgets(line, sizeof(line), info))
		found = !strncmp(line, "lock:", strlen("lock:"));
	fclose(info);
	return found;
}

static bool is_holder(pid_t pid, const char *file, const struct stat *wanted)
{
	const struct dirent *entry;
	bool found = false;
	char path[32];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir)))
		found = is_file(dirfd(dir), entry->d_name, file, wanted) &&
			has_lock(pid, entry->d_name);
	closedir(dir);
	return found;
}

pid_t nsa_follower_holder(void)
{
	const struct dirent *entry;
	char path[PATH_MAX];
	struct stat wanted;
	pid_t pid, found = 0;
	DIR *dir;

	if (nsa_run_dir_path(path, sizeof(path), "view") || stat(path, &wanted))
		return 0;
	dir = opendir("/proc");
	while (dir && !found && (entry = readdir(dir))) {
		pid = (pid_t)strtol(entry->d_name, NULL, 10);
		found = pid > 0 && is_holder(pid, path, &wanted) ? pid : 0;
	}
	if (dir)
		closedir(dir);
	return found;
}
