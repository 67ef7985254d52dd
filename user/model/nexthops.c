// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/nexthops_internal.h"
#include "util/array.h"
#include "util/hash.h"

#define FIRST_ROOM 256

void nsa_nexthop_key(const struct nsaccel_nexthop *record, struct nsaccel_nexthop *key)
{
	struct nsaccel_nexthop k = { .owner_slot = record->owner_slot, .target = record->target };

	switch (record->target) {
	case NSACCEL_TARGET_PASS:
	case NSACCEL_TARGET_NONE:
		k.reason = record->reason;
		k.target_ifindex = record->target_ifindex;
		break;
	case NSACCEL_TARGET_NETNS:
		k.dst_cookie = record->dst_cookie;
		k.target_ifindex = record->target_ifindex;
		break;
	case NSACCEL_TARGET_VIA:
	case NSACCEL_TARGET_DEV:
	case NSACCEL_TARGET_NEIGHBOUR:
	case NSACCEL_TARGET_LINK:
		k.gateway_family = record->gateway_family;
		memcpy(k.gateway, record->gateway, sizeof(k.gateway));
		if (record->target == NSACCEL_TARGET_VIA)
			break; /* the rest is resolved by routes */
		k.target_ifindex = record->target_ifindex;
		k.route_mtu = record->route_mtu;
		break;
	case NSACCEL_TARGET_FIB:
	case NSACCEL_TARGET_MULTIPATH:
		k.gateway_family = record->gateway_family;
		k.route_mtu = record->route_mtu;
		break;
	default:
		break;
	}
	*key = k;
}

static __u32 *bucket(struct nsa_nexthops *hops, const struct nsaccel_nexthop *key)
{
	return &hops->buckets[nsa_hash(key, sizeof(*key)) % NSA_NEXTHOPS_BUCKETS];
}

static __u32 find(const struct nsa_nexthops *hops, const struct nsaccel_nexthop *key)
{
	__u32 at = hops->buckets[nsa_hash(key, sizeof(*key)) % NSA_NEXTHOPS_BUCKETS];

	while (at && memcmp(&hops->all[at].key, key, sizeof(*key)) != 0)
		at = hops->all[at].next;
	return at;
}

bool nsa_nexthop_has_neighbour(const struct nsa_nexthop *hop)
{
	switch (hop->key.target) {
	case NSACCEL_TARGET_VIA:
	case NSACCEL_TARGET_DEV:
	case NSACCEL_TARGET_NEIGHBOUR:
		return hop->key.gateway_family;
	default:
		return false;
	}
}

/* Lists of hops that are due */

static void set_due(struct nsa_nexthops *hops, __u32 at, enum nsa_nexthops_due due)
{
	struct nsa_nexthop *h = &hops->all[at];
	__u32 *first = &hops->due[due];

	if (h->due == due)
		return;
	if (h->due) {
		*(h->before_due ? &hops->all[h->before_due].next_due : &hops->due[h->due]) =
			h->next_due;
		hops->all[h->next_due].before_due = h->before_due; /* that of [0] is never read */
	}
	h->due = (__u8)due;
	h->before_due = 0;
	h->next_due = due ? *first : 0;
	if (!due)
		return;
	hops->all[*first].before_due = at;
	*first = at;
}

__u32 nsa_nexthops_first_due(const struct nsa_nexthops *hops, enum nsa_nexthops_due due)
{
	return hops->due[due];
}

__u32 nsa_nexthops_next_due(const struct nsa_nexthops *hops, __u32 hop)
{
	return hops->all[hop].next_due;
}

void nsa_nexthops_mark_dirty(struct nsa_nexthops *hops, __u32 hop)
{
	hops->all[hop].resolved = false;
	set_due(hops, hop, NSA_NEXTHOPS_DIRTY);
}

void nsa_nexthops_clear_unresolved(struct nsa_nexthops *hops, __u32 hop)
{
	if (hops->all[hop].due == NSA_NEXTHOPS_UNRESOLVED)
		set_due(hops, hop, NSA_NEXTHOPS_IDLE);
}

/* Is it resolved, but for its neighbour's MAC? */
static bool lacks(const struct nsa_nexthop *h)
{
	return h->resolved && h->record.reason == NSACCEL_PASS_NO_NEIGH &&
	       nsa_nexthop_has_neighbour(h);
}

/* References */

__u32 nsa_nexthops_find(const struct nsa_nexthops *hops, const struct nsaccel_nexthop *key)
{
	__u32 at = find(hops, key);

	return at && hops->all[at].refs ? at : 0;
}

static __u32 take_free(struct nsa_nexthops *hops)
{
	__u32 at = hops->free;

	if (at) {
		hops->free = hops->all[at].next;
		return at;
	}
	if (ARRAY_RESERVE(hops->all, hops->room, hops->count + 2))
		return 0;
	return ++hops->count;
}

static __u32 add(struct nsa_nexthops *hops, const struct nsaccel_nexthop *key)
{
	__u32 at = take_free(hops), *head = bucket(hops, key);

	if (!at)
		return 0;
	hops->all[at] = (struct nsa_nexthop){ .key = *key, .id = NSA_NEXTHOP_NO_ID, .next = *head };
	*head = at;
	nsa_nexthops_index_add(hops, at);
	set_due(hops, at, NSA_NEXTHOPS_DIRTY);
	return at;
}

static void release(struct nsa_nexthops *hops, __u32 hop)
{
	struct nsa_nexthop *h = &hops->all[hop];
	__u32 *link = bucket(hops, &h->key);

	while (*link != hop)
		link = &hops->all[*link].next;
	*link = h->next;
	nsa_nexthops_index_remove(hops, hop);
	nsa_nexthops_quota_remove(hops, h);
	set_due(hops, hop, NSA_NEXTHOPS_IDLE);
	memset(h, 0, sizeof(*h));
	h->id = NSA_NEXTHOP_NO_ID;
	h->next = hops->free;
	hops->free = hop;
}

