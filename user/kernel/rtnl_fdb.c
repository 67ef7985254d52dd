// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "kernel/rtnl_fdb.h"
#include "kernel/rtnl_request.h"

bool nsa_rtnl_parse_fdb(const struct nlmsghdr *msg, struct nsa_fdb *out)
{
	const struct ndmsg *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[NDA_MAX + 1] = {};
	__u8 mac[6];
	int bridge;

	if (!nsa_rtnl_has_header(msg, sizeof(*info)) || info->ndm_family != AF_BRIDGE ||
	    info->ndm_flags & NTF_SELF)
		return false;
	nsa_nl_parse(msg, sizeof(*info), tb, NDA_MAX);
	if (!nsa_rtnl_get_mac(tb[NDA_LLADDR], mac) ||
	    !nsa_nl_get(tb[NDA_MASTER], &bridge, sizeof(bridge)))
		return false;
	memset(out, 0, sizeof(*out));
	out->bridge = bridge;
	out->port = info->ndm_ifindex;
	out->state = info->ndm_state;
	out->flags = info->ndm_flags;
	memcpy(out->mac, mac, sizeof(out->mac));
	nsa_nl_get(tb[NDA_VLAN], &out->vlan, sizeof(out->vlan));
	out->local = out->state & NUD_PERMANENT;
	out->usable = !out->local && !out->vlan && out->port != bridge;
	return true;
}

NSA_RTNL_OBJECT(fdb, RTM_GETNEIGH, ndmsg, nsa_fdb, fdb, NULL);

int nsa_rtnl_fdb(struct nsa_rtnl *rtnl, size_t most, struct nsa_fdb **out, size_t *count)
{
	const struct nsa_rtnl_filter filter = { .family = AF_BRIDGE, .most = most };

	return nsa_rtnl_dump(rtnl, &fdb_object, &filter, out, count);
}

static int get_fdb(struct nsa_rtnl *rtnl, int port, const __u8 *mac, struct nsa_fdb *out)
{
	struct nlmsghdr *request = nsa_rtnl_begin(rtnl, &fdb_object, AF_BRIDGE, NLM_F_ACK);
	struct ndmsg *header = nsa_nl_header(request);

	header->ndm_ifindex = port;
	header->ndm_flags = NTF_MASTER;
	mnl_attr_put(request, NDA_LLADDR, 6, mac);
	return nsa_rtnl_get(rtnl, &fdb_object, out);
}

int nsa_rtnl_fdb_get(struct nsa_rtnl *rtnl, int bridge, const __u8 *mac, struct nsa_fdb *out)
{
	struct nlmsghdr *request = nsa_rtnl_begin(rtnl, &fdb_object, AF_BRIDGE, NLM_F_ACK);
	int r;

	mnl_attr_put(request, NDA_LLADDR, 6, mac);
	mnl_attr_put_u32(request, NDA_MASTER, (__u32)bridge);
	r = nsa_rtnl_get(rtnl, &fdb_object, out);
	/* The device does not exist, or has no forwarding database. */
	return r == -ENODEV || r == -EINVAL || r == -EOPNOTSUPP ? -ENOENT : r;
}

int nsa_rtnl_fdb_use(struct nsa_rtnl *rtnl, int port, const __u8 *mac)
{
	struct nlmsghdr *request;
	struct nsa_fdb entry;
	struct ndmsg *header;
	int r;

	/* The request alone would move an address back that is at another port by now. */
	r = get_fdb(rtnl, port, mac, &entry);
	if (r)
		return r;
	if (entry.port != port)
		return -ENOENT;
	request = nsa_nl_request(&rtnl->nl, RTM_NEWNEIGH, NLM_F_ACK, sizeof(*header));
	header = nsa_nl_header(request);
	header->ndm_family = AF_BRIDGE;
	header->ndm_ifindex = port;
	header->ndm_flags = NTF_USE | NTF_MASTER;
	header->ndm_state = NUD_REACHABLE;
	mnl_attr_put(request, NDA_LLADDR, 6, mac);
	return nsa_nl_talk(&rtnl->nl, NULL, NULL);
}
