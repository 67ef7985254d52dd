// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/netns_watch.c: when namespaces may have come or gone. */
#include <poll.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "sandbox.h"
#include "user/util/cleanup.h"
#include "user/kernel/netns_watch.h"

static bool is_readable(const struct nsa_netns_watch *watch)
{
	struct pollfd fd = { .fd = nsa_netns_watch_fd(watch), .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

/* What is told is told once. */
static void assert_told(struct nsa_netns_watch *watch)
{
	assert_true(is_readable(watch));
	nsa_netns_watch_drain(watch);
	assert_false(is_readable(watch));
}

static struct nsa_netns_watch *watch_open(void)
{
	struct nsa_netns_watch *watch = NULL;

	assert_int_equal(nsa_netns_watch_open(&watch), 0);
	assert_false(is_readable(watch));
	return watch;
}

static void test_named(void **state)
{
	__cleanup(nsa_netns_watch_closep) struct nsa_netns_watch *watch = watch_open();

	(void)state;
	sh("ip netns add nsa-a");
	assert_told(watch);
	sh("ip netns add nsa-b");
	assert_told(watch);
	sh("ip netns del nsa-a && ip netns del nsa-b");
	assert_told(watch);
	sh("touch /run/nsa-file && rm /run/nsa-file");
	assert_false(is_readable(watch));
}

static void test_links(void **state)
{
	__cleanup(nsa_netns_watch_closep) struct nsa_netns_watch *watch = watch_open();

	(void)state;
	sh("ln -s /proc/1/ns/net /run/netns/nsa-a");
	assert_told(watch);
	sh("mv /run/netns/nsa-a /run/netns/nsa-b");
	assert_told(watch);
	sh("rm /run/netns/nsa-b");
	assert_told(watch);
}

static void test_bind_mounts(void **state)
{
	__cleanup(nsa_netns_watch_closep) struct nsa_netns_watch *watch = watch_open();

	(void)state;
	sh("touch /run/nsa-bind && mount --bind /proc/self/ns/net /run/nsa-bind");
	assert_told(watch);
	sh("umount /run/nsa-bind && rm /run/nsa-bind");
	assert_told(watch);
}

static void test_directory_comes_later(void **state)
{
	__cleanup(nsa_netns_watch_closep) struct nsa_netns_watch *watch = NULL;

	(void)state;
	sh("umount /run/netns; rmdir /run/netns");
	watch = watch_open();
	sh("ip netns add nsa-a");
	assert_told(watch);
	sh("ln -s /proc/1/ns/net /run/netns/nsa-b");
	assert_told(watch);
	sh("rm /run/netns/nsa-b && ip netns del nsa-a");
}

/* A poll takes note of changed mounts, and the one who polls may have another epoll around it. */
static void test_nested(void **state)
{
	__cleanup(nsa_netns_watch_closep) struct nsa_netns_watch *watch = watch_open();
	__cleanup(nsa_closep) int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };

	(void)state;
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, nsa_netns_watch_fd(watch), &event), 0);
	assert_int_equal(epoll_wait(epoll, &event, 1, 0), 0);
	for (int i = 0; i < 2; i++) {
		sh("touch /run/nsa-bind && mount --bind /proc/self/ns/net /run/nsa-bind");
		assert_int_equal(epoll_wait(epoll, &event, 1, 0), 1);
		nsa_netns_watch_drain(watch);
		assert_int_equal(epoll_wait(epoll, &event, 1, 0), 0);
		sh("umount /run/nsa-bind && rm /run/nsa-bind");
		assert_int_equal(epoll_wait(epoll, &event, 1, 0), 1);
		nsa_netns_watch_drain(watch);
	}
}

static void test_errors(void **state)
{
	struct nsa_netns_watch *watch = NULL;
	struct rlimit limit, low;
	int fds = count_fds();

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = STDERR_FILENO + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_true(nsa_netns_watch_open(&watch) < 0);
	assert_null(watch);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	nsa_netns_watch_close(watch_open());
	nsa_netns_watch_close(NULL);
	assert_int_equal(count_fds(), fds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_named),	    cmocka_unit_test(test_links),
		cmocka_unit_test(test_bind_mounts), cmocka_unit_test(test_nested),
		cmocka_unit_test(test_errors),	    cmocka_unit_test(test_directory_comes_later),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
