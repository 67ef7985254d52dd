// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/rtnl_route.c: routes in dumps, notifications and lookups. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/icmpv6.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rtnl_fixture.h"
#include "sandbox.h"
#include "user/kernel/objects.h"
#include "user/kernel/rtnl_route.h"

/* How many there are to such a prefix, and one of them. */
static size_t find_routes(const char *dst, __u8 len, struct nsa_kernel_route *found)
{
	struct nsa_kernel_route *routes;
	size_t i, count, matches = 0;
	__u8 family;

	address(dst, &family);
	assert_int_equal(nsa_rtnl_routes(rtnl, &routes, &count), 0);
	for (i = 0; i < count; i++) {
		if (routes[i].family == family && routes[i].dst_len == len &&
		    is_address(routes[i].dst, dst)) {
			*found = routes[i];
			matches++;
		}
	}
	free(routes);
	return matches;
}

static struct nsa_kernel_route route(const char *dst, __u8 len)
{
	struct nsa_kernel_route found;

	assert_int_equal(find_routes(dst, len, &found), 1);
	return found;
}

static void test_routes(void **state)
{
	int v0 = link_get(rtnl, "v0").ifindex;
	struct nsa_kernel_route krt;

	(void)state;
	krt = route("10.9.0.0", 24);
	assert_int_equal(krt.type, RTN_UNICAST);
	assert_int_equal(krt.oif, v0);
	assert_int_equal(krt.gw_family, 0);
	assert_int_equal(krt.table, RT_TABLE_MAIN);
	assert_int_equal(krt.scope, RT_SCOPE_LINK);
	assert_int_equal(krt.protocol, RTPROT_KERNEL);
	assert_int_equal(krt.metric, 0);
	assert_int_equal(krt.mtu, 0);
	krt = route("10.9.0.1", 32);
	assert_int_equal(krt.type, RTN_LOCAL);
	assert_int_equal(krt.table, RT_TABLE_LOCAL);
	assert_int_equal(route("10.9.0.255", 32).type, RTN_BROADCAST);

	sh("ip route add default via 10.9.0.9 metric 7 proto static");
	krt = route("0.0.0.0", 0);
	assert_int_equal(krt.gw_family, AF_INET);
	assert_address(krt.gw, "10.9.0.9");
	assert_int_equal(krt.metric, 7);
	assert_int_equal(krt.protocol, RTPROT_STATIC);
	sh("ip route del default");

	sh("ip route add 10.1.0.0/16 via 10.9.0.9 tos 0x10 mtu 1300 table 1000");
	krt = route("10.1.0.0", 16);
	assert_int_equal(krt.table, 1000);
	assert_int_equal(krt.mtu, 1300);
	assert_int_equal(krt.tos, 0x10);
	sh("ip route flush table 1000");

	sh("ip route add 10.2.0.0/16 via inet6 fd09::9 dev v0");
	krt = route("10.2.0.0", 16);
	assert_int_equal(krt.gw_family, AF_INET6);
	assert_address(krt.gw, "fd09::9");
	sh("ip route del 10.2.0.0/16");

	sh("ip route add 10.2.0.0/16 via 172.31.1.1 dev v0 onlink");
	assert_true(route("10.2.0.0", 16).flags & RTNH_F_ONLINK);
	sh("ip route del 10.2.0.0/16");

	sh("ip -6 route add fd10::/64 via fd09::9 metric 5 mtu 1300");
	krt = route("fd10::", 64);
	assert_int_equal(krt.oif, v0);
	assert_int_equal(krt.gw_family, AF_INET6);
	assert_address(krt.gw, "fd09::9");
	assert_int_equal(krt.metric, 5);
	assert_int_equal(krt.mtu, 1300);
	assert_int_equal(krt.src_len, 0);
	sh("ip -6 route del fd10::/64");
}

static void test_routes_that_go_nowhere(void **state)
{
	static const struct {
		const char *name;
		__u8 type;
	} types[] = {
		{ "blackhole", RTN_BLACKHOLE },
		{ "unreachable", RTN_UNREACHABLE },
		{ "prohibit", RTN_PROHIBIT },
		{ "throw", RTN_THROW },
	};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		sh("ip route add %s 10.3.0.0/16", types[i].name);
		assert_int_equal(route("10.3.0.0", 16).type, types[i].type);
		sh("ip route del 10.3.0.0/16");
		sh("ip -6 route add %s fd10::/64", types[i].name);
		assert_int_equal(route("fd10::", 64).type, types[i].type);
		sh("ip -6 route del fd10::/64");
	}
}

