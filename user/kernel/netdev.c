// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/genetlink.h>

#include "kernel/netdev.h"
#include "kernel/netlink.h"
#include "util/cleanup.h"

/* Of Linux' include/uapi/linux/netdev.h, 6.3. */
#define NETDEV_FAMILY_NAME	  "netdev"
#define NETDEV_FAMILY_VERSION	  1
#define NETDEV_CMD_DEV_GET	  1
#define NETDEV_A_DEV_IFINDEX	  1
#define NETDEV_A_DEV_XDP_FEATURES 3

static struct nlmsghdr *begin(struct nsa_nl *nl, __u16 family, __u8 cmd, __u8 version)
{
	struct nlmsghdr *request;
	struct genlmsghdr *header;

	request = nsa_nl_request(nl, family, NLM_F_ACK, sizeof(*header));
	header = nsa_nl_header(request);
	header->cmd = cmd;
	header->version = version;
	return request;
}

static int on_family(const struct nlmsghdr *msg, void *id)
{
	const struct nlattr *tb[CTRL_ATTR_FAMILY_ID + 1] = {};

	nsa_nl_parse(msg, sizeof(struct genlmsghdr), tb, CTRL_ATTR_FAMILY_ID);
	nsa_nl_get(tb[CTRL_ATTR_FAMILY_ID], id, sizeof(__u16));
	return MNL_CB_OK;
}

static int on_device(const struct nlmsghdr *msg, void *features)
{
	const struct nlattr *tb[NETDEV_A_DEV_XDP_FEATURES + 1] = {};

	nsa_nl_parse(msg, sizeof(struct genlmsghdr), tb, NETDEV_A_DEV_XDP_FEATURES);
	nsa_nl_get(tb[NETDEV_A_DEV_XDP_FEATURES], features, sizeof(__u64));
	return MNL_CB_OK;
}

static int query(struct nsa_nl *nl, int ifindex, __u64 *features)
{
	struct nlmsghdr *request;
	__u16 family = 0;
	int r;

	request = begin(nl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	mnl_attr_put_strz(request, CTRL_ATTR_FAMILY_NAME, NETDEV_FAMILY_NAME);
	r = nsa_nl_talk(nl, on_family, &family);
	if (r < 0)
		return r == -ENOENT ? -EOPNOTSUPP : r;

	request = begin(nl, family, NETDEV_CMD_DEV_GET, NETDEV_FAMILY_VERSION);
	mnl_attr_put_u32(request, NETDEV_A_DEV_IFINDEX, ifindex);
	return nsa_nl_talk(nl, on_device, features);
}

int nsa_netdev_xdp_features(const struct nsa_netns *ns, int ifindex, __u64 *features)
{
	struct nsa_nl nl;
	__u64 found = 0;
	int r;

	r = nsa_nl_open(&nl, NETLINK_GENERIC, ns);
	if (r < 0)
		return r;
	r = query(&nl, ifindex, &found);
	nsa_nl_close(&nl);
	if (r < 0)
		return r;
	*features = found;
	return 0;
}
