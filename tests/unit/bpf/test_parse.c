// SPDX-License-Identifier: GPL-2.0-only
/* bpf/pkt/parse.h and bpf/pkt/rewrite.h, built natively: every frame in a buffer of just its size,
 * so that a sanitizer sees each byte read beyond it. */
#include "tests/native.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* As in the kernel: the IP header is aligned. */
#define ALIGN 2

#define PORT 2, 0, 0, 0, 0, 1
#define HOST 2, 0, 0, 0, 0, 2

static const __u8 port_mac[] __attribute__((aligned(2))) = { PORT };

/* UDP, 4 bytes of payload. */
static const __u8 frame4[] = {
	PORT, HOST, 0x08, 0x00,					     /* Ethernet */
	0x45, 0x00, 0x00, 0x20, 0x12, 0x34, 0x40, 0x00,		     /* IPv4: length 32 */
	0x40, 0x11, 0x14, 0x87, 10,   0,    0,	  9,	10, 1, 0, 9, /* TTL 64 */
	0x00, 0x07, 0x00, 0x07, 0x00, 0x0c, 0x00, 0x00, 1,  2, 3, 4,
};

static const __u8 frame6[] = {
	PORT, HOST, 0x86, 0xdd,				/* Ethernet */
	0x60, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x11, 0x40, /* IPv6: 12 bytes of UDP, hop limit 64 */
	0xfd, 0,    0,	  0,	0,    0,    0,	  0,	0, 0, 0, 0, 0, 0, 0, 9, /* from fd00::9 */
	0xfd, 1,    0,	  0,	0,    0,    0,	  0,	0, 0, 0, 0, 0, 0, 0, 9, /* to fd01::9 */
	0x00, 0x07, 0x00, 0x07, 0x00, 0x0c, 0x00, 0x00, 1, 2, 3, 4,
};

struct frame {
	__u8 *buffer;
	__u8 *data;
	size_t len;
};

static void frame_new(struct frame *frame, const __u8 *bytes, size_t len)
{
	frame->buffer = malloc(ALIGN + len);
	assert_non_null(frame->buffer);
	frame->data = frame->buffer + ALIGN;
	frame->len = len;
	memcpy(frame->data, bytes, len);
}

/* Parses and frees; frame_len counts what isn't in the linear part, too. */
static int parse_bytes(const __u8 *bytes, size_t len, size_t frame_len)
{
	struct nsa_pkt pkt = {};
	struct frame frame;
	int r;

	frame_new(&frame, bytes, len);
	r = nsa_parse(frame.data, frame.data + len, (__u32)frame_len, port_mac, &pkt);
	free(frame.buffer);
	return r;
}

