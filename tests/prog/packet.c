// SPDX-License-Identifier: GPL-2.0-only
#include "packet.h"

#include <arpa/inet.h>
#include <assert.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>

#define IP4_LEN	    20
#define IP6_LEN	    40
#define EXT_LEN	    8
#define UDP_LEN	    8
#define TCP_LEN	    20
#define TCP_ACK	    0x10
#define ICMP_LEN    8
#define PAYLOAD	    26
#define DEFAULT_TTL 64
#define TOS_CONTROL 0xc0 /* internetwork control, RFC 1812 4.3.2.5 */

static const __u8 next_of_ext[] = {
	[EXT_HOP_BY_HOP] = 0,
	[EXT_FRAGMENT] = IPPROTO_FRAGMENT,
	[EXT_DESTINATION] = IPPROTO_DSTOPTS,
};

static int value(int field, int otherwise)
{
	return field == ZERO ? 0 : field ? field : otherwise;
}

static void put16(__u8 *at, unsigned int v)
{
	at[0] = (__u8)(v >> 8);
	at[1] = (__u8)v;
}

static unsigned int get16(const __u8 *at)
{
	return (unsigned int)at[0] << 8 | at[1];
}

/* RFC 1071, on big-endian words. */
static unsigned int add(unsigned int sum, const __u8 *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? data[i] : (unsigned int)data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static unsigned int add_pseudo6(const __u8 *ip, unsigned int proto, unsigned int len)
{
	__u8 tail[8] = {};

	put16(tail + 2, len);
	tail[7] = (__u8)proto;
	return add(add(0, ip + 8, 32), tail, sizeof(tail));
}

static unsigned int add_pseudo(const __u8 *ip, unsigned int proto, unsigned int len)
{
	__u8 tail[4] = {};

	if (ip[0] >> 4 != 4)
		return add_pseudo6(ip, proto, len);
	tail[1] = (__u8)proto;
	put16(tail + 2, len);
	return add(add(0, ip + 12, 8), tail, sizeof(tail));
}

static void put_ip4_checksum(__u8 *ip, size_t len)
{
	put16(ip + 10, 0);
	put16(ip + 10, ~add(0, ip, len));
}

static void put_address(__u8 *at, const char *text)
{
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	int r = inet_pton(family, text, at);

	assert(r == 1);
	(void)r;
}

static bool is_ip6(const struct packet_spec *spec)
{
	return spec->dst && strchr(spec->dst, ':');
}

static bool is_icmp(int proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

static size_t l4_header_len(const struct packet_spec *spec)
{
	switch (spec->proto) {
	case 0:
	case IPPROTO_UDP:
		return UDP_LEN;
	case IPPROTO_TCP:
		return value(spec->doff, TCP_LEN / 4) * 4;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return ICMP_LEN;
	default:
		return 0;
	}
}

static size_t ext_len(const struct packet_spec *spec)
{
	return spec->ext ? (size_t)value(spec->ext_count, 1) * EXT_LEN : 0;
}

static size_t l3_header_len(const struct packet_spec *spec)
{
	if (is_ip6(spec))
		return IP6_LEN + ext_len(spec);
	return spec->ihl > IP4_LEN / 4 ? (size_t)spec->ihl * 4 : IP4_LEN;
}

static size_t put_eth(__u8 *at, const struct packet_spec *spec)
{
	size_t len = ETH_HLEN;
	int type = value(spec->ethertype, is_ip6(spec) ? ETH_P_IPV6 : ETH_P_IP);

	memcpy(at, spec->dst_mac, ETH_ALEN);
	memcpy(at + ETH_ALEN, spec->src_mac, ETH_ALEN);
	if (spec->vlan) {
		put16(at + 12, spec->vlan);
		put16(at + 14, 5);
		len += 4;
	}
	put16(at + len - 2, type);
	return len;
}

static void put_ip4(__u8 *ip, const struct packet_spec *spec, size_t l3_len)
{
	size_t header = l3_header_len(spec);

	memset(ip + IP4_LEN, 1, header - IP4_LEN); /* options: no operation */
	ip[0] = (__u8)(value(spec->version, 4) << 4 | value(spec->ihl, IP4_LEN / 4));
	ip[1] = (__u8)spec->tos;
	put16(ip + 2, value(spec->ip_len, (int)l3_len));
	put16(ip + 4, 0x1234);
	put16(ip + 6, spec->frag);
	ip[8] = (__u8)value(spec->ttl, DEFAULT_TTL);
	ip[9] = (__u8)value(spec->proto, IPPROTO_UDP);
	put_address(ip + 12, spec->src ? spec->src : "10.0.0.9");
	put_address(ip + 16, spec->dst);
	put_ip4_checksum(ip, header);
	put16(ip + 10, get16(ip + 10) + spec->bad_sum);
}

static void put_ip6(__u8 *ip, const struct packet_spec *spec, size_t l3_len)
{
	__u8 proto = (__u8)value(spec->proto, IPPROTO_UDP);

	ip[0] = (__u8)(value(spec->version, 6) << 4 | spec->tos >> 4);
	ip[1] = (__u8)(spec->tos << 4);
	put16(ip + 4, value(spec->ip_len, (int)l3_len - IP6_LEN));
	ip[6] = spec->ext ? next_of_ext[spec->ext] : proto;
	ip[7] = (__u8)value(spec->ttl, DEFAULT_TTL);
	put_address(ip + 8, spec->src ? spec->src : "fd00::9");
	put_address(ip + 24, spec->dst);
	if (!spec->ext)
		return;
	memset(ip + IP6_LEN, 0, ext_len(spec));
	for (size_t at = IP6_LEN; at < IP6_LEN + ext_len(spec); at += EXT_LEN) {
		ip[at] = at + EXT_LEN < IP6_LEN + ext_len(spec) ? next_of_ext[spec->ext] : proto;
		if (spec->ext != EXT_FRAGMENT)
			ip[at + 2] = 1; /* options: PadN of 6 bytes */
		ip[at + 3] = 4;
	}
}

static void put_l4(__u8 *l4, const struct packet_spec *spec, const __u8 *ip, size_t len)
{
	int proto = value(spec->proto, IPPROTO_UDP);
	bool v6 = is_ip6(spec);
	unsigned int pseudo;
	__u8 *check = NULL;

	if (len < l4_header_len(spec))
		return;
	if (spec->sport)
		put16(l4, (unsigned int)spec->sport);
	if (spec->dport)
		put16(l4 + 2, (unsigned int)spec->dport);
	if (proto == IPPROTO_UDP) {
		put16(l4 + 4, (unsigned int)len);
		check = l4 + 6;
	} else if (proto == IPPROTO_TCP) {
		put16(l4 + 6, (unsigned int)spec->tcp_seq);
		l4[12] = (__u8)(value(spec->doff, TCP_LEN / 4) << 4);
		l4[13] = (__u8)value(spec->tcp_flags, TCP_ACK);
		check = l4 + 16;
	} else if (is_icmp(proto)) {
		l4[0] = (__u8)value(spec->icmp_type, v6 ? 128 : 8);
		l4[1] = 0;
		check = l4 + 2;
	}
	if (!check)
		return;
	pseudo = proto == IPPROTO_ICMP ? 0 : add_pseudo(ip, proto, (unsigned int)len);
	put16(check, 0);
	put16(check, spec->partial ? pseudo : ~add(pseudo, l4, len));
}

void packet_build(struct packet *out, const struct packet_spec *spec)
{
	size_t header = l3_header_len(spec);
	size_t body = spec->body ? (size_t)spec->body_len : PAYLOAD;
	size_t l3_len = spec->l3_len ? (size_t)spec->l3_len : header + l4_header_len(spec) + body;
	size_t eth = put_eth(out->data, spec);
	__u8 *ip = out->data + eth;

	assert(eth + l3_len + spec->padding <= PACKET_MAX && l3_len >= header);
	for (size_t i = 0; i < l3_len + spec->padding; i++)
		ip[i] = (__u8)(i * 7 + 1);
	out->len = (__u32)(eth + l3_len + spec->padding);
	if (spec->body)
		memcpy(ip + (spec->dst ? header + l4_header_len(spec) : 0), spec->body,
		       (size_t)spec->body_len);
	if (spec->dst) {
		memset(ip, 0, header);
		if (is_ip6(spec))
			put_ip6(ip, spec, l3_len);
		else
			put_ip4(ip, spec, l3_len);
		put_l4(ip + header, spec, ip, l3_len - header);
	}
	if (spec->cut)
		out->len = (__u32)spec->cut;
}

void packet_forwarded(struct packet *out, const struct packet *in, const __u8 *dst_mac,
		      const __u8 *src_mac)
{
	__u8 *ip = out->data + ETH_HLEN;

	*out = *in;
	memcpy(out->data, dst_mac, ETH_ALEN);
	memcpy(out->data + ETH_ALEN, src_mac, ETH_ALEN);
	if (ip[0] >> 4 == 4) {
		out->len = ETH_HLEN + get16(ip + 2);
		ip[8]--;
		put_ip4_checksum(ip, IP4_LEN);
	} else {
		out->len = ETH_HLEN + IP6_LEN + get16(ip + 4);
		ip[7]--;
	}
}

/* As a device finishes a checksum of which there is just the pseudo header's part: over what is
 * left of the packet. */
static void finish_checksum(__u8 *l4, __u8 proto, size_t len)
{
	__u8 *check = l4 + (proto == IPPROTO_TCP ? 16 : 6);

	put16(check, ~add(0, l4, len));
}

/* What it is about stands after the ICMP header already. */
static void put_icmp_error(__u8 *icmp, const struct packet_error *error, unsigned int pseudo,
			   size_t quote, size_t header, bool partial)
{
	__u8 copy[ICMP_LEN + IP6_LEN + TCP_LEN], *ip = copy + ICMP_LEN;

	icmp[0] = error->type;
	icmp[1] = error->code;
	put16(icmp + 4, error->rest >> 16);
	put16(icmp + 6, error->rest);
	memcpy(copy, icmp, ICMP_LEN + quote);
	if (partial)
		finish_checksum(ip + header, header == IP4_LEN ? ip[9] : ip[6], quote - header);
	put16(icmp + 2, ~add(pseudo, copy, ICMP_LEN + quote));
}

static void reject4(__u8 *ip, const __u8 *offending, const __u8 *address,
		    const struct packet_error *error, size_t quote, bool partial)
{
	__u8 *icmp = ip + IP4_LEN;

	memcpy(icmp + ICMP_LEN, offending, quote);
	ip[0] = 0x45;
	ip[1] = TOS_CONTROL;
	put16(ip + 2, (unsigned int)(IP4_LEN + ICMP_LEN + quote));
	ip[8] = DEFAULT_TTL;
	ip[9] = IPPROTO_ICMP;
	memcpy(ip + 12, address, 4);
	memcpy(ip + 16, offending + 12, 4);
	put_ip4_checksum(ip, IP4_LEN);
	put_icmp_error(icmp, error, 0, quote, IP4_LEN, partial);
}

static void reject6(__u8 *ip, const __u8 *offending, const __u8 *address,
		    const struct packet_error *error, size_t quote, bool partial)
{
	unsigned int len = (unsigned int)(ICMP_LEN + quote);
	__u8 *icmp = ip + IP6_LEN;

	memcpy(icmp + ICMP_LEN, offending, quote);
	ip[0] = 0x60;
	put16(ip + 4, len);
	ip[6] = IPPROTO_ICMPV6;
	ip[7] = DEFAULT_TTL;
	memcpy(ip + 8, address, 16);
	memcpy(ip + 24, offending + 8, 16);
	put_icmp_error(icmp, error, add_pseudo6(ip, IPPROTO_ICMPV6, len), quote, IP6_LEN, partial);
}

void packet_rejected(struct packet *out, const struct packet *in, const __u8 *mac,
		     const __u8 *address, const struct packet_error *error, bool partial)
{
	const __u8 *offending = in->data + ETH_HLEN;
	bool v6 = offending[0] >> 4 == 6;
	size_t header = v6 ? IP6_LEN : IP4_LEN;
	size_t l3_len = v6 ? IP6_LEN + get16(offending + 4) : get16(offending + 2);
	size_t quote = header + (l3_len >= header + TCP_LEN ? TCP_LEN : 8);

	memset(out, 0, sizeof(*out));
	memcpy(out->data, in->data + ETH_ALEN, ETH_ALEN);
	memcpy(out->data + ETH_ALEN, mac, ETH_ALEN);
	memcpy(out->data + 2 * ETH_ALEN, in->data + 2 * ETH_ALEN, 2);
	if (v6)
		reject6(out->data + ETH_HLEN, offending, address, error, quote, partial);
	else
		reject4(out->data + ETH_HLEN, offending, address, error, quote, partial);
	out->len = (__u32)(ETH_HLEN + header + ICMP_LEN + quote);
}

bool packet_checksums_ok(const struct packet *packet)
{
	const __u8 *ip = packet->data + ETH_HLEN;
	unsigned int len = packet->len - ETH_HLEN;

	if (ip[0] >> 4 == 6) {
		len -= IP6_LEN;
		return add(add_pseudo6(ip, IPPROTO_ICMPV6, len), ip + IP6_LEN, len) == 0xffff;
	}
	return add(0, ip, IP4_LEN) == 0xffff && add(0, ip + IP4_LEN, len - IP4_LEN) == 0xffff;
}

bool packet_same(const struct packet *a, const struct packet *b)
{
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

static void print_row(const char *label, const struct packet *packet, const struct packet *other,
		      size_t from)
{
	fprintf(stderr, "# %s %04zx ", label, from);
	for (size_t i = from; i < from + 16 && i < packet->len; i++)
		fprintf(stderr, "%c%02x",
			i >= other->len || packet->data[i] != other->data[i] ? '*' : ' ',
			packet->data[i]);
	fputc('\n', stderr);
}

void packet_print_difference(const struct packet *want, const struct packet *got)
{
	size_t longest = want->len > got->len ? want->len : got->len;

	fprintf(stderr, "# want %u bytes, got %u\n", want->len, got->len);
	for (size_t i = 0; i < longest; i += 16) {
		if (i + 16 <= want->len && i + 16 <= got->len &&
		    !memcmp(want->data + i, got->data + i, 16))
			continue;
		print_row("want", want, got, i);
		print_row("got ", got, want, i);
	}
}
