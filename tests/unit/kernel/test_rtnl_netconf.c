// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/rtnl_netconf.c: settings of devices, and how changes are notified. */
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>

#include "rtnl_fixture.h"
#include "sandbox.h"
#include "user/kernel/objects.h"
#include "user/kernel/rtnl_netconf.h"

static bool find_netconf(__u8 family, int ifindex, struct nsa_netconf *found)
{
	struct nsa_netconf *confs;
	size_t i, count, matches = 0;

	assert_int_equal(nsa_rtnl_netconf(rtnl, &confs, &count), 0);
	for (i = 0; i < count; i++) {
		if (confs[i].family == family && confs[i].ifindex == ifindex) {
			*found = confs[i];
			matches++;
		}
	}
	free(confs);
	assert_true(matches <= 1);
	return matches;
}

static void test_netconf(void **state)
{
	int v0 = link_get(rtnl, "v0").ifindex;
	struct nsa_netconf conf;

	(void)state;
	sh("sysctl -qw net.ipv4.conf.v0.forwarding=1 net.ipv4.conf.v0.rp_filter=2 "
	   "net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.default.rp_filter=0");
	assert_true(find_netconf(AF_INET, v0, &conf));
	assert_true(conf.has_forwarding && conf.forwarding);
	assert_true(conf.has_rp_filter);
	assert_int_equal(conf.rp_filter, 2);
	assert_true(find_netconf(AF_INET, NSA_NETCONF_ALL, &conf));
	assert_false(conf.forwarding);
	assert_int_equal(conf.rp_filter, 1);
	assert_true(find_netconf(AF_INET, NSA_NETCONF_DEFAULT, &conf));
	assert_int_equal(conf.rp_filter, 0);
	sh("sysctl -qw net.ipv4.conf.v0.forwarding=0 net.ipv4.conf.v0.rp_filter=0 "
	   "net.ipv4.conf.all.rp_filter=0");

	assert_true(find_netconf(AF_INET6, v0, &conf));
	assert_true(conf.has_forwarding);
	assert_false(conf.forwarding || conf.has_rp_filter);
	sh("sysctl -qw net.ipv6.conf.all.forwarding=1");
	assert_true(find_netconf(AF_INET6, NSA_NETCONF_ALL, &conf));
	assert_true(conf.forwarding);
	sh("sysctl -qw net.ipv6.conf.all.forwarding=0");
	assert_false(find_netconf(AF_INET6, 9999, &conf));
}

static bool is_rp_filter(const struct nlmsghdr *msg)
{
	struct nsa_netconf conf;

	return msg->nlmsg_type == RTM_NEWNETCONF && nsa_rtnl_parse_netconf(msg, &conf) &&
	       conf.family == AF_INET && conf.ifindex == link_get(rtnl, "v0").ifindex &&
	       conf.has_rp_filter && conf.rp_filter == 1 && !conf.has_forwarding;
}

static bool is_forwarding(const struct nlmsghdr *msg)
{
	struct nsa_netconf conf;

	return nsa_rtnl_parse_netconf(msg, &conf) && conf.ifindex == NSA_NETCONF_ALL &&
	       conf.has_forwarding && conf.forwarding && !conf.has_rp_filter;
}

/* They tell what has changed, and only that. */
static void test_netconf_events(void **state)
{
	struct mnl_socket *events = events_open(RTNLGRP_IPV4_NETCONF);

	(void)state;
	sh("sysctl -qw net.ipv4.conf.v0.rp_filter=1");
	await(events, is_rp_filter);
	sh("sysctl -qw net.ipv4.ip_forward=1");
	await(events, is_forwarding);
	sh("sysctl -qw net.ipv4.ip_forward=0 net.ipv4.conf.v0.rp_filter=0");
	mnl_socket_close(events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_netconf),
		cmocka_unit_test(test_netconf_events),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, rtnl_setup, rtnl_teardown);
}
