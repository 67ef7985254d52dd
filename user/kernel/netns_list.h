/* SPDX-License-Identifier: GPL-2.0-only */
/* The network namespaces that can be reached. 0 or -errno; nothing is logged. */
#ifndef NSA_KERNEL_NETNS_LIST_H
#define NSA_KERNEL_NETNS_LIST_H

#include "kernel/objects.h"

/* All that are in /run/netns, of a process, or bind-mounted anywhere, and the caller's own. A
 * namespace that cannot be opened is left out. The list is not updated: compare it with the next
 * one by nsa_netns_find() to learn of new and dead namespaces. */
int nsa_netns_list_get(struct nsa_netns_list **out);
void nsa_netns_list_free(struct nsa_netns_list *list);
void nsa_netns_list_freep(struct nsa_netns_list **list);
/* NULL: it is not in the list. */
const struct nsa_netns *nsa_netns_find(const struct nsa_netns_list *list, __u64 cookie);

#endif
