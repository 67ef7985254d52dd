// SPDX-License-Identifier: GPL-2.0-only
#include "world.h"

#include <assert.h>
#include <arpa/inet.h>
#include <string.h>

#define MAC(kind, n)                                                                               \
	{                                                                                          \
		2, 0, 0, 0, kind, n                                                                \
	}
#define MACS(kind)                                                                                 \
	{                                                                                          \
		MAC(kind, 0), MAC(kind, 1), MAC(kind, 2), MAC(kind, 3), MAC(kind, 4),              \
			MAC(kind, 5), MAC(kind, 6), MAC(kind, 7)                                   \
	}

const __u8 world_macs[MAC_KINDS][8][NSACCEL_MAC_LEN] = {
	[MAC_PORT] = MACS(1), [MAC_BEHIND] = MACS(2),	[MAC_MACVLAN] = MACS(3),
	[MAC_HOST] = MACS(4), [MAC_STRANGER] = MACS(5),
};

_Static_assert(DEV_COUNT <= 8 && NS_COUNT <= 8, "one MAC for each");

/* Owner's address on each device, source of ICMP errors. */
static const struct {
	const char *address4, *address6;
} addresses[DEV_COUNT] = {
	[ETH0] = { "10.0.0.1", "fd00::1" }, [ETH1] = { "10.1.0.1", "fd01::1" },
	[ETH2] = { "10.4.0.1", "fd04::1" }, [ETH3] = { "10.5.0.1", "fd05::1" },
	[RED] = { "10.2.0.1", "fd02::1" },  [BLUE] = { "10.3.0.1", "fd03::1" },
};

static const struct world_route routes[] = {
	{ NS_OWNER, "10.0.0.0/24", TO_ETH0 },  { NS_OWNER, "fd00::/64", TO_ETH0 },
	{ NS_OWNER, "10.0.0.1/32", TO_LOCAL }, { NS_OWNER, "fd00::1/128", TO_LOCAL },
	{ NS_OWNER, "10.1.0.0/24", TO_ETH1 },  { NS_OWNER, "fd01::/64", TO_ETH1 },
	{ NS_OWNER, "10.1.0.1/32", TO_LOCAL }, { NS_OWNER, "fd01::1/128", TO_LOCAL },
	{ NS_OWNER, "10.1.0.66/32", TO_PINK }, { NS_OWNER, "fd01::66/128", TO_PINK },
	{ NS_OWNER, "10.2.0.1/32", TO_LOCAL }, { NS_OWNER, "fd02::1/128", TO_LOCAL },
	{ NS_OWNER, "10.2.0.2/32", TO_RED },   { NS_OWNER, "fd02::2/128", TO_RED },
	{ NS_OWNER, "10.3.0.1/32", TO_LOCAL }, { NS_OWNER, "fd03::1/128", TO_LOCAL },
	{ NS_OWNER, "10.3.0.2/32", TO_BLUE },  { NS_OWNER, "fd03::2/128", TO_BLUE },
	{ NS_OWNER, "10.4.0.0/24", TO_ETH2 },  { NS_OWNER, "fd04::/64", TO_ETH2 },
	{ NS_OWNER, "10.4.0.1/32", TO_LOCAL }, { NS_OWNER, "fd04::1/128", TO_LOCAL },
	{ NS_OWNER, "10.4.0.2/32", TO_GREEN }, { NS_OWNER, "fd04::2/128", TO_GREEN },
	{ NS_OWNER, "10.4.0.3/32", TO_GREY },  { NS_OWNER, "fd04::3/128", TO_GREY },
	{ NS_OWNER, "10.5.0.0/24", TO_ETH3 },  { NS_OWNER, "fd05::/64", TO_ETH3 },
	{ NS_OWNER, "10.5.0.1/32", TO_LOCAL }, { NS_OWNER, "fd05::1/128", TO_LOCAL },
};

static void set_mac(__u8 *at, const __u8 *mac)
{
	memcpy(at, mac, NSACCEL_MAC_LEN);
}

/* Each port knows all of the owner's addresses. */
static void init_local4(struct nsaccel_port *port)
{
	__be32 address;
	__u32 bit;

	for (int dev = 0; dev < DEV_COUNT; dev++) {
		inet_pton(AF_INET, addresses[dev].address4, &address);
		bit = NSACCEL_LOCAL4_BIT(address);
		port->local4[bit / 8] |= 1 << bit % 8;
	}
}

static void init_ports(struct world *world)
{
	for (int dev = 0; dev < DEV_COUNT; dev++) {
		struct nsaccel_port *port = &world->ports[dev];

		world->is_port[dev] = true;
		port->kind = NSACCEL_KIND_NIC;
		port->source_slot = NS_OWNER;
		port->l3_ifindex = IFINDEX(dev);
		port->mtu = WORLD_MTU;
		port->forward4 = port->forward6 = 1;
		set_mac(port->mac, PORT_MAC(dev));
		init_local4(port);
		inet_pton(AF_INET, addresses[dev].address4, port->address4);
		inet_pton(AF_INET6, addresses[dev].address6, port->address6);
	}
	world->ports[RED].kind = world->ports[BLUE].kind = NSACCEL_KIND_VETH;
	world->ports[RED].source_slot = NS_RED;
	world->ports[BLUE].source_slot = NS_BLUE;
	set_mac(world->ports[RED].endpoint_mac, BEHIND_MAC(RED));
	set_mac(world->ports[BLUE].endpoint_mac, BEHIND_MAC(BLUE));
	world->ports[ETH1].macvlan_lower = world->ports[ETH2].macvlan_lower = 1;
	world->has_tx[ETH0] = world->has_tx[ETH1] = world->has_tx[ETH3] = world->has_tx[BLUE] =
		true;
}

