// SPDX-License-Identifier: GPL-2.0-only
/* What shares a NIC follows it, as a VLAN device would, also after a failure. */
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "fake/daemon.h"
#include "fake/monitor.h"
#include "user/ops/share.h"

static void have_share(void)
{
	const struct nsa_share_request request = { .bpffs = machine.bpffs,
						   .nic = "eth0",
						   .netns = "red",
						   .family = NSACCEL_FAMILY_INET,
						   .addr = { 10, 1, 0, 5 },
						   .length = 24 };

	assert_int_equal(machine_attach("eth0"), 0);
	assert_int_equal(nsa_share(&request), 0);
}

static void change_mac(struct fake_link *eth0)
{
	eth0->link.mac[5] = 0x99;
}

static void change_mtu(struct fake_link *eth0)
{
	eth0->link.mtu = 1400;
}

static void change_up(struct fake_link *eth0)
{
	eth0->link.flags &= ~(__u32)IFF_UP;
}

static bool has_followed(void)
{
	const struct fake_link *eth0 = fake_link_named(machine.host, "eth0");
	const struct fake_link *inner = fake_link_named(machine.red, "eth0");
	const struct fake_link *host_end = fake_link_named(machine.host, "nsa0");

	return !memcmp(eth0->link.mac, inner->link.mac, 6) && inner->link.mtu <= eth0->link.mtu &&
	       !((host_end->link.flags ^ eth0->link.flags) & IFF_UP);
}

static const struct {
	void (*change)(struct fake_link *eth0);
	const char *call;
} changes[] = {
	{ change_mac, "nsa_link_set_mac" },
	{ change_mtu, "nsa_link_set_mtu" },
	{ change_up, "nsa_link_set_up" },
};

#define CHANGES (sizeof(changes) / sizeof(*changes))

static void test_sync_follows(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHANGES; i++)
		for (int failing = 0; failing < 2; failing++) {
			machine_reset();
			have_share();
			changes[i].change(fake_link_named(machine.host, "eth0"));
			if (failing) {
				fake_fail(changes[i].call, 1, -EIO);
				assert_int_equal(machine_sync(), -EIO);
				assert_false(has_followed());
			}
			assert_int_equal(machine_sync(), 0);
			assert_true(has_followed());
		}
}

/* The daemon tries again by itself. */
static void test_daemon_follows(void **state)
{
	struct nsa_daemon d;

	(void)state;
	for (size_t i = 0; i < CHANGES; i++)
		for (int failing = 0; failing < 2; failing++) {
			struct fake_link *eth0;

			machine_reset();
			have_share();
			daemon_start(&d);
			daemon_settle(&d);
			eth0 = fake_link_named(machine.host, "eth0");
			changes[i].change(eth0);
			if (failing)
				fake_fail(changes[i].call, 1, -EIO);
			fake_notify_link(machine.host, eth0);
			daemon_settle(&d);
			daemon_stop(&d);
			if (!has_followed())
				fail_msg("%s, failing %d", changes[i].call, failing);
		}
}

/* Only a MAC that was the NIC's is the NIC's again. */
static void test_own_mac(void **state)
{
	const __u8 own[6] = { 2, 0, 0, 0, 7, 7 };

	(void)state;
	have_share();
	memcpy(fake_link_named(machine.red, "eth0")->link.mac, own, 6);
	assert_int_equal(machine_sync(), 0);
	change_mac(fake_link_named(machine.host, "eth0"));
	assert_int_equal(machine_sync(), 0);
	assert_memory_equal(fake_link_named(machine.red, "eth0")->link.mac, own, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_sync_follows),
		MACHINE_TEST(test_daemon_follows),
		MACHINE_TEST(test_own_mac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
