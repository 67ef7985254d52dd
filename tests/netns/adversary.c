// SPDX-License-Identifier: GPL-2.0-only
/*
 * adversary FRAMES SEED FROM/DEV KEY=VALUE... -- NAMESPACE/DEV,FRIEND-MAC,RULE...
 *
 * Sends frames that are random in every field out of a device, and judges whatever arrives at others.
 * Keys: mac, ip4, ip6: what fields are drawn from beside pure chance, comma-separated, the sender's own
 * first. Rules: nothing, routed;SRC4;DST4;MASK4[;PORT], from;SRC4;SRC6, speaks;SRC4;SRC6,
 * beside;SRC4;SRC6 and tagged;VLAN. Prints a line of JSON for each device; exit status 1 if anything leaked.
 *
 * All that is sent has arrived, or never will, when it stops: forwarding happens in softirqs of the CPU
 * that the sender is pinned to, through whose backlog a last frame by way of "lo" goes (witness.c).
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/netns/judge.h"
#include "judge.skel.h"

#define POOL	  16
#define JUDGES	  16
#define BATCH	  64
#define FRAME_MAX 1514
#define ONE_IN(n) (chance() % (n) == 0)

static struct {
	__u8 mac[POOL][6], ip4[POOL][4], ip6[POOL][16];
	unsigned int macs, ip4s, ip6s;
} pool;

static struct {
	struct judge *skel;
	const char *where;
} judges[JUDGES];
static int judge_count;

/* Chance: xorshift64*, so that a seed means the same everywhere. */

static __u64 state;

static __u32 chance(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (__u32)(state * 0x2545f4914f6cdd1dULL >> 32);
}

static void random_bytes(void *to, size_t len)
{
	__u8 *at = to;

	for (size_t i = 0; i < len; i++)
		at[i] = (__u8)chance();
}

/* Half of all frames are well-formed and sent to the gateway: it's their contents that are odd. */
static bool tame;
#define ODD(n) (!tame && ONE_IN(n))

/* Fields */

static void draw_mac(__u8 *to, bool source)
{
	if (source && !ONE_IN(3)) {
		memcpy(to, pool.mac[0], 6);
		return;
	}
	switch (chance() % 8) {
	case 0:
		memset(to, 0xff, 6);
		break;
	case 1:
		random_bytes(to, 6);
		break;
	case 2: { /* a group: of IPv4, of IPv6, of bridges */
		static const __u8 groups[][6] = { { 1, 0, 0x5e, 0, 0, 1 },
						  { 0x33, 0x33, 0, 0, 0, 1 },
						  { 0x33, 0x33, 0xff, 0, 0, 2 },
						  { 1, 0x80, 0xc2, 0, 0, 0 } };
		memcpy(to, groups[chance() % 4], 6);
		break;
	}
	default:
		memcpy(to, pool.mac[chance() % pool.macs], 6);
	}
}

static void draw_ip4(__u8 *to, bool source)
{
	static const __u8 odd[][4] = { { 0 },
				       { 255, 255, 255, 255 },
				       { 127, 0, 0, 1 },
				       { 224, 0, 0, 1 },
				       { 169, 254, 1, 1 },
				       { 10, 0, 0, 255 },
				       { 240, 0, 0, 1 } };

	if (source && !ONE_IN(3))
		memcpy(to, pool.ip4[0], 4);
	else if (ONE_IN(8))
		memcpy(to, odd[chance() % (sizeof(odd) / 4)], 4);
	else if (ONE_IN(8))
		random_bytes(to, 4);
	else
		memcpy(to, pool.ip4[chance() % pool.ip4s], 4);
}

static void draw_ip6(__u8 *to, bool source)
{
	if (source && !ONE_IN(3)) {
		memcpy(to, pool.ip6[0], 16);
		return;
	}
	switch (chance() % 10) {
	case 0:
		memset(to, 0, 16);
		break;
	case 1:
		memset(to, 0, 16);
		to[15] = 1;
		break;
	case 2:
		memset(to, 0, 16);
		to[0] = 0xff;
		to[1] = ONE_IN(2) ? 2 : (__u8)chance();
		to[15] = 1 + chance() % 2;
		break;
	case 3:
		random_bytes(to, 16);
		to[0] = 0xfe;
		to[1] = 0x80;
		break;
	case 4:
		random_bytes(to, 16);
		break;
	default:
		memcpy(to, pool.ip6[chance() % pool.ip6s], 16);
	}
}

