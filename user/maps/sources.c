// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <string.h>

#include "maps/dump.h"
#include "maps/sources.h"
#include "maps/sequences.h"
#include "util/sort.h"

static int by_source(const void *a, const void *b)
{
	const struct nsa_source_entry *x = a, *y = b;

	return nsa_source_compare(&x->key, &y->key);
}

int nsa_maps_sources(const struct nsa_maps *maps, struct nsa_source_entry **out, size_t *count)
{
	int r = NSA_MAPS_DUMP(maps->fd[NSA_MAP_SOURCES], out, count, key, source);

	if (r < 0)
		return r;
	SORT(*out, *count, by_source);
	return 0;
}

int nsa_maps_source_put(const struct nsa_maps *maps, const struct nsa_source_entry *entry)
{
	return nsa_maps_config_put(maps, NSA_MAP_SOURCES, &entry->key, &entry->source);
}

int nsa_maps_source_del(const struct nsa_maps *maps, const struct nsaccel_source_key *key)
{
	return nsa_maps_config_del(maps, NSA_MAP_SOURCES, key);
}
