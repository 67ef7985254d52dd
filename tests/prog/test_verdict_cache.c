// SPDX-License-Identifier: GPL-2.0-only
/* The verdict cache: a packet goes as one before of the same addresses, as long as what that
 * depends on stands. A port that no longer forwards, of which no sequence tells, shows which
 * packets go so. */
#include "rig.h"
#include "row_worlds.h"

#include <bpf/bpf.h>
#include <linux/pkt_cls.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "maps/fdb.h"
#include "maps/nexthops.h"
#include "maps/sequences.h"

static struct world world;
static struct nsa_maps maps;

static const struct packet_spec nic_to_nic4 = { .dst = "10.1.0.9" };
static const struct packet_spec nic_to_nic6 = { .dst = "fd01::9" };

static bool is_sent(bool xdp, enum dev dev, const struct packet_spec *spec)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = dev };
	struct packet_spec full = *spec;
	struct packet packet;

	full.dst_mac = full.dst_mac ? full.dst_mac : PORT_MAC(dev);
	full.src_mac = full.src_mac ? full.src_mac : HOST_MAC(dev);
	packet_build(&packet, &full);
	if (xdp)
		return rig_run_xdp(rig, PLAIN, dev, &packet)->verdict == XDP_REDIRECT;
	return rig_run_tc(rig, &arrival, &packet)->verdict == TC_ACT_REDIRECT;
}

/* By the stages, so often that a verdict is recorded if there can be one. */
static bool is_sent_often(bool xdp, enum dev dev, const struct packet_spec *spec)
{
	for (int i = 0; i < RIG_UNTIL_RECORDED; i++)
		if (!is_sent(xdp, dev, spec))
			return false;
	return true;
}

/* Is the next packet sent by the verdict on those before? */
static bool is_cached(bool xdp, enum dev dev, const struct packet_spec *spec)
{
	bool cached;

	assert_true(is_sent_often(xdp, dev, spec));
	rig_let_forward(rig, &world, dev, false);
	cached = is_sent(xdp, dev, spec);
	rig_let_forward(rig, &world, dev, true);
	return cached;
}

static void packets_go_as_the_first_did(void **state)
{
	(void)state;
	for (int xdp = 0; xdp < 2; xdp++) {
		assert_true(is_cached(xdp, ETH0, &nic_to_nic4));
		assert_true(is_cached(xdp, ETH0, &nic_to_nic6));
		rig_apply(rig, &world);
	}
}

static void change_config(bool v6)
{
	(void)v6;
	nsa_maps_config_begin(&maps);
	nsa_maps_config_end(&maps);
}

/* The first has none, the second has; and again when it no longer holds. */
static void the_second_in_turn_is_recorded(void **state)
{
	static const struct packet_spec once = { .dst = "10.1.0.77" };

	(void)state;
	assert_true(is_sent(false, ETH0, &once));
	rig_let_forward(rig, &world, ETH0, false);
	assert_false(is_sent(false, ETH0, &once));
	rig_let_forward(rig, &world, ETH0, true);
	change_config(false);
	for (int i = 0; i < 3; i++) {
		assert_true(is_cached(false, ETH0, &once));
		change_config(false);
		assert_true(is_sent(false, ETH0, &once));
		rig_let_forward(rig, &world, ETH0, false);
		assert_true(is_sent(false, ETH0, &once));
		rig_let_forward(rig, &world, ETH0, true);
	}
}

/* Many more than there are elements. */
static void packets_that_come_once_take_no_place(void **state)
{
	char src[16], dst[16];
	const struct packet_spec once = { .src = src, .dst = dst };

	(void)state;
	assert_true(is_sent_often(false, ETH0, &nic_to_nic4));
	for (int i = 0; i < 20000; i++) {
		snprintf(src, sizeof(src), "10.0.0.%d", 10 + i % 200);
		snprintf(dst, sizeof(dst), "10.1.0.%d", 10 + i / 200);
		assert_true(is_sent(false, ETH0, &once));
	}
	rig_let_forward(rig, &world, ETH0, false);
	assert_true(is_sent(false, ETH0, &nic_to_nic4));
}

