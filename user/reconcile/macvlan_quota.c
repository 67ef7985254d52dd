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

/* A macvlan that needs a place. */
struct macvlan {
	struct nsa_snapshot_endpoint *ep;
	__u64 account; /* cookie of the account: a tenant, or a namespace whose macvlan root created */
	bool tenant, existing;
	__u16 quota; /* quota set for its namespace; 0: none */
};

/* By account, existing entries first. */
static int cmp_account(const void *a, const void *b)
{
	const struct macvlan *x = a, *y = b;

	return CMP(x->tenant, y->tenant)		 ?:
		       CMP(x->account, y->account)	 ?:
		       CMP(y->existing, x->existing)	 ?:
		       CMP(x->ep->cookie, y->ep->cookie) ?:
		       CMP(x->ep->port, y->ep->port)	 ?:
		       memcmp(x->ep->link.mac, y->ep->link.mac, sizeof(x->ep->link.mac));
}

static bool is_existing(const struct nsa_snapshot_endpoint *ep, __u32 owner_slot,
			const struct nsa_endpoint_entry *before, size_t count)
{
	struct nsa_endpoint_entry entry = {
		.key = { .owner_slot = owner_slot, .ifindex = (__u32)ep->port },
	};

	memcpy(entry.key.mac, ep->link.mac, sizeof(entry.key.mac));
	return BSEARCH(&entry, before, count, nsa_maps_by_endpoint);
}

static __u16 quota_of(const struct nsa_snapshot_endpoint *ep, const struct nsa_netns_entry *known,
		      size_t count)
{
	const struct nsa_netns_entry *ns = nsa_netns_entry_find(known, count, ep->cookie);

	return ns ? ns->ns.quota : 0;
}

/* Limits one account to the largest quota that is set for any of its namespaces. */
static void limit_account(struct macvlan *macvlans, size_t count)
{
	__u16 largest = 0;
	__u32 quota;

	for (size_t i = 0; i < count; i++)
		largest = macvlans[i].quota > largest ? macvlans[i].quota : largest;
	quota = nsa_quota(largest);
	for (size_t i = quota; i < count; i++)
		macvlans[i].ep->beyond_quota = true;
	macvlans[0].ep->tenant_over_quota =
		count > quota; /* one endpoint is enough for the report */
}

static void limit_accounts(struct macvlan *macvlans, size_t count)
{
	size_t n;

	SORT(macvlans, count, cmp_account);
	for (size_t i = 0; i < count; i += n) {
		for (n = 1; i + n < count && macvlans[i + n].account == macvlans[i].account &&
			    macvlans[i + n].tenant == macvlans[i].tenant;)
			n++;
		limit_account(&macvlans[i], n);
	}
}

int nsa_macvlan_quota_apply(struct nsa_snapshot *snapshot, __u32 owner_slot,
			    const struct nsa_netns_entry *known, size_t known_count,
			    const struct nsa_endpoint_entry *before, size_t before_count)
{
	__cleanup(nsa_freep) struct macvlan *macvlans =
		calloc(snapshot->endpoint_count + 1, sizeof(*macvlans));
	size_t n = 0;

	if (!macvlans)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->endpoint_count; i++) {
		struct nsa_snapshot_endpoint *ep = &snapshot->endpoints[i];

		ep->tenant_over_quota = ep->beyond_quota = false;
		if (!nsa_kind(ep->kind)->shares_port)
			continue;
		macvlans[n++] = (struct macvlan){
			.ep = ep,
			.account = ep->tenant ? ep->tenant : ep->cookie,
			.tenant = ep->tenant,
			.existing = is_existing(ep, owner_slot, before, before_count),
			.quota = quota_of(ep, known, known_count),
		};
	}
	limit_accounts(macvlans, n);
	return 0;
}
