// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/rtnl_monitor.c: which changes of which namespaces are reported. */
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netns_fixture.h"
#include "rtnl_monitor_fixture.h"
#include "sandbox.h"
#include "user/kernel/netlink.h"
#include "user/kernel/netns.h"
#include "user/kernel/rtnl_monitor.h"

static void test_own(void **state)
{
	struct nsa_netns own = open_ns(NULL);

	(void)state;
	assert_int_equal(nsa_rtnl_monitor_read(events, on_event, NULL), 0);
	assert_int_equal(heard_count, 0);
	sh("ip link add nsa0 type veth peer name nsa9 && ip link del nsa0");
	hear();
	assert_true(count_heard(home_cookie, RTM_NEWLINK, -1) > 0);

	assert_int_equal(nsa_rtnl_monitor_add(events, &own), 0);
	clear();
	hear();
	assert_true(count_heard(home_cookie, RTM_NEWLINK, -1) > 0);
	assert_int_equal(count_heard(0, RTM_NEWNSID, -1), 0);

	/* It can be given an id like any other; then its messages come with one. */
	sh("ip netns attach nsa-self $$ && ip netns set nsa-self 7");
	assert_int_equal(nsa_rtnl_monitor_add(events, &own), 0);
	hear();
	clear();
	hear();
	assert_true(count_heard(home_cookie, RTM_NEWLINK, -1) > 0);
	nsa_netns_close(&own);
	sh("ip netns del nsa-self");
}

static void test_only_what_was_added(void **state)
{
	__u64 a = add_ns("nsa-a", true), b = add_ns("nsa-b", false);

	(void)state;
	sh("ip -n nsa-a link set lo up && ip -n nsa-b link set lo up");
	hear();
	assert_true(count_heard(a, RTM_NEWLINK, -1) > 0);
	assert_int_equal(count_heard(b, RTM_NEWLINK, -1), 0);
	assert_int_equal(count_heard(0, RTM_NEWLINK, -1), 0); /* it has no id: not a sound */
	assert_int_equal(count_heard(0, RTM_NEWNSID, -1), 0); /* it's our own doing */
	del_ns("nsa-a");
	del_ns("nsa-b");
}

static void test_all_kinds(void **state)
{
	static const struct {
		const char *change;
		__u16 type;
		int family;
	} kinds[] = {
		{ "ip link add nsa0 type veth peer name nsa9 && ip link set nsa0 up && ip link set "
		  "nsa9 up",
		  RTM_NEWLINK, AF_UNSPEC },
		{ "ip addr add 10.1.0.1/24 dev nsa0", RTM_NEWADDR, AF_INET },
		{ "ip addr add fd01::1/64 dev nsa0", RTM_NEWADDR, AF_INET6 },
		{ "ip route add 10.2.0.0/24 dev nsa0", RTM_NEWROUTE, AF_INET },
		{ "ip route add fd02::/64 dev nsa0", RTM_NEWROUTE, AF_INET6 },
		{ "ip route del 10.2.0.0/24", RTM_DELROUTE, AF_INET },
		{ "ip rule add from 10.9.0.0/16 lookup 9", RTM_NEWRULE, AF_INET },
		{ "ip -6 rule add from fd09::/16 lookup 9", RTM_NEWRULE, AF_INET6 },
		{ "ip neigh add 10.1.0.9 lladdr 02:00:00:00:00:09 dev nsa0", RTM_NEWNEIGH,
		  AF_INET },
		{ "ip neigh add fd01::9 lladdr 02:00:00:00:00:09 dev nsa0", RTM_NEWNEIGH,
		  AF_INET6 },
		{ "ip neigh del 10.1.0.9 dev nsa0", RTM_DELNEIGH, AF_INET },
		{ "sysctl -qw net.ipv4.conf.nsa0.forwarding=1", RTM_NEWNETCONF, AF_INET },
		{ "sysctl -qw net.ipv6.conf.nsa0.forwarding=1", RTM_NEWNETCONF, AF_INET6 },
		{ "ip nexthop add id 9 via 10.1.0.9 dev nsa0", RTM_NEWNEXTHOP, AF_INET },
		{ "ip nexthop del id 9", RTM_DELNEXTHOP, AF_INET },
		{ "tc qdisc add dev nsa0 clsact", RTM_NEWQDISC, AF_UNSPEC },
		{ "tc filter add dev nsa0 ingress bpf bytecode 1,6\\ 0\\ 0\\ 0", RTM_NEWTFILTER,
		  AF_UNSPEC },
		{ "ip link add nsa1 type bridge && ip link set nsa0 master nsa1", RTM_NEWLINK,
		  AF_BRIDGE },
		{ "ip link del nsa0", RTM_DELLINK, AF_UNSPEC },
	};
	__u64 a = add_ns("nsa-a", true);

	(void)state;
	open_one("nsa-a");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		clear();
		sh("ip netns exec nsa-a sh -ec '%s'", kinds[i].change);
		hear_one("nsa-a", a);
		if (!count_heard(a, kinds[i].type, kinds[i].family))
			fail_msg("not heard: %s", kinds[i].change);
	}
	/* Of these, all namespaces' owners can make as many as they like. */
	clear();
	hear();
	for (size_t i = 0; i < heard_count; i++)
		assert_true(heard[i].type == RTM_NEWLINK || heard[i].type == RTM_DELLINK ||
			    heard[i].type == RTM_NEWADDR || heard[i].type == RTM_DELADDR);
	assert_true(count_heard(a, RTM_NEWADDR, AF_INET6) > 0);
	/* It holds the namespace, whose end the next test would hear. */
	nsa_rtnl_monitor_close(one);
	one = NULL;
	del_ns("nsa-a");
}

