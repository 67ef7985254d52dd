// SPDX-License-Identifier: GPL-2.0-only
#include <linux/if_ether.h>
#include <stddef.h>
#include <string.h>

#include "firewall/fields.h"
#include "nsaccel/abi.h"

enum constancy {
	SAME,
	VARIES,
	/* From here on: equal in all packets on the fast path, with the value that is added. */
	KNOWN,
};

/* The field is part of the flow key or the signature, and therefore equal in all packets of a
 * flow. */
#define IN_KEY(member)	     (sizeof(((struct nsaccel_flow_key *)0)->member) ? SAME : VARIES)
#define IN_SIGNATURE(member) (sizeof(((struct nsaccel_flow_signature *)0)->member) ? SAME : VARIES)
/* The fast path takes packets with one value only. */
#define FIXED		SAME
#define FIXED_AT(value) (KNOWN + (value))
/* Users, rules or time change it, not packets. It is checked again when the admission expires. */
#define FOLLOWED SAME

#define TO_THE_END 0xffff

static const struct field {
	const char *name;
	enum nsa_header header;
	__u16 first, bits; /* in bits from the start of the header */
	enum constancy constancy;
} fields[NSA_FIELD_COUNT] = {
	[NSA_FIELD_DESTINATION_MAC] = { "ether daddr", NSA_HEADER_ETHERNET, 0, 48, FIXED },
	[NSA_FIELD_SOURCE_MAC] = { "ether saddr", NSA_HEADER_ETHERNET, 48, 48,
				   IN_SIGNATURE(from_mac) },
	[NSA_FIELD_ETHERTYPE] = { "ether type", NSA_HEADER_ETHERNET, 96, 16, IN_KEY(family) },

	[NSA_FIELD_IP4_VERSION] = { "ip version", NSA_HEADER_IP4, 0, 4, FIXED_AT(4) },
	[NSA_FIELD_IP4_HEADER_LENGTH] = { "ip hdrlength", NSA_HEADER_IP4, 4, 4, FIXED_AT(5) },
	[NSA_FIELD_IP4_DSCP] = { "ip dscp", NSA_HEADER_IP4, 8, 6, IN_SIGNATURE(dscp) },
	[NSA_FIELD_IP4_ECN] = { "ip ecn", NSA_HEADER_IP4, 14, 2, VARIES },
	[NSA_FIELD_IP4_LENGTH] = { "ip length", NSA_HEADER_IP4, 16, 16, VARIES },
	[NSA_FIELD_IP4_ID] = { "ip id", NSA_HEADER_IP4, 32, 16, VARIES },
	[NSA_FIELD_IP4_RESERVED] = { "ip frag-off", NSA_HEADER_IP4, 48, 1, VARIES },
	[NSA_FIELD_IP4_DF] = { "ip frag-off", NSA_HEADER_IP4, 49, 1, VARIES },
	[NSA_FIELD_IP4_MF] = { "ip mf", NSA_HEADER_IP4, 50, 1, FIXED_AT(0) },
	[NSA_FIELD_IP4_FRAGMENT_OFFSET] = { "ip frag-off", NSA_HEADER_IP4, 51, 13, FIXED_AT(0) },
	[NSA_FIELD_IP4_TTL] = { "ip ttl", NSA_HEADER_IP4, 64, 8, IN_SIGNATURE(ttl) },
	[NSA_FIELD_IP4_PROTOCOL] = { "ip protocol", NSA_HEADER_IP4, 72, 8, IN_KEY(proto) },
	[NSA_FIELD_IP4_CHECKSUM] = { "ip checksum", NSA_HEADER_IP4, 80, 16, VARIES },
	[NSA_FIELD_IP4_SOURCE] = { "ip saddr", NSA_HEADER_IP4, 96, 32, IN_KEY(low) },
	[NSA_FIELD_IP4_DESTINATION] = { "ip daddr", NSA_HEADER_IP4, 128, 32, IN_KEY(high) },

	[NSA_FIELD_IP6_VERSION] = { "ip6 version", NSA_HEADER_IP6, 0, 4, FIXED_AT(6) },
	[NSA_FIELD_IP6_DSCP] = { "ip6 dscp", NSA_HEADER_IP6, 4, 6, IN_SIGNATURE(dscp) },
	[NSA_FIELD_IP6_ECN] = { "ip6 ecn", NSA_HEADER_IP6, 10, 2, VARIES },
	[NSA_FIELD_IP6_FLOW_LABEL] = { "ip6 flowlabel", NSA_HEADER_IP6, 12, 20, VARIES },
	[NSA_FIELD_IP6_LENGTH] = { "ip6 length", NSA_HEADER_IP6, 32, 16, VARIES },
	[NSA_FIELD_IP6_NEXT_HEADER] = { "ip6 nexthdr", NSA_HEADER_IP6, 48, 8, IN_KEY(proto) },
	[NSA_FIELD_IP6_HOP_LIMIT] = { "ip6 hoplimit", NSA_HEADER_IP6, 56, 8, IN_SIGNATURE(ttl) },
	[NSA_FIELD_IP6_SOURCE] = { "ip6 saddr", NSA_HEADER_IP6, 64, 128, IN_KEY(low) },
	[NSA_FIELD_IP6_DESTINATION] = { "ip6 daddr", NSA_HEADER_IP6, 192, 128, IN_KEY(high) },

	[NSA_FIELD_TCP_SOURCE] = { "tcp sport", NSA_HEADER_TCP, 0, 16, IN_KEY(low_port) },
	[NSA_FIELD_TCP_DESTINATION] = { "tcp dport", NSA_HEADER_TCP, 16, 16, IN_KEY(high_port) },
	[NSA_FIELD_TCP_SEQUENCE] = { "tcp sequence", NSA_HEADER_TCP, 32, 32, VARIES },
	[NSA_FIELD_TCP_ACK_SEQUENCE] = { "tcp ackseq", NSA_HEADER_TCP, 64, 32, VARIES },
	[NSA_FIELD_TCP_OFFSET] = { "tcp doff", NSA_HEADER_TCP, 96, 4, VARIES },
	[NSA_FIELD_TCP_RESERVED] = { "tcp reserved", NSA_HEADER_TCP, 100, 4, VARIES },
	[NSA_FIELD_TCP_CWR_ECE_URG] = { "tcp flags", NSA_HEADER_TCP, 104, 3, VARIES },
	[NSA_FIELD_TCP_ACK] = { "tcp flags", NSA_HEADER_TCP, 107, 1, FIXED_AT(1) },
	[NSA_FIELD_TCP_PSH] = { "tcp flags", NSA_HEADER_TCP, 108, 1, VARIES },
	[NSA_FIELD_TCP_RST_SYN_FIN] = { "tcp flags", NSA_HEADER_TCP, 109, 3, FIXED_AT(0) },
	[NSA_FIELD_TCP_WINDOW] = { "tcp window", NSA_HEADER_TCP, 112, 16, VARIES },
	[NSA_FIELD_TCP_CHECKSUM] = { "tcp checksum", NSA_HEADER_TCP, 128, 16, VARIES },
	[NSA_FIELD_TCP_URGENT] = { "tcp urgptr", NSA_HEADER_TCP, 144, 16, VARIES },
	[NSA_FIELD_TCP_OPTIONS] = { "tcp option or payload", NSA_HEADER_TCP, 160, TO_THE_END,
				    VARIES },

	[NSA_FIELD_UDP_SOURCE] = { "udp sport", NSA_HEADER_UDP, 0, 16, IN_KEY(low_port) },
	[NSA_FIELD_UDP_DESTINATION] = { "udp dport", NSA_HEADER_UDP, 16, 16, IN_KEY(high_port) },
	[NSA_FIELD_UDP_LENGTH] = { "udp length", NSA_HEADER_UDP, 32, 16, VARIES },
	[NSA_FIELD_UDP_CHECKSUM] = { "udp checksum", NSA_HEADER_UDP, 48, 16, VARIES },
	[NSA_FIELD_UDP_PAYLOAD] = { "udp payload", NSA_HEADER_UDP, 64, TO_THE_END, VARIES },

	[NSA_FIELD_FAMILY] = { "meta nfproto", .constancy = IN_KEY(family) },
	[NSA_FIELD_L4_PROTOCOL] = { "meta l4proto", .constancy = IN_KEY(proto) },
	[NSA_FIELD_OPTIONS] = { "exthdr", .constancy = FIXED },
	[NSA_FIELD_INPUT_DEVICE] = { "meta iif", .constancy = IN_SIGNATURE(iif) },
	[NSA_FIELD_OUTPUT_DEVICE] = { "meta oif", .constancy = IN_SIGNATURE(oif) },
	[NSA_FIELD_PACKET_TYPE] = { "meta pkttype", .constancy = FIXED },
	[NSA_FIELD_VLAN] = { "vlan", .constancy = FIXED },
	/* Packets that arrive with a mark are never admitted; ip_forward() sets the priority by
	 * the DSCP. */
	[NSA_FIELD_MARK] = { "meta mark", .constancy = FIXED },
	[NSA_FIELD_PRIORITY] = { "meta priority", .constancy = IN_SIGNATURE(dscp) },
	/* The kernel does not look up sockets for forwarded packets, and shows none of other
	 * namespaces. */
	[NSA_FIELD_SOCKET] = { "socket", .constancy = FOLLOWED },
	[NSA_FIELD_PACKET_LENGTH] = { "meta length", .constancy = VARIES },
	[NSA_FIELD_CPU] = { "meta cpu", .constancy = VARIES },
	[NSA_FIELD_TRACE] = { "meta nftrace", .constancy = VARIES },
	/* Packets that IPsec protected have the same fields as forged ones without protection. */
	[NSA_FIELD_SECPATH] = { "meta secpath", .constancy = VARIES },

	[NSA_FIELD_CT_STATE] = { "ct state", .constancy = FIXED },
	[NSA_FIELD_CT_STATUS] = { "ct status", .constancy = FIXED },
	[NSA_FIELD_CT_STATUS_PROGRESS] = { "ct status", .constancy = VARIES },
	[NSA_FIELD_CT_TUPLE] = { "ct", .constancy = IN_KEY(low) },
	[NSA_FIELD_CT_MARK] = { "ct mark", .constancy = FOLLOWED },
	[NSA_FIELD_CT_EXPIRATION] = { "ct expiration", .constancy = VARIES },
	[NSA_FIELD_CT_COUNTERS] = { "ct bytes or packets", .constancy = VARIES },

	[NSA_FIELD_ROUTE] = { "route", .constancy = FOLLOWED },
	[NSA_FIELD_CLOCK] = { "meta time", .constancy = FOLLOWED },
	[NSA_FIELD_SET] = { "set", .constancy = FOLLOWED },
	[NSA_FIELD_RANDOM] = { "meta random", .constancy = VARIES },
	[NSA_FIELD_RATE] = { "limit", .constancy = VARIES },
	[NSA_FIELD_UNKNOWN] = { "unknown field", .constancy = VARIES },
};

