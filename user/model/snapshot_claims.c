// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/device_kind.h"
#include "model/snapshot_claims.h"
#include "model/snapshot_order.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/sort.h"

/* Each address that the kernel is asked for takes an entry in its neighbour table, which has 1024
 * by default, whether somebody answers or not. So a few are asked for of each macvlan, and a part
 * of the table is for all of them. */
#define ASKS	 4
#define ASKS_ALL 256

static size_t count_addrs(const struct nsa_snapshot *snapshot)
{
	size_t count = 0;

	for (size_t i = 0; i < snapshot->endpoint_count; i++)
		count += snapshot->endpoints[i].addr_count;
	return count;
}

static struct nsa_snapshot_claim claim_of(const struct nsa_snapshot *snapshot, __u32 endpoint,
					  size_t number)
{
	const struct nsa_addr *addr = &snapshot->endpoints[endpoint].addrs[number];
	struct nsa_snapshot_claim claim = { .family = addr->family, .endpoint = endpoint };

	memcpy(claim.addr, addr->addr, sizeof(claim.addr));
	return claim;
}

/* Claims that are not indexed yet, sorted. */
static size_t new_claims(const struct nsa_snapshot *snapshot, struct nsa_snapshot_claim *out)
{
	size_t n = 0;

	for (size_t i = 0; i < snapshot->endpoint_count; i++) {
		const struct nsa_snapshot_endpoint *ep = &snapshot->endpoints[i];

		for (size_t j = 0; !ep->claimed_as && j < ep->addr_count; j++)
			out[n++] = claim_of(snapshot, (__u32)i, j);
	}
	SORT(out, n, nsa_snapshot_cmp_claims);
	return n;
}

/* By the former index of an endpoint: 1 and its present index; 0: it is gone, or changed. NULL: no
 * memory. */
static __u32 *renumber(const struct nsa_snapshot *snapshot)
{
	__u32 most = 0, *numbers;

	for (size_t i = 0; i < snapshot->claim_count; i++)
		most = snapshot->claims[i].endpoint > most ? snapshot->claims[i].endpoint : most;
	numbers = calloc(most + 1, sizeof(*numbers));
	for (size_t i = 0; numbers && i < snapshot->endpoint_count; i++) {
		__u32 before = snapshot->endpoints[i].claimed_as;

		if (before && before - 1 <= most)
			numbers[before - 1] = (__u32)i + 1;
	}
	return numbers;
}

static size_t merge_claims(const struct nsa_snapshot *snapshot, const __u32 *numbers,
			   const struct nsa_snapshot_claim *fresh, size_t fresh_count,
			   struct nsa_snapshot_claim *out)
{
	size_t n = 0, next = 0;

	for (size_t i = 0; i < snapshot->claim_count; i++) {
		struct nsa_snapshot_claim claim = snapshot->claims[i];

		if (!numbers[claim.endpoint])
			continue;
		claim.endpoint = numbers[claim.endpoint] - 1;
		while (next < fresh_count && nsa_snapshot_cmp_claims(&fresh[next], &claim) < 0)
			out[n++] = fresh[next++];
		out[n++] = claim;
	}
	while (next < fresh_count)
		out[n++] = fresh[next++];
	return n;
}

static void set_ask(struct nsa_snapshot *snapshot, __u32 endpoint, size_t number)
{
	struct nsa_snapshot_claim key = claim_of(snapshot, endpoint, number), *claim;

	claim = BSEARCH(&key, snapshot->claims, snapshot->claim_count, nsa_snapshot_cmp_claims);
	if (claim)
		claim->asks = true;
}

/* Endpoints are served in their order, until ASKS_ALL is used up. */
static void set_asks(struct nsa_snapshot *snapshot)
{
	size_t asks = 0;

	for (size_t i = 0; i < snapshot->claim_count; i++)
		snapshot->claims[i].asks = false;
	for (size_t i = 0; i < snapshot->endpoint_count && asks < ASKS_ALL; i++) {
		const struct nsa_snapshot_endpoint *ep = &snapshot->endpoints[i];

		if (!nsa_kind(ep->kind)->shares_port)
			continue;
		for (size_t j = 0; j < ep->addr_count && j < ASKS && asks < ASKS_ALL; j++, asks++)
			set_ask(snapshot, (__u32)i, j);
	}
}

int nsa_snapshot_index_claims(struct nsa_snapshot *snapshot)
{
	size_t room = count_addrs(snapshot) + 1;
	__cleanup(nsa_freep) struct nsa_snapshot_claim *fresh = calloc(room, sizeof(*fresh));
	__cleanup(nsa_freep) struct nsa_snapshot_claim *merged = calloc(room, sizeof(*merged));
	__cleanup(nsa_freep) __u32 *numbers = renumber(snapshot);
	size_t count;

	if (!fresh || !merged || !numbers)
		return -ENOMEM;
	count = merge_claims(snapshot, numbers, fresh, new_claims(snapshot, fresh), merged);
	free(snapshot->claims);
	snapshot->claims = TAKE_PTR(merged);
	snapshot->claim_count = count;
	set_asks(snapshot);
	return 0;
}

void nsa_snapshot_mark_dirty(struct nsa_snapshot *snapshot, const struct nsa_snapshot_endpoint *ep,
			     size_t count)
{
	if (ARRAY_RESERVE(snapshot->dirty.hosts, snapshot->dirty.room,
			  snapshot->dirty.count + count)) {
		snapshot->dirty.all = true;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		struct nsa_snapshot_host *host = &snapshot->dirty.hosts[snapshot->dirty.count++];

		host->family = ep->addrs[i].family;
		memcpy(host->addr, ep->addrs[i].addr, sizeof(host->addr));
	}
}

void nsa_snapshot_clear_dirty(struct nsa_snapshot *snapshot)
{
	snapshot->dirty.count = 0;
	snapshot->dirty.all = false;
}