/* What bridges learn comes by a socket of its own, and nothing else by that. */
static void test_bridges(void **state)
{
	__u64 a = add_ns("nsa-a", true);
	struct nsa_rtnl_monitor *all;

	(void)state;
	open_one("nsa-a");
	all = one;
	open_bridges("nsa-a");
	sh("ip netns exec nsa-a sh -ec 'ip link add nsa0 type veth peer name nsa9 && ip link add "
	   "nsa1 type "
	   "bridge && ip link set nsa0 master nsa1 && ip link set nsa0 up && ip neigh add 10.1.0.9 "
	   "lladdr "
	   "02:00:00:00:00:09 dev nsa0 && bridge fdb add 02:00:00:00:00:08 dev nsa0 master && "
	   "bridge fdb del 02:00:00:00:00:08 dev nsa0 master'");
	clear();
	while (!count_heard(a, RTM_DELNEIGH, AF_BRIDGE))
		assert_int_equal(wait_and_read(one), 0);
	assert_true(count_heard(a, RTM_NEWNEIGH, AF_BRIDGE) > 0);
	for (size_t i = 0; i < heard_count; i++)
		assert_true(heard[i].family == AF_BRIDGE &&
			    (heard[i].type == RTM_NEWNEIGH || heard[i].type == RTM_DELNEIGH));
	nsa_rtnl_monitor_close(one);
	one = all;
	clear();
	hear_one("nsa-a", a);
	assert_int_equal(count_heard(a, RTM_NEWNEIGH, AF_BRIDGE), 0);
	assert_int_equal(count_heard(a, RTM_DELNEIGH, AF_BRIDGE), 0);
	assert_true(count_heard(a, RTM_NEWNEIGH, AF_INET) > 0);
	sh("ip netns del nsa-a");
}

/* Neither hears what the other alone should: its own namespace's, and that of all. */
static void test_one(void **state)
{
	__u64 a = add_ns("nsa-a", true), b = add_ns("nsa-b", true);

	(void)state;
	open_one("nsa-a");
	sh("ip -n nsa-b link set lo up && ip link add nsa0 type bridge && ip link del nsa0");
	hear_one("nsa-a", a);
	for (size_t i = 0; i < heard_count; i++)
		assert_true(heard[i].cookie == a);
	clear();
	hear();
	assert_true(count_heard(a, RTM_NEWLINK, -1) > 0);
	assert_true(count_heard(b, RTM_NEWLINK, -1) > 0);
	sh("ip netns del nsa-b");

	/* It keeps its namespace alive, and no longer than it is there itself. */
	sh("ip link add nsa-end type veth peer name nsa-far netns nsa-a && ip netns del nsa-a");
	clear();
	hear();
	assert_int_equal(count_heard(a, RTM_DELNSID, -1), 0);
	assert_false(is_link_gone("nsa-end"));
	nsa_rtnl_monitor_close(one);
	one = NULL;
	assert_true(nsa_nl_wait(NULL, RTNLGRP_LINK, PATIENCE_MS, is_link_gone, "nsa-end"));
	hear();
	assert_int_equal(count_heard(a, RTM_DELNSID, -1), 1);
}

