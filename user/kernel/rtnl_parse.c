// SPDX-License-Identifier: GPL-2.0-only
/* rtnetlink's messages. Each parser first makes sure of what it needs, then fills its item. */
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/in_route.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/netlink.h"
#include "kernel/rtnl.h"

/* Newer than the headers of Debian 12; Linux 6.17, and 6.8. */
#define DEVCONF_FORCE_FORWARDING 59
#define BR_FDB_MAX_LEARNED	 49
/* Linux 6.3. */
#define GSO_IPV4_MAX_SIZE 63
#define LINK_ATTRS	  (IFLA_MAX > GSO_IPV4_MAX_SIZE ? IFLA_MAX : GSO_IPV4_MAX_SIZE)
/* What the kernel makes of a lock without an MTU. */
#define LOCKED_MTU 576

static bool has_header(const struct nlmsghdr *msg, size_t size)
{
	return mnl_nlmsg_get_payload_len(msg) >= size;
}

static bool is_ip(__u8 family)
{
	return family == AF_INET || family == AF_INET6;
}

/* Of an IP address, and no longer than one? */
static bool is_prefix(__u8 family, __u8 len)
{
	return is_ip(family) && len <= 8 * nsa_rtnl_address_size(family);
}

static bool get_bool(const struct nlattr *attr)
{
	__u8 value = 0;

	nsa_nl_get(attr, &value, sizeof(value));
	return value;
}

/* Links */

/* Of IFLA_BR_STP_STATE; user space's doesn't say when the topology changes. */
#define BR_KERNEL_STP 1
#define BR_TIME_HZ    100
#define BR_STP_HOLD   15 /* seconds; forward_delay, if nobody changed it */

/* After a change of the topology, of which another switch may tell it, a bridge forgets in forward_delay. Where
 * that is too short to keep up with (libvirt's bridges have 2 s), entries are forgotten and learnt again while the
 * change lasts. */
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
	/* Of one that was made with IPv6's unspecified address, neither is told. */
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

/* An array, in the order of DEVCONF_*, which is longer the newer the kernel. */
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

/* Of less than what the kernel gives to a device that sets none itself. */
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

	if (!has_header(msg, sizeof(*info)) || info->ifi_family != AF_UNSPEC)
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

	if (!has_header(msg, sizeof(*info)) || info->ifi_family != AF_BRIDGE)
		return false;
	nsa_nl_parse(msg, sizeof(*info), tb, IFLA_MAX);
	if (!tb[IFLA_PROTINFO])
		return false;
	*ifindex = info->ifi_index;
	memset(out, 0, sizeof(*out));
	parse_port(tb[IFLA_PROTINFO], out);
	return true;
}

/* Addresses */

bool nsa_rtnl_parse_addr(const struct nlmsghdr *msg, struct nsa_addr *out)
{
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[IFA_MAX + 1] = {};
	__u8 addr[16] = {};
	size_t size;

	if (!has_header(msg, sizeof(*info)) || !is_prefix(info->ifa_family, info->ifa_prefixlen))
		return false;
	size = nsa_rtnl_address_size(info->ifa_family);
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

/* Routes */

static void parse_gateway(const struct nlattr *const *tb, struct nsa_krt *route)
{
	struct {
		__kernel_sa_family_t family;
		__u8 addr[16];
	} via;

	if (nsa_nl_get(tb[RTA_GATEWAY], route->gw, nsa_rtnl_address_size(route->family))) {
		route->gw_family = route->family;
	} else if (nsa_nl_get(tb[RTA_VIA], &via, sizeof(via))) {
		/* Only ever IPv6, for an IPv4 route. */
		route->gw_family = via.family;
		memcpy(route->gw, via.addr, sizeof(route->gw));
	}
}

/* What each next hop has of its own, whether it is the only one or one of RTA_MULTIPATH. */
static void parse_hop(const struct nlattr *const *tb, __u8 flags, int oif, struct nsa_krt *route)
{
	route->hops += route->hops < 255;
	route->hop_down |= !!(flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN));
	route->encap |= tb[RTA_ENCAP] || tb[RTA_ENCAP_TYPE];
	if (route->multipath)
		return;
	route->flags = flags;
	route->oif = oif;
	parse_gateway(tb, route);
}

/* RTNH_OK() alone looks at the length behind the last one, too. */
static bool is_hop(const struct rtnexthop *hop, int len)
{
	return len >= (int)sizeof(*hop) && RTNH_OK(hop, len);
}

static void parse_multipath(const struct nlattr *nest, struct nsa_krt *route)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(nest);
	int len = mnl_attr_get_payload_len(nest);

	route->multipath = is_hop(hop, len) && len > RTNH_ALIGN(hop->rtnh_len);
	for (; is_hop(hop, len); len -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop)) {
		const struct nlattr *tb[RTA_ENCAP + 1] = {};

		nsa_nl_parse_bytes(RTNH_DATA(hop), hop->rtnh_len - RTNH_LENGTH(0), tb, RTA_ENCAP);
		parse_hop(tb, hop->rtnh_flags, hop->rtnh_ifindex, route);
	}
}

