// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/rtnl_link.h"
#include "kernel/rtnl_request.h"

/* Newer than the headers of Debian 12: Linux 6.17, 6.8 and 6.3. */
#define DEVCONF_FORCE_FORWARDING 59
#define BR_FDB_MAX_LEARNED	 49
#define GSO_IPV4_MAX_SIZE	 63
#define LINK_ATTRS		 (IFLA_MAX > GSO_IPV4_MAX_SIZE ? IFLA_MAX : GSO_IPV4_MAX_SIZE)

static bool get_bool(const struct nlattr *attr)
{
	__u8 value = 0;

	nsa_nl_get(attr, &value, sizeof(value));
	return value;
}

/* Values of IFLA_BR_STP_STATE. An STP daemon in user space does not report topology changes
 * here. */
#define BR_KERNEL_STP 1
#define BR_TIME_HZ    100
#define BR_STP_HOLD   15 /* seconds; forward_delay, if nobody changed it */

/*
 * Seconds until the bridge forgets a silent MAC. After a topology change, which another switch may
 * report, a bridge with STP forgets in forward_delay. If that is shorter than BR_STP_HOLD (2 s on
 * libvirt's bridges), entries expire and are learnt again while the change lasts.
 */
static __u32 bridge_hold(const struct nlattr *const *tb)
{
	__u32 ageing = 0, stp = 0;

	nsa_nl_get(tb[IFLA_BR_AGEING_TIME], &ageing, sizeof(ageing));
	nsa_nl_get(tb[IFLA_BR_STP_STATE], &stp, sizeof(stp));
	ageing /= BR_TIME_HZ;
	return stp == BR_KERNEL_STP && ageing > BR_STP_HOLD ? BR_STP_HOLD : ageing;
}

static void parse_bridge(const struct nlattr *data, struct nsa_link *link)
{
	const struct nlattr *tb[BR_FDB_MAX_LEARNED + 1] = {};
	__u32 learns = 0;

	nsa_nl_parse_nested(data, tb, BR_FDB_MAX_LEARNED);
	nsa_nl_get(tb[BR_FDB_MAX_LEARNED], &learns, sizeof(learns));
	link->bridge_counts = learns;
	link->bridge_hold = bridge_hold(tb);
	link->bridge_vlan_filtering = get_bool(tb[IFLA_BR_VLAN_FILTERING]);
	link->bridge_nf_call = get_bool(tb[IFLA_BR_NF_CALL_IPTABLES]) ||
			       get_bool(tb[IFLA_BR_NF_CALL_IP6TABLES]) ||
			       get_bool(tb[IFLA_BR_NF_CALL_ARPTABLES]);
}

static void parse_macvlan(const struct nlattr *data, struct nsa_link *link)
{
	const struct nlattr *tb[IFLA_MACVLAN_MAX + 1] = {};

	nsa_nl_parse_nested(data, tb, IFLA_MACVLAN_MAX);
	nsa_nl_get(tb[IFLA_MACVLAN_MODE], &link->macvlan_mode, sizeof(link->macvlan_mode));
}

static void parse_vxlan(const struct nlattr *data, struct nsa_link *link)
{
	const struct nlattr *tb[IFLA_VXLAN_MAX + 1] = {};
	bool v4;

	nsa_nl_parse_nested(data, tb, IFLA_VXLAN_MAX);
	/* A device that was created with IPv6's unspecified address reports neither. */
	v4 = (tb[IFLA_VXLAN_GROUP] || tb[IFLA_VXLAN_LOCAL]) &&
	     !get_bool(tb[IFLA_VXLAN_COLLECT_METADATA]);
	nsa_nl_get(tb[IFLA_VXLAN_LINK], &link->vxlan_lower, sizeof(link->vxlan_lower));
	link->vxlan_head = v4 ? 50 : 70; /* IP, UDP, VXLAN and Ethernet headers */
}

static void parse_port(const struct nlattr *data, struct nsa_bridge_port *port)
{
	const struct nlattr *tb[IFLA_BRPORT_MAX + 1] = {};

	nsa_nl_parse_nested(data, tb, IFLA_BRPORT_MAX);
	nsa_nl_get(tb[IFLA_BRPORT_STATE], &port->state, sizeof(port->state));
	port->isolated = get_bool(tb[IFLA_BRPORT_ISOLATED]);
	port->learning = get_bool(tb[IFLA_BRPORT_LEARNING]);
	port->special = get_bool(tb[IFLA_BRPORT_VLAN_TUNNEL]) || get_bool(tb[IFLA_BRPORT_LOCKED]) ||
			tb[IFLA_BRPORT_BACKUP_PORT];
}

