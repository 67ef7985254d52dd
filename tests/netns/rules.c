// SPDX-License-Identifier: GPL-2.0-only
/*
 * rules NSACCEL: holds what comes through firewall rules against what comes through without nsaccel.
 *
 * There are two routers alike, k-rt and n-rt, each between k-a and k-b, and n-a and n-b; nsaccel is
 * attached to n-rt, and nobody follows. For each rule on stdin both get it, nsaccel reads it, and flows
 * of TCP and UDP over IPv4 and IPv6 go both ways until the fast path would have them. Then packets
 * come that differ from these in one field, each field in turn. What arrives has to be the same, byte
 * by byte, at both.
 *
 * A line: KIND EXPECTATION RULE. KIND: of nft(8), by its chain: see chains[]; ipt, ip6t: of iptables-nft,
 * ipt-legacy, ip6t-legacy, with the table before the rule. "raw": instead of a rule, one for each byte in which any of
 * those packets differs. EXPECTATION: fast, some packets took the fast path; slow: none did; any.
 * Prints a line for each rule: ok, not ok, skip (what the kernel or the tool lacks).
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nsaccel/abi.h"

#define FRAME_MAX  512
#define FRAMES_MAX 512
#define HOPS	   12
#define ETH_P_OURS 0x88b5
#define STATS	   "/sys/fs/bpf/nsaccel/v5/stats"

/* ---- packets ---------------------------------------------------------------------------- */

enum option {
	NO_OPTION,
	TIMESTAMP,
	MAXSEG
};

struct packet {
	bool v6, tcp, back, other_mac;
	__u16 port; /* of who begins */
	__u8 tos, ttl, flags, reserved, first;
	__u16 id, frag, window, urgent;
	__u32 label, seq, ack, payload;
	enum option option;
};

#define VARIATIONS(X)                                                                              \
	X("ecn 1", p->tos |= 1)                                                                    \
	X("ecn 2", p->tos |= 2)                                                                    \
	X("ecn 3", p->tos |= 3)                                                                    \
	X("dscp", p->tos = 0xb8)                                                                   \
	X("dscp and ecn", p->tos = 0x12)                                                           \
	X("ttl", p->ttl = 40)                                                                      \
	X("id", p->id = 0x0777)                                                                    \
	X("df", p->frag = 0x4000)                                                                  \
	X("reserved bit", p->frag = 0x8000)                                                        \
	X("flow label", p->label = 0x00777)                                                        \
	X("high flow label", p->label = 0xf0000)                                                   \
	X("length", p->payload += 200)                                                             \
	X("payload", p->first = 'x')                                                               \
	X("psh", p->flags |= 0x08)                                                                 \
	X("urg", p->flags |= 0x20)                                                                 \
	X("ece", p->flags |= 0x40)                                                                 \
	X("cwr", p->flags |= 0x80)                                                                 \
	X("ns", p->reserved = 1)                                                                   \
	X("reserved", p->reserved = 4)                                                             \
	X("seq", p->seq += 0x07000000)                                                             \
	X("ack", p->ack += 0x00070000)                                                             \
	X("window", p->window = 0x0777)                                                            \
	X("urgent", p->urgent = 7)                                                                 \
	X("timestamp", p->option = TIMESTAMP)                                                      \
	X("maxseg", p->option = MAXSEG)                                                            \
	X("source mac", p->other_mac = true)

#define COUNT(name, change) +1
#define VARIATION_COUNT	    (0 VARIATIONS(COUNT))

static void vary(struct packet *p, int which)
{
	int i = 0;

#define CHANGE(name, change)                                                                       \
	if (which == i++)                                                                          \
		change;
	VARIATIONS(CHANGE)
}

static const __u8 macs[2][2][6] = {
	/* a's, and the router's there; b's */
	{ { 2, 0, 0, 0, 1, 2 }, { 2, 0, 0, 0, 1, 1 } },
	{ { 2, 0, 0, 0, 2, 2 }, { 2, 0, 0, 0, 2, 1 } },
};

