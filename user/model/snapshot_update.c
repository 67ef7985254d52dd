// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/snapshot_endpoints.h"
#include "model/snapshot_order.h"
#include "model/snapshot_update.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/sort.h"

int nsa_snapshot_set_links(struct nsa_snapshot *snapshot, struct nsa_link **new_links, size_t count)
{
	struct nsa_link *links = *new_links;
	struct nsa_snapshot_device *devices = calloc(count + 1, sizeof(*devices));

	if (!devices)
		return -ENOMEM;
	SORT(links, count, nsa_snapshot_cmp_links);
	for (size_t i = 0; i < count; i++) {
		const struct nsa_link *old = nsa_snapshot_link(snapshot, links[i].ifindex);

		/* Both were zeroed before they were filled in, padding included. NOLINTNEXTLINE */
		if (old && !memcmp(old, &links[i], sizeof(*old)))
			devices[i] = snapshot->devices[old - snapshot->links];
	}
	free(snapshot->links);
	free(snapshot->devices);
	snapshot->links = TAKE_PTR(*new_links);
	snapshot->devices = devices;
	snapshot->link_count = count;
	return nsa_snapshot_drop_gone(snapshot);
}

bool nsa_snapshot_has_links(const struct nsa_snapshot *snapshot, struct nsa_link *links,
			    size_t count)
{
	SORT(links, count, nsa_snapshot_cmp_links);
	/* Both were zeroed before they were filled in, padding included. */
	return count == snapshot->link_count &&
	       !(count && memcmp(links, snapshot->links, count * sizeof(*links))); /* NOLINT */
}

void nsa_snapshot_forget_device(struct nsa_snapshot *snapshot, int ifindex)
{
	for (size_t i = 0; i < snapshot->link_count; i++)
		if (!ifindex || snapshot->links[i].ifindex == ifindex)
			snapshot->devices[i].known = false;
}

bool nsa_snapshot_forget_unsure(struct nsa_snapshot *snapshot)
{
	bool any = false;

	for (size_t i = 0; i < snapshot->link_count; i++) {
		struct nsa_snapshot_device *device = &snapshot->devices[i];

		any |= device->known && device->unsure;
		device->known &= !device->unsure;
	}
	return any;
}

void nsa_snapshot_set_addrs(struct nsa_snapshot *snapshot, struct nsa_addr *addrs, size_t count)
{
	free(snapshot->addrs);
	snapshot->addrs = addrs;
	snapshot->addr_count = count;
}

void nsa_snapshot_set_neighs(struct nsa_snapshot *snapshot, struct nsa_neigh *neighs, size_t count)
{
	SORT(neighs, count, nsa_snapshot_cmp_neighs);
	free(snapshot->neighs);
	snapshot->neighs = neighs;
	snapshot->neigh_count = snapshot->neigh_room = count;
}

int nsa_snapshot_set_neigh(struct nsa_snapshot *snapshot, const struct nsa_neigh *neigh, bool gone)
{
	size_t at = LOWER_BOUND(neigh, snapshot->neighs, snapshot->neigh_count,
				nsa_snapshot_cmp_neighs);
	bool found = at < snapshot->neigh_count &&
		     !nsa_snapshot_cmp_neighs(&snapshot->neighs[at], neigh);

	if (gone) {
		if (found)
			ARRAY_REMOVE(snapshot->neighs, snapshot->neigh_count, at);
		return 0;
	}
	if (!found &&
	    !ARRAY_INSERT(snapshot->neighs, snapshot->neigh_count, snapshot->neigh_room, at))
		return -ENOMEM;
	snapshot->neighs[at] = *neigh;
	return 0;
}
