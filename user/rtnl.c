// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "nl.h"
#include "rtnl.h"

/* Of dumps that changes interrupt: enough for any but a namespace in constant turmoil. */
#define DUMP_TRIES 20

struct nsa_rtnl {
	struct nsa_nl nl;
};

int nsa_rtnl_open(struct nsa_rtnl **out, int netns_fd)
{
	__cleanup(nsa_freep) struct nsa_rtnl *rtnl = malloc(sizeof(*rtnl));
	int r;

	if (!rtnl)
		return -ENOMEM;
	r = nsa_nl_open(&rtnl->nl, NETLINK_ROUTE, netns_fd);
	if (r < 0)
		return r;
	*out = TAKE_PTR(rtnl);
	return 0;
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

/* What the kernel is asked for, and how its messages become items. */
struct object {
	__u16 type;    /* RTM_GET* */
	size_t header; /* of the request and of each message; the family comes first */
	size_t size;   /* of an item */
	/* Fills an item, all zero before; false: leave it out. */
	bool (*parse)(const struct nlmsghdr *msg, void *item);
};

struct items {
	const struct object *object;
	__u8 family; /* AF_UNSPEC: any */
	void *array;
	size_t count;
	int error;
};

static void *items_next(struct items *items)
{
	size_t count = items->count, size = items->object->size;
	void *array;

	/* Full whenever the count is a power of two, or 0. */
	if (!(count & (count - 1))) {
		array = reallocarray(items->array, count ? 2 * count : 1, size);
		if (!array)
			return NULL;
		items->array = array;
	}
	return memset(items->array + count * size, 0, size);
}

/* Goes on after an error, to empty the socket. */
static int items_add(const struct nlmsghdr *msg, void *data)
{
	struct items *items = data;
	const __u8 *family = mnl_nlmsg_get_payload(msg);
	void *item;

	if (items->error || mnl_nlmsg_get_payload_len(msg) < items->object->header)
		return MNL_CB_OK;
	/* Without IPv6 the kernel answers for all the families that it has. */
	if (items->family && items->family != *family)
		return MNL_CB_OK;
	item = items_next(items);
	if (!item)
		items->error = -ENOMEM;
	else if (items->object->parse(msg, item))
		items->count++;
	return MNL_CB_OK;
}

static struct nlmsghdr *begin(struct nsa_rtnl *rtnl, const struct object *object, __u8 family,
			      __u16 flags)
{
	struct nlmsghdr *request;

	request = nsa_nl_request(&rtnl->nl, object->type, flags, object->header);
	*(__u8 *)nsa_nl_header(request) = family;
	return request;
}

/* Appends what one family has. */
static int dump_family(struct nsa_rtnl *rtnl, struct items *items, __u8 family)
{
	size_t before = items->count;
	int r, try;

	begin(rtnl, items->object, family, NLM_F_DUMP);
	items->family = family;
	for (try = 0; try < DUMP_TRIES; try++) {
		items->count = before;
		r = nsa_nl_talk(&rtnl->nl, items_add, items);
		if (items->error)
			return items->error;
		if (r != -EINTR)
			return r;
	}
	return -EAGAIN;
}

static int dump_ip(struct nsa_rtnl *rtnl, struct items *items)
{
	int r;

	r = dump_family(rtnl, items, AF_INET);
	if (r < 0)
		return r;
	r = dump_family(rtnl, items, AF_INET6);
	return r == -EAFNOSUPPORT ? 0 : r;
}

static int dump(struct nsa_rtnl *rtnl, const struct object *object, void *out, size_t *count)
{
	struct items items = { .object = object };
	int r;

	if (object->type == RTM_GETLINK)
		r = dump_family(rtnl, &items, AF_UNSPEC);
	else
		r = dump_ip(rtnl, &items);
	if (r < 0) {
		free(items.array);
		return r;
	}
	memcpy(out, &items.array, sizeof(items.array));
	*count = items.count;
	return 0;
}

/* The answer to the request begun with NLM_F_ACK, which is for one item. */
static int get(struct nsa_rtnl *rtnl, const struct object *object, void *out)
{
	struct items items = { .object = object };
	int r;

	r = nsa_nl_talk(&rtnl->nl, items_add, &items);
	if (!r)
		r = items.error;
	if (!r && !items.count)
		r = -ENOENT;
	if (!r)
		memcpy(out, items.array, object->size);
	free(items.array);
	return r;
}

/* Links */

static void parse_linkinfo(const struct nlattr *nest, struct nsa_link *link)
{
	const struct nlattr *tb[IFLA_INFO_MAX + 1] = {};
	const struct nlattr *data[IFLA_MACVLAN_MAX + 1] = {};

	nsa_nl_parse_nested(nest, tb, IFLA_INFO_MAX);
	nsa_nl_get_string(tb[IFLA_INFO_KIND], link->kind, sizeof(link->kind));
	nsa_nl_get_string(tb[IFLA_INFO_SLAVE_KIND], link->master_kind, sizeof(link->master_kind));
	if (strcmp(link->kind, "macvlan") && strcmp(link->kind, "macvtap"))
		return;
	nsa_nl_parse_nested(tb[IFLA_INFO_DATA], data, IFLA_MACVLAN_MAX);
	nsa_nl_get(data[IFLA_MACVLAN_MODE], &link->macvlan_mode, sizeof(link->macvlan_mode));
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

static bool parse_link(const struct nlmsghdr *msg, void *item)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[IFLA_MAX + 1] = {};
	struct nsa_link *link = item;
	__u8 carrier = 0;

	nsa_nl_parse(msg, sizeof(*info), tb, IFLA_MAX);
	link->ifindex = info->ifi_index;
	link->flags = info->ifi_flags;
	link->ethernet = info->ifi_type == ARPHRD_ETHER;
	link->link_nsid = -1;
	nsa_nl_get_string(tb[IFLA_IFNAME], link->name, sizeof(link->name));
	if (link->ethernet)
		nsa_nl_get(tb[IFLA_ADDRESS], link->mac, sizeof(link->mac));
	nsa_nl_get_string(tb[IFLA_QDISC], link->qdisc, sizeof(link->qdisc));
	nsa_nl_get(tb[IFLA_MTU], &link->mtu, sizeof(link->mtu));
	nsa_nl_get(tb[IFLA_LINK], &link->link, sizeof(link->link));
	nsa_nl_get(tb[IFLA_LINK_NETNSID], &link->link_nsid, sizeof(link->link_nsid));
	nsa_nl_get(tb[IFLA_MASTER], &link->master, sizeof(link->master));
	nsa_nl_get(tb[IFLA_NUM_RX_QUEUES], &link->rx_queues, sizeof(link->rx_queues));
	nsa_nl_get(tb[IFLA_NUM_TX_QUEUES], &link->tx_queues, sizeof(link->tx_queues));
	nsa_nl_get(tb[IFLA_OPERSTATE], &link->operstate, sizeof(link->operstate));
	nsa_nl_get(tb[IFLA_CARRIER], &carrier, sizeof(carrier));
	link->carrier = carrier;
	parse_linkinfo(tb[IFLA_LINKINFO], link);
	parse_xdp(tb[IFLA_XDP], link);
	return true;
}

static const struct object link_object = {
	RTM_GETLINK,
	sizeof(struct ifinfomsg),
	sizeof(struct nsa_link),
	parse_link,
};

int nsa_rtnl_links(struct nsa_rtnl *rtnl, struct nsa_link **out, size_t *count)
{
	return dump(rtnl, &link_object, out, count);
}

int nsa_rtnl_link_by_name(struct nsa_rtnl *rtnl, const char *name, struct nsa_link *out)
{
	struct nlmsghdr *request = begin(rtnl, &link_object, AF_UNSPEC, NLM_F_ACK);
	size_t len = strlen(name);

	if (!len || len >= ALTIFNAMSIZ)
		return -ENODEV;
	mnl_attr_put_strz(request, len < IFNAMSIZ ? IFLA_IFNAME : IFLA_ALT_IFNAME, name);
	return get(rtnl, &link_object, out);
}

/* Addresses */

static size_t address_size(__u8 family)
{
	return family == AF_INET ? 4 : 16;
}

static bool parse_addr(const struct nlmsghdr *msg, void *item)
{
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[IFA_MAX + 1] = {};
	size_t size = address_size(info->ifa_family);
	struct nsa_addr *addr = item;

	nsa_nl_parse(msg, sizeof(*info), tb, IFA_MAX);
	addr->ifindex = info->ifa_index;
	addr->family = info->ifa_family;
	addr->prefixlen = info->ifa_prefixlen;
	addr->scope = info->ifa_scope;
	addr->flags = info->ifa_flags;
	nsa_nl_get(tb[IFA_FLAGS], &addr->flags, sizeof(addr->flags));
	return nsa_nl_get(tb[IFA_LOCAL], addr->addr, size) ||
	       nsa_nl_get(tb[IFA_ADDRESS], addr->addr, size);
}

static const struct object addr_object = {
	RTM_GETADDR,
	sizeof(struct ifaddrmsg),
	sizeof(struct nsa_addr),
	parse_addr,
};

int nsa_rtnl_addrs(struct nsa_rtnl *rtnl, struct nsa_addr **out, size_t *count)
{
	return dump(rtnl, &addr_object, out, count);
}

/* Routes */

static void parse_gateway(const struct nlattr *const *tb, struct nsa_krt *route)
{
	struct {
		__kernel_sa_family_t family;
		__u8 addr[16];
	} via;

	if (nsa_nl_get(tb[RTA_GATEWAY], route->gw, address_size(route->family))) {
		route->gw_family = route->family;
	} else if (nsa_nl_get(tb[RTA_VIA], &via, sizeof(via))) {
		/* Only ever IPv6, for an IPv4 route. */
		route->gw_family = via.family;
		memcpy(route->gw, via.addr, sizeof(route->gw));
	}
}

/* What each next hop has of its own, whether it is the only one or one of RTA_MULTIPATH. */
static void parse_hop(const struct nlattr *const *tb, struct nsa_krt *route)
{
	parse_gateway(tb, route);
	route->encap = tb[RTA_ENCAP] || tb[RTA_ENCAP_TYPE];
}

static void parse_multipath(const struct nlattr *nest, struct nsa_krt *route)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(nest);
	int len = mnl_attr_get_payload_len(nest);
	const struct nlattr *tb[RTA_MAX + 1] = {};

	if (!RTNH_OK(hop, len))
		return;
	route->multipath = len > RTNH_ALIGN(hop->rtnh_len);
	if (route->multipath)
		return;
	route->oif = hop->rtnh_ifindex;
	route->flags = hop->rtnh_flags;
	nsa_nl_parse_bytes(RTNH_DATA(hop), hop->rtnh_len - RTNH_LENGTH(0), tb, RTA_MAX);
	parse_hop(tb, route);
}

