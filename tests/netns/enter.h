/* SPDX-License-Identifier: GPL-2.0-only */
/* Entering a namespace that a test has made, by its name. */
#ifndef NSA_TEST_ENTER_H
#define NSA_TEST_ENTER_H

#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

/* Moves the calling thread into /run/netns/NAME, for good; ends the program if it can't. */
static inline void enter_netns(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "enter namespace %s", name);
	close(fd);
}

#endif
