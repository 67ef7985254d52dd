// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first promise: the same outcome as the kernel. The world's owner is set up for the kernel to
 * route, without nsaccel. Whatever random frame the TC program would forward goes to the kernel
 * instead, which must send the same bytes out of the same device.
 */
#include "random.h"
#include "rig.h"

#include <fcntl.h>
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

/* As in the world: the owner's address, and the prefix that is behind the device. */
static const struct {
	enum dev dev;
	const char *own4, *own6, *prefix4, *prefix6, *via4, *via6;
} networks[] = {
	{ ETH0, "10.0.0.1", "fd00::1", "10.0.0.0/24", "fd00::/64", "10.0.0.9", "fd00::9" },
	{ ETH1, "10.1.0.1", "fd01::1", "10.1.0.0/24", "fd01::/64", "10.1.0.9", "fd01::9" },
	{ ETH2, "10.4.0.1", "fd04::1", "10.4.0.0/24", "fd04::/64", "10.4.0.9", "fd04::9" },
	{ ETH3, "10.5.0.1", "fd05::1", "10.5.0.0/24", "fd05::/64", "10.5.0.9", "fd05::9" },
	{ RED, "10.2.0.1", "fd02::1", "10.2.0.2/32", "fd02::2/128", "10.2.0.2", "fd02::2" },
	{ BLUE, "10.3.0.1", "fd03::1", "10.3.0.2/32", "fd03::2/128", "10.3.0.2", "fd03::2" },
};

static const enum dev ports[] = { ETH0, RED, BLUE };

static struct rig *rig;
static int far_ends[DEV_COUNT];

static void set_sysctl(const char *device, const char *family, const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, device, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, value, strlen(value)), strlen(value));
	close(fd);
}

static void make_router(void)
{
	char batch[8192];
	const __u8 *mac;
	size_t len = 0;

	set_sysctl("all", "ipv4", "forwarding", "1");
	set_sysctl("all", "ipv4", "rp_filter", "0");
	set_sysctl("all", "ipv6", "forwarding", "1");
	for (size_t i = 0; i < ARRAY_SIZE(networks); i++) {
		const char *dev = devs[networks[i].dev].name;

		set_sysctl(dev, "ipv4", "rp_filter", "0");
		set_sysctl(dev, "ipv6", "disable_ipv6", "0");
		mac = BEHIND_MAC(networks[i].dev);
		len += (size_t)snprintf(
			batch + len, sizeof(batch) - len,
			"addr add %s/32 dev %s\n"
			"addr add %s/128 dev %s nodad\n"
			"neigh add %s lladdr %02x:%02x:%02x:%02x:%02x:%02x dev %s\n"
			"neigh add %s lladdr %02x:%02x:%02x:%02x:%02x:%02x dev %s\n"
			"route add %s via %s dev %s onlink\n"
			"route add %s via %s dev %s onlink\n",
			networks[i].own4, dev, networks[i].own6, dev, networks[i].via4, mac[0],
			mac[1], mac[2], mac[3], mac[4], mac[5], dev, networks[i].via6, mac[0],
			mac[1], mac[2], mac[3], mac[4], mac[5], dev, networks[i].prefix4,
			networks[i].via4, dev, networks[i].prefix6, networks[i].via6, dev);
		assert_true(len < sizeof(batch));
	}
	rig_ip(batch);
}

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
	(void)state;
	rig = rig_new();
	make_router();
	for (int dev = 0; dev < DEV_COUNT; dev++)
		far_ends[dev] = rig_listen(rig, true, devs[dev].far);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (int dev = 0; dev < DEV_COUNT; dev++)
		close(far_ends[dev]);
	rig_free(rig);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_agrees),
	};

	return cmocka_run_group_tests_name("kernel", tests, set_up, tear_down);
}
