// SPDX-License-Identifier: GPL-2.0-only
/*
 * What BPF_PROG_TEST_RUN can't show: where a redirected packet comes out, and that what the kernel
 * keeps beside the bytes of a packet survives. The TC programs hang on the devices of the world,
 * frames come in from the far ends and are heard where they should arrive.
 */
#include "rig.h"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define SOON	      5000 /* ms: for what is sure to come */
#define MSS	      1460

enum side {
	FAR,
	NEAR
};

struct journey {
	const char *name;
	const char *from; /* device that it's sent out of */
	enum side from_side;
	enum dev in; /* the port that it comes to, or the lower that it's sent by */
	struct packet_spec packet;
	enum hop hop;	/* that rewrites it; HOP_FREE: none */
	const char *to; /* device where it's received */
	enum side to_side;
	const char *not_by; /* near device that must not have sent it out */
	bool big;	    /* so big that the headers aren't in the linear part */
	const struct virtio_net_hdr *gso;
	bool uncounted; /* else counted once, however many programs see it */
};

static const struct virtio_net_hdr tcp_gso = {
	.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
	.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
	.hdr_len = ETH_HLEN + 40,
	.gso_size = MSS,
	.csum_start = ETH_HLEN + 20,
	.csum_offset = 16,
};

static const struct virtio_net_hdr udp_gso = {
	.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
	.gso_type = GSO_UDP_L4,
	.hdr_len = ETH_HLEN + 28,
	.gso_size = SMALL_MTU - 28,
	.csum_start = ETH_HLEN + 20,
	.csum_offset = 6,
};

