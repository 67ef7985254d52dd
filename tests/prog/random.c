// SPDX-License-Identifier: GPL-2.0-only
#include "random.h"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PACKETS	      10000
#define SEED	      20260101
#define MUTATED_PART  4 /* one frame in so many has some bytes changed */
#define HEADERS	      64

#define any_of(array) ((array)[any(ARRAY_SIZE(array))])

static __u64 state;

/* xorshift64* */
__u32 any(__u32 below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (__u32)(state * 0x2545f4914f6cdd1dULL >> 32) % below;
}

/* Routed, not routed, and not routable ones. */
static const char *const targets4[] = {
	"10.1.0.9", "10.3.0.2",	 "10.2.0.2",  "10.1.0.200", "10.5.0.9",
	"10.4.0.2", "192.0.2.1", "10.0.0.1",  "10.0.0.8",   "198.51.100.1",
	"10.9.0.1", "224.0.0.1", "127.0.0.1", "240.0.0.1",  "169.254.0.1",
};
static const char *const targets6[] = {
	"fd01::9", "fd03::2",	  "fd02::2", "fd01::1:9",    "fd05::9", "fd04::2",
	"fd00::1", "2001:db8::1", "fd00::8", "2001:db9::99", "ff02::1", "fe80::1",
};
static const char *const sources4[] = { "10.0.0.9",    "10.0.0.77", "10.2.0.2",
					"10.5.0.9",    "10.0.0.1",  "0.0.0.0",
					"203.0.113.9", "10.3.0.2",  "192.0.2.77" };
static const char *const sources6[] = { "fd00::9", "fd00::77", "fd02::2", "::1",
					"fe80::9", "fd00::1",  "::",	  "::ffff:10.0.0.9" };
static const int ttls[] = { 64, 64, 64, 255, 128, 2, 1, ZERO };
static const int protos[] = { IPPROTO_UDP, IPPROTO_TCP, IPPROTO_ICMP, IPPROTO_GRE, 253 };
static const int frags[] = { 0, 0, 0x4000, 0x2000, 0x00b9 };

/* A quarter has something wrong with it. */
static void spoil(struct packet_spec *spec)
{
	switch (any(24)) {
	case 0:
		spec->version = (int)any(16);
		break;
	case 1:
		spec->ihl = (int)any(16);
		break;
	case 2:
		spec->bad_sum = (int)any(0x10000);
		break;
	case 3:
		spec->ip_len = (int)any(0x800);
		break;
	case 4:
		spec->vlan = any(2) ? ETH_P_8021Q : ETH_P_8021AD;
		break;
	case 5:
		spec->ext = any(4);
		break;
	default:
		break;
	}
}

static void make_up(struct packet_spec *spec, enum dev in)
{
	bool v6 = any(2);

	*spec = (struct packet_spec){
		.dst_mac = PORT_MAC(in),
		.src_mac = HOST_MAC(in),
		.dst = v6 ? any_of(targets6) : any_of(targets4),
		.src = v6 ? any_of(sources6) : any_of(sources4),
		.ttl = any_of(ttls),
		.tos = (int)any(256),
		.proto = any_of(protos),
		.frag = v6 ? 0 : any_of(frags),
		.l3_len = 100 + (int)any(WORLD_MTU),
		.padding = any(4) ? 0 : (int)any(30),
	};
	spoil(spec);
}

static void mutate(struct packet *packet)
{
	if (any(MUTATED_PART))
		return;
	for (__u32 i = any(3) + 1; i; i--)
		packet->data[any(HEADERS)] = (__u8)any(256);
}

void random_packet(struct packet *packet, enum dev in)
{
	struct packet_spec spec;

	make_up(&spec, in);
	packet_build(packet, &spec);
	mutate(packet);
	if (!any(16))
		packet->len = ETH_HLEN + 1 + any(packet->len - ETH_HLEN - 1);
}

static unsigned int from_environment(const char *name, unsigned int otherwise)
{
	const char *text = getenv(name);

	return text ? (unsigned int)strtoul(text, NULL, 0) : otherwise;
}

unsigned int random_packets(void)
{
	return from_environment("NSA_PACKETS", PACKETS);
}

void random_start(void)
{
	unsigned int seed = from_environment("NSA_SEED", SEED);

	state = seed;
	fprintf(stderr, "# NSA_SEED=%u\n", seed);
}
