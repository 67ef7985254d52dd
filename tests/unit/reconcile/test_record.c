// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/reconcile/record.c: routes, neighbours and bridge entries in messages. */
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>

#include "notify_fixture.h"
#include "sandbox.h"
#include "user/reconcile/fdb_map.h"
#include "user/reconcile/record.h"
#include "world.h"

static void test_routes(void **state)
{
	struct notify_fixture *f = *state;

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

/* Ports know the owner's addresses, and which addresses of an endpoint pass the owner's source
 * checks. */
static void test_routes_of_ports(void **state)
{
	struct notify_fixture *f = *state;

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
	struct notify_fixture *f = *state;

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
	struct notify_fixture *f = *state;

	assert_int_equal(feed_route(f, ADD, "fd05::/64 dev eth0 from fd06::/64"), 0);
	assert_int_equal(feed_route(f, APPEND, "fd05::/64 dev eth0 from fd07::/64"), 0);
	assert_int_equal(feed_route(f, ADD, "fd05::/64 dev eth1"), 0);
	assert_int_equal(feed_route(f, DELETE, "fd05::/64 dev eth0 from fd06::/64"),
			 NSA_DIRTY_ROUTES6);
	/* Until it is read anew, the other one still counts. */
	check_plan(f, "fd05::/64 kernel fib pass_fib\n");
}

static unsigned int feed_neigh(struct notify_fixture *f, __u16 type, __u8 family, __u16 neigh_state)
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
static bool stirs(struct notify_fixture *f, __u16 type, __u16 neigh_state)
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
	struct notify_fixture *f = *state;

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
	nsa_nexthop(f->world.hops, nsa_nexthops_find(f->world.hops, &key))->asked = true;
	assert_true(stirs(f, RTM_DELNEIGH, NUD_FAILED));
}

/* What becomes dirty as a neighbour has that MAC; 0: has gone. */
static unsigned int tell(struct notify_fixture *f, int ifindex, const char *addr, __u8 mac)
{
	struct nsa_neigh neigh = {
		.ifindex = ifindex, .state = NUD_REACHABLE, .has_mac = true, .mac = NODE_MAC(mac)
	};

	neigh.family = read_addr(addr, neigh.addr);
	f->owner.dirty = 0;
	nsa_record_neigh(&f->state, &f->owner, &neigh, !mac);
	return f->owner.dirty;
}

/* Ports know whose an address is on a link with others. They become dirty only if it is another's
 * now. */
static void test_holders(void **state)
{
	const __u8 addr[] = { 10, 40, 0, 2 };
	struct notify_fixture *f = *state;

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
	struct notify_fixture *f = *state;

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
static unsigned int feed_fdb(struct notify_fixture *f, __u16 type, int port, __u16 fdb_state,
			     __u8 flags, __u16 vlan)
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

static int behind(const struct notify_fixture *f)
{
	const __u8 mac[] = NODE_MAC(0x77);
	const struct nsa_fdb *fdb = nsa_snapshot_fdb(&f->world.snapshot, BR0, mac);

	return fdb ? fdb->port : 0;
}

/* What a bridge learns is noted, and nothing read for it. */
static void test_bridges(void **state)
{
	struct notify_fixture *f = *state;

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_routes),	    TEST(test_routes_of_ports), TEST(test_appended),
		TEST(test_source_specific), TEST(test_neighbours),	TEST(test_holders),
		TEST(test_gateways),	    TEST(test_bridges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
