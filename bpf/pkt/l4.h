/* SPDX-License-Identifier: GPL-2.0-only */
/* Where layer 4 is, past IPv6's extension headers (RFC 8200 4) and IPv4's options. */
#ifndef NSA_PKT_L4_H
#define NSA_PKT_L4_H

#include "core/bpf.h"

#define NSA_EXT_HEADERS 8 /* so many are gone past */

struct nsa_l4_place {
	__u32 at;	    /* offset in the frame */
	__u32 end;	    /* of the packet, by its IP header */
	__u32 id;	    /* of a fragment, network order */
	__u16 offset_units; /* of a fragment that isn't the first */
	__u8 fragment;	    /* 1: there are, or may be, others */
	__u8 proto;
};

/* Skips one extension header: 1; 0: the next header is none; negative: truncated. */
static __always_inline int nsa_ext_header(struct __sk_buff *skb, struct nsa_l4_place *place)
{
	struct {
		__u8 next, len;
		__be16 offset;
		__be32 id;
	} header;

	switch (place->proto) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_AH:
	case IPPROTO_DSTOPTS:
		break;
	default:
		return 0;
	}
	if (bpf_skb_load_bytes(skb, place->at, &header, sizeof(header)))
		return -1;
	if (place->proto == IPPROTO_FRAGMENT) {
		place->fragment = 1;
		place->id = header.id;
		place->offset_units = bpf_ntohs(header.offset) >> 3;
		place->at += sizeof(header);
	} else if (place->proto == IPPROTO_AH) {
		place->at += (header.len + 2U) * 4;
	} else {
		place->at += (header.len + 1U) * 8;
	}
	place->proto = header.next;
	return !place->offset_units; /* a later fragment doesn't begin with a header */
}

/* Finds layer 4 of the packet whose IPv6 header, ip, is at that offset: 0; nonzero: truncated, or
 * too many headers. */
static __always_inline int nsa_ip6_l4_of(struct __sk_buff *skb, __u32 at, const struct ipv6hdr *ip,
					 struct nsa_l4_place *place)
{
	int i, r = 1;

	place->at = at + sizeof(*ip);
	place->end = place->at + bpf_ntohs(ip->payload_len);
	place->proto = ip->nexthdr;
	for (i = 0; r > 0 && i < NSA_EXT_HEADERS; i++)
		r = nsa_ext_header(skb, place);
	return r;
}

static __always_inline int nsa_ip6_l4(struct __sk_buff *skb, __u32 at, struct nsa_l4_place *place)
{
	struct ipv6hdr ip;

	return bpf_skb_load_bytes(skb, at, &ip, sizeof(ip)) ? -1 :
							      nsa_ip6_l4_of(skb, at, &ip, place);
}

#endif