static __u8 *put16(__u8 *at, __u32 value)
{
	at[0] = (__u8)(value >> 8);
	at[1] = (__u8)value;
	return at + 2;
}

static __u8 *put32(__u8 *at, __u32 value)
{
	return put16(put16(at, value >> 16), value & 0xffff);
}

static __u32 sum(const __u8 *data, size_t len, __u32 total)
{
	for (size_t i = 0; i < len; i++)
		total += i % 2 ? data[i] : (__u32)data[i] << 8;
	return total;
}

static __u16 fold(__u32 total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (__u16)~total;
}

/* Options of TCP, a multiple of four bytes. */
static size_t put_option(__u8 *at, enum option option)
{
	static const __u8 timestamp[12] = { 1, 1, 8, 10, 0, 0, 0, 7 }, maxseg[4] = { 2, 4, 5, 0 };

	if (option == TIMESTAMP)
		memcpy(at, timestamp, sizeof(timestamp));
	if (option == MAXSEG)
		memcpy(at, maxseg, sizeof(maxseg));
	return option == TIMESTAMP ? sizeof(timestamp) : option == MAXSEG ? sizeof(maxseg) : 0;
}

static size_t put_l4(__u8 *l4, const struct packet *p)
{
	__u16 server = p->tcp ? 80 : 53;
	__u8 *at = put16(put16(l4, p->back ? server : p->port), p->back ? p->port : server);
	size_t options = 0;

	if (p->tcp) {
		at = put32(put32(at, p->seq), p->ack);
		options = put_option(l4 + 20, p->option);
		*at++ = (__u8)((5 + options / 4) << 4 | p->reserved);
		*at++ = p->flags;
		put16(put16(put16(at, p->window), 0), p->urgent);
		at = l4 + 20 + options;
	} else {
		at = put16(put16(at, 8 + p->payload), 0);
	}
	memset(at, 'a', p->payload);
	*at = p->first;
	return (size_t)(at - l4) + p->payload;
}

static size_t put_l3(__u8 *l3, const struct packet *p, size_t l4_len)
{
	static const __u8 hosts[2][16] = { { 10, 1, 0, 2 }, { 10, 2, 0, 2 } };
	static const __u8 hosts6[2][16] = { { 0xfd, 0, 0, 1, [15] = 2 },
					    { 0xfd, 0, 0, 2, [15] = 2 } };
	__u8 *at = l3;

	if (p->v6) {
		at = put32(at, 6U << 28 | (__u32)p->tos << 20 | p->label);
		at = put16(at, (__u32)l4_len);
		*at++ = p->tcp ? IPPROTO_TCP : IPPROTO_UDP;
		*at++ = p->ttl;
		memcpy(at, hosts6[p->back], 16);
		memcpy(at + 16, hosts6[!p->back], 16);
		return 40;
	}
	*at++ = 0x45;
	*at++ = p->tos;
	at = put16(put16(put16(at, (__u32)(20 + l4_len)), p->id), p->frag);
	*at++ = p->ttl;
	*at++ = p->tcp ? IPPROTO_TCP : IPPROTO_UDP;
	put16(at, 0);
	memcpy(at + 2, hosts[p->back], 4);
	memcpy(at + 6, hosts[!p->back], 4);
	put16(at, fold(sum(l3, 20, 0)));
	return 20;
}

static size_t build(__u8 *frame, const struct packet *p)
{
	size_t l3_len = p->v6 ? 40 : 20, l4_len = put_l4(frame + ETH_HLEN + l3_len, p);
	__u8 *l3 = frame + ETH_HLEN, *l4 = l3 + l3_len;
	__u32 pseudo;

	memcpy(frame, macs[p->back][1], 6);
	memcpy(frame + 6, macs[p->back][0], 6);
	if (p->other_mac)
		frame[11] = 9;
	put16(frame + 12, p->v6 ? ETH_P_IPV6 : ETH_P_IP);
	put_l3(l3, p, l4_len);
	pseudo = sum(p->v6 ? l3 + 8 : l3 + 12, p->v6 ? 32 : 8,
		     (__u32)l4_len + (p->tcp ? IPPROTO_TCP : IPPROTO_UDP));
	put16(l4 + (p->tcp ? 16 : 6), fold(sum(l4, l4_len, pseudo)));
	return ETH_HLEN + l3_len + l4_len;
}