static void test_routes_with_next_hops(void **state)
{
	int v0 = link_get(rtnl, "v0").ifindex;
	struct nsa_kernel_route krt;

	(void)state;
	sh("ip route add 10.4.0.0/16 nexthop via 10.9.0.3 nexthop via 10.9.0.4");
	krt = route("10.4.0.0", 16);
	assert_true(krt.multipath);
	assert_int_equal(krt.oif, 0);
	assert_int_equal(krt.gw_family, 0);
	sh("ip route del 10.4.0.0/16");

	sh("ip -6 route add fd10::/64 nexthop via fd09::3 nexthop via fd09::4");
	assert_true(route("fd10::", 64).multipath);
	sh("ip -6 route del fd10::/64");

	sh("ip nexthop add id 5 via 10.9.0.6 dev v0 && ip nexthop add id 6 group 5 && "
	   "ip route add 10.5.0.0/16 nhid 5 && ip route add 10.6.0.0/16 nhid 6");
	krt = route("10.5.0.0", 16);
	assert_int_equal(krt.nh_id, 5);
	assert_int_equal(krt.oif, v0);
	assert_address(krt.gw, "10.9.0.6");
	krt = route("10.6.0.0", 16);
	assert_int_equal(krt.nh_id, 6);
	assert_false(krt.multipath);
	assert_int_equal(krt.oif, v0);
	assert_address(krt.gw, "10.9.0.6");
	sh("ip nexthop del id 6 && ip nexthop del id 5");

	/* RTA_MULTIPATH with one next hop. */
	sh("ip nexthop add id 7 via fd09::6 dev v0 && ip nexthop add id 8 group 7 && "
	   "ip -6 route add fd10::/64 nhid 8");
	krt = route("fd10::", 64);
	assert_int_equal(krt.nh_id, 8);
	assert_false(krt.multipath);
	assert_int_equal(krt.oif, v0);
	assert_int_equal(krt.gw_family, AF_INET6);
	assert_address(krt.gw, "fd09::6");
	sh("ip nexthop del id 8 && ip nexthop del id 7");

	sh("ip route add 10.7.0.0/16 encap ip id 7 dst 10.9.0.7 dev v0");
	assert_true(route("10.7.0.0", 16).encap);
	assert_false(route("10.9.0.0", 24).encap);
	sh("ip route del 10.7.0.0/16");
}

static void test_routes_count_their_next_hops(void **state)
{
	struct nsa_kernel_route krt;

	(void)state;
	assert_int_equal(route("10.9.0.0", 24).hops, 1);
	sh("ip route add 10.4.0.0/16 nexthop via 10.9.0.3 nexthop via 10.9.0.4 nexthop dev v0");
	krt = route("10.4.0.0", 16);
	assert_true(krt.multipath);
	assert_int_equal(krt.hops, 3);
	assert_int_equal(krt.flags, 0);
	assert_false(krt.encap);
	assert_false(krt.hop_down);
	sh("ip route del 10.4.0.0/16");

	sh("ip route add 10.4.0.0/16 nexthop via 10.9.0.3 "
	   "nexthop encap ip id 7 dst 10.9.0.7 via 10.9.0.4");
	assert_true(route("10.4.0.0", 16).encap);
	sh("ip route del 10.4.0.0/16");

	sh("ip route add blackhole 10.4.0.0/16");
	assert_int_equal(route("10.4.0.0", 16).hops, 0);
	sh("ip route del 10.4.0.0/16");

	sh("ip nexthop add id 5 via 10.9.0.5 dev v0 && ip nexthop add id 6 via 10.9.0.6 dev v0 && "
	   "ip nexthop add id 7 group 5/6 && ip nexthop add id 8 blackhole && "
	   "ip route add 10.4.0.0/16 nhid 7 && ip route add 10.5.0.0/16 nhid 8");
	krt = route("10.4.0.0", 16);
	assert_int_equal(krt.nh_id, 7);
	assert_true(krt.multipath);
	assert_int_equal(krt.hops, 2);
	assert_int_equal(route("10.5.0.0", 16).type, RTN_BLACKHOLE);
	sh("sysctl -qw net.ipv4.nexthop_compat_mode=0");
	krt = route("10.4.0.0", 16);
	assert_int_equal(krt.nh_id, 7);
	assert_int_equal(krt.hops, 0);
	sh("sysctl -qw net.ipv4.nexthop_compat_mode=1");
	sh("for id in 8 7 6 5; do ip nexthop del id $id || exit; done");
}

/* d0 has no carrier while its peer is down. */
static void test_routes_that_are_down(void **state)
{
	struct nsa_kernel_route krt;

	(void)state;
	sh("ip link add d0 type veth peer name d1 && ip link set d0 up && "
	   "ip addr add 10.8.0.1/24 dev d0 && ip route add 10.4.0.0/16 nexthop via 10.9.0.3 "
	   "nexthop via 10.8.0.2 dev d0 onlink");
	krt = route("10.8.0.0", 24);
	assert_true(krt.flags & RTNH_F_LINKDOWN);
	assert_true(krt.hop_down);
	krt = route("10.4.0.0", 16);
	assert_int_equal(krt.hops, 2);
	assert_true(krt.hop_down);
	sh("ip link del d0");
}