static bool parse_any_route(const struct nlmsghdr *msg, void *item)
{
	const struct rtmsg *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[RTA_MAX + 1] = {}, *metrics[RTAX_MAX + 1] = {};
	struct nsa_krt *route = item;

	nsa_nl_parse(msg, sizeof(*info), tb, RTA_MAX);
	nsa_nl_parse_nested(tb[RTA_METRICS], metrics, RTAX_MAX);
	route->family = info->rtm_family;
	route->dst_len = info->rtm_dst_len;
	route->src_len = info->rtm_src_len;
	route->tos = info->rtm_tos;
	route->type = info->rtm_type;
	route->scope = info->rtm_scope;
	route->protocol = info->rtm_protocol;
	route->flags = info->rtm_flags & 0xff; /* above: RTM_F_* */
	route->table = info->rtm_table;
	nsa_nl_get(tb[RTA_TABLE], &route->table, sizeof(route->table));
	nsa_nl_get(tb[RTA_PRIORITY], &route->metric, sizeof(route->metric));
	nsa_nl_get(metrics[RTAX_MTU], &route->mtu, sizeof(route->mtu));
	nsa_nl_get(tb[RTA_NH_ID], &route->nh_id, sizeof(route->nh_id));
	nsa_nl_get(tb[RTA_OIF], &route->oif, sizeof(route->oif));
	nsa_nl_get(tb[RTA_DST], route->dst, address_size(route->family));
	parse_hop(tb, route);
	if (tb[RTA_MULTIPATH])
		parse_multipath(tb[RTA_MULTIPATH], route);
	return true;
}

