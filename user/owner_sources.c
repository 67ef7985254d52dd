// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "mirror.h"
#include "owner_sources.h"

static int change(struct nsa_owner *owner, const struct nsa_view_endpoint *ep,
		  const struct nsa_source_entry *entry, bool gone)
{
	struct nsa_mirror *mirror = owner->mirror;
	char text[INET6_ADDRSTRLEN + 4];
	int r = 0;

	inet_ntop((int)entry->key.family, entry->key.addr, text, INET6_ADDRSTRLEN);
	snprintf(text + strlen(text), 5, "/%u", entry->key.prefixlen - NSACCEL_SOURCE_STATIC_BITS);
	nsa_change(&mirror->changes, gone ? "source-del" : "source-add", ep->cookie, "prefix", text,
		   "%s", "");
	if (!mirror->changes.dry)
		r = gone ? nsa_sources_del(mirror->sources, &entry->key) :
			   nsa_sources_put(mirror->sources, entry);
	return r < 0 ? nsa_err(r, "write sources of namespace %s: %s", ep->netns,
			       nsa_maps_strerror(r, NSA_MAP_SOURCES)) :
		       0;
}

static struct nsaccel_source_key key_of(const struct nsa_view_endpoint *ep,
					const struct nsa_addr *addr)
{
	struct nsaccel_prefix prefix =
		nsa_prefix(addr->family, addr->addr, addr->family == AF_INET ? 32 : 128);

	return nsa_source_key(ep->slot, &prefix);
}

static bool is_wanted(const struct nsa_view_endpoint *ep, const struct nsa_source_entry *entry)
{
	if (ep->isolation.pinned)
		return entry->source == NSACCEL_SOURCE_PINNED;
	for (size_t i = 0; i < ep->source_count; i++) {
		struct nsaccel_source_key key = key_of(ep, &ep->sources[i]);

		if (!memcmp(&key, &entry->key, sizeof(key)))
			return entry->source == NSACCEL_SOURCE_OWN;
	}
	return false;
}

static int add_missing(struct nsa_owner *owner, const struct nsa_view_endpoint *ep)
{
	size_t count = ep->isolation.pinned ? 0 : ep->source_count;
	int r = 0;

	for (size_t i = 0; !r && i < count; i++) {
		struct nsa_source_entry entry = { key_of(ep, &ep->sources[i]), NSACCEL_SOURCE_OWN };
		const struct nsa_source_entry *old =
			nsa_sources_find(owner->mirror->sources, &entry.key);

		if (!old || old->source != entry.source)
			r = change(owner, ep, &entry, false);
	}
	return r;
}

static int remove_others(struct nsa_owner *owner, const struct nsa_view_endpoint *ep)
{
	__cleanup(nsa_freep) struct nsa_source_entry *have = NULL;
	const struct nsa_source_entry *all;
	size_t count;
	int r = 0;

	all = nsa_sources_of(owner->mirror->sources, ep->slot, &count);
	have = calloc(count + 1, sizeof(*have));
	if (!have)
		return nsa_err(-ENOMEM, "compare sources: %s", strerror(ENOMEM));
	if (count)
		memcpy(have, all, count * sizeof(*have)); /* it changes meanwhile */
	for (size_t i = 0; !r && i < count; i++)
		if (!is_wanted(ep, &have[i]))
			r = change(owner, ep, &have[i], true);
	return r;
}

int nsa_owner_settle_sources(struct nsa_owner *owner)
{
	const struct nsa_view *view = owner->view;
	int r = 0;

	for (size_t i = 0; !r && i < view->endpoint_count; i++) {
		const struct nsa_view_endpoint *ep = &view->endpoints[i];

		if (!ep->slot || !nsa_plan_is_itself(ep))
			continue; /* beyond a wire, or held to what another may send */
		r = add_missing(owner, ep);
		if (!r)
			r = remove_others(owner, ep);
	}
	return r;
}
