// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/netlink.h"
#include "kernel/netns.h"
#include "kernel/rtnl.h"
#include "util/cleanup.h"

/* Of dumps that changes interrupt: enough for any but a namespace in constant turmoil. */
#define DUMP_TRIES 20
/* Of a namespace that somebody else rules. Room for 100,000 addresses, or 10,000 links, and more. */
#define GUEST_TRIES 4
#define GUEST_LIMIT (32 << 20)

struct nsa_rtnl {
	struct nsa_nl nl;
	int tries;
};

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

/* What the kernel is asked for, and how its messages become items. */
struct object {
	__u16 type;    /* RTM_GET* */
	size_t header; /* of the request and of each message; the family comes first */
	size_t size;   /* of an item */
	bool (*parse)(const struct nlmsghdr *msg, void *item); /* false: leave it out */
};

/* NAME_object: what RTM_* GET asks for, whose messages nsa_rtnl_parse_PARSER() takes. */
#define OBJECT(NAME, GET, HEADER, ITEM, PARSER)                                                    \
	static bool NAME##_parse(const struct nlmsghdr *msg, void *item)                           \
	{                                                                                          \
		return nsa_rtnl_parse_##PARSER(msg, item);                                         \
	}                                                                                          \
	static const struct object NAME##_object = { GET, sizeof(struct HEADER),                   \
						     sizeof(struct ITEM), NAME##_parse }

OBJECT(link, RTM_GETLINK, ifinfomsg, nsa_link, link);
OBJECT(addr, RTM_GETADDR, ifaddrmsg, nsa_addr, addr);
OBJECT(route, RTM_GETROUTE, rtmsg, nsa_krt, route);
OBJECT(exception, RTM_GETROUTE, rtmsg, nsa_krt, exception);
OBJECT(route_get, RTM_GETROUTE, rtmsg, nsa_krt, any_route);
OBJECT(neigh, RTM_GETNEIGH, ndmsg, nsa_neigh, neigh);
OBJECT(fdb, RTM_GETNEIGH, ndmsg, nsa_fdb, fdb);
OBJECT(rule, RTM_GETRULE, fib_rule_hdr, nsa_rule, rule);
OBJECT(netconf, RTM_GETNETCONF, netconfmsg, nsa_netconf, netconf);
OBJECT(stats, RTM_GETSTATS, if_stats_msg, nsa_link_stats, stats);

struct items {
	const struct object *object;
	__u8 family; /* AF_UNSPEC: any */
	void *array;
	size_t count, most; /* most 0: any number */
	int ifindex;	    /* addresses: of this device; 0: any */
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
	return items->array + count * size;
}