/* A packet that XDP has passed to TC is the first of its kind there. */
static void each_hook_counts_by_itself(void **state)
{
	static const struct packet_spec to_red = { .dst = "10.2.0.2" };

	(void)state;
	world.hops[TO_RED].tx_slot = 0;
	rig_apply(rig, &world);
	assert_false(is_sent(true, ETH0, &to_red));
	assert_true(is_sent(false, ETH0, &to_red));
	rig_let_forward(rig, &world, ETH0, false);
	assert_false(is_sent(false, ETH0, &to_red));
	rig_let_forward(rig, &world, ETH0, true);
	for (int i = 0; i < RIG_UNTIL_RECORDED; i++) {
		assert_false(is_sent(true, ETH0, &to_red));
		assert_true(is_sent(false, ETH0, &to_red));
	}
	rig_let_forward(rig, &world, ETH0, false);
	assert_true(is_sent(false, ETH0, &to_red));
}

static const struct packet_spec macvlan_to_nic = { .dst = "10.1.0.9",
						   .src = "10.4.0.2",
						   .dst_mac = PORT_MAC(ETH2),
						   .src_mac = MACVLAN_MAC(NS_GREEN) };

static bool is_sent_by_macvlan(void)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_EGRESS, .dev = ETH2 };
	struct packet packet;

	packet_build(&packet, &macvlan_to_nic);
	rig_forget_counts(rig);
	return rig_run_tc(rig, &arrival, &packet)->verdict == TC_ACT_REDIRECT &&
	       rig_counted(rig).reason == NSACCEL_FWD_NIC;
}

/* At egress of its lower; a frame with its addresses that came from the wire is another matter. */
static void macvlans_have_verdicts(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		assert_true(is_sent_by_macvlan());
	rig_let_forward(rig, &world, ETH2, false);
	assert_true(is_sent_by_macvlan());
	assert_int_equal(rig_counted(rig).ns, NS_GREEN);
	assert_int_equal(rig_counted(rig).hook, NSACCEL_HOOK_TC_EGRESS);
	assert_false(is_sent(false, ETH2, &macvlan_to_nic));
	assert_false(is_sent(true, ETH2, &macvlan_to_nic));
	change_config(false);
	assert_false(is_sent_by_macvlan());
}

static const struct packet_spec red_to_nic = { .dst = "10.1.0.9",
					       .src = "10.2.0.2",
					       .dst_mac = PORT_MAC(RED),
					       .src_mac = BEHIND_MAC(RED) };

/* Red is behind a port of a bridge. */
static void bridge_red(void)
{
	world_init(&world);
	red_behind_bridge(&world);
	rig_apply(rig, &world);
}

static bool is_sent_by_bridge(void)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED };
	struct packet packet;

	packet_build(&packet, &red_to_nic);
	return rig_run_tc(rig, &arrival, &packet)->verdict == TC_ACT_REDIRECT;
}

/* Which has to know the sender's MAC at that port, and has to be told that it is in use. */
static void what_a_bridge_routes_has_one(void **state)
{
	struct nsaccel_fdb fdb;

	(void)state;
	bridge_red();
	for (int i = 0; i < RIG_UNTIL_RECORDED; i++)
		assert_true(is_sent_by_bridge());
	rig_let_forward(rig, &world, RED, false);
	assert_true(is_sent_by_bridge());
	fdb = world.fdb[0];
	assert_int_equal(nsa_maps_fdb_put(&maps, &fdb), 0);
	assert_int_equal(rig_seen(rig, fdb.key.mac), 0);
	assert_true(is_sent_by_bridge());
	assert_int_not_equal(rig_seen(rig, fdb.key.mac), 0);
	fdb.ifindex = IFINDEX(BLUE);
	assert_int_equal(nsa_maps_fdb_put(&maps, &fdb), 0);
	assert_false(is_sent_by_bridge());
	assert_int_equal(nsa_maps_fdb_del(&maps, &fdb.key), 0);
	assert_false(is_sent_by_bridge());
}

/* XDP leaves what a bridge's port has received to TC. */
static void xdp_has_none_of_a_bridge(void **state)
{
	const struct packet_spec spec = { .dst = "10.1.0.9", .src_mac = BEHIND_MAC(ETH0) };

	(void)state;
	assert_true(is_cached(true, ETH0, &spec));
	world_bridge(&world, ETH0);
	rig_apply(rig, &world);
	assert_true(is_cached(false, ETH0, &spec));
	assert_false(is_sent(true, ETH0, &spec));
}

static struct nsaccel_prefix prefix_of(bool v6, const char *last)
{
	struct nsaccel_prefix prefix = { .family = v6 ? NSACCEL_FAMILY_INET6 : NSACCEL_FAMILY_INET,
					 .prefixlen = NSACCEL_PREFIX_FAMILY_BITS };

