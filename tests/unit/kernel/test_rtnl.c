// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/rtnl.c: sockets, IDs of namespaces; messages that parsers refuse. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <unistd.h>

#include "rtnl_fixture.h"
#include "sandbox.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_open.h"
#include "user/kernel/objects.h"
#include "user/kernel/rtnl.h"
#include "user/kernel/rtnl_addr.h"
#include "user/kernel/rtnl_fdb.h"
#include "user/kernel/rtnl_link.h"
#include "user/kernel/rtnl_neigh.h"
#include "user/kernel/rtnl_netconf.h"
#include "user/kernel/rtnl_route.h"
#include "user/kernel/rtnl_rule.h"

static void test_nsid(void **state)
{
	const struct nsa_netns nowhere = { .path = "/run/netns/nsa-none", .held = -1 };
	struct nsa_netns other;
	int nsid = 7;

	(void)state;
	sh("ip netns add nsa-x3");
	assert_int_equal(nsa_netns_open("nsa-x3", &other), 0);
	assert_int_equal(nsa_rtnl_nsid(rtnl, &other, &nsid), 0);
	assert_int_equal(nsid, -1);
	sh("ip netns set nsa-x3 42");
	assert_int_equal(nsa_rtnl_nsid(rtnl, &other, &nsid), 0);
	assert_int_equal(nsid, 42);
	assert_int_equal(nsa_rtnl_nsid(rtnl, &nowhere, &nsid), -ENOENT);
	assert_int_equal(nsid, 42);
	nsa_netns_close(&other);
	sh("ip netns del nsa-x3");
}

static void test_open(void **state)
{
	const struct nsa_netns nowhere = { .path = "/run/netns/nsa-none", .held = -1 };
	struct nsa_rtnl *none = NULL;
	uint64_t cookie = current_cookie();
	int fds = count_fds(), next = dup(STDERR_FILENO);

	(void)state;
	close(next);
	assert_int_equal(nsa_rtnl_open(&none, &nowhere), -ENOENT);
	assert_null(none);
	assert_int_equal(nsa_rtnl_open(&none, &x1), 0);
	/* The socket took over the lowest number from the namespace; the visit's token is
	 * closed. */
	assert_int_equal(fcntl(next, F_GETFD), FD_CLOEXEC);
	assert_int_equal(count_fds(), fds + 1);
	assert_int_equal(current_cookie(), cookie);
	nsa_rtnl_close(none);
	nsa_rtnl_close(NULL);
	assert_int_equal(count_fds(), fds);
}

/* Messages too short for their header, and of other families, fill nothing. */
static void test_parse_refuses(void **state)
{
	union {
		struct nsa_link link;
		struct nsa_addr addr;
		struct nsa_kernel_route route;
		struct nsa_neigh neigh;
		struct nsa_fdb fdb;
		struct nsa_rule rule;
		struct nsa_netconf netconf;
		struct nsa_bridge_port port;
	} out, before;
	static const __u8 families[] = { AF_PACKET, AF_INET, AF_INET6, AF_BRIDGE };
	int ifindex = 7;
	size_t i;

	(void)state;
	memset(&before, 0xa5, sizeof(before));
	out = before;
	for (i = 0; i < sizeof(families); i++) {
		struct nlmsghdr *msg = message(families[i], i ? 0 : sizeof(struct ifinfomsg));

		assert_false(nsa_rtnl_parse_link(msg, &out.link));
		assert_false(nsa_rtnl_parse_bridge_port(msg, &ifindex, &out.port));
		assert_false(nsa_rtnl_parse_addr(msg, &out.addr));
		assert_false(nsa_rtnl_parse_route(msg, &out.route));
		assert_false(nsa_rtnl_parse_any_route(msg, &out.route));
		assert_false(nsa_rtnl_parse_neigh(msg, &out.neigh));
		assert_false(nsa_rtnl_parse_fdb(msg, &out.fdb));
		assert_false(nsa_rtnl_parse_rule(msg, &out.rule));
		assert_false(nsa_rtnl_parse_netconf(msg, &out.netconf));
	}
	assert_memory_equal(&out, &before, sizeof(out));
	assert_int_equal(ifindex, 7);
}

/* Which the kernel never says: whoever counts on at most all bits must not meet them. */
static void test_too_long_prefixes(void **state)
{
	struct {
		struct nlmsghdr header;
		union {
			struct rtmsg route;
			struct ifaddrmsg addr;
		};
		struct nlattr attr;
		__u8 address[4];
	} msg = { .header = { .nlmsg_len = sizeof(msg) } };
	struct nsa_kernel_route krt;
	struct nsa_addr addr;

	(void)state;
	msg.attr = (struct nlattr){ sizeof(msg.attr) + sizeof(msg.address), RTA_DST };
	msg.route = (struct rtmsg){ .rtm_family = AF_INET, .rtm_dst_len = 32, .rtm_src_len = 32 };
	assert_true(nsa_rtnl_parse_route(&msg.header, &krt));
	msg.route.rtm_dst_len = 33;
	assert_false(nsa_rtnl_parse_route(&msg.header, &krt));
	msg.route = (struct rtmsg){ .rtm_family = AF_INET6, .rtm_dst_len = 0, .rtm_src_len = 129 };
	assert_false(nsa_rtnl_parse_route(&msg.header, &krt));

	msg.header.nlmsg_len = sizeof(msg) - sizeof(msg.route) + sizeof(msg.addr);
	memmove((char *)&msg.addr + sizeof(msg.addr), &msg.attr,
		sizeof(msg.attr) + sizeof(msg.address));
	msg.addr = (struct ifaddrmsg){ .ifa_family = AF_INET, .ifa_prefixlen = 32 };
	assert_true(nsa_rtnl_parse_addr(&msg.header, &addr));
	msg.addr.ifa_prefixlen = 33;
	assert_false(nsa_rtnl_parse_addr(&msg.header, &addr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_nsid),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_too_long_prefixes),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, rtnl_setup, rtnl_teardown);
}
