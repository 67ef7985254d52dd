// SPDX-License-Identifier: GPL-2.0-only
/* The daemon's phases, as user/daemon/context.h draws them: what starts and ends each, and the
 * back-off. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "fake/daemon.h"
#include "fake/monitor.h"
#include "user/daemon/cycle.h"
#include "user/maps/lock.h"
#include "user/util/clock.h"

static void have_eth0(void)
{
	assert_int_equal(machine_attach("eth0"), 0);
}

static void test_nothing_attached(void **state)
{
	struct nsa_daemon d;

	(void)state;
	daemon_start(&d);
	assert_int_equal(nsa_daemon_phase(&d), NSA_PHASE_FOLLOWING);
	assert_true(d.ready);
	assert_null(d.state);
	/* The first attach is noticed. */
	have_eth0();
	daemon_settle(&d);
	assert_non_null(d.state);
	assert_int_equal(d.state->owner_count, 1);
	daemon_stop(&d);
}

static void test_loads_what_stands(void **state)
{
	struct nsa_daemon d;
	char *before;

	(void)state;
	have_eth0();
	before = fake_dump();
	daemon_start(&d);
	assert_int_equal(nsa_daemon_phase(&d), NSA_PHASE_FOLLOWING);
	assert_int_equal(d.state->owner_count, 1);
	daemon_settle(&d);
	fake_check_state("loading changes nothing", before);
	free(before);
	daemon_stop(&d);
}

/* Another command's change is loaded. */
static void test_command(void **state)
{
	struct nsa_daemon d;

	(void)state;
	have_eth0();
	daemon_start(&d);
	daemon_settle(&d);
	assert_int_equal(d.state->owners[0]->ports.count, 3);
	assert_int_equal(machine_attach("eth1"), 0);
	daemon_settle(&d);
	assert_int_equal(d.state->owners[0]->ports.count, 4);
	daemon_stop(&d);
}

/* Nothing is loaded before the timer ends, but messages are read. */
static void test_backs_off(void **state)
{
	struct nsa_daemon d;

	(void)state;
	have_eth0();
	fake_fail("nsa_netns_list_get", 1, -EIO);
	daemon_start(&d);
	assert_int_equal(nsa_daemon_phase(&d), NSA_PHASE_BACKING_OFF);
	assert_int_equal(d.failures, 1);
	assert_true(d.work & NSA_WORK_LOAD);
	assert_false(d.ready);
	assert_int_equal(nsa_cycle(&d), 0);
	assert_null(d.state);
	daemon_settle(&d);
	assert_int_equal(nsa_daemon_phase(&d), NSA_PHASE_FOLLOWING);
	assert_true(d.ready);
	assert_int_equal(d.state->owner_count, 1);
	assert_int_equal(d.failures, 0);
	daemon_stop(&d);
}

static __u64 pause_of(const struct nsa_daemon *d)
{
	uint64_t at = 0, now = 0;

	assert_true(sd_event_source_get_time(d->retry, &at) >= 0);
	assert_true(sd_event_now(d->loop, CLOCK_MONOTONIC, &now) >= 0);
	return at > now ? at - now : 0;
}

/* 2, 4, 8 ms and so on, up to 8 s. */
static void test_pauses_double(void **state)
{
	__u64 pause = 2000;
	struct nsa_daemon d;

	(void)state;
	have_eth0();
	fake_fail_from("nsa_netns_list_get", 1, -EIO);
	daemon_start(&d);
	for (unsigned int failures = 1; failures <= 15; failures++) {
		assert_int_equal(d.failures, failures < 13 ? failures : 13);
		assert_true(pause_of(&d) <= pause && pause_of(&d) + 500000 > pause);
		pause = pause < 8192000 ? 2 * pause : pause;
		d.backing_off = false; /* as the timer does */
		assert_int_equal(nsa_cycle(&d), -EIO);
		assert_int_equal(nsa_daemon_phase(&d), NSA_PHASE_BACKING_OFF);
	}
	daemon_stop(&d);
}

/* While a command holds the lock, no map is changed, and it is no failure. */
static void test_lock_is_held(void **state)
{
	struct nsa_daemon d;
	char *before;
	int lock;

	(void)state;
	have_eth0();
	daemon_start(&d);
	daemon_settle(&d);
	lock = nsa_lock_take();
	assert_true(lock >= 0);
	before = fake_dump();
	fake_route_add(machine.host, "10.9.0.0/16", "10.1.0.9", "eth0");
	fake_notify_lost(machine.host);
	daemon_run(&d, 5);
	assert_true(d.held_since);
	assert_int_equal(d.failures, 0);
	assert_int_equal(nsa_daemon_phase(&d), NSA_PHASE_FOLLOWING);
	fake_check_state("lock held", before);
	close(lock);
	daemon_settle(&d);
	assert_int_equal(d.held_since, 0);
	assert_int_equal(machine_sync(), 0);
	daemon_stop(&d);
	free(before);
}

/* A namespace that is no more takes its ports along. */
static void test_detached(void **state)
{
	struct nsa_daemon d;

	(void)state;
	have_eth0();
	daemon_start(&d);
	daemon_settle(&d);
	fake_link_del(machine.host, "eth0");
	fake_notify_lost(machine.host);
	daemon_settle(&d);
	/* A device of that name would be attached again. */
	assert_int_equal(d.state->owners[0]->absent.count, 1);
	daemon_stop(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_nothing_attached), MACHINE_TEST(test_loads_what_stands),
		MACHINE_TEST(test_command),	     MACHINE_TEST(test_backs_off),
		MACHINE_TEST(test_pauses_double),    MACHINE_TEST(test_lock_is_held),
		MACHINE_TEST(test_detached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
