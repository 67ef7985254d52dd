// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/rtnl_addr.c: the addresses of devices. */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "rtnl_fixture.h"
#include "sandbox.h"
#include "user/kernel/objects.h"
#include "user/kernel/rtnl_addr.h"

static struct nsa_addr addr_get(const char *text)
{
	struct nsa_addr *addrs, found = {};
	size_t i, count;

	assert_int_equal(nsa_rtnl_addrs(rtnl, &addrs, &count), 0);
	for (i = 0; i < count; i++)
		if (is_address(addrs[i].addr, text))
			found = addrs[i];
	free(addrs);
	assert_int_not_equal(found.ifindex, 0);
	return found;
}

static void test_addrs(void **state)
{
	int v0 = link_get(rtnl, "v0").ifindex;
	struct nsa_addr addr;

	(void)state;
	sh("ip addr add 10.9.1.1 peer 10.9.1.2/32 dev v0 scope link noprefixroute");
	sh("ip addr add fd09:1::1 peer fd09:1::2/128 dev v0 nodad");
	addr = addr_get("10.9.0.1");
	assert_int_equal(addr.ifindex, v0);
	assert_int_equal(addr.family, AF_INET);
	assert_int_equal(addr.prefixlen, 24);
	assert_int_equal(addr.scope, RT_SCOPE_UNIVERSE);
	assert_true(addr.flags & IFA_F_PERMANENT);

	addr = addr_get("10.9.1.1");
	assert_int_equal(addr.prefixlen, 32);
	assert_int_equal(addr.scope, RT_SCOPE_LINK);
	/* Of those that no longer fit in ifa_flags. */
	assert_true(addr.flags & IFA_F_NOPREFIXROUTE);

	addr = addr_get("fd09::1");
	assert_int_equal(addr.family, AF_INET6);
	assert_int_equal(addr.prefixlen, 64);
	assert_true(addr.flags & IFA_F_NODAD);
	assert_int_equal(addr_get("fd09:1::1").prefixlen, 128);
	addr = addr_get("127.0.0.1");
	assert_int_equal(addr.ifindex, 1);
	assert_int_equal(addr.scope, RT_SCOPE_HOST);
	assert_int_equal(addr_get("::1").ifindex, 1);
	sh("ip addr del 10.9.1.1 peer 10.9.1.2/32 dev v0 && ip addr del fd09:1::1/128 dev v0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addrs),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, rtnl_setup, rtnl_teardown);
}
