/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of packets, and whether they can differ between packets of one flow on the fast path. A
 * flow there is a series of packets with equal struct nsaccel_flow_key and
 * nsaccel_flow_signature. The kernel's firewall admitted the flow by one of them. A rule that
 * depends on a field which can differ in the next packet has to see that packet as well.
 */
#ifndef NSA_FIREWALL_FIELDS_H
#define NSA_FIREWALL_FIELDS_H

#include <linux/types.h>
#include <stdbool.h>

enum nsa_header {
	NSA_HEADER_NONE, /* metadata: the field is in no header */
	NSA_HEADER_ETHERNET,
	NSA_HEADER_IP4, /* without options, which the fast path passes to the kernel */
	NSA_HEADER_IP6, /* without extension headers, for the same reason */
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
	NSA_FIELD_TCP_OPTIONS, /* options and payload, to the end of the packet */
	NSA_FIELD_UDP_SOURCE,
	NSA_FIELD_UDP_DESTINATION,
	NSA_FIELD_UDP_LENGTH,
	NSA_FIELD_UDP_CHECKSUM,
	NSA_FIELD_UDP_PAYLOAD, /* to the end of the packet */
	/* Metadata of the packet */
	NSA_FIELD_FAMILY,
	NSA_FIELD_L4_PROTOCOL,
	NSA_FIELD_OPTIONS, /* IPv4 options; IPv6 extension headers */
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
	/* Metadata of its connection */
	NSA_FIELD_CT_STATE,
	NSA_FIELD_CT_STATUS,
	NSA_FIELD_CT_STATUS_PROGRESS, /* the bits for assured, dying, offloaded, ... */
	NSA_FIELD_CT_TUPLE,
	NSA_FIELD_CT_MARK, /* mark, labels, ...: set by rules and users */
	NSA_FIELD_CT_EXPIRATION,
	NSA_FIELD_CT_COUNTERS,
	/* State outside of the packet */
	NSA_FIELD_ROUTE,
	NSA_FIELD_CLOCK,
	NSA_FIELD_SET,
	NSA_FIELD_RANDOM,
	NSA_FIELD_RATE,	   /* anything that counts or limits packets */
	NSA_FIELD_UNKNOWN, /* a field that nsaccel does not know */
	NSA_FIELD_COUNT
};

/* Whether the field can differ between packets of one flow. */
bool nsa_field_varies(enum nsa_field field);
/* A name for messages, such as "ip ecn". */
const char *nsa_field_name(enum nsa_field field);

/* One byte of a packet. */
struct nsa_byte {
	__u8 varies;	/* bits that can differ within a flow */
	__u8 known;	/* bits that are equal in all packets on the fast path */
	__u8 value;	/* the value of these bits */
	__u8 fields[8]; /* enum nsa_field of each varying bit, the most significant bit first */
};

/* A field that varies in the byte, payload in preference to a header; NSA_FIELD_NONE: none
 * varies. */
enum nsa_field nsa_byte_field(const struct nsa_byte *byte);
/* A byte whose bits all vary, as field. */
struct nsa_byte nsa_byte_of(enum nsa_field field);

/* The byte at this offset of a header, or of the headers and payload after it. */
struct nsa_byte nsa_field_byte(enum nsa_header header, __u32 offset);
/* The common properties of two bytes, if a byte is either a or b. */
struct nsa_byte nsa_byte_either(struct nsa_byte a, struct nsa_byte b);

#endif