static bool parse_route(const struct nlmsghdr *msg, void *item)
{
	const struct rtmsg *info = mnl_nlmsg_get_payload(msg);

	return !(info->rtm_flags & RTM_F_CLONED) && parse_any_route(msg, item);
}

int nsa_rtnl_routes(struct nsa_rtnl *rtnl, struct nsa_krt **out, size_t *count)
{
	static const struct object object = {
		RTM_GETROUTE,
		sizeof(struct rtmsg),
		sizeof(struct nsa_krt),
		parse_route,
	};

	return dump(rtnl, &object, out, count);
}

/* IPv4 fails where IPv6 answers with a route of such a type. */
static int route_error(const struct nsa_krt *route)
{
	switch (route->type) {
	case RTN_BLACKHOLE:
		return -EINVAL;
	case RTN_UNREACHABLE:
		return -EHOSTUNREACH;
	case RTN_PROHIBIT:
		return -EACCES;
	default:
		return 0;
	}
}

int nsa_rtnl_route_get(struct nsa_rtnl *rtnl, __u8 family, const __u8 *addr, struct nsa_krt *out)
{
	static const struct object object = {
		RTM_GETROUTE,
		sizeof(struct rtmsg),
		sizeof(struct nsa_krt),
		parse_any_route,
	};
	struct nlmsghdr *request = begin(rtnl, &object, family, NLM_F_ACK);
	struct rtmsg *header = nsa_nl_header(request);
	size_t size = address_size(family);
	struct nsa_krt route;
	int r;

	header->rtm_dst_len = 8 * size;
	/* The table that the route is in; IPv6 always tells and knows no such flag. */
	if (family == AF_INET)
		header->rtm_flags = RTM_F_LOOKUP_TABLE;
	mnl_attr_put(request, RTA_DST, size, addr);
	r = get(rtnl, &object, &route);
	if (r < 0)
		return r;
	r = route_error(&route);
	if (r < 0)
		return r;
	*out = route;
	return 0;
}

