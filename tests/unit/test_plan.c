// SPDX-License-Identifier: GPL-2.0-only
/*
 * The planner and its FIB on views made by hand: no kernel takes part. An owner with two NICs and
 * three veths, two of them with a namespace behind them, and a macvlan on the first NIC. Routes are
 * written as ip-route(8) does, and the plan is compared as text, a route a line:
 *
 *   PREFIX ORIGIN ACTION [REASON] [dev DEV] [via GATEWAY] [to NETNS] [SRC>DST mtu N] [tx SLOT]
 *
 * MACs are 02:00:00:00:00:XX, and only XX is written.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox.h"
#include "user/fib.h"
#include "user/output.h"
#include "user/parse.h"
#include "user/plan.h"

#define ELEMENTS(array) (sizeof(array) / sizeof(*(array)))

enum {
	OWNER_SLOT = 1,
	ETH0 = 10,
	ETH1 = 11,
	BLUE = 12,
	RED = 13,
	LONE = 14, /* a veth with nobody behind it */
	BR0 = 15,
	MAX_ROUTES = 16,
};

enum {
	EP_BLUE,
	EP_RED,
	EP_MAC,
	EP_COUNT
};

/* The world before a scene changes it */

static const struct nsa_netns owner = { .fd = -1, .cookie = 1, .name = "owner" };
static const struct nsa_netns namespaces[EP_COUNT] = {
	[EP_BLUE] = { .fd = -1, .cookie = 100, .name = "blue" },
	[EP_RED] = { .fd = -1, .cookie = 101, .name = "red" },
	[EP_MAC] = { .fd = -1, .cookie = 102, .name = "mac" },
};

#define NODE_MAC(last)                                                                             \
	{                                                                                          \
		2, 0, 0, 0, 0, last                                                                \
	}

static const struct nsa_link links[] = {
	{ .ifindex = ETH0, .name = "eth0", .mac = NODE_MAC(0x10), .mtu = 1500 },
	{ .ifindex = ETH1, .name = "eth1", .mac = NODE_MAC(0x11), .mtu = 1400 },
	{ .ifindex = BLUE, .name = "blue", .kind = "veth", .mac = NODE_MAC(0x12), .mtu = 1500 },
	{ .ifindex = RED, .name = "red", .kind = "veth", .mac = NODE_MAC(0x13), .mtu = 1500 },
	{ .ifindex = LONE, .name = "lone", .kind = "veth", .mac = NODE_MAC(0x14), .mtu = 1500 },
	{ .ifindex = BR0, .name = "br0", .kind = "bridge", .mac = NODE_MAC(0x15), .mtu = 1500 },
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
	[EP_BLUE] = { IP4(10, 1, 0, 2), IP6(1, 2) }, /* fd00:1::2 */
	[EP_RED] = { IP4(10, 2, 0, 2), IP6(2, 2) },
	[EP_MAC] = { IP4(10, 0, 0, 20), IP6(0, 0x20) },
};

static const struct nsa_view_endpoint endpoints[EP_COUNT] = {
	[EP_BLUE] = { .kind = NSACCEL_KIND_VETH,
		      .link = { .ifindex = 2, .mac = NODE_MAC(0x22), .mtu = 1500, .name = "eth0" },
		      .port = BLUE,
		      .slot = 5 },
	[EP_RED] = { .kind = NSACCEL_KIND_VETH,
		     .link = { .ifindex = 2, .mac = NODE_MAC(0x23), .mtu = 1500, .name = "eth0" },
		     .port = RED,
		     .slot = 6 },
	[EP_MAC] = { .kind = NSACCEL_KIND_MACVLAN,
		     .link = { .ifindex = 2,
			       .mac = NODE_MAC(0x20),
			       .mtu = 1500,
			       .name = "eth0",
			       .macvlan_mode = MACVLAN_MODE_BRIDGE },
		     .port = ETH0,
		     .slot = 7 },
};

static const struct nsa_port_entry ports[] = {
	{ { OWNER_SLOT, ETH0 },
	  { .kind = NSACCEL_KIND_NIC,
	    .requested = 1,
	    .mtu = 1500,
	    .tx_slot = 3,
	    .lower = 1,
	    .mac = NODE_MAC(0x10) } },
	{ { OWNER_SLOT, ETH1 },
	  { .kind = NSACCEL_KIND_NIC, .requested = 1, .mtu = 1400, .mac = NODE_MAC(0x11) } },
	{ { OWNER_SLOT, BLUE }, { .kind = NSACCEL_KIND_VETH, .mtu = 1500, .mac = NODE_MAC(0x12) } },
	{ { OWNER_SLOT, RED }, { .kind = NSACCEL_KIND_VETH, .mtu = 1500, .mac = NODE_MAC(0x13) } },
};

struct world {
	struct nsa_view view;
	struct nsa_link links[ELEMENTS(links)];
	struct nsa_view_endpoint endpoints[EP_COUNT];
	struct nsa_port_entry ports[ELEMENTS(ports)];
	struct nsa_krt routes[MAX_ROUTES];
	struct nsa_neigh neighs[MAX_ROUTES];
	struct nsa_addr addrs[MAX_ROUTES]; /* the owner's */
	struct nsa_plan_route statics[MAX_ROUTES];
	size_t static_count;
};

static void make_world(struct world *w)
{
	memset(w, 0, sizeof(*w));
	memcpy(w->links, links, sizeof(links));
	memcpy(w->endpoints, endpoints, sizeof(endpoints));
	memcpy(w->ports, ports, sizeof(ports));
	for (size_t i = 0; i < EP_COUNT; i++) {
		w->endpoints[i].ns = &namespaces[i];
		w->endpoints[i].addrs = addrs[i];
		w->endpoints[i].addr_count = ELEMENTS(addrs[i]);
	}
	w->view = (struct nsa_view){
		.owner = &owner,
		.links = w->links,
		.link_count = ELEMENTS(links),
		.addrs = w->addrs,
		.routes = w->routes,
		.neighs = w->neighs,
		.endpoints = w->endpoints,
		.endpoint_count = EP_COUNT,
	};
}

/* Text -> view */

static int dev_index(const char *name)
{
	for (size_t i = 0; i < ELEMENTS(links); i++)
		if (!strcmp(links[i].name, name))
			return links[i].ifindex;
	fail_msg("no device %s", name);
	return 0;
}

static __u8 read_addr(const char *word, __u8 *addr)
{
	enum nsaccel_family family = NSACCEL_FAMILY_NONE;
	const char *why = "";

	if (nsa_parse_addr(word, &family, addr, &why))
		fail_msg("%s %s", word, why);
	return family == NSACCEL_FAMILY_INET ? AF_INET : AF_INET6;
}

