// SPDX-License-Identifier: GPL-2.0-only
/*
 * witness DIRECTORY: lives as long as a test, sends frames and tells what arrives where. Commands
 * are lines on stdin:
 *
 *   watch NAMESPACE...      whose receptions are told from now on
 *   count NAMESPACE...      and whose counters
 *   send FROM/DEV FILE      frames (hex, a line each) to be sent out of a device of FROM
 *   go                      sends them in that order, waits until all has arrived, and answers
 *
 * The answer is a line, "done" or what is wrong. What has arrived is in the file "received" as
 * sorted "NAMESPACE HEX" lines; by how much nsaccel's counters went up is in "counted" as
 * "NAMESPACE HOOK REASON PACKETS" lines. Files are in DIRECTORY.
 *
 * witness -s FROM/DEV: sends what is on stdin, and that's all.
 *
 * It knows without a timeout when all has arrived. Forwarding happens in softirqs of the CPU that
 * the sender is pinned to, hop by hop through that CPU's backlog, which is first in, first out: a
 * frame that went through it by way of "lo" has pushed everything before it one hop further.
 *
 * What namespaces say of themselves (ARP, neighbour discovery, listener reports) isn't told. Of
 * ICMP errors that they make, what the kernel draws at random is zeroed: the IPv4 identification
 * (and with it the checksum) and the IPv6 flow label.
 *
 * Its sockets stay open, each namespace's until the namespace loses its name: so it keeps none
 * alive that a test has deleted.
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
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "maps/stats.h"
#include "util/names.h"

#define NAMESPACES     "/run/netns"
#define MAX_NAMESPACES 64
#define MAX_BATCHES    16
#define MAX_WORD       160
#define MAX_FRAME      10240
#define BUFFER	       (16 << 20)
#define HOPS	       16     /* more than any path here has */
#define ETH_P_OURS     0x88b5 /* IEEE 802 local experimental */
#define ARPHRD_LO      772

struct space {
	char name[64];
	int fd; /* packet socket on all its devices; -1: not open */
	__u64 cookie;
	bool watched, counted;
	bool known; /* "before" is its counters */
	struct nsaccel_stats before[NSACCEL_HOOK_COUNT];
};

/* Frames that are to be sent by one device. */
struct batch {
	char from[MAX_WORD], file[MAX_WORD];
};

static struct space spaces[MAX_NAMESPACES];
static size_t space_count;
static struct batch batches[MAX_BATCHES];
static size_t batch_count;
static int home; /* the namespace that it was started in */
static int lo;
static const char *failure; /* of the commands since the last answer */

static void failed(const char *why)
{
	if (!failure)
		failure = why;
}

/* To the CPU that this runs on, and from it again. */
static void pin(bool to_one)
{
	static cpu_set_t all;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	if (to_one && sched_getaffinity(0, sizeof(all), &all))
		err(1, "CPUs");
	if (sched_setaffinity(0, sizeof(one), to_one ? &one : &all))
		err(1, "stay on a CPU");
}

/* Namespaces. */

static int packet_socket(void)
{
	const int size = BUFFER;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return fd;
}

static int packet_socket_in(const char *name)
{
	char path[128];
	int ns, fd = -1;

	snprintf(path, sizeof(path), NAMESPACES "/%s", name);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0)
		return -1;
	if (!setns(ns, CLONE_NEWNET)) {
		fd = packet_socket();
		if (setns(home, CLONE_NEWNET))
			err(1, "back to the own namespace");
	}
	close(ns);
	return fd;
}

static struct space *find(const char *name)
{
	for (size_t i = 0; i < space_count; i++)
		if (!strcmp(spaces[i].name, name))
			return &spaces[i];
	return NULL;
}

/* The namespace of that name, open; NULL if it can't be. */
static struct space *space(const char *name)
{
	struct space *s = find(name);
	socklen_t size = sizeof(s->cookie);

