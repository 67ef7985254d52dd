// SPDX-License-Identifier: GPL-2.0-only
/* claim and learn: frames that tell lies about addresses. */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/netns/mischief.h"

static int link_socket(void)
{
	const struct sockaddr_ll link = { .sll_family = AF_PACKET,
					  .sll_ifindex = (int)mischief_dev };
	static int fd = -1;

	if (fd >= 0)
		return fd;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&link, sizeof(link)))
		err(1, "packet socket");
	return fd;
}

static size_t put_arp(__u8 *frame, const struct address *a, __u8 operation)
{
	static const __u8 head[] = { 8, 6, 0, 1, 8, 0, 6, 4, 0 };

	memset(frame, 0xff, 6);
	memcpy(frame + 6, mischief_mac, 6);
	memcpy(frame + 12, head, sizeof(head));
	frame[21] = operation;
	memcpy(frame + 22, mischief_mac, 6);
	memcpy(frame + 28, a->bytes, 4);
	memcpy(frame + 32, mischief_mac, 6);
	memcpy(frame + 38, a->bytes, 4);
	return 42;
}

/* From the address that it tells of, to all nodes, overriding (RFC 4861, 4.4). */
static size_t put_advertisement(__u8 *frame, const struct address *a)
{
	static const __u8 head[] = { 0x33, 0x33, 0, 0, 0, 1 };
	static const __u8 ip[] = { 0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, IPPROTO_ICMPV6, 255 };
	static const __u8 all_nodes[16] = { 0xff, 2, [15] = 1 };
	__u32 sum = 32 + IPPROTO_ICMPV6;

	memset(frame, 0, 86);
	memcpy(frame, head, sizeof(head));
	memcpy(frame + 6, mischief_mac, 6);
	memcpy(frame + 12, ip, sizeof(ip));
	memcpy(frame + 22, a->bytes, 16);
	memcpy(frame + 38, all_nodes, 16);
	frame[54] = 136;
	frame[58] = 0x20;
	memcpy(frame + 62, a->bytes, 16);
	frame[78] = 2;
	frame[79] = 1;
	memcpy(frame + 80, mischief_mac, 6);
	for (int i = 22; i < 86; i += 2)
		sum += (__u32)frame[i] << 8 | frame[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	frame[56] = (__u8)(sum >> 8);
	frame[57] = (__u8)sum;
	return 86;
}

static void tell_all(int fd, const struct address *a)
{
	__u8 frame[128];

	/* What a macvlan's lower drops is an error to the sender. */
	if (a->family == AF_INET6) {
		(void)!write(fd, frame, put_advertisement(frame, a));
		return;
	}
	(void)!write(fd, frame, put_arp(frame, a, 1));
	(void)!write(fd, frame, put_arp(frame, a, 2));
}

static struct address parse(const char *text)
{
	struct address a = { AF_INET, 4, {} };

	if (strchr(text, ':'))
		a = (struct address){ AF_INET6, 16, {} };
	if (inet_pton(a.family, text, a.bytes) != 1)
		errx(1, "\"%s\" is no address", text);
	return a;
}

void mischief_claim(char **addresses)
{
	int fd = link_socket();

	for (int add = 1; add >= 0; add--)
		for (char **text = addresses; *text; text++) {
			struct address a = parse(*text);

			mischief_put_address(&a, add, LO);
			mischief_put_address(&a, add, mischief_dev);
			mischief_flush();
			tell_all(fd, &a);
		}
}

/* From the next MAC of all to one that nobody has. */
static void learn_one(void)
{
	static __u32 number;
	__u8 frame[ETH_ZLEN] = { 2, 0, 0, 0xee, 0xee, 0xee, 2, 0xcc, [12] = 0x88, 0xb5 };

	number++;
	for (int i = 0; i < 4; i++)
		frame[8 + i] = (__u8)(number >> 8 * (3 - i));
	while (write(link_socket(), frame, sizeof(frame)) < 0)
		if (errno != ENOBUFS)
			err(1, "send");
}

void mischief_learn(char **args)
{
	static unsigned long known;
	const struct timespec pause = { 0, 10000000 };
	unsigned long more = known ? strtoul(args[1], NULL, 10) / 100 : strtoul(args[0], NULL, 10);

	if (known)
		nanosleep(&pause, NULL);
	for (unsigned long i = 0; i < more; i++)
		learn_one();
	known += more;
}
