// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/model/plan_route.c: routes that stay the kernel's, and their MTU. */
#include "scene.h"
#include "world.h"

static void l4_hash(struct world *w)
{
	w->snapshot.settings.l3_hash4 = false;
}

static void policy_rules_l4_hash(struct world *w)
{
	policy_rules(w);
	l4_hash(w);
}

static void tunnel_rules(struct world *w)
{
	policy_rules(w);
	w->snapshot.settings.tunnel_rules = true;
}

static void suppress_rules(struct world *w)
{
	policy_rules(w);
	w->snapshot.settings.suppress_rules6 = true;
}

static void use_pmtu(struct world *w)
{
	w->snapshot.settings.use_pmtu = true;
}

static void policy_rules_use_pmtu(struct world *w)
{
	policy_rules(w);
	use_pmtu(w);
}

static const struct scene scenes[] = {
	{ .what = "what only the kernel's lookup can tell, or only the kernel can send",
	  .fib = NET_WIRE "10.3.0.0/16 via 10.0.0.2 dev eth0 multipath\n"
			  "10.4.0.0/16 via 10.0.0.2 dev eth0 encap\n"
			  "10.5.0.0/16 via 10.0.0.2 dev eth0 tos 16\n"
			  "10.6.0.0/16 via 10.0.0.2 dev eth0 from 10.9.0.0/16\n"
			  "10.7.0.0/16 via 10.0.0.2\n"
			  "10.8.0.0/16 nhid\n"
			  "10.9.0.0/16 multipath encap",
	  .neighs = "10.0.0.2 dev eth0 02\n10.0.0.20 dev eth0 20",
	  .plan = "10.3.0.0/16 kernel fib pass_fib\n"
		  "10.4.0.0/16 kernel pass pass_encap dev eth0\n"
		  "10.5.0.0/16 kernel fib pass_fib\n10.6.0.0/16 kernel fib pass_fib\n"
		  "10.7.0.0/16 kernel pass pass_route\n"
		  "10.8.0.0/16 kernel fib pass_fib\n"
		  "10.9.0.0/16 kernel pass pass_encap\n"
		  "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.0.0.2/32 neighbour nic dev eth0 10>02 mtu 1500 tx 3\n"
		  "10.0.0.20/32 endpoint macvlan dev eth0 to mac 10>20 mtu 1500\n" },
	{ .what = "routes that expire: the kernel doesn't use them from then on, and tells later",
	  .fib = "::/0 via fd00::2 dev eth0 expires\nfd00::/64 dev eth0 expires",
	  .neighs = "fd00::2 dev eth0 02",
	  .plan = "::/0 kernel fib pass_fib\nfd00::/64 kernel fib pass_fib\n" },
	{ .what = "routes of other types",
	  .fib = "blackhole 10.3.0.0/16\nunreachable 10.4.0.0/16\nprohibit 10.5.0.0/16\n"
		 "throw 10.6.0.0/16\nmulticast 224.0.0.0/4\nlocal 10.7.0.1\n"
		 "broadcast 10.7.0.255\nanycast fd00::\nunreachable ::/0",
	  .plan = "::/0 kernel pass pass_route\n224.0.0.0/4 kernel pass pass_multicast\n"
		  "10.3.0.0/16 kernel drop drop_blackhole\n"
		  "10.4.0.0/16 kernel pass pass_route\n10.5.0.0/16 kernel pass pass_route\n"
		  "10.6.0.0/16 kernel pass pass_route\n"
		  "10.7.0.1/32 kernel pass pass_local\n"
		  "10.7.0.255/32 kernel pass pass_multicast\n"
		  "fd00::/128 kernel pass pass_local\n" },
	{ .what = "the local table has more than local addresses: what else is there needn't come "
		  "first",
	  .fib = NET_BLUE NET_WIRE
	  "blackhole 10.1.0.9 table 255 tos 8\n10.0.0.2 dev eth0 table 255\n"
	  "10.3.0.0/16 via 10.1.0.2 dev blue table 255\n10.3.1.0/24 dev eth1\n"
	  "10.4.0.0/16 dev eth0 table 255 tos 8\nfd00:1::2 dev eth0 table 255\n"
	  "fd00:1::2 dev eth1 table 255\nfd00:1::/64 dev blue",
	  .neighs = "10.0.0.2 dev eth0 02",
	  .plan = "10.3.0.0/16 kernel pass pass_route\n10.4.0.0/16 kernel pass pass_route\n"
		  "10.0.0.0/24" ON_LINK "eth0\n10.1.0.0/24" ON_LINK "blue\n"
		  "10.0.0.2/32 kernel pass pass_route\n" VETH "1500\n"
		  "10.1.0.9/32 kernel pass pass_route\n"
		  "fd00:1::/64" ON_LINK "blue\nfd00:1::2/128 kernel pass pass_route\n" },
	{ .what = "the rule for the local table has moved: a route there isn't the first",
	  .fib = "10.0.0.2 dev eth0 table 255\nlocal 10.1.0.1",
	  .neighs = "10.0.0.2 dev eth0 02",
	  .change = policy_rules,
	  .plan = "0.0.0.0/0 kernel fib pass_fib\n::/0 kernel fib pass_fib\n"
		  "10.0.0.2/32 kernel pass pass_route\n10.1.0.1/32 kernel pass pass_local\n" },
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
	  .plan = "10.1.0.0/24 kernel fib pass_fib\n" },
	{ .what = "the same prefix for another TOS, whatever its metric: contested",
	  .fib = NET_BLUE "10.1.0.0/24 dev red tos 8 metric 9",
	  .plan = "10.1.0.0/24 kernel fib pass_fib\n" },
	{ .what = "the same prefix from one source: contested",
	  .fib = "fd00:1::/64 dev blue metric 1\nfd00:1::/64 dev red from fd00:2::/64 metric 9",
	  .plan = "fd00:1::/64 kernel fib pass_fib\n" },
	{ .what = "the MTU of a shorter prefix, which takes what no route here does",
	  .fib = "0.0.0.0/0 via 10.0.0.2 dev eth0 mtu 1300\n10.5.0.0/16 dev eth1 mtu 1400\n"
		 "10.5.1.0/24 via 10.0.0.2 dev eth0 tos 16\n10.3.0.0/16 multipath\n"
		 "10.6.0.0/16 multipath mtu 1280\n::/0 dev eth0 mtu 1400\n"
		 "fd00:1::/64 via fd00::2 dev eth0 expires",
	  .plan = "0.0.0.0/0 kernel pass pass_no_neigh dev eth0 via 10.0.0.2\n"
		  "::/0 kernel pass pass_no_neigh dev eth0\n"
		  "10.3.0.0/16 kernel fib pass_fib 00>00 mtu 1300\n"
		  "10.5.0.0/16 kernel pass pass_no_neigh dev eth1\n"
		  "10.6.0.0/16 kernel fib pass_fib 00>00 mtu 1280\n"
		  "10.5.1.0/24 kernel fib pass_fib 00>00 mtu 1300\n"
		  "fd00:1::/64 kernel fib pass_fib 00>00 mtu 1400\n",
	  .wanted = "10.0.0.2 dev eth0\n" },
	{ .what = "the MTU of table default, which takes what no IPv4 route in main does",
	  .fib = "0.0.0.0/0 via 10.0.0.2 dev eth0 tos 16\n0.0.0.0/0 dev eth1 mtu 1300 table 253\n"
		 "10.0.0.0/8 dev eth1 table 253 mtu 1350\n10.6.0.0/16 multipath mtu 1280\n"
		 "fd00:1::/64 via fd00::2 dev eth0 expires\n::/0 dev eth0 table 253 mtu 1280",
	  .plan = "0.0.0.0/0 kernel fib pass_fib 00>00 mtu 1300\n"
		  "10.6.0.0/16 kernel fib pass_fib 00>00 mtu 1280\n"
		  "fd00:1::/64 kernel fib pass_fib\n" },
	{ .what = "flows hashed by more than addresses: the kernel's lookup would tell others",
	  .fib = NET_WIRE "10.3.0.0/16 multipath\n10.5.0.0/16 via 10.0.0.2 dev eth0 tos 16\n"
			  "10.6.0.0/16 multipath\n10.6.0.0/16 via 10.0.0.2 dev eth0\n"
			  "fd00:3::/64 multipath",
	  .change = l4_hash,
	  .plan = "10.3.0.0/16 kernel pass pass_fib\n10.5.0.0/16 kernel fib pass_fib\n"
		  "10.6.0.0/16 kernel pass pass_fib\n"
		  "10.0.0.0/24" ON_LINK "eth0\n"
		  "fd00:3::/64 kernel fib pass_fib\n" },
	{ .what = "policy rules: the main table alone isn't the answer, but what is local stays so",
	  .fib = NET_BLUE NET_WIRE "local 10.1.0.1",
	  .neighs = "10.0.0.2 dev eth0 02",
	  .statics = "10.9.0.0/16 netns blue",
	  .change = policy_rules,
	  .plan = "0.0.0.0/0 kernel fib pass_fib\n::/0 kernel fib pass_fib\n"
		  "10.9.0.0/16 static veth dev blue to blue 12>22 mtu 1500\n"
		  "10.1.0.1/32 kernel pass pass_local\n" },

	{ .what = "policy rules, and flows hashed by more than addresses",
	  .fib = "default via 10.0.0.2 dev eth0\nlocal 10.2.0.0/16",
	  .change = policy_rules_l4_hash,
	  .plan = "0.0.0.0/0 kernel pass pass_fib\n::/0 kernel fib pass_fib\n"
		  "10.2.0.0/16 kernel pass pass_local\n" },
	{ .what = "policy rules that go by tunnels' ids: the kernel's lookup isn't told of them",
	  .fib = "default via 10.0.0.2 dev eth0\nlocal 10.2.0.0/16",
	  .change = tunnel_rules,
	  .plan = "0.0.0.0/0 kernel pass pass_fib\n::/0 kernel pass pass_fib\n"
		  "10.2.0.0/16 kernel pass pass_local\n" },
	{ .what = "IPv6 policy rules that suppress routes: the kernel's lookup for programs does "
		  "not",
	  .fib = "default via 10.0.0.2 dev eth0\nlocal 10.2.0.0/16",
	  .change = suppress_rules,
	  .plan = "0.0.0.0/0 kernel fib pass_fib\n::/0 kernel pass pass_fib\n"
		  "10.2.0.0/16 kernel pass pass_local\n" },
	{ .what = "policy rules, and all addresses local",
	  .fib = "default via 10.0.0.2 dev eth0\nlocal 0.0.0.0/0",
	  .change = policy_rules,
	  .plan = "0.0.0.0/0 kernel pass pass_local\n::/0 kernel fib pass_fib\n" },

	{ .what = "path MTUs, which only the kernel's lookup knows, unless the route has an MTU, "
		  "too",
	  .fib = NET_WIRE "10.3.0.0/16 via 10.0.0.2 dev eth0\n10.4.0.0/16 multipath\n"
			  "10.5.0.0/16 via 10.0.0.2 dev eth0 mtu 1400\nblackhole 10.6.0.0/16\n"
			  "10.7.0.0/16 via fd00::2 dev eth0\nfd03::/64 via fd00::2 dev eth0",
	  .neighs = "10.0.0.2 dev eth0 02\nfd00::2 dev eth0 02",
	  .statics = "10.9.0.0/16 via 10.0.0.2",
	  .change = use_pmtu,
	  .plan = "10.3.0.0/16 kernel fib pass_fib\n10.4.0.0/16 kernel fib pass_fib\n"
		  "10.5.0.0/16 kernel pass pass_fib 00>00 mtu 1400\n"
		  "10.6.0.0/16 kernel drop drop_blackhole\n"
		  "10.7.0.0/16 kernel fib pass_fib\n"
		  "10.9.0.0/16 static nic dev eth0 via 10.0.0.2 10>02 mtu 1500 tx 3\n"
		  "10.0.0.0/24 kernel fib pass_fib\n"
		  "fd03::/64 kernel nic dev eth0 via fd00::2 10>02 mtu 1500 tx 3\n" },
	{ .what = "path MTUs, policy rules, and a route with an MTU that may be the one",
	  .fib = NET_WIRE "10.3.0.0/16 dev eth1 mtu 1400 table 100",
	  .change = policy_rules_use_pmtu,
	  .plan = "0.0.0.0/0 kernel pass pass_fib 00>00 mtu 1400\n::/0 kernel fib pass_fib\n" },
};

