// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#include "kernel/sysctl.h"
#include "util/cleanup.h"

static int parse_int(const char *text, int *value)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (end == text || (*end && *end != '\n'))
		return -EINVAL;
	if (errno || n < INT_MIN || n > INT_MAX)
		return -ERANGE;
	*value = n;
	return 0;
}

static int open_sysctl(const char *path, int flags)
{
	__cleanup(nsa_freep) char *file = NULL;
	int fd;

	if (asprintf(&file, "/proc/sys/%s", path) < 0) {
		file = NULL;
		return -ENOMEM;
	}
	fd = open(file, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int nsa_sysctl_read(const char *path, int *value)
{
	__cleanup(nsa_closep) int fd = open_sysctl(path, O_RDONLY);
	char text[32];
	ssize_t len;

	if (fd < 0)
		return fd;
	len = read(fd, text, sizeof(text) - 1);
	if (len < 0)
		return -errno;
	text[len] = '\0';
	return parse_int(text, value);
}

int nsa_sysctl_write(const char *path, int value)
{
	__cleanup(nsa_closep) int fd = open_sysctl(path, O_WRONLY);

	if (fd < 0)
		return fd;
	return dprintf(fd, "%d\n", value) < 0 ? -errno : 0;
}
