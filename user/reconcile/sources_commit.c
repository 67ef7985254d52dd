// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "maps/sources.h"
#include "reconcile/sources_commit.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/sort.h"

int nsa_sources_load(const struct nsa_maps *maps, struct nsa_sources **out)
{
	__cleanup(nsa_sources_freep) struct nsa_sources *sources = calloc(1, sizeof(*sources));
	int r;

	if (!sources)
		return -ENOMEM;
	r = nsa_maps_sources(maps, &sources->items, &sources->count);
	if (r < 0)
		return r;
	sources->room = sources->count;
	*out = TAKE_PTR(sources);
	return 0;
}

/* Memory is allocated first, so that nothing fails after the map was written. */
int nsa_sources_put(const struct nsa_maps *maps, struct nsa_sources *sources,
		    const struct nsa_source_entry *entry)
{
	int r = ARRAY_RESERVE(sources->items, sources->room, sources->count + 1);

	if (!r)
		r = nsa_maps_source_put(maps, entry);
	return r < 0 ? r : nsa_sources_insert(sources, entry);
}

int nsa_sources_del(const struct nsa_maps *maps, struct nsa_sources *sources,
		    const struct nsaccel_source_key *key)
{
	int r;

	if (!nsa_sources_find(sources, key))
		return 0;
	r = nsa_maps_source_del(maps, key);
	if (r < 0 && r != -ENOENT)
		return r;
	nsa_sources_remove(sources, key);
	return 0;
}

static int cmp_slot(const void *a, const void *b)
{
	const struct nsa_netns_entry *x = a, *y = b;

	return CMP(x->ns.slot, y->ns.slot);
}

static bool is_kept(const struct nsa_netns_entry *namespaces, size_t count, __u32 slot)
{
	const struct nsa_netns_entry wanted = { .ns.slot = slot };

	return BSEARCH(&wanted, namespaces, count, cmp_slot);
}

int nsa_sources_keep(const struct nsa_maps *maps, struct nsa_sources *sources,
		     const struct nsa_netns_entry *namespaces, size_t count)
{
	size_t at = 0;
	int r;

	while (at < sources->count) {
		struct nsaccel_source_key key = sources->items[at].key;

		if (is_kept(namespaces, count, key.slot & ~NSACCEL_SOURCE_OF_OWNER)) {
			at++;
			continue;
		}
		r = nsa_sources_del(maps, sources, &key);
		if (r < 0)
			return r;
	}
	return 0;
}
