// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "maps/meta.h"
#include "maps/nexthops.h"
#include "model/nexthops.h"
#include "util/cleanup.h"

#define BUCKETS	   16384
#define LINKS	   4096
#define FIRST_ROOM 256

/* How many next hops there are on a link of an owner's, by which quotas go. */
struct link_use {
	struct link_use *next;
	__u32 owner_slot, ifindex;
	__u32 admitted;
	bool refused;
};

struct nsa_hops {
	const struct nsa_maps *maps;
	struct link_use *links[LINKS];
	__u64 refusals;
	struct nsa_hop *all; /* [0] is nobody */
	__u32 count, room, free;
	__u32 buckets[BUCKETS];
	__u32 gateways[BUCKETS];	       /* those that need a neighbour, by that */
	__u32 behind[BUCKETS];		       /* those behind a bridge, by their MAC */
	__u32 by_id[NSACCEL_MAX_NEXTHOPS];     /* 0: free, or BUSY */
	__u32 sequences[NSACCEL_MAX_NEXTHOPS]; /* of free ones, too: it never goes back */
	__u32 free_id;			       /* where to look for the next free id */
	__u32 vias;			       /* those by a gateway alone */
	__u32 due[NSA_HOPS_DUES];	       /* first of each list */
	__u64 losses;
	bool unused; /* there may be some in the map that no route names */
};

void nsa_hop_key(const struct nsaccel_nexthop *record, struct nsaccel_nexthop *key)
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
			break; /* the rest is looked up */
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

