// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/netdev.c: XDP features of devices. */
#include <errno.h>
#include <net/if.h>

#include "sandbox.h"
#include "user/kernel/ethtool.h"
#include "user/kernel/netdev.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_open.h"

static struct nsa_netns home;

static int setup(void **state)
{
	(void)state;
	sh("ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up");
	return nsa_netns_open(NULL, &home);
}

static int teardown(void **state)
{
	(void)state;
	nsa_netns_close(&home);
	return 0;
}

static void features(const char *name, __u64 *found)
{
	int r = nsa_netdev_xdp_features(&home, if_nametoindex(name), found);

	if (r == -EOPNOTSUPP)
		skip(); /* before Linux 6.3 */
	assert_int_equal(r, 0);
}

static void test_features(void **state)
{
	static const __u64 basic = NSA_XDP_ACT_BASIC | NSA_XDP_ACT_REDIRECT | NSA_XDP_ACT_RX_SG;
	static const __u64 xmit = NSA_XDP_ACT_NDO_XMIT | NSA_XDP_ACT_NDO_XMIT_SG;
	__u64 veth = 0, lo = 7;

	(void)state;
	features("lo", &lo);
	assert_int_equal(lo, 0);
	features("v0", &veth);
	assert_int_equal(veth & (basic | xmit), basic);
	/* A veth takes XDP frames when its peer has NAPI, which GRO switches on. */
	assert_int_equal(nsa_ethtool_set_gro("v1", 1), 0);
	features("v0", &veth);
	assert_int_equal(veth & (basic | xmit), basic | xmit);
	assert_int_equal(nsa_ethtool_set_gro("v1", 0), 0);
}

static void test_namespace(void **state)
{
	__u64 found = 7;
	struct nsa_netns ns;

	(void)state;
	features("lo", &found);
	found = 7;
	sh("ip netns add nsa-x1 && ip -n nsa-x1 link add v9 index 77 type veth peer name v8");
	assert_int_equal(nsa_netns_open("nsa-x1", &ns), 0);
	assert_int_equal(nsa_netdev_xdp_features(&home, 77, &found), -ENODEV);
	assert_int_equal(found, 7);
	assert_int_equal(nsa_netdev_xdp_features(&ns, 77, &found), 0);
	assert_true(found & NSA_XDP_ACT_REDIRECT);
	nsa_netns_close(&ns);
	sh("ip netns del nsa-x1");
}

static void test_errors(void **state)
{
	const struct nsa_netns nowhere = { .path = "/run/netns/nsa-none", .held = -1 };
	__u64 found = 7;
	int fds = count_fds();

	(void)state;
	assert_int_equal(nsa_netdev_xdp_features(&nowhere, 1, &found), -ENOENT);
	assert_true(nsa_netdev_xdp_features(&home, 9999, &found) < 0);
	assert_int_equal(found, 7);
	assert_int_equal(count_fds(), fds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_features),
		cmocka_unit_test(test_namespace),
		cmocka_unit_test(test_errors),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, setup, teardown);
}
