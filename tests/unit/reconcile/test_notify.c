// SPDX-License-Identifier: GPL-2.0-only
/* Messages made by hand -> what an owner notes of them, and what it will read anew. */
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "user/reconcile/notify.h"
#include "user/reconcile/carriers.h"
#include "user/reconcile/fdb_map.h"
#include "world.h"
#include "reconcile/owner.h"
#include "reconcile/record.h"

#define OTHER 555 /* a namespace that is no owner */

struct fixture {
	struct world world;
	struct nsa_owner owner;
	struct nsa_owner *owners[1];
	struct nsa_state state;
	struct nsa_run run;
};

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	world_make(&f.world);
	f.owner = (struct nsa_owner){
		.cookie = f.world.snapshot.owner->cookie,
		.slot = OWNER_SLOT,
		.snapshot = &f.world.snapshot,
		.reader = { .snapshot = &f.world.snapshot },
		.table = f.world.table,
		.ports = { f.world.ports, PORT_COUNT },
	};
	f.owners[0] = &f.owner;
	f.run = (struct nsa_run){ .state = &f.state };
	f.state = (struct nsa_state){ .hops = f.world.hops, .owners = f.owners, .owner_count = 1 };
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	nsa_pending_free(&f->owner.carriers);
	nsa_pending_free(&f->owner.learners);
	world_free(&f->world);
	return 0;
}

/* What becomes dirty by the message. */
static unsigned int feed(struct fixture *f, const struct nlmsghdr *msg)
{
	f->owner.dirty = 0;
	f->owner.nexthops_pending = false;
	nsa_notify_owner(&f->run, &f->owner, msg);
	return f->owner.dirty;
}

static unsigned int feed_route(struct fixture *f, __u16 type, __u16 flags, const char *line)
{
	char buffer[512] = {};
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buffer);
	struct nsa_krt k = read_krt(line);
	struct rtmsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	struct rtnexthop hops[2] = { { .rtnh_len = sizeof(*hops), .rtnh_ifindex = ETH0 },
				     { .rtnh_len = sizeof(*hops), .rtnh_ifindex = ETH1 } };
	size_t size = nsa_address_size(k.family);

	msg->nlmsg_type = type;
	msg->nlmsg_flags = flags;
	*info = (struct rtmsg){ .rtm_family = k.family,
				.rtm_dst_len = k.dst_len,
				.rtm_src_len = k.src_len,
				.rtm_table = (__u8)k.table,
				.rtm_type = k.type };
	mnl_attr_put(msg, RTA_DST, size, k.dst);
	if (k.multipath)
		mnl_attr_put(msg, RTA_MULTIPATH, sizeof(hops), hops);
	if (k.oif)
		mnl_attr_put_u32(msg, RTA_OIF, (__u32)k.oif);
	if (k.gw_family)
		mnl_attr_put(msg, RTA_GATEWAY, size, k.gw);
	return feed(f, msg);
}

#define ADD    RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL
#define APPEND RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND
#define CHANGE RTM_NEWROUTE, NLM_F_REPLACE
#define DELETE RTM_DELROUTE, 0

static void check_plan(struct fixture *f, const char *plan)
{
	char *text;

	world_settle(&f->world);
	text = world_plan(&f->world);
	assert_string_equal(text, plan);
	free(text);
}

static void test_routes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(feed_route(f, ADD, "10.5.0.0/16 dev eth0"), 0);
	check_plan(f, "10.5.0.0/16 kernel pass pass_no_neigh dev eth0\n");
	assert_int_equal(feed_route(f, CHANGE, "10.5.0.0/16 dev eth1"), 0);
	check_plan(f, "10.5.0.0/16 kernel pass pass_no_neigh dev eth1\n");
	assert_int_equal(feed_route(f, APPEND, "10.5.0.0/16 dev eth0"), 0);
	check_plan(f, "10.5.0.0/16 kernel fib pass_fib\n");
	/* The kernel replaces the first of them. */
	assert_int_equal(feed_route(f, CHANGE, "10.5.0.0/16 dev lone"), NSA_DIRTY_ROUTES4);
	assert_int_equal(feed_route(f, DELETE, "10.5.0.0/16 dev eth0"), 0);
	assert_int_equal(feed_route(f, DELETE, "10.5.0.0/16 dev eth1"), 0);
	check_plan(f, "");
	/* Tables that aren't mirrored. */
	assert_int_equal(feed_route(f, ADD, "10.5.0.0/16 dev eth0 table 100"), 0);
	check_plan(f, "");
}

