// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/daemon/firewall_monitor.c: a firewall that cannot be watched at once. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake/daemon.h"
#include "fake/monitor.h"
#include "user/daemon/cycle.h"
#include "user/util/log.h"

#define LOG "/dev/shm/nsaccel-test-firewall-monitor.log"

static void change_firewall(void)
{
	machine.host->firewall.routed = true;
	machine.host->firewall.fingerprint++;
	fake_firewall_changed(machine.host);
}

/* The daemon has the firewall's present rules. */
static bool is_followed(const struct nsa_daemon *d)
{
	return d->state->owners[0]->ruleset == machine.host->firewall.fingerprint;
}

static void begin(struct nsa_daemon *d)
{
	machine_reset();
	assert_int_equal(machine_attach("eth0"), 0);
	daemon_start(d);
}

/* The call that fails once is made again, and the firewall is heard. */
static void try_failure(const char *function)
{
	struct nsa_daemon d;

	begin(&d);
	daemon_stop(&d);
	fake_fail(function, 1, -ENOSPC);
	daemon_start(&d);
	assert_string_equal(fake_failed(), function);
	daemon_settle(&d);
	nsa_cycle(&d);
	daemon_settle(&d);
	change_firewall();
	daemon_settle(&d);
	assert_true(is_followed(&d));
	daemon_stop(&d);
}

static void test_watched_later(void **state)
{
	(void)state;
	try_failure("nsa_firewall_watch_open");
	try_failure("epoll_ctl");
}

/* While it cannot be watched it is polled. */
static void test_never_watched(void **state)
{
	struct nsa_daemon d;

	(void)state;
	begin(&d);
	daemon_stop(&d);
	fake_fail_from("nsa_firewall_watch_open", 1, -EMFILE);
	daemon_start(&d);
	daemon_settle(&d);
	change_firewall(); /* of which nobody tells */
	daemon_settle(&d);
	assert_false(is_followed(&d));
	nsa_firewall_monitor_poll(d.firewalls);
	nsa_cycle(&d);
	daemon_settle(&d);
	assert_true(is_followed(&d));
	daemon_stop(&d);
}

static unsigned int count_lines(const char *words)
{
	FILE *file = fopen(LOG, "re");
	unsigned int count = 0;
	char line[1024];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		count += !!strstr(line, words);
	fclose(file);
	return count;
}

/* It is tried in each cycle, and logged once. */
static void test_logged_once(void **state)
{
	int log = open(LOG, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), saved;
	struct nsa_daemon d;
	unsigned int calls;

	(void)state;
	begin(&d);
	daemon_stop(&d);
	fflush(stderr);
	saved = dup(STDERR_FILENO);
	assert_true(log >= 0 && saved >= 0 && dup2(log, STDERR_FILENO) >= 0);
	nsa_log_init(false, false);
	fake_fail_from("nsa_firewall_watch_open", 1, -EMFILE);
	daemon_start(&d);
	for (int i = 0; i < 10; i++)
		nsa_cycle(&d);
	calls = fake_calls("nsa_firewall_watch_open");
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(log);
	assert_true(calls >= 10);
	assert_int_equal(count_lines("watch the firewall of host"), 1);
	unlink(LOG);
	daemon_stop(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_watched_later),
		MACHINE_TEST(test_never_watched),
		MACHINE_TEST(test_logged_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