static void test_route_metrics(void **state)
{
	struct nsa_kernel_route krt;

	(void)state;
	sh("ip route add 10.4.0.0/16 via 10.9.0.3 mtu lock 1300 && "
	   "ip route add 10.5.0.0/16 via 10.9.0.3 mtu 1300 advmss lock 1200");
	krt = route("10.4.0.0", 16);
	assert_int_equal(krt.mtu, 1300);
	assert_true(krt.mtu_locked);
	krt = route("10.5.0.0", 16);
	assert_int_equal(krt.mtu, 1300);
	assert_false(krt.mtu_locked);
	sh("ip route del 10.4.0.0/16 && ip route del 10.5.0.0/16");

	/* A lock without a value: by a gateway the kernel goes by the least that IPv4 knows. */
	sh("ip route add 10.4.0.0/16 via 10.9.0.3 mtu lock 0 && "
	   "ip route add 10.5.0.0/16 dev v0 mtu lock 0 && "
	   "ip route add 10.6.0.0/16 mtu lock 0 nexthop via 10.9.0.3 nexthop via 10.9.0.4");
	assert_int_equal(route("10.4.0.0", 16).mtu, 576);
	assert_int_equal(route("10.5.0.0", 16).mtu, 0);
	assert_int_equal(route("10.6.0.0", 16).mtu, 576);
	sh("ip route del 10.4.0.0/16 && ip route del 10.5.0.0/16 && ip route del 10.6.0.0/16");

	sh("ip -6 route add fd10::/64 via fd09::9 pref high");
	assert_int_equal(route("fd10::", 64).pref, ICMPV6_ROUTER_PREF_HIGH);
	assert_false(route("fd10::", 64).expires);
	sh("ip -6 route replace fd10::/64 via fd09::9 expires 600");
	assert_true(route("fd10::", 64).expires);
	/* Of a router's advertisements the kernel tells before it has set the time. */
	sh("ip -6 route replace fd10::/64 via fd09::9 proto ra");
	assert_true(route("fd10::", 64).expires);
	sh("ip -6 route del fd10::/64");
	assert_int_equal(sizeof(struct nsa_kernel_route), 68); /* there are 1,000,000 */
}

static bool is_new_route(const struct nlmsghdr *msg)
{
	struct nsa_kernel_route krt;

	return msg->nlmsg_type == RTM_NEWROUTE && nsa_rtnl_parse_route(msg, &krt) &&
	       krt.family == AF_INET && krt.dst_len == 16 && is_address(krt.dst, "10.4.0.0") &&
	       krt.gw_family == AF_INET6 && is_address(krt.gw, "fd09::9");
}

static bool is_deleted_route(const struct nlmsghdr *msg)
{
	struct nsa_kernel_route krt;

	return msg->nlmsg_type == RTM_DELROUTE && nsa_rtnl_parse_route(msg, &krt) &&
	       is_address(krt.dst, "10.4.0.0");
}

static void test_route_events(void **state)
{
	struct mnl_socket *events = events_open(RTNLGRP_IPV4_ROUTE);
	struct nsa_kernel_route krt, before;
	struct nlmsghdr *msg;
	struct rtmsg *info;

	(void)state;
	sh("ip route add 10.4.0.0/16 via inet6 fd09::9 dev v0");
	await(events, is_new_route);
	sh("ip route del 10.4.0.0/16");
	await(events, is_deleted_route);
	mnl_socket_close(events);

	memset(&before, 0xa5, sizeof(before));
	krt = before;
	msg = message(AF_INET, sizeof(struct rtmsg));
	info = mnl_nlmsg_get_payload(msg);
	assert_true(nsa_rtnl_parse_route(msg, &krt));
	info->rtm_flags = RTM_F_CLONED;
	krt = before;
	assert_false(nsa_rtnl_parse_route(msg, &krt));
	/* Multicast routing has the same messages. */
	msg = message(RTNL_FAMILY_IPMR, sizeof(struct rtmsg));
	assert_false(nsa_rtnl_parse_route(msg, &krt));
	assert_memory_equal(&krt, &before, sizeof(krt));
}

struct seen {
	size_t count, inet6;
	int error; /* to give back at the third */
};

static int see(void *data, const struct nsa_kernel_route *krt)
{
	struct seen *seen = data;

	seen->inet6 += krt->family == AF_INET6;
	return ++seen->count == 3 ? seen->error : 0;
}

