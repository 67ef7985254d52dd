// SPDX-License-Identifier: GPL-2.0-only
/*
 * Properties that hold for any frame, tried on many that are made up at random: XDP and TC decide
 * alike, what is forwarded differs from what came in as RFC 1812 says and nowhere else, and what
 * is passed on doesn't differ at all.
 */
#include "random.h"
#include "rig.h"

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define HEADERS	      64

static const enum dev ports[] = { ETH0, RED, BLUE };

static const struct nsaccel_nexthop *hop_of(const struct world *world, __u32 generation)
{
	assert_in_range(generation, GENERATION(TO_ETH0), GENERATION(HOP_COUNT) - 1);
	return &world->hops[generation - GENERATION(0)];
}

/* What TC did; the hop that it used, or NULL if the packet went on to the kernel. */
struct decision {
	const struct nsaccel_nexthop *hop;
	enum nsaccel_reason reason;
	struct packet output;
};

static void decide(struct decision *decision, const struct world *world, enum dev in,
		   const struct packet *packet)
{
	struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = in, .probe = true };
	const struct outcome *outcome = rig_run_tc(rig, &arrival, packet);
	__u32 verdict = outcome->verdict;

	assert_packet(packet, &outcome->packet);
	decision->hop = verdict == (__u32)TC_ACT_UNSPEC ?
				NULL :
				hop_of(world, outcome->ctx.cb[NSACCEL_PROBE_GENERATION]);
	decision->reason = outcome->ctx.cb[NSACCEL_PROBE_REASON];

	arrival.probe = false;
	outcome = rig_run_tc(rig, &arrival, packet);
	if (!decision->hop || decision->hop->action != NSACCEL_ACTION_REJECT)
		assert_int_equal(outcome->verdict, verdict);
	decision->output = outcome->packet;
}

static void explain(const struct decision *decision, enum dev in, const struct packet *packet)
{
	static const struct packet nothing;
	struct packet headers = *packet;

	if (headers.len > HEADERS)
		headers.len = HEADERS;
	fprintf(stderr, "# came in on device %d; TC: reason %d, action %d\n", in, decision->reason,
		decision->hop ? (int)decision->hop->action : NSACCEL_ACTION_NONE);
	packet_print_difference(&headers, &nothing);
}

static void assert_tc_output(const struct decision *decision, const struct packet *packet)
{
	const struct nsaccel_nexthop *hop = decision->hop;
	struct packet want = *packet;

	if (hop && hop->action == NSACCEL_ACTION_REJECT)
		return;
	if (hop && hop->action != NSACCEL_ACTION_DROP)
		packet_forwarded(&want, packet, hop->dst_mac, hop->src_mac);
	assert_packet(&want, &decision->output);
}

static void assert_xdp_agrees(const struct decision *decision, enum dev in,
			      const struct packet *packet)
{
	const struct nsaccel_nexthop *hop = decision->hop;
	const struct outcome *outcome = rig_run_xdp(rig, PLAIN, in, packet);
	const struct packet *want = packet;
	__u32 verdict = XDP_PASS;

	if (hop && hop->action == NSACCEL_ACTION_DROP) {
		verdict = XDP_DROP;
	} else if (hop && hop->tx_slot) {
		verdict = XDP_REDIRECT;
		want = &decision->output;
	}
	if (outcome->verdict != verdict)
		explain(decision, in, packet);
	assert_int_equal(outcome->verdict, verdict);
	assert_packet(want, &outcome->packet);
}

static void assert_counts(const struct decision *decision, enum dev in, const struct packet *packet,
			  const struct world *world)
{
	const struct counted counted = rig_counted(rig);
	const struct nsaccel_nexthop *hop = decision->hop;
	bool xdp = hop && (hop->tx_slot || hop->action == NSACCEL_ACTION_DROP);

	assert_int_equal(counted.packets, xdp ? 2 : 1);
	assert_int_equal(counted.bytes, packet->len * (xdp ? 2 : 1));
	assert_int_equal(counted.reason, decision->reason);
	assert_int_equal(counted.ns, world->ports[in].source_slot);
}

static void check(const struct world *world, enum dev in, const struct packet *packet,
		  struct decision *decision)
{
	rig_forget_counts(rig);
	decide(decision, world, in, packet);
	assert_tc_output(decision, packet);
	assert_xdp_agrees(decision, in, packet);
	assert_counts(decision, in, packet, world);
}

static void random_world(struct world *world)
{
	world_init(world);
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		world->ports[ports[i]].rp_filter = any(3);
	world_add_route(world, NS_OWNER, "10.1.0.128/25", 1 + any(HOP_COUNT - 1));
	world_add_route(world, NS_OWNER, "fd01::1:0/112", 1 + any(HOP_COUNT - 1));
	world_add_route(world, NS_OWNER, "192.0.2.0/24", 1 + any(HOP_COUNT - 1));
	world_add_route(world, NS_OWNER, "2001:db8::/32", 1 + any(HOP_COUNT - 1));
	world_add_route(world, NS_RED, "10.1.0.0/16", 1 + any(HOP_COUNT - 1));
	world_add_route(world, NS_RED, "fd00::/8", 1 + any(HOP_COUNT - 1));
	world_add_route(world, NS_BLUE, "198.51.0.0/16", STALE(TO_ETH1));
}

static void xdp_and_tc_agree(void **state)
{
	unsigned int packets = random_packets(), forwarded = 0;
	struct decision decision;
	struct packet packet;
	struct world world;
	enum dev in;

	(void)state;
	random_start();
	for (unsigned int i = 0; i < packets; i++) {
		if (i % 100 == 0) {
			random_world(&world);
			rig_apply(rig, &world);
		}
		in = ports[any(ARRAY_SIZE(ports))];
		random_packet(&packet, in);
		check(&world, in, &packet, &decision);
		forwarded += decision.hop && decision.hop->action >= NSACCEL_ACTION_NIC;
	}
	/* Else the test tests little. */
	assert_in_range(forwarded, packets / 10, packets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xdp_and_tc_agree),
	};

	return cmocka_run_group_tests_name("random", tests, rig_set_up, rig_tear_down);
}
