// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/pending.h"
#include "util/array.h"
#include "util/sort.h"

/* Each may take a hundredth of the time, and so much in advance: what a container takes that
 * starts, several times. */
#define SHARE	100
#define ADVANCE 3000000
/* No more is charged for what followed from a reading: most of that is other namespaces' number. */
#define MOST 30000
/* What failed is tried again after twice this, then after ever longer. */
#define RETRY	  10000
#define RETRY_MAX 9

void nsa_pending_free(struct nsa_pending *pending)
{
	free(pending->items);
	*pending = (struct nsa_pending){};
}

static int by_key(const void *a, const void *b)
{
	const struct nsa_pending_item *x = a, *y = b;

	return CMP(x->key, y->key);
}

/* Index of the item with the key, or of the first behind it. */
static size_t position(const struct nsa_pending *pending, __u64 key)
{
	const struct nsa_pending_item wanted = { .key = key };

	return LOWER_BOUND(&wanted, pending->items, pending->count, by_key);
}

static struct nsa_pending_item *find(const struct nsa_pending *pending, __u64 key)
{
	size_t at = position(pending, key);

	return at < pending->count && pending->items[at].key == key ? &pending->items[at] : NULL;
}

static struct nsa_pending_item *insert(struct nsa_pending *pending, __u64 key)
{
	struct nsa_pending_item *item =
		ARRAY_INSERT(pending->items, pending->count, pending->room, position(pending, key));

	if (item)
		item->key = key;
	return item;
}

int nsa_pending_add(struct nsa_pending *pending, __u64 key, bool whole, __u64 now)
{
	struct nsa_pending_item *item = find(pending, key);

	if (!item)
		item = insert(pending, key);
	if (!item)
		return -ENOMEM;
	if (!item->wanted)
		item->since = now;
	item->wanted = true;
	item->whole |= whole;
	return 0;
}

bool nsa_pending_is_whole(const struct nsa_pending *pending, __u64 key)
{
	const struct nsa_pending_item *item = find(pending, key);

	return !item || item->whole;
}

void nsa_pending_forget(struct nsa_pending *pending, __u64 key)
{
	struct nsa_pending_item *item = find(pending, key);

	if (item)
		ARRAY_REMOVE(pending->items, pending->count, (size_t)(item - pending->items));
}

/* Those of which there is nothing more to know than of any other. */
static void drop_idle(struct nsa_pending *pending, __u64 now)
{
	size_t n = 0;

	for (size_t i = 0; i < pending->count; i++)
		if (pending->items[i].wanted || pending->items[i].paid > now)
			pending->items[n++] = pending->items[i];
	pending->count = n;
}

static bool is_due(const struct nsa_pending_item *item, __u64 now)
{
	return item->wanted && item->due <= now;
}

bool nsa_pending_is_due(const struct nsa_pending *pending, __u64 key, __u64 now)
{
	const struct nsa_pending_item *item = find(pending, key);

	return item && is_due(item, now);
}

bool nsa_pending_waits(const struct nsa_pending *pending, __u64 key)
{
	const struct nsa_pending_item *item = find(pending, key);

	return item && item->wanted && !item->taken;
}

bool nsa_pending_next(struct nsa_pending *pending, __u64 now, __u64 *key)
{
	const struct nsa_pending_item *next = NULL;

	drop_idle(pending, now);
	for (size_t i = 0; i < pending->count; i++) {
		const struct nsa_pending_item *item = &pending->items[i];

		if (is_due(item, now) && (!next || item->since < next->since))
			next = item;
	}
	if (next)
		*key = next->key;
	return next;
}

static void pay(struct nsa_pending_item *item, __u64 now, __u64 took)
{
	item->paid = (item->paid > now ? item->paid : now) + SHARE * took;
	item->due = item->paid > now + ADVANCE ? item->paid - ADVANCE : now;
}

static void done(struct nsa_pending_item *item, __u64 now, __u64 took, bool ok)
{
	__u64 retry;

	pay(item, now, took);
	item->wanted = item->whole = !ok;
	item->taken = false;
	item->since = now;
	item->failures = ok ? 0 : item->failures + (item->failures < RETRY_MAX);
	retry = now + (ok ? 0 : (__u64)RETRY << item->failures);
	if (item->due < retry)
		item->due = retry;
}

unsigned int nsa_pending_done(struct nsa_pending *pending, __u64 key, __u64 now, __u64 took,
			      bool ok)
{
	struct nsa_pending_item *item = find(pending, key);

	if (!item)
		return 0;
	done(item, now, took, ok);
	return item->failures;
}

size_t nsa_pending_take(struct nsa_pending *pending, __u64 now)
{
	size_t taken = 0;

	drop_idle(pending, now);
	for (size_t i = 0; i < pending->count; i++) {
		pending->items[i].taken = is_due(&pending->items[i], now);
		taken += pending->items[i].taken;
	}
	return taken;
}

void nsa_pending_share(struct nsa_pending *pending, __u64 now, __u64 took)
{
	size_t taken = 0;

	for (size_t i = 0; i < pending->count; i++)
		taken += pending->items[i].taken;
	for (size_t i = 0; i < pending->count; i++)
		if (pending->items[i].taken)
			done(&pending->items[i], now, took / taken, true);
}

void nsa_pending_charge(struct nsa_pending *pending, __u64 key, __u64 now, __u64 took)
{
	struct nsa_pending_item *item = find(pending, key);
	__u64 due;

	if (!item)
		return;
	due = item->due;
	pay(item, now, took < MOST ? took : MOST);
	if (item->due < due)
		item->due = due;
}

void nsa_pending_clear(struct nsa_pending *pending)
{
	for (size_t i = 0; i < pending->count; i++)
		pending->items[i].wanted = false;
}

__u64 nsa_pending_due(const struct nsa_pending *pending)
{
	__u64 due = ~0ULL;

	for (size_t i = 0; i < pending->count; i++)
		if (pending->items[i].wanted && pending->items[i].due < due)
			due = pending->items[i].due;
	return due;
}