	if (!v6)
		memcpy(prefix.addr, (const __u8[]){ 10, (__u8)(last[0] - '0') }, 2);
	else
		memcpy(prefix.addr, (const __u8[]){ 0xfd, (__u8)(last[0] - '0') }, 2);
	prefix.prefixlen += v6 ? 64 : 24;
	return prefix;
}

static void begin_config(bool v6)
{
	(void)v6;
	nsa_maps_config_begin(&maps);
}

static void begin_route(const struct nsaccel_prefix *prefix)
{
	nsa_maps_route_begin(&maps, prefix);
	nsa_maps_any_seq_advance(&maps);
}

static void change_route(bool v6, const char *last)
{
	const struct nsaccel_prefix prefix = prefix_of(v6, last);

	begin_route(&prefix);
	nsa_maps_route_end(&maps, &prefix);
}

static void change_route_of_dst(bool v6)
{
	change_route(v6, "1");
}

static void change_route_of_src(bool v6)
{
	change_route(v6, "0");
}

static void change_default_route(bool v6)
{
	struct nsaccel_prefix prefix = prefix_of(v6, "0");

	memset(prefix.addr, 0, sizeof(prefix.addr));
	prefix.prefixlen = NSACCEL_PREFIX_FAMILY_BITS;
	begin_route(&prefix);
	nsa_maps_route_end(&maps, &prefix);
}

static void begin_route_of_dst(bool v6)
{
	const struct nsaccel_prefix prefix = prefix_of(v6, "1");

	begin_route(&prefix);
}

static void change_next_hop(bool v6)
{
	struct nsaccel_nexthop hop = world.hops[TO_ETH1];

	(void)v6;
	hop.sequence |= 1;
	assert_int_equal(nsa_maps_nexthop_put(&maps, TO_ETH1, &hop), 0);
	nsa_maps_any_seq_advance(&maps);
	hop.sequence++;
	assert_int_equal(nsa_maps_nexthop_put(&maps, TO_ETH1, &hop), 0);
}

/* Of all that a verdict depends on, and also by a writer who is at work, or was killed. */
static void a_change_ends_it(void **state)
{
	static void (*const changes[])(bool v6) = {
		change_config,	      begin_config,	  change_route_of_dst, change_route_of_src,
		change_default_route, begin_route_of_dst, change_next_hop,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++)
		for (int v6 = 0; v6 < 2; v6++)
			for (int xdp = 0; xdp < 2; xdp++) {
				const struct packet_spec *spec = v6 ? &nic_to_nic6 : &nic_to_nic4;

				assert_true(is_sent_often(xdp, ETH0, spec));
				rig_let_forward(rig, &world, ETH0, false);
				assert_true(is_sent(xdp, ETH0, spec));
				changes[i](v6);
				assert_false(is_sent(xdp, ETH0, spec));
				nsa_maps_sequences_mend(&maps);
				assert_false(is_sent(xdp, ETH0, spec));
				rig_apply(rig, &world);
			}
}

/* Routes elsewhere come and go all the time. A change of its own still ends the verdict. */
static void a_change_elsewhere_does_not(void **state)
{
	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		const struct packet_spec *spec = v6 ? &nic_to_nic6 : &nic_to_nic4;

		assert_true(is_sent_often(false, ETH0, spec));
		rig_let_forward(rig, &world, ETH0, false);
		change_route(v6, "7");
		change_route(!v6, "1");
		assert_true(is_sent(false, ETH0, spec));
		assert_true(is_sent(false, ETH0, spec));
		change_route_of_dst(v6);
		assert_false(is_sent(false, ETH0, spec));
		rig_let_forward(rig, &world, ETH0, true);
	}
}

/* Until something has begun to change, sequences aren't even looked at. */
static void one_word_is_compared(void **state)
{
	const struct nsaccel_prefix dst = prefix_of(false, "1");

	(void)state;
	assert_true(is_sent_often(false, ETH0, &nic_to_nic4));
	rig_let_forward(rig, &world, ETH0, false);
	assert_true(is_sent(false, ETH0, &nic_to_nic4));
	nsa_maps_route_begin(&maps, &dst);
	assert_true(is_sent(false, ETH0, &nic_to_nic4));
	nsa_maps_any_seq_advance(&maps);
	assert_false(is_sent(false, ETH0, &nic_to_nic4));
	nsa_maps_route_end(&maps, &dst);
	rig_apply(rig, &world);
}