static void parse_hops(const struct rtmsg *info, const struct nlattr *const *tb,
		       struct nsa_krt *route)
{
	int oif = 0;

	if (tb[RTA_MULTIPATH])
		return parse_multipath(tb[RTA_MULTIPATH], route);
	if (nsa_nl_get(tb[RTA_OIF], &oif, sizeof(oif)))
		parse_hop(tb, info->rtm_flags & 0xff, oif, route); /* above: RTM_F_* */
}

static void parse_metrics(const struct nlattr *nest, struct nsa_krt *route)
{
	const struct nlattr *tb[RTAX_MTU + 1] = {};
	__u32 lock = 0;

	nsa_nl_parse_nested(nest, tb, RTAX_MTU);
	nsa_nl_get(tb[RTAX_MTU], &route->mtu, sizeof(route->mtu));
	nsa_nl_get(tb[RTAX_LOCK], &lock, sizeof(lock));
	route->mtu_locked = lock & (1 << RTAX_MTU);
	/* ip_dst_mtu_maybe_forward(): by a gateway, which several next hops and next hop objects may have. */
	if (route->family == AF_INET && route->mtu_locked && !route->mtu &&
	    (route->gw_family || route->multipath || route->nh_id))
		route->mtu = LOCKED_MTU;
}

/* Of a router's advertisements the kernel tells before it has set the time. */
static bool expires(const struct nlattr *const *tb, const struct nsa_krt *route)
{
	struct rta_cacheinfo info = {};

	nsa_nl_get(tb[RTA_CACHEINFO], &info, sizeof(info));
	return route->family == AF_INET6 && (info.rta_expires || route->protocol == RTPROT_RA);
}

bool nsa_rtnl_parse_any_route(const struct nlmsghdr *msg, struct nsa_krt *out)
{
	const struct rtmsg *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[RTA_NH_ID + 1] = {};

	if (!has_header(msg, sizeof(*info)) || !is_prefix(info->rtm_family, info->rtm_dst_len) ||
	    !is_prefix(info->rtm_family, info->rtm_src_len))
		return false;
	memset(out, 0, sizeof(*out));
	nsa_nl_parse(msg, sizeof(*info), tb, RTA_NH_ID);
	out->family = info->rtm_family;
	out->dst_len = info->rtm_dst_len;
	out->src_len = info->rtm_src_len;
	out->tos = info->rtm_tos;
	out->type = info->rtm_type;
	out->scope = info->rtm_scope;
	out->protocol = info->rtm_protocol;
	out->table = info->rtm_table;
	nsa_nl_get(tb[RTA_TABLE], &out->table, sizeof(out->table));
	nsa_nl_get(tb[RTA_PRIORITY], &out->metric, sizeof(out->metric));
	nsa_nl_get(tb[RTA_PREF], &out->pref, sizeof(out->pref));
	nsa_nl_get(tb[RTA_NH_ID], &out->nh_id, sizeof(out->nh_id));
	nsa_nl_get(tb[RTA_DST], out->dst, nsa_rtnl_address_size(out->family));
	out->expires = expires(tb, out);
	parse_hops(info, tb, out);
	if (tb[RTA_METRICS])
		parse_metrics(tb[RTA_METRICS], out);
	return true;
}

bool nsa_rtnl_parse_route(const struct nlmsghdr *msg, struct nsa_krt *out)
{
	const struct rtmsg *info = mnl_nlmsg_get_payload(msg);

	return has_header(msg, sizeof(*info)) && !(info->rtm_flags & RTM_F_CLONED) &&
	       nsa_rtnl_parse_any_route(msg, out);
}

bool nsa_rtnl_parse_exception(const struct nlmsghdr *msg, struct nsa_krt *out)
{
	const struct rtmsg *info = mnl_nlmsg_get_payload(msg);

	if (!has_header(msg, sizeof(*info)) || !(info->rtm_flags & RTM_F_CLONED) ||
	    !nsa_rtnl_parse_any_route(msg, out))
		return false;
	/* ip_dst_mtu_maybe_forward() minds a locked one alone, but ip6_finish_output() any. */
	return out->family == AF_INET ? info->rtm_flags & RTCF_REDIRECTED || out->mtu_locked :
					out->protocol == RTPROT_REDIRECT || out->mtu;
}

/* Neighbours */

static bool get_mac(const struct nlattr *attr, __u8 *mac)
{
	return attr && mnl_attr_get_payload_len(attr) == 6 && nsa_nl_get(attr, mac, 6);
}

