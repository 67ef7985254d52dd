// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/firewall/br_netfilter.c: whether rules on routed packets see bridged ones. */
#include <unistd.h>

#include "firewall_fixture.h"
#include "sandbox.h"

static void skip_without_br_netfilter(void)
{
	if (access("/proc/sys/net/bridge", F_OK))
		skip();
}

static void set_bridge_nf(const char *version, int on)
{
	sh("nsenter --net=/run/netns/nsa-fw sysctl -qw net.bridge.bridge-nf-call-%stables=%d",
	   version, on);
}

static void test_br_netfilter(void **state)
{
	skip_without_br_netfilter();
	set_bridge_nf("ip", 1);
	expect_nft(*state, "", "");
	expect_scope(*state, "", false, false);
	expect_scope(*state, FORWARD("inet"), true, true);
	expect_nft(*state, FORWARD("inet"), "nft chain inet t/c (1 rule), br_netfilter");
	set_bridge_nf("ip", 0);
	set_bridge_nf("ip6", 1);
	expect_scope(*state, FORWARD("ip6"), true, true);
	set_bridge_nf("ip6", 0);
	set_bridge_nf("arp", 1); /* ARP is not forwarded */
	expect_scope(*state, FORWARD("inet"), true, false);
}

static void test_br_netfilter_of_a_bridge(void **state)
{
	skip_without_br_netfilter();
	sh("ip -n nsa-fw link add br0 type bridge && ip -n nsa-fw link add br1 type bridge");
	expect_scope(*state, FORWARD("ip"), true, false);
	sh("ip -n nsa-fw link set br1 type bridge nf_call_iptables 1");
	expect_scope(*state, FORWARD("ip"), true, true);
	sh("ip -n nsa-fw link set br1 type bridge nf_call_iptables 0 nf_call_ip6tables 1");
	expect_scope(*state, FORWARD("ip"), true, true);
	expect_scope(*state, "", false, false);
	sh("ip -n nsa-fw link set br1 type bridge nf_call_ip6tables 0 nf_call_arptables 1");
	expect_scope(*state, FORWARD("ip"), true, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_br_netfilter),
		TEST(test_br_netfilter_of_a_bridge),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
