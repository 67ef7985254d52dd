// SPDX-License-Identifier: GPL-2.0-only
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "kernel/rtnl_netconf.h"
#include "kernel/rtnl_request.h"

static bool get_int(const struct nlattr *attr, int *value)
{
	return nsa_nl_get(attr, value, sizeof(*value));
}

bool nsa_rtnl_parse_netconf(const struct nlmsghdr *msg, struct nsa_netconf *out)
{
	const struct netconfmsg *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[NETCONFA_MAX + 1] = {};
	int ifindex, forwarding = 0, rp_filter = 0;

	if (!nsa_rtnl_has_header(msg, sizeof(*info)) || !nsa_rtnl_is_ip(info->ncm_family))
		return false;
	nsa_nl_parse(msg, sizeof(*info), tb, NETCONFA_MAX);
	if (!get_int(tb[NETCONFA_IFINDEX], &ifindex))
		return false;
	memset(out, 0, sizeof(*out));
	out->ifindex = ifindex;
	out->family = info->ncm_family;
	out->has_forwarding = get_int(tb[NETCONFA_FORWARDING], &forwarding);
	out->has_rp_filter = get_int(tb[NETCONFA_RP_FILTER], &rp_filter);
	out->forwarding = forwarding;
	out->rp_filter = (__u8)rp_filter;
	return true;
}

NSA_RTNL_OBJECT(netconf, RTM_GETNETCONF, netconfmsg, nsa_netconf, netconf, NULL);

int nsa_rtnl_netconf(struct nsa_rtnl *rtnl, struct nsa_netconf **out, size_t *count)
{
	const struct nsa_rtnl_filter filter = { .family = AF_INET };

	return nsa_rtnl_dump(rtnl, &netconf_object, &filter, out, count);
}
