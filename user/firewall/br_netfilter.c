// SPDX-License-Identifier: GPL-2.0-only
/*
 * br_netfilter passes bridged IP packets to the hooks of the IP layer: for all bridges by
 * sysctl, or for one bridge by its option.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "firewall/report.h"
#include "kernel/netns.h"
#include "kernel/sysctl.h"
#include "util/cleanup.h"

static bool is_on(const char *path)
{
	int value = 0;

	return !nsa_sysctl_read(path, &value) && value;
}

bool nsa_br_netfilter_is_there(void)
{
	int value;

	return nsa_sysctl_read("net/bridge/bridge-nf-call-iptables", &value) != -ENOENT;
}

static int on_bridge(const struct nlmsghdr *msg, void *data)
{
	const struct nlattr *tb[IFLA_MAX + 1] = {}, *info[IFLA_INFO_MAX + 1] = {};
	const struct nlattr *bridge[IFLA_BR_MAX + 1] = {};
	struct nsa_firewall_report *report = data;
	__u8 ip = 0, ip6 = 0;

	nsa_nl_parse(msg, sizeof(struct ifinfomsg), tb, IFLA_MAX);
	nsa_nl_parse_nested(tb[IFLA_LINKINFO], info, IFLA_INFO_MAX);
	nsa_nl_parse_nested(info[IFLA_INFO_DATA], bridge, IFLA_BR_MAX);
	nsa_nl_get(bridge[IFLA_BR_NF_CALL_IPTABLES], &ip, sizeof(ip));
	nsa_nl_get(bridge[IFLA_BR_NF_CALL_IP6TABLES], &ip6, sizeof(ip6));
	if (ip || ip6)
		report->scopes |= NSA_SCOPE_BRIDGED;
	return MNL_CB_OK;
}

static int inspect_bridges(struct nsa_nl *nl, struct nsa_firewall_report *report)
{
	struct nlmsghdr *request =
		nsa_nl_request(nl, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
	struct nlattr *info = mnl_attr_nest_start(request, IFLA_LINKINFO);

	mnl_attr_put_strz(request, IFLA_INFO_KIND, "bridge");
	mnl_attr_nest_end(request, info);
	return nsa_report_dump(nl, on_bridge, report);
}

/* By sysctl or by option of a bridge. */
static int find_callers(const struct nsa_netns *ns, struct nsa_firewall_report *report)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(ns);

	if (token < 0)
		return token;
	if (!nsa_br_netfilter_is_there())
		return 0;
	if (!is_on("net/bridge/bridge-nf-call-iptables") &&
	    !is_on("net/bridge/bridge-nf-call-ip6tables"))
		return nsa_report_by_netlink(inspect_bridges, NETLINK_ROUTE, ns, report);
	report->scopes |= NSA_SCOPE_BRIDGED;
	return 0;
}

int nsa_inspect_br_netfilter(const struct nsa_netns *ns, struct nsa_firewall_report *report)
{
	struct nsa_firewall_report found = {};
	int r;

	if (!(report->scopes & NSA_SCOPE_IP))
		return 0;
	r = find_callers(ns, &found);
	if (!r && found.scopes & NSA_SCOPE_BRIDGED)
		nsa_report_add(report, NSA_SCOPE_BRIDGED, "br_netfilter");
	return r;
}
