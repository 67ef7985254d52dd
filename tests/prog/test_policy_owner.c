// SPDX-License-Identifier: GPL-2.0-only
/* Policies: no way by the owner, a bridge or another device of the owner goes past them. */
#include "policing.h"

#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What the owner takes, or sends where nobody looks, whatever else keeps it off the fast path. */
static void the_owner_is_reached_by_no_detour(void **state)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED };
	struct packet_spec spec = { .dport = 53,
				    .dst_mac = PORT_MAC(RED),
				    .src_mac = BEHIND_MAC(RED),
				    .src = "10.2.0.2",
				    .dst = "10.2.0.1" };
	struct packet packet;

	(void)state;
	police("--from red --to owner deny", NULL);
	for (int ihl = 5; ihl <= 7; ihl += 2)
		for (int ttl = 1; ttl <= 64; ttl += 63) {
			spec.ihl = ihl;
			spec.ttl = ttl;
			packet_build(&packet, &spec);
			rig_forget_counts(rig);
			assert_int_equal(rig_run_tc(rig, &arrival, &packet)->verdict, TC_ACT_SHOT);
			assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_POLICY);
		}
}

/* An advertisement isn't on the link because it says so: the owner would route it. */
static void what_looks_like_nd_is_no_detour(void **state)
{
	const struct arrival in = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED };
	const struct packet_spec spec = { .dst_mac = PORT_MAC(RED),
					  .src_mac = BEHIND_MAC(RED),
					  .src = "fd02::2",
					  .dst = "fd09::9",
					  .proto = IPPROTO_ICMPV6,
					  .icmp_type = 136,
					  .ttl = 255 };
	struct packet packet;

	(void)state;
	world_add_route(&policed_world, NS_OWNER, "fd09::/16", TO_NO_PORT);
	rig_apply(rig, &policed_world);
	police("--from red deny", NULL);
	packet_build(&packet, &spec);
	assert_int_equal(rig_run_tc(rig, &in, &packet)->verdict, TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_POLICY);
}

/* A neighbour advertisement of red's, from an address that nobody is known to have, to the
 * bridge. */
static __u32 advertise_by_bridge(const char *dst, int ttl)
{
	const struct arrival in = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED };
	const struct packet_spec spec = { .dst_mac = PORT_MAC(RED),
					  .src_mac = BEHIND_MAC(RED),
					  .src = "fd02::77",
					  .dst = dst,
					  .proto = IPPROTO_ICMPV6,
					  .icmp_type = 136,
					  .ttl = ttl };
	struct packet packet;

	packet_build(&packet, &spec);
	return rig_run_tc(rig, &in, &packet)->verdict;
}

/* red is behind a bridge, which routes what is sent to it: iif is the bridge's then. */
static void a_bridge_does_not_hide_who_sends(void **state)
{
	const struct arrival in = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED };
	const struct arrival out = { .hook = NSACCEL_HOOK_TC_EGRESS, .dev = BLUE, .iif = BRIDGE };
	struct packet_spec spec = { .ihl = 7, .dport = 53 };
	struct packet packet;

	(void)state;
	world_bridge(&policed_world, RED);
	rig_apply(rig, &policed_world);
	for (int ns = NS_OWNER; ns < NS_COUNT; ns++)
		set_default((enum ns)ns, NSACCEL_VERDICT_ALLOW);
	police("--from red --to blue deny", NULL);
	build_between(&packet, SIDE_RED, SIDE_BLUE, false, &spec);
	assert_int_equal((int)rig_run_tc(rig, &in, &packet)->verdict, TC_ACT_UNSPEC);
	assert_int_equal(rig_run_tc(rig, &out, &packet)->verdict, TC_ACT_SHOT);
	/* By its advertisement the owner learns an address of which it doesn't know yet whose it
	 * is. */
	assert_int_equal(advertise_by_bridge("fe80::1", 255), (__u32)TC_ACT_UNSPEC);
	assert_int_equal(advertise_by_bridge("fe80::1", 64), TC_ACT_SHOT);
	assert_int_equal(advertise_by_bridge("fd03::2", 255), TC_ACT_SHOT);
	/* With another's address it isn't let past. */
	spec.dst_mac = PORT_MAC(RED);
	spec.src_mac = BEHIND_MAC(RED);
	spec.src = "10.0.0.9";
	spec.dst = "10.3.0.2";
	packet_build(&packet, &spec);
	rig_forget_counts(rig);
	assert_int_equal(rig_run_tc(rig, &in, &packet)->verdict, TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_CLOSED);
}

