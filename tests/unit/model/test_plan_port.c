// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/model/plan_port.c: ports, those of bridges apart. */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>

#include "user/model/plan_port.h"
#include "world.h"

#define NET_BLUE "10.1.0.0/24 dev blue\n"

static void test_nic_port(void **state)
{
	static const __u8 none[NSACCEL_ADDR_LEN] = {};
	const struct nsa_snapshot_device device = { .forward4 = true,
						    .rp_filter = NSACCEL_RP_FILTER_LOOSE,
						    .egress_hooked = true };
	struct nsaccel_port port;
	struct world w;

	(void)state;
	world_make(&w);
	port = world_port(&w, ETH0, &device, true);
	assert_int_equal(port.kind, NSACCEL_KIND_NIC);
	assert_int_equal(port.owner_cookie, 1);
	assert_int_equal(port.source_slot, OWNER_SLOT);
	assert_int_equal(port.endpoint_cookie, 0);
	assert_int_equal(port.endpoint_ifindex, 0);
	assert_int_equal(port.endpoint_xdp, 0);
	assert_int_equal(port.mtu, 1500);
	assert_int_equal(port.forward4, 1);
	assert_int_equal(port.forward6, 0);
	assert_int_equal(port.rp_filter, NSACCEL_RP_FILTER_LOOSE);
	assert_int_equal(port.ingress_hooked, 0);
	assert_int_equal(port.egress_hooked, 1);
	assert_int_equal(port.macvlan_lower, 1);
	assert_string_equal(port.name, "eth0");
	assert_memory_equal(port.mac, w.links[0].mac, NSACCEL_MAC_LEN);
	assert_memory_equal(port.endpoint_mac, none, NSACCEL_MAC_LEN);
	assert_memory_equal(port.source4, none, sizeof(port.source4));
	assert_memory_equal(port.source6, none, sizeof(port.source6));
	assert_memory_equal(port.address4, none, sizeof(port.address4));
	assert_memory_equal(port.address6, none, sizeof(port.address6));
	assert_int_equal(world_port(&w, ETH1, &device, true).macvlan_lower, 0);
	/* What the user and the hooks say stays. */
	assert_int_equal(port.mode, 0xa5a5a5a5);
	assert_int_equal(port.tx_slot, 0xa5a5a5a5);
	world_free(&w);
}

static void test_veth_port(void **state)
{
	const struct nsa_snapshot_device device = { .forward6 = true, .mtu6 = 1400 };
	struct nsaccel_port port;
	struct world w;

	(void)state;
	world_make(&w);
	world_routes(&w, NET_BLUE "fd00:1::/64 dev blue");
	w.endpoints[EP_BLUE].link.xdp_attached = XDP_ATTACHED_DRV;
	port = world_port(&w, BLUE, &device, false);
	assert_int_equal(port.kind, NSACCEL_KIND_VETH);
	assert_int_equal(port.endpoint_cookie, w.endpoints[EP_BLUE].cookie);
	assert_int_equal(port.endpoint_ifindex, 2);
	assert_int_equal(port.source_slot, 5);
	assert_int_equal(port.endpoint_xdp, NSACCEL_ENDPOINT_XDP_NATIVE);
	assert_int_equal(port.mtu, 1400);
	assert_int_equal(port.macvlan_lower, 0);
	assert_memory_equal(port.endpoint_mac, w.endpoints[EP_BLUE].link.mac, NSACCEL_MAC_LEN);
	assert_memory_equal(port.source4, w.endpoints[EP_BLUE].addrs[0].addr, sizeof(port.source4));
	assert_memory_equal(port.source6, w.endpoints[EP_BLUE].addrs[1].addr, sizeof(port.source6));

	w.endpoints[EP_BLUE].link.xdp_attached = XDP_ATTACHED_SKB;
	assert_int_equal(world_port(&w, BLUE, &device, false).endpoint_xdp,
			 NSACCEL_ENDPOINT_XDP_GENERIC);
	w.endpoints[EP_BLUE].link.xdp_attached = XDP_ATTACHED_NONE;
	assert_int_equal(world_port(&w, BLUE, &device, false).endpoint_xdp,
			 NSACCEL_ENDPOINT_XDP_NONE);
	/* Named by the user: a wire, whatever is behind it, but for XDP that frames would go
	 * past. */
	w.endpoints[EP_BLUE].link.xdp_attached = XDP_ATTACHED_SKB;
	port = world_port(&w, BLUE, &device, true);
	assert_int_equal(port.endpoint_xdp, NSACCEL_ENDPOINT_XDP_GENERIC);
	assert_int_equal(port.kind, NSACCEL_KIND_NIC);
	assert_int_equal(port.endpoint_cookie, 0);
	assert_int_equal(port.source_slot, OWNER_SLOT);
	/* A greater MTU for IPv6 than the device's counts as little as none. */
	assert_int_equal(
		world_port(&w, RED, &(struct nsa_snapshot_device){ .mtu6 = 9000 }, false).mtu,
		1500);
	world_free(&w);
}