static void put16(__u8 *to, __u32 value)
{
	to[0] = (__u8)(value >> 8);
	to[1] = (__u8)value;
}

static __u16 checksum(const __u8 *bytes, size_t len)
{
	__u32 sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (__u32)bytes[i] << 8 | bytes[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

static __u8 draw_proto(bool v6)
{
	static const __u8 protos[] = { 17, 17, 17, 6, 6, 1, 58, 4, 41, 47, 50, 51, 132, 2, 103, 0 };

	if (ONE_IN(12))
		return (__u8)chance();
	if (v6 && ONE_IN(4)) {
		static const __u8 ext[] = { 0, 43, 44, 51, 60, 59 };
		return ext[chance() % sizeof(ext)];
	}
	return protos[chance() % sizeof(protos)];
}

static size_t put_ip4(__u8 *at, size_t room, int depth);
static size_t put_ip6(__u8 *at, size_t room, int depth);

/* Layer 4, or what tunnels carry. */
static size_t put_payload(__u8 *at, size_t room, __u8 proto, int depth)
{
	size_t len = ONE_IN(10) ? room : chance() % 200;

	if (len > room)
		len = room;
	random_bytes(at, len < 64 ? len : 64);
	if (depth < 2 && proto == 4)
		return put_ip4(at, room, depth + 1);
	if (depth < 2 && proto == 41)
		return put_ip6(at, room, depth + 1);
	if (len < 8)
		return len;
	if (proto == 17 || proto == 6) {
		static const __u16 ports[] = { 7000, 7001, 53, 67, 68, 22, 4789, 9 };

		put16(at, ONE_IN(2) ? ports[chance() % 8] : chance());
		put16(at + 2, ONE_IN(2) ? ports[chance() % 8] : chance());
		if (proto == 17 && !ONE_IN(4))
			put16(at + 4, (__u32)len);
	} else if (proto == 1 && !ONE_IN(3)) {
		static const __u8 types[] = { 0, 3, 5, 8, 9, 11, 12, 13 };

		at[0] = types[chance() % 8];
	} else if (proto == 58 && !ONE_IN(4)) {
		static const __u8 types[] = { 1, 2, 128, 129, 133, 134, 135, 136, 137, 143 };

		at[0] = types[chance() % 10];
		if (len >= 24)
			draw_ip6(at + 8, ONE_IN(2));
		if (len >= 32) {
			at[24] = 1 + chance() % 3;
			at[25] = !ONE_IN(8);
			draw_mac(at + 26, ONE_IN(2));
		}
	}
	return len;
}

static size_t put_ip4(__u8 *at, size_t room, int depth)
{
	size_t head = ODD(6) ? 20 + 4 * (chance() % 11) : 20, len;
	__u8 proto = draw_proto(false);

	if (room < head)
		return 0;
	random_bytes(at, head);
	at[0] = (__u8)((ODD(20) ? chance() : 4) << 4 | (ODD(20) ? chance() & 0xf : head / 4));
	len = head + put_payload(at + head, room - head, proto, depth);
	put16(at + 2, ODD(12) ? chance() : len);
	put16(at + 6, ODD(4) ? chance() : ODD(4) ? 0x2000 | chance() % 4 : 0x4000);
	at[8] = ODD(4) ? chance() % 3 : 64;
	at[9] = proto;
	draw_ip4(at + 12, true);
	draw_ip4(at + 16, false);
	at[10] = at[11] = 0;
	put16(at + 10, ODD(12) ? chance() : checksum(at, head));
	return len;
}

static size_t put_ip6(__u8 *at, size_t room, int depth)
{
	__u8 proto = draw_proto(true);
	size_t len = 40;

	if (room < 200)
		return 0;
	random_bytes(at, 8);
	at[0] = (__u8)((ODD(20) ? chance() : 6) << 4);
	at[6] = proto;
	at[7] = ODD(4) ? chance() % 3 : ODD(3) ? 255 : 64;
	draw_ip6(at + 8, true);
	draw_ip6(at + 24, false);
	for (int i = 0; i < 10 && (proto == 0 || proto == 43 || proto == 44 || proto == 60); i++) {
		random_bytes(at + len, 8);
		at[len + 1] = 0;
		if (proto == 44 && ONE_IN(2))
			put16(at + len + 2, chance() % 2);
		proto = draw_proto(true);
		at[len] = proto;
		len += 8;
	}
	len += put_payload(at + len, room - len, proto, depth);
	put16(at + 4, ODD(12) ? chance() : len - 40);
	return len;
}

static size_t put_arp(__u8 *at)
{
	static const __u8 head[] = { 0, 1, 8, 0, 6, 4, 0, 1 };

	memcpy(at, head, sizeof(head));
	at[7] = ONE_IN(8) ? (__u8)chance() : 1 + chance() % 2;
	if (ONE_IN(10))
		at[chance() % 6] = (__u8)chance();
	draw_mac(at + 8, true);
	draw_ip4(at + 14, true);
	draw_mac(at + 18, false);
	draw_ip4(at + 24, false);
	return 28;
}

static size_t put_frame(__u8 *frame)
{
	size_t len = 14, room;

	tame = ONE_IN(2);
	random_bytes(frame, 64);
	draw_mac(frame, false);
	if (tame && pool.macs > 1)
		memcpy(frame, pool.mac[1], 6);
	draw_mac(frame + 6, true);
	for (int tags = ODD(12) ? 1 + chance() % 2 : 0; tags; tags--) {
		put16(frame + len - 2, ONE_IN(4) ? 0x88a8 : 0x8100);
		put16(frame + len, ONE_IN(2) ? 100 : chance() & ~1u);
		len += 4;
	}
	room = FRAME_MAX - len;
	switch (chance() % 10) {
	case 0:
		put16(frame + len - 2, ONE_IN(2) ? chance() : 0x8847);
		return len + chance() % 100;
	case 1:
	case 2:
		put16(frame + len - 2, 0x0806);
		len += put_arp(frame + len);
		break;
	case 3:
	case 4:
	case 5:
		put16(frame + len - 2, 0x86dd);
		len += put_ip6(frame + len, room, 0);
		break;
	default:
		put16(frame + len - 2, 0x0800);
		len += put_ip4(frame + len, room, 0);
	}
	if (ODD(12)) /* cut */
		return 14 + chance() % (len - 13);
	if (ONE_IN(12) && len + 40 < FRAME_MAX) /* padding */
		len += chance() % 40;
	return len;
}

/* Namespaces */

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

/* NAMESPACE/DEV -> enters it; the device's index. */
static int enter_device(const char *where)
{
	char name[64];
	const char *dev = strchr(where, '/');
	int ifindex;

	if (!dev || dev - where >= (long)sizeof(name))
		errx(1, "\"%s\" is not NAMESPACE/DEV", where);
	snprintf(name, sizeof(name), "%.*s", (int)(dev - where), where);
	enter(name);
	ifindex = (int)if_nametoindex(dev + 1);
	if (!ifindex)
		err(1, "%s", where);
	return ifindex;
}

static void parse_mac(const char *word, __u8 *to)
{
	if (sscanf(word, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", to, to + 1, to + 2, to + 3, to + 4,
		   to + 5) != 6)
		errx(1, "\"%s\" is no MAC", word);
}

static void parse_ip(int family, const char *word, void *to)
{
	if (!word || inet_pton(family, word, to) != 1)
		errx(1, "\"%s\" is no address", word ? word : "");
}

static void parse_pool(char *list, int family, void *to, size_t size, unsigned int *count)
{
	for (char *rest, *word = strtok_r(list, ",", &rest); word && *count < POOL;
	     word = strtok_r(NULL, ",", &rest)) {
		__u8 *at = (__u8 *)to + size * (*count)++;

		if (family)
			parse_ip(family, word, at);
		else
			parse_mac(word, at);
	}
}

static void parse_rule(char *text, struct judge_config *config)
{
	char *rest, *rule = strtok_r(text, ";", &rest), *port;

	if (!rule || !strcmp(rule, "nothing"))
		return;
	if (!strcmp(rule, "tagged")) {
		config->rule = JUDGE_TAGGED;
		config->vlan = (__u16)atoi(strtok_r(NULL, ";", &rest));
		return;
	}
	config->rule = !strcmp(rule, "routed") ? JUDGE_ROUTED :
		       !strcmp(rule, "from")   ? JUDGE_FROM :
		       !strcmp(rule, "beside") ? JUDGE_BESIDE :
						 JUDGE_SPEAKS;
	parse_ip(AF_INET, strtok_r(NULL, ";", &rest), &config->src4);
	if (config->rule != JUDGE_ROUTED) {
		parse_ip(AF_INET6, strtok_r(NULL, ";", &rest), config->src6);
		return;
	}
	parse_ip(AF_INET, strtok_r(NULL, ";", &rest), &config->dst4);
	parse_ip(AF_INET, strtok_r(NULL, ";", &rest), &config->mask4);
	port = strtok_r(NULL, ";", &rest);
	config->port = port ? htons((__u16)atoi(port)) : 0;
}

/* NAMESPACE/DEV,FRIEND-MAC,RULE */
static void add_judge(char *spec)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = (__u32)judge_count + 1,
		    .flags = BPF_TC_F_REPLACE);
	char *rest, *where = strtok_r(spec, ",", &rest), *mac = strtok_r(NULL, ",", &rest);
	struct judge_config config = {};
	struct judge *skel = judge__open();
	int r, tries = 100;

	if (!skel || !mac || judge_count == JUDGES)
		errx(1, "judge \"%s\"", spec);
	parse_mac(mac, config.friend_mac);
	memcpy(config.foe_mac, pool.mac[0], sizeof(config.foe_mac));
	parse_rule(strtok_r(NULL, ",", &rest), &config);
	memcpy((void *)&skel->rodata->judge, &config, sizeof(config));
	if (judge__load(skel))
		errx(1, "load the judge");
	hook.ifindex = enter_device(where);
	opts.prog_fd = bpf_program__fd(skel->progs.judge_tc);
	do { /* who forges netlink there answers libbpf, too */
		opts.prog_id = 0;
		r = bpf_tc_hook_create(&hook);
		if (!r || r == -EEXIST)
			r = bpf_tc_attach(&hook, &opts);
	} while (r && --tries);
	if (r)
		errx(1, "attach to %s: %s", where, strerror(-r));
	judges[judge_count].skel = skel;
	judges[judge_count++].where = where;
}

