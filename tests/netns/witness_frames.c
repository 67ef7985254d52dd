// SPDX-License-Identifier: GPL-2.0-only
/* Frames that are sent, and those that arrive. */
#include <err.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netpacket/packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "tests/netns/witness.h"

#define MAX_FRAME  10240
#define HOPS	   16	  /* more than any path here has */
#define ETH_P_OURS 0x88b5 /* IEEE 802 local experimental */
#define ARPHRD_LO  772

int witness_lo;

static size_t parse_hex(const char *hex, unsigned char *out)
{
	static const char digits[] = "0123456789abcdef";
	const char *high, *low;
	size_t n = 0;

	while (n < MAX_FRAME && hex[0] && hex[1] && (high = strchr(digits, hex[0] | 0x20)) &&
	       (low = strchr(digits, hex[1] | 0x20))) {
		out[n++] = (unsigned char)((high - digits) << 4 | (low - digits));
		hex += 2;
	}
	return n;
}

static void push(unsigned char round)
{
	unsigned char frame[ETH_ZLEN] = { [12] = ETH_P_OURS >> 8, ETH_P_OURS & 0xff, round };
	unsigned char got[MAX_FRAME];
	struct sockaddr_ll from;

	if (send(witness_lo, frame, sizeof(frame), 0) != (ssize_t)sizeof(frame))
		err(1, "send on lo");
	do {
		socklen_t len = sizeof(from);

		if (recvfrom(witness_lo, got, sizeof(got), 0, (struct sockaddr *)&from, &len) < 0)
			err(1, "receive on lo");
	} while (from.sll_pkttype == PACKET_OUTGOING || memcmp(got, frame, 15));
}

static void push_all(void)
{
	for (unsigned char round = 0; round < HOPS; round++)
		push(round);
}

/* A link that is down or takes no frame of this size: an outcome like others. */
static void send_all(const struct space *from, const char *dev, FILE *frames, FILE *received)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct ifreq request = {};
	unsigned char frame[MAX_FRAME];
	char *line = NULL;
	size_t size = 0;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", dev);
	if (ioctl(from->fd, SIOCGIFINDEX, &request)) {
		witness_failed("no such device");
		return;
	}
	to.sll_ifindex = request.ifr_ifindex;
	while (getline(&line, &size, frames) > 0) {
		size_t n = parse_hex(line, frame);

		if (n && sendto(from->fd, frame, n, 0, (struct sockaddr *)&to, sizeof(to)) < 0 &&
		    received)
			fprintf(received, "%s %s\n", from->name, strerrorname_np(errno));
	}
	free(line);
	push_all();
}

/* spec: NAMESPACE/DEVICE */
void witness_send(const char *spec, FILE *frames, FILE *received)
{
	char name[MAX_WORD];
	const char *dev = strchr(spec, '/');
	struct space *from;

	snprintf(name, sizeof(name), "%.*s", (int)(dev ? dev - spec : 0), spec);
	from = dev ? witness_space(name) : NULL;
	if (from)
		send_all(from, dev + 1, frames, received);
	else
		witness_failed("no such namespace");
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

static void print_frame(const char *name, const unsigned char *frame, size_t n, FILE *received)
{
	static const char digits[] = "0123456789abcdef";
	char hex[2 * MAX_FRAME];

	for (size_t i = 0; i < n; i++) {
		hex[2 * i] = digits[frame[i] >> 4];
		hex[2 * i + 1] = digits[frame[i] & 15];
	}
	fprintf(received, "%s %.*s\n", name, (int)(2 * n), hex);
}

/* What is in the socket, printed (NULL: forgotten). */
void witness_drain(const struct space *s, FILE *received)
{
	unsigned char frame[MAX_FRAME];
	struct sockaddr_ll from;

	for (;;) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(s->fd, frame, sizeof(frame), MSG_DONTWAIT,
				     (struct sockaddr *)&from, &len);

		if (n < 0 && errno == EAGAIN)
			return;
		/* ENETDOWN: a device went down meanwhile. */
		if (n < 0 || !received || from.sll_pkttype == PACKET_OUTGOING ||
		    from.sll_hatype == ARPHRD_LO || !normalise(frame, (size_t)n))
			continue;
		print_frame(s->name, frame, (size_t)n, received);
	}
}