/* Ports know the owner's addresses, and which of an endpoint's the owner's source checks let through. */
static void test_routes_of_ports(void **state)
{
	struct fixture *f = *state;

	world_settle(&f->world);
	assert_int_equal(feed_route(f, ADD, "local 10.9.1.9 table 255"), NSA_DIRTY_PORTS);
	assert_int_equal(feed_route(f, DELETE, "local 10.9.1.9 table 255"), NSA_DIRTY_PORTS);
	assert_int_equal(feed_route(f, ADD, "local 127.0.0.9 table 255"), 0);
	assert_int_equal(feed_route(f, ADD, "10.1.0.0/24 dev blue"), NSA_DIRTY_PORTS);
	assert_int_equal(feed_route(f, CHANGE, "10.1.0.0/24 dev red"), NSA_DIRTY_PORTS);
	assert_int_equal(feed_route(f, ADD, "10.1.0.2 dev eth0"), NSA_DIRTY_PORTS);
	assert_int_equal(feed_route(f, ADD, "default via 10.0.0.254 dev eth0"), NSA_DIRTY_PORTS);
	assert_int_equal(feed_route(f, ADD, "fd00:1::/64 dev blue"), NSA_DIRTY_PORTS);
	assert_int_equal(feed_route(f, ADD, "10.1.0.0/24 dev blue table 100"), 0);
	assert_int_equal(feed_route(f, ADD, "10.1.0.128/25 dev blue"), 0);
	assert_int_equal(feed_route(f, ADD, "fd00:9::/64 dev blue"), 0);
}

/* An IPv6 route to which a next hop is added is told in full; one without a gateway can't be
 * part of it, and stands beside. */
static void test_appended(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(feed_route(f, ADD, "fd05::/64 via fd00::2 dev eth0"), 0);
	assert_int_equal(feed_route(f, APPEND, "fd05::/64 multipath"), 0);
	check_plan(f, "fd05::/64 kernel fib pass_fib\n");
	/* The kernel tells of the one that goes. */
	assert_int_equal(feed_route(f, DELETE, "fd05::/64 via fd00::2 dev eth0"),
			 NSA_DIRTY_ROUTES6);
	assert_int_equal(feed_route(f, DELETE, "fd05::/64 multipath"), 0);
	check_plan(f, "");

	/* Prepended: nothing says so. All of it goes at once. */
	assert_int_equal(feed_route(f, ADD, "fd05::/64 via fd00::2 dev eth0"), 0);
	assert_int_equal(feed_route(f, ADD, "fd05::/64 multipath"), 0);
	check_plan(f, "fd05::/64 kernel fib pass_fib\n");
	assert_int_equal(feed_route(f, DELETE, "fd05::/64 multipath"), 0);
	check_plan(f, "");

	assert_int_equal(feed_route(f, ADD, "fd05::/64 dev eth0"), 0);
	assert_int_equal(feed_route(f, APPEND, "fd05::/64 dev eth1"), 0);
	check_plan(f, "fd05::/64 kernel fib pass_fib\n");
	assert_int_equal(feed_route(f, DELETE, "fd05::/64 dev eth1"), 0);
	check_plan(f, "fd05::/64 kernel pass pass_no_neigh dev eth0\n");
}

static void test_source_specific(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(feed_route(f, ADD, "fd05::/64 dev eth0 from fd06::/64"), 0);
	assert_int_equal(feed_route(f, APPEND, "fd05::/64 dev eth0 from fd07::/64"), 0);
	assert_int_equal(feed_route(f, ADD, "fd05::/64 dev eth1"), 0);
	assert_int_equal(feed_route(f, DELETE, "fd05::/64 dev eth0 from fd06::/64"),
			 NSA_DIRTY_ROUTES6);
	/* Until it is read anew, the other one still counts. */
	check_plan(f, "fd05::/64 kernel fib pass_fib\n");
}

static unsigned int feed_neigh(struct fixture *f, __u16 type, __u8 family, __u16 neigh_state)
{
	char buffer[512] = {};
	const __u8 addr[] = { 10, 5, 0, 2 }, mac[] = NODE_MAC(0x77);
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buffer);
	struct ndmsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));

	msg->nlmsg_type = type;
	info->ndm_family = family;
	info->ndm_ifindex = ETH0;
	info->ndm_state = neigh_state;
	mnl_attr_put(msg, NDA_DST, sizeof(addr), addr);
	if (neigh_state != NUD_FAILED)
		mnl_attr_put(msg, NDA_LLADDR, sizeof(mac), mac);
	return feed(f, msg);
}

