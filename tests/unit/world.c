// SPDX-License-Identifier: GPL-2.0-only
/* The owner that tests of the planner start from, and how it settles. */
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "user/maps/records.h"
#include "user/model/plan_host.h"
#include "user/model/plan_nexthop.h"
#include "user/model/plan_port.h"
#include "user/model/plan_route.h"
#include "user/model/snapshot_endpoints.h"
#include "user/model/sources.h"
#include "user/reconcile/nexthops_commit.h"
#include "world.h"

static const struct nsa_netns owner = { .held = -1, .cookie = 1, .name = "owner" };
const char *const world_namespaces[EP_COUNT] = {
	[EP_MAC] = "mac",
	[EP_BLUE] = "blue",
	[EP_RED] = "red",
	[EP_GREEN] = "green",
};

#define WORKS	.flags = IFF_UP, .carrier = true
#define BRIDGED .master = BR0, .master_kind = "bridge", .port = { .state = BR_STATE_FORWARDING }

const struct nsa_link world_links[LINK_COUNT] = {
	{ .ifindex = ETH0, .name = "eth0", .mac = NODE_MAC(0x10), .mtu = 1500, WORKS },
	{ .ifindex = ETH1, .name = "eth1", .mac = NODE_MAC(0x11), .mtu = 1400, WORKS },
	{ .ifindex = BLUE,
	  .name = "blue",
	  .kind = "veth",
	  .mac = NODE_MAC(0x12),
	  .mtu = 1500,
	  WORKS },
	{ .ifindex = RED,
	  .name = "red",
	  .kind = "veth",
	  .mac = NODE_MAC(0x13),
	  .mtu = 1500,
	  WORKS },
	{ .ifindex = LONE,
	  .name = "lone",
	  .kind = "veth",
	  .mac = NODE_MAC(0x14),
	  .mtu = 1500,
	  WORKS },
	{ .ifindex = BR0,
	  .name = "br0",
	  .kind = "bridge",
	  .mac = NODE_MAC(0x15),
	  .mtu = 1450,
	  .bridge_hold = 300,
	  WORKS },
	{ .ifindex = GREEN,
	  .name = "green",
	  .kind = "veth",
	  .mac = NODE_MAC(0x16),
	  .mtu = 1500,
	  WORKS,
	  BRIDGED },
	{ .ifindex = ETH2, .name = "eth2", .mac = NODE_MAC(0x17), .mtu = 1480, WORKS, BRIDGED },
};

#define IP4(a, b, c, d)                                                                            \
	{                                                                                          \
		.family = AF_INET, .addr = { a, b, c, d }                                          \
	}
#define IP6(net, last)                                                                             \
	{                                                                                          \
		.family = AF_INET6, .addr = { 0xfd, [3] = (net), [15] = (last) }                   \
	}

static struct nsa_addr addrs[EP_COUNT][2] = {
	[EP_MAC] = { IP4(10, 0, 0, 20), IP6(0, 0x20) },
	[EP_BLUE] = { IP4(10, 1, 0, 2), IP6(1, 2) }, /* fd00:1::2 */
	[EP_RED] = { IP4(10, 2, 0, 2), IP6(2, 2) },
	[EP_GREEN] = { IP4(10, 40, 0, 2), IP6(4, 2) },
};

#define VETH_ENDPOINT(name_of_port, last, its_slot)                                                \
	{                                                                                          \
		.kind = NSACCEL_KIND_VETH,                                                         \
		.link = { .ifindex = 2,                                                            \
			  .mac = NODE_MAC(last),                                                   \
			  .mtu = 1500,                                                             \
			  .flags = IFF_UP,                                                         \
			  .name = "eth0" },                                                        \
		.port = (name_of_port), .slot = (its_slot)                                         \
	}

