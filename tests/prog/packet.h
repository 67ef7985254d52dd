/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames for the packet tests, built from a description, and what forwarding or rejecting makes
 * of them. Shares no code with bpf/: every checksum is computed from scratch, byte by byte.
 */
#ifndef NSA_TEST_PACKET_H
#define NSA_TEST_PACKET_H

#include <linux/types.h>
#include <stdbool.h>

#define PACKET_MAX 4608 /* more than a page, though BPF_PROG_TEST_RUN gives an skb just one */
#define ZERO	   (-1)

enum ext {
	EXT_NONE,
	EXT_HOP_BY_HOP,
	EXT_FRAGMENT,
	EXT_DESTINATION,
};

/* A field that is 0 has its default; ZERO stands for a zero. */
struct packet_spec {
	const __u8 *dst_mac;
	const __u8 *src_mac;
	int ethertype; /* not IP: 46 bytes of something; default: as the addresses say */
	int vlan;      /* ethertype of a tag in the frame */

	const char *dst; /* IPv6 if there is a colon */
	const char *src; /* default: 10.0.0.9 or fd00::9 */
	int version;
	int ihl; /* of IPv4, in words: more than 5 makes options */
	int ttl; /* or hop limit; default 64 */
	int tos;
	int frag;    /* IPv4: flags and offset as they stand in the header */
	int ip_len;  /* IPv4 total or IPv6 payload length, if the header lies */
	int bad_sum; /* added to IPv4's checksum */
	enum ext ext;
	int ext_count; /* so many of them; default 1 */

	int proto; /* default UDP */
	int doff;  /* TCP header in words; default 5 */
	int sport, dport;
	int tcp_seq, tcp_flags;
	int icmp_type;	  /* default: echo request */
	bool partial;	  /* the checksum is the device's to finish: CHECKSUM_PARTIAL */
	int l3_len;	  /* default: the headers and 26 bytes, or body */
	const __u8 *body; /* what follows the headers */
	int body_len;

	int padding; /* bytes after the packet */
	int cut;     /* length of the frame that is left */
};

struct packet {
	__u32 len;
	__u8 data[PACKET_MAX];
};

void packet_build(struct packet *out, const struct packet_spec *spec);

/* As RFC 1812 has a router send it on: MACs, TTL, checksum; padding gone. */
void packet_forwarded(struct packet *out, const struct packet *in, const __u8 *dst_mac,
		      const __u8 *src_mac);

struct packet_error {
	__u8 type, code;
	__u32 rest; /* second word of the ICMP header */
};

/* The ICMP error about in, from a router's addresses. partial: in's checksum is still to be
 * finished, which the error's takes into account. */
void packet_rejected(struct packet *out, const struct packet *in, const __u8 *mac,
		     const __u8 *address, const struct packet_error *error, bool partial);

/* Are the IP and the ICMP checksum right, each by its definition? */
bool packet_checksums_ok(const struct packet *packet);

bool packet_same(const struct packet *a, const struct packet *b);

/* Prints both with their differences marked. */
void packet_print_difference(const struct packet *want, const struct packet *got);

#endif
