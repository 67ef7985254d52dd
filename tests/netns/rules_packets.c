// SPDX-License-Identifier: GPL-2.0-only
/* Packets of flows, and packets that differ from these in one field. */
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <string.h>

#include "tests/netns/rules.h"

void rules_vary(struct packet *p, int which)
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

size_t rules_build(__u8 *frame, const struct packet *p)
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
struct packet rules_plain(int flow, bool back, __u16 port)
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
