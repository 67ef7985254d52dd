// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/ethtool.c: offloads, queues and driver of devices. */
#include <errno.h>

#include "sandbox.h"
#include "user/kernel/ethtool.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_open.h"

static int setup(void **state)
{
	(void)state;
	sh("ip link add v0 numrxqueues 4 numtxqueues 4 type veth peer name v1");
	sh("ethtool -L v0 rx 2 tx 1");
	return 0;
}

static void test_gro(void **state)
{
	__u32 on = 7;

	(void)state;
	assert_int_equal(nsa_ethtool_get_gro("v0", &on), 0);
	assert_int_equal(on, 0);
	assert_int_equal(nsa_ethtool_set_gro("v0", 1), 0);
	sh_says("generic-receive-offload: on", "ethtool -k v0");
	assert_int_equal(nsa_ethtool_get_gro("v0", &on), 0);
	assert_int_equal(on, 1);
	assert_int_equal(nsa_ethtool_set_gro("v0", 0), 0);
	sh_says("generic-receive-offload: off", "ethtool -k v0");
	sh_says("generic-receive-offload: off", "ethtool -k v1");
}

static void test_rx_queues(void **state)
{
	__u32 count, max;

	(void)state;
	assert_int_equal(nsa_ethtool_get_rx_queues("v0", &count, &max), 0);
	assert_int_equal(count, 2);
	assert_int_equal(max, 4);
	assert_int_equal(nsa_ethtool_set_rx_queues("v0", 4), 0);
	sh_says("RX:\t\t4\nTX:\t\t1", "ethtool -l v0 | sed '1,/^Current/d'");
	assert_int_equal(nsa_ethtool_set_rx_queues("v0", 5), -EINVAL);
	assert_int_equal(nsa_ethtool_set_rx_queues("v0", 0), -EINVAL);
	assert_int_equal(nsa_ethtool_get_rx_queues("v0", &count, &max), 0);
	assert_int_equal(count, 4);
	assert_int_equal(nsa_ethtool_set_rx_queues("v0", 2), 0);
}

static void test_features(void **state)
{
	static const char *const names[] = { "no-such", "tx-checksum-ip-generic" };
	struct nsa_ethtool_feature feature = { false, false };
	bool all_on = false;

	(void)state;
	assert_int_equal(nsa_ethtool_get_feature("v0", "tx-checksum-ip-generic", &feature), 0);
	assert_true(feature.active && feature.changeable);
	sh("ethtool -K v0 tx off");
	assert_int_equal(nsa_ethtool_get_feature("v0", "tx-checksum-ip-generic", &feature), 0);
	assert_true(!feature.active && feature.changeable);
	sh("ethtool -K v0 tx on");
	assert_int_equal(nsa_ethtool_get_features("v0", names, 2, &all_on), 0);
	assert_true(all_on); /* but for what this kernel doesn't know */
	sh("ethtool -K v0 tx off");
	assert_int_equal(nsa_ethtool_get_features("v0", names, 2, &all_on), 0);
	assert_false(all_on);
	sh("ethtool -K v0 tx on");
	assert_int_equal(nsa_ethtool_get_features("nosuch", names, 2, &all_on), -ENODEV);
	assert_int_equal(nsa_ethtool_get_feature("v0", "rx-gro-hw", &feature), 0);
	assert_true(!feature.active && !feature.changeable);
	assert_int_equal(nsa_ethtool_get_feature("v0", "rx-gro", &feature), 0);
	assert_int_equal(nsa_ethtool_get_feature("v0", "no-such", &feature), -ENOENT);
	assert_int_equal(nsa_ethtool_get_feature("nosuch", "rx-gro", &feature), -ENODEV);
}

static void test_driver(void **state)
{
	char name[8] = "before", fits[5];

	(void)state;
	assert_int_equal(nsa_ethtool_driver("v0", name, 4), -ENOSPC);
	assert_string_equal(name, "before");
	assert_int_equal(nsa_ethtool_driver("v0", fits, sizeof(fits)), 0);
	assert_string_equal(fits, "veth");
}

static void test_errors(void **state)
{
	__u32 count = 7, max = 8;
	char name[32];

	(void)state;
	assert_int_equal(nsa_ethtool_get_gro("nsa-none", &count), -ENODEV);
	assert_int_equal(nsa_ethtool_get_gro("nsa-longer-than-16", &count), -ENODEV);
	assert_int_equal(nsa_ethtool_set_gro("nsa-none", 1), -ENODEV);
	assert_int_equal(nsa_ethtool_driver("nsa-none", name, sizeof(name)), -ENODEV);
	assert_int_equal(nsa_ethtool_set_rx_queues("nsa-none", 1), -ENODEV);
	assert_int_equal(nsa_ethtool_get_rx_queues("lo", &count, &max), -EOPNOTSUPP);
	assert_int_equal(nsa_ethtool_set_rx_queues("lo", 1), -EOPNOTSUPP);
	assert_int_equal(count, 7);
	assert_int_equal(max, 8);
}

static void test_namespace_of_the_thread(void **state)
{
	struct nsa_netns ns;
	__u32 on;
	int token;

	(void)state;
	sh("ip netns add nsa-x1 && ip -n nsa-x1 link add v9 type veth peer name v8");
	assert_int_equal(nsa_netns_open("nsa-x1", &ns), 0);
	assert_int_equal(nsa_ethtool_get_gro("v9", &on), -ENODEV);
	token = nsa_netns_enter(&ns);
	assert_int_equal(nsa_ethtool_get_gro("v9", &on), 0);
	assert_int_equal(nsa_ethtool_get_gro("v0", &on), -ENODEV);
	nsa_netns_leave(token);
	nsa_netns_close(&ns);
	sh("ip netns del nsa-x1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gro),	 cmocka_unit_test(test_rx_queues),
		cmocka_unit_test(test_features), cmocka_unit_test(test_driver),
		cmocka_unit_test(test_errors),	 cmocka_unit_test(test_namespace_of_the_thread),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, setup, NULL);
}