static bool is_full(const struct items *items)
{
	return items->most && items->count == items->most;
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
	if (is_full(items))
		return MNL_CB_STOP;
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

/* Asked for links with some mask, the kernel finds out how long the longest message is, and makes
 * room for it; else a link with many names fails the dump. */
static void begin_dump(struct nsa_rtnl *rtnl, const struct items *items, __u8 family)
{
	struct nlmsghdr *request = begin(rtnl, items->object, family, NLM_F_DUMP);

	if (items->object == &link_object)
		mnl_attr_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (items->object == &exception_object)
		((struct rtmsg *)nsa_nl_header(request))->rtm_flags = RTM_F_CLONED;
	if (items->object == &stats_object)
		((struct if_stats_msg *)nsa_nl_header(request))->filter_mask =
			IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
	if (items->object == &addr_object)
		((struct ifaddrmsg *)nsa_nl_header(request))->ifa_index = (__u32)items->ifindex;
}

/* Appends what one family has. */
static int dump_family(struct nsa_rtnl *rtnl, struct items *items, __u8 family)
{
	size_t before = items->count;
	int r, try;

	begin_dump(rtnl, items, family);
	items->family = family;
	for (try = 0; try < rtnl->tries; try++) {
		items->count = before;
		r = nsa_nl_talk(&rtnl->nl, items_add, items);
		if (items->error)
			return items->error;
		if (is_full(items))
			return 0;
		if (r != -EINTR)
			return r;
	}
	return -EAGAIN;
}

static int dump_ip(struct nsa_rtnl *rtnl, struct items *items)
{
	int r;

	r = dump_family(rtnl, items, AF_INET);
	if (r < 0 || is_full(items))
		return r;
	r = dump_family(rtnl, items, AF_INET6);
	return r == -EAFNOSUPPORT ? 0 : r;
}

/* family: of the request; AF_INET stands for AF_INET6, too. */
static int dump(struct nsa_rtnl *rtnl, const struct object *object, __u8 family, void *out,
		size_t *count)
{
	struct items items = { .object = object };
	int r;

	if (family == AF_INET)
		r = dump_ip(rtnl, &items);
	else
		r = dump_family(rtnl, &items, family);
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

int nsa_rtnl_links(struct nsa_rtnl *rtnl, struct nsa_link **out, size_t *count)
{
	return dump(rtnl, &link_object, AF_UNSPEC, out, count);
}

int nsa_rtnl_addrs(struct nsa_rtnl *rtnl, struct nsa_addr **out, size_t *count)
{
	return dump(rtnl, &addr_object, AF_INET, out, count);
}

int nsa_rtnl_addrs_of(struct nsa_rtnl *rtnl, int ifindex, size_t most, struct nsa_addr **out,
		      size_t *count)
{
	struct items items = { .object = &addr_object, .most = most, .ifindex = ifindex };
	int r = dump_ip(rtnl, &items);

	if (r < 0) {
		free(items.array);
		return r;
	}
	*out = items.array;
	*count = items.count;
	return 0;
}

int nsa_rtnl_routes(struct nsa_rtnl *rtnl, struct nsa_krt **out, size_t *count)
{
	return dump(rtnl, &route_object, AF_INET, out, count);
}

int nsa_rtnl_exceptions(struct nsa_rtnl *rtnl, struct nsa_krt **out, size_t *count)
{
	return dump(rtnl, &exception_object, AF_INET, out, count);
}

int nsa_rtnl_neighs(struct nsa_rtnl *rtnl, struct nsa_neigh **out, size_t *count)
{
	return dump(rtnl, &neigh_object, AF_INET, out, count);
}

int nsa_rtnl_fdb(struct nsa_rtnl *rtnl, size_t most, struct nsa_fdb **out, size_t *count)
{
	struct items items = { .object = &fdb_object, .most = most };
	int r = dump_family(rtnl, &items, AF_BRIDGE);

	if (r < 0) {
		free(items.array);
		return r;
	}
	*out = items.array;
	*count = items.count;
	return 0;
}

int nsa_rtnl_rules(struct nsa_rtnl *rtnl, struct nsa_rule **out, size_t *count)
{
	return dump(rtnl, &rule_object, AF_INET, out, count);
}

int nsa_rtnl_netconf(struct nsa_rtnl *rtnl, struct nsa_netconf **out, size_t *count)
{
	return dump(rtnl, &netconf_object, AF_INET, out, count);
}

int nsa_rtnl_stats(struct nsa_rtnl *rtnl, struct nsa_link_stats **out, size_t *count)
{
	return dump(rtnl, &stats_object, AF_UNSPEC, out, count);
}

struct each_route {
	__u8 family;
	int (*cb)(void *data, const struct nsa_krt *route);
	void *data;
	int error;
};

/* Goes on after an error, to empty the socket. */
static int on_route(const struct nlmsghdr *msg, void *data)
{
	struct each_route *each = data;
	struct nsa_krt route;

	if (!each->error && nsa_rtnl_parse_route(msg, &route) && route.family == each->family)
		each->error = each->cb(each->data, &route);
	return MNL_CB_OK;
}

int nsa_rtnl_each_route(struct nsa_rtnl *rtnl, __u8 family,
			int (*cb)(void *data, const struct nsa_krt *route), void *data)
{
	struct each_route each = { family, cb, data, 0 };
	int r;

	begin(rtnl, &route_object, family, NLM_F_DUMP);
	r = nsa_nl_talk(&rtnl->nl, on_route, &each);
	return each.error ? each.error : r;
}

int nsa_rtnl_link(struct nsa_rtnl *rtnl, int ifindex, struct nsa_link *out)
{
	struct ifinfomsg *header = nsa_nl_header(begin(rtnl, &link_object, AF_UNSPEC, NLM_F_ACK));

	header->ifi_index = ifindex;
	return get(rtnl, &link_object, out);
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
	struct nlmsghdr *request = begin(rtnl, &route_get_object, family, NLM_F_ACK);
	struct rtmsg *header = nsa_nl_header(request);
	size_t size = nsa_rtnl_address_size(family);
	struct nsa_krt route;
	int r;

	header->rtm_dst_len = 8 * size;
	/* The table that the route is in; IPv6 always tells and knows no such flag. */
	if (family == AF_INET)
		header->rtm_flags = RTM_F_LOOKUP_TABLE;
	mnl_attr_put(request, RTA_DST, size, addr);
	r = get(rtnl, &route_get_object, &route);
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
	struct nlmsghdr *request = begin(rtnl, &route_get_object, family, NLM_F_ACK);
	struct source source = { nsa_rtnl_address_size(family), out, false };
	struct rtmsg *header = nsa_nl_header(request);
	int r;

	header->rtm_dst_len = 8 * source.size;
	mnl_attr_put(request, RTA_DST, source.size, addr);
	mnl_attr_put_u32(request, RTA_OIF, (__u32)oif);
	r = nsa_nl_talk(&rtnl->nl, on_source, &source);
	return r ? r : source.found ? 0 : -EADDRNOTAVAIL;
}

/* Neighbours */

static int get_neigh(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr,
		     struct nsa_neigh *out)
{
	struct nlmsghdr *request = begin(rtnl, &neigh_object, family, NLM_F_ACK);
	struct ndmsg *header = nsa_nl_header(request);

	header->ndm_ifindex = ifindex;
	mnl_attr_put(request, NDA_DST, nsa_rtnl_address_size(family), addr);
	return get(rtnl, &neigh_object, out);
}

/* Is it one that the kernel doesn't resolve? NTF_USE would make it one that it does. */
static bool is_fixed(const struct nsa_neigh *neigh)
{
	return neigh->state & (NUD_PERMANENT | NUD_NOARP);
}

/* NTF_USE: resolve it now. What the entry has of NTF_EXT_LEARNED in flags and of flags_ext becomes
 * as asked for. */
static struct nlmsghdr *use_neigh(struct nsa_rtnl *rtnl, __u16 nlmsg_flags, int ifindex,
				  __u8 family, const __u8 *addr, __u8 flags, __u32 flags_ext)
{
	struct nlmsghdr *request;
	struct ndmsg *header;

	request = nsa_nl_request(&rtnl->nl, RTM_NEWNEIGH, NLM_F_ACK | nlmsg_flags, sizeof(*header));
	header = nsa_nl_header(request);
	header->ndm_family = family;
	header->ndm_ifindex = ifindex;
	header->ndm_flags = NTF_USE | flags;
	mnl_attr_put(request, NDA_DST, nsa_rtnl_address_size(family), addr);
	/* Kernels that don't know NDA_FLAGS_EXT ignore it. */
	mnl_attr_put_u32(request, NDA_FLAGS_EXT, flags_ext);
	return request;
}

static int manage_neigh(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr,
			__u32 flags_ext, __u8 protocol)
{
	struct nlmsghdr *request;

	request =
		use_neigh(rtnl, NLM_F_CREATE | NLM_F_REPLACE, ifindex, family, addr, 0, flags_ext);
	mnl_attr_put_u8(request, NDA_PROTOCOL, protocol);
	return nsa_nl_talk(&rtnl->nl, NULL, NULL);
}

int nsa_rtnl_neigh_resolve(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr)
{
	struct nsa_neigh neigh;
	int r;

	r = get_neigh(rtnl, ifindex, family, addr, &neigh);
	if (!r && (is_fixed(&neigh) || neigh.flags & NTF_EXT_LEARNED))
		return 0;
	if (r < 0 && r != -ENOENT)
		return r;
	if (!r && neigh.managed) /* somebody's */
		return 0;
	return manage_neigh(rtnl, ifindex, family, addr, NTF_EXT_MANAGED, NSA_NEIGH_PROTOCOL);
}

int nsa_rtnl_neigh_release(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr)
{
	return manage_neigh(rtnl, ifindex, family, addr, 0, RTPROT_UNSPEC);
}

int nsa_rtnl_neigh_del(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr)
{
	struct nlmsghdr *request;
	struct ndmsg *header;

	request = nsa_nl_request(&rtnl->nl, RTM_DELNEIGH, NLM_F_ACK, sizeof(*header));
	header = nsa_nl_header(request);
	header->ndm_family = family;
	header->ndm_ifindex = ifindex;
	mnl_attr_put(request, NDA_DST, nsa_rtnl_address_size(family), addr);
	return nsa_nl_talk(&rtnl->nl, NULL, NULL);
}

int nsa_rtnl_neigh_use(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr)
{
	struct nsa_neigh neigh;
	int r;

	r = get_neigh(rtnl, ifindex, family, addr, &neigh);
	if (r)
		return r;
	if (is_fixed(&neigh))
		return 0;
	use_neigh(rtnl, 0, ifindex, family, addr, neigh.flags & NTF_EXT_LEARNED,
		  neigh.managed ? NTF_EXT_MANAGED : 0);
	return nsa_nl_talk(&rtnl->nl, NULL, NULL);
}

int nsa_rtnl_neigh_ask(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr)
{
	int r = nsa_rtnl_neigh_use(rtnl, ifindex, family, addr);

	if (r != -ENOENT)
		return r;
	use_neigh(rtnl, NLM_F_CREATE, ifindex, family, addr, 0, 0);
	return nsa_nl_talk(&rtnl->nl, NULL, NULL);
}

/* Bridges' forwarding databases */

static int get_fdb(struct nsa_rtnl *rtnl, int port, const __u8 *mac, struct nsa_fdb *out)
{
	struct nlmsghdr *request = begin(rtnl, &fdb_object, AF_BRIDGE, NLM_F_ACK);
	struct ndmsg *header = nsa_nl_header(request);

	header->ndm_ifindex = port;
	header->ndm_flags = NTF_MASTER;
	mnl_attr_put(request, NDA_LLADDR, 6, mac);
	return get(rtnl, &fdb_object, out);
}

int nsa_rtnl_fdb_get(struct nsa_rtnl *rtnl, int bridge, const __u8 *mac, struct nsa_fdb *out)
{
	struct nlmsghdr *request = begin(rtnl, &fdb_object, AF_BRIDGE, NLM_F_ACK);
	int r;

	mnl_attr_put(request, NDA_LLADDR, 6, mac);
	mnl_attr_put_u32(request, NDA_MASTER, (__u32)bridge);
	r = get(rtnl, &fdb_object, out);
	/* Of no device, or of one that has no such database. */
	return r == -ENODEV || r == -EINVAL || r == -EOPNOTSUPP ? -ENOENT : r;
}

int nsa_rtnl_fdb_use(struct nsa_rtnl *rtnl, int port, const __u8 *mac)
{
	struct nlmsghdr *request;
	struct nsa_fdb entry;
	struct ndmsg *header;
	int r;

	/* The request alone would bring an address that has moved back to the port. */
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

/* Namespaces */

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
