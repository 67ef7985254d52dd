// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "model/plan_endpoint.h"
#include "reconcile/sources.h"
#include "reconcile/sources_commit.h"
#include "reconcile/state.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/family.h"
#include "util/log.h"
#include "util/prefix.h"
#include "util/sort.h"
#include "util/text.h"

/* The owner's part of the map as planned: under the owner's key, sorted. */
struct wanted {
	struct nsa_source_entry *items;
	size_t count, room;
};

static void wanted_free(struct wanted *wanted)
{
	free(wanted->items);
}

static int add_wanted(struct wanted *wanted, const struct nsaccel_source_key *key,
		      enum nsaccel_source source)
{
	struct nsa_source_entry *item = ARRAY_ADD(wanted->items, wanted->count, wanted->room);

	if (!item)
		return -ENOMEM;
	*item = (struct nsa_source_entry){ *key, source };
	return 0;
}

/* Adds addresses that the kernel routes to a link, but that are no source on it: the network's
 * own address, and the owner's link-local addresses, which are in no table that is mirrored. */
static int add_unusable(const struct nsa_owner *owner, const struct nsa_addr *addr,
			struct wanted *wanted)
{
	struct nsaccel_prefix prefix = nsa_prefix(addr->family, addr->addr, addr->prefixlen);
	struct nsaccel_source_key key;
	bool network = addr->family == AF_INET && addr->scope < RT_SCOPE_HOST &&
		       addr->prefixlen < 31 &&
		       memcmp(prefix.addr, addr->addr, sizeof(addr->addr)) != 0;

	if (addr->family == AF_INET6 && addr->scope == RT_SCOPE_LINK)
		key = nsa_source_on_link(nsa_source_of_owner(owner->slot), addr->ifindex,
					 addr->addr);
	else if (network)
		key = nsa_source_host(nsa_source_of_owner(owner->slot), AF_INET, prefix.addr);
	else
		return 0;
	return add_wanted(wanted, &key, NSACCEL_SOURCE_FORBIDDEN);
}

/* Whether the prefix is closed to other endpoints: a host address, or a part of the prefix on
 * the link. A wider prefix only permits the endpoint to send. */
static bool is_exclusive(const struct nsa_snapshot *snapshot, int l3_ifindex,
			 const struct nsaccel_source_key *key)
{
	__u8 family = nsa_family_os(key->family);
	__u8 len = (__u8)(key->prefixlen - NSACCEL_SOURCE_STATIC_BITS);

	if (len == nsa_addr_bits(family))
		return true;
	for (size_t i = 0; i < snapshot->addr_count; i++) {
		const struct nsa_addr *own = &snapshot->addrs[i];

		if (own->ifindex == l3_ifindex && own->family == family && len > own->prefixlen &&
		    nsa_prefix_covers(own->addr, own->prefixlen, key->addr))
			return true;
	}
	return false;
}

static bool is_link_local(const struct nsaccel_source_key *key)
{
	return key->family == NSACCEL_FAMILY_INET6 && key->addr[0] == 0xfe &&
	       (key->addr[1] & 0xc0) == 0x80;
}

/* Adds the prefixes that are listed for an endpoint and closed to others. */
static int add_listed(struct nsa_state *state, const struct nsa_owner *owner,
		      const struct nsa_snapshot_endpoint *ep, struct wanted *wanted)
{
	const struct nsa_link *link = nsa_snapshot_link(owner->snapshot, ep->port);
	int l3 = link ? nsa_plan_l3_link(owner->snapshot, link)->ifindex : 0;
	const struct nsa_source_entry *all;
	size_t count;
	int r = 0;

	all = nsa_sources_of(state->sources, ep->slot, &count);
	for (size_t i = 0; !r && i < count; i++) {
		struct nsaccel_source_key key = all[i].key;

		if (all[i].source != NSACCEL_SOURCE_PINNED || is_link_local(&key) ||
		    !is_exclusive(owner->snapshot, l3, &key))
			continue;
		key.slot = nsa_source_of_owner(owner->slot);
		r = add_wanted(wanted, &key, NSACCEL_SOURCE_PINNED);
	}
	return r;
}

static int cmp_key(const void *a, const void *b)
{
	const struct nsa_source_entry *x = a, *y = b;
	int r = nsa_source_compare(&x->key, &y->key);

	return r ?: (int)y->source - (int)x->source; /* the user's entry has precedence */
}

