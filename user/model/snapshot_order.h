/* SPDX-License-Identifier: GPL-2.0-only */
/* The orders of the arrays in a snapshot: compare functions of qsort(3). */
#ifndef NSA_MODEL_SNAPSHOT_ORDER_H
#define NSA_MODEL_SNAPSHOT_ORDER_H

/* struct nsa_link, by ifindex. */
int nsa_snapshot_cmp_links(const void *a, const void *b);
/* struct nsa_neigh, by family, address, ifindex. */
int nsa_snapshot_cmp_neighs(const void *a, const void *b);
/* struct nsa_snapshot_endpoint, by port, MAC. */
int nsa_snapshot_cmp_endpoints(const void *a, const void *b);
/* struct nsa_snapshot_inner, by cookie, ifindex. */
int nsa_snapshot_cmp_inner(const void *a, const void *b);
/* struct nsa_snapshot_claim, by family, address, endpoint. */
int nsa_snapshot_cmp_claims(const void *a, const void *b);

#endif
