// SPDX-License-Identifier: GPL-2.0-only
/*
 * nf_tables: rules that have to see every packet. Rules of a base chain run at its hook. Rules
 * of other chains are assumed to run at the hooks of all base chains of their table.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firewall/nft_rules.h"
#include "firewall/report.h"
#include "util/cleanup.h"

static void free_named(struct nsa_nft_named **list)
{
	struct nsa_nft_named *next;

	for (; *list; *list = next) {
		next = (*list)->next;
		free(*list);
	}
}

static void free_ruleset(struct nsa_nft_rules *ruleset)
{
	free_named(&ruleset->chains);
	free_named(&ruleset->sets);
}

static struct nsa_nft_named *add_named(struct nsa_nft_rules *ruleset, struct nsa_nft_named **list,
				       const struct nsa_nft_family *family,
				       const struct nlattr *table, const struct nlattr *name)
{
	struct nsa_nft_named *named = calloc(1, sizeof(*named));

	if (!named) {
		ruleset->error = -ENOMEM;
		return NULL;
	}
	named->family = family;
	nsa_nl_get_string(table, named->table, sizeof(named->table));
	nsa_nl_get_string(name, named->name, sizeof(named->name));
	named->next = *list;
	*list = named;
	return named;
}

static bool is_in_table(const struct nsa_nft_named *named, const struct nsa_nft_rules *ruleset)
{
	return named->family == ruleset->family && !strcmp(named->table, ruleset->table);
}

/* Chains */

static int on_chain(const struct nlmsghdr *msg, void *data)
{
	const struct nlattr *tb[NFTA_CHAIN_MAX + 1] = {}, *hook[NFTA_HOOK_MAX + 1] = {};
	const struct nsa_nft_family *family = nsa_nft_family_of(msg);
	struct nsa_nft_rules *ruleset = data;
	struct nsa_nft_named *chain;
	__be32 number, use = 0;

	if (!family)
		return MNL_CB_OK;
	nsa_nl_parse(msg, sizeof(struct nfgenmsg), tb, NFTA_CHAIN_MAX);
	nsa_nl_parse_nested(tb[NFTA_CHAIN_HOOK], hook, NFTA_HOOK_MAX);
	if (!nsa_nl_get(hook[NFTA_HOOK_HOOKNUM], &number, sizeof(number)))
		return MNL_CB_OK;
	nsa_nl_get(tb[NFTA_CHAIN_USE], &use, sizeof(use));
	chain = add_named(ruleset, &ruleset->chains, family, tb[NFTA_CHAIN_TABLE],
			  tb[NFTA_CHAIN_NAME]);
	if (chain)
		chain->on_path = use && !nsa_nft_is_of_nat(tb[NFTA_CHAIN_TYPE]) &&
				 family->scope_of(ntohl(number)) != NSA_SCOPE_NONE;
	return MNL_CB_OK;
}

static bool is_chain_on_path(const struct nsa_nft_rules *ruleset)
{
	bool on_path = false;

	for (const struct nsa_nft_named *chain = ruleset->chains; chain; chain = chain->next) {
		if (!is_in_table(chain, ruleset))
			continue;
		if (!strcmp(chain->name, ruleset->chain))
			return chain->on_path;
		on_path |= chain->on_path;
	}
	return on_path;
}

/* Sets */

void nsa_nft_get_expression(const struct nlattr *expression, char *name, size_t size,
			    const struct nlattr **data)
{
	const struct nlattr *tb[NFTA_EXPR_MAX + 1] = {};

	*name = '\0';
	nsa_nl_parse_nested(expression, tb, NFTA_EXPR_MAX);
	nsa_nl_get_string(tb[NFTA_EXPR_NAME], name, size);
	*data = tb[NFTA_EXPR_DATA];
}

/* Name of the expression at an element; NULL: none that matters. */
static const char *element_expression(const struct nlattr *expression)
{
	static const char *const known[] = { "connlimit", "limit", "quota" };
	const struct nlattr *data;
	char name[32];

	nsa_nft_get_expression(expression, name, sizeof(name), &data);
	if (!*name || !strcmp(name, "counter") || !strcmp(name, "last"))
		return NULL;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(name, known[i]))
			return known[i];
	return "set";
}

const char *nsa_nft_element_of_list(const struct nlattr *one, const struct nlattr *list)
{
	const char *found = one ? element_expression(one) : NULL;
	const struct nlattr *expression;

	if (found || !list)
		return found;
	mnl_attr_for_each_nested(expression, list) {
		found = element_expression(expression);
		if (found)
			return found;
	}
	return NULL;
}

const char *nsa_nft_object(__u32 type)
{
	switch (type) {
	case NFT_OBJECT_COUNTER:
	case NFT_OBJECT_SECMARK:
	case NFT_OBJECT_CT_TIMEOUT:
		return NULL;
	case NFT_OBJECT_QUOTA:
		return "quota";
	case NFT_OBJECT_CT_HELPER:
		return "ct helper";
	case NFT_OBJECT_LIMIT:
		return "limit";
	case NFT_OBJECT_CONNLIMIT:
		return "connlimit";
	case NFT_OBJECT_SYNPROXY:
		return "synproxy";
	default:
		return "object";
	}
}

