// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/sources.h"
#include "util/array.h"
#include "util/prefix.h"

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

static int by_key(const void *a, const void *b)
{
	const struct nsa_source_entry *x = a, *y = b;

	return nsa_source_compare(&x->key, &y->key);
}

/* Index of the entry with the key, or of the first behind it. */
static size_t position(const struct nsa_sources *sources, const struct nsaccel_source_key *key)
{
	const struct nsa_source_entry wanted = { .key = *key };

	return LOWER_BOUND(&wanted, sources->items, sources->count, by_key);
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

int nsa_sources_insert(struct nsa_sources *sources, const struct nsa_source_entry *entry)
{
	size_t at = position(sources, &entry->key);
	struct nsa_source_entry *item;

	if (is_at(sources, at, &entry->key))
		item = &sources->items[at];
	else
		item = ARRAY_INSERT(sources->items, sources->count, sources->room, at);
	if (!item)
		return -ENOMEM;
	*item = *entry;
	return 0;
}

void nsa_sources_remove(struct nsa_sources *sources, const struct nsaccel_source_key *key)
{
	size_t at = position(sources, key);

	if (is_at(sources, at, key))
		ARRAY_REMOVE(sources->items, sources->count, at);
}
