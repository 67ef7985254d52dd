// SPDX-License-Identifier: GPL-2.0-only
/*
 * rules NSACCEL: holds what comes through firewall rules against what comes through without
 * nsaccel.
 *
 * There are two routers alike, k-rt and n-rt, each between k-a and k-b, and n-a and n-b; nsaccel is
 * attached to n-rt, and nobody follows. For each rule on stdin both get it, nsaccel reads it, and
 * flows of TCP and UDP over IPv4 and IPv6 go both ways until the fast path would have them. Then
 * packets come that differ from these in one field, each field in turn. What arrives has to be the
 * same, byte by byte, at both.
 *
 * A line: KIND EXPECTATION RULE. KIND: of nft(8), by its chain: see chains[]; ipt, ip6t: of
 * iptables-nft, ipt-legacy, ip6t-legacy, with the table before the rule. "raw": instead of a rule,
 * one for each byte in which any of those packets differs. EXPECTATION: fast, some packets took the
 * fast path; slow: none did; any. Prints a line for each rule: ok, not ok, skip (what the kernel or
 * the tool lacks).
 */
#include <err.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "tests/netns/rules.h"

/* ---- flows through them ----------------------------------------------------------------- */

struct result {
	unsigned int differing, fast;
	bool acts; /* the rule does something to some, not to others */
	char first[160];
};

static const char *const flow_names[] = { "udp", "udp6", "tcp", "tcp6" };

static void try_packet(struct result *result, const struct packet *p, int flow, const char *name)
{
	rules_send(p);
	rules_push();
	rules_hear(&rules_worlds[0]);
	rules_hear(&rules_worlds[1]);
	if (rules_same())
		return;
	if (!result->differing++)
		snprintf(result->first, sizeof(result->first), "%s, %s%s: %zu arrived, not %zu",
			 flow_names[flow], name, p->back ? " back" : "", rules_worlds[1].count,
			 rules_worlds[0].count);
}

static void try_flow(struct result *result, int flow, __u16 port)
{
	static const char *const names[] = {
#define NAME(name, change) name,
		VARIATIONS(NAME)
	};
	struct packet there = rules_plain(flow, false, port), back = rules_plain(flow, true, port),
		      other;
	size_t good;

	for (int i = 0; i < 3; i++) {
		try_packet(result, &there, flow, "plain");
		good = rules_worlds[0].count;
		try_packet(result, &back, flow, "plain");
	}
	for (int v = 0; v < VARIATION_COUNT; v++) {
		for (int way = 0; way < 2; way++) {
			other = way ? back : there;
			rules_vary(&other, v);
			try_packet(result, &other, flow, names[v]);
			result->acts |= !way && good != rules_worlds[0].count;
			try_packet(result, way ? &back : &there, flow, "plain");
		}
	}
}

static struct result try_flows(void)
{
	static __u16 port = 1024;
	struct result result = {};
	__u64 before = rules_fast_packets();

	port++;
	for (int flow = 0; flow < 4; flow++)
		try_flow(&result, flow, port);
	result.fast = (unsigned int)(rules_fast_packets() - before);
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

	if (!rules_load(kind, rule)) {
		printf("skip %s %s: %s\n", kind, rule, rules_complaint);
		rules_unload(kind, rule);
		return;
	}
	if (!rules_run(NULL, sync, ""))
		errx(1, "nsaccel sync: %s", rules_complaint);
	result = try_flows();
	report(kind, expected, rule, &result);
	if (rules_is_xt(kind)) /* the next rule takes the place of one of nft's */
		rules_unload(kind, rule);
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
			struct packet p = rules_plain(flow, false, 1000);
			size_t l4 = ETH_HLEN + (p.v6 ? 40 : 20), len = rules_build(frame, &p);

			rules_vary(&p, v);
			rules_build(other, &p);
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
	rules_home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	CPU_ZERO(&cpu);
	CPU_SET((size_t)sched_getcpu(), &cpu);
	if (rules_home < 0 || sched_setaffinity(0, sizeof(cpu), &cpu))
		err(1, "one CPU");
	rules_lo = rules_packet_socket("lo");
	setsockopt(rules_lo, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	for (int w = 0; w < 2; w++)
		rules_open_ends(&rules_worlds[w]);
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
