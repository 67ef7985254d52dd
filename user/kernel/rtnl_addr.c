// SPDX-License-Identifier: GPL-2.0-only
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "kernel/rtnl_addr.h"
#include "kernel/rtnl_request.h"

bool nsa_rtnl_parse_addr(const struct nlmsghdr *msg, struct nsa_addr *out)
{
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[IFA_MAX + 1] = {};
	__u8 addr[16] = {};
	size_t size;

	if (!nsa_rtnl_has_header(msg, sizeof(*info)) ||
	    !nsa_rtnl_is_prefix(info->ifa_family, info->ifa_prefixlen))
		return false;
	size = nsa_address_size(info->ifa_family);
	nsa_nl_parse(msg, sizeof(*info), tb, IFA_MAX);
	if (!nsa_nl_get(tb[IFA_LOCAL], addr, size) && !nsa_nl_get(tb[IFA_ADDRESS], addr, size))
		return false;
	memset(out, 0, sizeof(*out));
	out->ifindex = info->ifa_index;
	out->family = info->ifa_family;
	out->prefixlen = info->ifa_prefixlen;
	out->scope = info->ifa_scope;
	out->flags = info->ifa_flags;
	nsa_nl_get(tb[IFA_FLAGS], &out->flags, sizeof(out->flags));
	memcpy(out->addr, addr, sizeof(out->addr));
	return true;
}

static void select_addrs(struct nlmsghdr *request, const struct nsa_rtnl_filter *filter)
{
	struct ifaddrmsg *header = nsa_nl_header(request);

	header->ifa_index = (__u32)filter->ifindex;
}

NSA_RTNL_OBJECT(addr, RTM_GETADDR, ifaddrmsg, nsa_addr, addr, select_addrs);

int nsa_rtnl_addrs(struct nsa_rtnl *rtnl, struct nsa_addr **out, size_t *count)
{
	const struct nsa_rtnl_filter filter = { .family = AF_INET };

	return nsa_rtnl_dump(rtnl, &addr_object, &filter, out, count);
}

int nsa_rtnl_addrs_of(struct nsa_rtnl *rtnl, int ifindex, size_t most, struct nsa_addr **out,
		      size_t *count)
{
	const struct nsa_rtnl_filter filter = { .family = AF_INET,
						.most = most,
						.ifindex = ifindex };

	return nsa_rtnl_dump(rtnl, &addr_object, &filter, out, count);
}
