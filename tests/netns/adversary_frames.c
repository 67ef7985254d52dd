// SPDX-License-Identifier: GPL-2.0-only
/* Frames that are random in every field. */
#include <string.h>

#include "tests/netns/adversary.h"

#define ONE_IN(n) (chance() % (n) == 0)

struct adversary_pool adversary_pool;

/* Chance: xorshift64*, so that a seed means the same everywhere. */

__u64 adversary_seed;

static __u32 chance(void)
{
	adversary_seed ^= adversary_seed >> 12;
	adversary_seed ^= adversary_seed << 25;
	adversary_seed ^= adversary_seed >> 27;
	return (__u32)(adversary_seed * 0x2545f4914f6cdd1dULL >> 32);
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
		memcpy(to, adversary_pool.mac[0], 6);
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
		memcpy(to, adversary_pool.mac[chance() % adversary_pool.macs], 6);
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
		memcpy(to, adversary_pool.ip4[0], 4);
	else if (ONE_IN(8))
		memcpy(to, odd[chance() % (sizeof(odd) / 4)], 4);
	else if (ONE_IN(8))
		random_bytes(to, 4);
	else
		memcpy(to, adversary_pool.ip4[chance() % adversary_pool.ip4s], 4);
}

static void draw_ip6(__u8 *to, bool source)
{
	if (source && !ONE_IN(3)) {
		memcpy(to, adversary_pool.ip6[0], 16);
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
		memcpy(to, adversary_pool.ip6[chance() % adversary_pool.ip6s], 16);
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

size_t adversary_frame(__u8 *frame)
{
	size_t len = 14, room;

	tame = ONE_IN(2);
	random_bytes(frame, 64);
	draw_mac(frame, false);
	if (tame && adversary_pool.macs > 1)
		memcpy(frame, adversary_pool.mac[1], 6);
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
