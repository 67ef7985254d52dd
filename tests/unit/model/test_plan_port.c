// SPDX-License-Identifier: GPL-2.0-only
/* What the planner makes of an owner's devices, of what is behind them, and of its bridges. */
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include "user/model/plan_endpoint.h"
#include "user/model/plan_fdb.h"
#include "user/model/plan_port.h"
#include "world.h"

#define NET_BLUE "10.1.0.0/24 dev blue\n"

/* Ports */

static struct nsaccel_port port_of(const struct world *w, int ifindex,
				   const struct nsa_snapshot_device *device, bool requested)
{
	struct nsaccel_port port;

	/* What is left of another device must not shine through. */
	memset(&port, 0xa5, sizeof(port));
	port.requested = requested;
	nsa_plan_port(&w->plan, nsa_snapshot_link(&w->snapshot, ifindex), device, device, &port);
	nsa_plan_local4(&w->plan, &port);
	return port;
}

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
	port = port_of(&w, ETH0, &device, true);
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
	assert_int_equal(port.lower, 1);
	assert_string_equal(port.name, "eth0");
	assert_memory_equal(port.mac, w.links[0].mac, NSACCEL_MAC_LEN);
	assert_memory_equal(port.endpoint_mac, none, NSACCEL_MAC_LEN);
	assert_memory_equal(port.source4, none, sizeof(port.source4));
	assert_memory_equal(port.source6, none, sizeof(port.source6));
	assert_memory_equal(port.address4, none, sizeof(port.address4));
	assert_memory_equal(port.address6, none, sizeof(port.address6));
	assert_int_equal(port_of(&w, ETH1, &device, true).lower, 0);
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
	port = port_of(&w, BLUE, &device, false);
	assert_int_equal(port.kind, NSACCEL_KIND_VETH);
	assert_int_equal(port.endpoint_cookie, w.endpoints[EP_BLUE].cookie);
	assert_int_equal(port.endpoint_ifindex, 2);
	assert_int_equal(port.source_slot, 5);
	assert_int_equal(port.endpoint_xdp, NSACCEL_ENDPOINT_XDP_NATIVE);
	assert_int_equal(port.mtu, 1400);
	assert_int_equal(port.lower, 0);
	assert_memory_equal(port.endpoint_mac, w.endpoints[EP_BLUE].link.mac, NSACCEL_MAC_LEN);
	assert_memory_equal(port.source4, w.endpoints[EP_BLUE].addrs[0].addr, sizeof(port.source4));
	assert_memory_equal(port.source6, w.endpoints[EP_BLUE].addrs[1].addr, sizeof(port.source6));

	w.endpoints[EP_BLUE].link.xdp_attached = XDP_ATTACHED_SKB;
	assert_int_equal(port_of(&w, BLUE, &device, false).endpoint_xdp,
			 NSACCEL_ENDPOINT_XDP_GENERIC);
	w.endpoints[EP_BLUE].link.xdp_attached = XDP_ATTACHED_NONE;
	assert_int_equal(port_of(&w, BLUE, &device, false).endpoint_xdp, NSACCEL_ENDPOINT_XDP_NONE);
	/* Named by the user: a wire, whatever is behind it, but for XDP that frames would go past. */
	w.endpoints[EP_BLUE].link.xdp_attached = XDP_ATTACHED_SKB;
	port = port_of(&w, BLUE, &device, true);
	assert_int_equal(port.endpoint_xdp, NSACCEL_ENDPOINT_XDP_GENERIC);
	assert_int_equal(port.kind, NSACCEL_KIND_NIC);
	assert_int_equal(port.endpoint_cookie, 0);
	assert_int_equal(port.source_slot, OWNER_SLOT);
	/* A greater MTU for IPv6 than the device's counts as little as none. */
	assert_int_equal(port_of(&w, RED, &(struct nsa_snapshot_device){ .mtu6 = 9000 }, false).mtu,
			 1500);
	world_free(&w);
}

static __u32 mtu_of(const struct world *w, int ifindex)
{
	return port_of(w, ifindex, &(struct nsa_snapshot_device){}, false).mtu;
}

