// SPDX-License-Identifier: GPL-2.0-only
/* Others change the carriers of an owner's devices, in a kernel; how often is it read for that? */
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "pins.h"
#include "sandbox.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_open.h"
#include "user/util/cleanup.h"
#include "user/kernel/rtnl_monitor.h"
#include "user/reconcile/notify.h"
#include "user/reconcile/state.h"
#include "user/reconcile/carriers.h"
#include "reconcile/owner_open.h"
#include "reconcile/reconcile.h"

#define ROUNDS 10
#define LONG   300000 /* microseconds that a reading takes: of some 100,000 routes */

static struct fixture {
	struct nsa_netns ns;
	struct nsa_netns_list list;
	struct nsa_session session;
	struct nsa_state *state;
	struct nsa_run run;
	struct nsa_owner *owner;
	struct nsa_rtnl_monitor *events;
} fixture;

static int setup(void **state)
{
	struct fixture *f = &fixture;

	memset(f, 0, sizeof(*f));
	sh("for ns in own red pink; do ip netns add nsa-$ns; done; ip -n nsa-own -batch - <<-.\n"
	   "link add red type veth peer name eth0 netns nsa-red\n"
	   "link add link red mac type macvlan\n"
	   "link add br0 type bridge\n"
	   "link add green master br0 type veth peer name eth1 netns nsa-red\n"
	   "link add eth0 type veth peer name wire\n.\n"
	   "for d in eth0 wire red mac green br0; do ip -n nsa-own link set $d up; done");
	assert_int_equal(nsa_netns_open("nsa-own", &f->ns), 0);
	f->list = (struct nsa_netns_list){ .ns = &f->ns, .count = 1 };
	f->session = (struct nsa_session){ .maps = pins_open(), .lock = -1, .list = &f->list };
	sh("for d in eth0 eth1; do ip -n nsa-red link set $d up; done");
	sh("until ip -n nsa-own link show br0 | grep -q 'state UP'; do sleep 0.02; done");
	assert_int_equal(nsa_rtnl_monitor_open_one(&f->ns, &f->events), 0);
	assert_int_equal(nsa_state_open(&f->session, &f->state), 0);
	assert_int_equal(nsa_owner_open(f->state, &f->ns, &f->owner), 0);
	f->run = (struct nsa_run){ .state = f->state };
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	nsa_rtnl_monitor_close(f->events);
	nsa_state_close(f->state);
	pins_close(f->session.maps);
	nsa_netns_close(&f->ns);
	sh("for ns in own red pink; do ip netns del nsa-$ns; done");
	return 0;
}

static void on_message(void *data, __u64 cookie, const struct nlmsghdr *msg)
{
	struct fixture *f = data;

	(void)cookie;
	nsa_notify_owner(&f->run, f->owner, msg);
}

static void hear(struct fixture *f)
{
	int r;

	do
		r = nsa_rtnl_monitor_read(f->events, on_message, f);
	while (r > 0);
	assert_int_equal(r, 0);
}

/* Nothing is attached: so it may say once all has been read. */
static void settle(struct fixture *f)
{
	int r = nsa_reconcile(&f->run, f->owner);

	assert_true(!r || r == -ENODEV);
	f->owner->dirty = 0;
}

/* As the daemon does. Were routes read? */
static bool follow(struct fixture *f)
{
	__u32 before = f->owner->table->mark;

	hear(f);
	if (f->owner->dirty)
		settle(f);
	if (nsa_carriers_take(f->owner)) {
		settle(f);
		nsa_carriers_pay(f->owner, LONG);
	}
	return f->owner->table->mark != before;
}

static void show(const char *dev, const char *what)
{
	sh("until ip -n nsa-own -o link show %s | grep -q '%s'; do sleep 0.02; done", dev, what);
}

/* red/DEV: of which DEV is the owner's. */
static void flap(const char *inner, const char *dev)
{
	sh("ip -n nsa-red link set %s down", inner);
	show(dev, "NO-CARRIER");
	sh("ip -n nsa-red link set %s up", inner);
	show(dev, "state UP");
}

static bool is_waiting(const struct fixture *f)
{
	return nsa_pending_due(&f->owner->carriers) != ~0ULL;
}

static void let_time_pass(struct fixture *f)
{
	for (size_t i = 0; i < f->owner->carriers.count; i++)
		f->owner->carriers.items[i].due = 0;
}

static bool has_carrier(const struct fixture *f, const char *dev)
{
	return nsa_snapshot_link_by_name(f->owner->snapshot, dev)->carrier;
}

/* Who does it again and again waits; what he does last is followed in the end. */
static void test_flapping(void **state)
{
	struct fixture *f = *state;
	int readings = 0;

	follow(f);
	for (int i = 0; i < ROUNDS; i++) {
		flap("eth0", "red");
		readings += follow(f);
	}
	assert_int_equal(readings, 1);
	sh("ip -n nsa-red link set eth0 down");
	show("red", "NO-CARRIER");
	assert_false(follow(f));
	assert_true(has_carrier(f, "red"));
	/* Links that are read for another reason are no reason to read its routes. */
	f->owner->dirty = NSA_DIRTY_LINKS;
	assert_false(follow(f));
	assert_false(has_carrier(f, "red"));
	assert_true(is_waiting(f));
	let_time_pass(f);
	assert_true(follow(f));
	assert_false(is_waiting(f));
	/* With the device on it, on one account. */
	assert_int_equal(f->owner->carriers.count, 1);
}

/* The same, of a bridge's port, and of the bridge, which is on an account of its own. */
static void test_bridge(void **state)
{
	struct fixture *f = *state;
	int readings = 0;

	follow(f);
	for (int i = 0; i < ROUNDS; i++) {
		flap("eth1", "green");
		show("br0", "state UP");
		readings += follow(f);
	}
	assert_in_range(readings, 1, 2);
	assert_int_equal(f->owner->carriers.count, 2);
}

/* Its end goes to and fro between namespaces. */
static void test_moving(void **state)
{
	static const char *const where[] = { "red", "pink" };
	struct fixture *f = *state;
	int readings = 0;

	follow(f);
	for (int i = 0; i < ROUNDS; i++) {
		sh("ip -n nsa-%s link set eth0 netns nsa-%s", where[i % 2], where[!(i % 2)]);
		sh("ip -n nsa-%s link set eth0 up", where[!(i % 2)]);
		show("red", "state UP");
		readings += follow(f);
	}
	assert_int_equal(readings, 1);
}

/* What somebody else does is followed at once, whoever waits. */
static void test_others(void **state)
{
	struct fixture *f = *state;

	follow(f);
	flap("eth0", "red");
	assert_true(follow(f));
	flap("eth0", "red");
	assert_false(follow(f));
	sh("ip -n nsa-own link set wire down");
	show("eth0", "NO-CARRIER");
	assert_true(follow(f));
	assert_true(is_waiting(f));
	sh("ip -n nsa-red link set eth1 down");
	show("green", "NO-CARRIER");
	show("br0", "NO-CARRIER"); /* a little later */
	assert_true(follow(f));
	sh("ip -n nsa-own link set red multicast off");
	hear(f);
	assert_int_equal(f->owner->dirty, NSA_DIRTY_LINKS);
	sh("ip -n nsa-own link set red down");
	assert_true(follow(f));
	sh("ip -n nsa-own link del red");
	hear(f);
	assert_true(f->owner->dirty & NSA_DIRTY_ROUTES4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_flapping),
		TEST(test_bridge),
		TEST(test_moving),
		TEST(test_others),
	};

	sandbox_enter();
	pins_make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
