// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/netns_list.c: which namespaces are listed, and by which names. */
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netns_fixture.h"
#include "sandbox.h"
#include "user/kernel/netlink.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_list.h"
#include "user/util/cleanup.h"

#define MANY 1100 /* more than the usual limit of open files */

static struct nsa_netns_list *list_get(void)
{
	struct nsa_netns_list *list = NULL;

	assert_int_equal(nsa_netns_list_get(&list), 0);
	assert_non_null(list);
	return list;
}

static const struct nsa_netns *find_name(const struct nsa_netns_list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!strcmp(list->ns[i].name, name))
			return &list->ns[i];
	return NULL;
}

static void assert_distinct(const struct nsa_netns_list *list)
{
	size_t i, j;

	for (i = 0; i < list->count; i++) {
		assert_true(list->ns[i].cookie);
		for (j = 0; j < i; j++) {
			assert_true(list->ns[i].cookie != list->ns[j].cookie);
			assert_true(list->ns[i].dev != list->ns[j].dev ||
				    list->ns[i].ino != list->ns[j].ino);
		}
	}
}

static void test_list(void **state)
{
	__cleanup(nsa_netns_list_freep) struct nsa_netns_list *list = NULL;
	pid_t first = process_start(CLONE_NEWNET), named = process_start(CLONE_NEWNET);
	const struct nsa_netns *ns;
	char name[32];
	int fds = count_fds();

	(void)state;
	sh("ip netns add nsa-a && ip netns attach nsa-b %d", named);
	list = list_get();
	assert_distinct(list);
	assert_int_equal(count_fds(), fds + 1); /* one's own */

	assert_non_null(nsa_netns_find(list, current_cookie()));
	assert_null(nsa_netns_find(list, 0));
	ns = find_name(list, "nsa-a");
	assert_non_null(ns);
	assert_ptr_equal(nsa_netns_find(list, cookie_of("nsa-a")), ns);
	assert_non_null(find_name(list, "nsa-b"));
	snprintf(name, sizeof(name), "pid %d", first);
	assert_non_null(find_name(list, name));
	snprintf(name, sizeof(name), "pid %d", named);
	assert_null(find_name(list, name));

	sh("ip netns del nsa-a && ip netns del nsa-b");
	process_end(first);
	process_end(named);
}

static void test_list_lowest_pid_names(void **state)
{
	__cleanup(nsa_netns_list_freep) struct nsa_netns_list *list = NULL;
	struct nsa_netns own = open_ns(NULL);
	pid_t other = process_start(0);
	int pid;

	(void)state;
	list = list_get();
	assert_string_equal(nsa_netns_find(list, own.cookie)->name, own.name);
	assert_int_equal(sscanf(own.name, "pid %d", &pid), 1);
	assert_true(pid <= getpid());
	process_end(other);
	nsa_netns_close(&own);
}

