// SPDX-License-Identifier: GPL-2.0-only
/* Namespaces, processes and shell commands of tests. */
#include <dirent.h>
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"
#include "user/util/cleanup.h"

void sandbox_enter(void)
{
	if (geteuid()) {
		warnx("skipped: not root");
		exit(77);
	}
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) ||
	    mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", "/run", "tmpfs", 0, NULL) || mkdir("/run/netns", 0755))
		err(1, "sandbox");
}

void sh(const char *fmt, ...)
{
	__cleanup(nsa_freep) char *command = NULL;
	va_list args;
	int status;

	va_start(args, fmt);
	assert_true(vasprintf(&command, fmt, args) > 0);
	va_end(args);
	status = system(command);
	if (status)
		fail_msg("'%s' ended with status %#x", command, status);
}

void sh_says(const char *text, const char *fmt, ...)
{
	__cleanup(nsa_freep) char *command = NULL;
	char output[8192];
	va_list args;
	FILE *pipe;
	size_t len;

	va_start(args, fmt);
	assert_true(vasprintf(&command, fmt, args) > 0);
	va_end(args);
	pipe = popen(command, "re");
	assert_non_null(pipe);
	len = fread(output, 1, sizeof(output) - 1, pipe);
	output[len] = '\0';
	assert_int_equal(pclose(pipe), 0);
	if (!strstr(output, text))
		fail_msg("'%s' does not say '%s' but: %s", command, text, output);
}

pid_t process_start(int unshare_flags)
{
	int ready[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(unshare_flags) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

void process_end(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

uint64_t current_cookie(void)
{
	__cleanup(nsa_closep) int sk = socket(AF_INET, SOCK_DGRAM, 0);
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	assert_int_equal(getsockopt(sk, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len), 0);
	assert_true(cookie);
	return cookie;
}

int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}