/* Unless it says by which device its packets leave, they may by any. */
static void test_vxlan_mtu(void **state)
{
	struct nsa_link *vxlan;
	struct world w;

	(void)state;
	world_make(&w);
	vxlan = world_link(&w, ETH1);
	vxlan->mtu = 1500;
	vxlan->link_nsid = -1;
	assert_int_equal(mtu_of(&w, ETH1), 1500);
	vxlan->vxlan_head = 50;
	vxlan->vxlan_lower = ETH0;
	assert_int_equal(mtu_of(&w, ETH1), 1450);
	vxlan->mtu = 1400;
	assert_int_equal(mtu_of(&w, ETH1), 1400);
	vxlan->vxlan_lower = 0;
	assert_int_equal(mtu_of(&w, ETH1), 1400);
	world_link(&w, BR0)->mtu = 1449; /* its ports are by it */
	assert_int_equal(mtu_of(&w, ETH1), 1399);
	world_link(&w, RED)->mtu = 1300;
	assert_int_equal(mtu_of(&w, ETH1), 1250);
	world_link(&w, RED)->vxlan_head = 50;
	assert_int_equal(mtu_of(&w, ETH1), 1399);
	world_link(&w, LONE)->mtu = 40;
	assert_int_equal(mtu_of(&w, ETH1), 0);
	world_link(&w, LONE)->flags = 0;
	assert_int_equal(mtu_of(&w, ETH1), 1399);
	vxlan->vxlan_lower = ETH0; /* of another namespace, that has one of that number */
	vxlan->link_nsid = 0;
	assert_int_equal(mtu_of(&w, ETH1), 1230);
	world_free(&w);
}

/* Known sources are those that a strict rp_filter would take: reached by the same port. */
static const struct {
	const char *fib;
	bool source4, source6;
} sources[] = {
	{ "", false, false },
	{ NET_BLUE "fd00:1::/64 dev blue", true, true },
	{ NET_BLUE, true, false },
	{ "default dev blue", true, false },
	{ "10.1.0.0/24 dev red", false, false },
	{ "10.1.0.0/24 via 10.1.1.1 dev blue", false, false },
	{ NET_BLUE "10.1.0.2 dev red", false, false },
	{ NET_BLUE "local 10.1.0.2", false, false },
	{ NET_BLUE "10.1.0.0/24 dev red", false, false },
	{ "10.1.0.0/24 dev blue linkdown", false, false },
	{ "10.1.0.0/24 dev blue multipath", false, false },
	{ "10.1.0.0/24 dev blue tos 8", false, false },
	{ "unreachable 10.1.0.0/24", false, false },
};

static void test_known_sources(void **state)
{
	static const __u8 none[NSACCEL_ADDR_LEN] = {};
	const struct nsa_snapshot_device device = {};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(sources); i++) {
		struct nsaccel_port port;
		struct world w;

		world_make(&w);
		world_routes(&w, sources[i].fib);
		port = port_of(&w, BLUE, &device, false);
		if (!!memcmp(port.source4, none, sizeof(port.source4)) != sources[i].source4 ||
		    !!memcmp(port.source6, none, sizeof(port.source6)) != sources[i].source6)
			fail_msg("with\n%s", sources[i].fib);
		world_free(&w);
	}
}

/* What the user has listed may be none of its addresses. */
static void test_pinned_sources(void **state)
{
	static const __u8 none[NSACCEL_ADDR_LEN] = {};
	const struct nsa_snapshot_device device = {};
	struct nsa_endpoint_entry entry;
	struct nsaccel_port port;
	struct world w;

	(void)state;
	world_make(&w);
	world_routes(&w, NET_BLUE "fd00:1::/64 dev blue");
	w.endpoints[EP_BLUE].isolation.pinned = 1;
	port = port_of(&w, BLUE, &device, false);
	assert_memory_equal(port.source4, none, sizeof(port.source4));
	assert_memory_equal(port.source6, none, sizeof(port.source6));
	nsa_plan_endpoint(&w.plan, &w.endpoints[EP_BLUE], &entry);
	assert_memory_equal(entry.ep.source4, none, sizeof(entry.ep.source4));
	assert_memory_equal(entry.ep.source6, none, sizeof(entry.ep.source6));
	world_free(&w);
}

