// SPDX-License-Identifier: GPL-2.0-only
/* Loads into registers, and writes to packets, by expressions of nft rules. */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <netinet/in.h>
#include <string.h>

#include "firewall/nft_rules.h"
#include "kernel/netlink.h"

/* Payload */

struct place {
	__u32 base, offset, len;
};

static enum nsa_header network_header(const struct nsa_nft_rules *ruleset)
{
	switch (ruleset->family->number) {
	case NFPROTO_IPV4:
		return NSA_HEADER_IP4;
	case NFPROTO_IPV6:
		return NSA_HEADER_IP6;
	default:
		return ruleset->network;
	}
}

static struct nsa_byte either(enum nsa_header known, enum nsa_header a, enum nsa_header b,
			      __u32 offset)
{
	return known ? nsa_field_byte(known, offset) :
		       nsa_byte_either(nsa_field_byte(a, offset), nsa_field_byte(b, offset));
}

static struct nsa_byte packet_byte(const struct nsa_nft_rules *ruleset, __u32 base, __u32 offset)
{
	switch (base) {
	case NFT_PAYLOAD_LL_HEADER:
		return nsa_field_byte(NSA_HEADER_ETHERNET, offset);
	case NFT_PAYLOAD_NETWORK_HEADER:
		return either(network_header(ruleset), NSA_HEADER_IP4, NSA_HEADER_IP6, offset);
	case NFT_PAYLOAD_TRANSPORT_HEADER:
		return either(ruleset->transport, NSA_HEADER_TCP, NSA_HEADER_UDP, offset);
	default: /* after the headers */
		return nsa_byte_of(NSA_FIELD_UDP_PAYLOAD);
	}
}

/* Data that not every packet has. Without it, the rule does not match. */
static bool is_behind_headers(enum nsa_field field)
{
	return field == NSA_FIELD_TCP_OPTIONS || field == NSA_FIELD_UDP_PAYLOAD;
}

/* The rest of the last word is zero. */
static enum nsa_field load_packet(struct nsa_nft_rules *ruleset, __u32 number,
				  const struct place *at)
{
	size_t words = (at->len + NFT_REG32_SIZE - 1) / NFT_REG32_SIZE;
	struct nsa_nft_byte *byte;

	for (__u32 i = 0; i < words * NFT_REG32_SIZE &&
			  (byte = nsa_nft_register(&ruleset->registers, number, i));
	     i++) {
		*byte = (struct nsa_nft_byte){ .loaded = true, .is.known = 0xff };
		if (i >= at->len)
			continue;
		byte->is = packet_byte(ruleset, at->base, at->offset + i);
		byte->from = (struct nsa_nft_origin){ .base = at->base, .offset = at->offset + i };
		byte->kept = 0xff;
		if (is_behind_headers(nsa_byte_field(&byte->is)))
			return nsa_byte_field(&byte->is);
	}
	return NSA_FIELD_NONE;
}

/* The result may differ between packets if the field or the written value varies. Bits that are
 * written back to their origin are ignored. */
static enum nsa_field written_byte(struct nsa_nft_rules *ruleset, __u32 number, __u32 i,
				   const struct place *at)
{
	const struct nsa_nft_byte *byte = nsa_nft_register(&ruleset->registers, number, i);
	struct nsa_byte there = packet_byte(ruleset, at->base, at->offset + i);
	const struct nsa_nft_origin place = { .base = at->base, .offset = at->offset + i };
	__u8 written = 0xff;
	struct nsa_byte now;

	if (!byte || !byte->loaded)
		return NSA_FIELD_UNKNOWN;
	now = byte->is;
	if (!memcmp(&byte->from, &place, sizeof(place)))
		written = (__u8)~byte->kept;
	there.varies &= written;
	now.varies &= written;
	return there.varies ? nsa_byte_field(&there) : nsa_byte_field(&now);
}

static enum nsa_field write_packet(struct nsa_nft_rules *ruleset, __u32 number,
				   const struct place *at)
{
	enum nsa_field field = NSA_FIELD_NONE;

	for (__u32 i = 0; !field && i < at->len; i++)
		field = written_byte(ruleset, number, i, at);
	return field;
}