bool nsa_field_varies(enum nsa_field field)
{
	return fields[field].constancy == VARIES;
}

const char *nsa_field_name(enum nsa_field field)
{
	return fields[field].name;
}

static bool value_at(const struct field *field, __u32 place)
{
	__u32 behind = field->first + field->bits - 1U - place; /* bits after this one */

	return behind < 8 && (field->constancy - KNOWN) >> behind & 1;
}

/* Adds the field's bits to the byte that begins at bit begin of its header. */
static void add_field(struct nsa_byte *byte, const struct field *field, __u32 begin)
{
	for (__u32 place = begin; place < begin + 8; place++) {
		__u8 bit = (__u8)(0x80U >> place % 8);

		if (place < field->first || place - field->first >= field->bits)
			continue;
		if (field->constancy == VARIES) {
			byte->varies |= bit;
			byte->fields[place % 8] = (__u8)(field - fields);
		} else if (field->constancy >= KNOWN) {
			byte->known |= bit;
			byte->value |= value_at(field, place) ? bit : 0;
		}
	}
}

static struct nsa_byte byte_of(enum nsa_header header, __u32 offset)
{
	struct nsa_byte byte = {};
	__u32 last = TO_THE_END - 8; /* everything beyond is in the last field */

	offset = offset < last / 8 ? offset : last / 8;
	for (const struct field *field = fields; field < fields + NSA_FIELD_COUNT; field++)
		if (field->header == header)
			add_field(&byte, field, offset * 8);
	return byte;
}

