// SPDX-License-Identifier: GPL-2.0-only
/* What shares a NIC follows it, as a VLAN device would, also after a failure. Who does not follow
 * costs nobody else. */
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "fake/daemon.h"
#include "fake/monitor.h"
#include "user/maps/maps.h"
#include "user/ops/netns_config.h"
#include "user/ops/share.h"
#include "user/ops/unshare.h"

static struct nsa_share_request request_of(const char *netns, __u8 host)
{
	return (struct nsa_share_request){ .bpffs = machine.bpffs,
					   .nic = "eth0",
					   .netns = netns,
					   .family = NSACCEL_FAMILY_INET,
					   .addr = { 10, 1, 0, host },
					   .length = 24 };
}

static int share(const char *netns, __u8 host)
{
	const struct nsa_share_request request = request_of(netns, host);

	return nsa_share(&request);
}

static int unshare(const char *netns, __u8 host)
{
	const struct nsa_share_request request = request_of(netns, host);

	return nsa_unshare(&request);
}

static void have_share(void)
{
	assert_int_equal(machine_attach("eth0"), 0);
	assert_int_equal(share("red", 5), 0);
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

/* Red's root may be what the call fails of: that costs red alone. */
static const struct {
	void (*change)(struct fake_link *eth0);
	const char *call;
	bool of_red;
} changes[] = {
	{ change_mac, "nsa_link_set_mac", true },
	{ change_mtu, "nsa_link_set_mtu", true },
	{ change_up, "nsa_link_set_up", false },
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
				assert_int_equal(machine_sync(), changes[i].of_red ? 0 : -EIO);
				assert_false(has_followed());
			}
			assert_int_equal(machine_sync(), 0);
			/* Another process does not know which MAC it had to change. */
			assert_int_equal(has_followed(),
					 !(failing && changes[i].change == change_mac));
		}
}

/* The MAC by which programs know what may leave by the NIC. */
static const __u8 *recorded_mac(void)
{
	const struct fake_object *map = fake_map_of(NSA_MAP_PORTS);
	const struct nsaccel_port *port;

	for (size_t i = 0; i < map->count; i++) {
		port = map->elements[i].value;
		if (!strcmp(port->name, "eth0"))
			return port->mac;
	}
	fail_msg("eth0 is no port");
	return NULL;
}

static int isolate(const char *netns)
{
	const struct nsa_netns_config_request request = {
		.bpffs = machine.bpffs, .netns = netns, .set_isolated = true, .isolated = true
	};

	return nsa_netns_config_set(&request);
}

/* Blue has followed, the NIC has its own MAC, whatever red does; and commands go on, those about
 * red, too. */
static void test_who_stays(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHANGES; i++) {
		struct fake_link *eth0;

		if (!changes[i].of_red)
			continue;
		machine_reset();
		have_share();
		assert_int_equal(share("blue", 6), 0);
		eth0 = fake_link_named(machine.host, "eth0");
		changes[i].change(eth0);
		fake_link_named(machine.red, "eth0")->refuses = true;
		assert_int_equal(machine_sync(), 0);
		assert_false(has_followed());
		assert_memory_equal(recorded_mac(), eth0->link.mac, 6);
		assert_memory_equal(fake_link_named(machine.blue, "eth0")->link.mac, eth0->link.mac,
				    6);
		assert_true(fake_link_named(machine.blue, "eth0")->link.mtu <= eth0->link.mtu);
		assert_int_equal(isolate("blue"), 0);
		assert_int_equal(machine_attach("eth1"), 0);
		assert_int_equal(share("blue", 7), 0);
		assert_int_equal(unshare("red", 5), 0);
		assert_null(fake_link_named(machine.red, "eth0"));
	}
}

/* With more devices than are read, or whatever else keeps it from being read. */
static void test_unshare_unread(void **state)
{
	(void)state;
	have_share();
	machine.red->crowded = true;
	assert_int_equal(unshare("red", 5), 0);
	assert_null(fake_link_named(machine.host, "nsa0"));
	assert_int_equal(fake_map_of(NSA_MAP_SHARES)->count, 0);
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
			if (failing && changes[i].of_red) { /* with the next change of a device */
				assert_false(has_followed());
				fake_link_named(machine.host, "eth1")->link.mtu = 1300;
				fake_notify_link(machine.host,
						 fake_link_named(machine.host, "eth1"));
				daemon_settle(&d);
			}
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
		MACHINE_TEST(test_sync_follows),   MACHINE_TEST(test_who_stays),
		MACHINE_TEST(test_unshare_unread), MACHINE_TEST(test_daemon_follows),
		MACHINE_TEST(test_own_mac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