static struct nsaccel_prefix read_prefix(const char *word)
{
	struct nsaccel_prefix prefix = {};
	const char *why = "";

	if (nsa_parse_prefix(word, &prefix, &why))
		fail_msg("%s %s", word, why);
	return prefix;
}

/* The next word; NULL at the end of the line. */
static char *word_of(char **line)
{
	char *word;

	do
		word = strsep(line, " ");
	while (word && !*word);
	return word;
}

static __u8 route_type(const char *word)
{
	static const char *const names[] = {
		[RTN_UNICAST] = "unicast",
		[RTN_LOCAL] = "local",
		[RTN_BROADCAST] = "broadcast",
		[RTN_ANYCAST] = "anycast",
		[RTN_MULTICAST] = "multicast",
		[RTN_BLACKHOLE] = "blackhole",
		[RTN_UNREACHABLE] = "unreachable",
		[RTN_PROHIBIT] = "prohibit",
		[RTN_THROW] = "throw",
	};

	for (__u8 type = RTN_UNICAST; type < ELEMENTS(names); type++)
		if (!strcmp(names[type], word))
			return type;
	return RTN_UNSPEC;
}

static void read_route_option(struct nsa_krt *k, const char *word, char **line)
{
	if (!strcmp(word, "multipath"))
		k->multipath = true;
	else if (!strcmp(word, "encap"))
		k->encap = true;
	else if (!strcmp(word, "dead"))
		k->flags |= RTNH_F_DEAD;
	else if (!strcmp(word, "linkdown"))
		k->flags |= RTNH_F_LINKDOWN;
	else if (!strcmp(word, "dev"))
		k->oif = dev_index(word_of(line));
	else if (!strcmp(word, "via"))
		k->gw_family = read_addr(word_of(line), k->gw);
	else if (!strcmp(word, "metric"))
		k->metric = (__u32)atoi(word_of(line));
	else if (!strcmp(word, "table"))
		k->table = (__u32)atoi(word_of(line));
	else if (!strcmp(word, "mtu"))
		k->mtu = (__u32)atoi(word_of(line));
	else if (!strcmp(word, "tos"))
		k->tos = (__u8)atoi(word_of(line));
	else if (!strcmp(word, "from"))
		k->src_len =
			(__u8)(read_prefix(word_of(line)).prefixlen - NSACCEL_PREFIX_FAMILY_BITS);
	else
		fail_msg("what is %s?", word);
}

static void read_route(struct world *w, char *line)
{
	struct nsa_krt *k = &w->routes[w->view.route_count++];
	char *word = word_of(&line);
	struct nsaccel_prefix prefix;

	k->type = route_type(word);
	if (k->type)
		word = word_of(&line);
	else
		k->type = RTN_UNICAST;
	k->table = k->type == RTN_LOCAL || k->type == RTN_BROADCAST || k->type == RTN_ANYCAST ?
			   RT_TABLE_LOCAL :
			   RT_TABLE_MAIN;
	prefix = read_prefix(word);
	k->family = prefix.family == NSACCEL_FAMILY_INET ? AF_INET : AF_INET6;
	k->dst_len = (__u8)(prefix.prefixlen - NSACCEL_PREFIX_FAMILY_BITS);
	memcpy(k->dst, prefix.addr, sizeof(k->dst));
	while ((word = word_of(&line)))
		read_route_option(k, word, &line);
}

/* ADDRESS dev DEV XX, or a state that has no MAC. */
static void read_neigh(struct world *w, char *line)
{
	struct nsa_neigh *n = &w->neighs[w->view.neigh_count++];
	const char *word;

	n->family = read_addr(word_of(&line), n->addr);
	word_of(&line);
	n->ifindex = dev_index(word_of(&line));
	word = word_of(&line);
	n->state = !strcmp(word, "failed")     ? NUD_FAILED :
		   !strcmp(word, "incomplete") ? NUD_INCOMPLETE :
						 NUD_STALE;
	n->has_mac = n->state == NUD_STALE;
	if (n->has_mac)
		memcpy(n->mac, (__u8[])NODE_MAC((__u8)strtoul(word, NULL, 16)), sizeof(n->mac));
}

static __u64 netns_cookie(const char *name)
{
	for (size_t i = 0; i < EP_COUNT; i++)
		if (!strcmp(namespaces[i].name, name))
			return namespaces[i].cookie;
	return 999; /* a namespace that is behind nothing */
}

static void read_static(struct world *w, char *line)
{
	static const char *const targets[] = {
		[NSACCEL_TARGET_VIA] = "via",
		[NSACCEL_TARGET_DEV] = "dev",
		[NSACCEL_TARGET_NETNS] = "netns",
		[NSACCEL_TARGET_BLACKHOLE] = "blackhole",
		[NSACCEL_TARGET_UNREACHABLE] = "unreachable",
		[NSACCEL_TARGET_PROHIBIT] = "prohibit",
		[NSACCEL_TARGET_PASS] = "pass",
	};
	struct nsa_plan_route *route = &w->statics[w->static_count++];
	struct nsaccel_nexthop *nh = &route->nh;
	const char *word;

	/* What it was when it was resolved last. */
	*nh = (struct nsaccel_nexthop){ .action = NSACCEL_ACTION_NIC,
					.ifindex = 99,
					.tx_slot = 99,
					.mtu = 99,
					.dst_slot = 99,
					.dst_cookie = 99 };
	route->prefix = read_prefix(word_of(&line));
	word = word_of(&line);
	while (!targets[nh->target] || strcmp(targets[nh->target], word) != 0)
		assert_true(++nh->target < ELEMENTS(targets));
	if (nh->target == NSACCEL_TARGET_VIA)
		nh->gateway_family = (enum nsaccel_family)read_addr(word_of(&line), nh->gateway);
	if (nh->target == NSACCEL_TARGET_DEV)
		nh->target_ifindex = (__u32)dev_index(word_of(&line));
	if (nh->target == NSACCEL_TARGET_NETNS)
		nh->dst_cookie = netns_cookie(word_of(&line));
}

static void read_lines(struct world *w, const char *text, void (*read)(struct world *, char *))
{
	char *copy = strdup(text ? text : ""), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			read(w, line);
	free(copy);
}

/* Plan -> text */

static const char *dev_name(__u32 ifindex)
{
	for (size_t i = 0; i < ELEMENTS(links); i++)
		if (links[i].ifindex == (int)ifindex)
			return links[i].name;
	return "?";
}

static const char *addr_name(__u32 family, const __u8 *addr)
{
	static char text[INET6_ADDRSTRLEN];

	return inet_ntop((int)family, addr, text, sizeof(text));
}

