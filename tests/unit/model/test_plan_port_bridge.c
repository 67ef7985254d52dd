// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/model/plan_port.c: ports of bridges, and whether frames are forwarded by them. */
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <stdbool.h>
#include <string.h>

#include "user/model/plan_port.h"
#include "world.h"

/* Packets to the bridge's MAC are routed as if they came in by the bridge. */
static void test_bridge_port(void **state)
{
	static const struct nsa_addr own[] = {
		{ .ifindex = BR0, .family = AF_INET, .addr = { 10, 40, 0, 1 } },
		{ .ifindex = GREEN, .family = AF_INET, .addr = { 10, 41, 0, 1 } },
	};
	const struct nsa_snapshot_device bridge = { .forward4 = true,
						    .forward6 = true,
						    .rp_filter = NSACCEL_RP_FILTER_STRICT,
						    .egress_hooked = true };
	const struct nsa_snapshot_device itself = { .ingress_hooked = true };
	struct nsaccel_port port = {};
	struct world w;

	(void)state;
	world_make(&w);
	memcpy(w.addrs, own, sizeof(own));
	w.snapshot.addr_count = ELEMENTS(own);
	world_routes(&w, "10.40.0.0/24 dev br0");
	world_fdb(&w, "15 dev br0");
	nsa_plan_port(&w.plan, world_link(&w, GREEN), &bridge, &itself, &port);
	assert_int_equal(port.kind, NSACCEL_KIND_VETH);
	assert_int_equal(port.bridge, BR0);
	assert_int_equal(port.l3_ifindex, BR0);
	assert_memory_equal(port.mac, world_link(&w, BR0)->mac, NSACCEL_MAC_LEN);
	assert_memory_equal(port.endpoint_mac, w.endpoints[EP_GREEN].link.mac, NSACCEL_MAC_LEN);
	assert_memory_equal(port.address4, own[0].addr, sizeof(port.address4));
	assert_int_equal(port.rp_filter, NSACCEL_RP_FILTER_STRICT);
	assert_true(port.forward4 && port.forward6 && port.bridge_forward && !port.isolated);
	assert_true(port.ingress_hooked && port.egress_hooked);
	assert_int_equal(port.mtu, 1450);
	/* Out of the bridge: on its own, and with its own MAC. */
	world_link(&w, GREEN)->master = 0;
	nsa_plan_port(&w.plan, world_link(&w, GREEN), &itself, &itself, &port);
	assert_int_equal(port.bridge, 0);
	assert_int_equal(port.l3_ifindex, GREEN);
	assert_memory_equal(port.mac, world_link(&w, GREEN)->mac, NSACCEL_MAC_LEN);
	assert_false(port.bridge_forward);
	assert_int_equal(port.mtu, 1500);
	world_free(&w);
}

static void vlan_filtering(struct world *w)
{
	world_link(w, BR0)->bridge_vlan_filtering = true;
}

static void max_learned(struct world *w)
{
	world_link(w, BR0)->bridge_counts = true;
}

static void short_memory(struct world *w)
{
	world_link(w, BR0)->bridge_hold = 14;
}

static void lasting_memory(struct world *w)
{
	world_link(w, BR0)->bridge_hold = 15;
}

static void bridge_down(struct world *w)
{
	world_link(w, BR0)->flags = 0;
}

static void port_down(struct world *w)
{
	world_link(w, GREEN)->flags = 0;
}

static void stp_disabled(struct world *w)
{
	world_link(w, GREEN)->port.state = BR_STATE_DISABLED;
}

static void stp_listening(struct world *w)
{
	world_link(w, GREEN)->port.state = BR_STATE_LISTENING;
}

static void stp_learning(struct world *w)
{
	world_link(w, GREEN)->port.state = BR_STATE_LEARNING;
}

static void stp_blocking(struct world *w)
{
	world_link(w, GREEN)->port.state = BR_STATE_BLOCKING;
}

static void special(struct world *w)
{
	world_link(w, GREEN)->port.special = true;
}

static void isolated(struct world *w)
{
	world_link(w, GREEN)->port.isolated = true;
}

static void unchanged(struct world *w)
{
	(void)w;
}

/* A port that the bridge itself would take nothing from, or not as it is, is the kernel's. */
static const struct {
	void (*change)(struct world *w);
	bool bridge_forward, isolated;
} bridgings[] = {
	{ unchanged, true, false },	  { isolated, true, true },
	{ vlan_filtering, false, false }, { bridge_down, false, false },
	{ port_down, false, false },	  { stp_disabled, false, false },
	{ stp_listening, false, false },  { stp_learning, false, false },
	{ stp_blocking, false, false },	  { special, false, false },
	{ max_learned, false, false },	  { short_memory, false, false },
	{ lasting_memory, true, false },
};