static void parse_linkinfo(const struct nlattr *nest, struct nsa_link *link)
{
	const struct nlattr *tb[IFLA_INFO_MAX + 1] = {};

	nsa_nl_parse_nested(nest, tb, IFLA_INFO_MAX);
	nsa_nl_get_string(tb[IFLA_INFO_KIND], link->kind, sizeof(link->kind));
	nsa_nl_get_string(tb[IFLA_INFO_SLAVE_KIND], link->master_kind, sizeof(link->master_kind));
	if (!strcmp(link->kind, "macvlan") || !strcmp(link->kind, "macvtap"))
		parse_macvlan(tb[IFLA_INFO_DATA], link);
	else if (!strcmp(link->kind, "bridge"))
		parse_bridge(tb[IFLA_INFO_DATA], link);
	else if (!strcmp(link->kind, "vxlan"))
		parse_vxlan(tb[IFLA_INFO_DATA], link);
	if (!strcmp(link->master_kind, "bridge"))
		parse_port(tb[IFLA_INFO_SLAVE_DATA], &link->port);
}

static void parse_xdp(const struct nlattr *nest, struct nsa_link *link)
{
	/* In order of preference: the only program, or one of several. */
	static const __u16 ids[] = { IFLA_XDP_PROG_ID, IFLA_XDP_DRV_PROG_ID, IFLA_XDP_HW_PROG_ID,
				     IFLA_XDP_SKB_PROG_ID };
	const struct nlattr *tb[IFLA_XDP_MAX + 1] = {};
	size_t i;

	nsa_nl_parse_nested(nest, tb, IFLA_XDP_MAX);
	nsa_nl_get(tb[IFLA_XDP_ATTACHED], &link->xdp_attached, sizeof(link->xdp_attached));
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (nsa_nl_get(tb[ids[i]], &link->xdp_prog_id, sizeof(link->xdp_prog_id)))
			return;
}

/* conf is an array in the order of DEVCONF_*; newer kernels have more elements. */
static __s32 devconf(const struct nlattr *conf, size_t index)
{
	const __s32 *values;

	if (!conf || mnl_attr_get_payload_len(conf) < (index + 1) * sizeof(*values))
		return 0;
	values = mnl_attr_get_payload(conf);
	return values[index];
}

/* IPV4_DEVCONF_* count from 1. */
static void parse_ipv4(const struct nlattr *spec, struct nsa_link *link)
{
	const struct nlattr *families[AF_INET6 + 1] = {}, *tb[IFLA_INET_CONF + 1] = {};

	nsa_nl_parse_nested(spec, families, AF_INET6);
	nsa_nl_parse_nested(families[AF_INET], tb, IFLA_INET_CONF);
	link->forwarding4 = devconf(tb[IFLA_INET_CONF], IPV4_DEVCONF_FORWARDING - 1);
	link->accept_redirects4 = devconf(tb[IFLA_INET_CONF], IPV4_DEVCONF_ACCEPT_REDIRECTS - 1);
}

static void parse_ipv6(const struct nlattr *spec, struct nsa_link *link)
{
	const struct nlattr *families[AF_INET6 + 1] = {}, *tb[IFLA_INET6_CONF + 1] = {};
	const struct nlattr *conf;

	nsa_nl_parse_nested(spec, families, AF_INET6);
	nsa_nl_parse_nested(families[AF_INET6], tb, IFLA_INET6_CONF);
	conf = tb[IFLA_INET6_CONF];
	link->disable_ipv6 = !conf || devconf(conf, DEVCONF_DISABLE_IPV6);
	link->force_forwarding = devconf(conf, DEVCONF_FORCE_FORWARDING);
	link->mtu6 = (__u32)devconf(conf, DEVCONF_MTU6);
	link->takes_redirects6 =
		devconf(conf, DEVCONF_ACCEPT_REDIRECTS) && !devconf(conf, DEVCONF_FORWARDING);
}

/* Are the limits below the kernel's defaults? */
static bool has_gso_limit(const struct nlattr *const *tb)
{
	__u32 size = 65536, size4 = size, segs = 65535;

	nsa_nl_get(tb[IFLA_GSO_MAX_SIZE], &size, sizeof(size));
	nsa_nl_get(tb[GSO_IPV4_MAX_SIZE], &size4, sizeof(size4));
	nsa_nl_get(tb[IFLA_GSO_MAX_SEGS], &segs, sizeof(segs));
	return size < 65536 || size4 < 65536 || segs < 65535;
}