static void test_each_route(void **state)
{
	struct seen inet = {}, inet6 = {}, stopped = { .error = -ENOSPC };
	struct nsa_kernel_route *routes;
	size_t count;

	(void)state;
	assert_int_equal(nsa_rtnl_routes(rtnl, &routes, &count), 0);
	free(routes);
	assert_int_equal(nsa_rtnl_each_route(rtnl, AF_INET, see, &inet), 0);
	assert_int_equal(nsa_rtnl_each_route(rtnl, AF_INET6, see, &inet6), 0);
	assert_int_equal(inet.count + inet6.count, count);
	assert_int_equal(inet.inet6, 0);
	assert_int_equal(inet6.inet6, inet6.count);
	/* Not called any more; and the socket is ready for the next request. */
	assert_int_equal(nsa_rtnl_each_route(rtnl, AF_INET, see, &stopped), -ENOSPC);
	assert_int_equal(stopped.count, 3);
	assert_string_equal(link_get(rtnl, "v0").name, "v0");
}

static void test_routes_from_a_source(void **state)
{
	struct nsa_kernel_route krt;

	(void)state;
	/* Only with CONFIG_IPV6_SUBTREES. */
	if (system("ip -6 route add fd10::/64 from fd11::/48 dev v0 2>/dev/null"))
		skip();
	krt = route("fd10::", 64);
	assert_int_equal(krt.src_len, 48);
	sh("ip -6 route del fd10::/64 from fd11::/48");
}

static int route_get(const char *dst, struct nsa_kernel_route *krt)
{
	__u8 family;
	const __u8 *addr = address(dst, &family);

	return nsa_rtnl_route_get(rtnl, family, addr, krt);
}

static void test_route_get(void **state)
{
	int v0 = link_get(rtnl, "v0").ifindex;
	struct nsa_kernel_route krt;

	(void)state;
	assert_int_equal(route_get("10.9.0.7", &krt), 0);
	assert_int_equal(krt.oif, v0);
	assert_int_equal(krt.type, RTN_UNICAST);
	assert_int_equal(krt.table, RT_TABLE_MAIN);
	assert_int_equal(krt.gw_family, 0);
	assert_int_equal(krt.dst_len, 32);
	assert_address(krt.dst, "10.9.0.7");
	assert_int_equal(route_get("10.9.0.1", &krt), 0);
	assert_int_equal(krt.type, RTN_LOCAL);

	sh("ip -6 route add fd10::/64 via fd09::9");
	assert_int_equal(route_get("fd10::1", &krt), 0);
	assert_int_equal(krt.oif, v0);
	assert_int_equal(krt.table, RT_TABLE_MAIN);
	assert_address(krt.gw, "fd09::9");
	sh("ip -6 route del fd10::/64");

	/* The answer of the namespace that the socket is of. */
	assert_int_equal(route_get("10.9.0.2", &krt), 0);
	assert_int_equal(krt.type, RTN_UNICAST);
	assert_int_equal(nsa_rtnl_route_get(rtnl_x1, AF_INET, (__u8[]){ 10, 9, 0, 2 }, &krt), 0);
	assert_int_equal(krt.type, RTN_LOCAL);
}

static void test_route_get_errors(void **state)
{
	static const struct {
		const char *type;
		int r;
	} cases[] = {
		{ "blackhole", -EINVAL },
		{ "unreachable", -EHOSTUNREACH },
		{ "prohibit", -EACCES },
	};
	struct nsa_kernel_route krt, before;
	size_t i;

	(void)state;
	memset(&before, 0xa5, sizeof(before));
	krt = before;
	assert_int_equal(route_get("10.3.0.1", &krt), -ENETUNREACH);
	assert_int_equal(route_get("fd10::1", &krt), -ENETUNREACH);
	for (i = 0; i < 3; i++) {
		sh("ip route add %s 10.3.0.0/16 && ip -6 route add %s fd10::/64", cases[i].type,
		   cases[i].type);
		assert_int_equal(route_get("10.3.0.1", &krt), cases[i].r);
		assert_int_equal(route_get("fd10::1", &krt), cases[i].r);
		sh("ip route del 10.3.0.0/16 && ip -6 route del fd10::/64");
	}
	assert_memory_equal(&krt, &before, sizeof(krt));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_routes_that_go_nowhere),
		cmocka_unit_test(test_routes_with_next_hops),
		cmocka_unit_test(test_routes_count_their_next_hops),
		cmocka_unit_test(test_routes_that_are_down),
		cmocka_unit_test(test_route_metrics),
		cmocka_unit_test(test_route_events),
		cmocka_unit_test(test_each_route),
		cmocka_unit_test(test_routes_from_a_source),
		cmocka_unit_test(test_route_get),
		cmocka_unit_test(test_route_get_errors),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, rtnl_setup, rtnl_teardown);
}