static void test_bridge_forward(void **state)
{
	const struct nsa_snapshot_device device = { .forward4 = true, .forward6 = true };

	(void)state;
	for (size_t i = 0; i < ELEMENTS(bridgings); i++) {
		struct nsaccel_port port;
		struct world w;

		world_make(&w);
		world_fdb(&w, "15 dev br0");
		bridgings[i].change(&w);
		port = world_port(&w, GREEN, &device, false);
		if (port.bridge_forward != bridgings[i].bridge_forward ||
		    port.forward4 != bridgings[i].bridge_forward ||
		    port.forward6 != bridgings[i].bridge_forward ||
		    port.isolated != bridgings[i].isolated)
			fail_msg("case %zu", i);
		/* None of this is about ports that are in no bridge. */
		port = world_port(&w, BLUE, &device, false);
		assert_true(port.forward4 && port.forward6 && !port.bridge_forward &&
			    !port.isolated);
		world_free(&w);
	}
}

/* What is for its MAC is a bridge's own as long as its database says so. */
static void test_bridge_without_itself(void **state)
{
	const struct nsa_snapshot_device device = { .forward4 = true, .forward6 = true };
	struct nsaccel_port port;
	struct world w;

	(void)state;
	world_make(&w);
	world_fdb(&w, "15 dev green");
	port = world_port(&w, GREEN, &device, false);
	assert_true(port.bridge_forward && !port.forward4 && !port.forward6);
	world_free(&w);
}

static void test_bridge_forward_with_br_netfilter(void **state)
{
	const struct nsa_snapshot_device device = { .forward4 = true, .forward6 = true };
	struct nsa_plan_gates gates = { .validates = true, .bypass = true };
	struct nsaccel_port port;
	struct world w;

	(void)state;
	world_make(&w);
	port = world_port(&w, GREEN, &device, false);
	assert_int_equal(port.bridge_forward, NSACCEL_BRIDGE_FORWARD_ALL);
	nsa_plan_tighten(&gates, &port);
	assert_int_equal(port.bridge_forward, NSACCEL_BRIDGE_FORWARD_VALID);
	w.plan.gates = gates;
	port = world_port(&w, GREEN, &device, false);
	assert_int_equal(port.bridge_forward, NSACCEL_BRIDGE_FORWARD_VALID);
	gates.validates = false; /* only settling opens again */
	nsa_plan_tighten(&gates, &port);
	assert_int_equal(port.bridge_forward, NSACCEL_BRIDGE_FORWARD_VALID);
	vlan_filtering(&w);
	port = world_port(&w, GREEN, &device, false);
	nsa_plan_tighten(&w.plan.gates, &port);
	assert_int_equal(port.bridge_forward, NSACCEL_BRIDGE_FORWARD_NONE);
	world_free(&w);
}

/* Only routed packets would go past XDP on a bridge. A promiscuous bridge gets a copy of all
 * frames, whatever the firewall lets by. */
static void test_gates_of_bridge(void **state)
{
	const struct nsa_snapshot_device device = {};
	struct nsaccel_port port;
	struct world w;

	(void)state;
	world_make(&w);
	world_link(&w, BR0)->xdp_attached = XDP_ATTACHED_SKB;
	world_link(&w, BLUE)->xdp_attached = XDP_ATTACHED_SKB;
	port = world_port(&w, GREEN, &device, false);
	assert_int_equal(port.gate, NSACCEL_GATE_SHUT);
	assert_int_equal(port.bridge_gate, NSACCEL_GATE_OPEN);
	assert_int_equal(world_port(&w, BLUE, &device, false).gate, NSACCEL_GATE_OPEN);
	world_link(&w, BR0)->xdp_attached = XDP_ATTACHED_NONE;
	world_link(&w, BR0)->promiscuous = true;
	world_link(&w, BLUE)->promiscuous = true;
	w.plan.gates.bypass = true;
	port = world_port(&w, GREEN, &device, false);
	assert_int_equal(port.gate, NSACCEL_GATE_OPEN);
	assert_int_equal(port.bridge_gate, NSACCEL_GATE_SHUT);
	assert_int_equal(world_port(&w, BLUE, &device, false).bridge_gate, NSACCEL_GATE_OPEN);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bridge_port),
		cmocka_unit_test(test_bridge_forward),
		cmocka_unit_test(test_bridge_without_itself),
		cmocka_unit_test(test_bridge_forward_with_br_netfilter),
		cmocka_unit_test(test_gates_of_bridge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