/* Neighbours */

static bool parse_neigh(const struct nlmsghdr *msg, void *item)
{
	const struct ndmsg *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[NDA_MAX + 1] = {};
	struct nsa_neigh *neigh = item;
	__u32 flags_ext = 0;

	nsa_nl_parse(msg, sizeof(*info), tb, NDA_MAX);
	neigh->ifindex = info->ndm_ifindex;
	neigh->family = info->ndm_family;
	neigh->state = info->ndm_state;
	neigh->flags = info->ndm_flags;
	nsa_nl_get(tb[NDA_FLAGS_EXT], &flags_ext, sizeof(flags_ext));
	neigh->managed = flags_ext & NTF_EXT_MANAGED;
	nsa_nl_get(tb[NDA_PROTOCOL], &neigh->protocol, sizeof(neigh->protocol));
	neigh->has_mac = tb[NDA_LLADDR] &&
			 mnl_attr_get_payload_len(tb[NDA_LLADDR]) == sizeof(neigh->mac) &&
			 nsa_nl_get(tb[NDA_LLADDR], neigh->mac, sizeof(neigh->mac));
	return nsa_nl_get(tb[NDA_DST], neigh->addr, address_size(neigh->family));
}

static const struct object neigh_object = {
	RTM_GETNEIGH,
	sizeof(struct ndmsg),
	sizeof(struct nsa_neigh),
	parse_neigh,
};

int nsa_rtnl_neighs(struct nsa_rtnl *rtnl, struct nsa_neigh **out, size_t *count)
{
	return dump(rtnl, &neigh_object, out, count);
}

static int get_neigh(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr,
		     struct nsa_neigh *out)
{
	struct nlmsghdr *request = begin(rtnl, &neigh_object, family, NLM_F_ACK);
	struct ndmsg *header = nsa_nl_header(request);

	header->ndm_ifindex = ifindex;
	mnl_attr_put(request, NDA_DST, address_size(family), addr);
	return get(rtnl, &neigh_object, out);
}

/* NTF_USE: resolve it now. flags_ext replaces the entry's. */
static int use_neigh(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr,
		     __u32 flags_ext, __u8 protocol)
{
	struct nlmsghdr *request;
	struct ndmsg *header;

	request = nsa_nl_request(&rtnl->nl, RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE,
				 sizeof(*header));
	header = nsa_nl_header(request);
	header->ndm_family = family;
	header->ndm_ifindex = ifindex;
	header->ndm_flags = NTF_USE;
	mnl_attr_put(request, NDA_DST, address_size(family), addr);
	/* Kernels that don't know NDA_FLAGS_EXT ignore it. */
	mnl_attr_put_u32(request, NDA_FLAGS_EXT, flags_ext);
	mnl_attr_put_u8(request, NDA_PROTOCOL, protocol);
	return nsa_nl_talk(&rtnl->nl, NULL, NULL);
}

