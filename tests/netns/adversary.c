// SPDX-License-Identifier: GPL-2.0-only
/*
 * adversary FRAMES SEED FROM/DEV KEY=VALUE... -- NAMESPACE/DEV,FRIEND-MAC,RULE...
 *
 * Sends frames that are random in every field out of a device, and judges whatever arrives at
 * others. Keys: mac, ip4, ip6: what fields are drawn from beside pure chance, comma-separated, the
 * sender's own first. Rules: nothing, routed;SRC4;DST4;MASK4[;PORT], from;SRC4;SRC6,
 * speaks;SRC4;SRC6, beside;SRC4;SRC6 and tagged;VLAN. Prints a line of JSON for each device; exit
 * status 1 if anything leaked.
 *
 * All that is sent has arrived, or never will, when it stops: forwarding happens in softirqs of the
 * CPU that the sender is pinned to, through whose backlog a last frame by way of "lo" goes
 * (witness.c).
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/netns/adversary.h"

#define BATCH 64

static void parse_pool(char *list, int family, void *to, size_t size, unsigned int *count)
{
	for (char *rest, *word = strtok_r(list, ",", &rest); word && *count < POOL;
	     word = strtok_r(NULL, ",", &rest)) {
		__u8 *at = (__u8 *)to + size * (*count)++;

		if (family)
			adversary_parse_ip(family, word, at);
		else
			adversary_parse_mac(word, at);
	}
}

/* Sending */

static void stay_on_this_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET((size_t)sched_getcpu(), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		err(1, "stay on a CPU");
}

static void send_batch(int fd, struct mmsghdr *batch, unsigned int count)
{
	unsigned int at = 0;

	while (at < count) {
		int sent = sendmmsg(fd, batch + at, count - at, 0);

		if (sent > 0)
			at += (unsigned int)sent;
		else if (errno != EAGAIN && errno != EINTR)
			at++; /* refused by the driver, or dropped at a macvlan's lower (ENOBUFS) */
	}
}

static void flood(int ifindex, __u64 frames)
{
	static __u8 bytes[BATCH][2048];
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = ifindex };
	struct iovec iov[BATCH];
	struct mmsghdr batch[BATCH] = {};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)))
		err(1, "packet socket");
	for (__u64 sent = 0; sent < frames;) {
		unsigned int n = frames - sent < BATCH ? (unsigned int)(frames - sent) : BATCH;

		for (unsigned int i = 0; i < n; i++) {
			iov[i] = (struct iovec){ bytes[i], adversary_frame(bytes[i]) };
			batch[i].msg_hdr.msg_iov = &iov[i];
			batch[i].msg_hdr.msg_iovlen = 1;
		}
		send_batch(fd, batch, n);
		sent += n;
	}
	close(fd);
}

/* A datagram by way of lo, hop by hop behind all that was sent. */
static void push_through(void)
{
	struct sockaddr_in self = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(self);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char byte = 0;

	if (fd < 0 || bind(fd, (struct sockaddr *)&self, sizeof(self)) ||
	    getsockname(fd, (struct sockaddr *)&self, &len))
		err(1, "socket on lo");
	for (int hop = 0; hop < 16; hop++)
		if (sendto(fd, &byte, 1, 0, (struct sockaddr *)&self, len) != 1 ||
		    recv(fd, &byte, 1, 0) != 1)
			err(1, "lo");
	close(fd);
}

int main(int argc, char **argv)
{
	int ifindex, at = 4;

	if (argc < 5)
		errx(1, "usage: adversary FRAMES SEED FROM/DEV KEY=VALUE... -- JUDGE...");
	adversary_seed = strtoull(argv[2], NULL, 0) * 2654435769U + 1;
	for (; at < argc && strcmp(argv[at], "--"); at++) {
		if (!strncmp(argv[at], "mac=", 4))
			parse_pool(argv[at] + 4, 0, adversary_pool.mac, 6, &adversary_pool.macs);
		else if (!strncmp(argv[at], "ip4=", 4))
			parse_pool(argv[at] + 4, AF_INET, adversary_pool.ip4, 4,
				   &adversary_pool.ip4s);
		else if (!strncmp(argv[at], "ip6=", 4))
			parse_pool(argv[at] + 4, AF_INET6, adversary_pool.ip6, 16,
				   &adversary_pool.ip6s);
		else
			errx(1, "unknown \"%s\"", argv[at]);
	}
	if (!adversary_pool.macs || !adversary_pool.ip4s || !adversary_pool.ip6s)
		errx(1, "mac, ip4 and ip6 are wanted");
	for (at++; at < argc; at++)
		adversary_add_judge(argv[at]);
	stay_on_this_cpu();
	ifindex = adversary_enter(argv[3]);
	flood(ifindex, strtoull(argv[1], NULL, 0));
	push_through();
	return adversary_report();
}
