// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/sysctl.c: values in the namespace of the calling thread. */
#include <errno.h>

#include "sandbox.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_open.h"
#include "user/kernel/sysctl.h"

static void test_values(void **state)
{
	int value = 7;

	(void)state;
	sh("sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.lo.rp_filter=2 "
	   "net.ipv6.conf.all.disable_policy=0 net.ipv4.conf.all.log_martians=-5");
	assert_int_equal(nsa_sysctl_read("net/ipv4/ip_forward", &value), 0);
	assert_int_equal(value, 1);
	assert_int_equal(nsa_sysctl_read("net/ipv4/conf/lo/rp_filter", &value), 0);
	assert_int_equal(value, 2);
	assert_int_equal(nsa_sysctl_read("net/ipv6/conf/all/disable_policy", &value), 0);
	assert_int_equal(value, 0);
	assert_int_equal(nsa_sysctl_read("net/ipv4/conf/all/log_martians", &value), 0);
	assert_int_equal(value, -5);
}

static void test_dots_in_a_device_name(void **state)
{
	int value;

	(void)state;
	sh("ip link add v.0 type veth peer name v1 && "
	   "echo 2 >/proc/sys/net/ipv4/conf/v.0/rp_filter");
	assert_int_equal(nsa_sysctl_read("net/ipv4/conf/v.0/rp_filter", &value), 0);
	assert_int_equal(value, 2);
	sh("ip link del v.0");
}

static void test_namespace_of_the_thread(void **state)
{
	struct nsa_netns ns;
	int value, token;

	(void)state;
	sh("sysctl -qw net.ipv4.ip_forward=1 && ip netns add nsa-x1 && "
	   "nsenter --net=/run/netns/nsa-x1 sysctl -qw net.ipv4.ip_forward=0");
	assert_int_equal(nsa_netns_open("nsa-x1", &ns), 0);
	token = nsa_netns_enter(&ns);
	assert_int_equal(nsa_sysctl_read("net/ipv4/ip_forward", &value), 0);
	nsa_netns_leave(token);
	assert_int_equal(value, 0);
	assert_int_equal(nsa_sysctl_read("net/ipv4/ip_forward", &value), 0);
	assert_int_equal(value, 1);
	nsa_netns_close(&ns);
	sh("ip netns del nsa-x1");
}

static void test_write(void **state)
{
	int value;

	(void)state;
	assert_int_equal(nsa_sysctl_write("net/ipv4/conf/lo/rp_filter", 1), 0);
	sh_says("1", "cat /proc/sys/net/ipv4/conf/lo/rp_filter");
	assert_int_equal(nsa_sysctl_write("net/ipv4/conf/all/log_martians", -7), 0);
	assert_int_equal(nsa_sysctl_read("net/ipv4/conf/all/log_martians", &value), 0);
	assert_int_equal(value, -7);
	assert_int_equal(nsa_sysctl_write("net/ipv4/nsa-none", 1), -ENOENT);
	assert_int_equal(nsa_sysctl_write("net/ipv4/ip_default_ttl", 0), -EINVAL);
}

static void test_errors(void **state)
{
	int value = 7;

	(void)state;
	assert_int_equal(nsa_sysctl_read("net/ipv4/nsa-none", &value), -ENOENT);
	assert_int_equal(nsa_sysctl_read("net/ipv4/conf", &value), -EISDIR);
	assert_int_equal(nsa_sysctl_read("net/ipv4/tcp_rmem", &value), -EINVAL);
	assert_int_equal(nsa_sysctl_read("kernel/ostype", &value), -EINVAL);
	assert_int_equal(nsa_sysctl_read("kernel/shmall", &value), -ERANGE);
	assert_int_equal(value, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_dots_in_a_device_name),
		cmocka_unit_test(test_namespace_of_the_thread),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_errors),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