/* Makes a namespace that nothing but a bind mount keeps. */
static void bind_netns(const char *path)
{
	pid_t pid = process_start(CLONE_NEWNET);
	char source[32];
	int fd;

	snprintf(source, sizeof(source), "/proc/%d/ns/net", pid);
	fd = open(path, O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(mount(source, path, NULL, MS_BIND, NULL), 0);
	process_end(pid);
}

static void unbind_netns(const char *path)
{
	assert_int_equal(umount2(path, MNT_DETACH), 0);
	assert_int_equal(unlink(path), 0);
}

static void test_list_bind_mounts(void **state)
{
	static const char path[] = "/run/nsa bind\tmount";
	__cleanup(nsa_netns_list_freep) struct nsa_netns_list *list = NULL;
	const struct nsa_netns *ns;

	(void)state;
	bind_netns(path);
	sh("mkdir /run/nsa-other && touch /run/nsa-other/mnt && mount --bind /proc/$$/ns/uts "
	   "/run/nsa-other/mnt");
	list = list_get();
	ns = find_name(list, path);
	assert_non_null(ns);
	assert_int_equal(ns->cookie, cookie_of(path));
	assert_null(find_name(list, "/run/nsa-other/mnt"));
	sh("umount /run/nsa-other/mnt && rm -r /run/nsa-other");
	unbind_netns(path);
}

static void *list_in_own_netns(void *name)
{
	struct nsa_netns_list *list = NULL;
	__u64 cookie;

	if (unshare(CLONE_NEWNET))
		return NULL;
	cookie = current_cookie();
	snprintf(name, NSACCEL_NETNS_NAME, "cookie %llu", cookie);
	return nsa_netns_list_get(&list) ? NULL : list;
}

static void test_list_unnamed(void **state)
{
	__cleanup(nsa_netns_list_freep) struct nsa_netns_list *list = NULL;
	char name[NSACCEL_NETNS_NAME];
	pthread_t thread;
	void *result;

	(void)state;
	/* A thread's namespace: neither a name nor a process nor a mount leads there. */
	assert_int_equal(pthread_create(&thread, NULL, list_in_own_netns, name), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	list = result;
	assert_non_null(list);
	assert_distinct(list);
	assert_non_null(find_name(list, name));
	assert_non_null(nsa_netns_find(list, current_cookie()));
}

static void test_list_odd_entries(void **state)
{
	static const char *const paths[] = { "/run/netns/nsa-\xff\x1b[31m",
					     "/run/netns/nsa-\xc3\xa9" };
	static const char *const none[] = { "nsa-file", "nsa-dangling", "nsa-dir", "nsa-fifo",
					    "nsa-zlink" };
	__cleanup(nsa_netns_list_freep) struct nsa_netns_list *list = NULL;
	pid_t pid = process_start(CLONE_NEWNET);
	char path[256] = "/run/netns/";
	size_t i, len = strlen(path);

	(void)state;
	/* One character of two bytes lies across the end of the field. */
	memset(path + len, 'x', 200);
	memcpy(path + len + NSACCEL_NETNS_NAME - 2, "\xc3\xa9", 2);
	bind_netns(path);
	for (i = 0; i < 2; i++)
		bind_netns(paths[i]);
	sh("touch /run/netns/nsa-file && ln -s /nowhere /run/netns/nsa-dangling && "
	   "mkdir /run/netns/nsa-dir && mkfifo /run/netns/nsa-fifo && "
	   "ln -s /proc/%d/ns/net /run/netns/nsa-link && "
	   "ln -s /proc/%d/ns/net /run/netns/nsa-zlink",
	   pid, pid);
	list = list_get();
	assert_distinct(list);
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_null(find_name(list, none[i]));
	assert_non_null(find_name(list, "nsa-link"));
	assert_non_null(find_name(list, "nsa-??[31m"));
	assert_non_null(find_name(list, "nsa-\xc3\xa9"));
	path[len + NSACCEL_NETNS_NAME - 2] = '?';
	path[len + NSACCEL_NETNS_NAME - 1] = '\0';
	assert_non_null(find_name(list, path + len));

	path[len + NSACCEL_NETNS_NAME - 2] = '\xc3';
	path[len + NSACCEL_NETNS_NAME - 1] = '\xa9';
	unbind_netns(path);
	for (i = 0; i < 2; i++)
		unbind_netns(paths[i]);
	sh("rm -r /run/netns/nsa-file /run/netns/nsa-dangling /run/netns/nsa-dir "
	   "/run/netns/nsa-fifo /run/netns/nsa-link /run/netns/nsa-zlink");
	process_end(pid);
}

static void bind_many(void)
{
	char path[64];
	int i, fd;

	for (i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), "/run/netns/nsa-%d", i);
		fd = open(path, O_CREAT | O_CLOEXEC, 0600);
		close(fd);
		if (unshare(CLONE_NEWNET) || mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL))
			_exit(1);
	}
	_exit(0);
}