static void init_endpoint(struct world *world, enum ns ns, enum dev port, enum nsaccel_kind kind,
			  bool hairpin)
{
	world->endpoints[ns].kind = kind;
	world->endpoints[ns].slot = ns;
	world->endpoints[ns].mtu = WORLD_MTU;
	world->endpoints[ns].hairpin = hairpin;
	world->endpoint_port[ns] = port;
}

static void init_hop(struct world *world, enum hop hop, enum nsaccel_action action,
		     enum nsaccel_reason reason)
{
	world->hops[hop].generation = GENERATION(hop);
	world->hops[hop].action = action;
	world->hops[hop].reason = reason;
	world->hops[hop].owner_slot = NS_OWNER;
}

/* dst: who the frame is for, behind dev or on it. */
static void init_device_hop(struct world *world, enum hop hop, enum nsaccel_action action,
			    enum nsaccel_reason reason, enum dev dev, const __u8 *dst)
{
	struct nsaccel_nexthop *nh = &world->hops[hop];

	init_hop(world, hop, action, reason);
	nh->ifindex = nh->l3_ifindex = IFINDEX(dev);
	nh->mtu = WORLD_MTU;
	nh->tx_slot = world->has_tx[dev] ? TX_SLOT(dev) : 0;
	set_mac(nh->src_mac, PORT_MAC(dev));
	set_mac(nh->dst_mac, dst);
}

static void init_link_hop(struct world *world, enum hop hop, __u32 ifindex)
{
	init_hop(world, hop, NSACCEL_ACTION_PASS, NSACCEL_PASS_NO_NEIGH);
	world->hops[hop].l3_ifindex = ifindex;
}

static void init_hops(struct world *world)
{
	static const enum dev nics[] = {
		[TO_ETH0] = ETH0, [TO_ETH1] = ETH1, [TO_ETH2] = ETH2, [TO_ETH3] = ETH3
	};

	for (int hop = TO_ETH0; hop <= TO_ETH3; hop++)
		init_device_hop(world, hop, NSACCEL_ACTION_NIC, NSACCEL_FWD_NIC, nics[hop],
				BEHIND_MAC(nics[hop]));
	init_device_hop(world, TO_RED, NSACCEL_ACTION_VETH, NSACCEL_FWD_VETH, RED, BEHIND_MAC(RED));
	init_device_hop(world, TO_BLUE, NSACCEL_ACTION_VETH, NSACCEL_FWD_VETH, BLUE,
			BEHIND_MAC(BLUE));
	init_device_hop(world, TO_GREEN, NSACCEL_ACTION_MACVLAN, NSACCEL_FWD_MACVLAN, ETH2,
			MACVLAN_MAC(NS_GREEN));
	init_device_hop(world, TO_GREY, NSACCEL_ACTION_MACVLAN, NSACCEL_FWD_MACVLAN, ETH2,
			MACVLAN_MAC(NS_GREY));
	init_device_hop(world, TO_PINK, NSACCEL_ACTION_MACVLAN, NSACCEL_FWD_MACVLAN, ETH1,
			MACVLAN_MAC(NS_PINK));
	world->hops[TO_GREEN].tx_slot = world->hops[TO_GREY].tx_slot = 0;
	world->hops[TO_PINK].tx_slot = 0;
	world->hops[TO_RED].dst_slot = NS_RED;
	world->hops[TO_BLUE].dst_slot = NS_BLUE;
	world->hops[TO_GREEN].dst_slot = NS_GREEN;
	world->hops[TO_GREY].dst_slot = NS_GREY;
	world->hops[TO_PINK].dst_slot = NS_PINK;
	init_hop(world, TO_LOCAL, NSACCEL_ACTION_PASS, NSACCEL_PASS_LOCAL);
	init_hop(world, TO_KERNEL, NSACCEL_ACTION_PASS, NSACCEL_PASS_ROUTE);
	init_hop(world, TO_UNRESOLVED, NSACCEL_ACTION_PASS, NSACCEL_PASS_NO_NEIGH);
	init_hop(world, TO_BLACKHOLE, NSACCEL_ACTION_DROP, NSACCEL_DROP_BLACKHOLE);
	init_hop(world, TO_UNREACHABLE, NSACCEL_ACTION_REJECT, NSACCEL_DROP_UNREACHABLE);
	init_hop(world, TO_PROHIBIT, NSACCEL_ACTION_REJECT, NSACCEL_DROP_PROHIBIT);
	init_hop(world, TO_FIB, NSACCEL_ACTION_FIB, NSACCEL_PASS_FIB);
	init_hop(world, TO_ENCAP, NSACCEL_ACTION_PASS, NSACCEL_PASS_ENCAP);
	init_hop(world, TO_NO_PORT, NSACCEL_ACTION_PASS, NSACCEL_PASS_NOT_PORT);
	init_hop(world, TO_DOWN, NSACCEL_ACTION_PASS, NSACCEL_PASS_LINK_DOWN);
	init_hop(world, TO_BROADCAST, NSACCEL_ACTION_PASS, NSACCEL_PASS_MULTICAST);
	init_device_hop(world, TO_RED_BY_EGRESS, NSACCEL_ACTION_NIC, NSACCEL_FWD_VETH, RED,
			BEHIND_MAC(RED));
	init_device_hop(world, TO_RED_BY_BRIDGE, NSACCEL_ACTION_VETH, NSACCEL_FWD_VETH, RED,
			BEHIND_MAC(RED));
	set_mac(world->hops[TO_RED_BY_BRIDGE].src_mac, world_macs[MAC_PORT][7]);
	init_link_hop(world, TO_RED_LINK, IFINDEX(RED));
	init_link_hop(world, TO_BLUE_LINK, IFINDEX(BLUE));
	init_link_hop(world, TO_BRIDGE_LINK, BRIDGE);
	init_device_hop(world, TO_OTHER_BEHIND_RED, NSACCEL_ACTION_NIC, NSACCEL_FWD_NIC, RED,
			STRANGER_MAC);
	init_device_hop(world, TO_OTHER_ON_BRIDGE, NSACCEL_ACTION_NIC, NSACCEL_FWD_NIC, ETH3,
			STRANGER_MAC);
	world->hops[TO_OTHER_ON_BRIDGE].l3_ifindex = BRIDGE;
}

