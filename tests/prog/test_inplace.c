// SPDX-License-Identifier: GPL-2.0-only
/*
 * What changes in place while packets go by it: each goes by the old one or by the new one, or on
 * to the kernel as it came, but by no mixture of both.
 */
#include "rig.h"

#include <linux/pkt_cls.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "maps/isolation.h"

#define PACKETS 200000

static struct nsaccel_nexthop hops[2]; /* two bodies of one */
static atomic_bool done;
static atomic_int sent;

/* As user space does it: odd with the old body, odd with the new one, even. */
static void change(const struct nsaccel_nexthop *from, const struct nsaccel_nexthop *to,
		   __u32 sequence)
{
	const struct nsaccel_nexthop *bodies[] = { from, to, to };
	struct nsaccel_nexthop hop;

	for (int i = 0; i < 3; i++) {
		hop = *bodies[i];
		hop.sequence = sequence + (i < 2 ? 1 : 2);
		rig_set_hop(rig, TO_ETH1, &hop);
		atomic_thread_fence(memory_order_seq_cst);
	}
}

/* The packets have a CPU of their own. */
static void run_anywhere(void)
{
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	sched_setaffinity(0, sizeof(all), &all);
}

static void *keep_changing(void *unused)
{
	__u32 sequence = 0;

	(void)unused;
	run_anywhere();
	for (int i = 0; !done; i ^= 1, sequence += 2)
		change(&hops[i], &hops[!i], sequence);
	return NULL;
}

static void whole_or_none(void **state)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS };
	const struct packet_spec spec = { .dst = "10.1.0.9",
					  .dst_mac = PORT_MAC(ETH0),
					  .src_mac = HOST_MAC(ETH0) };
	unsigned int forwarded = 0, passed = 0;
	const struct outcome *outcome;
	struct packet in, want[2];
	struct world world;
	pthread_t writer;

	(void)state;
	world_init(&world);
	rig_apply(rig, &world);
	packet_build(&in, &spec);
	for (int i = 0; i < 2; i++) {
		hops[i] = world.hops[TO_ETH1];
		memset(hops[i].dst_mac, 2 + 2 * i, NSACCEL_MAC_LEN);
		memset(hops[i].src_mac, 2 + 2 * i, NSACCEL_MAC_LEN);
		packet_forwarded(&want[i], &in, hops[i].dst_mac, hops[i].src_mac);
	}
	rig_set_hop(rig, TO_ETH1, &hops[0]);
	assert_int_equal(pthread_create(&writer, NULL, keep_changing, NULL), 0);
	for (int i = 0; i < PACKETS; i++) {
		outcome = rig_run_tc(rig, &arrival, &in);
		if (outcome->verdict == TC_ACT_REDIRECT) {
			forwarded++;
			if (!packet_same(&want[0], &outcome->packet))
				assert_packet(&want[1], &outcome->packet);
		} else {
			passed++;
			assert_packet(&in, &outcome->packet);
		}
	}
	done = true;
	pthread_join(writer, NULL);
	fprintf(stderr, "# %u forwarded, %u passed\n", forwarded, passed);
}

/* One namespace's settings, which change to and fro. */
struct saying {
	const char *name, *src;
	struct nsaccel_isolation said[2];
};

static const struct saying sayings[] = {
	{
		.name = "isolated, or guarded: another's source",
		.src = "203.0.113.5",
		.said = { { .isolated = 1 }, { .guard = NSACCEL_GUARD_DROP } },
	},
	{
		.name = "isolated, or denied",
		.src = "10.2.0.2",
		.said = { { .isolated = 1 }, { .policy = NSACCEL_VERDICT_DENY } },
	},
};

static void *keep_saying(void *data)
{
	const struct saying *saying = data;
	struct nsa_maps maps;

	rig_maps(rig, &maps);
	run_anywhere();
	for (int i = 0; !done; i ^= 1) {
		assert_int_equal(nsa_maps_isolation_change(&maps, NS_RED, &saying->said[i],
							   &saying->said[!i]),
				 0);
		for (int before = sent; !done && sent < before + 20;)
			;
	}
	return NULL;
}

/* To what only the owner's table has, by neither: only who is neither, which was never said, gets
 * there. */
static void settings_together(void **state)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED };
	const struct saying *saying = *state;
	const struct packet_spec spec = { .dst = "10.1.0.9",
					  .src = saying->src,
					  .dst_mac = PORT_MAC(RED),
					  .src_mac = BEHIND_MAC(RED) };
	unsigned int other = 0;
	struct packet in;
	struct world world;
	pthread_t writer;

	done = false;
	world_init(&world);
	world.isolation[NS_RED] = saying->said[0];
	rig_apply(rig, &world);
	packet_build(&in, &spec);
	assert_int_equal(pthread_create(&writer, NULL, keep_saying, (void *)saying), 0);
	for (sent = 0; sent < PACKETS; sent++)
		other += rig_run_tc(rig, &arrival, &in)->verdict != TC_ACT_SHOT;
	done = true;
	pthread_join(writer, NULL);
	assert_int_equal(other, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_or_none),
		{ sayings[0].name, settings_together, NULL, NULL, (void *)&sayings[0] },
		{ sayings[1].name, settings_together, NULL, NULL, (void *)&sayings[1] },
	};

	return cmocka_run_group_tests_name("in place", tests, rig_set_up, rig_tear_down);
}