static const struct {
	struct nsaccel_isolation isolation;
	bool policed;
} policed[] = {
	{ {}, false },
	{ { .guard = NSACCEL_GUARD_DROP, .on_miss = NSACCEL_ON_MISS_DROP, .pinned = 1 }, false },
	{ { .isolated = 1 }, true },
	{ { .limited = 1 }, true },
};

static void test_police_egress(void **state)
{
	const struct nsa_snapshot_device device = {};
	struct world w;

	(void)state;
	for (size_t i = 0; i < ELEMENTS(policed); i++) {
		world_make(&w);
		w.endpoints[EP_BLUE].isolation = policed[i].isolation;
		assert_int_equal(world_port(&w, BLUE, &device, false).police_egress,
				 policed[i].policed);
		assert_int_equal(world_port(&w, RED, &device, false).police_egress, 0);
		/* A wire is nobody's. */
		assert_int_equal(world_port(&w, BLUE, &device, true).police_egress, 0);
		assert_int_equal(world_port(&w, ETH0, &device, true).police_egress, 0);
		world_free(&w);
	}
}

/* The kernel takes no local address for a source, in whatever table it is: it has to be asked. */
static void test_other_locals(void **state)
{
	static const struct {
		const char *routes;
		int policy_routing;
	} cases[] = {
		{ "local 10.0.0.1\nbroadcast 10.0.0.255\nlocal fd00::1 table 100", 0 },
		{ "blackhole 10.9.0.0/16\n10.8.0.0/16 dev eth0 table 253", 0 },
		{ "local 192.0.2.7 table 253", 1 },
		{ "local 192.0.2.0/24 table 254", 1 },
		{ "broadcast 192.0.2.7 table 100", 1 },
	};
	const struct nsa_snapshot_device device = {};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct nsaccel_port port;
		struct world w;

		world_make(&w);
		world_routes(&w, cases[i].routes);
		port = world_port(&w, ETH0, &device, true);
		assert_int_equal(port.policy_routing, cases[i].policy_routing);
		world_free(&w);
	}
}

static bool local4_has(const struct nsaccel_port *port, const char *word)
{
	__u8 bytes[NSACCEL_ADDR_LEN];
	__u32 addr, bit;

	read_addr(word, bytes);
	memcpy(&addr, bytes, sizeof(addr));
	bit = NSACCEL_LOCAL4_BIT(addr);
	return port->local4[bit / 8] & 1 << bit % 8;
}

static int count_bits(const struct nsaccel_port *port)
{
	int count = 0;

	for (size_t i = 0; i < sizeof(port->local4); i++)
		count += __builtin_popcount(port->local4[i]);
	return count;
}

static void test_local4(void **state)
{
	const struct nsa_snapshot_device device = {};
	struct nsaccel_port port;
	struct world w;

	(void)state;
	world_make(&w);
	port = world_port(&w, ETH0, &device, true);
	assert_int_equal(count_bits(&port), 0);

	world_routes(
		&w, "local 10.0.0.1\nlocal 192.0.2.77 table 100\nlocal 127.0.0.1\n"
		    "local 127.0.0.0/8\nlocal fd00::1\nbroadcast 10.0.0.255\n10.0.0.0/24 dev eth0");
	port = world_port(&w, ETH0, &device, true);
	assert_true(local4_has(&port, "10.0.0.1"));
	/* With local routes of its own the kernel takes nothing from a broadcast address,
	 * either. */
	assert_true(local4_has(&port, "10.0.0.255"));
	assert_int_equal(count_bits(&port), 2);

	/* A whole local prefix is more than the filter can tell: any address may be in it. */
	world_routes(&w, "local 198.51.100.0/24");
	port = world_port(&w, ETH0, &device, true);
	assert_int_equal(count_bits(&port), NSACCEL_LOCAL4_BITS);
	world_free(&w);
}