/* A device of the owner's of which nothing else is known: a bridge of ports, or not. */
static void set_blurred(__u32 ifindex, bool blurred)
{
	const struct nsa_endpoint_entry entry = {
		.key = { .owner_slot = NS_OWNER, .ifindex = ifindex },
		.ep = { .key = { .owner_slot = NS_OWNER, .ifindex = ifindex } },
	};

	assert_int_equal(blurred ? nsa_maps_endpoint_put(&policing_maps, &entry) :
				   nsa_maps_endpoint_del(&policing_maps, &entry.key),
			 0);
}

static __u32 enter_blue(__u32 iif, const char *src)
{
	const struct arrival out = { .hook = NSACCEL_HOOK_TC_EGRESS, .dev = BLUE, .iif = iif };
	const struct packet_spec spec = { .dst_mac = BEHIND_MAC(BLUE),
					  .src_mac = PORT_MAC(BLUE),
					  .dport = 53,
					  .src = src,
					  .dst = "10.3.0.2" };
	struct packet packet;

	packet_build(&packet, &spec);
	forget_conns();
	rig_forget_counts(rig);
	return rig_run_tc(rig, &out, &packet)->verdict;
}

#define TUNNEL 150

/* A source alone proves nothing: what comes in by a device that nobody looks at (a tunnel, a NIC
 * that isn't attached) is the owner's, and has to be allowed as whose it claims to be, too. */
static void a_source_is_no_proof(void **state)
{
	(void)state;
	police("--from red --to blue allow", "--to blue deny", NULL);
	set_blurred(BRIDGE, true);
	assert_int_equal(enter_blue(IFINDEX(RED), "10.2.0.2"), (__u32)TC_ACT_UNSPEC);
	assert_int_equal(enter_blue(BRIDGE, "10.2.0.2"), (__u32)TC_ACT_UNSPEC);
	assert_int_equal(enter_blue(BRIDGE, "192.0.2.1"), TC_ACT_SHOT);
	assert_int_equal(enter_blue(TUNNEL, "10.2.0.2"), TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_POLICY);
	police("--from red --to blue deny", NULL);
	assert_int_equal(enter_blue(BRIDGE, "10.2.0.2"), TC_ACT_SHOT);
	assert_int_equal(enter_blue(TUNNEL, "10.2.0.2"), TC_ACT_SHOT);
	assert_int_equal(enter_blue(TUNNEL, "192.0.2.1"), (__u32)TC_ACT_UNSPEC);
	set_blurred(BRIDGE, false);
	assert_int_equal(enter_blue(BRIDGE, "10.2.0.2"), TC_ACT_SHOT);
}

/* Nor from a wire that is on the bridge. */
static void a_wire_on_a_bridge_is_nobody_else(void **state)
{
	const struct arrival in = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = ETH0 };
	struct packet_spec spec = { .dst_mac = PORT_MAC(ETH0),
				    .src_mac = BEHIND_MAC(ETH0),
				    .ihl = 7,
				    .dport = 53,
				    .src = "10.2.0.2",
				    .dst = "10.3.0.2" };
	struct packet packet;

	(void)state;
	world_bridge(&policed_world, ETH0);
	rig_apply(rig, &policed_world);
	police("--from red --to blue allow", "--to blue deny", NULL);
	packet_build(&packet, &spec);
	assert_int_equal(rig_run_tc(rig, &in, &packet)->verdict, TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_CLOSED);
	spec.src = "192.0.2.1";
	packet_build(&packet, &spec);
	assert_int_equal(rig_run_tc(rig, &in, &packet)->verdict, (__u32)TC_ACT_UNSPEC);
}