static const struct journey journeys[] = {
	{
		.name = "NIC to NIC",
		.from = "far-eth0",
		.in = ETH0,
		.packet = { .dst = "10.1.0.9" },
		.hop = TO_ETH1,
		.to = "far-eth1",
	},
	{
		.name = "NIC to NIC, IPv6",
		.from = "far-eth0",
		.in = ETH0,
		.packet = { .dst = "fd01::9" },
		.hop = TO_ETH1,
		.to = "far-eth1",
	},
	{
		.name = "NIC to veth, straight into its peer",
		.from = "far-eth0",
		.in = ETH0,
		.packet = { .dst = "10.2.0.2" },
		.hop = TO_RED,
		.to = "far-red",
		.not_by = "nsa-red",
	},
	{
		.name = "veth to veth, straight into its peer, IPv6",
		.from = "far-blue",
		.in = BLUE,
		.packet = { .dst = "fd02::2", .src = "fd03::2" },
		.hop = TO_RED,
		.to = "far-red",
		.not_by = "nsa-red",
	},
	{
		.name = "veth to NIC",
		.from = "far-red",
		.in = RED,
		.packet = { .dst = "10.0.0.9", .src = "10.2.0.2" },
		.hop = TO_ETH0,
		.to = "far-eth0",
	},
	{
		.name = "NIC to a macvlan on another NIC",
		.from = "far-eth0",
		.in = ETH0,
		.packet = { .dst = "10.4.0.2" },
		.hop = TO_GREEN,
		.to = "nsa-green",
		.not_by = "nsa-eth2",
	},
	{
		.name = "NIC to its own macvlan",
		.from = "far-eth2",
		.in = ETH2,
		.packet = { .dst = "10.4.0.2" },
		.hop = TO_GREEN,
		.to = "nsa-green",
		.not_by = "nsa-eth2",
	},
	{
		.name = "NIC to its own private macvlan, IPv6",
		.from = "far-eth2",
		.in = ETH2,
		.packet = { .dst = "fd04::3" },
		.hop = TO_GREY,
		.to = "nsa-grey",
		.not_by = "nsa-eth2",
	},
	{
		.name = "veth to macvlan",
		.from = "far-red",
		.in = RED,
		.packet = { .dst = "10.1.0.66", .src = "10.2.0.2" },
		.hop = TO_PINK,
		.to = "nsa-pink",
		.not_by = "nsa-eth1",
	},
	{
		.name = "NIC to the owner",
		.from = "far-eth0",
		.in = ETH0,
		.packet = { .dst = "10.1.0.1" },
		.to = "nsa-eth0",
		.to_side = NEAR,
	},
	{
		.name = "macvlan to another NIC",
		.from = "nsa-green",
		.in = ETH2,
		.packet = { .dst = "10.1.0.9",
			    .src = "10.4.0.2",
			    .src_mac = MACVLAN_MAC(NS_GREEN) },
		.hop = TO_ETH1,
		.to = "far-eth1",
		.not_by = "nsa-eth2",
	},
	{
		.name = "macvlan to veth",
		.from = "nsa-green",
		.in = ETH2,
		.packet = { .dst = "10.2.0.2",
			    .src = "10.4.0.2",
			    .src_mac = MACVLAN_MAC(NS_GREEN) },
		.hop = TO_RED,
		.to = "far-red",
		.not_by = "nsa-eth2",
	},
	{
		.name = "macvlan to a macvlan on another NIC",
		.from = "nsa-green",
		.in = ETH2,
		.packet = { .dst = "10.1.0.66",
			    .src = "10.4.0.2",
			    .src_mac = MACVLAN_MAC(NS_GREEN) },
		.hop = TO_PINK,
		.to = "nsa-pink",
		.not_by = "nsa-eth1",
	},
	{
		.name = "macvlan to the owner",
		.from = "nsa-green",
		.in = ETH2,
		.packet = { .dst = "10.4.0.1",
			    .src = "10.4.0.2",
			    .src_mac = MACVLAN_MAC(NS_GREEN) },
		.to = "nsa-eth2",
		.to_side = NEAR,
		.not_by = "nsa-eth2",
	},
	{
		.name = "owner to a macvlan",
		.from = "nsa-eth2",
		.from_side = NEAR,
		.in = ETH2,
		.packet = { .dst = "10.4.0.2",
			    .src = "10.4.0.1",
			    .dst_mac = MACVLAN_MAC(NS_GREEN),
			    .src_mac = PORT_MAC(ETH2) },
		.to = "nsa-green",
	},
	{
		.name = "owner to the wire",
		.from = "nsa-eth2",
		.from_side = NEAR,
		.in = ETH2,
		.packet = { .dst = "10.4.0.9",
			    .src = "10.4.0.1",
			    .dst_mac = BEHIND_MAC(ETH2),
			    .src_mac = PORT_MAC(ETH2) },
		.to = "far-eth2",
		.uncounted = true,
	},
	{
		.name = "padding goes no further",
		.from = "far-eth0",
		.in = ETH0,
		.packet = { .dst = "10.1.0.9", .l3_len = 28, .padding = 18 },
		.hop = TO_ETH1,
		.to = "far-eth1",
	},
	{
		.name = "headers outside of the linear part, IPv4",
		.from = "far-eth0",
		.in = ETH0,
		.packet = { .dst = "10.1.0.9", .l3_len = 4400 },
		.hop = TO_ETH1,
		.to = "far-eth1",
		.big = true,
	},
	{
		.name = "headers outside of the linear part, IPv6",
		.from = "far-eth0",
		.in = ETH0,
		.packet = { .dst = "fd02::2", .l3_len = 4400 },
		.hop = TO_RED,
		.to = "far-red",
		.big = true,
	},
	{
		.name = "headers outside of the linear part, of a macvlan",
		.from = "nsa-green",
		.in = ETH2,
		.packet = { .dst = "10.2.0.2",
			    .src = "10.4.0.2",
			    .src_mac = MACVLAN_MAC(NS_GREEN),
			    .l3_len = 4400 },
		.hop = TO_RED,
		.to = "far-red",
		.big = true,
	},
	{
		.name = "GSO stays GSO, NIC to veth",
		.from = "far-eth0",
		.in = ETH0,
		.packet = { .dst = "10.2.0.2", .proto = IPPROTO_TCP, .l3_len = 40 + 3 * MSS },
		.hop = TO_RED,
		.to = "far-red",
		.gso = &tcp_gso,
	},
	{
		.name = "GSO stays GSO, veth to NIC",
		.from = "far-red",
		.in = RED,
		.packet = { .dst = "10.1.0.9",
			    .src = "10.2.0.2",
			    .proto = IPPROTO_TCP,
			    .l3_len = 40 + 3 * MSS },
		.hop = TO_ETH1,
		.to = "far-eth1",
		.gso = &tcp_gso,
	},
	{
		.name = "GSO stays GSO, macvlan to veth",
		.from = "nsa-green",
		.in = ETH2,
		.packet = { .dst = "10.2.0.2",
			    .src = "10.4.0.2",
			    .src_mac = MACVLAN_MAC(NS_GREEN),
			    .proto = IPPROTO_TCP,
			    .l3_len = 40 + 3 * MSS },
		.hop = TO_RED,
		.to = "far-red",
		.gso = &tcp_gso,
	},
	{
		.name = "GSO stays GSO, veth to macvlan",
		.from = "far-red",
		.in = RED,
		.packet = { .dst = "10.4.0.2",
			    .src = "10.2.0.2",
			    .proto = IPPROTO_TCP,
			    .l3_len = 40 + 3 * MSS },
		.hop = TO_GREEN,
		.to = "nsa-green",
		.gso = &tcp_gso,
	},
	{
		.name = "GSO stays GSO, UDP of just the device's MTU, which is no larger than the "
			"route's",
		.from = "far-eth0",
		.in = ETH0,
		.packet = { .dst = "10.5.0.9", .l3_len = 28 + 2 * (SMALL_MTU - 28) },
		.hop = TO_ETH3,
		.to = "far-eth3",
		.not_by = "nsa-eth1",
		.gso = &udp_gso,
	},
	{
		.name = "a reject goes back to its sender",
		.from = "far-red",
		.in = RED,
		.packet = { .dst = "192.0.2.1", .src = "10.2.0.2" },
		.hop = TO_UNREACHABLE,
		.to = "far-red",
	},
	{
		.name = "a reject goes back to its sender, a macvlan",
		.from = "nsa-green",
		.in = ETH2,
		.packet = { .dst = "192.0.2.1",
			    .src = "10.4.0.2",
			    .src_mac = MACVLAN_MAC(NS_GREEN) },
		.hop = TO_UNREACHABLE,
		.to = "nsa-green",
	},
};