#define FARTHEST 65535 /* maximum length of a packet */

enum nsa_field nsa_nft_payload(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_PAYLOAD_MAX + 1] = {};
	struct place at;

	nsa_nl_parse_nested(data, tb, NFTA_PAYLOAD_MAX);
	at.base = nsa_nft_number(tb[NFTA_PAYLOAD_BASE]);
	at.offset = nsa_nft_number(tb[NFTA_PAYLOAD_OFFSET]);
	at.len = nsa_nft_number(tb[NFTA_PAYLOAD_LEN]);
	if (at.offset > FARTHEST || at.len > NSA_NFT_REGISTER_BYTES)
		return NSA_FIELD_UNKNOWN;
	if (tb[NFTA_PAYLOAD_SREG])
		return write_packet(ruleset, nsa_nft_number(tb[NFTA_PAYLOAD_SREG]), &at);
	return load_packet(ruleset, nsa_nft_number(tb[NFTA_PAYLOAD_DREG]), &at);
}

/* Metadata */

/* enum nsa_field of enum nft_meta_keys. */
static const __u8 meta_fields[] = {
	[NFT_META_PROTOCOL] = NSA_FIELD_ETHERTYPE,
	[NFT_META_NFPROTO] = NSA_FIELD_FAMILY,
	[NFT_META_L4PROTO] = NSA_FIELD_L4_PROTOCOL,
	[NFT_META_PRIORITY] = NSA_FIELD_PRIORITY,
	[NFT_META_MARK] = NSA_FIELD_MARK,
	[NFT_META_SECMARK] = NSA_FIELD_MARK,
	[NFT_META_IIF] = NSA_FIELD_INPUT_DEVICE,
	[NFT_META_IIFNAME] = NSA_FIELD_INPUT_DEVICE,
	[NFT_META_IIFTYPE] = NSA_FIELD_INPUT_DEVICE,
	[NFT_META_IIFGROUP] = NSA_FIELD_INPUT_DEVICE,
	[NFT_META_IIFKIND] = NSA_FIELD_INPUT_DEVICE,
	[NFT_META_BRI_IIFNAME] = NSA_FIELD_INPUT_DEVICE,
	[NFT_META_BRI_IIFPVID] = NSA_FIELD_INPUT_DEVICE,
	[NFT_META_BRI_IIFVPROTO] = NSA_FIELD_INPUT_DEVICE,
	[NFT_META_SDIF] = NSA_FIELD_INPUT_DEVICE,
	[NFT_META_SDIFNAME] = NSA_FIELD_INPUT_DEVICE,
	[NFT_META_OIF] = NSA_FIELD_OUTPUT_DEVICE,
	[NFT_META_OIFNAME] = NSA_FIELD_OUTPUT_DEVICE,
	[NFT_META_OIFTYPE] = NSA_FIELD_OUTPUT_DEVICE,
	[NFT_META_OIFGROUP] = NSA_FIELD_OUTPUT_DEVICE,
	[NFT_META_OIFKIND] = NSA_FIELD_OUTPUT_DEVICE,
	[NFT_META_BRI_OIFNAME] = NSA_FIELD_OUTPUT_DEVICE,
	[NFT_META_SKUID] = NSA_FIELD_SOCKET,
	[NFT_META_SKGID] = NSA_FIELD_SOCKET,
	[NFT_META_CGROUP] = NSA_FIELD_SOCKET,
	[NFT_META_RTCLASSID] = NSA_FIELD_ROUTE,
	[NFT_META_PKTTYPE] = NSA_FIELD_PACKET_TYPE,
	[NFT_META_TIME_NS] = NSA_FIELD_CLOCK,
	[NFT_META_TIME_DAY] = NSA_FIELD_CLOCK,
	[NFT_META_TIME_HOUR] = NSA_FIELD_CLOCK,
	[NFT_META_LEN] = NSA_FIELD_PACKET_LENGTH,
	[NFT_META_CPU] = NSA_FIELD_CPU,
	[NFT_META_PRANDOM] = NSA_FIELD_RANDOM,
	[NFT_META_NFTRACE] = NSA_FIELD_TRACE,
	[NFT_META_SECPATH] = NSA_FIELD_SECPATH,
};