void world_bridge(struct world *world, enum dev dev)
{
	bool veth = world->ports[dev].kind == NSACCEL_KIND_VETH;
	struct nsaccel_fdb *fdb = &world->fdb[world->fdb_count++];

	assert(world->fdb_count <= WORLD_FDB);
	world->ports[dev].bridge = world->ports[dev].l3_ifindex = BRIDGE;
	world->ports[dev].bridge_forward = 1;
	fdb->key.owner_slot = NS_OWNER;
	fdb->key.bridge = BRIDGE;
	set_mac(fdb->key.mac, BEHIND_MAC(dev));
	fdb->ifindex = IFINDEX(dev);
	fdb->action = veth ? NSACCEL_ACTION_VETH : NSACCEL_ACTION_NIC;
	fdb->mtu = WORLD_MTU;
	fdb->netns_cookie = veth ? 1 : 0;
	fdb->slot = veth ? world->ports[dev].source_slot : 0;
}

void world_add_route(struct world *world, enum ns ns, const char *prefix, enum hop hop)
{
	assert(world->route_count < WORLD_ROUTES);
	world->routes[world->route_count++] = (struct world_route){ ns, prefix, hop };
}

void world_add_source(struct world *world, enum ns ns, const char *prefix)
{
	assert(world->source_count < WORLD_SOURCES);
	world->sources[world->source_count++] =
		(struct world_source){ ns, prefix, NSACCEL_SOURCE_PINNED };
}

void world_reserve(struct world *world, const char *prefix, enum nsaccel_source source)
{
	assert(world->source_count < WORLD_SOURCES);
	world->sources[world->source_count++] = (struct world_source){ NS_OWNER, prefix, source };
}

void world_add_share(struct world *world, enum dev nic, __u16 vlan, const char *address,
		     enum dev dev)
{
	struct nsaccel_port *port = &world->ports[dev];

	assert(world->share_count < WORLD_SHARES);
	world->shares[world->share_count++] = (struct world_share){ nic, vlan, address, dev };
	world->ports[nic].shared = 1;
	port->kind = NSACCEL_KIND_VETH;
	port->macvlan_lower = 0;
	port->share_nic = IFINDEX(nic);
	port->share_vlan = vlan;
	port->share_whole = !address;
	set_mac(port->endpoint_mac, PORT_MAC(nic));
}

void world_init(struct world *world)
{
	memset(world, 0, sizeof(*world));
	init_ports(world);
	init_hops(world);
	init_endpoint(world, NS_RED, RED, NSACCEL_KIND_VETH, false);
	init_endpoint(world, NS_BLUE, BLUE, NSACCEL_KIND_VETH, false);
	init_endpoint(world, NS_GREEN, ETH2, NSACCEL_KIND_MACVLAN, true);
	init_endpoint(world, NS_GREY, ETH2, NSACCEL_KIND_MACVLAN, false);
	init_endpoint(world, NS_PINK, ETH1, NSACCEL_KIND_MACVLAN, true);
	world->owner.ruleset = RULESET;
	for (int ns = NS_RED; ns <= NS_PINK; ns++)
		world->isolation[ns].guard = NSACCEL_GUARD_OFF;
	memcpy(world->routes, routes, sizeof(routes));
	world->route_count = sizeof(routes) / sizeof(routes[0]);
}
