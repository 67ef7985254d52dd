// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/endpoints.h"
#include "model/device_kind.h"
#include "reconcile/macvlan_quota.h"
#include "reconcile/quotas.h"
#include "util/cleanup.h"
#include "util/sort.h"

/* A macvlan, for which there has to be a place. */
struct guest {
	struct nsa_snapshot_endpoint *ep;
	__u64 host; /* whose quota it is of: a tenant, or a namespace that root made */
	bool tenant, stands;
	__u16 given; /* quota of its namespace; 0: none was */
};

/* Those of one host stand together; of these, endpoints that are in the map come first. */
static int by_host(const void *a, const void *b)
{
	const struct guest *x = a, *y = b;

	return CMP(x->tenant, y->tenant)		 ?:
		       CMP(x->host, y->host)		 ?:
		       CMP(y->stands, x->stands)	 ?:
		       CMP(x->ep->cookie, y->ep->cookie) ?:
		       CMP(x->ep->port, y->ep->port)	 ?:
		       memcmp(x->ep->link.mac, y->ep->link.mac, sizeof(x->ep->link.mac));
}

static bool stands(const struct nsa_snapshot_endpoint *ep, __u32 owner_slot,
		   const struct nsa_endpoint_entry *before, size_t count)
{
	struct nsa_endpoint_entry entry = {
		.key = { .owner_slot = owner_slot, .ifindex = (__u32)ep->port },
	};

	memcpy(entry.key.mac, ep->link.mac, sizeof(entry.key.mac));
	return BSEARCH(&entry, before, count, nsa_maps_by_endpoint);
}

static __u16 given_to(const struct nsa_snapshot_endpoint *ep, const struct nsa_netns_entry *known,
		      size_t count)
{
	const struct nsa_netns_entry *ns = nsa_netns_entry_find(known, count, ep->cookie);

	return ns ? ns->ns.quota : 0;
}

/* Of one host: as many as the largest quota that any of its namespaces was given. */
static void seat(struct guest *guests, size_t count)
{
	__u16 given = 0;
	__u32 quota;

	for (size_t i = 0; i < count; i++)
		given = guests[i].given > given ? guests[i].given : given;
	quota = nsa_quota(given);
	for (size_t i = quota; i < count; i++)
		guests[i].ep->crowded_out = true;
	guests[0].ep->crowds = count > quota; /* one is enough to tell of */
}

static void seat_all(struct guest *guests, size_t count)
{
	size_t n;

	SORT(guests, count, by_host);
	for (size_t i = 0; i < count; i += n) {
		for (n = 1; i + n < count && guests[i + n].host == guests[i].host &&
			    guests[i + n].tenant == guests[i].tenant;)
			n++;
		seat(&guests[i], n);
	}
}

int nsa_macvlan_quota_apply(struct nsa_snapshot *snapshot, __u32 owner_slot,
			    const struct nsa_netns_entry *known, size_t known_count,
			    const struct nsa_endpoint_entry *before, size_t before_count)
{
	__cleanup(nsa_freep) struct guest *guests =
		calloc(snapshot->endpoint_count + 1, sizeof(*guests));
	size_t n = 0;

	if (!guests)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->endpoint_count; i++) {
		struct nsa_snapshot_endpoint *ep = &snapshot->endpoints[i];

		ep->crowds = ep->crowded_out = false;
		if (!nsa_kind(ep->kind)->shares_port)
			continue;
		guests[n++] = (struct guest){
			.ep = ep,
			.host = ep->tenant ? ep->tenant : ep->cookie,
			.tenant = ep->tenant,
			.stands = stands(ep, owner_slot, before, before_count),
			.given = given_to(ep, known, known_count),
		};
	}
	seat_all(guests, n);
	return 0;
}