/* Does it have next hops resolved again, and nothing else done? */
static bool stirs(struct fixture *f, __u16 type, __u16 neigh_state)
{
	assert_int_equal(feed_neigh(f, type, AF_INET, neigh_state), 0);
	return f->owner.nexthops_pending;
}

static void test_neighbours(void **state)
{
	const struct nsaccel_nexthop key = { .owner_slot = OWNER_SLOT,
					     .target = NSACCEL_TARGET_NEIGHBOUR,
					     .target_ifindex = ETH0,
					     .gateway_family = NSACCEL_FAMILY_INET,
					     .gateway = { 10, 5, 0, 2 } };
	struct fixture *f = *state;

	feed_route(f, ADD, "10.5.0.0/16 dev eth0");
	feed_route(f, ADD, "10.6.0.0/16 via 10.5.0.2 dev eth0");
	assert_true(stirs(f, RTM_NEWNEIGH, NUD_REACHABLE));
	check_plan(f, "10.5.0.0/16 kernel pass pass_no_neigh dev eth0\n"
		      "10.6.0.0/16 kernel nic dev eth0 via 10.5.0.2 10>77 mtu 1500 tx 3\n"
		      "10.5.0.2/32 neighbour nic dev eth0 10>77 mtu 1500 tx 3\n");
	/* What only ages is no news. */
	assert_false(stirs(f, RTM_NEWNEIGH, NUD_STALE));
	assert_true(stirs(f, RTM_NEWNEIGH, NUD_PERMANENT));
	assert_true(stirs(f, RTM_NEWNEIGH, NUD_REACHABLE));
	assert_true(stirs(f, RTM_NEWNEIGH, NUD_FAILED));
	assert_false(stirs(f, RTM_NEWNEIGH, NUD_FAILED));
	check_plan(f, "10.5.0.0/16 kernel pass pass_no_neigh dev eth0\n"
		      "10.6.0.0/16 kernel pass pass_no_neigh dev eth0 via 10.5.0.2\n");
	feed_neigh(f, RTM_NEWNEIGH, AF_INET, NUD_STALE);
	assert_true(stirs(f, RTM_DELNEIGH, NUD_STALE));
	assert_false(stirs(f, RTM_DELNEIGH, NUD_FAILED));
	/* Nobody has it, or nobody was asked. */
	assert_true(stirs(f, RTM_NEWNEIGH, NUD_FAILED));
	assert_true(stirs(f, RTM_DELNEIGH, NUD_FAILED));
	/* One that was asked for is to be asked for again. */
	nsa_hop(f->world.hops, nsa_hops_find(f->world.hops, &key))->asked = true;
	assert_true(stirs(f, RTM_DELNEIGH, NUD_FAILED));
}

/* What becomes dirty as a neighbour has that MAC; 0: has gone. */
static unsigned int tell(struct fixture *f, int ifindex, const char *addr, __u8 mac)
{
	struct nsa_neigh neigh = {
		.ifindex = ifindex, .state = NUD_REACHABLE, .has_mac = true, .mac = NODE_MAC(mac)
	};

	neigh.family = read_addr(addr, neigh.addr);
	f->owner.dirty = 0;
	nsa_record_neigh(&f->state, &f->owner, &neigh, !mac);
	return f->owner.dirty;
}

