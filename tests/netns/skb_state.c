// SPDX-License-Identifier: GPL-2.0-only
/*
 * skb_state MAP NAMESPACE ADDRESS PORT [tcp] [mark=N] [priority=N] [tos=N] [gso=N] [txtime]
 * [nocheck]: sends a packet to the port, a UDP datagram unless told, and prints in which state
 * skb_state.bpf.c (whose pinned map MAP is) saw it arrive, as "FIELD VALUE" lines. Of a time it
 * says what it is: "arrival", "delivery" (when the sender wants it sent), "none" or "other".
 *
 * skb_state hold: keeps a socket that wants times of arrival, so that the kernel gives them. It
 * stops a moment after the last one that wanted them has gone, also if another has come meanwhile:
 * so one is to be there all the time.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/netns/enter.h"
#include "tests/netns/skb_state.h"

#define NS_PER_S    1000000000ULL
#define PATIENCE    (5 * NS_PER_S)
#define DELAY	    (NS_PER_S / 1000)
#define DATAGRAM    256
#define MAX_GSO	    8000
#define UDP_OFFLOAD 103 /* UDP_SEGMENT */

static const char *const names[] = {
#define SKB_FIELD_NAME(name) #name,
	SKB_FIELDS(SKB_FIELD_NAME)
};

struct packet {
	const char *address;
	int port, mark, priority, tos, gso;
	bool tcp, txtime, nocheck;
	unsigned long long delivery; /* monotonic; 0: at once */
};

static unsigned long long now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (unsigned long long)t.tv_sec * NS_PER_S + (unsigned long long)t.tv_nsec;
}

static void option(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		err(1, "option %d of level %d", name, level);
}

/* Sends a datagram to itself: did it get its time before it was read? */
static bool is_stamped(int fd, const struct sockaddr_in *self)
{
	char data, control[64];
	struct iovec part = { .iov_base = &data, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &part,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct timespec stamp = {};
	unsigned long long before;

	if (sendto(fd, "", 1, 0, (const struct sockaddr *)self, sizeof(*self)) != 1)
		err(1, "to the loopback device");
	before = now(CLOCK_REALTIME);
	if (recvmsg(fd, &msg, 0) != 1)
		err(1, "from the loopback device");
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS)
			memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
	return (unsigned long long)stamp.tv_sec * NS_PER_S + (unsigned long long)stamp.tv_nsec <=
	       before;
}

static void want_times(void)
{
	struct sockaddr_in self = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	unsigned long long end = now(CLOCK_MONOTONIC) + PATIENCE;
	socklen_t len = sizeof(self);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&self, len) ||
	    getsockname(fd, (struct sockaddr *)&self, &len))
		err(1, "socket on the loopback device");
	option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	while (!is_stamped(fd, &self))
		if (now(CLOCK_MONOTONIC) > end)
			errx(1, "no times of arrival in %llu s", PATIENCE / NS_PER_S);
}

static socklen_t resolve(const struct packet *packet, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (void *)out;
	struct sockaddr_in6 *v6 = (void *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, packet->address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)packet->port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, packet->address, &v6->sin6_addr) != 1)
		errx(1, "no address: %s", packet->address);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)packet->port);
	return sizeof(*v6);
}

static void set_options(int fd, const struct packet *packet, bool v4)
{
	struct sock_txtime txtime = { .clockid = CLOCK_MONOTONIC };

	if (packet->mark)
		option(fd, SOL_SOCKET, SO_MARK, packet->mark);
	if (packet->tos)
		option(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_TOS : IPV6_TCLASS, packet->tos);
	if (packet->priority) /* after the TOS, which sets it */
		option(fd, SOL_SOCKET, SO_PRIORITY, packet->priority);
	if (packet->gso)
		option(fd, SOL_UDP, UDP_OFFLOAD, packet->gso);
	if (packet->nocheck)
		option(fd, SOL_SOCKET, SO_NO_CHECK, 1);
	if (packet->txtime && setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof(txtime)))
		err(1, "SO_TXTIME");
}

