// SPDX-License-Identifier: GPL-2.0-only
/* An owner whose namespace is dead goes with all that was its, whichever call fails; the others
 * stay. */
#include <errno.h>
#include <stdlib.h>

#include "fake/machine.h"
#include "user/ops/attach.h"

static struct fake_netns *gateway;

/* A namespace that routes, with a NIC and somebody behind it. */
static void add_gateway(void)
{
	struct fake_netns *guest;

	gateway = fake_netns_add("gateway");
	guest = fake_netns_add("guest");
	fake_link_add(gateway, "wan", "");
	fake_veth_add(gateway, "guest", guest, "in");
	fake_addr_add(gateway, "wan", "10.6.0.1/24");
	fake_addr_add(gateway, "guest", "10.7.0.1/24");
	fake_addr_add(guest, "in", "10.7.0.2/24");
}

static void attach_wan(void)
{
	const struct nsa_attach_request request = { .bpffs = machine.bpffs,
						    .netns = "gateway",
						    .dev = "wan" };
	struct nsa_attached attached = {};

	assert_int_equal(nsa_attach(&request, &attached), 0);
}

static void gateway_dies(void)
{
	add_gateway();
	assert_int_equal(machine_attach("eth0"), 0);
	attach_wan();
	fake_netns_del(gateway);
}

static void test_one_of_two(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){ .what = "one of two owners dies",
							  .prepare = gateway_dies,
							  .act = machine_sync,
							  .goes_on = true });
}

static void only_gateway_dies(void)
{
	add_gateway();
	attach_wan();
	fake_netns_del(gateway);
}

static void test_last(void **state)
{
	char *empty = fake_dump();

	(void)state;
	machine_try_each_failure(&(struct machine_trial){ .what = "the only owner dies",
							  .prepare = only_gateway_dies,
							  .act = machine_sync,
							  .goes_on = true });
	machine_reset();
	only_gateway_dies();
	assert_int_equal(machine_sync(), 0);
	fake_check_state("nothing is attached", empty);
	free(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_one_of_two),
		MACHINE_TEST(test_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
