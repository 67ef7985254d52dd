// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "sandbox.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_list.h"
#include "user/kernel/netns_open.h"
#include "user/util/cleanup.h"
#include "user/kernel/netlink.h"

#define MANY 1100 /* more than the usual limit of open files */

static struct nsa_netns_list *list_get(void)
{
	struct nsa_netns_list *list = NULL;

	assert_int_equal(nsa_netns_list_get(&list), 0);
	assert_non_null(list);
	return list;
}

static struct nsa_netns open_ns(const char *spec)
{
	struct nsa_netns ns;

	assert_int_equal(nsa_netns_open(spec, &ns), 0);
	return ns;
}

static __u64 cookie_of(const char *spec)
{
	struct nsa_netns ns = open_ns(spec);

	nsa_netns_close(&ns);
	assert_int_equal(ns.held, -1);
	return ns.cookie;
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

static void assert_open_fails(const char *spec, int r)
{
	struct nsa_netns ns, before;

	memset(&before, 0xa5, sizeof(before));
	ns = before;
	assert_int_equal(nsa_netns_open(spec, &ns), r);
	assert_memory_equal(&ns, &before, sizeof(ns));
}

static void test_open_own(void **state)
{
	struct nsa_netns ns = open_ns(NULL);
	struct stat st;

	(void)state;
	assert_int_equal(ns.cookie, current_cookie());
	assert_int_equal(stat("/proc/self/ns/net", &st), 0);
	assert_int_equal(ns.dev, st.st_dev);
	assert_int_equal(ns.ino, st.st_ino);
	assert_int_equal(fcntl(ns.held, F_GETFD), FD_CLOEXEC);
	nsa_netns_close(&ns);
}

static void test_open_by_any_handle(void **state)
{
	char pid_spec[16], path[64], name[32];
	pid_t pid = process_start(CLONE_NEWNET);
	struct nsa_netns by_pid, by_path;

	(void)state;
	snprintf(pid_spec, sizeof(pid_spec), "%d", pid);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	snprintf(name, sizeof(name), "pid %d", pid);
	by_pid = open_ns(pid_spec);
	by_path = open_ns(path);
	assert_string_equal(by_pid.name, name);
	assert_string_equal(by_path.name, name);
	assert_int_equal(by_pid.cookie, by_path.cookie);
	assert_int_equal(by_pid.ino, by_path.ino);
	assert_true(by_pid.cookie != current_cookie());
	nsa_netns_close(&by_pid);
	nsa_netns_close(&by_path);

	/* A name is better than a PID, however it was asked for. */
	sh("ip netns attach nsa-named %d", pid);
	by_pid = open_ns(pid_spec);
	assert_string_equal(by_pid.name, "nsa-named");
	assert_int_equal(cookie_of("nsa-named"), by_pid.cookie);
	assert_int_equal(cookie_of("/run/netns/nsa-named"), by_pid.cookie);
	nsa_netns_close(&by_pid);
	sh("ip netns del nsa-named");
	process_end(pid);
}

static void test_open_name_before_pid(void **state)
{
	pid_t pid = process_start(CLONE_NEWNET);
	char spec[16];
	__u64 cookie;

	(void)state;
	snprintf(spec, sizeof(spec), "%d", pid);
	cookie = cookie_of(spec);
	sh("ip netns add %s", spec);
	assert_true(cookie_of(spec) != cookie);
	sh("ip netns del %s", spec);
	assert_int_equal(cookie_of(spec), cookie);
	process_end(pid);
}

static void test_open_errors(void **state)
{
	pid_t pid = process_start(CLONE_NEWNET);
	char spec[16];

	(void)state;
	sh("touch /run/netns/nsa-file && mkfifo /run/nsa-fifo");
	assert_open_fails("nsa-none", -ENOENT);
	assert_open_fails("/run/nsa-none", -ENOENT);
	assert_open_fails("999999999999999999999999", -ESRCH);
	assert_open_fails("nsa-file", -EINVAL);
	assert_open_fails("/run/nsa-fifo", -EINVAL);
	assert_open_fails("/run/netns", -EINVAL);
	assert_open_fails("/proc/self/ns/mnt", -EINVAL);
	assert_open_fails("", -EINVAL);
	sh("rm /run/netns/nsa-file /run/nsa-fifo");

	/* A zombie has no namespace any more, nor has a dead process. */
	snprintf(spec, sizeof(spec), "%d", pid);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, pid, &(siginfo_t){}, WEXITED | WNOWAIT), 0);
	assert_open_fails(spec, -ESRCH);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_open_fails(spec, -ESRCH);
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