bool nsa_rtnl_parse_neigh(const struct nlmsghdr *msg, struct nsa_neigh *out)
{
	const struct ndmsg *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[NDA_MAX + 1] = {};
	__u8 addr[16] = {};
	__u32 flags_ext = 0;

	if (!has_header(msg, sizeof(*info)) || !is_ip(info->ndm_family))
		return false;
	nsa_nl_parse(msg, sizeof(*info), tb, NDA_MAX);
	if (!nsa_nl_get(tb[NDA_DST], addr, nsa_rtnl_address_size(info->ndm_family)))
		return false;
	memset(out, 0, sizeof(*out));
	out->ifindex = info->ndm_ifindex;
	out->family = info->ndm_family;
	out->state = info->ndm_state;
	out->flags = info->ndm_flags;
	nsa_nl_get(tb[NDA_FLAGS_EXT], &flags_ext, sizeof(flags_ext));
	out->managed = flags_ext & NTF_EXT_MANAGED;
	nsa_nl_get(tb[NDA_PROTOCOL], &out->protocol, sizeof(out->protocol));
	out->has_mac = get_mac(tb[NDA_LLADDR], out->mac);
	memcpy(out->addr, addr, sizeof(out->addr));
	return true;
}

/* Without a master it isn't a bridge's: addresses that a device takes, or a VXLAN device's own
 * database. */
bool nsa_rtnl_parse_fdb(const struct nlmsghdr *msg, struct nsa_fdb *out)
{
	const struct ndmsg *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[NDA_MAX + 1] = {};
	__u8 mac[6];
	int bridge;

	if (!has_header(msg, sizeof(*info)) || info->ndm_family != AF_BRIDGE ||
	    info->ndm_flags & NTF_SELF)
		return false;
	nsa_nl_parse(msg, sizeof(*info), tb, NDA_MAX);
	if (!get_mac(tb[NDA_LLADDR], mac) || !nsa_nl_get(tb[NDA_MASTER], &bridge, sizeof(bridge)))
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

/* Rules */

static bool is_default_rule(__u8 family, __u32 priority, __u32 table)
{
	return (priority == 0 && table == RT_TABLE_LOCAL) ||
	       (priority == 32766 && table == RT_TABLE_MAIN) ||
	       (priority == 32767 && table == RT_TABLE_DEFAULT && family == AF_INET);
}

/* Has it nothing but what any rule that matches everything has? Attributes that are newer than this
 * source restrict it, too. */
static bool matches_all(const struct nlmsghdr *msg, const struct fib_rule_hdr *info)
{
	const struct nlattr *attr;
	__u32 suppress;

	if (info->flags || info->src_len || info->dst_len || info->tos)
		return false;
	mnl_attr_for_each(attr, msg, sizeof(*info)) {
		switch (mnl_attr_get_type(attr)) {
		case FRA_TABLE:
		case FRA_PRIORITY:
		case FRA_PROTOCOL:
			break;
		case FRA_SUPPRESS_PREFIXLEN:
			if (nsa_nl_get(attr, &suppress, sizeof(suppress)) && suppress != (__u32)-1)
				return false;
			break;
		default:
			return false;
		}
	}
	return true;
}

bool nsa_rtnl_parse_rule(const struct nlmsghdr *msg, struct nsa_rule *out)
{
	const struct fib_rule_hdr *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[FRA_TABLE + 1] = {};

	if (!has_header(msg, sizeof(*info)) || !is_ip(info->family))
		return false;
	memset(out, 0, sizeof(*out));
	nsa_nl_parse(msg, sizeof(*info), tb, FRA_TABLE);
	out->family = info->family;
	out->action = info->action;
	out->table = info->table;
	nsa_nl_get(tb[FRA_TABLE], &out->table, sizeof(out->table));
	nsa_nl_get(tb[FRA_PRIORITY], &out->priority, sizeof(out->priority));
	out->tunnel = tb[FRA_TUN_ID];
	out->plain = out->action == FR_ACT_TO_TBL && matches_all(msg, info) &&
		     is_default_rule(out->family, out->priority, out->table);
	return true;
}

/* Settings */

static bool get_int(const struct nlattr *attr, int *value)
{
	return nsa_nl_get(attr, value, sizeof(*value));
}

bool nsa_rtnl_parse_stats(const struct nlmsghdr *msg, struct nsa_link_stats *out)
{
	const struct nlattr *tb[IFLA_STATS_LINK_64 + 1] = {};
	const struct if_stats_msg *header = mnl_nlmsg_get_payload(msg);
	__u64 first[4]; /* of a structure that grows with kernels */

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

bool nsa_rtnl_parse_netconf(const struct nlmsghdr *msg, struct nsa_netconf *out)
{
	const struct netconfmsg *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[NETCONFA_MAX + 1] = {};
	int ifindex, forwarding = 0, rp_filter = 0;

	if (!has_header(msg, sizeof(*info)) || !is_ip(info->ncm_family))
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
