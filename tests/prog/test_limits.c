// SPDX-License-Identifier: GPL-2.0-only
/*
 * The arithmetic of rates, to the nanosecond: what a packet takes is so long here that the time
 * which a test takes itself doesn't matter.
 */
#include "rig.h"

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define SECOND 1000000000ULL
#define HOUR   (3600 * SECOND)
#define DAY    86400 /* seconds */

static struct world world;

static const struct arrival from_red = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED };
static const struct arrival from_eth0 = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = ETH0 };

/* each: how long one takes; depth: of how many. Paid for until hours ago. */
static struct nsaccel_rate rate(__u64 each, __u64 depth)
{
	return (struct nsaccel_rate){
		.per_second = 1,
		.burst = depth,
		.cost = each << NSACCEL_COST_SHIFT,
		.depth = each * depth,
		.tat = rig_now() - 2 * each * depth,
	};
}

static void start(void)
{
	world_init(&world);
	world.isolation[NS_RED].limited = 1;
}

static const struct packet_spec to_eth1 = { .dst = "10.1.0.9", .src = "10.2.0.2" };
static const struct packet_spec to_red = { .dst = "10.2.0.2" };

static __u32 send_as(const struct arrival *arrival, const struct packet_spec *what)
{
	struct packet_spec spec = *what;
	struct packet packet;

	spec.dst_mac = PORT_MAC(arrival->dev);
	spec.src_mac = arrival->dev == RED ? BEHIND_MAC(RED) : HOST_MAC(ETH0);
	packet_build(&packet, &spec);
	return rig_run_tc(rig, arrival, &packet)->verdict;
}

static void assert_taken(const struct arrival *arrival, const struct packet_spec *what, int times)
{
	for (int i = 0; i < times; i++)
		assert_int_equal(send_as(arrival, what), TC_ACT_REDIRECT);
}

static void assert_refused(const struct arrival *arrival, const struct packet_spec *what)
{
	struct counted counted;

	rig_forget_counts(rig);
	assert_int_equal(send_as(arrival, what), TC_ACT_SHOT);
	counted = rig_counted(rig);
	assert_int_equal(counted.packets, 1);
	assert_int_equal(counted.reason, NSACCEL_DROP_LIMIT);
}

static __u64 tat(enum nsaccel_direction direction, bool bits)
{
	struct nsaccel_limits limits;

	rig_limits(rig, NS_RED, &limits);
	return bits ? limits.bits[direction].tat : limits.packets[direction].tat;
}

/* A burst, and the packet that it ends with; then nothing more. */
static void burst(enum nsaccel_direction direction, const struct arrival *arrival,
		  const struct packet_spec *what)
{
	start();
	world.limits[NS_RED].packets[direction] = rate(HOUR, 10);
	rig_apply(rig, &world);
	assert_taken(arrival, what, 11);
	assert_refused(arrival, what);
	assert_refused(arrival, what);
	/* What was refused has cost nothing: the time of one gone by, there is room for one. */
	world.limits[NS_RED].packets[direction].tat = tat(direction, false) - HOUR;
	rig_set_limits(rig, NS_RED, &world.limits[NS_RED]);
	assert_taken(arrival, what, 1);
	assert_refused(arrival, what);
}

static void burst_out(void **state)
{
	(void)state;
	burst(NSACCEL_DIRECTION_OUT, &from_red, &to_eth1);
}

static void burst_in(void **state)
{
	(void)state;
	burst(NSACCEL_DIRECTION_IN, &from_eth0, &to_red);
}

/* Whose it is not to send, the kernel may send on: within the rate. */
static void what_the_guard_passes_is_limited(void **state)
{
	static const struct packet_spec forged = { .dst = "10.1.0.9", .src = "192.0.2.7" };

	(void)state;
	start();
	world.isolation[NS_RED].guard = NSACCEL_GUARD_PASS;
	world.limits[NS_RED].packets[NSACCEL_DIRECTION_OUT] = rate(HOUR, 3);
	rig_apply(rig, &world);
	for (int i = 0; i < 4; i++)
		assert_int_equal(send_as(&from_red, &forged), (__u32)TC_ACT_UNSPEC);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_PASS_GUARD_SOURCE);
	assert_refused(&from_red, &forged);
}

/* However long nobody sent, no more than one burst is there. */
static void idleness_earns_one_burst(void **state)
{
	(void)state;
	start();
	world.limits[NS_RED].packets[NSACCEL_DIRECTION_OUT] = rate(HOUR, 3);
	world.limits[NS_RED].packets[NSACCEL_DIRECTION_OUT].tat = rig_now() - 1000 * HOUR;
	rig_apply(rig, &world);
	assert_taken(&from_red, &to_eth1, 4);
	assert_refused(&from_red, &to_eth1);
}

/* Neither direction takes of the other, nor is the owner's or another's limited. */
static void directions_are_apart(void **state)
{
	(void)state;
	start();
	world.limits[NS_RED].packets[NSACCEL_DIRECTION_OUT] = rate(HOUR, 1);
	rig_apply(rig, &world);
	assert_taken(&from_eth0, &to_red, 20);
	assert_taken(&from_red, &to_eth1, 2);
	assert_refused(&from_red, &to_eth1);
	assert_taken(&from_eth0, &to_red, 20);
}

