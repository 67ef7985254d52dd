// SPDX-License-Identifier: GPL-2.0-only
/* Snapshots of the test's own namespace, read from the kernel. */
#include "sandbox.h"
#include "snapshot_fixture.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_list.h"
#include "user/kernel/netns_open.h"
#include "user/model/snapshot.h"
#include "user/reconcile/snapshot_read.h"

struct nsa_snapshot_reader reader;

struct nsa_snapshot *read_all(const struct nsa_netns *ns, const struct nsa_netns_list *list)
{
	assert_int_equal(nsa_snapshot_read_all(&reader, ns, list), 0);
	return reader.snapshot;
}

void free_snapshot(void)
{
	nsa_snapshot_reader_close(&reader);
	nsa_snapshot_freep(&reader.snapshot);
	reader.snapshot = NULL;
}

struct nsa_snapshot *read_snapshot(struct nsa_netns *ns)
{
	const struct nsa_netns_list list = { .ns = ns, .count = 1 };
	struct nsa_snapshot *snapshot = NULL;

	assert_int_equal(nsa_netns_open(NULL, ns), 0);
	snapshot = read_all(ns, &list);
	return snapshot;
}

struct nsa_snapshot *read_own_snapshot(struct nsa_netns_list **list)
{
	struct nsa_snapshot *snapshot;
	__u64 own;

	assert_int_equal(nsa_netns_own_cookie(&own), 0);
	assert_int_equal(nsa_netns_list_get(list), 0);
	snapshot = read_all(nsa_netns_find(*list, own), *list);
	return snapshot;
}

const struct nsa_snapshot_endpoint *only_endpoint(const struct nsa_snapshot *snapshot)
{
	assert_int_equal(snapshot->endpoint_count, 1);
	return snapshot->endpoints;
}
