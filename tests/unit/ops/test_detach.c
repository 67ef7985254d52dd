// SPDX-License-Identifier: GPL-2.0-only
/* detach removes all that attach made, or nothing, whichever of its calls fails. */
#include <errno.h>
#include <stdlib.h>

#include "fake/machine.h"
#include "user/ops/attach.h"
#include "user/ops/detach.h"

static void have_eth0(void)
{
	assert_int_equal(machine_attach("eth0"), 0);
}

static void have_both(void)
{
	have_eth0();
	assert_int_equal(machine_attach("eth1"), 0);
}

static int detach_eth0(void)
{
	return nsa_detach(machine.bpffs, NULL, "eth0", false);
}

static int detach_eth1(void)
{
	return nsa_detach(machine.bpffs, NULL, "eth1", false);
}

static int detach_all(void)
{
	return nsa_detach_all(machine.bpffs, NULL, false);
}

/* Once more; what it has left, if it isn't attached any more, is mended by sync. */
static int detach_eth1_again(void)
{
	int r = detach_eth1();

	return r == -ENOENT ? machine_sync() : r;
}

static void test_last(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){ .what = "detach of the last device",
							  .prepare = have_eth0,
							  .act = detach_eth0,
							  .mend = detach_all });
}

static void test_all(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){
		.what = "detach --all", .prepare = have_both, .act = detach_all });
}

static void test_one_of_two(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){ .what = "detach of one device of two",
							  .prepare = have_both,
							  .act = detach_eth1,
							  .mend = detach_eth1_again });
}

/* A NIC's rx-vlan-offload, and a veth's GRO and queues, are as they were. */
static void test_settings(void **state)
{
	const struct nsa_attach_request request = { .bpffs = machine.bpffs,
						    .dev = "eth0",
						    .set_delivery = true,
						    .delivery = NSACCEL_DELIVERY_XDP };
	struct fake_link *in = fake_link_named(machine.red, "in");
	struct fake_link *eth0 = fake_link_named(machine.host, "eth0");
	struct nsa_attached attached = {};
	char *before;

	(void)state;
	eth0->rx_vlan = true;
	in->max_queues = 2;
	before = fake_dump();
	assert_int_equal(nsa_attach(&request, &attached), 0);
	assert_false(eth0->rx_vlan);
	assert_true(in->gro);
	assert_int_equal(detach_all(), 0);
	fake_check_state("settings", before);
	free(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_last),
		MACHINE_TEST(test_all),
		MACHINE_TEST(test_one_of_two),
		MACHINE_TEST(test_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