static bool is_gone(void *name)
{
	return !if_nametoindex(name);
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
	assert_true(nsa_nl_wait(NULL, RTNLGRP_LINK, 60000, is_gone, "nsa0"));
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

static void test_visits_nest(void **state)
{
	__u64 home = current_cookie();
	struct nsa_netns a, b;
	int outer, inner;

	(void)state;
	sh("ip netns add nsa-a && ip netns add nsa-b");
	a = open_ns("nsa-a");
	b = open_ns("nsa-b");
	outer = nsa_netns_enter(&a);
	assert_true(outer >= 0);
	assert_int_equal(fcntl(outer, F_GETFD), FD_CLOEXEC);
	assert_int_equal(current_cookie(), a.cookie);
	inner = nsa_netns_enter(&b);
	assert_int_equal(current_cookie(), b.cookie);
	nsa_netns_leave(inner);
	assert_int_equal(current_cookie(), a.cookie);
	nsa_netns_leave(outer);
	assert_int_equal(current_cookie(), home);
	{
		__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(&b);

		assert_int_equal(current_cookie(), b.cookie);
	}
	assert_int_equal(current_cookie(), home);
	nsa_netns_close(&a);
	nsa_netns_close(&b);
	sh("ip netns del nsa-a && ip netns del nsa-b");
}

static void test_enter_errors(void **state)
{
	const struct nsa_netns none = { .path = "/run/netns/nsa-none", .held = -1 };
	const struct nsa_netns null = { .path = "/dev/null", .held = -1 };
	__u64 home = current_cookie();
	int fds = count_fds();

	(void)state;
	assert_int_equal(nsa_netns_enter(&none), -ENOENT);
	assert_int_equal(nsa_netns_enter(&null), -EINVAL);
	assert_int_equal(current_cookie(), home);
	assert_int_equal(count_fds(), fds);
}

static void test_failed_return_aborts(void **state)
{
	char text[256] = "";
	int out[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(out), 0);
	pid = fork();
	if (!pid) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){});
		dup2(out[1], STDERR_FILENO);
		nsa_netns_leave(open("/dev/null", O_RDONLY));
		_exit(0);
	}
	close(out[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_true(read(out[0], text, sizeof(text) - 1) > 0);
	assert_non_null(strstr(text, "nsaccel: can't return to the network namespace"));
	close(out[0]);
}

static void test_own_without_privileges(void **state)
{
	struct nsa_netns_list *list = NULL;
	__u64 home = current_cookie();
	struct nsa_netns ns;
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid) {
		if (setresuid(65534, 65534, 65534) || nsa_netns_open(NULL, &ns) ||
		    ns.cookie != home)
			_exit(1);
		if (nsa_netns_list_get(&list) || !nsa_netns_find(list, home))
			_exit(2);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_own),
		cmocka_unit_test(test_open_by_any_handle),
		cmocka_unit_test(test_open_name_before_pid),
		cmocka_unit_test(test_open_errors),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_lowest_pid_names),
		cmocka_unit_test(test_list_bind_mounts),
		cmocka_unit_test(test_list_unnamed),
		cmocka_unit_test(test_list_odd_entries),
		cmocka_unit_test(test_list_many),
		cmocka_unit_test(test_list_outlived),
		cmocka_unit_test(test_list_keeps_none_alive),
		cmocka_unit_test(test_list_while_processes_vanish),
		cmocka_unit_test(test_visits_nest),
		cmocka_unit_test(test_enter_errors),
		cmocka_unit_test(test_failed_return_aborts),
		cmocka_unit_test(test_own_without_privileges),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