/* On a link with others, by the neighbour table. What was known before stays, whatever others claim. */
static void test_shared_sources(void **state)
{
	static const __u8 none[NSACCEL_ADDR_LEN] = {};
	const struct nsa_snapshot_device device = {};
	struct nsa_endpoint_entry entry;
	struct nsaccel_port port;
	struct world w;

	(void)state;
	world_make(&w);
	world_routes(&w, "10.40.0.0/24 dev br0\n10.0.0.0/24 dev eth0\n" NET_BLUE);
	port = port_of(&w, GREEN, &device, false);
	assert_memory_equal(port.source4, none, 4);
	nsa_plan_endpoint(&w.plan, &w.endpoints[EP_MAC], &entry);
	assert_memory_equal(entry.ep.source4, none, 4);
	world_neighs(&w, "10.0.0.20 dev eth0 20\n10.40.0.2 dev br0 26");
	port = port_of(&w, GREEN, &device, false);
	assert_memory_equal(port.source4, w.endpoints[EP_GREEN].addrs[0].addr, 4);
	nsa_plan_endpoint(&w.plan, &w.endpoints[EP_MAC], &entry);
	assert_memory_equal(entry.ep.source4, w.endpoints[EP_MAC].addrs[0].addr, 4);
	w.snapshot.neighs[0].mac[5] = w.snapshot.neighs[1].mac[5] = 0x77;
	nsa_plan_port(&w.plan, world_link(&w, GREEN), &device, &device, &port);
	assert_memory_equal(port.source4, w.endpoints[EP_GREEN].addrs[0].addr, 4);
	nsa_plan_endpoint(&w.plan, &w.endpoints[EP_MAC], &entry);
	assert_memory_equal(entry.ep.source4, none, 4);
	port = port_of(&w, GREEN, &device, false);
	assert_memory_equal(port.source4, none, 4);
	world_free(&w);
}

/* Nobody's to send from, or another's. */
static void test_reserved_sources(void **state)
{
	static const __u8 none[NSACCEL_ADDR_LEN] = {};
	const struct nsa_snapshot_device device = {};
	struct nsaccel_port port;
	struct world w;

	(void)state;
	world_make(&w);
	world_routes(&w, NET_BLUE "fd00:1::/64 dev blue");
	world_list(&w, OWNER_SLOT | NSACCEL_SOURCE_OF_OWNER, "10.1.0.0/29", NSACCEL_SOURCE_PINNED);
	port = port_of(&w, BLUE, &device, false);
	assert_memory_equal(port.source4, none, 4);
	assert_memory_equal(port.source6, w.endpoints[EP_BLUE].addrs[1].addr, sizeof(port.source6));
	world_free(&w);
	/* A static route of the owner's may lead elsewhere. */
	world_make(&w);
	world_routes(&w, NET_BLUE "fd00:1::/64 dev blue");
	world_statics(&w, "10.1.0.0/28 netns red");
	port = port_of(&w, BLUE, &device, false);
	assert_memory_equal(port.source4, none, 4);
	world_free(&w);
}

static const struct {
	struct nsaccel_isolation isolation;
	bool watched;
} watched[] = {
	{ {}, false },
	{ { .guard = NSACCEL_GUARD_DROP, .on_miss = NSACCEL_ON_MISS_DROP, .pinned = 1 }, false },
	{ { .isolated = 1 }, true },
	{ { .limited = 1 }, true },
};

static void test_watched(void **state)
{
	const struct nsa_snapshot_device device = {};
	struct world w;

	(void)state;
	for (size_t i = 0; i < ELEMENTS(watched); i++) {
		world_make(&w);
		w.endpoints[EP_BLUE].isolation = watched[i].isolation;
		assert_int_equal(port_of(&w, BLUE, &device, false).watched, watched[i].watched);
		assert_int_equal(port_of(&w, RED, &device, false).watched, 0);
		/* A wire is nobody's. */
		assert_int_equal(port_of(&w, BLUE, &device, true).watched, 0);
		assert_int_equal(port_of(&w, ETH0, &device, true).watched, 0);
		world_free(&w);
	}
}