static void print_nexthop(FILE *to, const struct nsaccel_nexthop *nh)
{
	const char *reason = nsa_reason_field(nh->reason);

	fprintf(to, " %s", nsa_action_name(nh->action));
	if (strncmp(reason, "fwd_", 4) != 0)
		fprintf(to, " %s", reason);
	if (nh->ifindex)
		fprintf(to, " dev %s", dev_name(nh->ifindex));
	if (nh->gateway_family)
		fprintf(to, " via %s", addr_name(nh->gateway_family, nh->gateway));
	for (size_t i = 0; i < EP_COUNT; i++)
		if (nh->dst_cookie == namespaces[i].cookie)
			fprintf(to, " to %s", namespaces[i].name);
	if (nh->mtu)
		fprintf(to, " %02x>%02x mtu %u", nh->src_mac[5], nh->dst_mac[5], nh->mtu);
	if (nh->tx_slot)
		fprintf(to, " tx %u", nh->tx_slot);
}

static char *plan_text(const struct nsa_plan *plan)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	for (size_t i = 0; i < plan->route_count; i++) {
		const struct nsa_plan_route *route = &plan->routes[i];

		assert_int_equal(route->nh.owner_slot, OWNER_SLOT);
		assert_int_equal(route->nh.generation, 0);
		fprintf(to, "%s/%u %s", addr_name(route->prefix.family, route->prefix.addr),
			route->prefix.prefixlen - NSACCEL_PREFIX_FAMILY_BITS,
			nsa_origin_name(route->origin));
		print_nexthop(to, &route->nh);
		fputc('\n', to);
	}
	fclose(to);
	return text;
}

static char *wanted_text(const struct nsa_plan *plan)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	for (size_t i = 0; i < plan->wanted_count; i++)
		fprintf(to, "%s dev %s\n", addr_name(plan->wanted[i].family, plan->wanted[i].addr),
			dev_name((__u32)plan->wanted[i].ifindex));
	fclose(to);
	return text;
}

/* Routes */

#define NET_BLUE "10.1.0.0/24 dev blue\n"
#define NET_WIRE "10.0.0.0/24 dev eth0\n"
#define VETH	 "10.1.0.2/32 endpoint veth dev blue to blue 12>22 mtu "
#define ON_LINK	 " kernel pass pass_no_neigh dev "

static void policy_rules(struct world *w)
{
	w->view.policy_rules = true;
}

static void small_inside(struct world *w)
{
	w->endpoints[EP_BLUE].link.mtu = 1280;
	w->endpoints[EP_MAC].link.mtu = 1280;
}

static void small_port(struct world *w)
{
	w->ports[2].port.mtu = 1350;
}

static void shaped(struct world *w)
{
	w->ports[2].port.egress_hooked = 1;
}

static void xdp_inside(struct world *w)
{
	w->ports[2].port.endpoint_xdp = 1;
}

static void xdp_delivery(struct world *w)
{
	w->ports[2].port.tx_slot = 8;
}

static void macvlan_private(struct world *w)
{
	w->endpoints[EP_MAC].link.macvlan_mode = MACVLAN_MODE_PRIVATE;
}

static void macvlan_vepa(struct world *w)
{
	w->endpoints[EP_MAC].link.macvlan_mode = MACVLAN_MODE_VEPA;
}

static void no_lower(struct world *w)
{
	w->ports[0].port.lower = 0;
}

/* The veth is named by the user as if it were a NIC: the wire is behind it. */
static void veth_as_nic(struct world *w)
{
	w->ports[2].port.kind = NSACCEL_KIND_NIC;
}

/* A second device of red's namespace, on the first NIC. */
static void red_twice(struct world *w)
{
	w->endpoints[EP_MAC].ns = &namespaces[EP_RED];
}

