// SPDX-License-Identifier: GPL-2.0-only
/* Expressions of nft rules, as parts of their rules. */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <string.h>

#include "firewall/nft_rules.h"
#include "kernel/netlink.h"

__u32 nsa_nft_number(const struct nlattr *attr)
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
	    nsa_part_extension(name, (__u8)nsa_nft_number(tb[NFTA_MATCH_REV]),
			       info ? mnl_attr_get_payload(info) : NULL,
			       info ? mnl_attr_get_payload_len(info) : 0),
	    name);
}

/* A condition on a field. */
static void add_field(struct nsa_nft_rules *ruleset, enum nsa_field field)
{
	add(ruleset, field ? NSA_PART_EVERY : NSA_PART_SELECTS, field ? nsa_field_name(field) : "");
}

/* A condition on loaded bytes; len 0: up to the first byte that is not loaded. */
static void add_register(struct nsa_nft_rules *ruleset, const struct nlattr *number, size_t len)
{
	if (number)
		add_field(ruleset,
			  nsa_nft_varying(&ruleset->registers, nsa_nft_number(number), len));
}

static void load_field(struct nsa_nft_rules *ruleset, const struct nlattr *number,
		       enum nsa_field field)
{
	if (number)
		nsa_nft_load_field(&ruleset->registers, nsa_nft_number(number), field);
}

/* A condition on all loaded bytes. */
static void add_user(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	(void)data;
	add_field(ruleset, nsa_nft_varying_any(&ruleset->registers));
}

static void add_fib(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_FIB_MAX + 1] = {};

	nsa_nl_parse_nested(data, tb, NFTA_FIB_MAX);
	load_field(ruleset, tb[NFTA_FIB_DREG], NSA_FIELD_ROUTE);
}

static void add_rt(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_RT_MAX + 1] = {};

	nsa_nl_parse_nested(data, tb, NFTA_RT_MAX);
	load_field(ruleset, tb[NFTA_RT_DREG], NSA_FIELD_ROUTE);
}

/* Without a socket, the rule does not match. */
static void add_socket(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_SOCKET_MAX + 1] = {};

	nsa_nl_parse_nested(data, tb, NFTA_SOCKET_MAX);
	load_field(ruleset, tb[NFTA_SOCKET_DREG], NSA_FIELD_SOCKET);
	add_field(ruleset, NSA_FIELD_NONE);
}

/* Only a SYN identifies the operating system. */
static void add_osf(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	(void)data;
	add(ruleset, NSA_PART_SLOW, "osf");
}

static void add_ct_set(struct nsa_nft_rules *ruleset, __u32 key, const struct nlattr *number)
{
	if (key == NFT_CT_ZONE) /* the directions of a flow may be in different zones */
		add(ruleset, NSA_PART_UNTRACKS, "ct zone");
	add_register(ruleset, number, 0);
}

static void add_ct(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_CT_MAX + 1] = {};
	__u32 key;

	nsa_nl_parse_nested(data, tb, NFTA_CT_MAX);
	key = nsa_nft_number(tb[NFTA_CT_KEY]);
	if (tb[NFTA_CT_SREG])
		add_ct_set(ruleset, key, tb[NFTA_CT_SREG]);
	else
		nsa_nft_load_ct(ruleset, key, nsa_nft_number(tb[NFTA_CT_DREG]));
	/* For packets that are not tracked, only the state can be loaded. */
	if (key != NFT_CT_STATE)
		add_field(ruleset, NSA_FIELD_NONE);
}

static void add_meta(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_META_MAX + 1] = {};
	enum nsa_field field;

	nsa_nl_parse_nested(data, tb, NFTA_META_MAX);
	field = nsa_nft_meta_field(nsa_nft_number(tb[NFTA_META_KEY]));
	load_field(ruleset, tb[NFTA_META_DREG], field);
	if (tb[NFTA_META_SREG] && nsa_field_varies(field))
		add_field(ruleset, field);
	add_register(ruleset, tb[NFTA_META_SREG], 0);
}

static void add_payload(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	add_field(ruleset, nsa_nft_payload(ruleset, data));
}

