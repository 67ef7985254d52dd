/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A socket for rtnetlink (libmnl) requests in one namespace. The requests are in rtnl_link.h,
 * rtnl_addr.h, rtnl_route.h, rtnl_rule.h, rtnl_neigh.h, rtnl_fdb.h and rtnl_netconf.h: one header
 * for each kind of object, with the parser of its messages.
 *
 * A socket belongs to the namespace that it was opened in, and keeps it alive; no function changes
 * the namespace of the caller. All functions return 0 or the kernel's -errno, and leave
 * out-parameters untouched on failure. Arrays are allocated by malloc(); the caller frees them.
 * Nothing is logged.
 */
#ifndef NSA_KERNEL_RTNL_H
#define NSA_KERNEL_RTNL_H

struct nsa_netns;
struct nsa_rtnl;

/* ns NULL: the namespace of the calling thread. */
int nsa_rtnl_open(struct nsa_rtnl **out, const struct nsa_netns *ns);
/* For a namespace that somebody else controls: a dump fails early if it is too long (-E2BIG) or is
 * interrupted repeatedly (-EAGAIN). */
void nsa_rtnl_limit(struct nsa_rtnl *rtnl);
void nsa_rtnl_close(struct nsa_rtnl *rtnl);
void nsa_rtnl_closep(struct nsa_rtnl **rtnl);

/* The id of ns in the namespace of the socket; *nsid = -1 if it has none. */
int nsa_rtnl_nsid(struct nsa_rtnl *rtnl, const struct nsa_netns *ns, int *nsid);

#endif
