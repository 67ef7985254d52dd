// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/in_route.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/rtnl_request.h"
#include "kernel/rtnl_route.h"

/* The MTU that the kernel assumes for a lock without an MTU. */
#define LOCKED_MTU 576

static void parse_gateway(const struct nlattr *const *tb, struct nsa_kernel_route *route)
{
	struct {
		__kernel_sa_family_t family;
		__u8 addr[16];
	} via;

	if (nsa_nl_get(tb[RTA_GATEWAY], route->gw, nsa_address_size(route->family))) {
		route->gw_family = route->family;
	} else if (nsa_nl_get(tb[RTA_VIA], &via, sizeof(via))) {
		/* Only IPv4 routes have it, with an IPv6 gateway. */
		route->gw_family = via.family;
		memcpy(route->gw, via.addr, sizeof(route->gw));
	}
}

/* The attributes of one next hop: of the only one, or of one in RTA_MULTIPATH. */
static void parse_hop(const struct nlattr *const *tb, __u8 flags, int oif,
		      struct nsa_kernel_route *route)
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

/* RTNH_OK() alone would read the length field behind the last next hop. */
static bool is_hop(const struct rtnexthop *hop, int len)
{
	return len >= (int)sizeof(*hop) && RTNH_OK(hop, len);
}

static void parse_multipath(const struct nlattr *nest, struct nsa_kernel_route *route)
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
		       struct nsa_kernel_route *route)
{
	int oif = 0;

	if (tb[RTA_MULTIPATH])
		return parse_multipath(tb[RTA_MULTIPATH], route);
	if (nsa_nl_get(tb[RTA_OIF], &oif, sizeof(oif)))
		parse_hop(tb, info->rtm_flags & 0xff, oif, route); /* above: RTM_F_* */
}

static void parse_metrics(const struct nlattr *nest, struct nsa_kernel_route *route)
{
	const struct nlattr *tb[RTAX_MTU + 1] = {};
	__u32 lock = 0;

	nsa_nl_parse_nested(nest, tb, RTAX_MTU);
	nsa_nl_get(tb[RTAX_MTU], &route->mtu, sizeof(route->mtu));
	nsa_nl_get(tb[RTAX_LOCK], &lock, sizeof(lock));
	route->mtu_locked = lock & (1 << RTAX_MTU);
	/* ip_dst_mtu_maybe_forward(): for routes with a gateway. Several next hops, or a next-hop
	 * object, may have one. */
	if (route->family == AF_INET && route->mtu_locked && !route->mtu &&
	    (route->gw_family || route->multipath || route->nh_id))
		route->mtu = LOCKED_MTU;
}

/* The kernel reports the route of a router advertisement before it sets the time of expiry. */
static bool expires(const struct nlattr *const *tb, const struct nsa_kernel_route *route)
{
	struct rta_cacheinfo info = {};

	nsa_nl_get(tb[RTA_CACHEINFO], &info, sizeof(info));
	return route->family == AF_INET6 && (info.rta_expires || route->protocol == RTPROT_RA);
}

bool nsa_rtnl_parse_any_route(const struct nlmsghdr *msg, struct nsa_kernel_route *out)
{
	const struct rtmsg *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[RTA_NH_ID + 1] = {};

	if (!nsa_rtnl_has_header(msg, sizeof(*info)) ||
	    !nsa_rtnl_is_prefix(info->rtm_family, info->rtm_dst_len) ||
	    !nsa_rtnl_is_prefix(info->rtm_family, info->rtm_src_len))
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
	nsa_nl_get(tb[RTA_DST], out->dst, nsa_address_size(out->family));
	out->expires = expires(tb, out);
	parse_hops(info, tb, out);
	if (tb[RTA_METRICS])
		parse_metrics(tb[RTA_METRICS], out);
	return true;
}

bool nsa_rtnl_parse_route(const struct nlmsghdr *msg, struct nsa_kernel_route *out)
{
	const struct rtmsg *info = mnl_nlmsg_get_payload(msg);

	return nsa_rtnl_has_header(msg, sizeof(*info)) && !(info->rtm_flags & RTM_F_CLONED) &&
	       nsa_rtnl_parse_any_route(msg, out);
}

/* A cached route that forwarded packets to its destination take instead of the route in the tables:
 * by an ICMP redirect, or with a path MTU. In IPv4 only a locked one counts (below
 * net.ipv4.route.min_pmtu). */
static bool nsa_rtnl_parse_exception(const struct nlmsghdr *msg, struct nsa_kernel_route *out)
{
	const struct rtmsg *info = mnl_nlmsg_get_payload(msg);

	if (!nsa_rtnl_has_header(msg, sizeof(*info)) || !(info->rtm_flags & RTM_F_CLONED) ||
	    !nsa_rtnl_parse_any_route(msg, out))
		return false;
	/* ip_dst_mtu_maybe_forward() uses a locked MTU only; ip6_finish_output() uses any. */
	return out->family == AF_INET ? info->rtm_flags & RTCF_REDIRECTED || out->mtu_locked :
					out->protocol == RTPROT_REDIRECT || out->mtu;
}