/* While a writer is at work, or was killed, none is recorded. */
static void none_is_recorded_during_a_change(void **state)
{
	(void)state;
	nsa_maps_config_begin(&maps);
	assert_false(is_cached(false, ETH0, &nic_to_nic4));
	nsa_maps_sequences_mend(&maps);
	assert_true(is_cached(false, ETH0, &nic_to_nic4));
	rig_apply(rig, &world);
	begin_route_of_dst(false);
	assert_false(is_cached(false, ETH0, &nic_to_nic4));
	nsa_maps_sequences_mend(&maps);
	assert_true(is_cached(false, ETH0, &nic_to_nic4));
}

static void gate(void)
{
	world.ports[ETH0].gate = NSACCEL_GATE_FLOW;
}

static void policy(void)
{
	world.isolation[NS_RED].policy = NSACCEL_VERDICT_DENY;
	world.isolation[NS_OWNER].policy = NSACCEL_VERDICT_ALLOW;
}

static void ask_fib(void)
{
	world.ports[ETH0].policy_routing = 1;
}

/* Decisions on the packet, and those that no sequence follows. */
static void other_decisions_are_not_recorded(void **state)
{
	static const struct packet_spec to_red = { .dst = "10.2.0.2" };
	static void (*const changes[])(void) = { gate, policy, ask_fib };

	(void)state;
	assert_true(is_cached(false, ETH0, &to_red));
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		world_init(&world);
		changes[i]();
		rig_apply(rig, &world);
		if (!is_sent_often(false, ETH0, &to_red))
			continue;
		rig_let_forward(rig, &world, ETH0, false);
		assert_false(is_sent(false, ETH0, &to_red));
	}
}

/* Each in its turn: they share an element of the cache only by chance. */
static void others_do_not_take_it(void **state)
{
	static const struct packet_spec others[] = {
		{ .dst = "10.1.0.9", .ttl = 1 },
		{ .dst = "10.1.0.9", .bad_sum = 1 },
		{ .dst = "10.1.0.9", .ihl = 6 },
		{ .dst = "10.1.0.9", .version = 6 },
		{ .dst = "10.1.0.9", .src_mac = world_macs[MAC_STRANGER][0] },
		{ .dst = "10.1.0.9", .dst_mac = world_macs[MAC_STRANGER][0] },
		{ .dst = "10.1.0.9", .src = "10.0.0.8" },
		{ .dst = "10.1.0.8" },
		{ .dst = "10.1.0.9", .l3_len = WORLD_MTU + 1 },
	};

	(void)state;
	for (int xdp = 0; xdp < 2; xdp++)
		for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
			assert_true(is_sent_often(xdp, ETH0, &nic_to_nic4));
			rig_let_forward(rig, &world, ETH0, false);
			assert_true(is_sent(xdp, ETH0, &nic_to_nic4));
			assert_false(is_sent(xdp, ETH0, &others[i]));
			rig_apply(rig, &world);
		}
}

static int set_up_each(void **state)
{
	(void)state;
	world_init(&world);
	rig_apply(rig, &world);
	rig_maps(rig, &maps);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(packets_go_as_the_first_did, set_up_each),
		cmocka_unit_test_setup(the_second_in_turn_is_recorded, set_up_each),
		cmocka_unit_test_setup(packets_that_come_once_take_no_place, set_up_each),
		cmocka_unit_test_setup(each_hook_counts_by_itself, set_up_each),
		cmocka_unit_test_setup(macvlans_have_verdicts, set_up_each),
		cmocka_unit_test_setup(what_a_bridge_routes_has_one, set_up_each),
		cmocka_unit_test_setup(xdp_has_none_of_a_bridge, set_up_each),
		cmocka_unit_test_setup(a_change_ends_it, set_up_each),
		cmocka_unit_test_setup(a_change_elsewhere_does_not, set_up_each),
		cmocka_unit_test_setup(one_word_is_compared, set_up_each),
		cmocka_unit_test_setup(none_is_recorded_during_a_change, set_up_each),
		cmocka_unit_test_setup(other_decisions_are_not_recorded, set_up_each),
		cmocka_unit_test_setup(others_do_not_take_it, set_up_each),
	};

	return cmocka_run_group_tests(tests, rig_set_up, rig_tear_down);
}
