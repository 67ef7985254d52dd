// SPDX-License-Identifier: GPL-2.0-only
/* Nothing is left of the last owner once its namespace is dead, whichever call fails meanwhile. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>

#include "fake/daemon.h"
#include "fake/monitor.h"
#include "user/ops/attach.h"

static struct fake_netns *gateway;

static void begin(struct nsa_daemon *d)
{
	const struct nsa_attach_request request = { .bpffs = machine.bpffs,
						    .netns = "gateway",
						    .dev = "wan" };
	struct nsa_attached attached = {};

	machine_reset();
	gateway = fake_netns_add("gateway");
	fake_link_add(gateway, "wan", "");
	fake_addr_add(gateway, "wan", "10.6.0.1/24");
	assert_int_equal(nsa_attach(&request, &attached), 0);
	daemon_start(d);
	daemon_settle(d);
}

static void gateway_dies(void)
{
	struct fake_netns was = *gateway;

	fake_netns_del(gateway);
	fake_netns_changed();
	fake_notify(&was, RTM_DELNSID, NULL, 0);
	fake_notify_lost(machine.host);
}

static bool try_failure(unsigned int n, const char *after)
{
	struct nsa_daemon d;
	const char *failed;
	char what[128];

	begin(&d);
	fake_fail(NULL, n, -EIO);
	gateway_dies();
	daemon_settle(&d);
	daemon_stop(&d);
	failed = fake_failed();
	fake_fail_never();
	snprintf(what, sizeof(what), "call %u (%s) failed", n, failed ? failed : "none");
	fake_check_state(what, after);
	return failed;
}

static void test_last(void **state)
{
	char *empty = fake_dump();

	(void)state;
	for (unsigned int n = 1; try_failure(n, empty); n++)
		;
	free(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
