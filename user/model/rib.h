/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The owner's kernel routes, in its table: those of the kernel's tables local and main, updated by
 * notifications, and looked up in the order of the kernel's FIB: local, then main. No system calls.
 * 0 or -ENOMEM; -EAGAIN: a notification fits several routes, so that all have to be read anew.
 */
#ifndef NSA_MODEL_RIB_H
#define NSA_MODEL_RIB_H

#include "kernel/objects.h"
#include "model/table.h"

/* Is the route mirrored: is it in such a table, and may its table be looked up for it? Packets for
 * loopback, link-local and multicast destinations pass before any look-up. */
bool nsa_rib_is_mirrored(const struct nsa_kernel_route *k);

/* Adds or removes a route. hop: its next hop by its key; takes over the reference. replace: the
 * route replaces the first one of the same prefix, metric and TOS (NLM_F_REPLACE). */
int nsa_rib_add(struct nsa_table *table, const struct nsa_kernel_route *k, __u32 hop, bool replace);
int nsa_rib_del(struct nsa_table *table, const struct nsa_kernel_route *k, __u32 hop);

/* Records the MTU of a route in any table if it is the family's least. */
int nsa_rib_note_mtu(struct nsa_table *table, const struct nsa_kernel_route *k);
/* Records the properties of a route that count in any table. Reading IPv4's routes anew resets
 * them. */
void nsa_rib_note_any(struct nsa_table *table, const struct nsa_kernel_route *k);
/* Does a new or removed route change these properties? */
bool nsa_rib_is_noted(const struct nsa_kernel_route *k);

/* Around reading all routes anew: those that are not added in between are gone. family: of the
 * routes that are read; 0: all. */
void nsa_rib_begin(struct nsa_table *table);
int nsa_rib_end(struct nsa_table *table, __u8 family);

/* Hosts: single addresses that may be reached as neighbours. Their next hops depend on the routes
 * that cover them. */
int nsa_rib_host_add(struct nsa_table *table, struct nsa_node *node);
int nsa_rib_host_del(struct nsa_table *table, struct nsa_node *node);
/* Is there a host in the route's prefix? */
bool nsa_rib_covers_host(const struct nsa_table *table, const struct nsa_kernel_route *k);

/* The route of the prefix that is in use. NULL: there is none, or (*contested) several share its
 * traffic by source, TOS or order, so that only the kernel's look-up tells. */
const struct nsa_rib_route *nsa_rib_best(const struct nsa_node *node, bool *contested);
/* Does a wider prefix in table local, which is looked up first, hide the prefix in main? */
bool nsa_rib_is_hidden(const struct nsa_table *table, const struct nsa_node *node);
/* The route that the kernel would use for addr; results of nsa_rib_best(). */
const struct nsa_rib_route *nsa_rib_lookup(const struct nsa_table *table, __u8 family,
					   const __u8 *addr, bool *contested);

#endif
