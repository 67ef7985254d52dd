// SPDX-License-Identifier: GPL-2.0-only
/* Next hops by the neighbour that they need, by gateway alone, and by the MAC behind a bridge. */
#include <string.h>

#include "model/nexthops_internal.h"
#include "util/hash.h"

/* By neighbour */

/* Its ifindex is 0 if the device depends on more than the key. */
static struct nsa_nexthops_neigh neighbour_of(const struct nsaccel_nexthop *key)
{
	struct nsa_nexthops_neigh by = { .owner_slot = key->owner_slot,
					 .family = key->gateway_family };

	if (key->target == NSACCEL_TARGET_NEIGHBOUR)
		by.ifindex = key->target_ifindex;
	memcpy(by.addr, key->gateway, sizeof(by.addr));
	return by;
}

static __u32 *gateway_bucket(const struct nsa_nexthops *hops, const struct nsa_nexthops_neigh *by)
{
	return (__u32 *)&hops->gateways[nsa_hash(by, sizeof(*by)) % NSA_NEXTHOPS_BUCKETS];
}

static bool is_by(const struct nsa_nexthop *h, const struct nsa_nexthops_neigh *by)
{
	struct nsa_nexthops_neigh own = neighbour_of(&h->key);

	return own.owner_slot == by->owner_slot && own.ifindex == by->ifindex &&
	       own.family == by->family && !memcmp(own.addr, by->addr, sizeof(own.addr));
}

static void link_gateway(struct nsa_nexthops *hops, __u32 at)
{
	struct nsa_nexthop *h = &hops->all[at];
	const struct nsa_nexthops_neigh by = neighbour_of(&h->key);
	__u32 *head = gateway_bucket(hops, &by);

	if (!nsa_nexthop_has_neighbour(h))
		return;
	h->next_gateway = *head;
	*head = at;
}

static void unlink_gateway(struct nsa_nexthops *hops, __u32 at)
{
	struct nsa_nexthop *h = &hops->all[at];
	const struct nsa_nexthops_neigh by = neighbour_of(&h->key);
	__u32 *link = gateway_bucket(hops, &by);

	if (!nsa_nexthop_has_neighbour(h))
		return;
	while (*link != at)
		link = &hops->all[*link].next_gateway;
	*link = h->next_gateway;
}

static __u32 skip_others(const struct nsa_nexthops *hops, __u32 at,
			 const struct nsa_nexthops_neigh *by)
{
	while (at && !is_by(&hops->all[at], by))
		at = hops->all[at].next_gateway;
	return at;
}

/* Those by that device first, then those whose device depends on routes. */
static __u32 first_or_anywhere(const struct nsa_nexthops *hops, __u32 at,
			       const struct nsa_nexthops_neigh *by)
{
	struct nsa_nexthops_neigh anywhere = *by;

	at = skip_others(hops, at, by);
	if (at)
		return at;
	anywhere.ifindex = 0;
	return skip_others(hops, *gateway_bucket(hops, &anywhere), &anywhere);
}

__u32 nsa_nexthops_first_by(const struct nsa_nexthops *hops, const struct nsa_nexthops_neigh *by)
{
	return first_or_anywhere(hops, *gateway_bucket(hops, by), by);
}

__u32 nsa_nexthops_next_by(const struct nsa_nexthops *hops, __u32 hop,
			   const struct nsa_nexthops_neigh *by)
{
	const struct nsa_nexthops_neigh own = neighbour_of(&hops->all[hop].key);
	__u32 next = hops->all[hop].next_gateway;

	return own.ifindex ? first_or_anywhere(hops, next, by) : skip_others(hops, next, &own);
}

/* By gateway: few, all of static routes */

static void link_via(struct nsa_nexthops *hops, __u32 at)
{
	if (hops->all[at].key.target != NSACCEL_TARGET_VIA)
		return;
	hops->all[at].next_via = hops->vias;
	hops->vias = at;
}

static void unlink_via(struct nsa_nexthops *hops, __u32 at)
{
	__u32 *link = &hops->vias;

	if (hops->all[at].key.target != NSACCEL_TARGET_VIA)
		return;
	while (*link != at)
		link = &hops->all[*link].next_via;
	*link = hops->all[at].next_via;
}

__u32 nsa_nexthops_first_via(const struct nsa_nexthops *hops)
{
	return hops->vias;
}

__u32 nsa_nexthops_next_via(const struct nsa_nexthops *hops, __u32 hop)
{
	return hops->all[hop].next_via;
}

/* By MAC behind a bridge */

static __u32 *behind_bucket(const struct nsa_nexthops *hops, const __u8 *mac)
{
	return (__u32 *)&hops->behind[nsa_hash(mac, NSACCEL_MAC_LEN) % NSA_NEXTHOPS_BUCKETS];
}

static __u32 skip_other_macs(const struct nsa_nexthops *hops, __u32 at, const __u8 *mac)
{
	while (at && memcmp(hops->all[at].mac, mac, NSACCEL_MAC_LEN) != 0)
		at = hops->all[at].next_behind;
	return at;
}

__u32 nsa_nexthops_first_behind(const struct nsa_nexthops *hops, const __u8 *mac)
{
	return skip_other_macs(hops, *behind_bucket(hops, mac), mac);
}

__u32 nsa_nexthops_next_behind(const struct nsa_nexthops *hops, __u32 hop, const __u8 *mac)
{
	return skip_other_macs(hops, hops->all[hop].next_behind, mac);
}

static void unlink_behind(struct nsa_nexthops *hops, __u32 at)
{
	struct nsa_nexthop *h = &hops->all[at];
	__u32 *link = behind_bucket(hops, h->mac);

	if (!h->is_behind)
		return;
	while (*link != at)
		link = &hops->all[*link].next_behind;
	*link = h->next_behind;
	h->is_behind = false;
}

void nsa_nexthops_set_behind(struct nsa_nexthops *hops, __u32 hop, const __u8 *mac)
{
	struct nsa_nexthop *h = &hops->all[hop];
	__u32 *head;

	if (mac && h->is_behind && !memcmp(h->mac, mac, NSACCEL_MAC_LEN))
		return;
	unlink_behind(hops, hop);
	if (!mac)
		return;
	memcpy(h->mac, mac, NSACCEL_MAC_LEN);
	head = behind_bucket(hops, mac);
	h->next_behind = *head;
	h->is_behind = true;
	*head = hop;
}

void nsa_nexthops_index_add(struct nsa_nexthops *hops, __u32 hop)
{
	link_gateway(hops, hop);
	link_via(hops, hop);
}

void nsa_nexthops_index_remove(struct nsa_nexthops *hops, __u32 hop)
{
	unlink_gateway(hops, hop);
	unlink_via(hops, hop);
	unlink_behind(hops, hop);
}
