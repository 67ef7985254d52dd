// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/rtnl_request.c: dumps that are long, or interrupted by changes. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rtnl_fixture.h"
#include "sandbox.h"
#include "user/kernel/netlink.h"
#include "user/kernel/objects.h"
#include "user/kernel/rtnl_link.h"
#include "user/kernel/rtnl_route.h"

static void test_dump_larger_than_a_buffer(void **state)
{
	struct nsa_kernel_route *routes;
	size_t i, count, matches = 0;

	(void)state;
	sh("for i in $(seq 0 4999); do echo route add 10.20.$((i / 250)).$((i %% 250)) dev v0; "
	   "done "
	   "| ip -b -");
	assert_int_equal(nsa_rtnl_routes(rtnl, &routes, &count), 0);
	for (i = 0; i < count; i++)
		matches += routes[i].dst_len == 32 && routes[i].dst[1] == 20;
	free(routes);
	assert_int_equal(matches, 5000);
	sh("ip route flush root 10.20.0.0/16");
	assert_int_equal(nsa_rtnl_routes(rtnl, &routes, &count), 0);
	free(routes);
	assert_true(count < 100);
}

#define LINKS 100

static void add_links(void)
{
	sh("for i in $(seq %d); do echo link add nsa-s$i group 7 type veth; done | ip -b -", LINKS);
}

/* At once: one by one takes a second. */
static void del_links(void)
{
	sh("ip link del group 7");
}

/* Makes and removes a bridge all the time. */
static pid_t churn_start(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		execl("/bin/sh", "sh", "-c",
		      "while :; do ip link add nsa-c type bridge; ip link del nsa-c; done", NULL);
		_exit(1);
	}
	setpgid(pid, pid); /* here too: whoever comes first */
	return pid;
}

static void churn_end(pid_t pid)
{
	assert_int_equal(kill(-pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Links that come and go interrupt dumps; none that stays may be missing or there twice. */
static void test_dump_while_links_change(void **state)
{
	struct nsa_link *links;
	size_t i, count, stable;
	pid_t churner;
	int round;

	(void)state;
	add_links();
	churner = churn_start();
	for (round = 0; round < 200; round++) {
		assert_int_equal(nsa_rtnl_links(rtnl, &links, &count), 0);
		for (i = 0, stable = 0; i < count; i++)
			stable += !strncmp(links[i].name, "nsa-s", 5);
		free(links);
		assert_int_equal(stable, LINKS);
	}
	churn_end(churner);
	del_links();
}

static int count_message(const struct nlmsghdr *msg, void *count)
{
	(void)msg;
	++*(size_t *)count;
	return MNL_CB_OK;
}

/* One layer below: the interruption is told, and the socket is ready for the next request. */
static void test_interrupted_dump(void **state)
{
	struct ifinfomsg *header;
	struct nsa_nl nl;
	pid_t churner;
	size_t count;
	int r;

	(void)state;
	add_links();
	assert_int_equal(nsa_nl_open(&nl, NETLINK_ROUTE, &home), 0);
	churner = churn_start();
	do {
		nsa_nl_request(&nl, RTM_GETLINK, NLM_F_DUMP, sizeof(*header));
		count = 0;
		r = nsa_nl_talk(&nl, count_message, &count);
	} while (!r);
	assert_int_equal(r, -EINTR);
	assert_true(count >= LINKS);
	churn_end(churner);

	header = nsa_nl_header(nsa_nl_request(&nl, RTM_GETLINK, NLM_F_ACK, sizeof(*header)));
	header->ifi_index = 1;
	count = 0;
	assert_int_equal(nsa_nl_talk(&nl, count_message, &count), 0);
	assert_int_equal(count, 1);
	/* A dump that fails says so at its end or at its start. */
	header = nsa_nl_header(nsa_nl_request(&nl, RTM_GETLINK, NLM_F_DUMP, sizeof(*header)));
	header->ifi_change = 1;
	assert_int_equal(nsa_nl_talk(&nl, count_message, &count), -EINVAL);
	nsa_nl_close(&nl);
	del_links();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dump_larger_than_a_buffer),
		cmocka_unit_test(test_dump_while_links_change),
		cmocka_unit_test(test_interrupted_dump),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, rtnl_setup, rtnl_teardown);
}