static const struct scene {
	const char *what;
	const char *fib, *neighs, *statics;
	const char *plan, *wanted;
	void (*change)(struct world *w);
} scenes[] = {
	{ .what = "nothing" },

	/* Endpoints */
	{ .what = "an endpoint's addresses, where the FIB has them on link at its port",
	  .fib = NET_BLUE "fd00:1::/64 dev blue",
	  .plan = "10.1.0.0/24" ON_LINK "blue\n" VETH "1500\n"
		  "fd00:1::/64" ON_LINK "blue\n"
		  "fd00:1::2/128 endpoint veth dev blue to blue 12>22 mtu 1500\n" },
	{ .what = "not where the FIB has them at another device",
	  .fib = "10.1.0.0/24 dev eth1",
	  .plan = "10.1.0.0/24" ON_LINK "eth1\n" },
	{ .what = "not where the FIB has them behind a gateway",
	  .fib = "10.1.0.0/24 via 10.1.1.1 dev blue",
	  .plan = "10.1.0.0/24 kernel pass pass_no_neigh dev blue via 10.1.1.1\n",
	  .wanted = "10.1.1.1 dev blue\n" },
	{ .what = "not where a longer prefix is elsewhere",
	  .fib = NET_BLUE "10.1.0.2 dev br0",
	  .plan = "10.1.0.0/24" ON_LINK "blue\n"
		  "10.1.0.2/32 kernel pass pass_route dev br0\n" },
	{ .what = "not where a lower metric is elsewhere",
	  .fib = "10.1.0.0/24 dev blue metric 10\n10.1.0.0/24 dev eth1 metric 5",
	  .plan = "10.1.0.0/24" ON_LINK "eth1\n" },
	{ .what = "an endpoint's address that is also the owner's",
	  .fib = NET_BLUE "local 10.1.0.2",
	  .plan = "10.1.0.0/24" ON_LINK "blue\n10.1.0.2/32 kernel pass pass_local\n" },
	{ .what = "a whole local prefix hides what is in it",
	  .fib = NET_BLUE "local 10.1.0.0/16",
	  .plan = "10.1.0.0/16 kernel pass pass_local\n" },
	{ .what = "a route that is down",
	  .fib = NET_BLUE "10.2.0.0/24 dev red linkdown\n10.0.0.0/24 dev eth0 dead",
	  .plan = "10.0.0.0/24 kernel pass pass_route\n"
		  "10.1.0.0/24" ON_LINK "blue\n"
		  "10.2.0.0/24 kernel pass pass_route\n" VETH "1500\n" },
	{ .what = "the kernel has learnt another MAC: somebody else has the address",
	  .fib = NET_BLUE,
	  .neighs = "10.1.0.2 dev blue 77",
	  .plan = "10.1.0.0/24" ON_LINK "blue\n"
		  "10.1.0.2/32 endpoint nic dev blue 12>77 mtu 1500\n" },
	{ .what = "an address that only the neighbour table knows, with an endpoint's MAC",
	  .fib = NET_BLUE,
	  .neighs = "10.1.0.9 dev blue 22",
	  .plan = "10.1.0.0/24" ON_LINK "blue\n" VETH "1500\n"
		  "10.1.0.9/32 neighbour veth dev blue to blue 12>22 mtu 1500\n" },
	{ .what = "a macvlan in bridge mode: neither XDP nor its own MTU count",
	  .fib = NET_WIRE,
	  .change = small_inside,
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.0.0.20/32 endpoint macvlan dev eth0 to mac 10>20 mtu 1500\n" },
	{ .what = "a private macvlan takes frames from the wire alone",
	  .fib = NET_WIRE,
	  .change = macvlan_private,
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.0.0.20/32 endpoint pass pass_no_neigh dev eth0\n",
	  .wanted = "10.0.0.20 dev eth0\n" },
	{ .what = "so does one in VEPA mode, and what the wire says of it holds",
	  .fib = NET_WIRE,
	  .neighs = "10.0.0.20 dev eth0 20",
	  .change = macvlan_vepa,
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.0.0.20/32 endpoint nic dev eth0 10>20 mtu 1500 tx 3\n" },
	{ .what = "a macvlan on a port that isn't (any more) a lower",
	  .fib = NET_WIRE,
	  .change = no_lower,
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n" },
	{ .what = "a veth that the user named as a NIC has the wire behind it",
	  .fib = NET_BLUE,
	  .neighs = "10.1.0.2 dev blue 22",
	  .change = veth_as_nic,
	  .plan = "10.1.0.0/24" ON_LINK "blue\n"
		  "10.1.0.2/32 neighbour nic dev blue 12>22 mtu 1500\n" },

	/* How a veth endpoint gets its packets */
	{ .what = "the smallest MTU: the inner end's",
	  .fib = "10.1.0.0/24 dev blue mtu 1400",
	  .change = small_inside,
	  .plan = "10.1.0.0/24" ON_LINK "blue\n" VETH "1280\n" },
	{ .what = "the smallest MTU: the port's",
	  .fib = "10.1.0.0/24 dev blue mtu 1400",
	  .change = small_port,
	  .plan = "10.1.0.0/24" ON_LINK "blue\n" VETH "1350\n" },
	{ .what = "the smallest MTU: the route's",
	  .fib = "10.1.0.0/24 dev blue mtu 1300",
	  .plan = "10.1.0.0/24" ON_LINK "blue\n" VETH "1300\n" },
	{ .what = "an endpoint behind a queue or others' programs is sent to, not past them",
	  .fib = NET_BLUE,
	  .change = shaped,
	  .plan = "10.1.0.0/24" ON_LINK "blue\n"
		  "10.1.0.2/32 endpoint nic dev blue to blue 12>22 mtu 1500\n" },
	{ .what = "nor past XDP inside",
	  .fib = NET_BLUE,
	  .change = xdp_inside,
	  .plan = "10.1.0.0/24" ON_LINK "blue\n"
		  "10.1.0.2/32 endpoint nic dev blue to blue 12>22 mtu 1500\n" },
	{ .what = "delivery by XDP",
	  .fib = NET_BLUE,
	  .change = xdp_delivery,
	  .plan = "10.1.0.0/24" ON_LINK "blue\n" VETH "1500 tx 8\n" },

	/* Kernel routes that stay the kernel's */
	{ .what = "what can't be mirrored passes, whatever is inside of it",
	  .fib = NET_WIRE "10.3.0.0/16 via 10.0.0.2 dev eth0 multipath\n"
			  "10.4.0.0/16 via 10.0.0.2 dev eth0 encap\n"
			  "10.5.0.0/16 via 10.0.0.2 dev eth0 tos 16\n"
			  "10.6.0.0/16 via 10.0.0.2 dev eth0 from 10.9.0.0/16\n"
			  "10.7.0.0/16 via 10.0.0.2",
	  .neighs = "10.0.0.2 dev eth0 02",
	  .plan = "10.3.0.0/16 kernel pass pass_route\n10.4.0.0/16 kernel pass pass_route\n"
		  "10.5.0.0/16 kernel pass pass_route\n10.6.0.0/16 kernel pass pass_route\n"
		  "10.7.0.0/16 kernel pass pass_route\n"
		  "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.0.0.2/32 neighbour nic dev eth0 10>02 mtu 1500 tx 3\n"
		  "10.0.0.20/32 endpoint macvlan dev eth0 to mac 10>20 mtu 1500\n" },
	{ .what = "routes of other types",
	  .fib = "blackhole 10.3.0.0/16\nunreachable 10.4.0.0/16\nprohibit 10.5.0.0/16\n"
		 "throw 10.6.0.0/16\nmulticast 224.0.0.0/4\nlocal 10.7.0.1\n"
		 "broadcast 10.7.0.255\nanycast fd00::\nunreachable ::/0",
	  .plan = "::/0 kernel pass pass_route\n224.0.0.0/4 kernel pass pass_multicast\n"
		  "10.3.0.0/16 kernel pass pass_route\n10.4.0.0/16 kernel pass pass_route\n"
		  "10.5.0.0/16 kernel pass pass_route\n10.6.0.0/16 kernel pass pass_route\n"
		  "10.7.0.1/32 kernel pass pass_local\n"
		  "10.7.0.255/32 kernel pass pass_multicast\n"
		  "fd00::/128 kernel pass pass_local\n" },
	{ .what = "tables that no plain rule asks",
	  .fib = NET_BLUE "10.3.0.0/16 via 10.1.0.2 dev blue table 100",
	  .plan = "10.1.0.0/24" ON_LINK "blue\n" VETH "1500\n" },
	{ .what = "what goes to the kernel before any table is asked",
	  .fib = "local 127.0.0.0/8\nlocal 127.0.0.1\nbroadcast 127.255.255.255\nlocal ::1\n"
		 "fe80::/64 dev eth0\nlocal fe80::1\nmulticast ff00::/8 dev eth0\n"
		 "fd00:1::/64 dev eth1\nfe00::/8 dev eth1",
	  .plan = "fe00::/8" ON_LINK "eth1\nfd00:1::/64" ON_LINK "eth1\n" },
	{ .what = "the same prefix twice, same metric: contested",
	  .fib = "10.1.0.0/24 dev blue\n10.1.0.0/24 dev red",
	  .plan = "10.1.0.0/24 kernel pass pass_route\n" },
	{ .what = "the same prefix for another TOS, whatever its metric: contested",
	  .fib = NET_BLUE "10.1.0.0/24 dev red tos 8 metric 9",
	  .plan = "10.1.0.0/24 kernel pass pass_route\n" },
	{ .what = "the same prefix from one source: contested",
	  .fib = "fd00:1::/64 dev blue metric 1\nfd00:1::/64 dev red from fd00:2::/64 metric 9",
	  .plan = "fd00:1::/64 kernel pass pass_route\n" },
	{ .what = "policy rules: the main table alone isn't the answer, but what is local stays so",
	  .fib = NET_BLUE NET_WIRE "local 10.1.0.1",
	  .neighs = "10.0.0.2 dev eth0 02",
	  .statics = "10.9.0.0/16 netns blue",
	  .change = policy_rules,
	  .plan = "10.9.0.0/16 static veth dev blue to blue 12>22 mtu 1500\n"
		  "10.1.0.1/32 kernel pass pass_local\n" },

	/* Neighbours and gateways */
	{ .what = "neighbours of a port, on link",
	  .fib = NET_WIRE "10.0.1.0/24 dev eth1\n10.0.2.0/24 dev br0",
	  .neighs = "10.0.0.2 dev eth0 02\n10.0.1.2 dev eth1 03\n10.0.2.2 dev br0 04\n"
		    "10.0.1.9 dev eth0 05\n10.0.0.3 dev eth0 failed\n"
		    "10.0.0.4 dev eth0 incomplete\n192.0.2.1 dev eth0 06",
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.0.1.0/24" ON_LINK "eth1\n"
		  "10.0.2.0/24 kernel pass pass_route dev br0\n"
		  "10.0.0.2/32 neighbour nic dev eth0 10>02 mtu 1500 tx 3\n"
		  "10.0.0.20/32 endpoint macvlan dev eth0 to mac 10>20 mtu 1500\n"
		  "10.0.1.2/32 neighbour nic dev eth1 11>03 mtu 1400\n" },
	{ .what = "a gateway that is a neighbour",
	  .fib = "default via 10.0.0.2 dev eth0 mtu 1450",
	  .neighs = "10.0.0.2 dev eth0 02",
	  .plan = "0.0.0.0/0 kernel nic dev eth0 via 10.0.0.2 10>02 mtu 1450 tx 3\n" },
	{ .what = "a gateway that is an endpoint",
	  .fib = "10.3.0.0/16 via 10.1.0.2 dev blue",
	  .plan = "10.3.0.0/16 kernel veth dev blue via 10.1.0.2 to blue 12>22 mtu 1500\n" },
	{ .what = "an IPv4 route by an IPv6 gateway",
	  .fib = "10.3.0.0/16 via fd00::2 dev eth0",
	  .neighs = "fd00::2 dev eth0 02\n10.0.0.2 dev eth0 77",
	  .plan = "10.3.0.0/16 kernel nic dev eth0 via fd00::2 10>02 mtu 1500 tx 3\n" },
	{ .what = "a gateway that isn't resolved passes, and is wanted",
	  .fib = "default via 10.0.0.2 dev eth0\n::/0 via fe80::1 dev eth1",
	  .neighs = "10.0.0.2 dev eth0 failed\n10.0.0.2 dev eth1 02",
	  .plan = "0.0.0.0/0 kernel pass pass_no_neigh dev eth0 via 10.0.0.2\n"
		  "::/0 kernel pass pass_no_neigh dev eth1 via fe80::1\n",
	  .wanted = "10.0.0.2 dev eth0\nfe80::1 dev eth1\n" },
	{ .what = "a gateway at a device that isn't a port: the kernel's, and not wanted",
	  .fib = "default via 10.0.2.2 dev br0",
	  .plan = "0.0.0.0/0 kernel pass pass_route dev br0 via 10.0.2.2\n" },

	/* Static routes */
	{ .what = "what has no next hop",
	  .statics = "10.3.0.0/16 blackhole\n10.4.0.0/16 unreachable\n10.5.0.0/16 prohibit\n"
		     "10.6.0.0/16 pass\nfd00:3::/32 blackhole",
	  .plan = "10.3.0.0/16 static drop drop_blackhole\n"
		  "10.4.0.0/16 static reject drop_unreachable\n"
		  "10.5.0.0/16 static reject drop_prohibit\n"
		  "10.6.0.0/16 static pass pass_route\n"
		  "fd00:3::/32 static drop drop_blackhole\n" },
	{ .what = "static routes win over all others of the same prefix",
	  .fib = NET_BLUE "local 10.1.0.1",
	  .neighs = "10.1.0.9 dev blue 22",
	  .statics = "10.1.0.0/24 blackhole\n10.1.0.2 pass\n10.1.0.9 unreachable\n"
		     "10.1.0.1 prohibit",
	  .plan = "10.1.0.0/24 static drop drop_blackhole\n"
		  "10.1.0.1/32 static reject drop_prohibit\n"
		  "10.1.0.2/32 static pass pass_route\n"
		  "10.1.0.9/32 static reject drop_unreachable\n" },
	{ .what = "via a neighbour, an endpoint, nobody yet, nowhere",
	  .fib = NET_BLUE NET_WIRE,
	  .neighs = "10.0.0.2 dev eth0 02",
	  .statics = "10.3.0.0/16 via 10.0.0.2\n10.4.0.0/16 via 10.1.0.2\n"
		     "10.5.0.0/16 via 10.0.0.9\n10.6.0.0/16 via 192.0.2.1",
	  .plan = "10.3.0.0/16 static nic dev eth0 via 10.0.0.2 10>02 mtu 1500 tx 3\n"
		  "10.4.0.0/16 static veth dev blue via 10.1.0.2 to blue 12>22 mtu 1500\n"
		  "10.5.0.0/16 static pass pass_no_neigh dev eth0 via 10.0.0.9\n"
		  "10.6.0.0/16 static pass pass_no_neigh via 192.0.2.1\n"
		  "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.1.0.0/24" ON_LINK "blue\n"
		  "10.0.0.2/32 neighbour nic dev eth0 10>02 mtu 1500 tx 3\n"
		  "10.0.0.20/32 endpoint macvlan dev eth0 to mac 10>20 mtu 1500\n" VETH "1500\n",
	  .wanted = "10.0.0.9 dev eth0\n" },
	{ .what = "via a gateway that is itself behind a gateway, or contested",
	  .fib = "10.8.0.0/16 via 10.1.0.2 dev blue\n10.2.0.0/24 dev red\n10.2.0.0/24 dev eth1",
	  .statics = "10.3.0.0/16 via 10.8.0.1\n10.4.0.0/16 via 10.2.0.2",
	  .plan = "10.3.0.0/16 static pass pass_no_neigh via 10.8.0.1\n"
		  "10.4.0.0/16 static pass pass_no_neigh via 10.2.0.2\n"
		  "10.8.0.0/16 kernel veth dev blue via 10.1.0.2 to blue 12>22 mtu 1500\n"
		  "10.2.0.0/24 kernel pass pass_route\n" },
	{ .what = "dev: a veth endpoint gets all; on a NIC only a host can be resolved",
	  .neighs = "10.0.0.2 dev eth0 02",
	  .statics = "10.3.0.0/16 dev blue\n10.4.0.0/16 dev eth0\n10.0.0.2 dev eth0\n"
		     "10.0.0.3 dev eth0\n10.5.0.0/16 dev br0",
	  .plan = "10.3.0.0/16 static veth dev blue to blue 12>22 mtu 1500\n"
		  "10.4.0.0/16 static pass pass_no_neigh dev eth0\n"
		  "10.5.0.0/16 static pass pass_no_device dev br0\n"
		  "10.0.0.2/32 static nic dev eth0 10>02 mtu 1500 tx 3\n"
		  "10.0.0.3/32 static pass pass_no_neigh dev eth0\n",
	  .wanted = "10.0.0.3 dev eth0\n" },
	{ .what = "netns: a veth, a macvlan, one that is behind nothing",
	  .statics = "10.3.0.0/16 netns blue\nfd00:3::/32 netns mac\n10.4.0.0/16 netns green",
	  .plan = "10.3.0.0/16 static veth dev blue to blue 12>22 mtu 1500\n"
		  "10.4.0.0/16 static pass pass_no_device\n"
		  "fd00:3::/32 static macvlan dev eth0 to mac 10>20 mtu 1500\n" },
	{ .what = "netns: of two devices the one with an address in the prefix, else the first",
	  .statics = "10.0.0.0/16 netns red\n10.2.0.0/16 netns red\n10.3.0.0/16 netns red",
	  .change = red_twice,
	  .plan = "10.0.0.0/16 static macvlan dev eth0 to red 10>20 mtu 1500\n"
		  "10.2.0.0/16 static veth dev red to red 13>23 mtu 1500\n"
		  "10.3.0.0/16 static veth dev red to red 13>23 mtu 1500\n" },
	{ .what = "netns: a macvlan that takes frames from the wire alone",
	  .statics = "10.3.0.0/16 netns mac",
	  .change = macvlan_private,
	  .plan = "10.3.0.0/16 static pass pass_no_device to mac\n" },
};

static void check_scene(const struct scene *scene)
{
	struct nsa_plan plan = { .owner_slot = OWNER_SLOT, .port_count = ELEMENTS(ports) };
	char *text, *wanted;
	struct world w;

	make_world(&w);
	read_lines(&w, scene->fib, read_route);
	read_lines(&w, scene->neighs, read_neigh);
	read_lines(&w, scene->statics, read_static);
	if (scene->change)
		scene->change(&w);
	plan.view = &w.view;
	plan.ports = w.ports;
	assert_int_equal(nsa_plan_routes(&plan, w.statics, w.static_count), 0);
	text = plan_text(&plan);
	wanted = wanted_text(&plan);
	nsa_plan_free(&plan);
	if (strcmp(text, scene->plan ? scene->plan : "") != 0)
		fail_msg("%s:\n%snot\n%s", scene->what, text, scene->plan);
	if (strcmp(wanted, scene->wanted ? scene->wanted : "") != 0)
		fail_msg("%s: wants\n%snot\n%s", scene->what, wanted, scene->wanted);
	free(text);
	free(wanted);
}

static void test_routes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(scenes); i++)
		check_scene(&scenes[i]);
}

/* More routes than the first allocation holds, each prefix twice: sorted, and one of each. */
static void test_many_routes(void **state)
{
	struct nsa_plan_route statics[600] = {};
	struct nsa_plan plan = { .owner_slot = OWNER_SLOT };
	struct world w;

	(void)state;
	make_world(&w);
	for (size_t i = 0; i < ELEMENTS(statics); i++) {
		statics[i].prefix = read_prefix("10.0.0.0/24");
		statics[i].prefix.addr[1] = (__u8)(i % 300 / 10);
		statics[i].prefix.addr[2] = (__u8)(i % 10);
		statics[i].nh.target = NSACCEL_TARGET_BLACKHOLE;
	}
	plan.view = &w.view;
	assert_int_equal(nsa_plan_routes(&plan, statics, ELEMENTS(statics)), 0);
	assert_int_equal(plan.route_count, 300);
	for (size_t i = 0; i < plan.route_count; i++)
		assert_true(plan.routes[i].prefix.addr[1] == i / 10 &&
			    plan.routes[i].prefix.addr[2] == i % 10);
	nsa_plan_free(&plan);
}

/* The FIB */

#define NONE -1

/* The answer is the number of a line. */
static const struct {
	const char *fib, *addr;
	int answer;
} lookups[] = {
	{ "", "10.0.0.1", NONE },
	{ "default dev eth0", "10.0.0.1", 0 },
	{ "default dev eth0", "::1", NONE },
	{ "::/0 dev eth0", "10.0.0.1", NONE },
	{ "10.0.0.0/24 dev eth0\n10.0.0.0/25 dev eth1", "10.0.0.127", 1 },
	{ "10.0.0.0/24 dev eth0\n10.0.0.0/25 dev eth1", "10.0.0.128", 0 },
	{ "10.0.0.0/25 dev eth1\n10.0.0.0/24 dev eth0", "10.0.0.127", 0 },
	{ "10.0.0.0/24 dev eth0\n10.0.0.0/25 dev eth1", "10.0.1.0", NONE },
	{ "10.0.0.1 dev eth0\ndefault dev eth1", "10.0.0.1", 0 },
	{ "128.0.0.0/1 dev eth0", "127.255.255.255", NONE },
	{ "128.0.0.0/1 dev eth0", "255.255.255.255", 0 },
	{ "fd00::/33 dev eth0", "fd00:0:7fff::1", 0 },
	{ "fd00::/33 dev eth0", "fd00:0:8000::1", NONE },
	{ "fd00::1 dev eth0\nfd00::/64 dev eth1", "fd00::1", 0 },
	{ "fd00::1 dev eth0\nfd00::/64 dev eth1", "fd00::2", 1 },
	/* of one prefix the lowest metric, then the first */
	{ "10.0.0.0/24 dev eth0 metric 9\n10.0.0.0/24 dev eth1 metric 5", "10.0.0.1", 1 },
	{ "10.0.0.0/24 dev eth0 metric 5\n10.0.0.0/24 dev eth1 metric 9", "10.0.0.1", 0 },
	{ "10.0.0.0/24 dev eth0\n10.0.0.0/24 dev eth1", "10.0.0.1", 0 },
	{ "10.0.0.0/24 dev eth0 metric 9\n10.0.0.0/16 dev eth1 metric 1", "10.0.0.1", 0 },
	/* the local table comes first, whatever the length; other tables never */
	{ "10.0.0.1 dev eth0\nlocal 10.0.0.0/24", "10.0.0.1", 1 },
	{ "10.0.0.1 dev eth0 table 100", "10.0.0.1", NONE },
	{ "10.0.0.1 dev eth0 table 100\ndefault dev eth1", "10.0.0.1", 1 },
	/* routes that drop are answers, too */
	{ "default dev eth0\nunreachable 10.0.0.0/8", "10.0.0.1", 1 },
};

static void test_lookup(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(lookups); i++) {
		__u8 addr[NSACCEL_ADDR_LEN];
		const struct nsa_krt *k;
		struct world w;
		__u8 family;

		make_world(&w);
		read_lines(&w, lookups[i].fib, read_route);
		family = read_addr(lookups[i].addr, addr);
		k = nsa_fib_lookup(&w.view, family, addr);
		if ((k ? (int)(k - w.routes) : NONE) != lookups[i].answer)
			fail_msg("%s in\n%s", lookups[i].addr, lookups[i].fib);
	}
}

