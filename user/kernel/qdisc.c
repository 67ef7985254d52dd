// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include "kernel/netlink.h"
#include "kernel/qdisc.h"
#include "util/cleanup.h"

/* One request, on a socket of its own. */
struct request {
	struct nsa_nl nl;
	struct nlmsghdr *msg;
	struct tcmsg *tc;
};

static void request_freep(struct request **request)
{
	if (*request)
		nsa_nl_close(&(*request)->nl);
	free(*request);
}

static int begin(struct request **out, __u16 type, __u16 flags, int ifindex, __u32 parent)
{
	__cleanup(nsa_freep) struct request *request = calloc(1, sizeof(*request));
	int r = request ? nsa_nl_open(&request->nl, NETLINK_ROUTE, NULL) : -ENOMEM;

	if (r < 0)
		return r;
	request->msg = nsa_nl_request(&request->nl, type, flags, sizeof(*request->tc));
	request->tc = nsa_nl_header(request->msg);
	request->tc->tcm_ifindex = ifindex;
	request->tc->tcm_parent = parent;
	*out = TAKE_PTR(request);
	return 0;
}

static __u32 side(bool egress)
{
	return TC_H_MAKE(TC_H_CLSACT, egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);
}

/* Looking */

struct query {
	int ifindex;
	__u16 type;			 /* RTM_NEW*, of what is looked for */
	__u16 except;			 /* priority of filters that don't count */
	const struct nsa_filter *filter; /* this very one; NULL: any */
	bool found;
};

static bool is_meant(const struct query *query, const struct tcmsg *tc, const char *kind)
{
	__u16 priority = (__u16)(TC_H_MAJ(tc->tcm_info) >> 16);

	if (query->type == RTM_NEWQDISC)
		return !strcmp(kind, "clsact");
	if (!query->filter)
		return priority != query->except;
	return priority == query->filter->priority && tc->tcm_handle == query->filter->handle &&
	       !strcmp(kind, "bpf");
}

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
	query->found |= is_meant(query, tc, kind);
	return MNL_CB_OK;
}

static int ask(__u16 type, __u32 parent, struct query *query, bool *found)
{
	__cleanup(request_freep) struct request *request = NULL;
	int r = begin(&request, type, NLM_F_DUMP, query->ifindex, parent);

	if (!r)
		r = nsa_nl_talk(&request->nl, look, query);
	if (!r)
		*found = query->found;
	return r;
}

int nsa_qdisc_has_clsact(int ifindex, bool *found)
{
	struct query query = { .ifindex = ifindex, .type = RTM_NEWQDISC };

	return ask(RTM_GETQDISC, 0, &query, found);
}

int nsa_qdisc_has_filters(int ifindex, bool egress, __u16 except, bool *found)
{
	struct query query = { .ifindex = ifindex, .type = RTM_NEWTFILTER, .except = except };

	return ask(RTM_GETTFILTER, side(egress), &query, found);
}

int nsa_filter_find(const struct nsa_filter *filter, bool *found)
{
	struct query query = { .ifindex = filter->ifindex,
			       .type = RTM_NEWTFILTER,
			       .filter = filter };

	return ask(RTM_GETTFILTER, side(filter->egress), &query, found);
}

/* Changing */

static int change_clsact(int ifindex, __u16 type, __u16 flags)
{
	__cleanup(request_freep) struct request *request = NULL;
	int r = begin(&request, type, NLM_F_ACK | flags, ifindex, TC_H_CLSACT);

	if (r < 0)
		return r;
	request->tc->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	mnl_attr_put_strz(request->msg, TCA_KIND, "clsact");
	return nsa_nl_talk(&request->nl, NULL, NULL);
}

int nsa_qdisc_add_clsact(int ifindex)
{
	return change_clsact(ifindex, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL);
}

int nsa_qdisc_del_clsact(int ifindex)
{
	return change_clsact(ifindex, RTM_DELQDISC, 0);
}

static int begin_filter(struct request **out, const struct nsa_filter *filter, __u16 type,
			__u16 flags)
{
	int r = begin(out, type, NLM_F_ACK | flags, filter->ifindex, side(filter->egress));

	if (r < 0)
		return r;
	(*out)->tc->tcm_handle = filter->handle;
	(*out)->tc->tcm_info = TC_H_MAKE((__u32)filter->priority << 16, htons(ETH_P_ALL));
	mnl_attr_put_strz((*out)->msg, TCA_KIND, "bpf");
	return 0;
}

int nsa_filter_put(const struct nsa_filter *filter, int prog_fd, const char *name)
{
	__cleanup(request_freep) struct request *request = NULL;
	struct nlattr *options;
	int r = begin_filter(&request, filter, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_REPLACE);

	if (r < 0)
		return r;
	options = mnl_attr_nest_start(request->msg, TCA_OPTIONS);
	mnl_attr_put_u32(request->msg, TCA_BPF_FD, (__u32)prog_fd);
	mnl_attr_put_strz(request->msg, TCA_BPF_NAME, name);
	mnl_attr_put_u32(request->msg, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	mnl_attr_nest_end(request->msg, options);
	return nsa_nl_talk(&request->nl, NULL, NULL);
}

int nsa_filter_del(const struct nsa_filter *filter)
{
	__cleanup(request_freep) struct request *request = NULL;
	int r = begin_filter(&request, filter, RTM_DELTFILTER, 0);

	return r < 0 ? r : nsa_nl_talk(&request->nl, NULL, NULL);
}

int nsa_qdisc_get_clsact(const char *ifname, __u32 *present)
{
	bool found = false;
	int r = nsa_qdisc_has_clsact((int)if_nametoindex(ifname), &found);

	if (r < 0)
		return r;
	*present = found;
	return 0;
}

int nsa_qdisc_set_clsact(const char *ifname, __u32 present)
{
	int ifindex = (int)if_nametoindex(ifname), r;
	bool ingress, egress;

	if (!ifindex)
		return -ENODEV;
	if (present) {
		r = nsa_qdisc_add_clsact(ifindex);
		return r == -EEXIST ? 0 : r;
	}
	r = nsa_qdisc_has_filters(ifindex, false, 0, &ingress);
	if (!r)
		r = nsa_qdisc_has_filters(ifindex, true, 0, &egress);
	return r || ingress || egress ? r : nsa_qdisc_del_clsact(ifindex);
}