static void put_checksum(__u8 *ip)
{
	unsigned int sum = 0;

	ip[10] = ip[11] = 0;
	for (int i = 0; i < 20; i += 2)
		sum += (unsigned int)ip[i] << 8 | ip[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	ip[10] = (__u8)(~sum >> 8);
	ip[11] = (__u8)~sum;
}

/* What comes of a frame in which some bytes are changed. */
struct edit {
	const char *name;
	bool v6;
	bool wrong_checksum; /* else it's made right again */
	unsigned int at;
	__u8 bytes[16];
	unsigned int len;
	int expected; /* 0, or the reason */
};

#define AT(offset, ...)                                                                            \
	.at = (offset), .bytes = { __VA_ARGS__ }, .len = sizeof((__u8[]){ __VA_ARGS__ })
#define V4(offset, ...) AT(ETH_HLEN + (offset), __VA_ARGS__)
#define V6(offset, ...) .v6 = true, AT(ETH_HLEN + (offset), __VA_ARGS__)
#define SRC4		12
#define DST4		16
#define SRC6		8
#define DST6		24
#define IS(why)		.expected = NSACCEL_PASS_##why

static const struct edit edits[] = {
	{ "IPv4 as it is", AT(0, 2) },
	{ "IPv6 as it is", .v6 = true, AT(0, 2) },
	{ "other MAC, first byte", AT(0, 4), IS(OTHER_MAC) },
	{ "other MAC, last byte", AT(5, 9), IS(OTHER_MAC) },
	{ "group MAC", AT(0, 3), IS(MULTICAST) },
	{ "broadcast", AT(0, 255, 255, 255, 255, 255, 255), IS(MULTICAST) },
	{ "ARP", AT(12, 0x08, 0x06), IS(NOT_IP) },
	{ "ARP is ARP even to a group", AT(0, 255, 255, 255, 255, 255, 255, HOST, 8, 6),
	  IS(NOT_IP) },
	{ "802.1Q", AT(12, 0x81, 0x00), IS(VLAN) },
	{ "802.1ad", AT(12, 0x88, 0xa8), IS(VLAN) },
	{ "byte order of the type", AT(12, 0x00, 0x08), IS(NOT_IP) },
	{ "IPv6 in IPv4's type", .v6 = true, AT(12, 0x08, 0x00), IS(MALFORMED) },
	{ "IPv4 in IPv6's type", AT(12, 0x86, 0xdd), IS(MALFORMED) },
	{ "IPv4, version 6", V4(0, 0x65), IS(MALFORMED) },
	{ "IPv4, version 0", V4(0, 0x05), IS(MALFORMED) },
	{ "IPv4, 0 words", V4(0, 0x40), IS(MALFORMED) },
	{ "IPv4, 4 words", V4(0, 0x44), IS(MALFORMED) },
	{ "IPv4, 6 words", V4(0, 0x46), IS(OPTIONS) },
	{ "IPv4, 15 words", V4(0, 0x4f), IS(OPTIONS) },
	{ "IPv4, length 0", V4(2, 0, 0), IS(MALFORMED) },
	{ "IPv4, length 19", V4(2, 0, 19), IS(MALFORMED) },
	{ "IPv4, length 20", V4(2, 0, 20) },
	{ "IPv4, length 33 of 32", V4(2, 0, 33), IS(MALFORMED) },
	{ "IPv4, length 65535", V4(2, 255, 255), IS(MALFORMED) },
	{ "IPv4, wrong checksum", .wrong_checksum = true, V4(10, 0x14, 0x88), IS(MALFORMED) },
	{ "IPv4, checksum 0", .wrong_checksum = true, V4(10, 0, 0), IS(MALFORMED) },
	{ "IPv4, TTL 0", V4(8, 0), IS(TTL) },
	{ "IPv4, TTL 1", V4(8, 1), IS(TTL) },
	{ "IPv4, TTL 2", V4(8, 2) },
	{ "IPv4, TTL 255", V4(8, 255) },
	{ "IPv4, more fragments", V4(6, 0x20, 0) },
	{ "IPv4, last fragment", V4(6, 0x00, 0xb9) },
	{ "to 0.255.255.255", V4(DST4, 0, 255, 255, 255), IS(SCOPE) },
	{ "to 1.0.0.0", V4(DST4, 1, 0, 0, 0) },
	{ "to 126.255.255.255", V4(DST4, 126, 255, 255, 255) },
	{ "to 127.0.0.0", V4(DST4, 127, 0, 0, 0), IS(SCOPE) },
	{ "to 127.255.255.255", V4(DST4, 127, 255, 255, 255), IS(SCOPE) },
	{ "to 128.0.0.0", V4(DST4, 128, 0, 0, 0) },
	{ "to 169.253.255.255", V4(DST4, 169, 253, 255, 255) },
	{ "to 169.254.0.0", V4(DST4, 169, 254, 0, 0), IS(SCOPE) },
	{ "to 169.254.255.255", V4(DST4, 169, 254, 255, 255), IS(SCOPE) },
	{ "to 169.255.0.0", V4(DST4, 169, 255, 0, 0) },
	{ "to 223.255.255.255", V4(DST4, 223, 255, 255, 255) },
	{ "to 224.0.0.0", V4(DST4, 224, 0, 0, 0), IS(MULTICAST) },
	{ "to 239.255.255.255", V4(DST4, 239, 255, 255, 255), IS(MULTICAST) },
	{ "to 240.0.0.0", V4(DST4, 240, 0, 0, 0) },
	{ "to 255.255.255.254", V4(DST4, 255, 255, 255, 254) },
	{ "to 255.255.255.255", V4(DST4, 255, 255, 255, 255), IS(MULTICAST) },
	{ "from 0.0.0.0", V4(SRC4, 0, 0, 0, 0), IS(SCOPE) },
	{ "from 127.0.0.1", V4(SRC4, 127, 0, 0, 1), IS(SCOPE) },
	{ "from 169.254.0.1", V4(SRC4, 169, 254, 0, 1), IS(SCOPE) },
	{ "from 223.255.255.255", V4(SRC4, 223, 255, 255, 255) },
	{ "from 224.0.0.0", V4(SRC4, 224, 0, 0, 0), IS(SCOPE) },
	{ "from 240.0.0.0", V4(SRC4, 240, 0, 0, 0) },
	{ "from 255.255.255.255", V4(SRC4, 255, 255, 255, 255), IS(SCOPE) },
	{ "IPv6, version 4", V6(0, 0x40), IS(MALFORMED) },
	{ "IPv6, version 7", V6(0, 0x70), IS(MALFORMED) },
	{ "IPv6, traffic class and flow label", V6(0, 0x6b, 0xb1, 2, 3) },
	{ "IPv6, length 0", V6(4, 0, 0), IS(MALFORMED) },
	{ "IPv6, length 13 of 12", V6(4, 0, 13), IS(MALFORMED) },
	{ "IPv6, length 65535", V6(4, 255, 255), IS(MALFORMED) },
	{ "IPv6, hop-by-hop", V6(6, 0), IS(OPTIONS) },
	{ "IPv6, fragment", V6(6, 44) },
	{ "IPv6, routing header", V6(6, 43) },
	{ "IPv6, ICMPv6, hop limit 254", V6(6, 58, 254) },
	{ "IPv6, ICMPv6, hop limit 255", V6(6, 58, 255), IS(SCOPE) },
	{ "IPv6, hop limit 0", V6(7, 0), IS(TTL) },
	{ "IPv6, hop limit 1", V6(7, 1), IS(TTL) },
	{ "IPv6, hop limit 2", V6(7, 2) },
	{ "to ::", V6(DST6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), IS(SCOPE) },
	{ "to ::1", V6(DST6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), IS(SCOPE) },
	{ "to ::2", V6(DST6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2) },
	{ "to 1::1", V6(DST6, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1) },
	{ "to ::1:0:0:1", V6(DST6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1) },
	{ "to fe7f::", V6(DST6, 0xfe, 0x7f) },
	{ "to fe80::", V6(DST6, 0xfe, 0x80), IS(SCOPE) },
	{ "to febf::", V6(DST6, 0xfe, 0xbf), IS(SCOPE) },
	{ "to fec0::", V6(DST6, 0xfe, 0xc0) },
	{ "to feff::", V6(DST6, 0xfe, 0xff) },
	{ "to ff00::", V6(DST6, 0xff, 0x00), IS(MULTICAST) },
	{ "from ::", V6(SRC6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), IS(SCOPE) },
	{ "from ::1", V6(SRC6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), IS(SCOPE) },
	{ "from fe80::", V6(SRC6, 0xfe, 0x80), IS(SCOPE) },
	{ "from ff02::", V6(SRC6, 0xff, 0x02), IS(SCOPE) },
};

static void edited_frame(void **state)
{
	const struct edit *edit = *state;
	size_t len = edit->v6 ? sizeof(frame6) : sizeof(frame4);
	__u8 bytes[sizeof(frame6)];

	memcpy(bytes, edit->v6 ? frame6 : frame4, len);
	memcpy(bytes + edit->at, edit->bytes, edit->len);
	if (!edit->v6 && !edit->wrong_checksum)
		put_checksum(bytes + ETH_HLEN);
	assert_int_equal(parse_bytes(bytes, len, len), -edit->expected);
}

/* The kernel takes neighbour discovery for whom it is proxy of, whatever its hop limit. */
static void neighbour_discovery(void **state)
{
	__u8 bytes[sizeof(frame6)];

	(void)state;
	memcpy(bytes, frame6, sizeof(frame6));
	bytes[ETH_HLEN + 6] = 58;
	for (int type = 0; type < 256; type++) {
		bytes[NSA_HDR_V6] = (__u8)type;
		assert_int_equal(parse_bytes(bytes, sizeof(bytes), sizeof(bytes)),
				 type >= 133 && type <= 137 ? -NSACCEL_PASS_SCOPE : 0);
	}
	/* Which type it is, has to be seen. */
	assert_int_equal(parse_bytes(bytes, NSA_HDR_V6, sizeof(bytes)), -NSACCEL_PASS_SCOPE);
	bytes[ETH_HLEN + 6] = 17;
	bytes[NSA_HDR_V6] = 136;
	assert_int_equal(parse_bytes(bytes, sizeof(bytes), sizeof(bytes)), 0);
}

static void finds_everything(void **state)
{
	struct nsa_pkt pkt = {};
	struct frame frame;

	(void)state;
	frame_new(&frame, frame4, sizeof(frame4));
	assert_int_equal(nsa_parse(frame.data, frame.data + frame.len, 1000, port_mac, &pkt), 0);
	assert_ptr_equal(pkt.eth, frame.data);
	assert_ptr_equal(pkt.ip4, frame.data + ETH_HLEN);
	assert_int_equal(pkt.family, NSACCEL_FAMILY_INET);
	assert_int_equal(pkt.l3_len, 32);
	assert_int_equal(pkt.ttl, 64);
	assert_int_equal(pkt.proto, 17);
	free(frame.buffer);

	frame_new(&frame, frame6, sizeof(frame6));
	assert_int_equal(nsa_parse(frame.data, frame.data + frame.len, 1000, port_mac, &pkt), 0);
	assert_ptr_equal(pkt.ip6, frame.data + ETH_HLEN);
	assert_int_equal(pkt.family, NSACCEL_FAMILY_INET6);
	assert_int_equal(pkt.l3_len, 52);
	assert_int_equal(pkt.ttl, 64);
	assert_int_equal(pkt.proto, 17);
	free(frame.buffer);
}

static void truncated(const __u8 *bytes, size_t len, size_t headers)
{
	for (size_t cut = 0; cut < len; cut++) {
		assert_int_equal(parse_bytes(bytes, cut, cut), -NSACCEL_PASS_MALFORMED);
		/* The rest may be in an skb's fragments; the headers may not. */
		assert_int_equal(parse_bytes(bytes, cut, len),
				 cut < headers ? -NSACCEL_PASS_MALFORMED : 0);
	}
}

static void truncated_anywhere(void **state)
{
	(void)state;
	truncated(frame4, sizeof(frame4), NSA_HDR_V4);
	truncated(frame6, sizeof(frame6), NSA_HDR_V6);
}

/* Also what is no IP needs no more than the Ethernet header. */
static void ethernet_alone(void **state)
{
	const __u8 arp[] = { PORT, HOST, 0x08, 0x06 };

	(void)state;
	assert_int_equal(parse_bytes(arp, sizeof(arp), sizeof(arp)), -NSACCEL_PASS_NOT_IP);
}

static void padded(void **state)
{
	__u8 bytes[60] = {};

	(void)state;
	memcpy(bytes, frame4, sizeof(frame4));
	assert_int_equal(parse_bytes(bytes, sizeof(bytes), sizeof(bytes)), 0);
}

/* Of all 65536 checksums. */
static void one_checksum_is_right(void **state)
{
	struct iphdr ip;
	__u16 right;

	(void)state;
	memcpy(&ip, frame4 + ETH_HLEN, sizeof(ip));
	right = ip.check;
	for (unsigned int check = 0; check <= 0xffff; check++) {
		ip.check = (__u16)check;
		assert_int_equal(nsa_ip4_checksum_ok(&ip), check == right);
	}
}

/* For each checksum that a header can have: the new one is what a computation from scratch
 * gives. */
static void checksum_follows_ttl(void **state)
{
	static const __u8 ttls[] = { 2, 64, 128, 255 };
	__u8 bytes[sizeof(struct iphdr)] __attribute__((aligned(4)));
	struct iphdr *ip = (struct iphdr *)bytes;
	__u16 updated;

	(void)state;
	memcpy(bytes, frame4 + ETH_HLEN, sizeof(bytes));
	for (unsigned int id = 0; id <= 0xffff; id++)
		for (size_t i = 0; i < ARRAY_SIZE(ttls); i++) {
			ip->id = (__u16)id;
			ip->ttl = ttls[i];
			put_checksum(bytes);
			nsa_ip4_decrease_ttl(ip);
			assert_int_equal(ip->ttl, ttls[i] - 1);
			updated = ip->check;
			put_checksum(bytes);
			assert_int_equal(updated, ip->check);
		}
}

static void rewritten(const __u8 *bytes, size_t len, size_t ttl_at)
{
	const struct nsaccel_nexthop nh = { .dst_mac = { 2, 9, 9, 9, 9, 1 },
					    .src_mac = { 2, 9, 9, 9, 9, 2 } };
	struct nsa_pkt pkt = {};
	__u8 want[sizeof(frame6)];
	struct frame frame;

	frame_new(&frame, bytes, len);
	assert_int_equal(nsa_parse(frame.data, frame.data + len, (__u32)len, port_mac, &pkt), 0);
	nsa_rewrite(&pkt, &nh);

	memcpy(want, bytes, len);
	memcpy(want, nh.dst_mac, ETH_ALEN);
	memcpy(want + ETH_ALEN, nh.src_mac, ETH_ALEN);
	want[ttl_at]--;
	if (pkt.family == NSACCEL_FAMILY_INET)
		put_checksum(want + ETH_HLEN);
	assert_memory_equal(frame.data, want, len);
	free(frame.buffer);
}

static void rewrites_what_it_must(void **state)
{
	(void)state;
	rewritten(frame4, sizeof(frame4), ETH_HLEN + 8);
	rewritten(frame6, sizeof(frame6), ETH_HLEN + 7);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(neighbour_discovery),
		cmocka_unit_test(finds_everything),
		cmocka_unit_test(truncated_anywhere),
		cmocka_unit_test(ethernet_alone),
		cmocka_unit_test(padded),
		cmocka_unit_test(one_checksum_is_right),
		cmocka_unit_test(checksum_follows_ttl),
		cmocka_unit_test(rewrites_what_it_must),
	};
	struct CMUnitTest tests[ARRAY_SIZE(edits) + ARRAY_SIZE(others)];

	for (size_t i = 0; i < ARRAY_SIZE(edits); i++)
		tests[i] = (struct CMUnitTest){
			.name = edits[i].name,
			.test_func = edited_frame,
			.initial_state = (void *)&edits[i],
		};
	memcpy(tests + ARRAY_SIZE(edits), others, sizeof(others));
	return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