static const struct nsa_snapshot_endpoint endpoints[EP_COUNT] = {
	[EP_MAC] = { .kind = NSACCEL_KIND_MACVLAN,
		     .link = { .ifindex = 2,
			       .mac = NODE_MAC(0x20),
			       .mtu = 1500,
			       .flags = IFF_UP,
			       .name = "eth0",
			       .kind = "macvlan",
			       .macvlan_mode = MACVLAN_MODE_BRIDGE },
		     .port = ETH0,
		     .slot = 7 },
	[EP_BLUE] = VETH_ENDPOINT(BLUE, 0x22, 5),
	[EP_RED] = VETH_ENDPOINT(RED, 0x23, 6),
	[EP_GREEN] = VETH_ENDPOINT(GREEN, 0x26, 8),
};

static const struct nsa_port_entry ports[PORT_COUNT] = {
	[PORT_ETH0] = { { OWNER_SLOT, ETH0 },
			{ .kind = NSACCEL_KIND_NIC,
			  .requested = 1,
			  .mtu = 1500,
			  .tx_slot = 3,
			  .macvlan_lower = 1,
			  .l3_ifindex = ETH0,
			  .mac = NODE_MAC(0x10) } },
	[PORT_ETH1] = { { OWNER_SLOT, ETH1 },
			{ .kind = NSACCEL_KIND_NIC,
			  .requested = 1,
			  .mtu = 1400,
			  .l3_ifindex = ETH1,
			  .mac = NODE_MAC(0x11) } },
	[PORT_BLUE] = { { OWNER_SLOT, BLUE },
			{ .kind = NSACCEL_KIND_VETH,
			  .mtu = 1500,
			  .l3_ifindex = BLUE,
			  .mac = NODE_MAC(0x12) } },
	[PORT_RED] = { { OWNER_SLOT, RED },
		       { .kind = NSACCEL_KIND_VETH,
			 .mtu = 1500,
			 .l3_ifindex = RED,
			 .mac = NODE_MAC(0x13) } },
	[PORT_GREEN] = { { OWNER_SLOT, GREEN },
			 { .kind = NSACCEL_KIND_VETH,
			   .mtu = 1450,
			   .bridge = BR0,
			   .l3_ifindex = BR0,
			   .bridge_forward = 1,
			   .endpoint_cookie = WORLD_COOKIE(EP_GREEN),
			   .endpoint_mac = NODE_MAC(0x26),
			   .mac = NODE_MAC(0x15),
			   .name = "green" } },
	[PORT_ETH2] = { { OWNER_SLOT, ETH2 },
			{ .kind = NSACCEL_KIND_NIC,
			  .requested = 1,
			  .mtu = 1450,
			  .tx_slot = 4,
			  .bridge = BR0,
			  .l3_ifindex = BR0,
			  .bridge_forward = 1,
			  .mac = NODE_MAC(0x15),
			  .name = "eth2" } },
};

void world_make(struct world *w)
{
	memset(w, 0, sizeof(*w));
	memcpy(w->links, world_links, sizeof(world_links));
	memcpy(w->endpoints, endpoints, sizeof(endpoints));
	memcpy(w->ports, ports, sizeof(ports));
	for (size_t i = 0; i < EP_COUNT; i++) {
		w->endpoints[i].cookie = WORLD_COOKIE(i);
		strcpy(w->endpoints[i].netns, world_namespaces[i]);
		w->endpoints[i].addrs = addrs[i];
		w->endpoints[i].addr_count = ELEMENTS(addrs[i]);
	}
	w->snapshot = (struct nsa_snapshot){
		.owner = &owner,
		.links = w->links,
		.link_count = LINK_COUNT,
		.devices = w->devices,
		.addrs = w->addrs,
		.neighs = w->neighs,
		.neigh_room = MAX_THINGS,
		.endpoints = w->endpoints,
		.endpoint_count = EP_COUNT,
		.settings = { .l3_hash4 = true, .l3_hash6 = true },
	};
	assert_int_equal(nsa_nexthops_new(&w->hops), 0);
	assert_int_equal(nsa_table_new(w->hops, owner.cookie, OWNER_SLOT, &w->table), 0);
	w->plan = (struct nsa_plan){
		.snapshot = &w->snapshot,
		.table = w->table,
		.hops = w->hops,
		.owner_slot = OWNER_SLOT,
		.ports = w->ports,
		.port_count = PORT_COUNT,
	};
	w->sources = calloc(1, sizeof(*w->sources));
	assert_non_null(w->sources);
	w->plan.sources = w->sources;
	assert_int_equal(nsa_snapshot_index(&w->snapshot), 0);
}