bool nsa_rtnl_parse_link(const struct nlmsghdr *msg, struct nsa_link *out)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[LINK_ATTRS + 1] = {};
	__u32 promiscuity = 0;

	if (!nsa_rtnl_has_header(msg, sizeof(*info)) || info->ifi_family != AF_UNSPEC)
		return false;
	memset(out, 0, sizeof(*out));
	nsa_nl_parse(msg, sizeof(*info), tb, LINK_ATTRS);
	out->ifindex = info->ifi_index;
	out->flags = info->ifi_flags;
	out->ethernet = info->ifi_type == ARPHRD_ETHER;
	out->link_nsid = -1;
	nsa_nl_get_string(tb[IFLA_IFNAME], out->name, sizeof(out->name));
	if (out->ethernet)
		nsa_nl_get(tb[IFLA_ADDRESS], out->mac, sizeof(out->mac));
	nsa_nl_get_string(tb[IFLA_QDISC], out->qdisc, sizeof(out->qdisc));
	nsa_nl_get(tb[IFLA_MTU], &out->mtu, sizeof(out->mtu));
	nsa_nl_get(tb[IFLA_LINK], &out->link, sizeof(out->link));
	nsa_nl_get(tb[IFLA_LINK_NETNSID], &out->link_nsid, sizeof(out->link_nsid));
	nsa_nl_get(tb[IFLA_MASTER], &out->master, sizeof(out->master));
	nsa_nl_get(tb[IFLA_NUM_RX_QUEUES], &out->rx_queues, sizeof(out->rx_queues));
	nsa_nl_get(tb[IFLA_NUM_TX_QUEUES], &out->tx_queues, sizeof(out->tx_queues));
	nsa_nl_get(tb[IFLA_OPERSTATE], &out->operstate, sizeof(out->operstate));
	out->gso_limited = has_gso_limit(tb);
	out->carrier = get_bool(tb[IFLA_CARRIER]);
	nsa_nl_get(tb[IFLA_PROMISCUITY], &promiscuity, sizeof(promiscuity));
	out->promiscuous = promiscuity;
	parse_linkinfo(tb[IFLA_LINKINFO], out);
	parse_xdp(tb[IFLA_XDP], out);
	parse_ipv4(tb[IFLA_AF_SPEC], out);
	parse_ipv6(tb[IFLA_AF_SPEC], out);
	return true;
}

bool nsa_rtnl_parse_bridge_port(const struct nlmsghdr *msg, int *ifindex,
				struct nsa_bridge_port *out)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[IFLA_MAX + 1] = {};

	if (!nsa_rtnl_has_header(msg, sizeof(*info)) || info->ifi_family != AF_BRIDGE)
		return false;
	nsa_nl_parse(msg, sizeof(*info), tb, IFLA_MAX);
	if (!tb[IFLA_PROTINFO])
		return false;
	*ifindex = info->ifi_index;
	memset(out, 0, sizeof(*out));
	parse_port(tb[IFLA_PROTINFO], out);
	return true;
}

static bool nsa_rtnl_parse_stats(const struct nlmsghdr *msg, struct nsa_link_stats *out)
{
	const struct nlattr *tb[IFLA_STATS_LINK_64 + 1] = {};
	const struct if_stats_msg *header = mnl_nlmsg_get_payload(msg);
	__u64 first[4]; /* of struct rtnl_link_stats64, which grows in newer kernels */

	if (msg->nlmsg_type != RTM_NEWSTATS || mnl_nlmsg_get_payload_len(msg) < sizeof(*header))
		return false;
	nsa_nl_parse(msg, sizeof(*header), tb, IFLA_STATS_LINK_64);
	if (!nsa_nl_get(tb[IFLA_STATS_LINK_64], first, sizeof(first)))
		return false;
	*out = (struct nsa_link_stats){
		.ifindex = (int)header->ifindex,
		.rx_packets = first[0],
		.tx_packets = first[1],
		.rx_bytes = first[2],
		.tx_bytes = first[3],
	};
	return true;
}

/* With a mask in the request, the kernel computes the length of the longest message and allocates
 * room for it. Without, a link with many names fails the dump. */
static void select_links(struct nlmsghdr *request, const struct nsa_rtnl_filter *filter)
{
	(void)filter;
	mnl_attr_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

static void select_stats(struct nlmsghdr *request, const struct nsa_rtnl_filter *filter)
{
	struct if_stats_msg *header = nsa_nl_header(request);

	(void)filter;
	header->filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
}

NSA_RTNL_OBJECT(link, RTM_GETLINK, ifinfomsg, nsa_link, link, select_links);
NSA_RTNL_OBJECT(stats, RTM_GETSTATS, if_stats_msg, nsa_link_stats, stats, select_stats);

int nsa_rtnl_links(struct nsa_rtnl *rtnl, struct nsa_link **out, size_t *count)
{
	const struct nsa_rtnl_filter filter = { .family = AF_UNSPEC };

	return nsa_rtnl_dump(rtnl, &link_object, &filter, out, count);
}

int nsa_rtnl_link(struct nsa_rtnl *rtnl, int ifindex, struct nsa_link *out)
{
	struct ifinfomsg *header =
		nsa_nl_header(nsa_rtnl_begin(rtnl, &link_object, AF_UNSPEC, NLM_F_ACK));

	header->ifi_index = ifindex;
	return nsa_rtnl_get(rtnl, &link_object, out);
}

int nsa_rtnl_link_by_name(struct nsa_rtnl *rtnl, const char *name, struct nsa_link *out)
{
	struct nlmsghdr *request = nsa_rtnl_begin(rtnl, &link_object, AF_UNSPEC, NLM_F_ACK);
	size_t len = strlen(name);

	if (!len || len >= ALTIFNAMSIZ)
		return -ENODEV;
	mnl_attr_put_strz(request, len < IFNAMSIZ ? IFLA_IFNAME : IFLA_ALT_IFNAME, name);
	return nsa_rtnl_get(rtnl, &link_object, out);
}

int nsa_rtnl_stats(struct nsa_rtnl *rtnl, struct nsa_link_stats **out, size_t *count)
{
	const struct nsa_rtnl_filter filter = { .family = AF_UNSPEC };

	return nsa_rtnl_dump(rtnl, &stats_object, &filter, out, count);
}
