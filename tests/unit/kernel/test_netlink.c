// SPDX-License-Identifier: GPL-2.0-only
/* The one way in for netlink: nobody but the kernel is heard, whatever its length. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox.h"
#include "user/kernel/rtnl.h"
#include "user/kernel/rtnl_link.h"
#include "user/util/cleanup.h"
#include "user/kernel/netlink.h"

#define LONG_SIZE 300000

static __u32 port_of(int fd)
{
	struct sockaddr_nl own = {};
	socklen_t len = sizeof(own);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &len), 0);
	return own.nl_pid;
}

/* A socket as anybody may open one. */
static int open_forger(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), size = 2 * LONG_SIZE;

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)), 0);
	return fd;
}

static ssize_t send_to(int fd, __u32 port, __u32 groups, const void *data, size_t size)
{
	const struct sockaddr_nl to = { .nl_family = AF_NETLINK,
					.nl_pid = port,
					.nl_groups = groups };

	return sendto(fd, data, size, 0, (const struct sockaddr *)&to, sizeof(to));
}

static void join_links(int fd)
{
	int group = RTNLGRP_LINK;

	assert_int_equal(setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)),
			 0);
}

static void test_others_are_not_heard(void **state)
{
	__cleanup(nsa_closep) int fd = nsa_nl_socket(NETLINK_ROUTE, SOCK_NONBLOCK, NULL);
	__cleanup(nsa_closep) int forger = open_forger();
	const struct nlmsghdr msg = { .nlmsg_len = sizeof(msg), .nlmsg_type = RTM_NEWLINK };
	__cleanup(nsa_freep) char *large = calloc(1, LONG_SIZE);
	struct nsa_nl_buffer buffer = {};
	int nsid = 7;

	(void)state;
	join_links(fd);
	/* Not even let in, so that they fill no buffer. */
	assert_int_equal(send_to(forger, port_of(fd), 0, &msg, sizeof(msg)), -1);
	assert_int_equal(errno, ECONNREFUSED);
	assert_int_equal(nsa_nl_receive(fd, &buffer, &nsid), -EAGAIN);
	/* Multicast is, but goes no further. */
	assert_true(send_to(forger, 0, RTMGRP_LINK, &msg, sizeof(msg)) > 0);
	assert_true(send_to(forger, 0, RTMGRP_LINK, large, LONG_SIZE / 4) > 0);
	assert_true(send_to(forger, 0, RTMGRP_LINK, &msg, sizeof(msg)) > 0);
	assert_int_equal(nsa_nl_receive(fd, &buffer, &nsid), 0);
	assert_int_equal(nsa_nl_receive(fd, &buffer, &nsid), 0);
	assert_int_equal(nsa_nl_skip(fd), 0);
	assert_int_equal(nsa_nl_receive(fd, &buffer, &nsid), -EAGAIN);
	sh("ip link add nsa0 type bridge");
	assert_true(nsa_nl_receive(fd, &buffer, &nsid) > NLMSG_HDRLEN);
	assert_int_equal(nsid, -1);
	sh("ip link del nsa0");
	assert_int_equal(nsa_nl_skip(fd), 1);
	free(buffer.data);
}

static int count_message(const struct nlmsghdr *msg, void *count)
{
	(void)msg;
	++*(size_t *)count;
	return MNL_CB_OK;
}

