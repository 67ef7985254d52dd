// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/model/plan_upper.c: devices that take what comes in by a port or bridge. */
#include <linux/if_link.h>
#include <stdbool.h>
#include <string.h>

#include "world.h"

/* A passthru macvlan leaves its lower nothing to route. */
static void test_passthru(void **state)
{
	const struct nsa_snapshot_device device = { .forward4 = true, .forward6 = true };
	struct nsaccel_port port;
	struct world w;

	(void)state;
	world_make(&w);
	w.endpoints[EP_MAC].link.macvlan_mode = MACVLAN_MODE_PASSTHRU;
	port = world_port(&w, ETH0, &device, true);
	assert_true(!port.macvlan_lower && !port.forward4 && !port.forward6);
	port = world_port(&w, ETH1, &device, true);
	assert_true(port.forward4 && port.forward6);
	world_free(&w);
}

/* Of the owner's own, and of another namespace's. */
static void ipvlan_here(struct world *w)
{
	strcpy(world_link(w, LONE)->kind, "ipvlan");
	world_link(w, LONE)->link = ETH0;
	world_link(w, LONE)->link_nsid = -1;
}

static void taken_elsewhere(struct world *w, int ifindex)
{
	static struct nsa_snapshot_taken taken = { .cookie = 77 };

	taken.ifindex = ifindex;
	w->snapshot.taken = &taken;
	w->snapshot.taken_count = 1;
}

static void ipvtap_elsewhere(struct world *w)
{
	taken_elsewhere(w, ETH0);
}

static void bonded(struct world *w)
{
	world_link(w, ETH0)->master = LONE;
	strcpy(world_link(w, ETH0)->master_kind, "bond");
}

static void ipvlan_in_a_namespace_of_the_same_numbers(struct world *w)
{
	ipvlan_here(w);
	world_link(w, LONE)->link_nsid = 3;
}

/* Of the owner's own on a device. */
static void macvlan_on(struct world *w, int lower, const char *kind, __u32 mode)
{
	struct nsa_link *link = world_link(w, LONE);

	strcpy(link->kind, kind);
	link->macvlan_mode = mode;
	link->link = lower;
	link->link_nsid = -1;
}

static void passthru_here(struct world *w)
{
	macvlan_on(w, ETH0, "macvlan", MACVLAN_MODE_PASSTHRU);
}

static void macvtap_here(struct world *w)
{
	macvlan_on(w, ETH0, "macvtap", MACVLAN_MODE_PASSTHRU);
}

static void macsec_here(struct world *w)
{
	macvlan_on(w, ETH0, "macsec", 0);
}

static void source_here(struct world *w)
{
	macvlan_on(w, ETH0, "macvlan", MACVLAN_MODE_SOURCE);
}

static void source_elsewhere(struct world *w)
{
	w->endpoints[EP_MAC].link.macvlan_mode = MACVLAN_MODE_SOURCE;
}

static void vrrp_here(struct world *w)
{
	macvlan_on(w, ETH0, "macvlan", MACVLAN_MODE_BRIDGE);
}

/* Whoever takes all that comes in leaves nothing to route, whenever he came. */
static void test_taken_over(void **state)
{
	static const struct {
		void (*change)(struct world *w);
		bool free;
	} cases[] = {
		{ ipvlan_here, false },	     { ipvtap_elsewhere, false },
		{ bonded, false },	     { ipvlan_in_a_namespace_of_the_same_numbers, true },
		{ passthru_here, false },    { macvtap_here, false },
		{ macsec_here, false },	     { source_here, false },
		{ source_elsewhere, false }, { vrrp_here, true },
	};
	const struct nsa_snapshot_device device = { .forward4 = true, .forward6 = true };

	(void)state;
	for (size_t i = 0; i < ELEMENTS(cases); i++) {
		struct nsaccel_port port;
		struct world w;

		world_make(&w);
		cases[i].change(&w);
		port = world_port(&w, ETH0, &device, true);
		if (port.forward4 != cases[i].free || port.forward6 != cases[i].free ||
		    port.bridge_forward)
			fail_msg("case %zu", i);
		port = world_port(&w, ETH1, &device, true);
		assert_true(port.forward4 && port.forward6);
		world_free(&w);
	}
}

/* Beside a macvlan in source mode others are turned round, and confined, as ever. */
static void test_source_mode(void **state)
{
	const struct nsa_snapshot_device device = { .forward4 = true };
	struct world w;

	(void)state;
	world_make(&w);
	source_elsewhere(&w);
	assert_true(world_port(&w, ETH0, &device, true).macvlan_lower);
	world_free(&w);
}

static void passthru_on_host_end(struct world *w)
{
	macvlan_on(w, BLUE, "macvlan", MACVLAN_MODE_PASSTHRU);
}

static void source_mode_on_bridge(struct world *w)
{
	macvlan_on(w, BR0, "macvlan", MACVLAN_MODE_SOURCE);
}

static void ipvlan_of_another_namespace_on_bridge(struct world *w)
{
	taken_elsewhere(w, BR0);
}

static void bridge_in_vrf(struct world *w)
{
	world_link(w, BR0)->master = LONE;
	strcpy(world_link(w, BR0)->master_kind, "vrf");
}

/* By the host end itself, or by the bridge above it, which goes on to hand frames from port to
 * port. */
static void test_taken_host_end(void **state)
{
	static const struct {
		void (*change)(struct world *w);
		int port;
		bool bridge_forward;
	} cases[] = {
		{ passthru_on_host_end, BLUE, false },
		{ source_mode_on_bridge, GREEN, true },
		{ source_mode_on_bridge, ETH2, true },
		{ ipvlan_of_another_namespace_on_bridge, GREEN, true },
		{ bridge_in_vrf, GREEN, true },
	};
	const struct nsa_snapshot_device device = { .forward4 = true, .forward6 = true };

	(void)state;
	for (size_t i = 0; i < ELEMENTS(cases); i++) {
		struct nsaccel_port port;
		struct world w;

		world_make(&w);
		world_fdb(&w, "15 dev br0");
		cases[i].change(&w);
		port = world_port(&w, cases[i].port, &device, cases[i].port == ETH2);
		if (port.forward4 || port.forward6 ||
		    !!port.bridge_forward != cases[i].bridge_forward)
			fail_msg("case %zu", i);
		port = world_port(&w, RED, &device, false);
		assert_true(port.forward4 && port.forward6);
		world_free(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passthru),
		cmocka_unit_test(test_taken_over),
		cmocka_unit_test(test_source_mode),
		cmocka_unit_test(test_taken_host_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