/* Ports know whose an address is on a link with others, and are looked at only if that is another's now. */
static void test_holders(void **state)
{
	const __u8 addr[] = { 10, 40, 0, 2 };
	struct fixture *f = *state;

	feed_route(f, ADD, "10.40.0.0/16 dev br0");
	feed_route(f, ADD, "10.0.0.0/16 dev eth0");
	feed_route(f, ADD, "10.1.0.0/16 dev blue");
	world_settle(&f->world);
	assert_int_equal(tell(f, BR0, "10.40.0.2", 0x98), 0);
	assert_int_equal(tell(f, BR0, "10.40.0.2", 0x26), NSA_DIRTY_PORTS);
	memcpy(f->world.ports[PORT_GREEN].port.source4, addr, sizeof(addr));
	assert_int_equal(tell(f, BR0, "10.40.0.2", 0x98), 0);
	assert_int_equal(tell(f, BR0, "10.40.0.2", 0x26), 0);
	assert_int_equal(tell(f, BR0, "10.40.0.2", 0), 0);
	assert_int_equal(tell(f, ETH0, "10.0.0.20", 0x98), 0);
	assert_int_equal(tell(f, ETH0, "10.0.0.20", 0x20), NSA_DIRTY_PORTS);
	assert_int_equal(tell(f, ETH0, "10.0.0.20", 0x99), NSA_DIRTY_PORTS);
	assert_int_equal(tell(f, ETH0, "10.0.0.20", 0), 0);
	assert_int_equal(tell(f, BLUE, "10.1.0.2", 0x98), 0);
	assert_int_equal(tell(f, BLUE, "10.1.0.2", 0x22), 0);
	world_settle(&f->world);
}

/* Where the gateway of a static route is, the kernel's routes say. */
static void test_gateways(void **state)
{
	struct fixture *f = *state;

	world_statics(&f->world, "10.9.0.0/16 via 10.5.0.2");
	check_plan(f, "10.9.0.0/16 static pass pass_no_neigh via 10.5.0.2\n");
	feed_route(f, ADD, "10.6.0.0/16 dev eth0");
	assert_false(f->owner.nexthops_pending);
	feed_route(f, ADD, "fd05::/64 dev eth0");
	assert_false(f->owner.nexthops_pending);
	feed_route(f, ADD, "10.5.0.0/16 dev eth0");
	assert_true(f->owner.nexthops_pending);
	check_plan(f, "10.5.0.0/16 kernel pass pass_no_neigh dev eth0\n"
		      "10.6.0.0/16 kernel pass pass_no_neigh dev eth0\n"
		      "10.9.0.0/16 static pass pass_no_neigh dev eth0 via 10.5.0.2\n"
		      "fd05::/64 kernel pass pass_no_neigh dev eth0\n");
	feed_route(f, DELETE, "10.5.0.0/16 dev eth0");
	assert_true(f->owner.nexthops_pending);
}

/* One of br0's. */
static unsigned int feed_fdb(struct fixture *f, __u16 type, int port, __u16 fdb_state, __u8 flags,
			     __u16 vlan)
{
	char buffer[512] = {};
	const __u8 mac[] = NODE_MAC(0x77);
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buffer);
	struct ndmsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));

	msg->nlmsg_type = type;
	info->ndm_family = AF_BRIDGE;
	info->ndm_ifindex = port;
	info->ndm_state = fdb_state;
	info->ndm_flags = flags;
	mnl_attr_put(msg, NDA_LLADDR, sizeof(mac), mac);
	if (!(flags & NTF_SELF))
		mnl_attr_put_u32(msg, NDA_MASTER, BR0);
	if (vlan)
		mnl_attr_put_u16(msg, NDA_VLAN, vlan);
	return feed(f, msg);
}

static int behind(const struct fixture *f)
{
	const __u8 mac[] = NODE_MAC(0x77);
	const struct nsa_fdb *fdb = nsa_snapshot_fdb(&f->world.snapshot, BR0, mac);

	return fdb ? fdb->port : 0;
}

/* What a bridge learns is noted, and nothing read for it. */
static void test_bridges(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(feed_fdb(f, RTM_NEWNEIGH, GREEN, NUD_REACHABLE, 0, 0), 0);
	assert_int_equal(behind(f), GREEN);
	assert_int_equal(nsa_fdb_map_due(&f->owner), 0);
	assert_int_equal(f->owner.learners.count, 1); /* on the account of who is there */
	assert_int_equal(feed_fdb(f, RTM_NEWNEIGH, GREEN, NUD_STALE, 0, 0), 0);
	assert_int_equal(feed_fdb(f, RTM_NEWNEIGH, ETH2, NUD_REACHABLE, NTF_EXT_LEARNED, 0), 0);
	assert_int_equal(behind(f), ETH2);
	assert_int_equal(f->owner.learners.count, 1); /* the wire has none */
	/* Of tagged frames; what a device takes; a VXLAN device's own. */
	assert_int_equal(feed_fdb(f, RTM_DELNEIGH, ETH2, NUD_REACHABLE, 0, 7), 0);
	assert_int_equal(feed_fdb(f, RTM_DELNEIGH, ETH2, NUD_PERMANENT, NTF_SELF, 0), 0);
	assert_int_equal(behind(f), ETH2);
	assert_int_equal(feed_fdb(f, RTM_DELNEIGH, ETH2, NUD_REACHABLE, 0, 0), 0);
	assert_int_equal(behind(f), 0);
	/* The bridge's own says whether it routes. */
	assert_int_equal(feed_fdb(f, RTM_NEWNEIGH, BR0, NUD_PERMANENT, 0, 0), NSA_DIRTY_PORTS);
	assert_int_equal(feed_fdb(f, RTM_NEWNEIGH, BR0, NUD_PERMANENT, 0, 0), 0);
	assert_int_equal(feed_fdb(f, RTM_DELNEIGH, BR0, NUD_PERMANENT, 0, 0), NSA_DIRTY_PORTS);
}