/* What one packet of red's takes of its bytes and packets, each of which is an hour's. */
static void assert_load(const struct arrival *arrival, const struct packet_spec *what, __u64 bytes,
			__u64 packets)
{
	__u64 before = rig_now() - SECOND;

	start();
	world.limits[NS_RED].bits[NSACCEL_DIRECTION_OUT] = rate(SECOND, DAY);
	world.limits[NS_RED].packets[NSACCEL_DIRECTION_OUT] = rate(SECOND, DAY);
	world.limits[NS_RED].bits[NSACCEL_DIRECTION_OUT].tat = before;
	world.limits[NS_RED].packets[NSACCEL_DIRECTION_OUT].tat = before;
	rig_apply(rig, &world);
	assert_taken(arrival, what, 1);
	assert_int_equal((tat(NSACCEL_DIRECTION_OUT, true) - before) / SECOND, bytes);
	assert_int_equal((tat(NSACCEL_DIRECTION_OUT, false) - before) / SECOND, packets);
}

static void what_a_packet_takes(void **state)
{
	(void)state;
	assert_load(&from_red, &to_eth1, ETH_HLEN + 20 + 8 + 26, 1);
	assert_load(&from_red, &(struct packet_spec){ .dst = "fd01::9", .src = "fd02::2" },
		    ETH_HLEN + 40 + 8 + 26, 1);
}

/* On the wire each segment has the headers, of which the skb has one set. */
static void what_segments_take(void **state)
{
	struct arrival gso = from_red;

	(void)state;
	gso.gso_size = 1448;
	assert_load(&gso,
		    &(struct packet_spec){ .dst = "10.1.0.9",
					   .src = "10.2.0.2",
					   .proto = IPPROTO_TCP,
					   .l3_len = 40 + 2896 },
		    2ULL * (ETH_HLEN + 40 + 1448), 2);
	assert_load(&gso,
		    &(struct packet_spec){ .dst = "10.1.0.9",
					   .src = "10.2.0.2",
					   .proto = IPPROTO_TCP,
					   .doff = 8,
					   .l3_len = 52 + 2896 },
		    2ULL * (ETH_HLEN + 52 + 1448), 2);
	/* UDP fits whole, or is the kernel's. */
	gso.gso_size = 700;
	assert_load(
		&gso,
		&(struct packet_spec){ .dst = "fd01::9", .src = "fd02::2", .l3_len = 48 + 1400 },
		2ULL * (ETH_HLEN + 48 + 700), 2);
	/* Of a packet socket's nobody has counted the segments, and a tenth of them is too many. */
	gso.dodgy = true;
	gso.gso_size = 100;
	assert_load(&gso,
		    &(struct packet_spec){ .dst = "10.1.0.9",
					   .src = "10.2.0.2",
					   .proto = IPPROTO_TCP,
					   .l3_len = 40 + 2801 },
		    ETH_HLEN + 40 + 2801 + 28ULL * (ETH_HLEN + 40), 29);
}

/* What one rate refuses isn't taken of the other. */
static void refused_by_one_rate(void **state)
{
	__u64 paid;

	(void)state;
	start();
	world.limits[NS_RED].bits[NSACCEL_DIRECTION_OUT] = rate(SECOND, 100);
	world.limits[NS_RED].packets[NSACCEL_DIRECTION_OUT] = rate(SECOND, DAY);
	rig_apply(rig, &world);
	assert_taken(&from_red, &to_eth1, 2); /* of 68 bytes each */
	paid = tat(NSACCEL_DIRECTION_OUT, false);
	assert_refused(&from_red, &to_eth1);
	assert_int_equal(tat(NSACCEL_DIRECTION_OUT, false), paid);

	start();
	world.limits[NS_RED].bits[NSACCEL_DIRECTION_OUT] = rate(SECOND, DAY);
	world.limits[NS_RED].packets[NSACCEL_DIRECTION_OUT] = rate(HOUR, 1);
	rig_apply(rig, &world);
	assert_taken(&from_red, &to_eth1, 2);
	paid = tat(NSACCEL_DIRECTION_OUT, true);
	assert_refused(&from_red, &to_eth1);
	assert_int_equal(tat(NSACCEL_DIRECTION_OUT, true), paid);
}

/* Asking costs nothing. */
static void probes_are_free(void **state)
{
	struct arrival probe = from_red;

	(void)state;
	start();
	world.limits[NS_RED].packets[NSACCEL_DIRECTION_OUT] = rate(HOUR, 1);
	rig_apply(rig, &world);
	probe.probe = true;
	assert_taken(&probe, &to_eth1, 10);
	assert_taken(&from_red, &to_eth1, 2);
	assert_refused(&from_red, &to_eth1);
	assert_taken(&probe, &to_eth1, 10);
}

/* A mark in cb, without being asked as a probe is, isn't free. */
static void forged_probes_are_not(void **state)
{
	struct arrival forged = from_red;

	(void)state;
	start();
	world.limits[NS_RED].packets[NSACCEL_DIRECTION_OUT] = rate(HOUR, 1);
	rig_apply(rig, &world);
	forged.forged = true;
	assert_taken(&forged, &to_eth1, 2);
	assert_refused(&forged, &to_eth1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(burst_out),
		cmocka_unit_test(burst_in),
		cmocka_unit_test(what_the_guard_passes_is_limited),
		cmocka_unit_test(idleness_earns_one_burst),
		cmocka_unit_test(directions_are_apart),
		cmocka_unit_test(what_a_packet_takes),
		cmocka_unit_test(what_segments_take),
		cmocka_unit_test(refused_by_one_rate),
		cmocka_unit_test(probes_are_free),
		cmocka_unit_test(forged_probes_are_not),
	};

	return cmocka_run_group_tests_name("limits", tests, rig_set_up, rig_tear_down);
}
