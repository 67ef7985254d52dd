// SPDX-License-Identifier: GPL-2.0-only
/* The daemon leads to what a command would: after each event, and whichever call fails while it
 * follows it. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake/daemon.h"
#include "fake/monitor.h"

/* Events: the kernel changes, and tells of it. */

static void notify_route(__u16 type, size_t at)
{
	fake_notify(machine.host, type, &machine.host->routes[at],
		    sizeof(machine.host->routes[at]));
}

static void route_added(void)
{
	fake_route_add(machine.host, "10.9.0.0/16", "10.3.0.2", "blue");
	notify_route(RTM_NEWROUTE, machine.host->route_count - 1);
}

/* The default route, which is the last one. */
static void route_gone(void)
{
	notify_route(RTM_DELROUTE, --machine.host->route_count);
}

static void neighbour_moved(void)
{
	struct nsa_neigh *neigh = &machine.host->neighs[0];

	fake_link_named(machine.router, "lan")->link.mac[5] = 0x77;
	neigh->mac[5] = 0x77;
	fake_notify(machine.host, RTM_NEWNEIGH, neigh, sizeof(*neigh));
}

static void device_down(void)
{
	struct fake_link *fake = fake_link_named(machine.host, "blue");

	fake->link.carrier = false;
	fake->link.mtu = 1400;
	fake_notify_link(machine.host, fake);
}

/* A namespace with a veth to the host. */
static void namespace_added(void)
{
	struct fake_netns *green = fake_netns_add("green");
	struct fake_link *fake = fake_veth_add(machine.host, "green", green, "in");

	fake_addr_add(machine.host, "green", "10.5.0.1/24");
	fake_addr_add(green, "in", "10.5.0.2/24");
	fake_netns_changed();
	fake_notify_link(machine.host, fake);
	fake_notify(machine.host, RTM_NEWADDR, &machine.host->addrs[machine.host->addr_count - 1],
		    sizeof(struct nsa_addr));
	notify_route(RTM_NEWROUTE, machine.host->route_count - 2);
	notify_route(RTM_NEWROUTE, machine.host->route_count - 1);
}

static void namespace_dies(void)
{
	struct nsa_link gone = fake_link_named(machine.host, "red")->link;
	struct fake_netns was = *machine.red;

	fake_netns_del(machine.red);
	fake_netns_changed();
	fake_notify(machine.host, RTM_DELLINK, &gone, sizeof(gone));
	fake_notify(&was, RTM_DELNSID, NULL, 0);
	fake_notify_lost(machine.host);
}

static void endpoint_has_address(void)
{
	fake_addr_add(machine.red, "in", "10.2.0.3/24");
	fake_notify(machine.red, RTM_NEWADDR, &machine.red->addrs[machine.red->addr_count - 1],
		    sizeof(struct nsa_addr));
}

static void firewall_loaded(void)
{
	machine.host->firewall.routed = true;
	machine.host->firewall.fingerprint++;
	fake_firewall_changed(machine.host);
}

static void rule_added(void)
{
	machine.host->ruled = true;
	fake_notify(machine.host, RTM_NEWRULE, NULL, 0);
}

static void all_lost(void)
{
	fake_route_add(machine.host, "10.9.0.0/16", "10.3.0.2", "blue");
	fake_link_named(machine.host, "red")->link.mtu = 1300;
	fake_notify_lost(machine.host);
}

static const struct {
	const char *what;
	void (*happen)(void);
	bool tried; /* with each failure; others are read and written by the same calls */
} events[] = {
	{ "route added", route_added, true },
	{ "route gone", route_gone, false },
	{ "neighbour moved", neighbour_moved, false },
	{ "device without carrier", device_down, false },
	{ "namespace added", namespace_added, true },
	{ "namespace dies", namespace_dies, false },
	{ "endpoint has an address more", endpoint_has_address, true },
	{ "firewall loaded", firewall_loaded, true },
	{ "policy rule added", rule_added, false },
	{ "messages lost", all_lost, false },
};

#define EVENTS (sizeof(events) / sizeof(*events))

static void begin(struct nsa_daemon *d)
{
	machine_reset();
	assert_int_equal(machine_attach("eth0"), 0);
	daemon_start(d);
	daemon_settle(d);
}

/* What a command leads to that begins with the machine as it is. */
static char *find_after(void)
{
	assert_int_equal(machine_sync(), 0);
	return fake_dump();
}

static void test_follows(void **state)
{
	struct nsa_daemon d;

	(void)state;
	for (size_t i = 0; i < EVENTS; i++) {
		char *before, *now, *after;

		begin(&d);
		before = fake_dump();
		events[i].happen();
		daemon_settle(&d);
		now = fake_dump();
		if (!strcmp(now, before))
			fail_msg("%s: nothing has changed", events[i].what);
		daemon_stop(&d);
		after = find_after();
		fake_check_equal(events[i].what, after, now);
		free(before);
		free(now);
		free(after);
	}
}

/* Calls that fail without an error: a device's settings have cautious values until they are polled,
 * in a minute, and mode auto does without XDP until hooks are attached anew. Sync does both at
 * once. */
static bool leaves_caution(const char *function)
{
	static const char *const functions[] = {
		"nsa_sysctl_read",	   "bpf_prog_query",	      "nsa_ethtool_get_features",
		"nsa_qdisc_has_filters",   "nsa_netdev_xdp_features", "nsa_ethtool_driver",
		"nsa_ethtool_get_rx_vlan", "bpf_obj_get_info_by_fd",  "bpf_obj_get",
		"bpf_link_update",	   "bpf_link_create",	      "bpf_obj_pin",
	};

	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		if (!strcmp(function, functions[i]))
			return true;
	return false;
}

static bool try_failure(size_t event, unsigned int n, const char *after)
{
	struct nsa_daemon d;
	const char *failed;
	char what[128];

	begin(&d);
	fake_fail(NULL, n, -EIO);
	events[event].happen();
	daemon_settle(&d);
	daemon_stop(&d);
	failed = fake_failed();
	fake_fail_never();
	if (failed && leaves_caution(failed))
		assert_int_equal(machine_sync(), 0);
	snprintf(what, sizeof(what), "%s, as call %u (%s) failed", events[event].what, n,
		 failed ? failed : "none");
	fake_check_state(what, after);
	return failed;
}

/* Each call fails once; the daemon tries again by itself. */
static void test_tries_again(void **state)
{
	struct nsa_daemon d;

	(void)state;
	for (size_t i = 0; i < EVENTS; i++) {
		unsigned int n = 1;
		char *after;

		if (!events[i].tried)
			continue;
		begin(&d);
		events[i].happen();
		daemon_settle(&d);
		after = fake_dump();
		daemon_stop(&d);
		while (try_failure(i, n, after))
			n++;
		free(after);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_follows),
		MACHINE_TEST(test_tries_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