static __u32 bucket(const struct nsaccel_nexthop *key)
{
	__u64 words[sizeof(*key) / sizeof(__u64)], hash = 0;

	memcpy(words, key, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		hash = (hash ^ words[i]) * 0x9e3779b97f4a7c15ULL ^ hash >> 29;
	return (hash >> 40) % BUCKETS;
}

static __u32 find(const struct nsa_hops *hops, const struct nsaccel_nexthop *key)
{
	__u32 at = hops->buckets[bucket(key)];

	while (at && memcmp(&hops->all[at].key, key, sizeof(*key)) != 0)
		at = hops->all[at].next;
	return at;
}

/* Lists of what is due */

static void set_due(struct nsa_hops *hops, __u32 at, enum nsa_hops_due due)
{
	struct nsa_hop *h = &hops->all[at];
	__u32 *first = &hops->due[due];

	if (h->due == due)
		return;
	if (h->due) {
		*(h->before_due ? &hops->all[h->before_due].next_due : &hops->due[h->due]) =
			h->next_due;
		hops->all[h->next_due].before_due = h->before_due; /* nobody's doesn't matter */
	}
	h->due = (__u8)due;
	h->before_due = 0;
	h->next_due = due ? *first : 0;
	if (!due)
		return;
	hops->all[*first].before_due = at;
	*first = at;
}

__u32 nsa_hops_first_due(const struct nsa_hops *hops, enum nsa_hops_due due)
{
	return hops->due[due];
}

__u32 nsa_hops_next_due(const struct nsa_hops *hops, __u32 hop)
{
	return hops->all[hop].next_due;
}

void nsa_hops_stir(struct nsa_hops *hops, __u32 hop)
{
	hops->all[hop].resolved = false;
	set_due(hops, hop, NSA_HOPS_FRESH);
}

void nsa_hops_calm(struct nsa_hops *hops, __u32 hop)
{
	if (hops->all[hop].due == NSA_HOPS_LACKING)
		set_due(hops, hop, NSA_HOPS_SETTLED);
}

static bool lacks(const struct nsa_hop *h)
{
	return h->resolved && h->record.reason == NSACCEL_PASS_NO_NEIGH && nsa_hop_has_neighbour(h);
}

/* Chain of those that need a neighbour */

/* 0: the device depends on more than the key. */
static struct nsa_hops_by neighbour_of(const struct nsaccel_nexthop *key)
{
	struct nsa_hops_by by = { .owner_slot = key->owner_slot, .family = key->gateway_family };

	if (key->target == NSACCEL_TARGET_NEIGHBOUR)
		by.ifindex = key->target_ifindex;
	memcpy(by.addr, key->gateway, sizeof(by.addr));
	return by;
}

static __u32 gateway_bucket(const struct nsa_hops_by *by)
{
	__u64 words[2], link = (__u64)by->owner_slot << 32 | by->ifindex;

	memcpy(words, by->addr, sizeof(words));
	link *= 0xc2b2ae3d27d4eb4fULL;
	return (__u32)(((words[0] ^ words[1] * 0xff51afd7ed558ccdULL ^ link ^ link >> 32) *
			0x9e3779b97f4a7c15ULL) >>
		       40) %
	       BUCKETS;
}

static bool is_by(const struct nsa_hop *h, const struct nsa_hops_by *by)
{
	struct nsa_hops_by own = neighbour_of(&h->key);

	return own.owner_slot == by->owner_slot && own.ifindex == by->ifindex &&
	       own.family == by->family && !memcmp(own.addr, by->addr, sizeof(own.addr));
}

static void link_gateway(struct nsa_hops *hops, __u32 at)
{
	struct nsa_hop *h = &hops->all[at];
	const struct nsa_hops_by by = neighbour_of(&h->key);
	__u32 *head = &hops->gateways[gateway_bucket(&by)];

	if (!nsa_hop_has_neighbour(h))
		return;
	h->next_gateway = *head;
	*head = at;
}

static void unlink_gateway(struct nsa_hops *hops, __u32 at)
{
	struct nsa_hop *h = &hops->all[at];
	const struct nsa_hops_by by = neighbour_of(&h->key);
	__u32 *link = &hops->gateways[gateway_bucket(&by)];

	if (!nsa_hop_has_neighbour(h))
		return;
	while (*link != at)
		link = &hops->all[*link].next_gateway;
	*link = h->next_gateway;
}

static __u32 skip_others(const struct nsa_hops *hops, __u32 at, const struct nsa_hops_by *by)
{
	while (at && !is_by(&hops->all[at], by))
		at = hops->all[at].next_gateway;
	return at;
}

/* On that device first, then on one that depends on more. */
static __u32 first_or_anywhere(const struct nsa_hops *hops, __u32 at, const struct nsa_hops_by *by)
{
	struct nsa_hops_by anywhere = *by;

	at = skip_others(hops, at, by);
	if (at)
		return at;
	anywhere.ifindex = 0;
	return skip_others(hops, hops->gateways[gateway_bucket(&anywhere)], &anywhere);
}

__u32 nsa_hops_first_by(const struct nsa_hops *hops, const struct nsa_hops_by *by)
{
	return first_or_anywhere(hops, hops->gateways[gateway_bucket(by)], by);
}

__u32 nsa_hops_next_by(const struct nsa_hops *hops, __u32 hop, const struct nsa_hops_by *by)
{
	const struct nsa_hops_by own = neighbour_of(&hops->all[hop].key);
	__u32 next = hops->all[hop].next_gateway;

	return own.ifindex ? first_or_anywhere(hops, next, by) : skip_others(hops, next, &own);
}

/* Chain of those by a gateway: users name few of them */

static void link_via(struct nsa_hops *hops, __u32 at)
{
	if (hops->all[at].key.target != NSACCEL_TARGET_VIA)
		return;
	hops->all[at].next_via = hops->vias;
	hops->vias = at;
}

static void unlink_via(struct nsa_hops *hops, __u32 at)
{
	__u32 *link = &hops->vias;

	if (hops->all[at].key.target != NSACCEL_TARGET_VIA)
		return;
	while (*link != at)
		link = &hops->all[*link].next_via;
	*link = hops->all[at].next_via;
}

__u32 nsa_hops_first_via(const struct nsa_hops *hops)
{
	return hops->vias;
}

__u32 nsa_hops_next_via(const struct nsa_hops *hops, __u32 hop)
{
	return hops->all[hop].next_via;
}

/* Chain of those behind bridges */

static __u32 *behind_bucket(const struct nsa_hops *hops, const __u8 *mac)
{
	__u64 key = 0;

	memcpy(&key, mac, NSACCEL_MAC_LEN);
	return (__u32 *)&hops->behind[((key * 0x9e3779b97f4a7c15ULL) >> 40) % BUCKETS];
}

static __u32 skip_other_macs(const struct nsa_hops *hops, __u32 at, const __u8 *mac)
{
	while (at && memcmp(hops->all[at].mac, mac, NSACCEL_MAC_LEN) != 0)
		at = hops->all[at].next_behind;
	return at;
}

__u32 nsa_hops_first_behind(const struct nsa_hops *hops, const __u8 *mac)
{
	return skip_other_macs(hops, *behind_bucket(hops, mac), mac);
}

__u32 nsa_hops_next_behind(const struct nsa_hops *hops, __u32 hop, const __u8 *mac)
{
	return skip_other_macs(hops, hops->all[hop].next_behind, mac);
}

static void unlink_behind(struct nsa_hops *hops, __u32 at)
{
	struct nsa_hop *h = &hops->all[at];
	__u32 *link = behind_bucket(hops, h->mac);

	if (!h->is_behind)
		return;
	while (*link != at)
		link = &hops->all[*link].next_behind;
	*link = h->next_behind;
	h->is_behind = false;
}

void nsa_hops_set_behind(struct nsa_hops *hops, __u32 hop, const __u8 *mac)
{
	struct nsa_hop *h = &hops->all[hop];
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

__u32 nsa_hops_find(const struct nsa_hops *hops, const struct nsaccel_nexthop *key)
{
	__u32 at = find(hops, key);

	return at && hops->all[at].refs ? at : 0;
}

static __u32 take_free(struct nsa_hops *hops)
{
	struct nsa_hop *grown;
	__u32 at = hops->free;

	if (at) {
		hops->free = hops->all[at].next;
		return at;
	}
	if (hops->count + 1 >= hops->room) {
		grown = reallocarray(hops->all, 2 * hops->room, sizeof(*grown));
		if (!grown)
			return 0;
		hops->all = grown;
		hops->room *= 2;
	}
	return ++hops->count;
}

static __u32 add(struct nsa_hops *hops, const struct nsaccel_nexthop *key)
{
	__u32 at = take_free(hops), *head = &hops->buckets[bucket(key)];

	if (!at)
		return 0;
	hops->all[at] = (struct nsa_hop){ .key = *key, .id = NSA_HOP_NO_ID, .next = *head };
	*head = at;
	link_gateway(hops, at);
	link_via(hops, at);
	set_due(hops, at, NSA_HOPS_FRESH);
	return at;
}

static struct link_use **find_link(struct link_use *const *links, __u32 owner_slot, __u32 ifindex)
{
	struct link_use *const *link = &links[(ifindex + owner_slot * 257U) % LINKS];

	while (*link && ((*link)->ifindex != ifindex || (*link)->owner_slot != owner_slot))
		link = &(*link)->next;
	return (struct link_use **)link;
}

/* NULL: no memory. */
static struct link_use *get_link(struct nsa_hops *hops, const struct nsaccel_nexthop *key)
{
	struct link_use **link = find_link(hops->links, key->owner_slot, key->target_ifindex);

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

static void dismiss(struct nsa_hops *hops, struct nsa_hop *h)
{
	struct link_use **link, *use;

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

bool nsa_hops_admit(struct nsa_hops *hops, __u32 hop, __u32 quota)
{
	struct nsa_hop *h = &hops->all[hop];
	struct link_use *use;

	use = get_link(hops, &h->key);
	if (!use)
		return false;
	if (h->admitted && use->admitted <= quota)
		return true;
	if (use->admitted >= quota) {
		hops->refusals += !use->refused;
		use->refused = true;
		dismiss(hops, h);
		return false;
	}
	use->admitted++;
	h->admitted = true;
	return true;
}

__u64 nsa_hops_refusals(const struct nsa_hops *hops)
{
	return hops->refusals;
}

bool nsa_hops_refused(const struct nsa_hops *hops, __u32 owner_slot, int ifindex)
{
	const struct link_use *use = *find_link(hops->links, owner_slot, (__u32)ifindex);

	return use && use->refused;
}

bool nsa_hops_retry(struct nsa_hops *hops, __u32 owner_slot, int ifindex, __u32 quota)
{
	struct link_use *use = *find_link(hops->links, owner_slot, (__u32)ifindex);

	if (!use || !use->refused || use->admitted >= quota)
		return false;
	use->refused = false;
	return true;
}

static void release(struct nsa_hops *hops, __u32 hop)
{
	struct nsa_hop *h = &hops->all[hop];
	__u32 *link = &hops->buckets[bucket(&h->key)];

	while (*link != hop)
		link = &hops->all[*link].next;
	*link = h->next;
	unlink_gateway(hops, hop);
	unlink_via(hops, hop);
	unlink_behind(hops, hop);
	dismiss(hops, h);
	set_due(hops, hop, NSA_HOPS_SETTLED);
	memset(h, 0, sizeof(*h));
	h->id = NSA_HOP_NO_ID;
	h->next = hops->free;
	hops->free = hop;
}

struct nsa_hop *nsa_hop(const struct nsa_hops *hops, __u32 hop)
{
	return &hops->all[hop];
}

__u32 nsa_hops_last(const struct nsa_hops *hops)
{
	return hops->count;
}

__u32 nsa_hops_get(struct nsa_hops *hops, const struct nsaccel_nexthop *key)
{
	__u32 at = find(hops, key);

	if (!at)
		at = add(hops, key);
	if (at)
		hops->all[at].refs++;
	return at;
}

__u32 nsa_hops_get_by_id(struct nsa_hops *hops, __u32 id, __u32 generation)
{
	__u32 at = id < NSACCEL_MAX_NEXTHOPS ? hops->by_id[id] : 0;

	if (!at || hops->all[at].record.generation != generation)
		return 0;
	hops->all[at].refs++;
	return at;
}

void nsa_hops_put(struct nsa_hops *hops, __u32 hop)
{
	if (!hop || --hops->all[hop].refs)
		return;
	/* One that is in the map stays until it is collected there, but nobody keeps it current. */
	nsa_hops_stir(hops, hop);
	if (hops->all[hop].id == NSA_HOP_NO_ID)
		release(hops, hop);
}

/* Those that are there come first: else who looks again would choose others. */
static int admit_loaded(struct nsa_hops *hops, struct nsa_hop *h)
{
	struct link_use *use;

	if (h->key.target != NSACCEL_TARGET_NEIGHBOUR)
		return 0;
	use = get_link(hops, &h->key);
	if (!use)
		return -ENOMEM;
	use->admitted++;
	h->admitted = true;
	return 0;
}

/* A killed run may have left two records of one key: the second is kept apart, to be collected. */
static int load_record(struct nsa_hops *hops, __u32 id, const struct nsaccel_nexthop *record)
{
	struct nsaccel_nexthop key;
	__u32 at;

	hops->sequences[id] = record->sequence;
	if (!record->generation)
		return 0;
	nsa_hop_key(record, &key);
	at = find(hops, &key);
	if (!at || hops->all[at].id != NSA_HOP_NO_ID)
		at = add(hops, &key);
	if (!at)
		return -ENOMEM;
	hops->all[at].id = id;
	hops->all[at].record = *record;
	hops->by_id[id] = at;
	return admit_loaded(hops, &hops->all[at]);
}

int nsa_hops_new(const struct nsa_maps *maps, struct nsa_hops **out)
{
	__cleanup(nsa_freep) struct nsaccel_nexthop *records = NULL;
	struct nsa_hops *hops = calloc(1, sizeof(*hops));
	int r;

	if (!hops)
		return -ENOMEM;
	hops->maps = maps;
	hops->all = calloc(FIRST_ROOM, sizeof(*hops->all));
	if (!hops->all) {
		free(hops);
		return -ENOMEM;
	}
	hops->room = FIRST_ROOM;
	hops->unused = true; /* a killed run may have left some */
	r = maps ? nsa_maps_nexthops(maps, &records) : 0;
	for (__u32 id = 0; !r && records && id < NSACCEL_MAX_NEXTHOPS; id++)
		r = load_record(hops, id, &records[id]);
	if (r < 0) {
		nsa_hops_free(hops);
		return r;
	}
	*out = hops;
	return 0;
}

static void free_links(struct link_use *use)
{
	struct link_use *next;

	for (; use; use = next) {
		next = use->next;
		free(use);
	}
}

void nsa_hops_free(struct nsa_hops *hops)
{
	if (!hops)
		return;
	for (size_t i = 0; i < LINKS; i++)
		free_links(hops->links[i]);
	free(hops->all);
	free(hops);
}

/* A reader that meets an odd sequence, or another one after it has copied the record than before,
 * leaves the packet to the kernel. */
static int write_record(struct nsa_hops *hops, __u32 id, const struct nsaccel_nexthop *from,
			struct nsaccel_nexthop *to)
{
	struct nsaccel_nexthop half = *from;
	__u32 *sequence = &hops->sequences[id];
	int r;

	half.sequence = *sequence | 1;
	r = nsa_maps_nexthop_put(hops->maps, id, &half);
	if (r < 0)
		return r;
	*sequence = half.sequence;
	to->sequence = half.sequence;
	atomic_thread_fence(memory_order_seq_cst);
	r = nsa_maps_nexthop_put(hops->maps, id, to);
	if (r < 0)
		return r;
	to->sequence = ++*sequence;
	atomic_thread_fence(memory_order_seq_cst);
	return nsa_maps_nexthop_put(hops->maps, id, to);
}

bool nsa_hop_is(const struct nsa_hop *hop, const struct nsaccel_nexthop *record)
{
	struct nsaccel_nexthop x = *record;

	x.generation = hop->record.generation;
	x.sequence = hop->record.sequence & ~1U; /* odd: a killed run left it half changed */
	return !memcmp(&x, &hop->record, sizeof(x));
}

int nsa_hops_resolve(struct nsa_hops *hops, __u32 hop, const struct nsaccel_nexthop *record,
		     bool *changed)
{
	struct nsa_hop *h = &hops->all[hop];
	struct nsaccel_nexthop to = *record;
	int r;

	*changed = !nsa_hop_is(h, record);
	to.generation = h->record.generation;
	if (*changed && h->id != NSA_HOP_NO_ID) {
		r = write_record(hops, h->id, &h->record, &to);
		if (r < 0) { /* who knows how much of it: not what it was, until it is written */
			h->record.sequence |= 1;
			return r;
		}
	}
	if (*changed)
		h->record = to;
	h->resolved = true;
	set_due(hops, hop, lacks(h) ? NSA_HOPS_LACKING : NSA_HOPS_SETTLED);
	return 0;
}

static __u32 next_free_id(struct nsa_hops *hops)
{
	for (__u32 i = 0; i < NSACCEL_MAX_NEXTHOPS; i++) {
		__u32 id = (hops->free_id + i) % NSACCEL_MAX_NEXTHOPS;

		if (!hops->by_id[id]) {
			hops->free_id = id + 1;
			return id;
		}
	}
	return NSA_HOP_NO_ID;
}

int nsa_hops_install(struct nsa_hops *hops, __u32 hop)
{
	const struct nsaccel_nexthop none = {};
	struct nsa_hop *h = &hops->all[hop];
	struct nsaccel_nexthop record = h->record;
	__u32 id;
	int r;

	if (h->id != NSA_HOP_NO_ID)
		return 0;
	id = next_free_id(hops);
	if (id == NSA_HOP_NO_ID)
		return -E2BIG;
	r = nsa_maps_generation(hops->maps, &record.generation);
	if (!r)
		r = write_record(hops, id, &none, &record);
	if (r < 0)
		return r;
	h->record = record;
	h->id = id;
	hops->by_id[id] = hop;
	return 0;
}

static int free_record(struct nsa_hops *hops, __u32 hop)
{
	struct nsa_hop *h = &hops->all[hop];
	struct nsaccel_nexthop none = {};
	int r;

	r = write_record(hops, h->id, &h->record, &none);
	if (r < 0)
		return r;
	hops->by_id[h->id] = 0;
	h->id = NSA_HOP_NO_ID;
	h->record.generation = 0;
	if (!h->refs)
		release(hops, hop);
	return 0;
}

bool nsa_hop_has_neighbour(const struct nsa_hop *hop)
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

void nsa_hops_route(struct nsa_hops *hops, __u32 hop, int change)
{
	struct nsa_hop *h = &hops->all[hop];

	h->routes += (__u32)change;
	hops->unused |= !h->routes;
	hops->losses += change < 0 && h->routes <= 1 && nsa_hop_has_neighbour(h);
	if (change > 0 && lacks(h))
		set_due(hops, hop, NSA_HOPS_LACKING);
}

__u64 nsa_hops_losses(const struct nsa_hops *hops)
{
	return hops->losses;
}

int nsa_hops_collect(struct nsa_hops *hops)
{
	int r = 0;

	if (!hops->unused)
		return 0;
	hops->unused = false;
	for (__u32 hop = 1; !r && hop <= hops->count; hop++)
		if (hops->all[hop].id != NSA_HOP_NO_ID && !hops->all[hop].routes)
			r = free_record(hops, hop);
	hops->unused = r < 0;
	return r;
}
