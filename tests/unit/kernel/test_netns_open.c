// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/netns_open.c: namespaces by name, PID and path. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "netns_fixture.h"
#include "sandbox.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_open.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_own),
		cmocka_unit_test(test_open_by_any_handle),
		cmocka_unit_test(test_open_name_before_pid),
		cmocka_unit_test(test_open_errors),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