static void attach_all(void)
{
	rig_make_hooks();
	for (int dev = 0; dev < DEV_COUNT; dev++)
		rig_attach(rig, dev, NSACCEL_HOOK_TC_INGRESS);
	rig_attach(rig, ETH1, NSACCEL_HOOK_TC_EGRESS);
	rig_attach(rig, ETH2, NSACCEL_HOOK_TC_EGRESS);
}

static void build(struct packet *packet, const struct journey *journey)
{
	struct packet_spec spec = journey->packet;

	spec.dst_mac = spec.dst_mac ? spec.dst_mac : PORT_MAC(journey->in);
	spec.src_mac = spec.src_mac ? spec.src_mac : HOST_MAC(journey->in);
	packet_build(packet, &spec);
}

static void apply(struct world *world, const struct journey *journey)
{
	world_init(world);
	world_add_route(world, NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE);
	if (journey->big)
		world->hops[journey->hop].mtu = 9000;
	rig_apply(rig, world);
}

static void transform(struct packet *packet, const struct journey *journey,
		      const struct world *world)
{
	const struct nsaccel_nexthop *hop = &world->hops[journey->hop];
	const struct nsaccel_port *port = &world->ports[journey->in];
	const struct packet in = *packet;

	if (journey->hop == TO_UNREACHABLE)
		packet_rejected(packet, &in, port->mac, port->address4,
				&(struct packet_error){ .type = 3, .code = 1 }, false);
	else if (journey->hop)
		packet_forwarded(packet, &in, hop->dst_mac, hop->src_mac);
}

/* A listener also hears what its device sends out itself. */
static void hear_incoming(int fd, struct heard *heard)
{
	do {
		assert_true(rig_hear(fd, heard, SOON));
	} while (heard->out);
}

static void assert_not_sent(int fd, const struct packet *packet)
{
	struct heard heard;

	while (rig_hear(fd, &heard, 0))
		assert_false(heard.out && packet_same(&heard.packet, packet));
}

static void run_journey(void **state)
{
	const struct journey *journey = *state;
	const char *not_by = journey->not_by ? journey->not_by : "nsa-eth3";
	int from = rig_listen(rig, journey->from_side == FAR, journey->from);
	int to = rig_listen(rig, journey->to_side == FAR, journey->to);
	int other = rig_listen(rig, false, not_by);
	struct heard heard;
	struct packet packet;
	struct world world;

	apply(&world, journey);
	build(&packet, journey);
	rig_send(from, &packet, journey->gso);
	transform(&packet, journey, &world);
	hear_incoming(to, &heard);
	assert_packet(&packet, &heard.packet);
	assert_int_equal(heard.offload.gso_size, journey->gso ? journey->gso->gso_size : 0);
	assert_not_sent(other, &packet);
	assert_int_equal(rig_counted(rig).packets, journey->uncounted ? 0 : 1);
	close(from);
	close(to);
	close(other);
}

static int set_up(void **state)
{
	rig_set_up(state);
	attach_all();
	return 0;
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(journeys)];

	for (size_t i = 0; i < ARRAY_SIZE(journeys); i++)
		tests[i] = (struct CMUnitTest){
			.name = journeys[i].name,
			.test_func = run_journey,
			.initial_state = (void *)&journeys[i],
		};
	return cmocka_run_group_tests_name("live", tests, set_up, rig_tear_down);
}