enum nsa_field nsa_nft_meta_field(__u32 key)
{
	enum nsa_field field = key < sizeof(meta_fields) ? meta_fields[key] : NSA_FIELD_NONE;

	return field ?: NSA_FIELD_UNKNOWN;
}

/* Connection tracking */

#define FAST_STATES (NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_UNTRACKED_BIT)
#define PROGRESS                                                                                   \
	(~(__u32)(IPS_EXPECTED | IPS_SEEN_REPLY | IPS_CONFIRMED | IPS_NAT_MASK |                   \
		  IPS_NAT_DONE_MASK | IPS_TEMPLATE | IPS_UNTRACKED | IPS_HELPER))

static enum nsa_field ct_field(__u32 key)
{
	switch (key) {
	case NFT_CT_STATE:
		return NSA_FIELD_CT_STATE;
	case NFT_CT_STATUS:
		return NSA_FIELD_CT_STATUS;
	case NFT_CT_DIRECTION:
	case NFT_CT_L3PROTOCOL:
	case NFT_CT_PROTOCOL:
	case NFT_CT_SRC:
	case NFT_CT_DST:
	case NFT_CT_SRC_IP:
	case NFT_CT_DST_IP:
	case NFT_CT_SRC_IP6:
	case NFT_CT_DST_IP6:
	case NFT_CT_PROTO_SRC:
	case NFT_CT_PROTO_DST:
	case NFT_CT_ID:
		return NSA_FIELD_CT_TUPLE;
	case NFT_CT_MARK:
	case NFT_CT_SECMARK:
	case NFT_CT_LABELS:
	case NFT_CT_HELPER:
	case NFT_CT_ZONE:
	case NFT_CT_EVENTMASK:
		return NSA_FIELD_CT_MARK;
	case NFT_CT_EXPIRATION:
		return NSA_FIELD_CT_EXPIRATION;
	case NFT_CT_PKTS:
	case NFT_CT_BYTES:
	case NFT_CT_AVGPKT:
		return NSA_FIELD_CT_COUNTERS;
	default:
		return NSA_FIELD_UNKNOWN;
	}
}

/* Sets the varying and known bits of a word in host byte order. */
static void refine(struct nsa_nft_rules *ruleset, __u32 number, __u32 varies, __u32 known)
{
	for (size_t i = 0; i < sizeof(varies); i++) {
		struct nsa_nft_byte *byte = nsa_nft_register(&ruleset->registers, number, i);

		if (!byte)
			return;
		byte->is = nsa_byte_of(NSA_FIELD_CT_STATUS_PROGRESS);
		memcpy(&byte->is.varies, (const __u8 *)&varies + i, 1);
		memcpy(&byte->is.known, (const __u8 *)&known + i, 1);
	}
}

void nsa_nft_load_ct(struct nsa_nft_rules *ruleset, __u32 key, __u32 number)
{
	nsa_nft_load_field(&ruleset->registers, number, ct_field(key));
	if (key == NFT_CT_STATE) /* packets in other states do not take the fast path */
		refine(ruleset, number, 0, ~(__u32)FAST_STATES);
	else if (key == NFT_CT_STATUS)
		refine(ruleset, number, PROGRESS, 0);
}

/* Options and extension headers */

/* As in ipv6_find_hdr(): transport headers are none. */
static bool is_extension_header(__u8 type)
{
	switch (type) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_ESP:
	case IPPROTO_AH:
	case IPPROTO_DSTOPTS:
	case IPPROTO_MH:
		return true;
	default:
		return false;
	}
}

bool nsa_nft_exthdr_is_absent(__u32 op, __u8 type)
{
	return op == NFT_EXTHDR_OP_IPV6 ? is_extension_header(type) :
					  op == NFT_EXTHDR_OP_IPV4 || op == NFT_EXTHDR_OP_SCTP ||
						  op == NFT_EXTHDR_OP_DCCP;
}
