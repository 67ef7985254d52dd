// SPDX-License-Identifier: GPL-2.0-only
/* When the daemon loads programs for a feature that has become needed: after all else, and not at
 * each failure. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

#include "fake/daemon.h"
#include "fake/monitor.h"

static struct nsa_owner *owner(struct nsa_daemon *d)
{
	assert_int_equal(d->state->owner_count, 1);
	return d->state->owners[0];
}

/* red's port gets into a bridge; the daemon hears of it. */
static void bridge_comes(void)
{
	struct fake_link *bridge = fake_link_add(machine.host, "br0", "bridge");
	struct fake_link *red = fake_link_named(machine.host, "red");

	red->link.master = bridge->link.ifindex;
	snprintf(red->link.master_kind, sizeof(red->link.master_kind), "bridge");
	fake_notify_link(machine.host, bridge);
	fake_notify_link(machine.host, red);
}

static void carrier_goes(void)
{
	struct fake_link *blue = fake_link_named(machine.host, "blue");

	blue->link.carrier = false;
	fake_notify_link(machine.host, blue);
}

static void begin(struct nsa_daemon *d)
{
	assert_int_equal(machine_attach("eth0"), 0);
	daemon_start(d);
	daemon_settle(d);
	assert_false(owner(d)->record.features & NSACCEL_FEATURE_BRIDGE);
	fake_fail_never();
}

static void loads_once(void **state)
{
	struct nsa_daemon d;

	(void)state;
	begin(&d);
	bridge_comes();
	daemon_settle(&d);
	assert_int_equal(fake_calls("nsa_dataplane_load"), 1);
	assert_true(owner(&d)->record.features & NSACCEL_FEATURE_BRIDGE);
	assert_int_equal(owner(&d)->features_at, 0);
	daemon_stop(&d);
}

/* Each pause is twice the one before. Events meanwhile are followed, and load nothing. */
static void backs_off(void **state)
{
	struct nsa_daemon d;
	__u64 due;

	(void)state;
	begin(&d);
	fake_fail_from("nsa_dataplane_load", 1, -ENOMEM);
	bridge_comes();
	daemon_run(&d, 100);
	assert_int_equal(fake_calls("nsa_dataplane_load"), 1);
	assert_false(owner(&d)->record.features & NSACCEL_FEATURE_BRIDGE);
	assert_int_equal(owner(&d)->features_pause, 1000000);
	due = owner(&d)->features_at;

	carrier_goes();
	daemon_run(&d, 100);
	if (owner(&d)->features_at == due)
		assert_int_equal(fake_calls("nsa_dataplane_load"), 1);

	while (owner(&d)->features_pause == 1000000)
		daemon_run(&d, 100);
	assert_int_equal(fake_calls("nsa_dataplane_load"), 2);
	assert_int_equal(owner(&d)->features_pause, 2000000);

	fake_fail_never();
	while (owner(&d)->features_at)
		daemon_run(&d, 100);
	assert_int_equal(fake_calls("nsa_dataplane_load"), 1);
	assert_true(owner(&d)->record.features & NSACCEL_FEATURE_BRIDGE);
	assert_int_equal(owner(&d)->features_pause, 0);
	daemon_stop(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(loads_once),
		MACHINE_TEST(backs_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