struct nsa_nexthop *nsa_nexthop(const struct nsa_nexthops *hops, __u32 hop)
{
	return &hops->all[hop];
}

__u32 nsa_nexthops_last(const struct nsa_nexthops *hops)
{
	return hops->count;
}

__u32 nsa_nexthops_get(struct nsa_nexthops *hops, const struct nsaccel_nexthop *key)
{
	__u32 at = find(hops, key);

	if (!at)
		at = add(hops, key);
	if (at)
		hops->all[at].refs++;
	return at;
}

__u32 nsa_nexthops_get_by_id(struct nsa_nexthops *hops, __u32 id, __u32 generation)
{
	__u32 at = id < NSACCEL_MAX_NEXTHOPS ? hops->by_id[id] : 0;

	if (!at || hops->all[at].record.generation != generation)
		return 0;
	hops->all[at].refs++;
	return at;
}

void nsa_nexthops_put(struct nsa_nexthops *hops, __u32 hop)
{
	if (!hop || --hops->all[hop].refs)
		return;
	/* A record in the map stays until it is collected, but isn't kept up to date. */
	nsa_nexthops_mark_dirty(hops, hop);
	if (hops->all[hop].id == NSA_NEXTHOP_NO_ID)
		release(hops, hop);
}

/* Records */

void nsa_nexthops_install(struct nsa_nexthops *hops, __u32 hop, __u32 id,
			  const struct nsaccel_nexthop *record)
{
	hops->all[hop].record = *record;
	hops->all[hop].id = id;
	hops->by_id[id] = hop;
}

/* Records that are in the map come first in their links' quotas: else the next run would choose
 * others. A killed run may have left two records of one key; the second is a hop of its own, to be
 * collected. */
int nsa_nexthops_load(struct nsa_nexthops *hops, __u32 id, const struct nsaccel_nexthop *record)
{
	struct nsaccel_nexthop key;
	__u32 at;

	hops->sequences[id] = record->sequence;
	if (!record->generation)
		return 0;
	nsa_nexthop_key(record, &key);
	at = find(hops, &key);
	if (!at || hops->all[at].id != NSA_NEXTHOP_NO_ID)
		at = add(hops, &key);
	if (!at)
		return -ENOMEM;
	nsa_nexthops_install(hops, at, id, record);
	return nsa_nexthops_quota_add(hops, &hops->all[at]);
}

bool nsa_nexthop_is(const struct nsa_nexthop *hop, const struct nsaccel_nexthop *record)
{
	struct nsaccel_nexthop x = *record;

	x.generation = hop->record.generation;
	x.sequence = hop->record.sequence & ~1U; /* odd: a killed run left it half changed */
	return !memcmp(&x, &hop->record, sizeof(x));
}

void nsa_nexthops_resolved(struct nsa_nexthops *hops, __u32 hop,
			   const struct nsaccel_nexthop *record)
{
	struct nsa_nexthop *h = &hops->all[hop];

	h->record = *record;
	h->resolved = true;
	set_due(hops, hop, lacks(h) ? NSA_NEXTHOPS_UNRESOLVED : NSA_NEXTHOPS_IDLE);
}

__u32 nsa_nexthops_free_id(struct nsa_nexthops *hops)
{
	for (__u32 i = 0; i < NSACCEL_MAX_NEXTHOPS; i++) {
		__u32 id = (hops->free_id + i) % NSACCEL_MAX_NEXTHOPS;

		if (!hops->by_id[id]) {
			hops->free_id = id + 1;
			return id;
		}
	}
	return NSA_NEXTHOP_NO_ID;
}

void nsa_nexthops_uninstall(struct nsa_nexthops *hops, __u32 hop)
{
	struct nsa_nexthop *h = &hops->all[hop];

	hops->by_id[h->id] = 0;
	h->id = NSA_NEXTHOP_NO_ID;
	h->record.generation = 0;
	if (!h->refs)
		release(hops, hop);
}

__u32 *nsa_nexthops_sequence(struct nsa_nexthops *hops, __u32 id)
{
	return &hops->sequences[id];
}

void nsa_nexthops_route(struct nsa_nexthops *hops, __u32 hop, int change)
{
	struct nsa_nexthop *h = &hops->all[hop];

	h->routes += (__u32)change;
	hops->unused |= !h->routes;
	hops->losses += change < 0 && h->routes <= 1 && nsa_nexthop_has_neighbour(h);
	if (change > 0 && lacks(h))
		set_due(hops, hop, NSA_NEXTHOPS_UNRESOLVED);
}

__u64 nsa_nexthops_losses(const struct nsa_nexthops *hops)
{
	return hops->losses;
}

bool *nsa_nexthops_unused(struct nsa_nexthops *hops)
{
	return &hops->unused;
}

int nsa_nexthops_new(struct nsa_nexthops **out)
{
	struct nsa_nexthops *hops = calloc(1, sizeof(*hops));

	if (!hops)
		return -ENOMEM;
	if (ARRAY_RESERVE(hops->all, hops->room, FIRST_ROOM)) {
		free(hops);
		return -ENOMEM;
	}
	memset(hops->all, 0, sizeof(*hops->all));
	hops->unused = true; /* a killed run may have left some */
	*out = hops;
	return 0;
}

void nsa_nexthops_free(struct nsa_nexthops *hops)
{
	if (!hops)
		return;
	nsa_nexthops_quota_free(hops);
	free(hops->all);
	free(hops);
}
