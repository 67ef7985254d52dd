// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules that make the kernel track connections. The chain does not matter: a rule for local
 * input makes the kernel track forwarded packets as well.
 */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "firewall/report.h"

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

bool nsa_xt_extension_tracks(const char *name)
{
	static const char *const names[] = { /* matches */
					     "cluster", "connbytes", "connlabel", "connlimit",
					     "connmark", "conntrack", "helper", "state",
					     /* targets */
					     "CLUSTERIP", "CONNMARK", "CONNSECMARK", "CT", "DNAT",
					     "MASQUERADE", "NETMAP", "REDIRECT", "SNAT", "SYNPROXY",
					     NULL
	};

	return is_one_of(name, names);
}

_Static_assert((int)NFTA_MATCH_NAME == (int)NFTA_TARGET_NAME, "one reader for both");

/* An extension of iptables in an nft rule. */
static bool extension_tracks(const struct nlattr *data)
{
	const struct nlattr *tb[NFTA_MATCH_MAX + 1] = {};
	char name[64] = "";

	nsa_nl_parse_nested(data, tb, NFTA_MATCH_MAX);
	nsa_nl_get_string(tb[NFTA_MATCH_NAME], name, sizeof(name));
	return nsa_xt_extension_tracks(name);
}

static bool expression_tracks(const struct nlattr *expression)
{
	static const char *const tracking[] = { "connlimit", "ct",    "flow_offload", "masq",
						"nat",	     "redir", "synproxy",     NULL };
	static const char *const extensions[] = { "match", "target", NULL };
	const struct nlattr *tb[NFTA_EXPR_MAX + 1] = {};
	char name[64] = "";

	nsa_nl_parse_nested(expression, tb, NFTA_EXPR_MAX);
	nsa_nl_get_string(tb[NFTA_EXPR_NAME], name, sizeof(name));
	return is_one_of(name, tracking) ||
	       (is_one_of(name, extensions) && extension_tracks(tb[NFTA_EXPR_DATA]));
}

static int on_rule(const struct nlmsghdr *msg, void *data)
{
	const struct nlattr *tb[NFTA_RULE_MAX + 1] = {}, *expression;
	struct nsa_firewall_report *report = data;

	nsa_nl_parse(msg, sizeof(struct nfgenmsg), tb, NFTA_RULE_MAX);
	if (!tb[NFTA_RULE_EXPRESSIONS])
		return MNL_CB_OK;
	mnl_attr_for_each_nested(expression, tb[NFTA_RULE_EXPRESSIONS])
		report->tracks |= expression_tracks(expression);
	return MNL_CB_OK;
}

static int inspect(struct nsa_nl *nl, struct nsa_firewall_report *report)
{
	nsa_nl_request(nl, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE, NLM_F_DUMP,
		       sizeof(struct nfgenmsg));
	return nsa_report_dump(nl, on_rule, report);
}

int nsa_inspect_nft_rules(const struct nsa_netns *ns, struct nsa_firewall_report *report)
{
	return nsa_report_by_netlink(inspect, NETLINK_NETFILTER, ns, report);
}
