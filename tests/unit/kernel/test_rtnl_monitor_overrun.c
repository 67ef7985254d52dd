// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/rtnl_monitor.c: sockets that overrun. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "netns_fixture.h"
#include "rtnl_monitor_fixture.h"
#include "sandbox.h"
#include "user/kernel/netns.h"
#include "user/kernel/rtnl_monitor.h"

static void shrink(const struct nsa_rtnl_monitor *from)
{
	int small = 1;

	assert_int_equal(
		setsockopt(nsa_rtnl_monitor_fd(from), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)),
		0);
}

static void test_overrun(void **state)
{
	__u64 a = add_ns("nsa-a", true);
	struct nsa_netns ns = open_ns("nsa-a");
	int r;

	(void)state;
	hear();
	shrink(events);
	sh("ip -n nsa-a link set lo up && seq -f 'addr add 10.1.0.%%g/32 dev lo' 100 | "
	   "ip -n nsa-a -b -");
	for (r = 0; r >= 0;)
		r = wait_and_read(events);
	assert_int_equal(r, -ENOBUFS);
	assert_false(is_readable(events));

	clear();
	sh("ip -n nsa-a addr add 10.9.0.1/32 dev lo");
	assert_int_equal(wait_and_read(events), 0);
	assert_int_equal(count_heard(a, RTM_NEWADDR, -1), 1);
	assert_int_equal(nsa_rtnl_monitor_add(events, &ns), 0);
	assert_int_equal(wait_and_read(events), 0);
	sh("ip -n nsa-a addr del 10.9.0.1/32 dev lo");
	assert_int_equal(wait_and_read(events), 0);
	assert_int_equal(count_heard(a, RTM_DELADDR, -1), 1);
	nsa_netns_close(&ns);
	sh("ip netns del nsa-a");
}

/* By what happens in nsa-a. */
static void overrun(void)
{
	shrink(events);
	sh("ip -n nsa-a link set lo up && seq -f 'addr add 10.1.0.%%g/32 dev lo' 100 | "
	   "ip -n nsa-a -b -");
}

static void read_overrun(void)
{
	int r = 0;

	while (r >= 0)
		r = wait_and_read(events);
	assert_int_equal(r, -ENOBUFS);
}

/* A death that isn't heard of is told all the same: nobody else would. */
static void test_overrun_death(void **state)
{
	__u64 a = add_ns("nsa-a", true), b = add_ns("nsa-b", true);

	(void)state;
	hear();
	overrun();
	del_ns("nsa-b");
	clear();
	read_overrun();
	assert_int_equal(count_heard(b, RTM_DELNSID, -1), 1);
	assert_int_equal(count_heard(a, RTM_DELNSID, -1), 0);
	sh("ip netns del nsa-a");
}

/* What was found alive then is heard of when it dies, though nobody adds it again. */
static void test_death_after_overrun(void **state)
{
	__u64 a = add_ns("nsa-a", true), b = add_ns("nsa-b", true);

	(void)state;
	hear();
	overrun();
	read_overrun();
	clear();
	del_ns("nsa-b");
	while (!count_heard(b, RTM_DELNSID, -1)) /* it may overrun again */
		wait_and_read(events);
	assert_int_equal(count_heard(b, RTM_DELNSID, -1), 1);
	assert_int_equal(count_heard(a, RTM_DELNSID, -1), 0);
	sh("ip netns del nsa-a");
}

/* By its id it looks alive. */
static void test_reused_id_after_overrun(void **state)
{
	__u64 b, c;
	int nsid;

	(void)state;
	add_ns("nsa-a", true);
	b = add_ns("nsa-b", true);
	nsid = nsid_of("nsa-b");
	hear();
	overrun();
	del_ns("nsa-b");
	sh("ip netns add nsa-c && ip netns set nsa-c %d", nsid);
	clear();
	read_overrun();
	assert_int_equal(count_heard(b, RTM_DELNSID, -1), 0);
	c = listen_to("nsa-c");
	while (!count_heard(b, RTM_DELNSID, -1))
		wait_and_read(events);
	assert_int_equal(count_heard(b, RTM_DELNSID, -1), 1);
	assert_int_equal(count_heard(c, RTM_DELNSID, -1), 0);
	sh("ip netns del nsa-a && ip netns del nsa-c");
}

/* One that is flooded is the only one to suffer. */
static void test_overrun_of_one(void **state)
{
	__u64 a = add_ns("nsa-a", true);
	int r;

	(void)state;
	open_one("nsa-a");
	shrink(one);
	hear();
	clear();
	sh("ip -n nsa-a link set lo up && seq -f 'route add 10.1.0.%%g/32 dev lo' 100 | "
	   "ip -n nsa-a -b -");
	for (r = 0; r >= 0;)
		r = wait_and_read(one);
	assert_int_equal(r, -ENOBUFS);
	clear();
	hear();
	assert_true(count_heard(a, RTM_NEWLINK, -1) > 0);
	assert_int_equal(count_heard(a, RTM_NEWROUTE, -1), 0);

	clear();
	sh("ip -n nsa-a rule add lookup 9");
	assert_int_equal(wait_and_read(one), 0);
	assert_int_equal(count_heard(a, RTM_NEWRULE, -1), 1);
	sh("ip netns del nsa-a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_overrun),
		TEST(test_overrun_death),
		TEST(test_death_after_overrun),
		TEST(test_reused_id_after_overrun),
		TEST(test_overrun_of_one),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
