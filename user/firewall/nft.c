// SPDX-License-Identifier: GPL-2.0-only
/* nf_tables: base chains that are not empty or drop, and flowtables. */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>

#include "firewall/nft.h"
#include "firewall/report.h"

/* In this family, the ingress hook has a number of its own. */
static unsigned int scope_of_inet_hook(__u32 hook)
{
	return hook == NF_INET_INGRESS ? NSA_SCOPE_ROUTED | NSA_SCOPE_BRIDGED :
					 nsa_scope_of_ip_hook(hook);
}

static unsigned int scope_of_device_hook(__u32 hook)
{
	(void)hook; /* ingress and egress both apply to forwarded packets */
	return NSA_SCOPE_ROUTED | NSA_SCOPE_BRIDGED;
}

/* NULL: a family without packets of the fast path. */
static const struct nsa_nft_family *find_family(__u8 number)
{
	static const struct nsa_nft_family families[] = {
		{ NFPROTO_INET, "inet", scope_of_inet_hook },
		{ NFPROTO_IPV4, "ip", nsa_scope_of_ip_hook },
		{ NFPROTO_IPV6, "ip6", nsa_scope_of_ip_hook },
		{ NFPROTO_BRIDGE, "bridge", nsa_scope_of_bridge_hook },
		{ NFPROTO_NETDEV, "netdev", scope_of_device_hook },
	};
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (families[i].number == number)
			return &families[i];
	return NULL;
}

const struct nsa_nft_family *nsa_nft_family_of(const struct nlmsghdr *msg)
{
	const struct nfgenmsg *header = mnl_nlmsg_get_payload(msg);

	return mnl_nlmsg_get_payload_len(msg) < sizeof(*header) ? NULL :
								  find_family(header->nfgen_family);
}

static void add_chain(struct nsa_firewall_report *report, unsigned int scope, const char *family,
		      const struct nlattr **tb)
{
	char chain[160], table_name[64] = "", chain_name[64] = "";
	__be32 use = 0, policy = htonl(NF_ACCEPT);

	nsa_nl_get_string(tb[NFTA_CHAIN_TABLE], table_name, sizeof(table_name));
	nsa_nl_get_string(tb[NFTA_CHAIN_NAME], chain_name, sizeof(chain_name));
	nsa_nl_get(tb[NFTA_CHAIN_POLICY], &policy, sizeof(policy));
	/* Number of references to the chain: its rules, since there are no jumps to base chains. */
	nsa_nl_get(tb[NFTA_CHAIN_USE], &use, sizeof(use));
	snprintf(chain, sizeof(chain), "nft chain %s %s/%s", family, table_name, chain_name);
	nsa_report_add_chain(report, scope, chain, ntohl(use), ntohl(policy) != NF_ACCEPT);
}

bool nsa_nft_is_of_nat(const struct nlattr *type)
{
	char name[32] = "";

	nsa_nl_get_string(type, name, sizeof(name));
	return !strcmp(name, "nat");
}

/* Is it a chain of NAT, with rules? */
static bool translates(const struct nlattr *const *tb)
{
	__be32 use = 0;

	nsa_nl_get(tb[NFTA_CHAIN_USE], &use, sizeof(use));
	return use && nsa_nft_is_of_nat(tb[NFTA_CHAIN_TYPE]);
}

static int on_chain(const struct nlmsghdr *msg, void *data)
{
	struct nsa_firewall_report *report = data;
	const struct nlattr *tb[NFTA_CHAIN_MAX + 1] = {}, *hook[NFTA_HOOK_MAX + 1] = {};
	const struct nsa_nft_family *family = nsa_nft_family_of(msg);
	unsigned int scope;
	__be32 number;

	if (!family)
		return MNL_CB_OK;
	nsa_nl_parse(msg, sizeof(struct nfgenmsg), tb, NFTA_CHAIN_MAX);
	nsa_nl_parse_nested(tb[NFTA_CHAIN_HOOK], hook, NFTA_HOOK_MAX);
	/* Only base chains have a hook. */
	if (!nsa_nl_get(hook[NFTA_HOOK_HOOKNUM], &number, sizeof(number)))
		return MNL_CB_OK;
	report->translates |= translates(tb);
	scope = family->scope_of(ntohl(number));
	if (scope)
		add_chain(report, scope, family->name, tb);
	return MNL_CB_OK;
}

