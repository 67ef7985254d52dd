// SPDX-License-Identifier: GPL-2.0-only
/*
 * Other hooks in netfilter. A hook that nsaccel does not know is assumed to filter packets.
 *
 * Connection tracking counts even if no rule uses it for forwarded packets: it has to see flows
 * for rules that are added later, and for readers of its table.
 */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_hook.h>
#include <linux/netfilter_bridge.h>
#include <stdio.h>
#include <string.h>

#include "firewall/report.h"
#include "kernel/netns.h"
#include "util/cleanup.h"

static const char conntrack[] = "connection tracking", ipvs[] = "IPVS",
		  bpf[] = "a BPF netfilter program";

/* Identified by a prefix of the hook function's name. name NULL: ignored here. */
static const struct known {
	const char *function, *name;
} known[] = {
	/* Handled by the other inspectors. */
	{ "nft_", NULL },
	{ "nf_nat_", NULL },
	{ "ipt_", NULL },
	{ "ip6t_", NULL },
	{ "iptable_", NULL },
	{ "ip6table_", NULL },
	{ "ebt_", NULL },
	{ "br_nf_", NULL },
	{ "ip_sabotage_in", NULL }, /* of br_netfilter */
	/* Fragments never take the fast path. */
	{ "ipv4_conntrack_defrag", NULL },
	{ "ipv6_defrag", NULL },
	/* These filter by labels, which rules or IPsec policies set. */
	{ "selinux_", NULL },
	{ "apparmor_", NULL },

	{ "ipv4_con", conntrack }, /* ipv4_conntrack_in, ipv4_confirm */
	{ "ipv6_con", conntrack },
	{ "nf_confirm", conntrack },
	{ "nf_ct_bridge_", "connection tracking of bridged frames" },
	{ "ip_vs_", ipvs },
	{ "nf_hook_run_bpf", bpf },
};

/* One feature may have several hooks. */
static void add_once(struct nsa_firewall_report *report, unsigned int scope, const char *name)
{
	if (strstr(report->what, name))
		report->scopes |= scope;
	else
		nsa_report_add(report, scope, "%s", name);
}

static void add_function(struct nsa_firewall_report *report, unsigned int scope,
			 const char *function)
{
	char name[80];
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strncmp(function, known[i].function, strlen(known[i].function)) != 0)
			continue;
		if (known[i].name)
			add_once(report, scope, known[i].name);
		if (known[i].name == bpf)
			nsa_report_every_packet(report, bpf);
		return;
	}
	snprintf(name, sizeof(name), "netfilter hook %s", function);
	add_once(report, scope, name);
	nsa_report_every_packet(report, name);
}

static int on_hook(const struct nlmsghdr *msg, void *data)
{
	const struct nfgenmsg *header = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[NFNLA_HOOK_MAX + 1] = {};
	struct nsa_firewall_report *report = data;
	char function[64] = "without a name";
	bool is_bridge;
	__be32 number;

	if (mnl_nlmsg_get_payload_len(msg) < sizeof(*header))
		return MNL_CB_OK;
	is_bridge = header->nfgen_family == NFPROTO_BRIDGE;
	nsa_nl_parse(msg, sizeof(*header), tb, NFNLA_HOOK_MAX);
	if (!nsa_nl_get(tb[NFNLA_HOOK_HOOKNUM], &number, sizeof(number)))
		return MNL_CB_OK;
	nsa_nl_get_string(tb[NFNLA_HOOK_FUNCTION_NAME], function, sizeof(function));
	nsa_report_mix(report, function, strlen(function));
	report->ebtables_hooked |= is_bridge && !strncmp(function, "ebt_", strlen("ebt_"));
	add_function(report,
		     is_bridge ? nsa_scope_of_bridge_hook(ntohl(number)) :
				 nsa_scope_of_ip_hook(ntohl(number)),
		     function);
	return MNL_CB_OK;
}