/* The packet of a flow that all others are compared with. */
static struct packet plain(int flow, bool back, __u16 port)
{
	return (struct packet){
		.v6 = flow & 1,
		.tcp = flow & 2,
		.back = back,
		.port = port,
		.ttl = 64,
		.flags = 0x10,
		.seq = back ? 5000 : 1000,
		.ack = back ? 1000 : 5000,
		.window = 0xffff,
		.payload = 16,
		.first = 'a',
	};
}

/* ---- two routers ------------------------------------------------------------------------ */

struct world {
	const char *router;
	int ends[2]; /* packet sockets at a and b */
	__u8 got[FRAMES_MAX][FRAME_MAX];
	size_t lens[FRAMES_MAX], count;
};

static struct world worlds[] = { { .router = "k-rt" }, { .router = "n-rt" } };
static int home, lo;

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

static int packet_socket(const char *dev)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)), size = 4 << 20;

	addr.sll_ifindex = (int)if_nametoindex(dev);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		err(1, "packet socket on %s", dev);
	return fd;
}

static void open_ends(struct world *world)
{
	char name[16];

	for (int end = 0; end < 2; end++) {
		snprintf(name, sizeof(name), "%c-%c", world->router[0], "ab"[end]);
		enter(name);
		world->ends[end] = packet_socket("eth0");
	}
	if (setns(home, CLONE_NEWNET))
		err(1, "back to the own namespace");
}

/* What was sent before is one hop further, or has arrived: all of it is in softirqs of this CPU. */
static void push(void)
{
	__u8 frame[ETH_ZLEN] = { [12] = ETH_P_OURS >> 8, ETH_P_OURS & 0xff }, got[FRAME_MAX];
	struct sockaddr_ll from;
	socklen_t size;

	for (int hop = 0; hop < HOPS; hop++) {
		frame[14] = (__u8)hop;
		if (send(lo, frame, sizeof(frame), 0) < 0)
			err(1, "send on lo");
		do {
			size = sizeof(from);
			if (recvfrom(lo, got, sizeof(got), 0, (struct sockaddr *)&from, &size) < 0)
				err(1, "receive on lo");
		} while (from.sll_pkttype == PACKET_OUTGOING || got[12] != frame[12] ||
			 got[14] != frame[14]);
	}
}

