/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes by rtnetlink: messages, dumps and lookups. Conventions of rtnl.h. */
#ifndef NSA_KERNEL_RTNL_ROUTE_H
#define NSA_KERNEL_RTNL_ROUTE_H

#include "kernel/objects.h"

struct nlmsghdr;
struct nsa_rtnl;

/* RTM_NEWROUTE, RTM_DELROUTE. false, and *out untouched: malformed, or another sort of route than
 * the function is for. */
/* A route of a table; no cached one. */
bool nsa_rtnl_parse_route(const struct nlmsghdr *msg, struct nsa_kernel_route *out);
/* Also a cached route or the answer to one lookup (RTM_F_CLONED). */
bool nsa_rtnl_parse_any_route(const struct nlmsghdr *msg, struct nsa_kernel_route *out);

/* All tables, without cached routes. */
int nsa_rtnl_routes(struct nsa_rtnl *rtnl, struct nsa_kernel_route **out, size_t *count);
/* The same of one family, one by one. cb returns 0, or -errno, after which it is not called again.
 * -EINTR: all routes were passed, but the kernel reports that they changed meanwhile, so that some
 * may be missing or repeated. It does not always report so (for routes never, up to Linux 6.18):
 * only a listener to RTNLGRP_*_ROUTE that was there before misses nothing. */
int nsa_rtnl_each_route(struct nsa_rtnl *rtnl, __u8 family,
			int (*cb)(void *data, const struct nsa_kernel_route *route), void *data);
/* Only those that a packet has used since they were made: the kernel does not report others. */
int nsa_rtnl_exceptions(struct nsa_rtnl *rtnl, struct nsa_kernel_route **out, size_t *count);

/* The answer of "ip route get ADDR". Errors of the lookup itself are -ENETUNREACH, -EHOSTUNREACH,
 * -EACCES (prohibit), -EINVAL (blackhole). */
int nsa_rtnl_route_get(struct nsa_rtnl *rtnl, __u8 family, const __u8 *addr,
		       struct nsa_kernel_route *out);
/* The source address of a socket that sends to addr by the device. -EADDRNOTAVAIL: there is
 * none. */
int nsa_rtnl_source(struct nsa_rtnl *rtnl, __u8 family, int oif, const __u8 *addr, __u8 *out);

#endif
