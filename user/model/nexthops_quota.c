// SPDX-License-Identifier: GPL-2.0-only
/* Quotas: how many next hops each link of an owner may have. */
#include <errno.h>
#include <stdlib.h>

#include "model/nexthops_internal.h"
#include "util/hash.h"

/* The next hops of a link that are admitted. */
struct nsa_link_use {
	struct nsa_link_use *next;
	__u32 owner_slot, ifindex;
	__u32 admitted;
	bool refused; /* one that would have been too many */
};

static struct nsa_link_use **find_link(struct nsa_link_use *const *links, __u32 owner_slot,
				       __u32 ifindex)
{
	__u64 hash = nsa_hash_word(0, (__u64)owner_slot << 32 | ifindex);
	struct nsa_link_use *const *link = &links[hash % NSA_NEXTHOPS_LINKS];

	while (*link && ((*link)->ifindex != ifindex || (*link)->owner_slot != owner_slot))
		link = &(*link)->next;
	return (struct nsa_link_use **)link;
}

/* Made if there is none. NULL: no memory. */
static struct nsa_link_use *get_link(struct nsa_nexthops *hops, const struct nsaccel_nexthop *key)
{
	struct nsa_link_use **link = find_link(hops->links, key->owner_slot, key->target_ifindex);

	if (*link)
		/* cppcheck-suppress identicalInnerCondition ; it is what is there, not whether */
		return *link;
	*link = calloc(1, sizeof(**link));
	if (*link) {
		(*link)->owner_slot = key->owner_slot;
		(*link)->ifindex = key->target_ifindex;
	}
	return *link;
}

void nsa_nexthops_quota_remove(struct nsa_nexthops *hops, struct nsa_nexthop *h)
{
	struct nsa_link_use **link, *use;

	if (!h->admitted)
		return;
	h->admitted = false;
	link = find_link(hops->links, h->key.owner_slot, h->key.target_ifindex);
	use = *link;
	if (!use || --use->admitted || use->refused)
		return;
	*link = use->next;
	free(use);
}

bool nsa_nexthops_admit(struct nsa_nexthops *hops, __u32 hop, __u32 quota)
{
	struct nsa_nexthop *h = &hops->all[hop];
	struct nsa_link_use *use;

	use = get_link(hops, &h->key);
	if (!use)
		return false;
	if (h->admitted && use->admitted <= quota)
		return true;
	if (use->admitted >= quota) {
		hops->refusals += !use->refused;
		use->refused = true;
		nsa_nexthops_quota_remove(hops, h);
		return false;
	}
	use->admitted++;
	h->admitted = true;
	return true;
}

__u64 nsa_nexthops_refusals(const struct nsa_nexthops *hops)
{
	return hops->refusals;
}

bool nsa_nexthops_refused(const struct nsa_nexthops *hops, __u32 owner_slot, int ifindex)
{
	const struct nsa_link_use *use = *find_link(hops->links, owner_slot, (__u32)ifindex);

	return use && use->refused;
}

bool nsa_nexthops_retry(struct nsa_nexthops *hops, __u32 owner_slot, int ifindex, __u32 quota)
{
	struct nsa_link_use *use = *find_link(hops->links, owner_slot, (__u32)ifindex);

	if (!use || !use->refused || use->admitted >= quota)
		return false;
	use->refused = false;
	return true;
}

int nsa_nexthops_quota_add(struct nsa_nexthops *hops, struct nsa_nexthop *h)
{
	struct nsa_link_use *use;

	if (h->key.target != NSACCEL_TARGET_NEIGHBOUR)
		return 0;
	use = get_link(hops, &h->key);
	if (!use)
		return -ENOMEM;
	use->admitted++;
	h->admitted = true;
	return 0;
}

void nsa_nexthops_quota_free(struct nsa_nexthops *hops)
{
	for (size_t i = 0; i < NSA_NEXTHOPS_LINKS; i++) {
		struct nsa_link_use *use = hops->links[i], *next;

		for (; use; use = next) {
			next = use->next;
			free(use);
		}
	}
}