/* Pretends to be the kernel, as far as the filter can tell: to the socket alone, or to a group. */
static ssize_t inject(__u32 route_flags, size_t size, bool multicast)
{
	static struct {
		struct nlmsghdr header;
		struct rtmsg route;
		char rest[1 << 17];
	} msg;
	struct sockaddr_nl to;
	socklen_t len = sizeof(to);
	struct nsa_nl *nl = malloc(sizeof(*nl));
	ssize_t sent;

	msg.header = (struct nlmsghdr){ .nlmsg_len = (__u32)size, .nlmsg_type = RTM_NEWROUTE };
	msg.route = (struct rtmsg){ .rtm_family = AF_INET6, .rtm_flags = route_flags };
	assert_int_equal(getsockname(nsa_rtnl_monitor_fd(events), (struct sockaddr *)&to, &len), 0);
	to.nl_groups = multicast ? RTMGRP_LINK : 0;
	to.nl_pid = multicast ? 0 : to.nl_pid;
	assert_int_equal(nsa_nl_open(nl, NETLINK_ROUTE, NULL), 0);
	sent = sendto(nl->fd, &msg, size, 0, (struct sockaddr *)&to, sizeof(to));
	nsa_nl_close(nl);
	free(nl);
	return sent;
}

static void test_filter(void **state)
{
	const size_t size = NLMSG_LENGTH(sizeof(struct rtmsg));
	struct nsa_netns own = open_ns(NULL);

	(void)state;
	inject(RTM_F_CLONED | RTM_F_NOTIFY, size, true);
	assert_false(is_readable(events));
	/* Only the kernel is believed. */
	assert_int_equal(inject(RTM_F_NOTIFY, size, false), -1);
	assert_false(is_readable(events));
	inject(RTM_F_NOTIFY, size, true);
	assert_true(is_readable(events));
	assert_int_equal(nsa_rtnl_monitor_read(events, on_event, NULL), 0);
	assert_int_equal(heard_count, 0);
	/* However much is said. */
	inject(RTM_F_NOTIFY, 100000, true);
	assert_true(is_readable(events));
	assert_int_equal(nsa_rtnl_monitor_read(events, on_event, NULL), 0);
	assert_int_equal(heard_count, 0);

	assert_int_equal(nsa_rtnl_monitor_open_one(&own, &one), 0);
	nsa_netns_close(&own);

	sh("ip link add nsa0 type veth peer name nsa9 && tc qdisc add dev nsa0 root handle 1: htb "
	   "&& "
	   "tc class add dev nsa0 parent 1: classid 1:1 htb rate 1mbit");
	sh("ip link add nsa-mark type bridge && ip link del nsa-mark");
	hear_until_mark(one, home_cookie);
	assert_true(count_heard(home_cookie, RTM_NEWQDISC, -1) > 0);
	assert_int_equal(count_heard(home_cookie, RTM_NEWTCLASS, -1), 0);
	sh("ip link del nsa0");
}

/* As long as the kernel makes it. */
static void test_long_message(void **state)
{
	(void)state;
	sh("ip link add nsa0 type bridge && for i in $(seq 100 550); do echo link property add dev "
	   "nsa0 altname n$i$(printf %%0120d 0); done | ip -b -");
	hear();
	clear();
	sh("ip link set nsa0 mtu 1400");
	hear();
	assert_int_equal(count_heard(home_cookie, RTM_NEWLINK, AF_UNSPEC), 2); /* the mark is one */
	sh("ip link del nsa0");
}