static unsigned int feed_link(struct fixture *f, __u16 type, __u8 family, int ifindex, bool up,
			      bool carrier)
{
	char buffer[512] = {};
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));

	msg->nlmsg_type = type;
	info->ifi_family = family;
	info->ifi_index = ifindex;
	info->ifi_flags = up ? IFF_UP : 0;
	mnl_attr_put_strz(msg, IFLA_IFNAME, "eth0");
	mnl_attr_put_u8(msg, IFLA_CARRIER, carrier);
	return feed(f, msg);
}

/* One that is up, with its peer in the namespace with that id. */
static unsigned int feed_veth(struct fixture *f, int ifindex, int nsid, bool carrier)
{
	char buffer[512] = {};
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	struct nlattr *nest;

	msg->nlmsg_type = RTM_NEWLINK;
	info->ifi_index = ifindex;
	info->ifi_flags = IFF_UP;
	mnl_attr_put_strz(msg, IFLA_IFNAME, "eth0");
	mnl_attr_put_u8(msg, IFLA_CARRIER, carrier);
	mnl_attr_put_u32(msg, IFLA_LINK, 2);
	if (nsid >= 0)
		mnl_attr_put_u32(msg, IFLA_LINK_NETNSID, (__u32)nsid);
	nest = mnl_attr_nest_start(msg, IFLA_LINKINFO);
	mnl_attr_put_strz(msg, IFLA_INFO_KIND, "veth");
	mnl_attr_nest_end(msg, nest);
	return feed(f, msg);
}

/* The kernel takes routes away with a link, and gives them back, without a word. */
static void test_links(void **state)
{
	const unsigned int routes = NSA_DIRTY_ROUTES4 | NSA_DIRTY_ROUTES6;
	struct fixture *f = *state;
	struct nsa_link *eth0 = world_link(&f->world, ETH0);

	eth0->disable_ipv6 = true; /* of IPv6 and MTUs the messages don't tell */
	eth0->mtu = 0;
	assert_int_equal(f->owner.snapshot->links[0].ifindex, ETH0);
	f->owner.snapshot->devices[0].known = f->owner.snapshot->devices[1].known = true;
	assert_int_equal(feed_link(f, RTM_NEWLINK, AF_UNSPEC, ETH0, true, true), NSA_DIRTY_LINKS);
	assert_false(f->owner.snapshot->devices[0].known); /* as offloads may have been switched */
	assert_true(f->owner.snapshot->devices[1].known);
	assert_int_equal(feed_link(f, RTM_NEWLINK, AF_UNSPEC, ETH0, false, true),
			 NSA_DIRTY_LINKS | routes);
	assert_int_equal(feed_link(f, RTM_NEWLINK, AF_UNSPEC, ETH0, true, false),
			 NSA_DIRTY_LINKS | routes);
	assert_int_equal(feed_link(f, RTM_DELLINK, AF_UNSPEC, ETH0, true, true),
			 NSA_DIRTY_LINKS | routes);
	assert_int_equal(feed_link(f, RTM_NEWLINK, AF_UNSPEC, 99, true, true), NSA_DIRTY_LINKS);
	assert_int_equal(feed_link(f, RTM_NEWLINK, AF_BRIDGE, ETH0, false, true), NSA_DIRTY_LINKS);
}