/* The kernel takes no local address for a source, in whatever table it is: it has to be asked. */
static void test_other_locals(void **state)
{
	static const struct {
		const char *routes;
		int ruled;
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
		port = port_of(&w, ETH0, &device, true);
		assert_int_equal(port.ruled, cases[i].ruled);
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
	port = port_of(&w, ETH0, &device, true);
	assert_int_equal(count_bits(&port), 0);

	world_routes(
		&w, "local 10.0.0.1\nlocal 192.0.2.77 table 100\nlocal 127.0.0.1\n"
		    "local 127.0.0.0/8\nlocal fd00::1\nbroadcast 10.0.0.255\n10.0.0.0/24 dev eth0");
	port = port_of(&w, ETH0, &device, true);
	assert_true(local4_has(&port, "10.0.0.1"));
	/* With local routes of its own the kernel takes nothing from a broadcast address, either. */
	assert_true(local4_has(&port, "10.0.0.255"));
	assert_int_equal(count_bits(&port), 2);

	/* A whole local prefix is more than the filter can tell: any address may be in it. */
	world_routes(&w, "local 198.51.100.0/24");
	port = port_of(&w, ETH0, &device, true);
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
	port = port_of(&w, ETH0, &device, true);
	assert_memory_equal(port.address4, own[2].addr, sizeof(port.address4));
	assert_memory_equal(port.address6, own[5].addr, sizeof(port.address6));
	world_free(&w);
}

/* A passthru macvlan leaves its lower nothing to route. */
static void test_passthru(void **state)
{
	const struct nsa_snapshot_device device = { .forward4 = true, .forward6 = true };
	struct nsaccel_port port;
	struct world w;

	(void)state;
	world_make(&w);
	w.endpoints[EP_MAC].link.macvlan_mode = MACVLAN_MODE_PASSTHRU;
	port = port_of(&w, ETH0, &device, true);
	assert_true(!port.lower && !port.forward4 && !port.forward6);
	port = port_of(&w, ETH1, &device, true);
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
		port = port_of(&w, ETH0, &device, true);
		if (port.forward4 != cases[i].free || port.forward6 != cases[i].free || port.steer)
			fail_msg("case %zu", i);
		port = port_of(&w, ETH1, &device, true);
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
	assert_true(port_of(&w, ETH0, &device, true).lower);
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

/* By the host end itself, or by the bridge above it, which goes on to hand frames from port to port. */
static void test_taken_host_end(void **state)
{
	static const struct {
		void (*change)(struct world *w);
		int port;
		bool steer;
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
		port = port_of(&w, cases[i].port, &device, cases[i].port == ETH2);
		if (port.forward4 || port.forward6 || !!port.steer != cases[i].steer)
			fail_msg("case %zu", i);
		port = port_of(&w, RED, &device, false);
		assert_true(port.forward4 && port.forward6);
		world_free(&w);
	}
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
	assert_int_equal(port_of(&w, GREEN, &forwards, false).enslaved, 1);
	assert_int_equal(port_of(&w, GREEN, &forwards, false).forward4, 0);
	assert_int_equal(port_of(&w, RED, &forwards, false).enslaved, 0);
	world_free(&w);
}

/* Endpoints */

static void test_endpoints(void **state)
{
	static const __u8 zero[8] = {}, none[NSACCEL_ADDR_LEN] = {};
	struct nsa_endpoint_entry entry;
	struct world w;

	(void)state;
	world_make(&w);
	world_routes(&w, NET_BLUE "fd00:1::/64 dev blue\n10.0.0.0/24 dev eth0\n");
	memset(&entry, 0xa5, sizeof(entry));
	nsa_plan_endpoint(&w.plan, &w.endpoints[EP_BLUE], &entry);
	assert_int_equal(entry.key.owner_slot, OWNER_SLOT);
	assert_int_equal(entry.key.ifindex, BLUE);
	assert_memory_equal(entry.key.mac, w.endpoints[EP_BLUE].link.mac, NSACCEL_MAC_LEN);
	assert_memory_equal(entry.key.zero, zero, sizeof(entry.key.zero));
	assert_int_equal(entry.ep.netns_cookie, w.endpoints[EP_BLUE].cookie);
	assert_int_equal(entry.ep.slot, 5);
	assert_int_equal(entry.ep.ifindex, 2);
	assert_int_equal(entry.ep.kind, NSACCEL_KIND_VETH);
	assert_int_equal(entry.ep.mtu, 1500);
	assert_int_equal(entry.ep.hairpin, 0);
	assert_string_equal(entry.ep.name, "eth0");
	assert_memory_equal(entry.ep.source4, w.endpoints[EP_BLUE].addrs[0].addr, 4);
	assert_memory_equal(entry.ep.source6, w.endpoints[EP_BLUE].addrs[1].addr, 16);

	/* Only a macvlan in bridge mode may talk to its lower's namespace, while it is up. */
	w.endpoints[EP_MAC].link.flags &= ~(__u32)IFF_UP;
	nsa_plan_endpoint(&w.plan, &w.endpoints[EP_MAC], &entry);
	assert_int_equal(entry.ep.hairpin, 0);
	w.endpoints[EP_MAC].link.flags |= IFF_UP;
	nsa_plan_endpoint(&w.plan, &w.endpoints[EP_MAC], &entry);
	assert_int_equal(entry.key.ifindex, ETH0);
	assert_int_equal(entry.ep.hairpin, 1);
	assert_memory_equal(entry.ep.source4, none, 4); /* no neighbour says whose it is */
	assert_memory_equal(entry.ep.source6, none, sizeof(none));
	w.endpoints[EP_MAC].link.macvlan_mode = MACVLAN_MODE_VEPA;
	nsa_plan_endpoint(&w.plan, &w.endpoints[EP_MAC], &entry);
	assert_int_equal(entry.ep.hairpin, 0);
	world_free(&w);
}

static void test_endpoint_of(void **state)
{
	const struct nsaccel_port nic = { .kind = NSACCEL_KIND_NIC };
	const struct nsaccel_port lower = { .kind = NSACCEL_KIND_NIC, .lower = 1 };
	const struct nsaccel_port veth = { .kind = NSACCEL_KIND_VETH };
	struct world w;

	(void)state;
	world_make(&w);
	assert_true(nsa_plan_is_endpoint_of(&w.endpoints[EP_BLUE], &veth));
	assert_false(nsa_plan_is_endpoint_of(&w.endpoints[EP_BLUE], &nic));
	assert_false(nsa_plan_is_endpoint_of(&w.endpoints[EP_BLUE], &lower));
	assert_true(nsa_plan_is_endpoint_of(&w.endpoints[EP_MAC], &lower));
	assert_false(nsa_plan_is_endpoint_of(&w.endpoints[EP_MAC], &nic));
	assert_false(nsa_plan_is_endpoint_of(&w.endpoints[EP_MAC], NULL));
	world_free(&w);
}

/* Bridges */

/* What is sent to the bridge's MAC is routed as if it came in by the bridge. */
/* What a host end finishes redirect_peer would hand over unfinished. XDP inside gets nothing by that, and
 * takes segmentation from the host end itself. */
static void test_finishing(void **state)
{
	const struct nsa_snapshot_device device = { .finishes = true }, plain = {};
	struct nsaccel_port port = {};
	struct world w;

	(void)state;
	world_make(&w);
	assert_true(port_of(&w, BLUE, &device, false).egress_hooked);
	assert_false(port_of(&w, BLUE, &device, true).egress_hooked); /* a wire */
	w.endpoints[EP_BLUE].link.xdp_attached = XDP_ATTACHED_DRV;
	assert_false(port_of(&w, BLUE, &device, false).egress_hooked);
	nsa_plan_port(&w.plan, world_link(&w, GREEN), &device, &plain, &port); /* its bridge */
	assert_true(port.egress_hooked);
	world_free(&w);
}

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
	assert_true(port.forward4 && port.forward6 && port.steer && !port.isolated);
	assert_true(port.ingress_hooked && port.egress_hooked);
	assert_int_equal(port.mtu, 1450);
	/* Out of the bridge: on its own, and with its own MAC. */
	world_link(&w, GREEN)->master = 0;
	nsa_plan_port(&w.plan, world_link(&w, GREEN), &itself, &itself, &port);
	assert_int_equal(port.bridge, 0);
	assert_int_equal(port.l3_ifindex, GREEN);
	assert_memory_equal(port.mac, world_link(&w, GREEN)->mac, NSACCEL_MAC_LEN);
	assert_false(port.steer);
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
	bool steer, isolated;
} bridgings[] = {
	{ unchanged, true, false },	  { isolated, true, true },
	{ vlan_filtering, false, false }, { bridge_down, false, false },
	{ port_down, false, false },	  { stp_disabled, false, false },
	{ stp_listening, false, false },  { stp_learning, false, false },
	{ stp_blocking, false, false },	  { special, false, false },
	{ max_learned, false, false },	  { short_memory, false, false },
	{ lasting_memory, true, false },
};

static void test_steer(void **state)
{
	const struct nsa_snapshot_device device = { .forward4 = true, .forward6 = true };

	(void)state;
	for (size_t i = 0; i < ELEMENTS(bridgings); i++) {
		struct nsaccel_port port;
		struct world w;

		world_make(&w);
		world_fdb(&w, "15 dev br0");
		bridgings[i].change(&w);
		port = port_of(&w, GREEN, &device, false);
		if (port.steer != bridgings[i].steer || port.forward4 != bridgings[i].steer ||
		    port.forward6 != bridgings[i].steer || port.isolated != bridgings[i].isolated)
			fail_msg("case %zu", i);
		/* None of this is about ports that are in no bridge. */
		port = port_of(&w, BLUE, &device, false);
		assert_true(port.forward4 && port.forward6 && !port.steer && !port.isolated);
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
	port = port_of(&w, GREEN, &device, false);
	assert_true(port.steer && !port.forward4 && !port.forward6);
	world_free(&w);
}

static void test_steer_with_br_netfilter(void **state)
{
	const struct nsa_snapshot_device device = { .forward4 = true, .forward6 = true };
	struct nsa_plan_gates gates = { .validates = true, .bypass = true };
	struct nsaccel_port port;
	struct world w;

	(void)state;
	world_make(&w);
	port = port_of(&w, GREEN, &device, false);
	assert_int_equal(port.steer, NSACCEL_STEER_ALL);
	nsa_plan_tighten(&gates, &port);
	assert_int_equal(port.steer, NSACCEL_STEER_VALID);
	w.plan.gates = gates;
	port = port_of(&w, GREEN, &device, false);
	assert_int_equal(port.steer, NSACCEL_STEER_VALID);
	gates.validates = false; /* only settling opens again */
	nsa_plan_tighten(&gates, &port);
	assert_int_equal(port.steer, NSACCEL_STEER_VALID);
	vlan_filtering(&w);
	port = port_of(&w, GREEN, &device, false);
	nsa_plan_tighten(&w.plan.gates, &port);
	assert_int_equal(port.steer, NSACCEL_STEER_NONE);
	world_free(&w);
}

static bool plan_fdb(const struct world *w, size_t i, struct nsaccel_fdb *out)
{
	memset(out, 0xa5, sizeof(*out));
	return nsa_plan_fdb(&w->plan, &w->fdb[i], out);
}

/* What the bridge would keep fresh by frames that it no longer sees. */
static void test_fdb_ages(void **state)
{
	struct world w;

	(void)state;
	world_make(&w);
	world_fdb(&w, "26 dev green\n31 dev green\n30 dev eth2\n32 dev blue\n33 dev lone");
	world_link(&w, GREEN)->port.learning = world_link(&w, ETH2)->port.learning = true;
	w.fdb[1].state = NUD_NOARP; /* static */
	assert_true(nsa_plan_fdb_ages(&w.plan, &w.fdb[0]));
	assert_false(nsa_plan_fdb_ages(&w.plan, &w.fdb[1]));
	assert_true(nsa_plan_fdb_ages(&w.plan, &w.fdb[2]));
	assert_false(nsa_plan_fdb_ages(&w.plan, &w.fdb[3]));
	assert_false(nsa_plan_fdb_ages(&w.plan, &w.fdb[4]));
	world_link(&w, GREEN)->port.learning = false;
	assert_false(nsa_plan_fdb_ages(&w.plan, &w.fdb[0]));
	world_free(&w);
}

static void test_fdb(void **state)
{
	static const __u8 zero[8] = {};
	struct nsaccel_fdb fdb;
	struct world w;

	(void)state;
	world_make(&w);
	world_fdb(&w, "26 dev green\n31 dev green\n30 dev eth2\n32 dev blue\n33 dev lone");
	w.ports[PORT_GREEN].port.source_slot = 8;
	assert_true(plan_fdb(&w, 0, &fdb));
	assert_int_equal(fdb.key.owner_slot, OWNER_SLOT);
	assert_int_equal(fdb.key.bridge, BR0);
	assert_memory_equal(fdb.key.mac, w.fdb[0].mac, NSACCEL_MAC_LEN);
	assert_memory_equal(fdb.key.zero, zero, sizeof(fdb.key.zero));
	assert_memory_equal(fdb.zero, zero, sizeof(fdb.zero));
	assert_int_equal(fdb.ifindex, GREEN);
	assert_int_equal(fdb.action, NSACCEL_ACTION_VETH);
	assert_int_equal(fdb.mtu, 1500); /* the port's: frames don't meet the bridge's */
	w.endpoints[EP_GREEN].link.mtu = 1400;
	assert_true(plan_fdb(&w, 0, &fdb));
	assert_int_equal(fdb.mtu, 1400); /* the inner end drops what is larger */
	w.endpoints[EP_GREEN].link.mtu = 9000;
	assert_int_equal(fdb.isolated, 0);
	assert_int_equal(fdb.shaped, 0);
	assert_int_equal(fdb.netns_cookie, w.endpoints[EP_GREEN].cookie);
	assert_int_equal(fdb.slot, 8);
	assert_string_equal(fdb.name, "green");
	/* Somebody else behind the endpoint: its frames aren't the endpoint's own. */
	assert_true(plan_fdb(&w, 1, &fdb));
	assert_int_equal(fdb.action, NSACCEL_ACTION_NIC);
	assert_true(plan_fdb(&w, 2, &fdb));
	assert_int_equal(fdb.action, NSACCEL_ACTION_NIC);
	assert_int_equal(fdb.netns_cookie, 0);
	assert_int_equal(fdb.slot, 0);
	/* Ports of no bridge, and what is no port. */
	assert_false(plan_fdb(&w, 3, &fdb));
	assert_false(plan_fdb(&w, 4, &fdb));

	w.ports[PORT_GREEN].port.isolated = 1;
	assert_true(plan_fdb(&w, 0, &fdb));
	assert_int_equal(fdb.isolated, 1);
	/* Where the bridge's own egress is somebody's, frames are steered all the same. */
	w.devices[world_link(&w, BR0) - w.links].egress_hooked = true;
	assert_true(plan_fdb(&w, 0, &fdb));
	assert_int_equal(fdb.shaped, 1);
	assert_int_equal(fdb.action, NSACCEL_ACTION_VETH);
	w.devices[world_link(&w, BR0) - w.links].egress_hooked = false;
	w.ports[PORT_GREEN].port.egress_hooked = 1;
	assert_true(plan_fdb(&w, 0, &fdb));
	assert_int_equal(fdb.action, NSACCEL_ACTION_NIC);
	w.ports[PORT_GREEN].port.egress_hooked = 0;
	w.ports[PORT_GREEN].port.endpoint_xdp = NSACCEL_ENDPOINT_XDP_NATIVE;
	assert_true(plan_fdb(&w, 0, &fdb));
	assert_int_equal(fdb.action, NSACCEL_ACTION_NIC);
	/* Known to the bridge all the same. */
	w.ports[PORT_GREEN].port.endpoint_xdp = NSACCEL_ENDPOINT_XDP_GENERIC;
	assert_true(plan_fdb(&w, 0, &fdb));
	assert_int_equal(fdb.action, NSACCEL_ACTION_VETH);
	w.ports[PORT_GREEN].port.egress_hooked = 1;
	assert_true(plan_fdb(&w, 0, &fdb));
	assert_int_equal(fdb.action, NSACCEL_ACTION_PASS);
	w.ports[PORT_GREEN].port.egress_hooked = 0;
	w.ports[PORT_GREEN].port.steer = 0;
	assert_false(plan_fdb(&w, 0, &fdb));
	/* The entry outlives its port's device for a moment. */
	w.snapshot.link_count--;
	assert_false(plan_fdb(&w, 2, &fdb));
	world_free(&w);
}

/* The firewall */

static const struct {
	struct nsa_plan_gates gates;
	bool ingress_filters, bridge_hooked;
	enum nsaccel_gate gate, steer_gate;
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
		if (port.gate != gates[i].gate || port.steer_gate != gates[i].steer_gate)
			fail_msg("case %zu: %u, %u", i, port.gate, port.steer_gate);
		world_free(&w);
	}
}

/* XDP on a bridge is past by what is routed alone; to a promiscuous one all is copied, whatever the firewall
 * lets by. */
static void test_gates_of_bridge(void **state)
{
	const struct nsa_snapshot_device device = {};
	struct nsaccel_port port;
	struct world w;

	(void)state;
	world_make(&w);
	world_link(&w, BR0)->xdp_attached = XDP_ATTACHED_SKB;
	world_link(&w, BLUE)->xdp_attached = XDP_ATTACHED_SKB;
	port = port_of(&w, GREEN, &device, false);
	assert_int_equal(port.gate, NSACCEL_GATE_SHUT);
	assert_int_equal(port.steer_gate, NSACCEL_GATE_OPEN);
	assert_int_equal(port_of(&w, BLUE, &device, false).gate, NSACCEL_GATE_OPEN);
	world_link(&w, BR0)->xdp_attached = XDP_ATTACHED_NONE;
	world_link(&w, BR0)->promiscuous = true;
	world_link(&w, BLUE)->promiscuous = true;
	w.plan.gates.bypass = true;
	port = port_of(&w, GREEN, &device, false);
	assert_int_equal(port.gate, NSACCEL_GATE_OPEN);
	assert_int_equal(port.steer_gate, NSACCEL_GATE_SHUT);
	assert_int_equal(port_of(&w, BLUE, &device, false).steer_gate, NSACCEL_GATE_OPEN);
	world_free(&w);
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
	port = port_of(&w, ETH0, &device, true);
	assert_int_equal(port.shares, 1);
	assert_int_equal(port.share_nic, 0);
	port = port_of(&w, ETH1, &device, true);
	assert_int_equal(port.shares, 0);
	port = port_of(&w, BLUE, &device, false);
	assert_int_equal(port.shares, 0);
	assert_int_equal(port.share_nic, ETH0);
	assert_int_equal(port.share_vlan, 0);
	assert_int_equal(port.share_whole, 0);
	port = port_of(&w, RED, &device, false);
	assert_int_equal(port.share_nic, ETH0);
	assert_int_equal(port.share_vlan, 100);
	assert_int_equal(port.share_whole, 1);
	w.plan.share_count = 0;
	port = port_of(&w, RED, &device, false);
	assert_int_equal(port.share_nic | port.share_vlan | port.share_whole | port.shares, 0);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nic_port),
		cmocka_unit_test(test_veth_port),
		cmocka_unit_test(test_vxlan_mtu),
		cmocka_unit_test(test_known_sources),
		cmocka_unit_test(test_other_locals),
		cmocka_unit_test(test_local4),
		cmocka_unit_test(test_port_addresses),
		cmocka_unit_test(test_passthru),
		cmocka_unit_test(test_taken_over),
		cmocka_unit_test(test_source_mode),
		cmocka_unit_test(test_taken_host_end),
		cmocka_unit_test(test_found_ports),
		cmocka_unit_test(test_endpoints),
		cmocka_unit_test(test_endpoint_of),
		cmocka_unit_test(test_finishing),
		cmocka_unit_test(test_bridge_port),
		cmocka_unit_test(test_steer),
		cmocka_unit_test(test_bridge_without_itself),
		cmocka_unit_test(test_steer_with_br_netfilter),
		cmocka_unit_test(test_fdb),
		cmocka_unit_test(test_fdb_ages),
		cmocka_unit_test(test_gates),
		cmocka_unit_test(test_gates_of_bridge),
		cmocka_unit_test(test_pinned_sources),
		cmocka_unit_test(test_watched),
		cmocka_unit_test(test_shared_sources),
		cmocka_unit_test(test_reserved_sources),
		cmocka_unit_test(test_shares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