static void test_port_addresses(void **state)
{
	static const struct nsa_addr own[] = {
		{ .ifindex = ETH1, .family = AF_INET, .addr = { 10, 0, 1, 1 } },
		{ .ifindex = ETH0,
		  .family = AF_INET,
		  .scope = RT_SCOPE_HOST,
		  .addr = { 10, 9, 9, 9 } },
		{ .ifindex = ETH0, .family = AF_INET, .addr = { 10, 0, 0, 1 } },
		{ .ifindex = ETH0, .family = AF_INET, .addr = { 10, 0, 0, 2 } },
		{ .ifindex = ETH0,
		  .family = AF_INET6,
		  .scope = RT_SCOPE_LINK,
		  .addr = { 0xfe, 0x80, [15] = 1 } },
		{ .ifindex = ETH0, .family = AF_INET6, .addr = { 0xfd, [15] = 1 } },
	};
	const struct nsa_snapshot_device device = {};
	struct nsaccel_port port;
	struct world w;

	(void)state;
	world_make(&w);
	memcpy(w.addrs, own, sizeof(own));
	w.snapshot.addr_count = ELEMENTS(own);
	port = world_port(&w, ETH0, &device, true);
	assert_memory_equal(port.address4, own[2].addr, sizeof(port.address4));
	assert_memory_equal(port.address6, own[5].addr, sizeof(port.address6));
	world_free(&w);
}

static void test_found_ports(void **state)
{
	const struct nsa_snapshot_device forwards = { .forward4 = true, .forward6 = true };
	struct world w;

	(void)state;
	world_make(&w);
	assert_true(nsa_plan_is_found_port(&w.snapshot, nsa_snapshot_link(&w.snapshot, BLUE)));
	assert_false(nsa_plan_is_found_port(&w.snapshot, nsa_snapshot_link(&w.snapshot, LONE)));
	assert_false(nsa_plan_is_found_port(&w.snapshot, nsa_snapshot_link(&w.snapshot, ETH0)));
	assert_false(nsa_plan_is_found_port(&w.snapshot, nsa_snapshot_link(&w.snapshot, BR0)));
	world_link(&w, BLUE)->master = BR0;
	assert_false(nsa_plan_is_found_port(&w.snapshot, nsa_snapshot_link(&w.snapshot, BLUE)));
	assert_true(nsa_plan_is_found_port(&w.snapshot, nsa_snapshot_link(&w.snapshot, RED)));
	/* Of masters, a bridge is one that is minded. */
	assert_true(nsa_plan_is_found_port(&w.snapshot, nsa_snapshot_link(&w.snapshot, GREEN)));
	strcpy(world_link(&w, GREEN)->master_kind, "bond");
	assert_false(nsa_plan_is_found_port(&w.snapshot, nsa_snapshot_link(&w.snapshot, GREEN)));
	/* But by none anybody gets away. */
	w.endpoints[EP_GREEN].bound_cookie = w.endpoints[EP_GREEN].cookie;
	assert_true(nsa_plan_is_found_port(&w.snapshot, nsa_snapshot_link(&w.snapshot, GREEN)));
	assert_int_equal(world_port(&w, GREEN, &forwards, false).enslaved, 1);
	assert_int_equal(world_port(&w, GREEN, &forwards, false).forward4, 0);
	assert_int_equal(world_port(&w, RED, &forwards, false).enslaved, 0);
	world_free(&w);
}

/* What is sent to the bridge's MAC is routed as if it came in by the bridge. */
/* redirect_peer would hand over unfinished what a host end finishes. XDP inside gets nothing by
 * that, and takes segmentation from the host end itself. */
static void test_finishing(void **state)
{
	const struct nsa_snapshot_device device = { .finishes = true }, plain = {};
	struct nsaccel_port port = {};
	struct world w;

	(void)state;
	world_make(&w);
	assert_true(world_port(&w, BLUE, &device, false).egress_hooked);
	assert_false(world_port(&w, BLUE, &device, true).egress_hooked); /* a wire */
	w.endpoints[EP_BLUE].link.xdp_attached = XDP_ATTACHED_DRV;
	assert_false(world_port(&w, BLUE, &device, false).egress_hooked);
	nsa_plan_port(&w.plan, world_link(&w, GREEN), &device, &plain, &port); /* its bridge */
	assert_true(port.egress_hooked);
	world_free(&w);
}

