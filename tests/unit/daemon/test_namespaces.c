// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/daemon/namespaces.c and owners.c: namespaces that come, go out of reach, and are
 * back. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>

#include "fake/daemon.h"
#include "fake/monitor.h"
#include "user/ops/attach.h"

/* With nothing attached, nobody reads them. */
static void test_nothing_attached(void **state)
{
	struct nsa_daemon d;
	char name[16];

	(void)state;
	daemon_start(&d);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "green%d", i);
		fake_netns_add(name);
		fake_netns_changed();
		daemon_run(&d, 1);
	}
	daemon_settle(&d);
	assert_int_equal(d.changed.count, 0);
	daemon_stop(&d);
}

static struct fake_netns *have_gateway(void)
{
	const struct nsa_attach_request request = { .bpffs = machine.bpffs,
						    .netns = "gateway",
						    .dev = "wan" };
	struct fake_netns *gateway = fake_netns_add("gateway");
	struct nsa_attached attached = {};

	fake_link_add(gateway, "wan", "");
	fake_addr_add(gateway, "wan", "10.6.0.1/24");
	assert_int_equal(nsa_attach(&request, &attached), 0);
	return gateway;
}

/* It changes meanwhile, and no message of that comes. */
static void test_owner_is_back(void **state)
{
	struct fake_netns *gateway = have_gateway();
	struct nsa_daemon d;
	char *now, *after;

	(void)state;
	daemon_start(&d);
	daemon_settle(&d);
	assert_int_equal(d.state->owner_count, 1);
	gateway->unreachable = true;
	fake_netns_changed();
	daemon_settle(&d);
	fake_route_add(gateway, "10.9.0.0/16", "10.6.0.2", "wan");
	gateway->unreachable = false;
	fake_netns_changed();
	daemon_settle(&d);
	now = fake_dump();
	daemon_stop(&d);
	assert_int_equal(machine_sync(), 0);
	after = fake_dump();
	fake_check_equal("the owner is back", after, now);
	free(now);
	free(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_nothing_attached),
		MACHINE_TEST(test_owner_is_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