/* A letter a line: is it effective, is it contested? */
static const struct {
	const char *fib, *effective, *contested;
} rivals[] = {
	{ "10.0.0.0/24 dev eth0", "y", "n" },
	{ "10.0.0.0/24 dev eth0\n10.0.0.0/25 dev eth0\n10.0.1.0/24 dev eth0", "yyy", "nnn" },
	{ "10.0.0.0/24 dev eth0 metric 5\n10.0.0.0/24 dev eth1 metric 9", "yn", "nn" },
	{ "10.0.0.0/24 dev eth0\n10.0.0.0/24 dev eth1", "yy", "yy" },
	{ "10.0.0.0/24 dev eth0\n10.0.0.0/24 dev eth1 tos 8 metric 9", "yn", "yn" },
	{ "fd00::/64 dev eth0\nfd00::/64 dev eth1 from fd01::/64 metric 9", "yn", "yn" },
	{ "0.0.0.0/0 dev eth0\n::/0 dev eth1", "yy", "nn" },
	{ "10.0.0.0/24 dev eth0\n10.0.0.0/24 dev eth1 table 100", "yy", "nn" },
	/* hidden by the local table, and only by that */
	{ "10.0.0.1 dev eth0\nlocal 10.0.0.1", "ny", "nn" },
	{ "10.0.0.0/24 dev eth0\nlocal 10.0.0.0/16", "ny", "nn" },
	{ "10.0.0.0/24 dev eth0\nlocal 10.0.0.1", "yy", "nn" },
	{ "local 10.0.0.1\nlocal 10.0.0.0/8", "yy", "nn" },
	{ "10.0.0.1 dev eth0\nblackhole 10.0.0.0/8", "yy", "nn" },
};