/* If the option is missing the rule does not match, unless it tests for presence. */
static void add_exthdr(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_EXTHDR_MAX + 1] = {};
	struct nsa_nft_byte *present;
	__u8 type = 0;

	nsa_nl_parse_nested(data, tb, NFTA_EXTHDR_MAX);
	nsa_nl_get(tb[NFTA_EXTHDR_TYPE], &type, sizeof(type));
	if (!nsa_nft_exthdr_is_absent(nsa_nft_number(tb[NFTA_EXTHDR_OP]), type)) {
		add(ruleset, NSA_PART_EVERY, "tcp option");
		return;
	}
	if (!(nsa_nft_number(tb[NFTA_EXTHDR_FLAGS]) & NFT_EXTHDR_F_PRESENT)) {
		add(ruleset, NSA_PART_SLOW, "exthdr");
		return;
	}
	load_field(ruleset, tb[NFTA_EXTHDR_DREG], NSA_FIELD_OPTIONS);
	present = nsa_nft_register(&ruleset->registers, nsa_nft_number(tb[NFTA_EXTHDR_DREG]), 0);
	if (present)
		present->is.known = 0xff;
}

static void add_hash(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_HASH_MAX + 1] = {};
	__u32 number;

	nsa_nl_parse_nested(data, tb, NFTA_HASH_MAX);
	number = nsa_nft_number(tb[NFTA_HASH_DREG]);
	if (nsa_nft_number(tb[NFTA_HASH_TYPE]) == NFT_HASH_SYM) /* over addresses and ports */
		load_field(ruleset, tb[NFTA_HASH_DREG], NSA_FIELD_CT_TUPLE);
	else
		nsa_nft_mix(&ruleset->registers, nsa_nft_number(tb[NFTA_HASH_SREG]),
			    nsa_nft_number(tb[NFTA_HASH_LEN]), number, sizeof(__u32));
}

static void add_lookup(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_LOOKUP_MAX + 1] = {};
	struct nsa_nft_named *set;
	const char *element;

	nsa_nl_parse_nested(data, tb, NFTA_LOOKUP_MAX);
	element = nsa_nft_element_of_set(ruleset, tb[NFTA_LOOKUP_SET]);
	if (element)
		add(ruleset, NSA_PART_EVERY, element);
	set = nsa_nft_set(ruleset, tb[NFTA_LOOKUP_SET]);
	if (set)
		set->decides |= nsa_rules_see_established(&ruleset->walk);
	add_register(ruleset, tb[NFTA_LOOKUP_SREG], 0);
	load_field(ruleset, tb[NFTA_LOOKUP_DREG], NSA_FIELD_SET);
}

static void add_dynset(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_DYNSET_MAX + 1] = {};
	struct nsa_nft_named *set;
	const char *element;

	nsa_nl_parse_nested(data, tb, NFTA_DYNSET_MAX);
	element = nsa_nft_element_of_list(tb[NFTA_DYNSET_EXPR], tb[NFTA_DYNSET_EXPRESSIONS]);
	if (!element)
		element = nsa_nft_element_of_set(ruleset, tb[NFTA_DYNSET_SET_NAME]);
	/* Adding an element that is already there has no effect. */
	if (!element && nsa_nft_number(tb[NFTA_DYNSET_OP]) != NFT_DYNSET_OP_ADD)
		element = "dynset";
	if (element)
		add(ruleset, NSA_PART_EVERY, element);
	set = nsa_nft_set(ruleset, tb[NFTA_DYNSET_SET_NAME]);
	if (set)
		set->grows |= nsa_rules_see_established(&ruleset->walk);
	add_register(ruleset, tb[NFTA_DYNSET_SREG_KEY], 0);
	add_register(ruleset, tb[NFTA_DYNSET_SREG_DATA], 0);
}

static bool is_lasting(const char *object)
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
			 nsa_nft_object(nsa_nft_number(tb[NFTA_OBJREF_IMM_TYPE]));
	if (object)
		add(ruleset, is_lasting(object) ? NSA_PART_LASTS : NSA_PART_EVERY, object);
	add_register(ruleset, tb[NFTA_OBJREF_SET_SREG], 0);
}

