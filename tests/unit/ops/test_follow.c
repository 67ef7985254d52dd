// SPDX-License-Identifier: GPL-2.0-only
/* What is said if no daemon can be started. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake/machine.h"
#include "user/maps/pin.h"
#include "user/ops/follow.h"
#include "user/util/log.h"

/* Without a daemon's log nobody is sent there. */
static void test_no_bpffs(void **state)
{
	(void)state;
	assert_int_equal(nsa_pin_init(machine.bpffs), 0);
	assert_int_equal(rmdir(machine.bpffs), 0);
	assert_int_equal(nsa_follow(false), -ENOENT);
	assert_non_null(strstr(nsa_log_error(), machine.bpffs));
	assert_null(strstr(nsa_log_error(), "tells more"));
	assert_int_equal(mkdir(machine.bpffs, 0700), 0);
}

static void test_no_daemon(void **state)
{
	char log[128];

	(void)state;
	assert_int_equal(nsa_pin_init(machine.bpffs), 0);
	fake_fail("nsa_spawn_daemon", 1, -ECHILD);
	assert_int_equal(nsa_follow(false), -ECHILD);
	snprintf(log, sizeof(log), "%s.log tells more", machine.bpffs);
	assert_non_null(strstr(nsa_log_error(), log));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_no_bpffs),
		MACHINE_TEST(test_no_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
