// SPDX-License-Identifier: GPL-2.0-only
/*
 * leak FILE [NAMESPACE FRAMES]... -- NAMESPACE...: sends frames (hex, a line each) that must never
 * arrive, again and again out of the eth0 of each first namespace, until it is killed. Each that
 * arrives in one of the last namespaces is a line in FILE, "NAMESPACE HEX".
 */
#include <err.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/netns/enter.h"

#define MAX	   16
#define MAX_FRAME  256
#define MAX_FRAMES 64
#define PAUSE_NS   2000000

struct space {
	const char *name;
	int fd, ifindex;
};

static struct space senders[MAX], receivers[MAX];
static size_t sender_count, receiver_count;
static struct {
	const struct space *from;
	unsigned char data[MAX_FRAME];
	size_t size;
} frames[MAX_FRAMES];
static size_t frame_count;

static void open_space(struct space *s, const char *name)
{
	enter_netns(name);
	s->name = name;
	s->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
	s->ifindex = (int)if_nametoindex("eth0");
	if (s->fd < 0)
		err(1, "packet socket in %s", name);
}

static void read_frames(const struct space *from, const char *file)
{
	FILE *in = fopen(file, "re");
	char line[2 * MAX_FRAME + 2];

	if (!in)
		err(1, "%s", file);
	while (frame_count < MAX_FRAMES && fgets(line, sizeof(line), in)) {
		frames[frame_count].from = from;
		for (size_t i = 0; sscanf(&line[2 * i], "%2hhx", &frames[frame_count].data[i]) == 1;
		     i++)
			frames[frame_count].size = i + 1;
		frame_count++;
	}
	fclose(in);
}

static void send_all(void)
{
	for (size_t i = 0; i < frame_count; i++) {
		const struct sockaddr_ll to = { .sll_family = AF_PACKET,
						.sll_protocol = htons(ETH_P_ALL),
						.sll_ifindex = frames[i].from->ifindex };

		/* A device that is down or gone lets nothing out. */
		sendto(frames[i].from->fd, frames[i].data, frames[i].size, 0,
		       (const struct sockaddr *)&to, sizeof(to));
	}
}

/* By how it ends: the rest of the way may change a frame. An ICMP error quotes it. */
static bool is_ours(const unsigned char *data, size_t size)
{
	if (size < ETH_HLEN + 20 || data[data[12] == ETH_P_IP >> 8 ? 23 : 20] != IPPROTO_UDP)
		return false;
	for (size_t i = 0; i < frame_count; i++)
		if (size >= 8 && frames[i].size >= 8 &&
		    !memcmp(data + size - 8, frames[i].data + frames[i].size - 8, 8))
			return true;
	return false;
}

static void tell(const char *name, const unsigned char *data, size_t size, FILE *out)
{
	fprintf(out, "%s ", name);
	for (size_t i = 0; i < size; i++)
		fprintf(out, "%02x", data[i]);
	fputc('\n', out);
	fflush(out);
}

static void drain(const struct space *s, FILE *out)
{
	unsigned char data[2048];
	struct sockaddr_ll from;
	socklen_t len = sizeof(from);
	ssize_t n;

	while ((n = recvfrom(s->fd, data, sizeof(data), 0, (struct sockaddr *)&from, &len)) > 0)
		if (from.sll_pkttype != PACKET_OUTGOING && is_ours(data, (size_t)n))
			tell(s->name, data, (size_t)n, out);
}

int main(int argc, char **argv)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	FILE *out = argc > 1 ? fopen(argv[1], "ae") : NULL;
	int i = 2;

	if (!out || prctl(PR_SET_PDEATHSIG, SIGKILL))
		errx(1, "usage: leak FILE [NAMESPACE FRAMES]... -- NAMESPACE...");
	for (; i + 1 < argc && strcmp(argv[i], "--") != 0 && sender_count < MAX; i += 2) {
		open_space(&senders[sender_count], argv[i]);
		read_frames(&senders[sender_count++], argv[i + 1]);
	}
	for (i++; i < argc && receiver_count < MAX; i++)
		open_space(&receivers[receiver_count++], argv[i]);
	for (;;) {
		send_all();
		nanosleep(&pause, NULL);
		for (size_t r = 0; r < receiver_count; r++)
			drain(&receivers[r], out);
	}
}