	if (!s) {
		if (space_count == MAX_NAMESPACES || strlen(name) >= sizeof(s->name))
			return NULL;
		s = &spaces[space_count++];
		strcpy(s->name, name);
		s->fd = -1;
	}
	if (s->fd < 0)
		s->fd = packet_socket_in(name);
	if (s->fd < 0 || getsockopt(s->fd, SOL_SOCKET, SO_NETNS_COOKIE, &s->cookie, &size))
		return NULL;
	return s;
}

/* Sockets of names that are gone, or are given anew. */
static void let_go(int inotify)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;

	while ((n = read(inotify, events, sizeof(events))) > 0) {
		const struct inotify_event *e;

		for (char *at = events; at < events + n; at += sizeof(*e) + e->len) {
			struct space *s;

			e = (const struct inotify_event *)at;
			s = e->len ? find(e->name) : NULL;
			if (s && s->fd >= 0) {
				close(s->fd);
				s->fd = -1;
			}
		}
	}
}

static int watch_names(void)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd < 0 || inotify_add_watch(fd, NAMESPACES, IN_DELETE | IN_MOVE | IN_CREATE) < 0)
		err(1, "watch " NAMESPACES);
	return fd;
}

/* Frames. */

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

	if (send(lo, frame, sizeof(frame), 0) != (ssize_t)sizeof(frame))
		err(1, "send on lo");
	do {
		socklen_t len = sizeof(from);

		if (recvfrom(lo, got, sizeof(got), 0, (struct sockaddr *)&from, &len) < 0)
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
		failed("no such device");
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
static void send_from(const char *spec, FILE *frames, FILE *received)
{
	char name[MAX_WORD];
	const char *dev = strchr(spec, '/');
	struct space *from;

	snprintf(name, sizeof(name), "%.*s", (int)(dev ? dev - spec : 0), spec);
	from = dev ? space(name) : NULL;
	if (from)
		send_all(from, dev + 1, frames, received);
	else
		failed("no such namespace");
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
static void drain(const struct space *s, FILE *received)
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

/* Counters. */

static bool read_stats(const struct nsa_maps *maps, const struct space *s,
		       struct nsaccel_stats out[NSACCEL_HOOK_COUNT])
{
	for (int hook = 0; hook < NSACCEL_HOOK_COUNT; hook++)
		if (nsa_maps_stats(maps, s->cookie, (enum nsaccel_hook)hook, &out[hook]) < 0)
			return false;
	return true;
}

static void count_before(const struct nsa_maps *maps)
{
	for (struct space *s = spaces; s < spaces + space_count; s++)
		s->known = s->counted && read_stats(maps, s, s->before);
}

/* A namespace that nsaccel got to know meanwhile has begun with zeros. */
static void print_counted(const struct nsa_maps *maps, struct space *s, FILE *out)
{
	struct nsaccel_counter before[NSACCEL_REASON_COUNT] = {}, now[NSACCEL_REASON_COUNT];
	struct nsaccel_stats after[NSACCEL_HOOK_COUNT];

	if (!s->counted || !read_stats(maps, s, after))
		return;
	for (int hook = 0; hook < NSACCEL_HOOK_COUNT; hook++) {
		memcpy(now, &after[hook], sizeof(now));
		if (s->known)
			memcpy(before, &s->before[hook], sizeof(before));
		for (int i = 0; i < NSACCEL_REASON_COUNT; i++)
			if (now[i].packets != before[i].packets)
				fprintf(out, "%s %s %s %lld\n", s->name,
					nsa_hook_name((enum nsaccel_hook)hook),
					nsa_reason_field((enum nsaccel_reason)i),
					(long long)(now[i].packets - before[i].packets));
	}
}

/* Commands. */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lines of text, which is changed. */
static void write_sorted(char *text, const char *file)
{
	FILE *out = fopen(file, "we");
	size_t count = 0, room = 1;
	char **lines, *rest = text;

	for (const char *at = text; *at; at++)
		room += *at == '\n';
	lines = calloc(room, sizeof(*lines));
	if (!out || !lines)
		err(1, "%s", file);
	for (char *line; (line = strsep(&rest, "\n")) && *line;)
		lines[count++] = line;
	qsort(lines, count, sizeof(*lines), by_text);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s\n", lines[i]);
	free(lines);
	fclose(out);
}

static void send_batches(FILE *received)
{
	for (size_t i = 0; i < batch_count; i++) {
		FILE *frames = fopen(batches[i].file, "re");

		if (!frames) {
			failed("no such file");
			continue;
		}
		send_from(batches[i].from, frames, received);
		fclose(frames);
	}
	batch_count = 0;
}

static void each_watched(FILE *received)
{
	for (struct space *s = spaces; s < spaces + space_count; s++)
		if (s->watched && s->fd >= 0)
			drain(s, received);
}

static void go(void)
{
	struct nsa_maps *maps = NULL;
	char *text = NULL;
	size_t size;
	FILE *received = open_memstream(&text, &size), *counted = fopen("counted", "we");

	if (!received || !counted)
		err(1, "files");
	if (nsa_maps_open(&maps) < 0)
		maps = NULL;
	each_watched(NULL);
	if (maps)
		count_before(maps);
	pin(true);
	send_batches(received);
	pin(false);
	each_watched(received);
	for (struct space *s = spaces; maps && s < spaces + space_count; s++)
		print_counted(maps, s, counted);
	nsa_maps_close(maps);
	fclose(counted);
	fclose(received);
	write_sorted(text, "received");
	free(text);
	puts(failure ?: "done");
	failure = NULL;
}

/* watch and count: these, and no others any more. */
static void choose(bool watch, char *names)
{
	for (struct space *s = spaces; s < spaces + space_count; s++)
		*(watch ? &s->watched : &s->counted) = false;
	for (char *name; (name = strsep(&names, " "));) {
		struct space *s = *name ? space(name) : NULL;

		if (s)
			*(watch ? &s->watched : &s->counted) = true;
		else if (*name && watch)
			failed("no such namespace");
	}
}

static void add_batch(const char *words)
{
	struct batch *batch = &batches[batch_count];

	if (batch_count < MAX_BATCHES &&
	    sscanf(words, "%159s %159s", batch->from, batch->file) == 2)
		batch_count++;
	else
		failed("send?");
}

static void obey(char *line)
{
	char *words = line;
	const char *verb = strsep(&words, " ");

	if (!strcmp(verb, "go"))
		go();
	else if (!strcmp(verb, "watch") || !strcmp(verb, "count"))
		choose(*verb == 'w', words);
	else if (!strcmp(verb, "send") && words)
		add_batch(words);
	else
		failed("what?");
}

static void serve(int inotify)
{
	struct pollfd events[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				   { .fd = inotify, .events = POLLIN } };
	char *line = NULL;
	size_t size = 0;

	/* Unbuffered: what is in a buffer poll() doesn't see. */
	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		if (poll(events, 2, -1) < 0)
			err(1, "poll");
		let_go(inotify);
		if (!events[0].revents)
			continue;
		if (getline(&line, &size, stdin) <= 0)
			break;
		line[strcspn(line, "\n")] = '\0';
		obey(line);
	}
	free(line);
}

static void open_lo(void)
{
	const struct timeval patience = { .tv_sec = 60 };
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };

	lo = packet_socket();
	addr.sll_ifindex = (int)if_nametoindex("lo");
	if (lo < 0 || bind(lo, (struct sockaddr *)&addr, sizeof(addr)) ||
	    setsockopt(lo, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		err(1, "packet socket on lo");
}

int main(int argc, char **argv)
{
	if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[1], "-s") != 0))
		errx(1, "usage: witness DIRECTORY | witness -s NAMESPACE/DEVICE");
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0)
		err(1, "/proc/self/ns/net");
	open_lo();
	if (argc == 3) {
		pin(true);
		send_from(argv[2], stdin, NULL);
		if (failure)
			errx(1, "%s: %s", argv[2], failure);
		return 0;
	}
	/* The shell that reads its answers may be killed. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || chdir(argv[1]))
		err(1, "%s", argv[1]);
	serve(watch_names());
	return 0;
}
