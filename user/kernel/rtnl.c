// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "kernel/netns.h"
#include "kernel/rtnl.h"
#include "kernel/rtnl_request.h"
#include "util/cleanup.h"

/* Tries of a dump that changes interrupt: enough unless the namespace changes constantly. */
#define DUMP_TRIES 20
/* The same, and the bytes of an answer, in a namespace that somebody else controls. Enough for
 * 100,000 addresses, or 10,000 links. */
#define GUEST_TRIES 4
#define GUEST_LIMIT (32 << 20)

int nsa_rtnl_open(struct nsa_rtnl **out, const struct nsa_netns *ns)
{
	__cleanup(nsa_freep) struct nsa_rtnl *rtnl = malloc(sizeof(*rtnl));
	int r;

	if (!rtnl)
		return -ENOMEM;
	r = nsa_nl_open(&rtnl->nl, NETLINK_ROUTE, ns);
	if (r < 0)
		return r;
	rtnl->tries = DUMP_TRIES;
	*out = TAKE_PTR(rtnl);
	return 0;
}

void nsa_rtnl_limit(struct nsa_rtnl *rtnl)
{
	rtnl->tries = GUEST_TRIES;
	rtnl->nl.limit = GUEST_LIMIT;
}

void nsa_rtnl_close(struct nsa_rtnl *rtnl)
{
	if (!rtnl)
		return;
	nsa_nl_close(&rtnl->nl);
	free(rtnl);
}

void nsa_rtnl_closep(struct nsa_rtnl **rtnl)
{
	nsa_rtnl_close(*rtnl);
}

static int on_nsid(const struct nlmsghdr *msg, void *nsid)
{
	const struct nlattr *tb[NETNSA_MAX + 1] = {};

	nsa_nl_parse(msg, sizeof(struct rtgenmsg), tb, NETNSA_MAX);
	nsa_nl_get(tb[NETNSA_NSID], nsid, sizeof(int));
	return MNL_CB_OK;
}

int nsa_rtnl_nsid(struct nsa_rtnl *rtnl, const struct nsa_netns *ns, int *nsid)
{
	__cleanup(nsa_closep) int fd = nsa_netns_fd(ns);
	struct nlmsghdr *request;
	int found = -1, r;

	if (fd < 0)
		return fd;
	request = nsa_nl_request(&rtnl->nl, RTM_GETNSID, NLM_F_ACK, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(request, NETNSA_FD, fd);
	r = nsa_nl_talk(&rtnl->nl, on_nsid, &found);
	if (r < 0)
		return r;
	*nsid = found;
	return 0;
}
