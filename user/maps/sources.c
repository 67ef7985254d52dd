// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/sources.h"
#include "util/cleanup.h"
#include "util/prefix.h"

struct nsa_sources {
	const struct nsa_maps *maps;
	struct nsa_source_entry *items; /* as nsa_maps_sources() sorts them */
	size_t count, room;
};

int nsa_sources_load(const struct nsa_maps *maps, struct nsa_sources **out)
{
	__cleanup(nsa_sources_freep) struct nsa_sources *sources = calloc(1, sizeof(*sources));
	int r;

	if (!sources)
		return -ENOMEM;
	sources->maps = maps;
	r = maps ? nsa_maps_sources(maps, &sources->items, &sources->count) : 0;
	if (r < 0)
		return r;
	sources->room = sources->count;
	*out = TAKE_PTR(sources);
	return 0;
}

void nsa_sources_free(struct nsa_sources *sources)
{
	if (!sources)
		return;
	free(sources->items);
	free(sources);
}

void nsa_sources_freep(struct nsa_sources **sources)
{
	nsa_sources_free(*sources);
}

struct nsaccel_source_key nsa_source_key(__u32 slot, const struct nsaccel_prefix *prefix)
{
	struct nsaccel_source_key key = {
		.prefixlen =
			prefix->prefixlen - NSACCEL_PREFIX_FAMILY_BITS + NSACCEL_SOURCE_STATIC_BITS,
		.slot = slot,
		.family = prefix->family,
	};

	memcpy(key.addr, prefix->addr, sizeof(key.addr));
	return key;
}

struct nsaccel_prefix nsa_source_prefix(const struct nsaccel_source_key *key)
{
	struct nsaccel_prefix prefix = {
		.prefixlen =
			key->prefixlen - NSACCEL_SOURCE_STATIC_BITS + NSACCEL_PREFIX_FAMILY_BITS,
		.family = key->family,
	};

	memcpy(prefix.addr, key->addr, sizeof(prefix.addr));
	return prefix;
}

struct nsaccel_source_key nsa_source_host(__u32 slot, __u8 family, const __u8 *addr)
{
	struct nsaccel_prefix prefix = nsa_prefix(family, addr, nsa_addr_bits(family));

	return nsa_source_key(slot, &prefix);
}

struct nsaccel_source_key nsa_source_on_link(__u32 slot, int ifindex, const __u8 *addr)
{
	struct nsaccel_source_key key = nsa_source_host(slot, NSACCEL_FAMILY_INET6, addr);

	memcpy(key.addr + 4, &ifindex, sizeof(ifindex));
	return key;
}

int nsa_source_compare(const struct nsaccel_source_key *a, const struct nsaccel_source_key *b)
{
	int r;

	if (a->slot != b->slot)
		return a->slot < b->slot ? -1 : 1;
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	r = memcmp(a->addr, b->addr, sizeof(a->addr));
	return r ? r : (a->prefixlen > b->prefixlen) - (a->prefixlen < b->prefixlen);
}

/* Of the key, or of where it would be. */
static size_t position(const struct nsa_sources *sources, const struct nsaccel_source_key *key)
{
	size_t low = 0, high = sources->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (nsa_source_compare(&sources->items[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct nsa_source_entry *nsa_sources_of(const struct nsa_sources *sources, __u32 slot,
					      size_t *count)
{
	struct nsaccel_source_key first = { .slot = slot }, after = { .slot = slot + 1 };
	size_t at = position(sources, &first);

	*count = position(sources, &after) - at;
	return sources->items + at;
}

static bool is_at(const struct nsa_sources *sources, size_t at,
		  const struct nsaccel_source_key *key)
{
	return at < sources->count && !nsa_source_compare(&sources->items[at].key, key);
}

const struct nsa_source_entry *nsa_sources_find(const struct nsa_sources *sources,
						const struct nsaccel_source_key *key)
{
	size_t at = position(sources, key);

	return is_at(sources, at, key) ? &sources->items[at] : NULL;
}

const struct nsa_source_entry *nsa_sources_cover(const struct nsa_sources *sources, __u32 slot,
						 __u8 family, const __u8 *addr)
{
	const struct nsa_source_entry *found = NULL;
	size_t count;

	nsa_sources_of(sources, slot, &count);
	for (int len = nsa_addr_bits(family); count && !found && len >= 0; len--) {
		struct nsaccel_prefix prefix = nsa_prefix(family, addr, (__u8)len);
		struct nsaccel_source_key key = nsa_source_key(slot, &prefix);

		found = nsa_sources_find(sources, &key);
	}
	return found;
}

static int make_room(struct nsa_sources *sources)
{
	struct nsa_source_entry *grown;
	size_t room = 2 * sources->room + 16;

	if (sources->count < sources->room)
		return 0;
	grown = reallocarray(sources->items, room, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	sources->items = grown;
	sources->room = room;
	return 0;
}

int nsa_sources_put(struct nsa_sources *sources, const struct nsa_source_entry *entry)
{
	size_t at = position(sources, &entry->key);
	struct nsa_source_entry *item;
	int r = make_room(sources);

	if (!r && sources->maps)
		r = nsa_maps_source_put(sources->maps, entry);
	if (r < 0)
		return r;
	item = &sources->items[at];
	if (!is_at(sources, at, &entry->key))
		memmove(item + 1, item, (sources->count++ - at) * sizeof(*item));
	*item = *entry;
	return 0;
}

int nsa_sources_del(struct nsa_sources *sources, const struct nsaccel_source_key *key)
{
	size_t at = position(sources, key);
	struct nsa_source_entry *item = sources->items + at;
	int r;

	if (!is_at(sources, at, key))
		return 0;
	r = sources->maps ? nsa_maps_source_del(sources->maps, key) : 0;
	if (r < 0 && r != -ENOENT)
		return r;
	memmove(item, item + 1, (--sources->count - at) * sizeof(*item));
	return 0;
}

static bool is_kept(const struct nsa_netns_entry *namespaces, size_t count, __u32 slot)
{
	size_t low = 0, high = count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (namespaces[middle].ns.slot < slot)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && namespaces[low].ns.slot == slot;
}

int nsa_sources_keep(struct nsa_sources *sources, const struct nsa_netns_entry *namespaces,
		     size_t count)
{
	size_t at = 0;
	int r = 0;

	while (!r && at < sources->count) {
		struct nsaccel_source_key key = sources->items[at].key;

		if (is_kept(namespaces, count, key.slot & ~NSACCEL_SOURCE_OF_OWNER))
			at++;
		else
			r = nsa_sources_del(sources, &key);
	}
	return r;
}
