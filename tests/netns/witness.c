// SPDX-License-Identifier: GPL-2.0-only
/*
 * witness FROM/DEV NAMESPACE...: sends the frames on stdin (hex, a line each) out of a device of
 * namespace FROM, and prints what comes into which of the NAMESPACEs, as "NAMESPACE HEX" lines.
 *
 * It knows without a timeout when all has arrived. Forwarding happens in softirqs of the CPU that
 * the sender is pinned to, hop by hop through that CPU's backlog, which is first in, first out: a
 * frame that went through it by way of "lo" has pushed everything before it one hop further.
 *
 * What namespaces say of themselves (ARP, neighbour discovery, listener reports) isn't printed. Of
 * ICMP errors that they make, what the kernel draws at random is zeroed: the IPv4 identification
 * (and with it the checksum) and the IPv6 flow label.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define MAX_NAMESPACES 32
#define MAX_FRAME      10240
#define HOPS	       16     /* more than any path here has */
#define ETH_P_OURS     0x88b5 /* IEEE 802 local experimental */
#define ARPHRD_LO      772

struct watched {
	const char *name;
	int fd;
};

static int home; /* the namespace that it was started in */

static void enter(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "enter namespace %s", name);
	close(fd);
}

static void leave(void)
{
	if (setns(home, CLONE_NEWNET))
		err(1, "back to the own namespace");
}

/* A packet socket here: on one device, or on all. */
static int packet_socket(const char *dev)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));

	if (fd < 0)
		err(1, "packet socket");
	if (!dev)
		return fd;
	addr.sll_ifindex = (int)if_nametoindex(dev);
	if (!addr.sll_ifindex || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		err(1, "packet socket on %s", dev);
	return fd;
}

static size_t parse_hex(const char *hex, unsigned char *out)
{
	size_t n = 0;

	while (n < MAX_FRAME && sscanf(hex + 2 * n, "%2hhx", &out[n]) == 1)
		n++;
	return n;
}

static void send_frames(int fd, const char *name)
{
	unsigned char frame[MAX_FRAME];
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		size_t n = parse_hex(line, frame);

		/* A link that is down or takes no frame of this size: an outcome like others. */
		if (n && send(fd, frame, n, 0) < 0)
			printf("%s %s\n", name, strerrorname_np(errno));
	}
	free(line);
}

static bool is_incoming(const struct sockaddr_ll *from)
{
	return from->sll_pkttype != PACKET_OUTGOING;
}

static void push(int lo, unsigned char round)
{
	unsigned char frame[ETH_ZLEN] = { [12] = ETH_P_OURS >> 8, ETH_P_OURS & 0xff, round };
	unsigned char got[MAX_FRAME];
	struct sockaddr_ll from;

	if (send(lo, frame, sizeof(frame), 0) != (ssize_t)sizeof(frame))
		err(1, "send on lo");
	do {
		socklen_t len = sizeof(from);

		if (recvfrom(lo, got, sizeof(got), 0, (struct sockaddr *)&from, &len) < 0)
			err(1, "receive on lo");
	} while (!is_incoming(&from) || memcmp(got, frame, 15));
}

static bool normalise4(unsigned char *frame, size_t n)
{
	struct iphdr *ip = (struct iphdr *)(frame + ETH_HLEN);

	if (n < ETH_HLEN + sizeof(*ip) || ip->protocol == IPPROTO_IGMP)
		return false;
	if (ip->protocol == IPPROTO_ICMP)
		ip->id = ip->check = 0;
	return true;
}

static bool normalise6(unsigned char *frame, size_t n)
{
	struct ip6_hdr *ip = (struct ip6_hdr *)(frame + ETH_HLEN);
	struct icmp6_hdr *icmp = (struct icmp6_hdr *)(ip + 1);

	if (n < ETH_HLEN + sizeof(*ip) || ip->ip6_nxt == IPPROTO_HOPOPTS)
		return n >= ETH_HLEN + sizeof(*ip) && !IN6_IS_ADDR_MULTICAST(&ip->ip6_dst);
	if (ip->ip6_nxt != IPPROTO_ICMPV6 || n < ETH_HLEN + sizeof(*ip) + sizeof(*icmp))
		return true;
	ip->ip6_flow &= htonl(0xfff00000);
	return icmp->icmp6_type < MLD_LISTENER_QUERY || icmp->icmp6_type > ND_REDIRECT;
}

/* Whether a frame is for the record, and without what is random in it. */
static bool normalise(unsigned char *frame, size_t n)
{
	const struct ethhdr *eth = (struct ethhdr *)frame;

	if (n < ETH_HLEN)
		return false;
	switch (ntohs(eth->h_proto)) {
	case ETH_P_IP:
		return normalise4(frame, n);
	case ETH_P_IPV6:
		return normalise6(frame, n);
	case ETH_P_ARP:
		return false;
	default:
		return true;
	}
}

static void print_received(const struct watched *w)
{
	unsigned char frame[MAX_FRAME];
	struct sockaddr_ll from;

	for (;;) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(w->fd, frame, sizeof(frame), MSG_DONTWAIT,
				     (struct sockaddr *)&from, &len);

		if (n < 0 && errno == EAGAIN)
			return;
		/* ENETDOWN: a device went down meanwhile. */
		if (n < 0 || !is_incoming(&from) || from.sll_hatype == ARPHRD_LO ||
		    !normalise(frame, (size_t)n))
			continue;
		printf("%s ", w->name);
		for (ssize_t i = 0; i < n; i++)
			printf("%02x", frame[i]);
		putchar('\n');
	}
}

static void pin(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET((size_t)sched_getcpu(), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		err(1, "stay on a CPU");
}

static int open_sender(char *spec)
{
	char *dev = strchr(spec, '/');
	int fd;

	if (!dev)
		errx(1, "%s: not NAMESPACE/DEVICE", spec);
	*dev++ = '\0';
	enter(spec);
	fd = packet_socket(dev);
	leave();
	return fd;
}

int main(int argc, char **argv)
{
	const struct timeval patience = { .tv_sec = 10 };
	struct watched watched[MAX_NAMESPACES];
	int lo, from, count = argc - 2;

	if (count < 1 || count > MAX_NAMESPACES)
		errx(1, "usage: witness NAMESPACE/DEVICE NAMESPACE...");
	pin();
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0)
		err(1, "/proc/self/ns/net");
	lo = packet_socket("lo");
	if (setsockopt(lo, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		err(1, "SO_RCVTIMEO");
	for (int i = 0; i < count; i++) {
		watched[i].name = argv[i + 2];
		enter(watched[i].name);
		watched[i].fd = packet_socket(NULL);
		leave();
	}
	from = open_sender(argv[1]);
	send_frames(from, argv[1]);
	for (unsigned char round = 0; round < HOPS; round++)
		push(lo, round);
	for (int i = 0; i < count; i++)
		print_received(&watched[i]);
	return 0;
}