static __u64 count_of(struct judge *skel, __u32 what)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 counts[cpus], sum = 0;

	if (bpf_map_lookup_elem(bpf_map__fd(skel->maps.judge_counts), &what, counts))
		err(1, "read counts");
	for (int i = 0; i < cpus; i++)
		sum += counts[i];
	return sum;
}

static bool report(int i)
{
	struct judge *skel = judges[i].skel;
	struct judge_sample sample = {};
	__u32 zero = 0;

	bpf_map_lookup_elem(bpf_map__fd(skel->maps.judge_sample), &zero, &sample);
	printf("{\"at\": \"%s\", \"allowed\": %llu, \"own\": %llu, \"leaked\": %llu",
	       judges[i].where, count_of(skel, JUDGE_ALLOWED), count_of(skel, JUDGE_OWN),
	       count_of(skel, JUDGE_LEAKED));
	if (sample.len) {
		printf(", \"first\": \"");
		for (__u32 at = 0; at < sample.len && at < JUDGE_SAMPLE; at++)
			printf("%02x", sample.data[at]);
		printf("\", \"vlan\": %u", sample.vlan);
	}
	printf("}\n");
	return sample.len;
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
			iov[i] = (struct iovec){ bytes[i], put_frame(bytes[i]) };
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
	bool leaked = false;

	if (argc < 5)
		errx(1, "usage: adversary FRAMES SEED FROM/DEV KEY=VALUE... -- JUDGE...");
	state = strtoull(argv[2], NULL, 0) * 2654435769U + 1;
	for (; at < argc && strcmp(argv[at], "--"); at++) {
		if (!strncmp(argv[at], "mac=", 4))
			parse_pool(argv[at] + 4, 0, pool.mac, 6, &pool.macs);
		else if (!strncmp(argv[at], "ip4=", 4))
			parse_pool(argv[at] + 4, AF_INET, pool.ip4, 4, &pool.ip4s);
		else if (!strncmp(argv[at], "ip6=", 4))
			parse_pool(argv[at] + 4, AF_INET6, pool.ip6, 16, &pool.ip6s);
		else
			errx(1, "unknown \"%s\"", argv[at]);
	}
	if (!pool.macs || !pool.ip4s || !pool.ip6s)
		errx(1, "mac, ip4 and ip6 are wanted");
	for (at++; at < argc; at++)
		add_judge(argv[at]);
	stay_on_this_cpu();
	ifindex = enter_device(argv[3]);
	flood(ifindex, strtoull(argv[1], NULL, 0));
	push_through();
	for (int i = 0; i < judge_count; i++)
		leaked |= report(i);
	return leaked;
}