static void test_rivals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(rivals); i++) {
		struct world w;

		make_world(&w);
		read_lines(&w, rivals[i].fib, read_route);
		assert_int_equal(w.view.route_count, strlen(rivals[i].effective));
		for (size_t j = 0; j < w.view.route_count; j++) {
			bool effective = nsa_fib_is_effective(&w.view, &w.routes[j]);
			bool contested = nsa_fib_is_contested(&w.view, &w.routes[j]);

			if (effective != (rivals[i].effective[j] == 'y') ||
			    contested != (rivals[i].contested[j] == 'y'))
				fail_msg("line %zu: effective %d, contested %d in\n%s", j,
					 effective, contested, rivals[i].fib);
		}
	}
}

static void test_covers(void **state)
{
	static const __u8 a[] = { 0xaa, 0xaa }, b[] = { 0xaa, 0xab }, c[] = { 0x2a, 0xaa };

	(void)state;
	for (__u8 len = 0; len <= 16; len++) {
		assert_true(nsa_prefix_covers(a, len, a));
		assert_int_equal(nsa_prefix_covers(a, len, b), len < 16);
		assert_int_equal(nsa_prefix_covers(a, len, c), len < 1);
	}
}

/* Ports */

static struct nsaccel_port port_of(const struct world *w, int ifindex,
				   const struct nsa_view_device *device, bool requested)
{
	struct nsaccel_port port;

	/* What is left of another device must not shine through. */
	memset(&port, 0xa5, sizeof(port));
	memset(port.zero, 0, sizeof(port.zero));
	port.requested = requested;
	nsa_plan_port(&w->view, nsa_view_link(&w->view, ifindex), device, OWNER_SLOT, &port);
	return port;
}