static void send_packet(const struct packet *p)
{
	__u8 frame[FRAME_MAX];
	size_t len = build(frame, p);

	for (int w = 0; w < 2; w++)
		if (send(worlds[w].ends[p->back], frame, len, 0) != (ssize_t)len)
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
static void hear(struct world *world)
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

static bool same(void)
{
	const struct world *k = &worlds[0], *n = &worlds[1];

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

static __u64 fast_packets(void)
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

/* ---- rules ------------------------------------------------------------------------------ */

static char complaint[512]; /* of the last command, one line */

static void take_complaint(int fd)
{
	ssize_t len = read(fd, complaint, sizeof(complaint) - 1);

	complaint[len > 0 ? len : 0] = '\0';
	complaint[strcspn(complaint, "\n")] = '\0';
	close(fd);
}

/* text on its stdin. */
static bool run(const char *ns, char *const *argv, const char *text)
{
	int in[2], out[2], status;
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		err(1, "pipe");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		if (ns)
			enter(ns);
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	close(in[0]);
	close(out[1]);
	if (write(in[1], text, strlen(text)) < 0)
		warn("write to %s", argv[0]);
	close(in[1]);
	take_complaint(out[0]);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool both(char *const *argv, const char *text)
{
	return run(worlds[0].router, argv, text) && run(worlds[1].router, argv, text);
}

/* By kind: the family, and what chain. */
static const struct chain {
	const char *kind, *family, *type;
} chains[] = {
	{ "ip", "ip", "filter hook forward priority 0" },
	{ "ip6", "ip6", "filter hook forward priority 0" },
	{ "inet", "inet", "filter hook forward priority 0" },
	{ "pre", "inet", "filter hook prerouting priority -150" },
	{ "post", "inet", "filter hook postrouting priority 150" },
	{ "nat", "inet", "nat hook postrouting priority 100" },
	{ "netdev", "netdev", "filter hook ingress device pa priority 0" },
};

static char *const nft[] = { "nft", "-f", "-", NULL };

/* With a set to add to. */
static bool load_nft(const char *kind, const char *rule)
{
	char text[1024];

	for (size_t i = 0; i < sizeof(chains) / sizeof(*chains); i++) {
		if (strcmp(kind, chains[i].kind) != 0)
			continue;
		snprintf(text, sizeof(text),
			 "flush ruleset\ntable %s f {\n"
			 "set s { type ipv4_addr; flags dynamic; size 99; }\n"
			 "chain c { type %s;\n%s\n}\n}\n",
			 chains[i].family, chains[i].type, rule);
		return both(nft, text);
	}
	errx(1, "no kind of rule: %s", kind);
}

static bool is_xt(const char *kind)
{
	return !strncmp(kind, "ipt", 3) || !strncmp(kind, "ip6t", 4);
}

/* In place of all rules of a table; "": none. */
static bool restore_xt(const char *kind, const char *table, const char *rule)
{
	char tool[32], text[1024];
	char *const argv[] = { tool, NULL };

	snprintf(tool, sizeof(tool), "%s-%s-restore",
		 strncmp(kind, "ip6t", 4) != 0 ? "iptables" : "ip6tables",
		 strstr(kind, "-legacy") ? "legacy" : "nft");
	snprintf(text, sizeof(text), "*%s\n%s%s\nCOMMIT\n", table,
		 !*rule		       ? "" :
		 !strcmp(table, "raw") ? "-A PREROUTING" :
					 "-A FORWARD",
		 rule);
	return both(argv, text);
}

/* rule: the table first. Of legacy tables empty ones are left. */
static bool load_xt(const char *kind, const char *rule, bool unload)
{
	char table[16];
	int len;

	if (sscanf(rule, "%15s%n", table, &len) != 1)
		errx(1, "no table: %s", rule);
	return restore_xt(kind, table, unload ? "" : rule + len);
}

static bool load(const char *kind, const char *rule)
{
	return is_xt(kind) ? load_xt(kind, rule, false) : load_nft(kind, rule);
}

static void unload(const char *kind, const char *rule)
{
	if (is_xt(kind) && strstr(kind, "-legacy"))
		load_xt(kind, rule, true);
	else
		both(nft, "flush ruleset\n");
}

/* ---- flows through them ----------------------------------------------------------------- */

struct result {
	unsigned int differing, fast;
	bool acts; /* the rule does something to some, not to others */
	char first[160];
};

static const char *const flow_names[] = { "udp", "udp6", "tcp", "tcp6" };

static void try_packet(struct result *result, const struct packet *p, int flow, const char *name)
{
	send_packet(p);
	push();
	hear(&worlds[0]);
	hear(&worlds[1]);
	if (same())
		return;
	if (!result->differing++)
		snprintf(result->first, sizeof(result->first), "%s, %s%s: %zu arrived, not %zu",
			 flow_names[flow], name, p->back ? " back" : "", worlds[1].count,
			 worlds[0].count);
}

static void try_flow(struct result *result, int flow, __u16 port)
{
	static const char *const names[] = {
#define NAME(name, change) name,
		VARIATIONS(NAME)
	};
	struct packet there = plain(flow, false, port), back = plain(flow, true, port), other;
	size_t good;

	for (int i = 0; i < 3; i++) {
		try_packet(result, &there, flow, "plain");
		good = worlds[0].count;
		try_packet(result, &back, flow, "plain");
	}
	for (int v = 0; v < VARIATION_COUNT; v++) {
		for (int way = 0; way < 2; way++) {
			other = way ? back : there;
			vary(&other, v);
			try_packet(result, &other, flow, names[v]);
			result->acts |= !way && good != worlds[0].count;
			try_packet(result, way ? &back : &there, flow, "plain");
		}
	}
}

static struct result try_flows(void)
{
	static __u16 port = 1024;
	struct result result = {};
	__u64 before = fast_packets();

	port++;
	for (int flow = 0; flow < 4; flow++)
		try_flow(&result, flow, port);
	result.fast = (unsigned int)(fast_packets() - before);
	return result;
}

static const char *nsaccel;
static int failed;

static void report(const char *kind, const char *expected, const char *rule,
		   const struct result *result)
{
	bool fast = result->fast > 0;
	bool ok = !result->differing &&
		  (!strcmp(expected, "any") || fast == !strcmp(expected, "fast"));

	printf("%s %s %s: %u by the fast path%s%s%s%s\n", ok ? "ok" : "not ok", kind, rule,
	       result->fast, result->acts ? "" : ", without effect",
	       result->differing ? ", other than by the kernel: " : "", result->first,
	       ok || result->differing ? "" : ", expected otherwise");
	failed += !ok;
}

static void try_rule(const char *kind, const char *expected, const char *rule)
{
	char *const sync[] = { (char *)nsaccel, "sync", NULL };
	struct result result;

	if (!load(kind, rule)) {
		printf("skip %s %s: %s\n", kind, rule, complaint);
		unload(kind, rule);
		return;
	}
	if (!run(NULL, sync, ""))
		errx(1, "nsaccel sync: %s", complaint);
	result = try_flows();
	report(kind, expected, rule, &result);
	if (is_xt(kind)) /* the next rule takes the place of one of nft's */
		unload(kind, rule);
}

/* ---- each byte in which packets differ ---------------------------------------------------- */

/* Of a byte with many values, as a checksum's, the first will do. */
#define VALUES 2

static void try_byte(const char *base, size_t offset, __u8 value)
{
	static struct {
		__u8 values[VALUES];
		int count;
	} tried[3][FRAME_MAX], *byte;
	char rule[64];

	byte = &tried[base[0] == 'n' ? 0 : base[0] == 't' ? 1 : 2][offset];
	for (int i = 0; i < byte->count; i++)
		if (byte->values[i] == value)
			return;
	if (byte->count == VALUES)
		return;
	byte->values[byte->count++] = value;
	snprintf(rule, sizeof(rule), "@%s,%zu,8 0x%02x drop", base, offset * 8, value);
	try_rule("inet", "any", rule);
}

static void try_bytes(void)
{
	__u8 frame[FRAME_MAX], other[FRAME_MAX];

	for (int flow = 0; flow < 4; flow++)
		for (int v = 0; v < VARIATION_COUNT; v++) {
			struct packet p = plain(flow, false, 1000);
			size_t l4 = ETH_HLEN + (p.v6 ? 40 : 20), len = build(frame, &p);

			vary(&p, v);
			build(other, &p);
			for (size_t i = 0; i < len; i++) {
				if (frame[i] == other[i])
					continue;
				if (i < ETH_HLEN)
					try_byte("ll", i, other[i]);
				else
					try_byte("nh", i - ETH_HLEN, other[i]);
				if (i >= l4)
					try_byte("th", i - l4, other[i]);
			}
		}
}

int main(int argc, char **argv)
{
	struct timeval patience = { .tv_sec = 5 };
	char line[1024], kind[32], expected[16];
	cpu_set_t cpu;
	int at;

	if (argc != 2)
		errx(1, "usage: %s NSACCEL", argv[0]);
	nsaccel = argv[1];
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	CPU_ZERO(&cpu);
	CPU_SET((size_t)sched_getcpu(), &cpu);
	if (home < 0 || sched_setaffinity(0, sizeof(cpu), &cpu))
		err(1, "one CPU");
	lo = packet_socket("lo");
	setsockopt(lo, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	for (int w = 0; w < 2; w++)
		open_ends(&worlds[w]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strcmp(line, "raw"))
			try_bytes();
		else if (sscanf(line, "%31s %15s %n", kind, expected, &at) == 2)
			try_rule(kind, expected, line + at);
	}
	return failed ? 1 : 0;
}
