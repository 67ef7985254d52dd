// SPDX-License-Identifier: GPL-2.0-only
/* A daemon that is spawned is ready when it says so itself. This program is the daemon, too. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "sandbox.h"
#include "user/kernel/spawn.h"

#define LOG "/dev/null"

/* As any process of the network namespace may that has seen the socket's name in /proc/net/unix. */
static void say_by_another(const char *what)
{
	pid_t pid = fork();

	if (!pid) {
		sd_notify(0, what);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static int be_daemon(const char *how)
{
	if (!strcmp(how, "silent"))
		usleep(500000);
	if (strstr(how, "forged"))
		say_by_another("READY=1");
	if (strstr(how, "status"))
		sd_notify(0, "STATUS=loading");
	if (strstr(how, "ready"))
		sd_notify(0, "READY=1");
	return 0;
}

static int spawn(const char *how, int patience_ms)
{
	char *const words[] = { (char *)"test_spawn", (char *)how, NULL };

	return nsa_spawn_daemon(words, LOG, patience_ms);
}

static void test_ready(void **state)
{
	(void)state;
	assert_int_equal(spawn("ready", 60000), 0);
	assert_int_equal(spawn("status, ready", 60000), 0);
	assert_int_equal(spawn("forged, ready", 60000), 0);
}

static void test_not_ready(void **state)
{
	(void)state;
	assert_int_equal(spawn("ends", 60000), -ECHILD);
	assert_int_equal(spawn("status", 60000), -ECHILD);
	assert_int_equal(spawn("forged", 60000), -ECHILD);
	assert_int_equal(spawn("silent", 100), -ETIMEDOUT);
	while (wait(NULL) > 0) /* leaves none behind */
		;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ready),
		cmocka_unit_test(test_not_ready),
	};

	if (argc > 1)
		return be_daemon(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