static void test_nic_port(void **state)
{
	static const __u8 none[NSACCEL_ADDR_LEN] = {};
	const struct nsa_view_device device = { .forward4 = true,
						.rp_filter = NSACCEL_RP_FILTER_LOOSE,
						.egress_hooked = true };
	struct nsaccel_port port;
	struct world w;

	(void)state;
	make_world(&w);
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
}

static void test_veth_port(void **state)
{
	const struct nsa_view_device device = { .forward6 = true, .mtu6 = 1400 };
	struct nsaccel_port port;
	struct world w;

	(void)state;
	make_world(&w);
	read_lines(&w, NET_BLUE "fd00:1::/64 dev blue", read_route);
	w.endpoints[EP_BLUE].link.xdp_attached = XDP_ATTACHED_DRV;
	port = port_of(&w, BLUE, &device, false);
	assert_int_equal(port.kind, NSACCEL_KIND_VETH);
	assert_int_equal(port.endpoint_cookie, 100);
	assert_int_equal(port.endpoint_ifindex, 2);
	assert_int_equal(port.source_slot, 5);
	assert_int_equal(port.endpoint_xdp, 1);
	assert_int_equal(port.mtu, 1400);
	assert_int_equal(port.lower, 0);
	assert_memory_equal(port.endpoint_mac, w.endpoints[EP_BLUE].link.mac, NSACCEL_MAC_LEN);
	assert_memory_equal(port.source4, addrs[EP_BLUE][0].addr, sizeof(port.source4));
	assert_memory_equal(port.source6, addrs[EP_BLUE][1].addr, sizeof(port.source6));

	/* Generic XDP runs after redirect_peer, too. */
	w.endpoints[EP_BLUE].link.xdp_attached = XDP_ATTACHED_SKB;
	assert_int_equal(port_of(&w, BLUE, &device, false).endpoint_xdp, 0);
	/* Named by the user: a wire, whatever is behind it. */
	port = port_of(&w, BLUE, &device, true);
	assert_int_equal(port.kind, NSACCEL_KIND_NIC);
	assert_int_equal(port.endpoint_cookie, 0);
	assert_int_equal(port.source_slot, OWNER_SLOT);
	/* A greater MTU for IPv6 than the device's counts as little as none. */
	assert_int_equal(port_of(&w, RED, &(struct nsa_view_device){ .mtu6 = 9000 }, false).mtu,
			 1500);
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
	const struct nsa_view_device device = {};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(sources); i++) {
		struct nsaccel_port port;
		struct world w;

		make_world(&w);
		read_lines(&w, sources[i].fib, read_route);
		port = port_of(&w, BLUE, &device, false);
		if (!!memcmp(port.source4, none, sizeof(port.source4)) != sources[i].source4 ||
		    !!memcmp(port.source6, none, sizeof(port.source6)) != sources[i].source6)
			fail_msg("with\n%s", sources[i].fib);
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
	const struct nsa_view_device device = {};
	struct nsaccel_port port;
	struct world w;

	(void)state;
	make_world(&w);
	port = port_of(&w, ETH0, &device, true);
	assert_int_equal(count_bits(&port), 0);

	read_lines(&w,
		   "local 10.0.0.1\nlocal 192.0.2.77 table 100\nlocal 127.0.0.1\n"
		   "local 127.0.0.0/8\nlocal fd00::1\nbroadcast 10.0.0.255\n10.0.0.0/24 dev eth0",
		   read_route);
	port = port_of(&w, ETH0, &device, true);
	assert_true(local4_has(&port, "10.0.0.1"));
	assert_true(local4_has(&port, "192.0.2.77"));
	assert_int_equal(count_bits(&port), 2);

	/* A whole local prefix is more than the filter can tell: any address may be in it. */
	read_lines(&w, "local 198.51.100.0/24", read_route);
	port = port_of(&w, ETH0, &device, true);
	assert_int_equal(count_bits(&port), NSACCEL_LOCAL4_BITS);
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
	const struct nsa_view_device device = {};
	struct nsaccel_port port;
	struct world w;

	(void)state;
	make_world(&w);
	memcpy(w.addrs, own, sizeof(own));
	w.view.addr_count = ELEMENTS(own);
	port = port_of(&w, ETH0, &device, true);
	assert_memory_equal(port.address4, own[2].addr, sizeof(port.address4));
	assert_memory_equal(port.address6, own[5].addr, sizeof(port.address6));
}