int nsa_rtnl_neigh_resolve(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr)
{
	struct nsa_neigh neigh;
	int r;

	/* The request would turn what somebody has fixed into something to be resolved. */
	r = get_neigh(rtnl, ifindex, family, addr, &neigh);
	if (!r && (neigh.state & (NUD_PERMANENT | NUD_NOARP) || neigh.flags & NTF_EXT_LEARNED))
		return 0;
	if (r < 0 && r != -ENOENT)
		return r;
	if (!r && neigh.managed) /* somebody's */
		return 0;
	return use_neigh(rtnl, ifindex, family, addr, NTF_EXT_MANAGED, NSA_NEIGH_PROTOCOL);
}

int nsa_rtnl_neigh_release(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr)
{
	return use_neigh(rtnl, ifindex, family, addr, 0, RTPROT_UNSPEC);
}

/* Rules */

static bool is_default_rule(__u8 family, __u32 priority, __u32 table)
{
	return (priority == 0 && table == RT_TABLE_LOCAL) ||
	       (priority == 32766 && table == RT_TABLE_MAIN) ||
	       (priority == 32767 && table == RT_TABLE_DEFAULT && family == AF_INET);
}

/* Has it nothing but what any rule that matches everything has? */
static bool matches_all(const struct fib_rule_hdr *info, const struct nlattr *const *tb)
{
	__u32 suppress = -1;
	int type;

	nsa_nl_get(tb[FRA_SUPPRESS_PREFIXLEN], &suppress, sizeof(suppress));
	if (info->flags || info->src_len || info->dst_len || info->tos || suppress != (__u32)-1)
		return false;
	for (type = 0; type <= FRA_MAX; type++)
		if (tb[type] && type != FRA_TABLE && type != FRA_PRIORITY && type != FRA_PROTOCOL &&
		    type != FRA_SUPPRESS_PREFIXLEN)
			return false;
	return true;
}

static bool parse_rule(const struct nlmsghdr *msg, void *item)
{
	const struct fib_rule_hdr *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[FRA_MAX + 1] = {};
	struct nsa_rule *rule = item;

	nsa_nl_parse(msg, sizeof(*info), tb, FRA_MAX);
	rule->family = info->family;
	rule->action = info->action;
	rule->table = info->table;
	nsa_nl_get(tb[FRA_TABLE], &rule->table, sizeof(rule->table));
	nsa_nl_get(tb[FRA_PRIORITY], &rule->priority, sizeof(rule->priority));
	rule->plain = rule->action == FR_ACT_TO_TBL && matches_all(info, tb) &&
		      is_default_rule(rule->family, rule->priority, rule->table);
	return true;
}

int nsa_rtnl_rules(struct nsa_rtnl *rtnl, struct nsa_rule **out, size_t *count)
{
	static const struct object object = {
		RTM_GETRULE,
		sizeof(struct fib_rule_hdr),
		sizeof(struct nsa_rule),
		parse_rule,
	};

	return dump(rtnl, &object, out, count);
}

/* Namespaces */

static int on_nsid(const struct nlmsghdr *msg, void *nsid)
{
	const struct nlattr *tb[NETNSA_MAX + 1] = {};

	nsa_nl_parse(msg, sizeof(struct rtgenmsg), tb, NETNSA_MAX);
	nsa_nl_get(tb[NETNSA_NSID], nsid, sizeof(int));
	return MNL_CB_OK;
}

int nsa_rtnl_nsid(struct nsa_rtnl *rtnl, int netns_fd, int *nsid)
{
	struct nlmsghdr *request;
	int found = -1, r;

	request = nsa_nl_request(&rtnl->nl, RTM_GETNSID, NLM_F_ACK, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(request, NETNSA_FD, netns_fd);
	r = nsa_nl_talk(&rtnl->nl, on_nsid, &found);
	if (r < 0)
		return r;
	*nsid = found;
	return 0;
}
