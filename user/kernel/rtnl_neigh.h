/* SPDX-License-Identifier: GPL-2.0-only */
/* Neighbours by rtnetlink: messages, dump and changes. Conventions of rtnl.h. */
#ifndef NSA_KERNEL_RTNL_NEIGH_H
#define NSA_KERNEL_RTNL_NEIGH_H

#include "kernel/objects.h"

struct nlmsghdr;
struct nsa_rtnl;

/* RTM_NEWNEIGH, RTM_DELNEIGH. false, and *out untouched: malformed, or not IP. */
bool nsa_rtnl_parse_neigh(const struct nlmsghdr *msg, struct nsa_neigh *out);

int nsa_rtnl_neighs(struct nsa_rtnl *rtnl, struct nsa_neigh **out, size_t *count);

/* Makes the kernel resolve addr on the device and keep it fresh: NTF_EXT_MANAGED (Linux 5.16), else
 * NTF_USE. An entry that is permanent, external or managed already stays as it is. */
int nsa_rtnl_neigh_resolve(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr);
/* Ends that: the entry stays, and ages like any other. */
int nsa_rtnl_neigh_release(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr);
/* Deletes the entry. -ENOENT: there is none. */
int nsa_rtnl_neigh_del(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr);
/* Has the effect of a packet sent by the entry: the kernel probes a stale entry, resolves a failed
 * one anew, and changes nothing else. -ENOENT: there is none. The function reads the entry first;
 * an entry that somebody makes permanent in between loses that, so this is not for entries that
 * users set. */
int nsa_rtnl_neigh_use(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr);
/* The same; without an entry, the kernel makes one and resolves it. */
int nsa_rtnl_neigh_ask(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr);

#endif
