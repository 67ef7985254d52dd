/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The owner's kernel routes in its table: the local table and main, kept
 * current by messages and asked as the kernel's FIB is: local, then main.
 * Pure. 0 or -ENOMEM; -EAGAIN: which of several routes is meant can't be told, and all have to be
 * read anew.
 */
#ifndef NSA_MODEL_RIB_H
#define NSA_MODEL_RIB_H

#include "kernel/objects.h"
#include "model/table.h"

/* Is the route in a table that is mirrored, and ever asked? Loopback, link-local and multicast
 * destinations go to the kernel before any table. */
bool nsa_rib_is_mirrored(const struct nsa_krt *k);

/* hop: what the route's next hop is made from; the reference is taken over. replace: instead of
 * the first route of the same prefix, metric and TOS (NLM_F_REPLACE). */
int nsa_rib_add(struct nsa_table *table, const struct nsa_krt *k, __u32 hop, bool replace);
int nsa_rib_del(struct nsa_table *table, const struct nsa_krt *k, __u32 hop);

/* Of the family's routes in whatever table: is its MTU the least? */
int nsa_rib_note_mtu(struct nsa_table *table, const struct nsa_krt *k);
/* Of a route in whatever table, what counts wherever it is: it is forgotten when IPv4's are read anew. */
void nsa_rib_note_any(struct nsa_table *table, const struct nsa_krt *k);
/* Does it matter there whether it comes or goes? */
bool nsa_rib_is_noted(const struct nsa_krt *k);

/* Reading all routes anew: those that aren't added between begin and end are gone. family: of the
 * routes that are read; 0: all. */
void nsa_rib_begin(struct nsa_table *table);
int nsa_rib_end(struct nsa_table *table, __u8 family);

/* Single addresses that may be reached as neighbours: what is wanted of them depends on the routes
 * that cover them. */
int nsa_rib_host_add(struct nsa_table *table, struct nsa_node *node);
int nsa_rib_host_del(struct nsa_table *table, struct nsa_node *node);
/* Is there any in the route's prefix? */
bool nsa_rib_covers_host(const struct nsa_table *table, const struct nsa_krt *k);

/* Of one prefix, the route in use: NULL, if it has none, or *contested: several share its traffic
 * by source, TOS or order, and only the kernel can say which. */
const struct nsa_kroute *nsa_rib_best(const struct nsa_node *node, bool *contested);
/* Is a prefix hidden from main by a wider one of the local table, which is asked first? */
bool nsa_rib_is_hidden(const struct nsa_table *table, const struct nsa_node *node);
/* The route that the kernel would use for addr; as nsa_rib_best(). */
const struct nsa_kroute *nsa_rib_lookup(const struct nsa_table *table, __u8 family,
					const __u8 *addr, bool *contested);

#endif
