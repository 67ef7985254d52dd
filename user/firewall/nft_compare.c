// SPDX-License-Identifier: GPL-2.0-only
/* Comparisons in nft rules, and the packets that a rule is restricted to by them. */
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "firewall/nft_rules.h"
#include "kernel/netlink.h"

size_t nsa_nft_value(const struct nlattr *attr, __u8 out[NSA_NFT_REGISTER_BYTES])
{
	const struct nlattr *data[NFTA_DATA_MAX + 1] = {}, *value;
	size_t len;

	memset(out, 0, NSA_NFT_REGISTER_BYTES);
	nsa_nl_parse_nested(attr, data, NFTA_DATA_MAX);
	value = data[NFTA_DATA_VALUE];
	len = value ? mnl_attr_get_payload_len(value) : 0;
	if (len > NSA_NFT_REGISTER_BYTES)
		return 0;
	if (len)
		memcpy(out, mnl_attr_get_payload(value), len);
	return len;
}

struct comparison {
	__u32 number, op;
	__u8 value[NSA_NFT_REGISTER_BYTES];
	size_t len;
};

static bool compares(struct nsa_nft_rules *ruleset, const struct comparison *comparison, size_t len,
		     struct nsa_nft_origin origin)
{
	return comparison->op == NFT_CMP_EQ && comparison->len == len &&
	       nsa_nft_is(&ruleset->registers, comparison->number, len, origin);
}

static bool compares_field(struct nsa_nft_rules *ruleset, const struct comparison *comparison,
			   size_t len, enum nsa_field field)
{
	return compares(ruleset, comparison, len, (struct nsa_nft_origin){ .field = field });
}

static bool compares_packet(struct nsa_nft_rules *ruleset, const struct comparison *comparison,
			    size_t len, __u32 base, __u32 offset)
{
	return compares(ruleset, comparison, len,
			(struct nsa_nft_origin){ .base = base, .offset = offset });
}

#define IP4_PROTOCOL 9
#define IP6_PROTOCOL 6

static bool is_for(const struct nsa_nft_rules *ruleset, __u8 family, enum nsa_header header)
{
	return ruleset->family->number == family || ruleset->network == header;
}

/* The header that a match restricts the rule to; NSA_HEADER_NONE: one that the fast path does
 * not take. */
static enum nsa_header network_of(__u16 protocol)
{
	return protocol == ETH_P_IP   ? NSA_HEADER_IP4 :
	       protocol == ETH_P_IPV6 ? NSA_HEADER_IP6 :
					NSA_HEADER_NONE;
}

static enum nsa_header family_of(__u8 family)
{
	return family == NFPROTO_IPV4 ? NSA_HEADER_IP4 :
	       family == NFPROTO_IPV6 ? NSA_HEADER_IP6 :
					NSA_HEADER_NONE;
}

static enum nsa_header transport_of(__u8 protocol)
{
	return protocol == IPPROTO_TCP ? NSA_HEADER_TCP :
	       protocol == IPPROTO_UDP ? NSA_HEADER_UDP :
					 NSA_HEADER_NONE;
}

/* Restricts the rule by a comparison. Returns false if no packet on the fast path matches. */
static bool restrict_rule(struct nsa_nft_rules *ruleset, const struct comparison *by)
{
	const __u8 *value = by->value;

	if (compares_field(ruleset, by, sizeof(__u16), NSA_FIELD_ETHERTYPE) ||
	    compares_packet(ruleset, by, sizeof(__u16), NFT_PAYLOAD_LL_HEADER,
			    offsetof(struct ethhdr, h_proto)))
		return (ruleset->network = network_of((__u16)(value[0] << 8 | value[1])));
	if (compares_field(ruleset, by, sizeof(__u8), NSA_FIELD_FAMILY))
		return (ruleset->network = family_of(*value));
	if (compares_field(ruleset, by, sizeof(__u8), NSA_FIELD_L4_PROTOCOL) ||
	    (is_for(ruleset, NFPROTO_IPV4, NSA_HEADER_IP4) &&
	     compares_packet(ruleset, by, sizeof(__u8), NFT_PAYLOAD_NETWORK_HEADER,
			     IP4_PROTOCOL)) ||
	    (is_for(ruleset, NFPROTO_IPV6, NSA_HEADER_IP6) &&
	     compares_packet(ruleset, by, sizeof(__u8), NFT_PAYLOAD_NETWORK_HEADER, IP6_PROTOCOL)))
		return (ruleset->transport = transport_of(*value));
	return true;
}

#define ESTABLISHED NF_CT_STATE_BIT(IP_CT_ESTABLISHED)

/* A match of state "established", alone or with others: by the value, or by "not 0" after a
 * mask. */
static bool takes_established(struct nsa_nft_rules *ruleset, const struct comparison *comparison)
{
	__u32 wanted = ESTABLISHED, value;
	const struct nsa_nft_byte *byte;

	memcpy(&value, comparison->value, sizeof(value));
	for (size_t i = 0; i < sizeof(wanted); i++) {
		byte = nsa_nft_register(&ruleset->registers, comparison->number, i);
		if (!byte || byte->from.field != NSA_FIELD_CT_STATE || byte->from.offset != i ||
		    (((const __u8 *)&wanted)[i] & (__u8)~byte->kept))
			return false;
	}
	return (comparison->op == NFT_CMP_EQ && value == ESTABLISHED) ||
	       (comparison->op == NFT_CMP_NEQ && !value);
}

static enum nsa_rule_part part_equality(__u32 op, enum nsa_nft_equality equality)
{
	return (op == NFT_CMP_EQ) == (equality == NSA_NFT_EQUAL) ? NSA_PART_NEUTRAL : NSA_PART_SLOW;
}

enum nsa_rule_part nsa_nft_cmp(struct nsa_nft_rules *ruleset, const struct nlattr *data,
			       enum nsa_field *field)
{
	const struct nlattr *tb[NFTA_CMP_MAX + 1] = {};
	enum nsa_nft_equality equality = NSA_NFT_UNSURE;
	struct comparison by;

	nsa_nl_parse_nested(data, tb, NFTA_CMP_MAX);
	by.number = nsa_nft_number(tb[NFTA_CMP_SREG]);
	by.op = nsa_nft_number(tb[NFTA_CMP_OP]);
	by.len = nsa_nft_value(tb[NFTA_CMP_DATA], by.value);
	if (by.op == NFT_CMP_EQ || by.op == NFT_CMP_NEQ)
		equality = nsa_nft_compare(&ruleset->registers, by.number, by.value, by.len);
	if (equality)
		return part_equality(by.op, equality);
	if (!restrict_rule(ruleset, &by))
		return NSA_PART_SLOW;
	if (takes_established(ruleset, &by))
		return NSA_PART_ESTABLISHED;
	*field = nsa_nft_varying(&ruleset->registers, by.number, by.len);
	return *field ? NSA_PART_EVERY : NSA_PART_SELECTS;
}
