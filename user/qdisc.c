// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "cleanup.h"
#include "nl.h"
#include "qdisc.h"

struct query {
	int ifindex;
	__u16 type;   /* RTM_NEW*, of what is looked for */
	__u16 except; /* priority of filters that don't count */
	bool found;
};

static int look(const struct nlmsghdr *msg, void *data)
{
	const struct tcmsg *tc = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[TCA_MAX + 1] = {};
	struct query *query = data;
	char kind[16] = "";

	/* Filters of a shared block come without the device. */
	if (msg->nlmsg_type != query->type || (tc->tcm_ifindex != query->ifindex &&
					       (__u32)tc->tcm_ifindex != TCM_IFINDEX_MAGIC_BLOCK))
		return MNL_CB_OK;
	nsa_nl_parse(msg, sizeof(*tc), tb, TCA_MAX);
	nsa_nl_get_string(tb[TCA_KIND], kind, sizeof(kind));
	if (query->type == RTM_NEWTFILTER ? TC_H_MAJ(tc->tcm_info) >> 16 != query->except :
					    !strcmp(kind, "clsact"))
		query->found = true;
	return MNL_CB_OK;
}

static int ask(__u16 type, __u32 parent, struct query *query)
{
	__cleanup(nsa_freep) struct nsa_nl *nl = malloc(sizeof(*nl));
	struct tcmsg *tc;
	int r;

	if (!nl)
		return -ENOMEM;
	r = nsa_nl_open(nl, NETLINK_ROUTE, NULL);
	if (r < 0)
		return r;
	tc = nsa_nl_header(nsa_nl_request(nl, type, NLM_F_DUMP, sizeof(*tc)));
	tc->tcm_ifindex = query->ifindex;
	tc->tcm_parent = parent;
	r = nsa_nl_talk(nl, look, query);
	nsa_nl_close(nl);
	return r;
}

int nsa_qdisc_has_clsact(int ifindex, bool *found)
{
	struct query query = { ifindex, RTM_NEWQDISC, 0, false };
	int r = ask(RTM_GETQDISC, 0, &query);

	if (!r)
		*found = query.found;
	return r;
}

int nsa_qdisc_has_filters(int ifindex, bool egress, __u16 except, bool *found)
{
	__u32 parent = TC_H_MAKE(TC_H_CLSACT, egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);
	struct query query = { ifindex, RTM_NEWTFILTER, except, false };
	int r = ask(RTM_GETTFILTER, parent, &query);

	if (!r)
		*found = query.found;
	return r;
}
