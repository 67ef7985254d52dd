// SPDX-License-Identifier: GPL-2.0-only
/* Pings and datagrams of UDP. */
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "tests/vm/traffic.h"

#define PING_SECONDS 60 /* links that attach has reset need a while */
#define HEAR_MS	     2000

/* Ping */

static uint16_t checksum(const void *data, size_t len)
{
	const uint16_t *word = data;
	uint32_t sum = 0;

	for (; len > 1; len -= 2)
		sum += *word++;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

struct echo {
	struct icmphdr header; /* ICMPv6's is alike; the kernel fills in its checksum */
	uint8_t payload[56];
};

static struct echo make_echo(bool v4, uint16_t sequence)
{
	struct echo echo = {};

	echo.header.type = v4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
	echo.header.un.echo.id = htons((uint16_t)getpid());
	echo.header.un.echo.sequence = htons(sequence);
	memset(echo.payload, 0x5a, sizeof(echo.payload));
	if (v4)
		echo.header.checksum = checksum(&echo, sizeof(echo));
	return echo;
}

/* Is what a raw socket received the answer to echo? IPv4's come with their IP header. */
static bool is_reply(const uint8_t *data, size_t len, bool v4, const struct echo *echo)
{
	size_t skip = v4 && len ? (data[0] & 0xf) * 4u : 0;
	struct echo reply;

	if (len != skip + sizeof(reply))
		return false;
	memcpy(&reply, data + skip, sizeof(reply));
	return reply.header.type == (v4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY) &&
	       reply.header.un.echo.id == echo->header.un.echo.id &&
	       !memcmp(reply.payload, echo->payload, sizeof(reply.payload));
}

static bool await_reply(int fd, bool v4, const struct echo *echo)
{
	uint64_t end = traffic_now_ms() + 1000, now;
	uint8_t data[512];
	ssize_t len;

	while ((now = traffic_now_ms()) < end) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

		if (poll(&poll_fd, 1, (int)(end - now)) <= 0)
			break;
		len = recv(fd, data, sizeof(data), 0);
		if (len > 0 && is_reply(data, (size_t)len, v4, echo))
			return true;
	}
	return false;
}

void traffic_ping(const struct end *from, const struct end *to)
{
	bool v4 = from->address.any.sa_family == AF_INET;
	uint64_t end = traffic_now_ms() + PING_SECONDS * 1000;
	uint16_t sequence = 0;
	int fd;

	fd = traffic_socket(from, SOCK_RAW, v4 ? (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6, 0);
	while (traffic_now_ms() < end) {
		struct echo echo = make_echo(v4, ++sequence);
		ssize_t sent = sendto(fd, &echo, sizeof(echo), 0, &to->address.any,
				      traffic_address_len(&to->address));

		/* "Unreachable" comes at once; an answer that doesn't come, after a second. */
		if (await_reply(fd, v4, &echo) && sent > 0) {
			close(fd);
			return;
		}
	}
	errno = 0;
	traffic_die("no answer to %d pings", sequence);
}

/* Does a datagram arrive? Tried until it does, or the time is over. */
bool traffic_arrives(const struct end *from, const struct end *to)
{
	int listener = traffic_socket(to, SOCK_DGRAM, 0, 0);
	int fd = traffic_socket(from, SOCK_DGRAM, 0, 0);
	struct pollfd poll_fd = { .fd = listener, .events = POLLIN };
	uint64_t end = traffic_now_ms() + HEAR_MS;
	union address remote;
	socklen_t len = sizeof(remote);

	if (getsockname(listener, &remote.any, &len))
		traffic_die("getsockname");
	do {
		if (sendto(fd, "nsaccel", 7, 0, &remote.any, len) != 7)
			traffic_die("send");
		if (poll(&poll_fd, 1, HEAR_MS / 10) > 0)
			return true;
	} while (traffic_now_ms() < end);
	return false;
}

/* UDP: a datagram to the port, then one to the next. Does the first arrive? */

bool traffic_heard(const struct end *from, const struct end *to, uint16_t port)
{
	int first = traffic_socket(to, SOCK_DGRAM, 0, port);
	int second = traffic_socket(to, SOCK_DGRAM, 0, (uint16_t)(port + 1));
	int fd = traffic_socket(from, SOCK_DGRAM, 0, 0);
	uint16_t ports[] = { port, (uint16_t)(port + 1) };
	char data[16];
	size_t i;

	for (i = 0; i < 2; i++) {
		union address remote = traffic_with_port(to->address, ports[i]);

		if (sendto(fd, "nsaccel", 7, 0, &remote.any, traffic_address_len(&remote)) != 7)
			traffic_die("send to port %u", ports[i]);
	}
	/* They don't overtake each other: the second says that the first isn't under way. */
	if (recv(second, data, sizeof(data), 0) != 7)
		traffic_die("no datagram to port %u", ports[1]);
	return recv(first, data, sizeof(data), MSG_DONTWAIT) == 7;
}