static void list_devices(const struct nlattr *devices, char *list, size_t size)
{
	const struct nlattr *attr;
	char name[32] = "";
	size_t len = 0;

	if (!devices)
		return;
	mnl_attr_for_each_nested(attr, devices) {
		nsa_nl_get_string(attr, name, sizeof(name));
		len += (size_t)snprintf(list + len, size - len, "%s%s", len ? ", " : "", name);
		if (len >= size)
			return;
	}
}

/* A flowtable filters nothing. Packets that nsaccel passes can be accelerated by it. */
static int on_flowtable(const struct nlmsghdr *msg, void *report)
{
	const struct nlattr *tb[NFTA_FLOWTABLE_MAX + 1] = {};
	const struct nlattr *hook[NFTA_FLOWTABLE_HOOK_MAX + 1] = {};
	char table[32] = "", name[32] = "", devices[64] = "";
	const struct nsa_nft_family *family = nsa_nft_family_of(msg);

	if (!family)
		return MNL_CB_OK;
	nsa_nl_parse(msg, sizeof(struct nfgenmsg), tb, NFTA_FLOWTABLE_MAX);
	nsa_nl_parse_nested(tb[NFTA_FLOWTABLE_HOOK], hook, NFTA_FLOWTABLE_HOOK_MAX);
	nsa_nl_get_string(tb[NFTA_FLOWTABLE_TABLE], table, sizeof(table));
	nsa_nl_get_string(tb[NFTA_FLOWTABLE_NAME], name, sizeof(name));
	list_devices(hook[NFTA_FLOWTABLE_HOOK_DEVS], devices, sizeof(devices));
	nsa_report_add(report, NSA_SCOPE_NONE, "nft flowtable %s %s/%s (devices %s)", family->name,
		       table, name, devices);
	return MNL_CB_OK;
}

/* Counts all changes of the namespace's rulesets, also irrelevant ones. */
static int on_generation(const struct nlmsghdr *msg, void *report)
{
	const struct nlattr *tb[NFTA_GEN_MAX + 1] = {};
	__be32 generation;

	nsa_nl_parse(msg, sizeof(struct nfgenmsg), tb, NFTA_GEN_MAX);
	if (nsa_nl_get(tb[NFTA_GEN_ID], &generation, sizeof(generation)))
		nsa_report_mix(report, &generation, sizeof(generation));
	return MNL_CB_OK;
}

static void request(struct nsa_nl *nl, __u16 type, __u16 flags)
{
	nsa_nl_request(nl, NFNL_SUBSYS_NFTABLES << 8 | type, flags, sizeof(struct nfgenmsg));
}

/* The generation is read first: after a change during the dump, the fingerprint is outdated, and
 * the chains are read again. */
static int inspect(struct nsa_nl *nl, struct nsa_firewall_report *report)
{
	int r;

	request(nl, NFT_MSG_GETGEN, NLM_F_ACK);
	r = nsa_nl_talk(nl, on_generation, report);
	if (r < 0)
		return r;
	request(nl, NFT_MSG_GETCHAIN, NLM_F_DUMP);
	r = nsa_report_dump(nl, on_chain, report);
	if (r < 0)
		return r;
	request(nl, NFT_MSG_GETFLOWTABLE, NLM_F_DUMP);
	return nsa_report_dump(nl, on_flowtable, report);
}

int nsa_inspect_nft(const struct nsa_netns *ns, struct nsa_firewall_report *report)
{
	return nsa_report_by_netlink(inspect, NETLINK_NETFILTER, ns, report);
}