static void send_datagram(int fd, const struct packet *packet)
{
	static char data[MAX_GSO];
	char control[CMSG_SPACE(sizeof(packet->delivery))] = {};
	struct iovec part = { .iov_base = data,
			      .iov_len = packet->gso ? (size_t)packet->gso * 3 : DATAGRAM };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (packet->delivery) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_TXTIME;
		c->cmsg_len = CMSG_LEN(sizeof(packet->delivery));
		memcpy(CMSG_DATA(c), &packet->delivery, sizeof(packet->delivery));
	}
	if (sendmsg(fd, &msg, 0) < 0)
		err(1, "send");
}

/* The socket, kept: what it has sent names it. */
static int send_packet(const struct packet *packet)
{
	struct sockaddr_storage to;
	socklen_t len = resolve(packet, &to);
	int fd = socket(to.ss_family,
			(packet->tcp ? SOCK_STREAM | SOCK_NONBLOCK : SOCK_DGRAM) | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	set_options(fd, packet, to.ss_family == AF_INET);
	if (connect(fd, (struct sockaddr *)&to, len) && errno != EINPROGRESS)
		err(1, "connect");
	if (!packet->tcp)
		send_datagram(fd, packet);
	return fd;
}

static void await(int map, const struct packet *packet, struct skb_state *state)
{
	unsigned long long end = now(CLOCK_MONOTONIC) + PATIENCE;
	__u32 port = (__u32)packet->port;

	while (bpf_map_lookup_elem(map, &port, state)) {
		if (now(CLOCK_MONOTONIC) > end)
			errx(1, "nothing has arrived for port %d", packet->port);
		usleep(1000);
	}
}

struct clocks {
	unsigned long long real, monotonic;
};

static struct clocks clocks_now(void)
{
	return (struct clocks){ .real = now(CLOCK_REALTIME), .monotonic = now(CLOCK_MONOTONIC) };
}

static const char *kind_of_time(const struct skb_state *state, const struct packet *packet,
				const struct clocks *from, const struct clocks *to)
{
	unsigned long long time = state->field[SKB_tstamp];

	if (!time)
		return "none";
	if (!state->field[SKB_tstamp_type])
		return time >= from->real && time <= to->real ? "arrival" : "other";
	if (packet->delivery)
		return time == packet->delivery ? "delivery" : "other";
	return time >= from->monotonic && time <= to->monotonic ? "delivery" : "other";
}

static bool take_flag(bool *flag, const char *name, const char *word)
{
	if (strcmp(word, name))
		return false;
	*flag = true;
	return true;
}

static bool take(struct packet *packet, const char *word)
{
	return sscanf(word, "mark=%d", &packet->mark) == 1 ||
	       sscanf(word, "priority=%d", &packet->priority) == 1 ||
	       sscanf(word, "tos=%d", &packet->tos) == 1 ||
	       (sscanf(word, "gso=%d", &packet->gso) == 1 && packet->gso <= MAX_GSO / 3) ||
	       take_flag(&packet->tcp, "tcp", word) || take_flag(&packet->txtime, "txtime", word) ||
	       take_flag(&packet->nocheck, "nocheck", word);
}

int main(int argc, char **argv)
{
	struct packet packet = {};
	struct skb_state state;
	struct clocks from, to;
	int map, fd;

	if (argc == 2 && !strcmp(argv[1], "hold")) {
		want_times();
		return pause();
	}
	if (argc < 5)
		errx(1, "usage: skb_state MAP NAMESPACE ADDRESS PORT [WORD]...");
	packet.address = argv[3];
	packet.port = atoi(argv[4]);
	for (int i = 5; i < argc; i++)
		if (!take(&packet, argv[i]))
			errx(1, "what is %s?", argv[i]);
	map = bpf_obj_get(argv[1]);
	if (map < 0)
		err(1, "map %s", argv[1]);
	want_times();
	enter_netns(argv[2]);
	from = clocks_now();
	packet.delivery = packet.txtime ? from.monotonic + DELAY : 0;
	fd = send_packet(&packet);
	await(map, &packet, &state);
	to = clocks_now();
	close(fd);
	for (int i = 0; i < SKB_FIELD_COUNT; i++)
		if (i == SKB_tstamp)
			printf("tstamp %s\n", kind_of_time(&state, &packet, &from, &to));
		else
			printf("%s %lld\n", names[i], (long long)state.field[i]);
	return EXIT_SUCCESS;
}
