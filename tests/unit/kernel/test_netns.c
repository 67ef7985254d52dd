// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/netns.c: entering namespaces, and what takes no privileges. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netns_fixture.h"
#include "sandbox.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_list.h"
#include "user/kernel/netns_open.h"
#include "user/util/cleanup.h"

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
		cmocka_unit_test(test_visits_nest),
		cmocka_unit_test(test_enter_errors),
		cmocka_unit_test(test_failed_return_aborts),
		cmocka_unit_test(test_own_without_privileges),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
