// SPDX-License-Identifier: GPL-2.0-only
/* Two routers, one with nsaccel: packets through both, and what arrives. */
#include <bpf/bpf.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nsaccel/abi.h"
#include "tests/netns/enter.h"
#include "tests/netns/rules.h"

#define HOPS	   12
#define ETH_P_OURS 0x88b5
#define STATS	   "/sys/fs/bpf/nsaccel/v9/stats"

struct world rules_worlds[2] = { { .router = "k-rt" }, { .router = "n-rt" } };
int rules_home, rules_lo;

int rules_packet_socket(const char *dev)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)), size = 4 << 20;

	addr.sll_ifindex = (int)if_nametoindex(dev);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		err(1, "packet socket on %s", dev);
	return fd;
}

void rules_open_ends(struct world *world)
{
	char name[16];

	for (int end = 0; end < 2; end++) {
		snprintf(name, sizeof(name), "%c-%c", world->router[0], "ab"[end]);
		enter_netns(name);
		world->ends[end] = rules_packet_socket("eth0");
	}
	if (setns(rules_home, CLONE_NEWNET))
		err(1, "back to the own namespace");
}

/* What was sent before is one hop further, or has arrived: all of it is in softirqs of this CPU. */
void rules_push(void)
{
	__u8 frame[ETH_ZLEN] = { [12] = ETH_P_OURS >> 8, ETH_P_OURS & 0xff }, got[FRAME_MAX];
	struct sockaddr_ll from;
	socklen_t size;

	for (int hop = 0; hop < HOPS; hop++) {
		frame[14] = (__u8)hop;
		if (send(rules_lo, frame, sizeof(frame), 0) < 0)
			err(1, "send on lo");
		do {
			size = sizeof(from);
			if (recvfrom(rules_lo, got, sizeof(got), 0, (struct sockaddr *)&from,
				     &size) < 0)
				err(1, "receive on lo");
		} while (from.sll_pkttype == PACKET_OUTGOING || got[12] != frame[12] ||
			 got[14] != frame[14]);
	}
}

void rules_send(const struct packet *p)
{
	__u8 frame[FRAME_MAX];
	size_t len = rules_build(frame, p);

	for (int w = 0; w < 2; w++)
		if (send(rules_worlds[w].ends[p->back], frame, len, 0) != (ssize_t)len)
			err(1, "send");
}

/* Of ICMP errors, what the kernel draws at random: IPv4's identification and IPv6's flow label. */
static void settle_chance(__u8 *frame)
{
	__u8 *l3 = frame + ETH_HLEN;

	if (frame[12] == ETH_P_IP >> 8 && frame[13] == (ETH_P_IP & 0xff) && l3[9] == IPPROTO_ICMP)
		l3[4] = l3[5] = l3[10] = l3[11] = 0;
	else if (l3[0] >> 4 == 6 && l3[6] == IPPROTO_ICMPV6)
		l3[1] = l3[2] = l3[3] = 0;
}

/* Of IPv4 and IPv6 alone, in order, end by end. */
void rules_hear(struct world *world)
{
	struct sockaddr_ll from;
	socklen_t size;
	ssize_t len;

	world->count = 0;
	for (int end = 0; end < 2; end++) {
		for (;;) {
			__u8 *frame = world->got[world->count];

			size = sizeof(from);
			len = recvfrom(world->ends[end], frame, FRAME_MAX, MSG_DONTWAIT,
				       (struct sockaddr *)&from, &size);
			if (len < 0)
				break;
			if (from.sll_pkttype == PACKET_OUTGOING || frame[0] & 1 ||
			    from.sll_protocol == htons(ETH_P_ARP))
				continue;
			settle_chance(frame);
			world->lens[world->count++] = (size_t)len;
			if (world->count == FRAMES_MAX)
				errx(1, "too many frames");
		}
	}
}

bool rules_same(void)
{
	const struct world *k = &rules_worlds[0], *n = &rules_worlds[1];

	if (k->count != n->count)
		return false;
	for (size_t i = 0; i < k->count; i++)
		if (k->lens[i] != n->lens[i] || memcmp(k->got[i], n->got[i], k->lens[i]) != 0)
			return false;
	return true;
}

/* ---- the fast path ---------------------------------------------------------------------- */

static __u64 count_in(int outer, __u32 slot)
{
	int cpus = (int)sysconf(_SC_NPROCESSORS_CONF), fd;
	struct nsaccel_stats stats[cpus];
	__u32 id, hook = NSACCEL_HOOK_TC_INGRESS;
	__u64 packets = 0;

	if (bpf_map_lookup_elem(outer, &slot, &id))
		return 0;
	fd = bpf_map_get_fd_by_id(id);
	if (fd >= 0 && !bpf_map_lookup_elem(fd, &hook, stats))
		for (int cpu = 0; cpu < cpus; cpu++)
			packets += stats[cpu].fwd_veth.packets;
	close(fd);
	return packets;
}

__u64 rules_fast_packets(void)
{
	static int outer = -1;
	__u64 packets = 0;

	if (outer < 0)
		outer = bpf_obj_get(STATS);
	if (outer < 0)
		err(1, "open %s", STATS);
	for (__u32 slot = 1; slot < 8; slot++)
		packets += count_in(outer, slot);
	return packets;
}
