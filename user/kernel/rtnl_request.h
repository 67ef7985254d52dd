/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For user/kernel/rtnl_*.c alone: requests for one object or for a dump, whose answers a parser
 * turns into items. 0 or -errno.
 */
#ifndef NSA_KERNEL_RTNL_REQUEST_H
#define NSA_KERNEL_RTNL_REQUEST_H

#include <stdbool.h>

#include "kernel/netlink.h"
#include "kernel/objects.h"
#include "kernel/rtnl.h"

struct nsa_rtnl {
	struct nsa_nl nl;
	int tries; /* of a dump that is interrupted */
};

/* Limits a dump. */
struct nsa_rtnl_filter {
	__u8 family; /* of the request; AF_INET: AF_INET, then AF_INET6 */
	size_t most; /* items; 0: all. After a dump that was cut the socket can only be closed */
	int ifindex; /* addresses: of this device; 0: of all */
};

/* A kind of object. */
struct nsa_rtnl_object {
	__u16 type;    /* RTM_GET* */
	size_t header; /* bytes of the header of request and messages; the family comes first */
	size_t size;   /* bytes of an item */
	bool (*parse)(const struct nlmsghdr *msg, void *item); /* false: leave it out */
	/* Adds to the request for a dump; NULL: nothing. */
	void (*select)(struct nlmsghdr *request, const struct nsa_rtnl_filter *filter);
};

/* Defines NAME_object: what the request RTM_* GET returns, as parsed by nsa_rtnl_parse_PARSER(). */
#define NSA_RTNL_OBJECT(NAME, GET, HEADER, ITEM, PARSER, SELECT)                                   \
	static bool NAME##_parse(const struct nlmsghdr *msg, void *item)                           \
	{                                                                                          \
		return nsa_rtnl_parse_##PARSER(msg, item);                                         \
	}                                                                                          \
	static const struct nsa_rtnl_object NAME##_object = { GET, sizeof(struct HEADER),          \
							      sizeof(struct ITEM), NAME##_parse,   \
							      SELECT }

/* Begins a request for the object; the caller fills in the header and adds attributes. */
struct nlmsghdr *nsa_rtnl_begin(struct nsa_rtnl *rtnl, const struct nsa_rtnl_object *object,
				__u8 family, __u16 flags);
/* Sends the request, begun with NLM_F_ACK, and copies the one item of the answer to *out. -ENOENT:
 * no item. */
int nsa_rtnl_get(struct nsa_rtnl *rtnl, const struct nsa_rtnl_object *object, void *out);
/* Dumps the objects that the filter selects. out: address of a pointer to items; the caller frees
 * the array. A dump that the kernel marks as interrupted is repeated. */
int nsa_rtnl_dump(struct nsa_rtnl *rtnl, const struct nsa_rtnl_object *object,
		  const struct nsa_rtnl_filter *filter, void *out, size_t *count);

/* For parsers. Does the message have a header of that size? */
static inline bool nsa_rtnl_has_header(const struct nlmsghdr *msg, size_t size)
{
	return mnl_nlmsg_get_payload_len(msg) >= size;
}

static inline bool nsa_rtnl_is_ip(__u8 family)
{
	return family == AF_INET || family == AF_INET6;
}

/* Is len a valid prefix length of an IP family? */
static inline bool nsa_rtnl_is_prefix(__u8 family, __u8 len)
{
	return nsa_rtnl_is_ip(family) && len <= 8 * nsa_address_size(family);
}

/* An attribute with a MAC address, of 6 bytes exactly. */
static inline bool nsa_rtnl_get_mac(const struct nlattr *attr, __u8 *mac)
{
	return attr && mnl_attr_get_payload_len(attr) == 6 && nsa_nl_get(attr, mac, 6);
}

#endif
