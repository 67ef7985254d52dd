// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first promise: the same outcome as the kernel. The world's owner is set up for the kernel to
 * route, without nsaccel. Whatever random frame the TC program would forward goes to the kernel
 * instead, which must send the same bytes out of the same device.
 */
#include "random.h"
#include "rig.h"

#include <linux/pkt_cls.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define SOON	      5000 /* ms: for what is sure to come */

static const struct {
	const char *name;
	const char *far;
} devs[DEV_COUNT] = {
	[ETH0] = { "nsa-eth0", "far-eth0" }, [ETH1] = { "nsa-eth1", "far-eth1" },
	[ETH2] = { "nsa-eth2", "far-eth2" }, [ETH3] = { "nsa-eth3", "far-eth3" },
	[RED] = { "nsa-red", "far-red" },    [BLUE] = { "nsa-blue", "far-blue" },
};

static const enum dev ports[] = { ETH0, RED, BLUE };

static int far_ends[DEV_COUNT];

static const struct nsaccel_nexthop *would_forward(const struct world *world, enum dev in,
						   const struct packet *packet)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS,
					 .dev = in,
					 .probe = true };
	const struct outcome *outcome = rig_run_tc(rig, &arrival, packet);

	if (outcome->verdict != TC_ACT_REDIRECT)
		return NULL;
	return &world->hops[outcome->ctx.cb[NSACCEL_PROBE_GENERATION] - GENERATION(0)];
}

/* The next frame that the router sends to a host, which leaves out what it tells everybody. */
static void hear_routed(int fd, struct heard *heard)
{
	do {
		assert_true(rig_hear(fd, heard, SOON));
	} while (heard->out || heard->packet.data[0] & 1);
}

static void check_kernel(const struct nsaccel_nexthop *hop, enum dev in,
			 const struct packet *packet)
{
	enum dev dev = hop->ifindex - IFINDEX(0);
	struct packet want = *packet;
	struct heard heard;

	packet_forwarded(&want, packet, hop->dst_mac, hop->src_mac);
	rig_send(far_ends[in], packet, NULL);
	hear_routed(far_ends[dev], &heard);
	assert_packet(&want, &heard.packet);
}

static void kernel_agrees(void **state)
{
	unsigned int packets = random_packets(), forwarded = 0;
	const struct nsaccel_nexthop *hop;
	struct packet packet;
	struct world world;
	enum dev in;

	(void)state;
	random_start();
	world_init(&world);
	rig_apply(rig, &world);
	for (unsigned int i = 0; i < packets; i++) {
		in = ports[any(ARRAY_SIZE(ports))];
		random_packet(&packet, in);
		hop = would_forward(&world, in, &packet);
		if (!hop || hop->action == NSACCEL_ACTION_MACVLAN)
			continue;
		check_kernel(hop, in, &packet);
		forwarded++;
	}
	/* Else the test tests little. */
	assert_in_range(forwarded, packets / 10, packets);
}

static int set_up(void **state)
{
	rig_set_up(state);
	rig_make_router();
	for (int dev = 0; dev < DEV_COUNT; dev++)
		far_ends[dev] = rig_listen(rig, true, devs[dev].far);
	return 0;
}

static int tear_down(void **state)
{
	for (int dev = 0; dev < DEV_COUNT; dev++)
		close(far_ends[dev]);
	return rig_tear_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_agrees),
	};

	return cmocka_run_group_tests_name("kernel", tests, set_up, tear_down);
}