static int dump_hook(struct nsa_nl *nl, __u8 family, __u32 number,
		     struct nsa_firewall_report *report)
{
	struct nlmsghdr *request = nsa_nl_request(nl, NFNL_SUBSYS_HOOK << 8 | NFNL_MSG_HOOK_GET,
						  NLM_F_DUMP, sizeof(struct nfgenmsg));
	struct nfgenmsg *header = nsa_nl_header(request);

	header->nfgen_family = family;
	mnl_attr_put_u32(request, NFNLA_HOOK_HOOKNUM, htonl(number));
	return nsa_report_dump(nl, on_hook, report);
}

static int dump_hooks(struct nsa_nl *nl, struct nsa_firewall_report *report)
{
	static const struct {
		__u8 family;
		__u32 number;
	} hooks[] = {
		{ NFPROTO_IPV4, NF_INET_PRE_ROUTING },	{ NFPROTO_IPV4, NF_INET_FORWARD },
		{ NFPROTO_IPV4, NF_INET_POST_ROUTING }, { NFPROTO_IPV6, NF_INET_PRE_ROUTING },
		{ NFPROTO_IPV6, NF_INET_FORWARD },	{ NFPROTO_IPV6, NF_INET_POST_ROUTING },
		{ NFPROTO_BRIDGE, NF_BR_PRE_ROUTING },	{ NFPROTO_BRIDGE, NF_BR_LOCAL_IN },
		{ NFPROTO_BRIDGE, NF_BR_FORWARD },	{ NFPROTO_BRIDGE, NF_BR_LOCAL_OUT },
		{ NFPROTO_BRIDGE, NF_BR_POST_ROUTING },
	};
	size_t i;
	int r;

	for (i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		r = dump_hook(nl, hooks[i].family, hooks[i].number, report);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The list has a fingerprint of its own, which is mixed into the other one. */
static int inspect(struct nsa_nl *nl, struct nsa_firewall_report *report)
{
	__u64 before = report->fingerprint;
	int r;

	report->fingerprint = 0;
	r = dump_hooks(nl, report);
	report->hooks_known = !r;
	report->hooks = r ? 0 : report->fingerprint;
	report->fingerprint = before;
	nsa_report_mix(report, &report->hooks, sizeof(report->hooks));
	return r;
}

static const char ipvs_services[] = "/proc/thread-self/net/ip_vs";

bool nsa_ipvs_is_there(void)
{
	return !access(ipvs_services, F_OK);
}

/* After three header lines. */
static bool has_ipvs_services(void)
{
	FILE *file = fopen(ipvs_services, "re");
	char line[256];
	int lines = 0;

	if (!file)
		return false;
	while (lines <= 3 && fgets(line, sizeof(line), file))
		lines++;
	fclose(file);
	return lines > 3;
}

/* For kernels that cannot list hooks, such as Debian 12's: looks for rules that register hooks. */
static int find_by_rules(const struct nsa_netns *ns, struct nsa_firewall_report *report)
{
	__cleanup(nsa_netns_leavep) int token = -1;
	int r;

	if (report->scopes & NSA_SCOPE_IP) /* the gate is closed already */
		return 0;
	r = nsa_inspect_nft_rules(ns, report);
	if (r < 0)
		return r;
	if (report->tracks)
		nsa_report_add(report, NSA_SCOPE_IP, "%s", conntrack);
	token = nsa_netns_enter(ns);
	if (token < 0)
		return token;
	if (has_ipvs_services())
		nsa_report_add(report, NSA_SCOPE_IP, "%s", ipvs);
	return 0;
}

int nsa_list_hooks(const struct nsa_netns *ns, struct nsa_firewall_report *report)
{
	return nsa_report_by_netlink(inspect, NETLINK_NETFILTER, ns, report);
}

int nsa_inspect_hooks(const struct nsa_netns *ns, struct nsa_firewall_report *report)
{
	int r = nsa_list_hooks(ns, report);

	return r < 0 || report->hooks_known ? r : find_by_rules(ns, report);
}