static void test_ids(void **state)
{
	__u64 a = add_ns("nsa-a", false), b = add_ns("nsa-b", false);
	struct nsa_netns ns = open_ns("nsa-a");

	(void)state;
	/* By anybody, and any number. */
	sh("ip netns set nsa-a 1000000");
	hear();
	assert_int_equal(count_heard(0, RTM_NEWNSID, -1), 1);
	assert_int_equal(nsa_rtnl_monitor_add(events, &ns), 0);
	assert_int_equal(nsa_rtnl_monitor_add(events, &ns), 0);
	nsa_netns_close(&ns);
	sh("ip -n nsa-a link set lo up");
	hear();
	assert_true(count_heard(a, RTM_NEWLINK, -1) > 0);

	/* By a device whose other end gets into a namespace, from any that is listened to. */
	clear();
	sh("ip -n nsa-a link add nsa0 type veth peer name nsa1 netns nsa-b");
	hear();
	assert_true(count_heard(0, RTM_NEWNSID, -1) > 0);
	assert_int_equal(count_heard(b, RTM_NEWLINK, -1), 0);
	sh("ip netns del nsa-a && ip netns del nsa-b");
}

static void test_death(void **state)
{
	__u64 a = add_ns("nsa-a", true);

	(void)state;
	hear();
	clear();
	del_ns("nsa-a");
	hear();
	assert_int_equal(count_heard(a, RTM_DELNSID, -1), 1);
}

/* The id of a dead namespace belongs to another before anything is read. */
static void test_reused_id(void **state)
{
	__u64 a = add_ns("nsa-a", true), b;
	size_t i = 0;
	int nsid = nsid_of("nsa-a");

	(void)state;
	sh("ip -n nsa-a link add nsa-only-a type bridge && ip -n nsa-a addr add 10.9.0.1/32 dev "
	   "lo");
	del_ns("nsa-a");
	b = add_ns("nsa-b", true);
	assert_int_equal(nsid_of("nsa-b"), nsid);
	sh("ip -n nsa-b addr add 10.9.0.1/32 dev lo");
	hear();
	assert_int_equal(count_heard(a, RTM_NEWADDR, -1), 1);
	assert_int_equal(count_heard(b, RTM_NEWADDR, -1), 1);
	assert_int_equal(count_heard(a, RTM_DELNSID, -1), 1);
	while (heard[i].type != RTM_DELNSID)
		assert_true(heard[i++].cookie != b);
	while (++i < heard_count)
		assert_true(heard[i].cookie != a);
	sh("ip netns del nsa-b");
}

static void test_bounded(void **state)
{
	struct nsa_netns own = open_ns(NULL);
	size_t routes = 0;
	int r = 1;

	(void)state;
	assert_int_equal(nsa_rtnl_monitor_open_one(&own, &one), 0);
	nsa_netns_close(&own);
	sh("ip link add nsa0 type veth peer name nsa9 && ip link set nsa0 up && ip link set nsa9 "
	   "up && "
	   "for i in $(seq 20); do seq -f \"route add 10.1.$i.%%g/32 dev nsa0\" 250; done | "
	   "ip -b -");
	while (r > 0) {
		clear();
		r = wait_and_read(one);
		routes += count_heard(home_cookie, RTM_NEWROUTE, AF_INET);
		assert_true(r == 0 || routes < 5000);
	}
	assert_int_equal(r, 0);
	assert_int_equal(routes, 5000);
	sh("ip link del nsa0");
}

static void test_without_capability(void **state)
{
	(void)state;
	sh("setpriv --bounding-set -net_broadcast --inh-caps -net_broadcast "
	   "sh -c '! "
	   "/proc/%d/exe --open 2>/run/nsa-log' && "
	   "grep -q CAP_NET_BROADCAST /run/nsa-log && rm /run/nsa-log",
	   getpid());
}

static void test_leaks(void **state)
{
	int fds = count_fds();
	struct nsa_rtnl_monitor *other = NULL;

	(void)state;
	assert_int_equal(nsa_rtnl_monitor_open(&other), 0);
	nsa_rtnl_monitor_close(other);
	nsa_rtnl_monitor_close(NULL);
	add_ns("nsa-a", true);
	assert_int_equal(count_fds(), fds);
	sh("ip netns del nsa-a");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_own),		 TEST(test_only_what_was_added),
		TEST(test_all_kinds),	 TEST(test_filter),
		TEST(test_long_message), TEST(test_ids),
		TEST(test_death),	 TEST(test_reused_id),
		TEST(test_one),		 TEST(test_bridges),
		TEST(test_bounded),	 TEST(test_without_capability),
		TEST(test_leaks),
	};

	if (argc > 1 && !strcmp(argv[1], "--open"))
		return nsa_rtnl_monitor_open(&events) ? 1 : 0;
	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