static void test_list_many(void **state)
{
	__cleanup(nsa_netns_list_freep) struct nsa_netns_list *list = NULL;
	struct rlimit limit, low;
	int i, status, fds = count_fds();
	char name[32], path[64];
	pid_t pid;

	(void)state;
	pid = fork();
	if (!pid)
		bind_many();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	list = list_get();
	assert_distinct(list);
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "nsa-%d", i);
		assert_non_null(find_name(list, name));
	}
	nsa_netns_list_free(TAKE_PTR(list));
	assert_int_equal(count_fds(), fds);

	/* Rather no list than half of one. */
	low.rlim_cur = STDERR_FILENO + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(nsa_netns_list_get(&list), -EMFILE);
	assert_null(list);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(count_fds(), fds);
	for (i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), "/run/netns/nsa-%d", i);
		unbind_netns(path);
	}
}

/* A reused inode number, name or path is no reason to take one namespace for another. */
static void test_list_outlived(void **state)
{
	__cleanup(nsa_netns_list_freep) struct nsa_netns_list *list = NULL;
	const struct nsa_netns *ns;
	__u64 home = current_cookie(), cookie;

	(void)state;
	sh("ip netns add nsa-a");
	list = list_get();
	ns = find_name(list, "nsa-a");
	cookie = ns->cookie;
	sh("ip netns del nsa-a");
	assert_int_equal(nsa_netns_fd(ns), -ENOENT);
	sh("ip netns add nsa-a");
	assert_int_equal(nsa_netns_fd(ns), -ESTALE);
	assert_int_equal(nsa_netns_enter(ns), -ESTALE);
	assert_int_equal(current_cookie(), home);
	nsa_netns_list_free(TAKE_PTR(list));
	list = list_get();
	assert_null(nsa_netns_find(list, cookie));
	assert_true(find_name(list, "nsa-a")->cookie != cookie);
	sh("ip netns del nsa-a");
}

/* The other end of a veth pair in a namespace goes when the namespace does, and it does at once
 * although a list has it. */
static void test_list_keeps_none_alive(void **state)
{
	__cleanup(nsa_netns_list_freep) struct nsa_netns_list *list = NULL;
	int token;

	(void)state;
	sh("ip netns add nsa-a && ip link add nsa0 type veth peer name nsa1 netns nsa-a");
	list = list_get();
	token = nsa_netns_enter(find_name(list, "nsa-a"));
	assert_true(token >= 0);
	nsa_netns_leave(token);
	sh("ip netns del nsa-a");
	assert_true(nsa_nl_wait(NULL, RTNLGRP_LINK, 60000, is_link_gone, "nsa0"));
}

/* Keeps a few dozen processes coming and going, each in a new namespace. */
static void churn(void)
{
	pid_t pids[32] = {}, parent = getpid();
	size_t i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0;; i = (i + 1) % 32) {
		if (pids[i]) {
			kill(pids[i], SIGKILL);
			waitpid(pids[i], NULL, 0);
		}
		pids[i] = fork();
		if (!pids[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() != parent) /* it died before it could be told */
				_exit(0);
			_exit(unshare(CLONE_NEWNET) ? 1 : pause());
		}
	}
}

static void test_list_while_processes_vanish(void **state)
{
	pid_t stable = process_start(CLONE_NEWNET), churner;
	struct nsa_netns_list *list;
	int i, fds = count_fds();
	char name[32];

	(void)state;
	snprintf(name, sizeof(name), "pid %d", stable);
	churner = fork();
	if (!churner)
		churn();
	for (i = 0; i < 100; i++) {
		list = list_get();
		assert_non_null(find_name(list, name));
		assert_non_null(nsa_netns_find(list, current_cookie()));
		nsa_netns_list_free(list);
	}
	assert_int_equal(count_fds(), fds);
	process_end(churner);
	process_end(stable);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_lowest_pid_names),
		cmocka_unit_test(test_list_bind_mounts),
		cmocka_unit_test(test_list_unnamed),
		cmocka_unit_test(test_list_odd_entries),
		cmocka_unit_test(test_list_many),
		cmocka_unit_test(test_list_outlived),
		cmocka_unit_test(test_list_keeps_none_alive),
		cmocka_unit_test(test_list_while_processes_vanish),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