static void test_route_scenes(void **state)
{
	(void)state;
	check_scenes(scenes, ELEMENTS(scenes));
}

static __u32 default_mtu(const struct world *w, const char *prefix)
{
	struct nsaccel_prefix key = read_prefix(prefix);

	return nsa_nexthop(w->hops, nsa_table_find(w->table, &key)->wanted)->record.mtu;
}

/* The kernel's own lookup doesn't tell a route's MTU, and with rules it may be any route's. */
static void test_ruled_mtu(void **state)
{
	struct world w;

	(void)state;
	world_make(&w);
	w.snapshot.settings.policy_rules = true;
	world_routes(&w, "default via 10.0.0.2 dev eth0\nfd00::/64 dev eth0 mtu 1280 table 100");
	world_settle(&w);
	assert_int_equal(default_mtu(&w, "0.0.0.0/0"), 0);
	/* What has changed since is touched. */
	world_routes(&w, "10.3.0.0/16 via 10.0.0.2 dev eth0 mtu 1400");
	world_settle_touched(&w);
	assert_int_equal(default_mtu(&w, "0.0.0.0/0"), 1400);
	world_routes(&w, "10.3.0.0/24 via 10.0.0.2 dev eth0 table 100 mtu 1300");
	world_settle_touched(&w);
	assert_int_equal(default_mtu(&w, "0.0.0.0/0"), 1300);
	world_routes(&w, "10.3.0.0/25 via 10.0.0.2 dev eth0 table 100 mtu 1350");
	world_settle_touched(&w);
	assert_int_equal(default_mtu(&w, "0.0.0.0/0"), 1300);
	assert_int_equal(default_mtu(&w, "::/0"), 1280);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_route_scenes),
		cmocka_unit_test(test_ruled_mtu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
