// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "model/snapshot.h"
#include "model/snapshot_order.h"
#include "util/sort.h"

int nsa_snapshot_cmp_links(const void *a, const void *b)
{
	const struct nsa_link *x = a, *y = b;

	return CMP(x->ifindex, y->ifindex);
}

int nsa_snapshot_cmp_neighs(const void *a, const void *b)
{
	const struct nsa_neigh *x = a, *y = b;
	int r;

	if (x->family != y->family)
		return CMP(x->family, y->family);
	r = memcmp(x->addr, y->addr, sizeof(x->addr));
	return r ? r : CMP(x->ifindex, y->ifindex);
}

int nsa_snapshot_cmp_endpoints(const void *a, const void *b)
{
	const struct nsa_snapshot_endpoint *x = a, *y = b;

	if (x->port != y->port)
		return CMP(x->port, y->port);
	return memcmp(x->link.mac, y->link.mac, sizeof(x->link.mac));
}

int nsa_snapshot_cmp_inner(const void *a, const void *b)
{
	const struct nsa_snapshot_inner *x = a, *y = b;

	if (x->cookie != y->cookie)
		return CMP(x->cookie, y->cookie);
	return CMP(x->ifindex, y->ifindex);
}

int nsa_snapshot_cmp_claims(const void *a, const void *b)
{
	const struct nsa_snapshot_claim *x = a, *y = b;
	int r;

	if (x->family != y->family)
		return CMP(x->family, y->family);
	r = memcmp(x->addr, y->addr, sizeof(x->addr));
	return r ? r : CMP(x->endpoint, y->endpoint);
}
