/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which fields of a packet vary within a flow, as the fast path knows flows: packets that follow
 * one another by one admission have the same struct nsaccel_flow_key and nsaccel_flow_signature.
 * The firewall has judged one of them. A rule on a field that may differ in the next has to see
 * that one, too.
 */
#ifndef NSA_FIREWALL_FIELDS_H
#define NSA_FIREWALL_FIELDS_H

#include <linux/types.h>
#include <stdbool.h>

enum nsa_header {
	NSA_HEADER_NONE, /* metadata: the field is in no header */
	NSA_HEADER_ETHERNET,
	NSA_HEADER_IP4, /* without options, which the fast path doesn't take */
	NSA_HEADER_IP6, /* without extension headers, likewise */
	NSA_HEADER_TCP,
	NSA_HEADER_UDP,
};

enum nsa_field {
	NSA_FIELD_NONE,
	NSA_FIELD_DESTINATION_MAC,
	NSA_FIELD_SOURCE_MAC,
	NSA_FIELD_ETHERTYPE,
	NSA_FIELD_IP4_VERSION,
	NSA_FIELD_IP4_HEADER_LENGTH,
	NSA_FIELD_IP4_DSCP,
	NSA_FIELD_IP4_ECN,
	NSA_FIELD_IP4_LENGTH,
	NSA_FIELD_IP4_ID,
	NSA_FIELD_IP4_RESERVED,
	NSA_FIELD_IP4_DF,
	NSA_FIELD_IP4_MF,
	NSA_FIELD_IP4_FRAGMENT_OFFSET,
	NSA_FIELD_IP4_TTL,
	NSA_FIELD_IP4_PROTOCOL,
	NSA_FIELD_IP4_CHECKSUM,
	NSA_FIELD_IP4_SOURCE,
	NSA_FIELD_IP4_DESTINATION,
	NSA_FIELD_IP6_VERSION,
	NSA_FIELD_IP6_DSCP,
	NSA_FIELD_IP6_ECN,
	NSA_FIELD_IP6_FLOW_LABEL,
	NSA_FIELD_IP6_LENGTH,
	NSA_FIELD_IP6_NEXT_HEADER,
	NSA_FIELD_IP6_HOP_LIMIT,
	NSA_FIELD_IP6_SOURCE,
	NSA_FIELD_IP6_DESTINATION,
	NSA_FIELD_TCP_SOURCE,
	NSA_FIELD_TCP_DESTINATION,
	NSA_FIELD_TCP_SEQUENCE,
	NSA_FIELD_TCP_ACK_SEQUENCE,
	NSA_FIELD_TCP_OFFSET,
	NSA_FIELD_TCP_RESERVED,
	NSA_FIELD_TCP_CWR_ECE_URG,
	NSA_FIELD_TCP_ACK,
	NSA_FIELD_TCP_PSH,
	NSA_FIELD_TCP_RST_SYN_FIN,
	NSA_FIELD_TCP_WINDOW,
	NSA_FIELD_TCP_CHECKSUM,
	NSA_FIELD_TCP_URGENT,
	NSA_FIELD_TCP_OPTIONS, /* and payload, to the end */
	NSA_FIELD_UDP_SOURCE,
	NSA_FIELD_UDP_DESTINATION,
	NSA_FIELD_UDP_LENGTH,
	NSA_FIELD_UDP_CHECKSUM,
	NSA_FIELD_UDP_PAYLOAD, /* to the end */
	/* Of no header: what the kernel keeps with the packet, */
	NSA_FIELD_FAMILY,
	NSA_FIELD_L4_PROTOCOL,
	NSA_FIELD_OPTIONS, /* of IPv4; extension headers of IPv6 */
	NSA_FIELD_INPUT_DEVICE,
	NSA_FIELD_OUTPUT_DEVICE,
	NSA_FIELD_PACKET_TYPE,
	NSA_FIELD_VLAN,
	NSA_FIELD_MARK,
	NSA_FIELD_PRIORITY,
	NSA_FIELD_SOCKET,
	NSA_FIELD_PACKET_LENGTH,
	NSA_FIELD_CPU,
	NSA_FIELD_TRACE,
	NSA_FIELD_SECPATH,
	/* its connection, */
	NSA_FIELD_CT_STATE,
	NSA_FIELD_CT_STATUS,
	NSA_FIELD_CT_STATUS_PROGRESS, /* of its bits: assured, dying, offloaded, ... */
	NSA_FIELD_CT_TUPLE,
	NSA_FIELD_CT_MARK, /* labels, ... : what rules and users give it */
	NSA_FIELD_CT_EXPIRATION,
	NSA_FIELD_CT_COUNTERS,
	/* and around it. */
	NSA_FIELD_ROUTE,
	NSA_FIELD_CLOCK,
	NSA_FIELD_SET,
	NSA_FIELD_RANDOM,
	NSA_FIELD_RATE,	   /* whatever counts or limits packets */
	NSA_FIELD_UNKNOWN, /* what nsaccel doesn't know */
	NSA_FIELD_COUNT
};

/* May it differ between packets that one admission is for? */
bool nsa_field_varies(enum nsa_field field);
/* For people: "ip ecn". */
const char *nsa_field_name(enum nsa_field field);

/* Eight bits of a packet. */
struct nsa_byte {
	__u8 varies;	/* bits that may differ within a flow */
	__u8 known;	/* bits that are the same in all packets on the fast path: */
	__u8 value;	/* these */
	__u8 fields[8]; /* of those that vary, the most significant bit's first: enum nsa_field */
};

/* One that varies in it, payload rather than header; NONE: none does. */
enum nsa_field nsa_byte_field(const struct nsa_byte *byte);
/* All of its bits vary, as field. */
struct nsa_byte nsa_byte_of(enum nsa_field field);

/* The byte of a header, or of what follows it within the packet. */
struct nsa_byte nsa_field_byte(enum nsa_header header, __u32 offset);
/* What can be said of a byte that is one or the other. */
struct nsa_byte nsa_byte_either(struct nsa_byte a, struct nsa_byte b);

#endif