static void select_exceptions(struct nlmsghdr *request, const struct nsa_rtnl_filter *filter)
{
	struct rtmsg *header = nsa_nl_header(request);

	(void)filter;
	header->rtm_flags = RTM_F_CLONED;
}

NSA_RTNL_OBJECT(route, RTM_GETROUTE, rtmsg, nsa_kernel_route, route, NULL);
NSA_RTNL_OBJECT(exception, RTM_GETROUTE, rtmsg, nsa_kernel_route, exception, select_exceptions);
NSA_RTNL_OBJECT(route_get, RTM_GETROUTE, rtmsg, nsa_kernel_route, any_route, NULL);

int nsa_rtnl_routes(struct nsa_rtnl *rtnl, struct nsa_kernel_route **out, size_t *count)
{
	const struct nsa_rtnl_filter filter = { .family = AF_INET };

	return nsa_rtnl_dump(rtnl, &route_object, &filter, out, count);
}

int nsa_rtnl_exceptions(struct nsa_rtnl *rtnl, struct nsa_kernel_route **out, size_t *count)
{
	const struct nsa_rtnl_filter filter = { .family = AF_INET };

	return nsa_rtnl_dump(rtnl, &exception_object, &filter, out, count);
}

struct each_route {
	__u8 family;
	int (*cb)(void *data, const struct nsa_kernel_route *route);
	void *data;
	int error;
};

/* Continues after an error, to empty the socket. */
static int on_route(const struct nlmsghdr *msg, void *data)
{
	struct each_route *each = data;
	struct nsa_kernel_route route;

	if (!each->error && nsa_rtnl_parse_route(msg, &route) && route.family == each->family)
		each->error = each->cb(each->data, &route);
	return MNL_CB_OK;
}

int nsa_rtnl_each_route(struct nsa_rtnl *rtnl, __u8 family,
			int (*cb)(void *data, const struct nsa_kernel_route *route), void *data)
{
	struct each_route each = { family, cb, data, 0 };
	int r;

	nsa_rtnl_begin(rtnl, &route_object, family, NLM_F_DUMP);
	r = nsa_nl_talk(&rtnl->nl, on_route, &each);
	return each.error ? each.error : r;
}

/* For such a route IPv4's lookup fails; IPv6's answers with the route. */
static int route_error(const struct nsa_kernel_route *route)
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

int nsa_rtnl_route_get(struct nsa_rtnl *rtnl, __u8 family, const __u8 *addr,
		       struct nsa_kernel_route *out)
{
	struct nlmsghdr *request = nsa_rtnl_begin(rtnl, &route_get_object, family, NLM_F_ACK);
	struct rtmsg *header = nsa_nl_header(request);
	size_t size = nsa_address_size(family);
	struct nsa_kernel_route route;
	int r;

	header->rtm_dst_len = 8 * size;
	/* Ask for the table of the route; IPv6 always reports it and has no such flag. */
	if (family == AF_INET)
		header->rtm_flags = RTM_F_LOOKUP_TABLE;
	mnl_attr_put(request, RTA_DST, size, addr);
	r = nsa_rtnl_get(rtnl, &route_get_object, &route);
	if (r < 0)
		return r;
	r = route_error(&route);
	if (r < 0)
		return r;
	*out = route;
	return 0;
}

struct source {
	size_t size;
	__u8 *addr;
	bool found;
};

static int on_source(const struct nlmsghdr *msg, void *data)
{
	const struct nlattr *tb[RTA_MAX + 1] = {};
	struct source *source = data;

	nsa_nl_parse(msg, sizeof(struct rtmsg), tb, RTA_MAX);
	source->found = tb[RTA_PREFSRC] != NULL;
	nsa_nl_get(tb[RTA_PREFSRC], source->addr, source->size);
	return MNL_CB_OK;
}

int nsa_rtnl_source(struct nsa_rtnl *rtnl, __u8 family, int oif, const __u8 *addr, __u8 *out)
{
	struct nlmsghdr *request = nsa_rtnl_begin(rtnl, &route_get_object, family, NLM_F_ACK);
	struct source source = { nsa_address_size(family), out, false };
	struct rtmsg *header = nsa_nl_header(request);
	int r;

	header->rtm_dst_len = 8 * source.size;
	mnl_attr_put(request, RTA_DST, source.size, addr);
	mnl_attr_put_u32(request, RTA_OIF, (__u32)oif);
	r = nsa_nl_talk(&rtnl->nl, on_source, &source);
	return r ? r : source.found ? 0 : -EADDRNOTAVAIL;
}