/* Other masters take what comes in as theirs, too (a VRF, a bond). */
static void no_master_hides_who_sends(void **state)
{
	const struct arrival in = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED };
	struct packet_spec spec = { .dst_mac = PORT_MAC(RED),
				    .src_mac = BEHIND_MAC(RED),
				    .dport = 53,
				    .src = "10.2.0.2",
				    .dst = "10.3.0.2" };
	struct packet packet;

	(void)state;
	policed_world.ports[RED].enslaved = 1;
	policed_world.ports[RED].forward4 = 0;
	rig_apply(rig, &policed_world);
	police("--from red --to blue deny", NULL);
	packet_build(&packet, &spec);
	assert_int_equal(rig_run_tc(rig, &in, &packet)->verdict, (__u32)TC_ACT_UNSPEC);
	spec.src = "10.0.0.9";
	packet_build(&packet, &spec);
	rig_forget_counts(rig);
	assert_int_equal(rig_run_tc(rig, &in, &packet)->verdict, TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_CLOSED);
}

static __u32 leave_red(const char *src, bool tagged, __u16 vlan)
{
	const struct arrival in = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED, .tagged = tagged };
	const struct packet_spec spec = { .dport = 53,
					  .dst_mac = tagged ? PORT_MAC(RED) : PORT_MAC(ETH2),
					  .src_mac = BEHIND_MAC(RED),
					  .vlan = vlan,
					  .src = src,
					  .dst = "10.1.0.9" };
	struct packet packet;

	packet_build(&packet, &spec);
	rig_forget_counts(rig);
	return rig_run_tc(rig, &in, &packet)->verdict;
}

/* The owner may have a VLAN device, or a macvlan, on red's host end: what it sends on, out of a
 * port, is judged by its source. */
static void upper_devices_do_not_hide_who_sends(void **state)
{
	(void)state;
	for (int ns = NS_OWNER; ns < NS_COUNT; ns++)
		set_default((enum ns)ns, NSACCEL_VERDICT_ALLOW);
	police("--from red --to 10.9.0.0/16 deny", NULL);
	for (int tagged = 0; tagged < 2; tagged++) {
		assert_int_equal(leave_red("10.2.0.2", tagged, 0), (__u32)TC_ACT_UNSPEC);
		assert_int_equal(leave_red("192.0.2.7", tagged, 0), (__u32)TC_ACT_UNSPEC);
		assert_int_equal(leave_red("10.3.0.2", tagged, 0), TC_ACT_SHOT);
		assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_CLOSED);
	}
	assert_int_equal(leave_red("10.2.0.2", true, ETH_P_8021Q), TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_CLOSED);
	no_policy();
	assert_int_equal(leave_red("10.3.0.2", true, 0), (__u32)TC_ACT_UNSPEC);
}

/* At the egress of eth1, which red shares, nothing tells any more which macvlan of eth2 has sent
 * it. */
static void a_macvlan_reaches_no_share_as_the_owner(void **state)
{
	const struct arrival out = { .hook = NSACCEL_HOOK_TC_EGRESS,
				     .dev = ETH2,
				     .unmarked = true };
	const struct packet_spec spec = { .dst_mac = PORT_MAC(ETH2),
					  .src_mac = MACVLAN_MAC(NS_GREEN),
					  .src = "10.4.0.2",
					  .dst = "10.1.0.9",
					  .dport = 53 };
	struct packet packet;

	(void)state;
	police("--from red deny", NULL);
	packet_build(&packet, &spec);
	assert_int_equal(rig_run_tc(rig, &out, &packet)->verdict, TC_ACT_REDIRECT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_FWD_NIC);
	world_add_share(&policed_world, ETH1, 0, "10.1.0.9/32", RED);
	rig_apply(rig, &policed_world);
	police("--from red deny", NULL);
	rig_forget_counts(rig);
	assert_int_equal(rig_run_tc(rig, &out, &packet)->verdict, TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_CLOSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_owner_is_reached_by_no_detour),
		TEST(what_looks_like_nd_is_no_detour),
		TEST(a_macvlan_reaches_no_share_as_the_owner),
		TEST(a_bridge_does_not_hide_who_sends),
		TEST(a_source_is_no_proof),
		TEST(a_wire_on_a_bridge_is_nobody_else),
		TEST(no_master_hides_who_sends),
		TEST(upper_devices_do_not_hide_who_sends),
	};

	return cmocka_run_group_tests_name("policy, owner", tests, policing_set_up, rig_tear_down);
}