/* Sorted, without duplicates. */
static int plan(struct nsa_state *state, const struct nsa_owner *owner, struct wanted *wanted)
{
	const struct nsa_snapshot *snapshot = owner->snapshot;
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; !r && i < snapshot->addr_count; i++)
		r = add_unusable(owner, &snapshot->addrs[i], wanted);
	for (size_t i = 0; !r && i < snapshot->endpoint_count; i++)
		if (snapshot->endpoints[i].slot && snapshot->endpoints[i].isolation.pinned)
			r = add_listed(state, owner, &snapshot->endpoints[i], wanted);
	if (r < 0)
		return nsa_err(r, "plan sources: %s", strerror(-r));
	SORT(wanted->items, wanted->count, cmp_key);
	for (size_t i = 0; i < wanted->count; i++)
		if (!n || nsa_source_compare(&wanted->items[n - 1].key, &wanted->items[i].key))
			wanted->items[n++] = wanted->items[i];
	wanted->count = n;
	return 0;
}

static int change_source(struct nsa_state *state, struct nsa_owner *owner,
			 const struct nsa_source_entry *entry, bool gone)
{
	const struct nsa_maps *maps = state->session->maps;
	char text[NSA_TEXT_PREFIX];
	int r = 0;

	nsa_text_prefix(entry->key.family, entry->key.addr,
			(__u8)(entry->key.prefixlen - NSACCEL_SOURCE_STATIC_BITS), text);
	nsa_diff_report(&state->diff, gone ? "source-del" : "source-add", owner->cookie, "prefix",
			text, "%s",
			entry->source == NSACCEL_SOURCE_FORBIDDEN ? "nobody's" : "listed");
	if (!state->diff.dry)
		r = gone ? nsa_sources_del(maps, state->sources, &entry->key) :
			   nsa_sources_put(maps, state->sources, entry);
	return r < 0 ? nsa_err(r, "write sources: %s", nsa_maps_strerror(r, NSA_MAP_SOURCES)) : 0;
}

/* Removes the entries under a key that are not wanted. */
static int remove_others(struct nsa_state *state, struct nsa_owner *owner, __u32 slot,
			 const struct wanted *wanted)
{
	__cleanup(nsa_freep) struct nsa_source_entry *have = NULL;
	const struct nsa_source_entry *all;
	size_t count;
	int r = 0;

	all = nsa_sources_of(state->sources, slot, &count);
	if (!count)
		return 0;
	have = calloc(count, sizeof(*have));
	if (!have)
		return nsa_err(-ENOMEM, "compare sources: %s", strerror(ENOMEM));
	memcpy(have, all, count * sizeof(*have)); /* the array changes during the loop */
	for (size_t i = 0; !r && i < count; i++)
		if (!wanted->count || !BSEARCH(&have[i], wanted->items, wanted->count, cmp_key))
			r = change_source(state, owner, &have[i], true);
	return r;
}

static int add_missing(struct nsa_state *state, struct nsa_owner *owner,
		       const struct wanted *wanted)
{
	int r = 0;

	for (size_t i = 0; !r && i < wanted->count; i++) {
		const struct nsa_source_entry *old =
			nsa_sources_find(state->sources, &wanted->items[i].key);

		if (!old || old->source != wanted->items[i].source)
			r = change_source(state, owner, &wanted->items[i], false);
	}
	return r;
}

int nsa_sources_reconcile(const struct nsa_run *run, struct nsa_owner *owner)
{
	struct nsa_state *state = run->state;
	__cleanup(wanted_free) struct wanted wanted = {};
	const struct wanted none = {};
	int r = plan(state, owner, &wanted);

	if (!r)
		r = add_missing(state, owner, &wanted);
	if (!r)
		r = remove_others(state, owner, nsa_source_of_owner(owner->slot), &wanted);
	for (size_t i = 0; !r && i < owner->snapshot->endpoint_count; i++) {
		const struct nsa_snapshot_endpoint *ep = &owner->snapshot->endpoints[i];

		/* A command that was killed may have left entries of an endpoint that is not
		 * pinned. */
		if (ep->slot && nsa_plan_is_itself(ep) && !ep->isolation.pinned)
			r = remove_others(state, owner, ep->slot, &none);
	}
	return r;
}
