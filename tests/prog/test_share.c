// SPDX-License-Identifier: GPL-2.0-only
/* A shared NIC, live: each trip of share_trips.c is a test. */
#include "share_trips.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SOON 5000 /* ms: for what is sure to come */

/* Devices of enum ear */
static const char *const ears[EAR_COUNT] = { "far-eth0", "far-red",  "far-blue",
					     "far-eth1", "far-eth3", "nsa-eth0" };

static int fds[EAR_COUNT];

static void apply(struct world *world, const struct trip *trip)
{
	world_init(world);
	world->ports[ETH1].source_slot = NS_GREEN;
	world->ports[ETH3].source_slot = NS_PINK;
	world_add_share(world, ETH0, 0, "10.0.0.5/32", RED);
	world_add_share(world, ETH0, 0, "fd00::5/128", RED);
	world_add_share(world, ETH0, 0, "10.0.0.6/32", BLUE);
	world_add_share(world, ETH0, 5, NULL, ETH1);
	world_add_share(world, ETH0, 7, "10.0.0.5/32", ETH3);
	if (trip->change)
		trip->change(world);
	rig_apply(rig, world);
}

static void add_tag(struct packet *packet, __u16 tpid, __u16 tci)
{
	const __u8 tag[] = { tpid >> 8, tpid & 0xff, tci >> 8, tci & 0xff };

	memmove(packet->data + 16, packet->data + 12, packet->len - 12);
	memcpy(packet->data + 12, tag, sizeof(tag));
	packet->len += sizeof(tag);
}

static void build(struct packet *frame, const struct trip *trip)
{
	struct packet_spec spec = trip->packet;

	spec.dst_mac = spec.dst_mac ? spec.dst_mac : NIC_MAC;
	spec.src_mac = spec.src_mac ? spec.src_mac : HOST_MAC(ETH0);
	packet_build(frame, &spec);
}

struct got {
	struct packet packet;
	__u16 tci;
	bool out;
};

/* With the tag that the kernel has taken out. */
static bool hear(int fd, struct got *got, int timeout_ms)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct tpacket_auxdata aux = {};
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	struct virtio_net_hdr offload;
	struct iovec parts[] = { { &offload, sizeof(offload) },
				 { got->packet.data, sizeof(got->packet.data) } };
	struct sockaddr_ll from;
	struct msghdr message = { .msg_name = &from,
				  .msg_namelen = sizeof(from),
				  .msg_iov = parts,
				  .msg_iovlen = 2,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t len;

	if (poll(&readable, 1, timeout_ms) != 1)
		return false;
	len = recvmsg(fd, &message, 0);
	assert_true(len > (ssize_t)sizeof(offload));
	got->packet.len = (__u32)len - (__u32)sizeof(offload);
	got->out = from.sll_pkttype == PACKET_OUTGOING;
	if (CMSG_FIRSTHDR(&message))
		memcpy(&aux, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(aux));
	got->tci = aux.tp_status & TP_STATUS_VLAN_VALID ? aux.tp_vlan_tci : NO_TAG;
	return true;
}

static void wait_counted(void)
{
	struct timespec pause = { .tv_nsec = 1000000 };

	for (int i = 0; i < SOON && !rig_counted(rig).packets; i++)
		nanosleep(&pause, NULL);
}

static void assert_silence(const struct trip *trip)
{
	struct got got;

	for (int ear = 0; ear < EAR_COUNT; ear++)
		while (hear(fds[ear], &got, 0))
			/* The NIC hears what comes in, and everybody what they send. */
			if (!got.out && ear != AT_OWNER && ear != (int)trip->from)
				fail_msg("heard at %s, too", ears[ear]);
}

static void assert_arrives(const struct trip *trip, const struct packet *want)
{
	struct got got;

	do {
		if (!hear(fds[trip->to], &got, SOON))
			fail_msg("not heard at %s", ears[trip->to]);
	} while (got.out);
	if (!trip->passed) { /* else it has its tags still, taken out or not */
		assert_packet(want, &got.packet);
		assert_int_equal(got.tci, trip->to_tci);
	}
}

static void run_trip(void **state)
{
	const struct trip *trip = *state;
	struct packet frame, want;
	struct counted counted;
	struct world world;
	struct got got;

	apply(&world, trip);
	build(&want, trip);
	frame = want;
	if (trip->inner)
		add_tag(&frame, ETH_P_8021Q, trip->inner);
	if (trip->tci)
		add_tag(&frame, trip->tpid ? trip->tpid : ETH_P_8021Q, trip->tci);
	for (int ear = 0; ear < EAR_COUNT; ear++)
		while (hear(fds[ear], &got, 0))
			;
	rig_send(fds[trip->from], &frame, NULL);
	if (trip->to != NOWHERE && trip->to != trip->from)
		assert_arrives(trip, &want);
	if (!trip->uncounted)
		wait_counted();
	assert_silence(trip);
	if (trip->uncounted)
		return;
	counted = rig_counted(rig);
	assert_int_equal(counted.reason, trip->reason);
	assert_int_equal(counted.ns, trip->ns ? trip->ns : NS_OWNER);
}

static int set_up(void **state)
{
	int one = 1;

	rig_set_up(state);
	rig_ip("link set nsa-eth0 mtu 1500\n");
	rig_make_hooks();
	for (int dev = 0; dev < DEV_COUNT; dev++)
		rig_attach(rig, dev, NSACCEL_HOOK_TC_INGRESS);
	rig_attach(rig, ETH0, NSACCEL_HOOK_TC_EGRESS);
	for (int ear = 0; ear < EAR_COUNT; ear++) {
		fds[ear] = rig_listen(rig, ear != AT_OWNER, ears[ear]);
		setsockopt(fds[ear], SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one));
	}
	return 0;
}

static int tear_down(void **state)
{
	for (int ear = 0; ear < EAR_COUNT; ear++)
		close(fds[ear]);
	return rig_tear_down(state);
}

int main(void)
{
	struct CMUnitTest tests[share_trip_count];

	for (size_t i = 0; i < share_trip_count; i++)
		tests[i] = (struct CMUnitTest){
			.name = share_trips[i].name,
			.test_func = run_trip,
			.initial_state = (void *)&share_trips[i],
		};
	return cmocka_run_group_tests_name("share", tests, set_up, tear_down);
}