struct nsa_byte nsa_byte_either(struct nsa_byte a, struct nsa_byte b)
{
	a.known &= b.known & (__u8) ~(a.value ^ b.value);
	a.value &= a.known;
	a.varies |= b.varies;
	for (size_t bit = 0; bit < 8; bit++)
		if (b.fields[bit] > a.fields[bit])
			a.fields[bit] = b.fields[bit];
	return a;
}

enum nsa_field nsa_byte_field(const struct nsa_byte *byte)
{
	enum nsa_field field = NSA_FIELD_NONE;

	for (size_t bit = 0; bit < 8; bit++)
		if (byte->varies & 0x80U >> bit && byte->fields[bit] > field)
			field = byte->fields[bit];
	return field;
}

struct nsa_byte nsa_byte_of(enum nsa_field field)
{
	struct nsa_byte byte = { .varies = 0xff };

	memset(byte.fields, field, sizeof(byte.fields));
	return byte;
}

static struct nsa_byte transport_byte(__u32 offset)
{
	return nsa_byte_either(byte_of(NSA_HEADER_TCP, offset), byte_of(NSA_HEADER_UDP, offset));
}

static struct nsa_byte network_byte(enum nsa_header header, __u32 offset)
{
	__u32 len = header == NSA_HEADER_IP4 ? 20 : 40;

	return offset >= len ? transport_byte(offset - len) : byte_of(header, offset);
}

struct nsa_byte nsa_field_byte(enum nsa_header header, __u32 offset)
{
	if (header == NSA_HEADER_ETHERNET && offset >= ETH_HLEN)
		return nsa_byte_either(network_byte(NSA_HEADER_IP4, offset - ETH_HLEN),
				       network_byte(NSA_HEADER_IP6, offset - ETH_HLEN));
	if (header == NSA_HEADER_IP4 || header == NSA_HEADER_IP6)
		return network_byte(header, offset);
	return byte_of(header, offset);
}
