// SPDX-License-Identifier: GPL-2.0-only
/* Expressions of nft rules: each says what part of its rule it is. */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <netinet/tcp.h>
#include <string.h>

#include "firewall_nft_packets.h"
#include "nl.h"

static __u32 get_number(const struct nlattr *attr)
{
	__be32 number = 0;

	nsa_nl_get(attr, &number, sizeof(number));
	return ntohl(number);
}

static void add(struct nsa_nft_rules *ruleset, enum nsa_rule_part part, const char *what)
{
	nsa_rules_add(&ruleset->walk, part, "nft %s in %s %s/%s", what, ruleset->family->name,
		      ruleset->table, ruleset->chain);
}

static void add_neutral(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	(void)ruleset;
	(void)data;
}

static void add_selector(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	(void)data;
	add(ruleset, NSA_PART_SELECTS, "");
}

static void add_notrack(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	(void)data;
	add(ruleset, NSA_PART_UNTRACKS, "notrack");
}

static void add_synproxy(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	(void)data;
	add(ruleset, NSA_PART_LASTS, "synproxy");
}

static void add_extension(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_MATCH_MAX + 1] = {}, *info;
	char name[64] = "";

	_Static_assert((int)NFTA_MATCH_NAME == (int)NFTA_TARGET_NAME &&
			       (int)NFTA_MATCH_REV == (int)NFTA_TARGET_REV &&
			       (int)NFTA_MATCH_INFO == (int)NFTA_TARGET_INFO,
		       "one reader for both");
	nsa_nl_parse_nested(data, tb, NFTA_MATCH_MAX);
	nsa_nl_get_string(tb[NFTA_MATCH_NAME], name, sizeof(name));
	info = tb[NFTA_MATCH_INFO];
	add(ruleset,
	    nsa_part_extension(name, (__u8)get_number(tb[NFTA_MATCH_REV]),
			       info ? mnl_attr_get_payload(info) : NULL,
			       info ? mnl_attr_get_payload_len(info) : 0),
	    name);
}

static void add_ct_set(struct nsa_nft_rules *ruleset, __u32 key)
{
	if (key == NFT_CT_ZONE) /* both ways of a flow may be in different ones */
		add(ruleset, NSA_PART_UNTRACKS, "ct zone");
}

static void add_ct(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_CT_MAX + 1] = {};
	__u32 key;

	nsa_nl_parse_nested(data, tb, NFTA_CT_MAX);
	key = get_number(tb[NFTA_CT_KEY]);
	if (tb[NFTA_CT_SREG]) {
		add_ct_set(ruleset, key);
		return;
	}
	switch (key) {
	case NFT_CT_STATE:
		ruleset->loaded = NSA_NFT_LOADED_CT_STATE;
		ruleset->mask = ~0U;
		break;
	case NFT_CT_PKTS:
	case NFT_CT_BYTES:
	case NFT_CT_AVGPKT:
	case NFT_CT_EXPIRATION:
		add(ruleset, NSA_PART_EVERY, "ct bytes, packets or expiration");
		break;
	default:
		add(ruleset, NSA_PART_SELECTS, "ct");
	}
}

static void add_meta(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_META_MAX + 1] = {};

	nsa_nl_parse_nested(data, tb, NFTA_META_MAX);
	switch (get_number(tb[NFTA_META_KEY])) {
	case NFT_META_LEN:
		add(ruleset, NSA_PART_EVERY, "meta length");
		break;
	case NFT_META_CPU:
		add(ruleset, NSA_PART_EVERY, "meta cpu");
		break;
	case NFT_META_PRANDOM:
		add(ruleset, NSA_PART_EVERY, "meta random");
		break;
	case NFT_META_NFTRACE:
		add(ruleset, NSA_PART_EVERY, "meta nftrace");
		break;
	default:
		add(ruleset, NSA_PART_SELECTS, "meta");
	}
}

/* Of IPv4 and IPv6 alike: neither lengths nor, of IPv4, identification and checksum, nor, of IPv6,
 * most of the flow label. */
static bool is_plain_network(__u32 offset, __u32 end, bool is_ip4)
{
	bool is_checksum = offset == 10 || offset == 11;

	return !is_checksum && (end <= 2 || offset >= 6) && end <= (is_ip4 ? 20 : 40);
}

/* Do all packets of a flow have the same there? */
static bool is_plain(const struct nsa_nft_rules *ruleset, __u32 base, __u32 offset, __u32 end)
{
	switch (base) {
	case NFT_PAYLOAD_LL_HEADER:
		return end <= 18; /* with a VLAN tag */
	case NFT_PAYLOAD_NETWORK_HEADER:
		return is_plain_network(offset, end, ruleset->family->number == NFPROTO_IPV4);
	case NFT_PAYLOAD_TRANSPORT_HEADER:
		return end <= 4; /* ports */
	default:
		return false;
	}
}