/* Of a veth that leads to another namespace carriers wait, but for one that the user named as a NIC. */
static void test_carriers(void **state)
{
	const unsigned int now = NSA_DIRTY_LINKS | NSA_DIRTY_ROUTES4 | NSA_DIRTY_ROUTES6;
	struct fixture *f = *state;
	static const char *const by_red =
		"10.5.0.0/16 kernel veth dev red via 10.2.0.2 to red 13>23 mtu 1500\n";
	static const char *const by_kernel =
		"10.5.0.0/16 kernel pass pass_link_down dev red via 10.2.0.2\n";
	struct nsa_link *red = world_link(&f->world, RED);

	*red = (struct nsa_link){ .ifindex = RED,
				  .name = "eth0",
				  .kind = "veth",
				  .flags = IFF_UP,
				  .carrier = true,
				  .link_nsid = -1,
				  .disable_ipv6 = true };
	f->world.plan.carriers = &f->owner.carriers;
	feed_route(f, ADD, "10.5.0.0/16 via 10.2.0.2 dev red");
	check_plan(f, by_red);
	assert_int_equal(feed_veth(f, RED, 3, false), 0);
	assert_true(nsa_carriers_take(&f->owner));
	assert_int_equal(f->owner.dirty, now);
	check_plan(f, by_red);
	nsa_carriers_pay(&f->owner, 1000000);
	/* From now on its packets are the kernel's, which is news once. */
	assert_int_equal(feed_veth(f, RED, 3, false), NSA_DIRTY_HOPS);
	assert_int_equal(feed_veth(f, RED, 3, true), 0);
	assert_false(nsa_carriers_take(&f->owner));
	check_plan(f, by_kernel);
	assert_int_equal(f->owner.carriers.count, 1);
	f->world.ports[PORT_RED].port.requested = 1;
	assert_int_equal(feed_veth(f, RED, 3, false), now);
	f->world.ports[PORT_RED].port.requested = 0;
	/* A command doesn't come back. */
	f->run.synchronous = true;
	assert_int_equal(feed_veth(f, RED, 3, false), now);
	f->run.synchronous = false;
	/* Its other end is here. */
	assert_int_equal(feed_veth(f, RED, -1, false), now);
	assert_int_equal(f->owner.carriers.count, 1);
}

static void test_news(void **state)
{
	struct fixture *f = *state;
	char buffer[512] = {};
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buffer);
	struct rtgenmsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(struct rtmsg));

	info->rtgen_family = AF_INET;
	msg->nlmsg_type = RTM_DELNSID;
	assert_int_equal(nsa_notify_namespace(&f->state, OTHER, msg), NSA_NETNS_EVENT_DEAD);
	msg->nlmsg_type = RTM_NEWADDR;
	assert_int_equal(nsa_notify_namespace(&f->state, 0, msg), NSA_NETNS_EVENT_UNKNOWN);
	msg->nlmsg_type = RTM_NEWRULE;
	assert_int_equal(nsa_notify_namespace(&f->state, OTHER, msg), NSA_NETNS_EVENT_NONE);
	assert_int_equal(f->owner.dirty, 0);
	assert_int_equal(feed(f, msg), NSA_DIRTY_SETTINGS);
	msg->nlmsg_type = RTM_NEWADDR;
	assert_int_equal(feed(f, msg), NSA_DIRTY_ADDRS);
	msg->nlmsg_type = RTM_DELADDR;
	assert_int_equal(feed(f, msg), NSA_DIRTY_ADDRS | NSA_DIRTY_ROUTES4 | NSA_DIRTY_ROUTES6);
	msg->nlmsg_type = RTM_DELNEXTHOP;
	assert_int_equal(feed(f, msg), NSA_DIRTY_ROUTES4 | NSA_DIRTY_ROUTES6);
}

static enum nsa_netns_event news_of_link(const struct fixture *f, __u16 type, __u8 family,
					 int ifindex, const char *kind)
{
	char buffer[512] = {};
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	struct nlattr *nest;

	msg->nlmsg_type = type;
	info->ifi_family = family;
	info->ifi_index = ifindex;
	nest = mnl_attr_nest_start(msg, IFLA_LINKINFO);
	mnl_attr_put_strz(msg, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(msg, nest);
	return nsa_notify_namespace(&f->state, f->world.snapshot.endpoints[EP_BLUE].cookie, msg);
}

static enum nsa_netns_event news_of_addr(const struct fixture *f, __u64 cookie, __u16 type,
					 int ifindex)
{
	const __u8 addr[] = { 77, 0, 0, 1 };
	char buffer[512] = {};
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buffer);
	struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));

	msg->nlmsg_type = type;
	info->ifa_family = AF_INET;
	info->ifa_prefixlen = 32;
	info->ifa_index = (__u32)ifindex;
	mnl_attr_put(msg, IFA_LOCAL, sizeof(addr), addr);
	return nsa_notify_namespace(&f->state, cookie, msg);
}

