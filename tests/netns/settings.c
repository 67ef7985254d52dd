// SPDX-License-Identifier: GPL-2.0-only
/*
 * settings NAMESPACE... KEY=VALUE...: sysctls, each in each of the namespaces. One process for what
 * would take two for each namespace: every topology begins with it.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/netns/enter.h"

static void set(const char *setting)
{
	const char *value = strchr(setting, '=');
	size_t length = (size_t)(value - setting);
	char path[256] = "/proc/sys/";
	const size_t root = strlen(path);
	int fd;

	if (root + length >= sizeof(path))
		errx(1, "%s: too long", setting);
	for (size_t i = 0; i < length; i++)
		path[root + i] = setting[i] == '.' ? '/' : setting[i];
	value++;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		err(1, "set %s", setting);
	close(fd);
}

int main(int argc, char **argv)
{
	int first = 1;

	while (first < argc && !strchr(argv[first], '='))
		first++;
	for (int i = 1; i < first; i++) {
		enter_netns(argv[i]);
		for (int j = first; j < argc; j++)
			set(argv[j]);
	}
	return 0;
}
