// SPDX-License-Identifier: GPL-2.0-only
/* IPsec policies, which transform or drop forwarded packets, or require protection. */
#include <linux/xfrm.h>
#include <string.h>

#include "firewall/report.h"

static bool is_forwarding(const struct xfrm_userpolicy_info *policy)
{
	return policy->dir == XFRM_POLICY_FWD || policy->dir == XFRM_POLICY_OUT;
}

static int on_policy(const struct nlmsghdr *msg, void *data)
{
	struct xfrm_userpolicy_info policy;
	struct nsa_firewall_report *report = data;
	const char *payload = mnl_nlmsg_get_payload(msg);
	size_t size = mnl_nlmsg_get_payload_len(msg);

	if (size < sizeof(policy))
		return MNL_CB_OK;
	memcpy(&policy, payload, sizeof(policy));
	if (!is_forwarding(&policy))
		return MNL_CB_OK;
	report->ipsec_policies++;
	memset(&policy.curlft, 0, sizeof(policy.curlft)); /* counters */
	nsa_report_mix(report, &policy, sizeof(policy));
	nsa_report_mix(report, payload + sizeof(policy), size - sizeof(policy));
	return MNL_CB_OK;
}

static int on_default(const struct nlmsghdr *msg, void *report)
{
	const struct xfrm_userpolicy_default *policy = mnl_nlmsg_get_payload(msg);

	if (mnl_nlmsg_get_payload_len(msg) < sizeof(*policy))
		return MNL_CB_OK;
	nsa_report_mix(report, policy, sizeof(*policy));
	if (policy->fwd == XFRM_USERPOLICY_BLOCK || policy->out == XFRM_USERPOLICY_BLOCK)
		nsa_report_add(report, NSA_SCOPE_ROUTED, "IPsec default policy block");
	return MNL_CB_OK;
}

static int inspect(struct nsa_nl *nl, struct nsa_firewall_report *report)
{
	unsigned int count;
	int r;

	nsa_nl_request(nl, XFRM_MSG_GETPOLICY, NLM_F_DUMP, sizeof(struct xfrm_userpolicy_id));
	r = nsa_report_dump(nl, on_policy, report);
	if (r < 0)
		return r;
	count = report->ipsec_policies;
	if (count)
		nsa_report_add(report, NSA_SCOPE_ROUTED, "%u IPsec polic%s", count,
			       count == 1 ? "y" : "ies");
	nsa_nl_request(nl, XFRM_MSG_GETDEFAULT, NLM_F_ACK, sizeof(struct xfrm_userpolicy_default));
	return nsa_nl_talk(nl, on_default, report);
}

int nsa_inspect_xfrm(const struct nsa_netns *ns, struct nsa_firewall_report *report)
{
	return nsa_report_by_netlink(inspect, NETLINK_XFRM, ns, report);
}