/* Of a namespace's devices and addresses only those count that are an endpoint's, or may become it. */
static void test_news_of_endpoints(void **state)
{
	struct fixture *f = *state;
	const struct nsa_snapshot_endpoint *blue = &f->world.snapshot.endpoints[EP_BLUE];
	int inner = blue->link.ifindex, other = inner + 1;

	assert_int_equal(news_of_addr(f, blue->cookie, RTM_NEWADDR, inner), NSA_NETNS_EVENT_ADDRS);
	assert_int_equal(news_of_addr(f, blue->cookie, RTM_DELADDR, inner), NSA_NETNS_EVENT_ADDRS);
	assert_int_equal(news_of_addr(f, blue->cookie, RTM_NEWADDR, other), NSA_NETNS_EVENT_NONE);
	assert_int_equal(news_of_addr(f, OTHER, RTM_NEWADDR, inner), NSA_NETNS_EVENT_NONE);
	assert_int_equal(news_of_link(f, RTM_NEWLINK, AF_UNSPEC, other, "veth"),
			 NSA_NETNS_EVENT_ENDPOINTS);
	assert_int_equal(news_of_link(f, RTM_DELLINK, AF_UNSPEC, other, "macvlan"),
			 NSA_NETNS_EVENT_ENDPOINTS);
	assert_int_equal(news_of_link(f, RTM_NEWLINK, AF_UNSPEC, other, "macvtap"),
			 NSA_NETNS_EVENT_ENDPOINTS);
	assert_int_equal(news_of_link(f, RTM_NEWLINK, AF_UNSPEC, other, "ipvlan"),
			 NSA_NETNS_EVENT_ENDPOINTS);
	assert_int_equal(news_of_link(f, RTM_NEWLINK, AF_UNSPEC, inner, "bridge"),
			 NSA_NETNS_EVENT_ENDPOINTS);
	assert_int_equal(news_of_link(f, RTM_NEWLINK, AF_UNSPEC, other, "bridge"),
			 NSA_NETNS_EVENT_NONE);
	assert_int_equal(news_of_link(f, RTM_NEWLINK, AF_BRIDGE, inner, "veth"),
			 NSA_NETNS_EVENT_NONE);
	/* What isn't known to be none may be one. */
	f->world.snapshot.inner_count = 0;
	assert_int_equal(news_of_addr(f, OTHER, RTM_NEWADDR, inner), NSA_NETNS_EVENT_ADDRS);
}

/* An entry that was asked for may have gone unheard: it has to be asked for again. */
static void test_lost(void **state)
{
	const unsigned int kernel = NSA_DIRTY_LINKS | NSA_DIRTY_ADDRS | NSA_DIRTY_NEIGHS |
				    NSA_DIRTY_FDB | NSA_DIRTY_SETTINGS | NSA_DIRTY_ROUTES4 |
				    NSA_DIRTY_ROUTES6;
	struct fixture *f = *state;
	struct nsa_hop *hop = nsa_hop(f->world.hops, 1);

	feed_route(f, ADD, "10.5.0.0/16 dev eth0");
	f->owner.dirty = 0;
	hop->asked = true;
	nsa_notify_lost(&f->state, &f->owner);
	assert_int_equal(f->owner.dirty, kernel);
	assert_false(hop->asked);
	f->owner.dirty = 0;
	nsa_notify_lost_fdb(&f->state, &f->owner);
	assert_int_equal(f->owner.dirty, NSA_DIRTY_FDB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_routes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_routes_of_ports, setup, teardown),
		cmocka_unit_test_setup_teardown(test_appended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_source_specific, setup, teardown),
		cmocka_unit_test_setup_teardown(test_neighbours, setup, teardown),
		cmocka_unit_test_setup_teardown(test_holders, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gateways, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bridges, setup, teardown),
		cmocka_unit_test_setup_teardown(test_links, setup, teardown),
		cmocka_unit_test_setup_teardown(test_carriers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_news, setup, teardown),
		cmocka_unit_test_setup_teardown(test_news_of_endpoints, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
