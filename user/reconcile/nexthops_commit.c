// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdatomic.h>

#include "maps/meta.h"
#include "maps/nexthops.h"
#include "maps/sequences.h"
#include "reconcile/nexthops_commit.h"
#include "util/cleanup.h"

/* A copy, which nobody else writes. */
static int load_record(struct nsa_nexthops *hops, __u32 id, const struct nsaccel_nexthop *mapped)
{
	struct nsaccel_nexthop record = { .sequence = __atomic_load_n(&mapped->sequence,
								      __ATOMIC_RELAXED) };

	if (__atomic_load_n(&mapped->generation, __ATOMIC_RELAXED))
		record = *mapped;
	return nsa_nexthops_load(hops, id, &record);
}

int nsa_nexthops_commit_load(const struct nsa_maps *maps, struct nsa_nexthops **out)
{
	__cleanup(nsa_maps_nexthops_closep) const struct nsaccel_nexthop *records = NULL;
	struct nsa_nexthops *hops;
	int r;

	r = nsa_maps_nexthops(maps, &records);
	if (r < 0)
		return r;
	r = nsa_nexthops_new(&hops);
	if (r < 0)
		return r;
	for (__u32 id = 0; !r && id < NSACCEL_MAX_NEXTHOPS; id++)
		r = load_record(hops, id, &records[id]);
	if (r < 0) {
		nsa_nexthops_free(hops);
		return r;
	}
	*out = hops;
	return 0;
}

/* A reader that meets an odd sequence, or another one after it has copied the record than before,
 * leaves the packet to the kernel. */
static int write_record(const struct nsa_maps *maps, struct nsa_nexthops *hops, __u32 id,
			const struct nsaccel_nexthop *from, struct nsaccel_nexthop *to)
{
	struct nsaccel_nexthop half = *from;
	__u32 *sequence = nsa_nexthops_sequence(hops, id);
	int r;

	half.sequence = *sequence | 1;
	r = nsa_maps_nexthop_put(maps, id, &half);
	if (r < 0)
		return r;
	*sequence = half.sequence;
	to->sequence = half.sequence;
	nsa_maps_any_seq_advance(maps);
	r = nsa_maps_nexthop_put(maps, id, to);
	if (r < 0)
		return r;
	to->sequence = ++*sequence;
	atomic_thread_fence(memory_order_seq_cst);
	return nsa_maps_nexthop_put(maps, id, to);
}

/* Do packets of other destinations depend on the change, by the way back to their source? */
static bool leads_elsewhere(const struct nsaccel_nexthop *from, const struct nsaccel_nexthop *to)
{
	return from->action != to->action || from->reason != to->reason ||
	       from->owner_slot != to->owner_slot || from->l3_ifindex != to->l3_ifindex ||
	       from->dst_slot != to->dst_slot;
}

static int change_record(const struct nsa_maps *maps, struct nsa_nexthops *hops, __u32 id,
			 const struct nsaccel_nexthop *from, struct nsaccel_nexthop *to)
{
	int r;

	if (!leads_elsewhere(from, to))
		return write_record(maps, hops, id, from, to);
	nsa_maps_config_begin(maps);
	r = write_record(maps, hops, id, from, to);
	nsa_maps_config_end(maps);
	return r;
}

int nsa_nexthops_commit_resolve(const struct nsa_maps *maps, struct nsa_nexthops *hops, __u32 hop,
				const struct nsaccel_nexthop *record, bool *changed)
{
	struct nsa_nexthop *h = nsa_nexthop(hops, hop);
	struct nsaccel_nexthop to = *record;
	int r;

	*changed = !nsa_nexthop_is(h, record);
	if (!*changed) {
		nsa_nexthops_resolved(hops, hop, &h->record);
		return 0;
	}
	to.generation = h->record.generation;
	if (h->id != NSA_NEXTHOP_NO_ID) {
		r = change_record(maps, hops, h->id, &h->record, &to);
		if (r < 0) { /* part of it may be written: it is to be written again */
			h->record.sequence |= 1;
			return r;
		}
	}
	nsa_nexthops_resolved(hops, hop, &to);
	return 0;
}

int nsa_nexthops_commit_install(const struct nsa_maps *maps, struct nsa_nexthops *hops, __u32 hop)
{
	const struct nsaccel_nexthop none = {};
	struct nsaccel_nexthop record = nsa_nexthop(hops, hop)->record;
	__u32 id;
	int r;

	if (nsa_nexthop(hops, hop)->id != NSA_NEXTHOP_NO_ID)
		return 0;
	id = nsa_nexthops_free_id(hops);
	if (id == NSA_NEXTHOP_NO_ID)
		return -E2BIG;
	r = nsa_maps_generation(maps, &record.generation);
	if (!r)
		r = write_record(maps, hops, id, &none, &record);
	if (r < 0)
		return r;
	nsa_nexthops_install(hops, hop, id, &record);
	return 0;
}

static int free_record(const struct nsa_maps *maps, struct nsa_nexthops *hops, __u32 hop)
{
	const struct nsa_nexthop *h = nsa_nexthop(hops, hop);
	struct nsaccel_nexthop none = {};
	int r;

	r = write_record(maps, hops, h->id, &h->record, &none);
	if (r < 0)
		return r;
	nsa_nexthops_uninstall(hops, hop);
	return 0;
}

int nsa_nexthops_commit_collect(const struct nsa_maps *maps, struct nsa_nexthops *hops)
{
	bool *unused = nsa_nexthops_unused(hops);
	int r = 0;

	if (!*unused)
		return 0;
	*unused = false;
	for (__u32 hop = 1; !r && hop <= nsa_nexthops_last(hops); hop++) {
		const struct nsa_nexthop *h = nsa_nexthop(hops, hop);

		if (h->id != NSA_NEXTHOP_NO_ID && !h->routes)
			r = free_record(maps, hops, hop);
	}
	*unused = r < 0;
	return r;
}