void world_list(struct world *w, __u32 slot, const char *prefix, enum nsaccel_source source)
{
	struct nsaccel_prefix parsed = read_prefix(prefix);
	struct nsa_source_entry entry = { nsa_source_key(slot, &parsed), source };

	assert_int_equal(nsa_sources_insert(w->sources, &entry), 0);
}

void world_free(struct world *w)
{
	free(w->snapshot.claims);
	free(w->snapshot.inner);
	free(w->snapshot.dirty.hosts);
	nsa_fdb_free(&w->snapshot.fdb);
	w->snapshot.claims = NULL;
	w->snapshot.inner = NULL;
	w->snapshot.claim_count = 0;
	nsa_sources_free(w->sources);
	w->sources = NULL;
	nsa_table_free(w->table);
	for (__u32 hop = 1; hop <= nsa_nexthops_last(w->hops); hop++)
		assert_int_equal(nsa_nexthop(w->hops, hop)->refs, 0);
	nsa_nexthops_free(w->hops);
}

struct nsa_link *world_link(struct world *w, int ifindex)
{
	for (size_t i = 0; i < LINK_COUNT; i++)
		if (w->links[i].ifindex == ifindex)
			return &w->links[i];
	fail_msg("no link %d", ifindex);
	return NULL;
}

struct nsaccel_port world_port(const struct world *w, int ifindex,
			       const struct nsa_snapshot_device *device, bool requested)
{
	struct nsaccel_port port;

	/* Fields that the planner leaves out must differ from those that it sets to 0. */
	memset(&port, 0xa5, sizeof(port));
	port.requested = requested;
	nsa_plan_port(&w->plan, nsa_snapshot_link(&w->snapshot, ifindex), device, device, &port);
	nsa_plan_local4(&w->plan, &port);
	return port;
}

static int resolve_node(void *data, struct nsa_node *node)
{
	struct world *w = data;
	struct nsaccel_nexthop record, key;
	struct nsa_plan_wanted wanted;
	bool changed;

	if (!node->wanted)
		return 0;
	nsa_plan_resolve(&w->plan, &nsa_nexthop(w->hops, node->wanted)->key, &record, &wanted);
	nsa_nexthop_key(&record, &key); /* a daemon started anew finds the same next hop */
	assert_memory_equal(&key, &nsa_nexthop(w->hops, node->wanted)->key, sizeof(key));
	return nsa_nexthops_commit_resolve(NULL, w->hops, node->wanted, &record, &changed);
}

void world_settle_touched(struct world *w)
{
	for (size_t i = 0; i < w->table->dirty_count; i++) {
		assert_int_equal(nsa_plan_node(&w->plan, w->table->dirty[i]), 0);
		w->table->dirty[i]->dirty = false; /* as a commit does */
	}
	w->table->dirty_count = 0;
	assert_int_equal(nsa_table_each(w->table, resolve_node, w), 0);
}

void world_settle(struct world *w)
{
	static const __u8 any[NSACCEL_ADDR_LEN], families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < ELEMENTS(families); i++) {
		struct nsaccel_prefix prefix = nsa_prefix(families[i], any, 0);

		assert_int_equal(nsa_table_touch(w->table, nsa_table_node(w->table, &prefix)), 0);
	}
	for (size_t i = 0; i < w->snapshot.endpoint_count; i++)
		w->snapshot.endpoints[i].claimed_as = 0; /* scenes have changed them */
	assert_int_equal(nsa_snapshot_index(&w->snapshot), 0);
	for (size_t i = 0; i < w->snapshot.claim_count; i++)
		w->snapshot.claims[i].asks &= w->asks;
	assert_int_equal(nsa_plan_hosts(&w->plan), 0);
	world_settle_touched(w);
}