/* A passthru macvlan leaves its lower nothing to route. */
static void test_passthru(void **state)
{
	const struct nsa_view_device device = { .forward4 = true, .forward6 = true };
	struct nsaccel_port port;
	struct world w;

	(void)state;
	make_world(&w);
	w.endpoints[EP_MAC].link.macvlan_mode = MACVLAN_MODE_PASSTHRU;
	port = port_of(&w, ETH0, &device, true);
	assert_true(!port.lower && !port.forward4 && !port.forward6);
	port = port_of(&w, ETH1, &device, true);
	assert_true(port.forward4 && port.forward6);
}

static void test_found_ports(void **state)
{
	struct world w;

	(void)state;
	make_world(&w);
	assert_true(nsa_plan_is_found_port(&w.view, nsa_view_link(&w.view, BLUE)));
	assert_false(nsa_plan_is_found_port(&w.view, nsa_view_link(&w.view, LONE)));
	assert_false(nsa_plan_is_found_port(&w.view, nsa_view_link(&w.view, ETH0)));
	assert_false(nsa_plan_is_found_port(&w.view, nsa_view_link(&w.view, BR0)));
	w.links[2].master = BR0;
	assert_false(nsa_plan_is_found_port(&w.view, nsa_view_link(&w.view, BLUE)));
	assert_true(nsa_plan_is_found_port(&w.view, nsa_view_link(&w.view, RED)));
}

/* Endpoints */

static void test_endpoints(void **state)
{
	static const __u8 zero[8] = {};
	struct nsa_endpoint_entry entry;
	struct world w;

	(void)state;
	make_world(&w);
	memset(&entry, 0xa5, sizeof(entry));
	nsa_plan_endpoint(&w.endpoints[EP_BLUE], OWNER_SLOT, &entry);
	assert_int_equal(entry.key.owner_slot, OWNER_SLOT);
	assert_int_equal(entry.key.ifindex, BLUE);
	assert_memory_equal(entry.key.mac, w.endpoints[EP_BLUE].link.mac, NSACCEL_MAC_LEN);
	assert_memory_equal(entry.key.zero, zero, sizeof(entry.key.zero));
	assert_int_equal(entry.ep.netns_cookie, 100);
	assert_int_equal(entry.ep.slot, 5);
	assert_int_equal(entry.ep.ifindex, 2);
	assert_int_equal(entry.ep.kind, NSACCEL_KIND_VETH);
	assert_int_equal(entry.ep.mtu, 1500);
	assert_int_equal(entry.ep.hairpin, 0);
	assert_string_equal(entry.ep.name, "eth0");

	/* Only a macvlan in bridge mode may talk to its lower's namespace. */
	nsa_plan_endpoint(&w.endpoints[EP_MAC], OWNER_SLOT, &entry);
	assert_int_equal(entry.key.ifindex, ETH0);
	assert_int_equal(entry.ep.hairpin, 1);
	macvlan_vepa(&w);
	nsa_plan_endpoint(&w.endpoints[EP_MAC], OWNER_SLOT, &entry);
	assert_int_equal(entry.ep.hairpin, 0);
}

static void test_endpoint_of(void **state)
{
	const struct nsaccel_port nic = { .kind = NSACCEL_KIND_NIC };
	const struct nsaccel_port lower = { .kind = NSACCEL_KIND_NIC, .lower = 1 };
	const struct nsaccel_port veth = { .kind = NSACCEL_KIND_VETH };

	(void)state;
	assert_true(nsa_plan_is_endpoint_of(&endpoints[EP_BLUE], &veth));
	assert_false(nsa_plan_is_endpoint_of(&endpoints[EP_BLUE], &nic));
	assert_false(nsa_plan_is_endpoint_of(&endpoints[EP_BLUE], &lower));
	assert_true(nsa_plan_is_endpoint_of(&endpoints[EP_MAC], &lower));
	assert_false(nsa_plan_is_endpoint_of(&endpoints[EP_MAC], &nic));
	assert_false(nsa_plan_is_endpoint_of(&endpoints[EP_MAC], NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes),	  cmocka_unit_test(test_many_routes),
		cmocka_unit_test(test_lookup),	  cmocka_unit_test(test_rivals),
		cmocka_unit_test(test_covers),	  cmocka_unit_test(test_nic_port),
		cmocka_unit_test(test_veth_port), cmocka_unit_test(test_known_sources),
		cmocka_unit_test(test_local4),	  cmocka_unit_test(test_port_addresses),
		cmocka_unit_test(test_passthru),  cmocka_unit_test(test_found_ports),
		cmocka_unit_test(test_endpoints), cmocka_unit_test(test_endpoint_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