static size_t count_links(struct nsa_nl *nl)
{
	size_t count = 0;

	nsa_nl_request(nl, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
	assert_int_equal(nsa_nl_talk(nl, count_message, &count), 0);
	return count;
}

/* One that knows port and sequence, and was there first. */
static void test_forged_answer(void **state)
{
	__cleanup(nsa_closep) int forger = open_forger();
	struct {
		struct nlmsghdr link;
		struct ifinfomsg info;
		struct nlmsghdr done;
	} lie = { .link = { sizeof(lie.link) + sizeof(lie.info), RTM_NEWLINK, NLM_F_MULTI, 0, 0 } };
	struct nsa_nl nl;
	size_t before;

	(void)state;
	assert_int_equal(nsa_nl_open(&nl, NETLINK_ROUTE, NULL), 0);
	before = count_links(&nl);
	join_links(nl.fd);
	lie.done = (struct nlmsghdr){ sizeof(lie.done), NLMSG_DONE, NLM_F_MULTI, 0, 0 };
	lie.link.nlmsg_pid = lie.done.nlmsg_pid = nl.portid;
	lie.link.nlmsg_seq = lie.done.nlmsg_seq = nl.seq + 1;
	assert_true(send_to(forger, 0, RTMGRP_LINK, &lie, sizeof(lie)) > 0);
	assert_int_equal(count_links(&nl), before);
	/* What is the kernel's, but answers nothing. */
	sh("ip link add nsa0 type bridge && ip link del nsa0");
	assert_int_equal(count_links(&nl), before);
	nsa_nl_close(&nl);
}

/* The list of netfilter's hooks names no port in its messages, but the sequence. Nor does what the
 * kernel tells of its own accord, the sequence of which is 0: it takes the part of such an answer
 * here. */
static void test_answer_without_port(void **state)
{
	struct nsa_nl nl;
	size_t before;

	(void)state;
	assert_int_equal(nsa_nl_open(&nl, NETLINK_ROUTE, NULL), 0);
	before = count_links(&nl);
	join_links(nl.fd);
	sh("ip link add nsa0 type bridge && ip link set nsa0 up && ip link del nsa0");
	nl.seq = UINT32_MAX;
	assert_true(count_links(&nl) > before);
	nsa_nl_close(&nl);
}

/* An error is told with the message that made it. */
static void test_long_answer(void **state)
{
	__cleanup(nsa_closep) int fd = nsa_nl_socket(NETLINK_ROUTE, 0, NULL);
	__cleanup(nsa_freep) struct nlmsghdr *request = calloc(1, LONG_SIZE);
	struct nsa_nl_buffer buffer = {};
	int size = 2 * LONG_SIZE;
	const struct nlmsgerr *error;
	const struct nlmsghdr *msg;
	ssize_t len;

	(void)state;
	*request = (struct nlmsghdr){ LONG_SIZE, RTM_MAX + 1, NLM_F_REQUEST | NLM_F_ACK, 1, 0 };
	memset(request + 1, 0x5a, LONG_SIZE - sizeof(*request));
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)), 0);
	assert_int_equal(send_to(fd, 0, 0, request, LONG_SIZE), LONG_SIZE);
	len = nsa_nl_receive(fd, &buffer, NULL);
	assert_int_equal(len, NLMSG_ALIGN(NLMSG_HDRLEN + sizeof(int) + LONG_SIZE));
	msg = buffer.data;
	assert_int_equal(msg->nlmsg_type, NLMSG_ERROR);
	error = mnl_nlmsg_get_payload(msg);
	assert_int_equal(error->error, -EOPNOTSUPP);
	assert_memory_equal(&error->msg, request, LONG_SIZE);
	free(buffer.data);
}

/* More names than an ordinary message has room for: 66,000 bytes. */
static void test_long_link(void **state)
{
	struct nsa_link *links;
	struct nsa_rtnl *rtnl;
	size_t count;

	(void)state;
	sh("ip link add nsa0 type bridge && for i in $(seq 100 580); do echo link property add dev "
	   "nsa0 altname n$i$(printf %%0123d 0); done | ip -b -");
	assert_int_equal(nsa_rtnl_open(&rtnl, NULL), 0);
	nsa_rtnl_limit(rtnl);
	assert_int_equal(nsa_rtnl_links(rtnl, &links, &count), 0);
	assert_int_equal(count, 2);
	assert_string_equal(links[1].name, "nsa0");
	nsa_rtnl_close(rtnl);
	free(links);
	sh("ip link del nsa0");
}

/* Lengths that no kernel says. */
static void test_torn(void **state)
{
	struct nlmsghdr msg = { .nlmsg_len = sizeof(msg) };

	(void)state;
	assert_true(nsa_nl_ok(&msg, sizeof(msg)));
	assert_false(nsa_nl_ok(&msg, sizeof(msg) - 1));
	assert_false(nsa_nl_ok(&msg, -1));
	msg.nlmsg_len = 0xfffffff0; /* as a signed number less than all */
	assert_false(nsa_nl_ok(&msg, sizeof(msg)));
	msg.nlmsg_len = sizeof(msg) - 1;
	assert_false(nsa_nl_ok(&msg, sizeof(msg)));
}

/* What is too much for one is of no harm to another. */
static void test_limit(void **state)
{
	struct nsa_nl nl;
	size_t count = 0;

	(void)state;
	assert_int_equal(nsa_nl_open(&nl, NETLINK_ROUTE, NULL), 0);
	nl.limit = 64;
	nsa_nl_request(&nl, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
	assert_int_equal(nsa_nl_talk(&nl, count_message, &count), -E2BIG);
	assert_int_equal(count, 0);
	nsa_nl_close(&nl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_others_are_not_heard),
		cmocka_unit_test(test_forged_answer),
		cmocka_unit_test(test_answer_without_port),
		cmocka_unit_test(test_long_answer),
		cmocka_unit_test(test_long_link),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_limit),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
