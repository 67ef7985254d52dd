// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/daemon/signals.c. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake/daemon.h"
#include "user/util/log.h"

/* A process that runs a daemon whose log nobody reads any more. */
static pid_t start_unheard(void)
{
	pid_t pid = fork();
	struct nsa_daemon d;
	int ends[2];

	assert_true(pid >= 0);
	if (pid)
		return pid;
	if (pipe(ends) || dup2(ends[1], STDERR_FILENO) < 0)
		_exit(1);
	close(ends[0]);
	daemon_start(&d);
	nsa_info("nobody reads that");
	daemon_settle(&d);
	daemon_stop(&d);
	_exit(0);
}

static void test_log_is_closed(void **state)
{
	pid_t pid = start_unheard();
	int status;

	(void)state;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_log_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