#define TCP_FLAGS_OFFSET 13

static void add_payload(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_PAYLOAD_MAX + 1] = {};
	__u32 base, offset, len;

	nsa_nl_parse_nested(data, tb, NFTA_PAYLOAD_MAX);
	base = get_number(tb[NFTA_PAYLOAD_BASE]);
	offset = get_number(tb[NFTA_PAYLOAD_OFFSET]);
	len = get_number(tb[NFTA_PAYLOAD_LEN]);
	if (base == NFT_PAYLOAD_TRANSPORT_HEADER && offset == TCP_FLAGS_OFFSET && len == 1 &&
	    tb[NFTA_PAYLOAD_DREG]) {
		ruleset->loaded = NSA_NFT_LOADED_TCP_FLAGS;
		ruleset->mask = 0xff;
		return;
	}
	if (offset <= 128 && len <= 128 && is_plain(ruleset, base, offset, offset + len))
		add(ruleset, NSA_PART_SELECTS, "payload");
	else
		add(ruleset, NSA_PART_EVERY, "payload");
}

/* IPv6's headers never take the fast path, and of TCP's options the one below is for SYN. */
static void add_exthdr(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_EXTHDR_MAX + 1] = {};
	__u8 type = 0;

	nsa_nl_parse_nested(data, tb, NFTA_EXTHDR_MAX);
	nsa_nl_get(tb[NFTA_EXTHDR_TYPE], &type, sizeof(type));
	if (get_number(tb[NFTA_EXTHDR_OP]) == NFT_EXTHDR_OP_TCPOPT && type != TCPOPT_MAXSEG)
		add(ruleset, NSA_PART_EVERY, "tcp option");
	else
		add(ruleset, NSA_PART_SELECTS, "exthdr");
}

static void add_lookup(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_LOOKUP_MAX + 1] = {};
	const char *element;

	nsa_nl_parse_nested(data, tb, NFTA_LOOKUP_MAX);
	element = nsa_nft_element_of_set(ruleset, tb[NFTA_LOOKUP_SET]);
	add(ruleset, element ? NSA_PART_EVERY : NSA_PART_SELECTS, element ? element : "lookup");
}

static void add_dynset(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_DYNSET_MAX + 1] = {};
	const char *element;

	nsa_nl_parse_nested(data, tb, NFTA_DYNSET_MAX);
	element = nsa_nft_element_of_list(tb[NFTA_DYNSET_EXPR], tb[NFTA_DYNSET_EXPRESSIONS]);
	if (!element)
		element = nsa_nft_element_of_set(ruleset, tb[NFTA_DYNSET_SET_NAME]);
	add(ruleset, element ? NSA_PART_EVERY : NSA_PART_SELECTS, element ? element : "dynset");
}

static bool lasts(const char *object)
{
	return !strcmp(object, "ct helper") || !strcmp(object, "synproxy");
}

static void add_objref(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_OBJREF_MAX + 1] = {};
	const char *object;

	nsa_nl_parse_nested(data, tb, NFTA_OBJREF_MAX);
	object = tb[NFTA_OBJREF_SET_NAME] ?
			 nsa_nft_element_of_set(ruleset, tb[NFTA_OBJREF_SET_NAME]) :
			 nsa_nft_object(get_number(tb[NFTA_OBJREF_IMM_TYPE]));
	if (object)
		add(ruleset, lasts(object) ? NSA_PART_LASTS : NSA_PART_EVERY, object);
}

static void add_immediate(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_IMMEDIATE_MAX + 1] = {}, *value[NFTA_DATA_MAX + 1] = {};
	const struct nlattr *verdict[NFTA_VERDICT_MAX + 1] = {};
	__be32 code;

	nsa_nl_parse_nested(data, tb, NFTA_IMMEDIATE_MAX);
	nsa_nl_parse_nested(tb[NFTA_IMMEDIATE_DATA], value, NFTA_DATA_MAX);
	nsa_nl_parse_nested(value[NFTA_DATA_VERDICT], verdict, NFTA_VERDICT_MAX);
	if (nsa_nl_get(verdict[NFTA_VERDICT_CODE], &code, sizeof(code)) && ntohl(code) == NF_ACCEPT)
		add(ruleset, NSA_PART_ACCEPTS, "accept");
}

/* What was loaded is compared: with a value, or 0 as "not equal" for any bit of the mask. */

#define ESTABLISHED NF_CT_STATE_BIT(IP_CT_ESTABLISHED)
/* In any other state a packet can't take the fast path. */
#define FAST_STATES (ESTABLISHED | NF_CT_STATE_UNTRACKED_BIT)

static enum nsa_rule_part part_ct_state(__u32 mask, __u32 op, __u32 value)
{
	__u32 states;

