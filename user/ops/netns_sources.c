// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/sources.h"
#include "ops/netns_apply.h"
#include "ops/netns_sources.h"
#include "reconcile/sources_commit.h"
#include "util/cleanup.h"
#include "util/log.h"

struct prefixes {
	const struct nsaccel_prefix *items;
	size_t count;
};

static bool is_in(const struct prefixes *list, const struct nsa_source_entry *entry)
{
	for (size_t i = 0; i < list->count; i++) {
		struct nsaccel_source_key key = nsa_source_key(entry->key.slot, &list->items[i]);

		if (!memcmp(&key, &entry->key, sizeof(key)))
			return true;
	}
	return false;
}

/* Pins those of the list, beside any that are pinned already. */
static int pin(const struct nsa_netns_subject *subject, const struct prefixes *list)
{
	int r = 0;

	for (size_t i = 0; !r && i < list->count; i++) {
		struct nsa_source_entry entry = {
			.key = nsa_source_key(subject->slot, &list->items[i]),
			.source = NSACCEL_SOURCE_PINNED,
		};

		r = nsa_sources_put(subject->session.maps, subject->state->sources, &entry);
	}
	return r;
}

/* Unpins all but those of the list. */
static int unpin_others(const struct nsa_netns_subject *subject, const struct prefixes *list)
{
	const struct nsa_source_entry *all;
	size_t count, i = 0;
	int r = 0;

	all = nsa_sources_of(subject->state->sources, subject->slot, &count);
	while (!r && i < count) {
		struct nsaccel_source_key key = all[i].key;

		if (all[i].source != NSACCEL_SOURCE_PINNED || is_in(list, &all[i])) {
			i++;
			continue;
		}
		r = nsa_sources_del(subject->session.maps, subject->state->sources, &key);
		all = nsa_sources_of(subject->state->sources, subject->slot, &count);
	}
	return r;
}

/* Those that are pinned now. The caller frees *items. */
static int list_pinned(const struct nsa_netns_subject *subject, struct nsaccel_prefix **items,
		       size_t *count)
{
	const struct nsa_source_entry *all;
	size_t source_count;

	all = nsa_sources_of(subject->state->sources, subject->slot, &source_count);
	*items = calloc(source_count + 1, sizeof(**items));
	if (!*items)
		return nsa_err(-ENOMEM, "list sources: %s", strerror(ENOMEM));
	*count = 0;
	for (size_t i = 0; i < source_count; i++)
		if (all[i].source == NSACCEL_SOURCE_PINNED)
			(*items)[(*count)++] = nsa_source_prefix(&all[i].key);
	return 0;
}

/* First the new ones, then the settings, then the old ones go: in between no address is refused
 * that may be used before or after. */
static int replace(const struct nsa_netns_subject *subject, const struct nsaccel_isolation *to,
		   const struct prefixes *from, const struct prefixes *list)
{
	int r = pin(subject, list);

	if (r < 0)
		return nsa_err(r, "write map sources: %s", nsa_maps_strerror(r, NSA_MAP_SOURCES));
	r = nsa_netns_apply(subject, to);
	if (r < 0)
		return r;
	r = unpin_others(subject, list);
	if (r < 0)
		return nsa_err(r, "write map sources: %s", strerror(-r));
	/* Others may claim the addresses that aren't pinned any more. */
	return from->count ? nsa_netns_reconcile(subject) : 0;
}

int nsa_netns_sources_set(const struct nsa_netns_subject *subject,
			  const struct nsaccel_isolation *to, const struct nsaccel_prefix *sources,
			  size_t count)
{
	__cleanup(nsa_freep) struct nsaccel_prefix *pinned = NULL;
	const struct prefixes list = { sources, count };
	struct prefixes before;
	int r = list_pinned(subject, &pinned, &before.count);

	if (r < 0)
		return r;
	before.items = pinned;
	r = replace(subject, to, &before, &list);
	if (r < 0) {
		pin(subject, &before);
		unpin_others(subject, &before);
		nsa_netns_undo(subject); /* reconciles, which finds sources that weren't pinned */
	}
	return r;
}
