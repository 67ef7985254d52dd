// SPDX-License-Identifier: GPL-2.0-only
/* Whoever is confined stays so, whichever call fails, and whatever becomes of his device. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake/machine.h"
#include "user/maps/maps.h"
#include "user/ops/netns_config.h"

static __u32 slot_of(__u64 cookie)
{
	const struct nsaccel_netns *ns = fake_map_value(fake_map_of(NSA_MAP_NETNS), &cookie);

	return ns ? ns->slot : 0;
}

static bool is_hooked(int ifindex)
{
	const struct fake_object *link;
	bool in = false, out = false;
	size_t at = 0;

	while ((link = fake_bpf_next_link(&at))) {
		in |= link->ifindex == ifindex && link->hook == 46;
		out |= link->ifindex == ifindex && link->hook == 47;
	}
	return in && out;
}

/* Both hooks are there, and the record says red, or that nothing passes. */
static void check_confined(const char *what)
{
	const struct nsaccel_port_key key = {
		slot_of(machine.host->cookie),
		(__u32)fake_link_named(machine.host, "red")->link.ifindex,
	};
	const struct nsaccel_port *port = fake_map_value(fake_map_of(NSA_MAP_PORTS), &key);
	const struct nsaccel_isolation *isolation;

	if (!port || !is_hooked((int)key.ifindex))
		fail_msg("%s: no programs", what);
	if (port->bound == NSACCEL_BOUND_CLOSED)
		return;
	isolation = fake_map_value(fake_map_of(NSA_MAP_ISOLATION), &port->source_slot);
	if (port->bound == NSACCEL_BOUND_NONE || !isolation->isolated ||
	    isolation->cookie != machine.red->cookie)
		fail_msg("%s: bound %d, isolated %d", what, port->bound, isolation->isolated);
}

static void have_isolated(void)
{
	const struct nsa_netns_config_request request = {
		.bpffs = machine.bpffs, .netns = "red", .set_isolated = true, .isolated = true
	};

	machine_reset();
	assert_int_equal(machine_attach("eth0"), 0);
	assert_int_equal(nsa_netns_config_set(&request), 0);
	check_confined("before");
}

static void nothing(void)
{
}

static void unreachable(void)
{
	machine.red->unreachable = true;
}

/* Red's device is in another namespace now. */
static void moved(void)
{
	struct fake_link *in = fake_link_named(machine.red, "in");
	struct fake_netns *green = fake_netns_add("green");

	green->links[green->link_count++] = *in;
	fake_addr_add(green, "in", "10.2.0.2/24");
	fake_link_named(machine.host, "red")->link.link_nsid = 4;
	machine.red->link_count = machine.red->addr_count = 0;
}

static void more_devices(void)
{
	struct fake_netns *green = fake_netns_add("green");

	fake_veth_add(machine.host, "green", green, "in");
	fake_addr_add(machine.red, "in", "10.2.0.9/24");
}

static void firewall_loaded(void)
{
	machine.host->firewall.routed = true;
	machine.host->firewall.fingerprint++;
}

static const struct {
	const char *what;
	void (*happen)(void);
} cases[] = {
	{ "as it was", nothing },
	{ "red can't be reached", unreachable },
	{ "red's device is in another namespace", moved },
	{ "others come", more_devices },
	{ "a firewall is loaded", firewall_loaded },
};

#define CASES (sizeof(cases) / sizeof(*cases))

static bool try_failure(size_t i, unsigned int n)
{
	char what[160];

	have_isolated();
	cases[i].happen();
	fake_fail(NULL, n, -EIO);
	machine_sync();
	snprintf(what, sizeof(what), "%s, as call %u (%s) failed", cases[i].what, n,
		 fake_failed() ? fake_failed() : "none");
	check_confined(what);
	return fake_failed();
}

static void test_each_failure(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES; i++)
		for (unsigned int n = 1; try_failure(i, n); n++)
			;
}

/* One function, from its n-th call on. */
static bool try_lasting_failure(size_t i, const char *function, unsigned int n)
{
	char what[160];
	bool failed;

	have_isolated();
	cases[i].happen();
	fake_fail_from(function, n, -EIO);
	machine_sync();
	failed = fake_failed();
	snprintf(what, sizeof(what), "%s, as %s fails from call %u on", cases[i].what, function, n);
	check_confined(what);
	fake_fail_never();
	machine_sync();
	check_confined(what);
	return failed;
}

static void test_lasting_failures(void **state)
{
	static const char *const functions[] = {
		"nsa_netns_enter",	"nsa_rtnl_open",   "nsa_rtnl_links",  "nsa_rtnl_addrs",
		"nsa_rtnl_addrs_of",	"nsa_rtnl_nsid",   "nsa_rtnl_link",   "nsa_sysctl_read",
		"nsa_rtnl_rules",	"bpf_obj_get",	   "bpf_prog_query",  "nsa_firewall_detect",
		"bpf_map_lookup_batch", "bpf_link_create", "bpf_link_update", "nsa_dataplane_load",
	};

	(void)state;
	for (size_t i = 0; i < CASES; i++)
		for (size_t f = 0; f < sizeof(functions) / sizeof(*functions); f++)
			try_lasting_failure(i, functions[f], 1);
}

/* The first change of the maps is counted before all else: without it nothing is done. */
static void test_maps_full(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		for (unsigned int n = 1; try_lasting_failure(i, "bpf_map_update_elem", n); n++)
			;
		for (unsigned int n = 1; try_lasting_failure(i, "bpf_map_delete_elem", n); n++)
			;
	}
}

/* A device comes when another feature is needed, whose programs can't be loaded: it gets those that
 * are there. What needs none of it can be said of a namespace all the same. */
static void test_newcomer_without_feature(void **state)
{
	const struct fake_link *bridge;
	struct nsa_link *port;
	int ifindex;

	(void)state;
	have_isolated();
	fake_veth_add(machine.host, "red2", machine.red, "in2");
	bridge = fake_link_add(machine.host, "br0", "bridge");
	port = &fake_link_named(machine.host, "red2")->link;
	port->master = bridge->link.ifindex;
	snprintf(port->master_kind, sizeof(port->master_kind), "bridge");
	ifindex = port->ifindex;
	fake_fail_from("nsa_dataplane_load", 1, -ENOMEM);
	machine_sync();
	assert_non_null(fake_failed());
	assert_true(is_hooked(ifindex));
	check_confined("a feature can't be loaded");
	assert_int_equal(
		nsa_netns_config_set(&(struct nsa_netns_config_request){ .bpffs = machine.bpffs,
									 .netns = "blue",
									 .set_isolated = true,
									 .isolated = true }),
		0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_each_failure),
		MACHINE_TEST(test_lasting_failures),
		MACHINE_TEST(test_maps_full),
		MACHINE_TEST(test_newcomer_without_feature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