static int on_set(const struct nlmsghdr *msg, void *data)
{
	const struct nsa_nft_family *family = nsa_nft_family_of(msg);
	const struct nlattr *tb[NFTA_SET_MAX + 1] = {};
	struct nsa_nft_rules *ruleset = data;
	struct nsa_nft_named *set;
	const char *element;
	__be32 type, flags = 0;

	if (!family)
		return MNL_CB_OK;
	nsa_nl_parse(msg, sizeof(struct nfgenmsg), tb, NFTA_SET_MAX);
	element = nsa_nft_element_of_list(tb[NFTA_SET_EXPR], tb[NFTA_SET_EXPRESSIONS]);
	if (!element && nsa_nl_get(tb[NFTA_SET_OBJ_TYPE], &type, sizeof(type)))
		element = nsa_nft_object(ntohl(type));
	nsa_nl_get(tb[NFTA_SET_FLAGS], &flags, sizeof(flags));
	if (!element && !(ntohl(flags) & (NFT_SET_EVAL | NFT_SET_TIMEOUT)))
		return MNL_CB_OK;
	set = add_named(ruleset, &ruleset->sets, family, tb[NFTA_SET_TABLE], tb[NFTA_SET_NAME]);
	if (set)
		set->element = element;
	return MNL_CB_OK;
}

struct nsa_nft_named *nsa_nft_set(const struct nsa_nft_rules *ruleset, const struct nlattr *name)
{
	char wanted[NFT_NAME_MAXLEN] = "";

	nsa_nl_get_string(name, wanted, sizeof(wanted));
	for (struct nsa_nft_named *set = ruleset->sets; set; set = set->next)
		if (is_in_table(set, ruleset) && !strcmp(set->name, wanted))
			return set;
	return NULL;
}

const char *nsa_nft_element_of_set(const struct nsa_nft_rules *ruleset, const struct nlattr *name)
{
	const struct nsa_nft_named *set = nsa_nft_set(ruleset, name);

	return set ? set->element : NULL;
}

/* Sets that one packet adds to and another is looked up in. */
static void report_sets(const struct nsa_nft_rules *ruleset)
{
	char item[192];

	for (const struct nsa_nft_named *set = ruleset->sets; set; set = set->next) {
		if (!set->grows || !set->decides)
			continue;
		snprintf(item, sizeof(item), "nft set %s %.64s/%.64s", set->family->name,
			 set->table, set->name);
		nsa_report_every_packet(ruleset->walk.report, item);
	}
}

/* Rules are dumped chain by chain, in order. */

static void move_to(struct nsa_nft_rules *ruleset, const struct nsa_nft_family *family,
		    const struct nlattr *table_name, const struct nlattr *chain_name)
{
	char table[NFT_NAME_MAXLEN] = "", chain[NFT_NAME_MAXLEN] = "";

	nsa_nl_get_string(table_name, table, sizeof(table));
	nsa_nl_get_string(chain_name, chain, sizeof(chain));
	if (ruleset->family == family && !strcmp(ruleset->table, table) &&
	    !strcmp(ruleset->chain, chain))
		return;
	ruleset->family = family;
	memcpy(ruleset->table, table, sizeof(table));
	memcpy(ruleset->chain, chain, sizeof(chain));
	ruleset->on_path = is_chain_on_path(ruleset);
	nsa_rules_begin_chain(&ruleset->walk);
}

static int on_rule(const struct nlmsghdr *msg, void *data)
{
	const struct nlattr *tb[NFTA_RULE_MAX + 1] = {}, *expression;
	const struct nsa_nft_family *family = nsa_nft_family_of(msg);
	struct nsa_nft_rules *ruleset = data;

	if (!family)
		return MNL_CB_OK;
	nsa_nl_parse(msg, sizeof(struct nfgenmsg), tb, NFTA_RULE_MAX);
	move_to(ruleset, family, tb[NFTA_RULE_TABLE], tb[NFTA_RULE_CHAIN]);
	if (!tb[NFTA_RULE_EXPRESSIONS] || !ruleset->on_path)
		return MNL_CB_OK;
	nsa_rules_begin_rule(&ruleset->walk);
	ruleset->registers = (struct nsa_nft_registers){};
	ruleset->network = ruleset->transport = NSA_HEADER_NONE;
	mnl_attr_for_each_nested(expression, tb[NFTA_RULE_EXPRESSIONS])
		nsa_nft_add_expression(ruleset, expression);
	return MNL_CB_OK;
}

static int dump(struct nsa_nl *nl, __u16 type, mnl_cb_t cb, struct nsa_nft_rules *ruleset)
{
	int r;

	nsa_nl_request(nl, NFNL_SUBSYS_NFTABLES << 8 | type, NLM_F_DUMP, sizeof(struct nfgenmsg));
	r = nsa_nl_talk(nl, cb, ruleset);
	return r < 0 ? r : ruleset->error;
}

static int read_ruleset(struct nsa_nl *nl, struct nsa_firewall_report *report)
{
	__cleanup(free_ruleset) struct nsa_nft_rules ruleset = { .walk.report = report };
	int r;

	r = dump(nl, NFT_MSG_GETCHAIN, on_chain, &ruleset);
	if (r < 0)
		return r;
	r = dump(nl, NFT_MSG_GETSET, on_set, &ruleset);
	if (r < 0)
		return r;
	r = dump(nl, NFT_MSG_GETRULE, on_rule, &ruleset);
	if (r < 0)
		return r;
	report_sets(&ruleset);
	return 0;
}

static int inspect(struct nsa_nl *nl, struct nsa_firewall_report *report)
{
	struct nsa_firewall_report before = *report;
	int r, try;

	for (try = 0; try < NSA_FIREWALL_TRIES; try++) {
		*report = before;
		r = read_ruleset(nl, report);
		if (r != -EINTR)
			return r;
	}
	return -EAGAIN;
}

int nsa_inspect_nft_packets(const struct nsa_netns *ns, struct nsa_firewall_report *report)
{
	return nsa_report_by_netlink(inspect, NETLINK_NETFILTER, ns, report);
}