static const struct {
	struct nsa_plan_gates gates;
	bool ingress_filters, bridge_hooked;
	enum nsaccel_gate gate, bridge_gate;
} gates[] = {
	{ {}, false, false, NSACCEL_GATE_OPEN, NSACCEL_GATE_OPEN },
	{ { .routed = true }, false, false, NSACCEL_GATE_FLOW, NSACCEL_GATE_OPEN },
	{ { .bridged = true }, false, false, NSACCEL_GATE_OPEN, NSACCEL_GATE_FLOW },
	{ { .routed = true, .bridged = true }, true, false, NSACCEL_GATE_SHUT, NSACCEL_GATE_SHUT },
	{ {}, true, false, NSACCEL_GATE_SHUT, NSACCEL_GATE_SHUT },
	/* At the ingress of the bridge only what is routed would go past. */
	{ {}, false, true, NSACCEL_GATE_SHUT, NSACCEL_GATE_OPEN },
	/* Rules that have to see every packet, on one of both ways. */
	{ { .routed = true, .every_packet = true },
	  false,
	  false,
	  NSACCEL_GATE_SHUT,
	  NSACCEL_GATE_OPEN },
	{ { .bridged = true, .every_packet = true },
	  false,
	  false,
	  NSACCEL_GATE_OPEN,
	  NSACCEL_GATE_SHUT },
	{ { .bypass = true }, true, true, NSACCEL_GATE_OPEN, NSACCEL_GATE_OPEN },
};

static void test_gates(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(gates); i++) {
		const struct nsa_snapshot_device bridge = { .ingress_hooked =
								    gates[i].bridge_hooked };
		const struct nsa_snapshot_device itself = { .ingress_filters =
								    gates[i].ingress_filters };
		struct nsaccel_port port = {};
		struct world w;

		world_make(&w);
		w.plan.gates = gates[i].gates;
		nsa_plan_port(&w.plan, world_link(&w, GREEN), &bridge, &itself, &port);
		if (port.gate != gates[i].gate || port.bridge_gate != gates[i].bridge_gate)
			fail_msg("case %zu: %u, %u", i, port.gate, port.bridge_gate);
		world_free(&w);
	}
}

/* One NIC, by address and in VLANs, and who isn't concerned. */
static void test_shares(void **state)
{
	static const struct nsaccel_share shares[] = {
		{ .key = { .nic = ETH0, .family = NSACCEL_FAMILY_INET }, .port = BLUE },
		{ .key = { .nic = ETH0, .family = NSACCEL_FAMILY_INET6 }, .port = BLUE },
		{ .key = { .nic = ETH0, .vlan = 100 }, .port = RED },
	};
	const struct nsa_snapshot_device device = {};
	struct nsaccel_port port;
	struct world w;

	(void)state;
	world_make(&w);
	w.plan.shares = shares;
	w.plan.share_count = ELEMENTS(shares);
	port = world_port(&w, ETH0, &device, true);
	assert_int_equal(port.shared, 1);
	assert_int_equal(port.share_nic, 0);
	port = world_port(&w, ETH1, &device, true);
	assert_int_equal(port.shared, 0);
	port = world_port(&w, BLUE, &device, false);
	assert_int_equal(port.shared, 0);
	assert_int_equal(port.share_nic, ETH0);
	assert_int_equal(port.share_vlan, 0);
	assert_int_equal(port.share_whole, 0);
	port = world_port(&w, RED, &device, false);
	assert_int_equal(port.share_nic, ETH0);
	assert_int_equal(port.share_vlan, 100);
	assert_int_equal(port.share_whole, 1);
	w.plan.share_count = 0;
	port = world_port(&w, RED, &device, false);
	assert_int_equal(port.share_nic | port.share_vlan | port.share_whole | port.shared, 0);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nic_port),       cmocka_unit_test(test_veth_port),
		cmocka_unit_test(test_other_locals),   cmocka_unit_test(test_local4),
		cmocka_unit_test(test_port_addresses), cmocka_unit_test(test_found_ports),
		cmocka_unit_test(test_finishing),      cmocka_unit_test(test_gates),
		cmocka_unit_test(test_police_egress),  cmocka_unit_test(test_shares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