	if (op == NFT_CMP_EQ && value)
		states = value;
	else if (op == NFT_CMP_NEQ && !value)
		states = mask;
	else
		return NSA_PART_SELECTS;
	if (!(states & FAST_STATES))
		return NSA_PART_SLOW;
	return states & ESTABLISHED ? NSA_PART_ESTABLISHED : NSA_PART_SELECTS;
}

static enum nsa_rule_part part_tcp_flags(__u32 mask, __u32 op, __u32 value)
{
	return op == NFT_CMP_EQ || op == NFT_CMP_NEQ ?
		       nsa_part_tcp_flags((__u8)mask, op == NFT_CMP_EQ, (__u8)value) :
		       NSA_PART_EVERY;
}

/* Up to a word in the host's order. */
static __u32 get_data(const struct nsa_nft_rules *ruleset, const struct nlattr *attr)
{
	const struct nlattr *data[NFTA_DATA_MAX + 1] = {};
	__u32 word = 0;
	__u8 byte = 0;

	nsa_nl_parse_nested(attr, data, NFTA_DATA_MAX);
	nsa_nl_get(data[NFTA_DATA_VALUE], &word, sizeof(word));
	nsa_nl_get(data[NFTA_DATA_VALUE], &byte, sizeof(byte));
	return ruleset->loaded == NSA_NFT_LOADED_TCP_FLAGS ? byte : word;
}

static void compare_loaded(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_CMP_MAX + 1] = {};
	__u32 op, value;

	nsa_nl_parse_nested(data, tb, NFTA_CMP_MAX);
	op = get_number(tb[NFTA_CMP_OP]);
	value = get_data(ruleset, tb[NFTA_CMP_DATA]);
	if (ruleset->loaded == NSA_NFT_LOADED_TCP_FLAGS)
		add(ruleset, part_tcp_flags(ruleset->mask, op, value), "tcp flags");
	else
		add(ruleset, part_ct_state(ruleset->mask, op, value), "ct state");
	ruleset->loaded = NSA_NFT_LOADED_OTHER;
}

/* Whatever else is made of them. */
static void give_loaded_up(struct nsa_nft_rules *ruleset)
{
	if (ruleset->loaded == NSA_NFT_LOADED_TCP_FLAGS)
		add(ruleset, NSA_PART_EVERY, "tcp flags");
	else if (ruleset->loaded == NSA_NFT_LOADED_CT_STATE)
		add(ruleset, NSA_PART_SELECTS, "ct state");
	ruleset->loaded = NSA_NFT_LOADED_OTHER;
}

static void mask_loaded(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_BITWISE_MAX + 1] = {};

	nsa_nl_parse_nested(data, tb, NFTA_BITWISE_MAX);
	if (tb[NFTA_BITWISE_MASK] && !get_data(ruleset, tb[NFTA_BITWISE_XOR]))
		ruleset->mask &= get_data(ruleset, tb[NFTA_BITWISE_MASK]);
	else
		give_loaded_up(ruleset);
}

static void add_other(struct nsa_nft_rules *ruleset, const char *name, const struct nlattr *data)
{
	static const struct {
		const char *name;
		void (*add)(struct nsa_nft_rules *ruleset, const struct nlattr *data);
	} expressions[] = {
		{ "bitwise", add_selector },
		{ "byteorder", add_selector },
		{ "cmp", add_selector },
		{ "counter", add_neutral },
		{ "ct", add_ct },
		{ "dynset", add_dynset },
		{ "exthdr", add_exthdr },
		{ "fib", add_selector },
		{ "flow_offload", add_selector },
		{ "hash", add_selector },
		{ "immediate", add_immediate },
		{ "last", add_neutral },
		{ "lookup", add_lookup },
		{ "masq", add_selector },
		{ "match", add_extension },
		{ "meta", add_meta },
		{ "nat", add_selector },
		{ "notrack", add_notrack },
		{ "objref", add_objref },
		{ "osf", add_selector },
		{ "payload", add_payload },
		{ "range", add_selector },
		{ "redir", add_selector },
		{ "reject", add_selector },
		{ "rt", add_selector },
		{ "socket", add_selector },
		{ "synproxy", add_synproxy },
		{ "target", add_extension },
	};

	for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++)
		if (!strcmp(name, expressions[i].name)) {
			expressions[i].add(ruleset, data);
			return;
		}
	add(ruleset, NSA_PART_EVERY, name);
}

void nsa_nft_add_expression(struct nsa_nft_rules *ruleset, const struct nlattr *expression)
{
	const struct nlattr *data;
	char name[32];

	nsa_nft_get_expression(expression, name, sizeof(name), &data);
	if (ruleset->loaded != NSA_NFT_LOADED_OTHER && !strcmp(name, "bitwise")) {
		mask_loaded(ruleset, data);
	} else if (ruleset->loaded != NSA_NFT_LOADED_OTHER && !strcmp(name, "cmp")) {
		compare_loaded(ruleset, data);
	} else {
		give_loaded_up(ruleset);
		add_other(ruleset, name, data);
	}
}