static void add_immediate(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_IMMEDIATE_MAX + 1] = {}, *value[NFTA_DATA_MAX + 1] = {};
	const struct nlattr *verdict[NFTA_VERDICT_MAX + 1] = {};
	__be32 code;

	nsa_nl_parse_nested(data, tb, NFTA_IMMEDIATE_MAX);
	load_field(ruleset, tb[NFTA_IMMEDIATE_DREG], NSA_FIELD_NONE);
	nsa_nl_parse_nested(tb[NFTA_IMMEDIATE_DATA], value, NFTA_DATA_MAX);
	nsa_nl_parse_nested(value[NFTA_DATA_VERDICT], verdict, NFTA_VERDICT_MAX);
	if (nsa_nl_get(verdict[NFTA_VERDICT_CODE], &code, sizeof(code)) && ntohl(code) == NF_ACCEPT)
		add(ruleset, NSA_PART_ACCEPTS, "accept");
}

static void add_cmp(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	enum nsa_field field = NSA_FIELD_NONE;
	enum nsa_rule_part part = nsa_nft_cmp(ruleset, data, &field);

	add(ruleset, part, nsa_field_name(field));
}

static void add_range(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_RANGE_MAX + 1] = {};
	__u8 value[NSA_NFT_REGISTER_BYTES];

	nsa_nl_parse_nested(data, tb, NFTA_RANGE_MAX);
	add_register(ruleset, tb[NFTA_RANGE_SREG], nsa_nft_value(tb[NFTA_RANGE_FROM_DATA], value));
}

static void add_bitwise(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_BITWISE_MAX + 1] = {};
	__u8 mask[NSA_NFT_REGISTER_BYTES], flip[NSA_NFT_REGISTER_BYTES];
	__u32 from, to, len;

	nsa_nl_parse_nested(data, tb, NFTA_BITWISE_MAX);
	from = nsa_nft_number(tb[NFTA_BITWISE_SREG]);
	to = nsa_nft_number(tb[NFTA_BITWISE_DREG]);
	len = nsa_nft_number(tb[NFTA_BITWISE_LEN]);
	/* Operations with two registers. */
	if (nsa_nft_number(tb[NFTA_BITWISE_OP]) > NFT_BITWISE_RSHIFT)
		add_user(ruleset, data);
	else if (tb[NFTA_BITWISE_MASK] && nsa_nft_value(tb[NFTA_BITWISE_MASK], mask) == len &&
		 nsa_nft_value(tb[NFTA_BITWISE_XOR], flip) == len)
		nsa_nft_mask(&ruleset->registers, from, to, mask, flip, len);
	else
		nsa_nft_mix(&ruleset->registers, from, len, to, len);
}

static void add_byteorder(struct nsa_nft_rules *ruleset, const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_BYTEORDER_MAX + 1] = {};
	__u32 len;

	nsa_nl_parse_nested(data, tb, NFTA_BYTEORDER_MAX);
	len = nsa_nft_number(tb[NFTA_BYTEORDER_LEN]);
	nsa_nft_mix(&ruleset->registers, nsa_nft_number(tb[NFTA_BYTEORDER_SREG]), len,
		    nsa_nft_number(tb[NFTA_BYTEORDER_DREG]), len);
}

static void add_known(struct nsa_nft_rules *ruleset, const char *name, const struct nlattr *data)
{
	static const struct {
		const char *name;
		void (*add)(struct nsa_nft_rules *ruleset, const struct nlattr *data);
	} expressions[] = {
		{ "bitwise", add_bitwise },
		{ "byteorder", add_byteorder },
		{ "cmp", add_cmp },
		{ "counter", add_neutral },
		{ "ct", add_ct },
		{ "dynset", add_dynset },
		{ "exthdr", add_exthdr },
		{ "fib", add_fib },
		{ "flow_offload", add_user },
		{ "hash", add_hash },
		{ "immediate", add_immediate },
		{ "last", add_neutral },
		{ "lookup", add_lookup },
		{ "masq", add_user },
		{ "match", add_extension },
		{ "meta", add_meta },
		{ "nat", add_user },
		{ "notrack", add_notrack },
		{ "objref", add_objref },
		{ "osf", add_osf },
		{ "payload", add_payload },
		{ "range", add_range },
		{ "redir", add_user },
		{ "reject", add_user },
		{ "rt", add_rt },
		{ "socket", add_socket },
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
	add_known(ruleset, name, data);
}
