// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/icmp.h"
#include "kernel/netns.h"
#include "kernel/rtnl.h"
#include "kernel/rtnl_addr.h"
#include "kernel/rtnl_fdb.h"
#include "kernel/rtnl_link.h"
#include "kernel/rtnl_neigh.h"
#include "kernel/rtnl_route.h"
#include "model/snapshot_endpoints.h"
#include "model/snapshot_update.h"
#include "reconcile/snapshot_read.h"
#include "reconcile/snapshot_read_endpoints.h"
#include "reconcile/snapshot_read_settings.h"
#include "util/cleanup.h"
#include "util/log.h"

int nsa_snapshot_reader_open(struct nsa_snapshot_reader *reader)
{
	return reader->rtnl ? 0 : nsa_rtnl_open(&reader->rtnl, reader->snapshot->owner);
}

void nsa_snapshot_reader_close(struct nsa_snapshot_reader *reader)
{
	nsa_rtnl_closep(&reader->rtnl);
	reader->rtnl = NULL;
}

int nsa_snapshot_read_links(struct nsa_snapshot_reader *reader)
{
	__cleanup(nsa_freep) struct nsa_link *links = NULL;
	size_t count = 0;
	int r = nsa_rtnl_links(reader->rtnl, &links, &count);

	return r < 0 ? r : nsa_snapshot_set_links(reader->snapshot, &links, count);
}

int nsa_snapshot_read_addrs(struct nsa_snapshot_reader *reader)
{
	struct nsa_addr *addrs = NULL;
	size_t count = 0;
	int r = nsa_rtnl_addrs(reader->rtnl, &addrs, &count);

	if (!r)
		nsa_snapshot_set_addrs(reader->snapshot, addrs, count);
	return r;
}

int nsa_snapshot_read_neighs(struct nsa_snapshot_reader *reader)
{
	struct nsa_neigh *neighs = NULL;
	size_t count = 0;
	int r = nsa_rtnl_neighs(reader->rtnl, &neighs, &count);

	if (!r)
		nsa_snapshot_set_neighs(reader->snapshot, neighs, count);
	return r;
}

int nsa_snapshot_read_fdb(struct nsa_snapshot_reader *reader, size_t most)
{
	__cleanup(nsa_freep) struct nsa_fdb *fdb = NULL;
	size_t count = 0;
	int r = nsa_rtnl_fdb(reader->rtnl, most, &fdb, &count);
	bool cut = most && count == most;

	if (!r && cut) { /* the rest of the dump is still in the socket */
		nsa_snapshot_reader_close(reader);
		r = nsa_snapshot_reader_open(reader);
	}
	return r < 0 ? r : nsa_fdb_note_all(&reader->snapshot->fdb, fdb, count, !cut);
}

/* The kernel doesn't show an exception until a packet has used it, which may be after the message:
 * they are read so many times after one. */
#define EXCEPTION_READS 4

int nsa_snapshot_read_exceptions(struct nsa_snapshot_reader *reader,
				 struct nsa_kernel_route **before, size_t *before_count)
{
	struct nsa_snapshot *snapshot = reader->snapshot;
	__u64 heard = nsa_icmp_received(); /* before the dump, so that nothing is missed */
	struct nsa_kernel_route *exceptions = NULL;
	size_t count = 0;
	int r = nsa_rtnl_exceptions(reader->rtnl, &exceptions, &count);

	if (r < 0)
		return r;
	*before = snapshot->exceptions;
	*before_count = snapshot->exception_count;
	snapshot->exceptions = exceptions;
	snapshot->exception_count = count;
	if (heard != snapshot->icmp_received)
		snapshot->exception_reads = EXCEPTION_READS;
	if (snapshot->exception_reads)
		snapshot->exception_reads--;
	snapshot->icmp_received = heard;
	return 0;
}

bool nsa_snapshot_exceptions_changed(const struct nsa_snapshot *snapshot)
{
	return snapshot->exception_count || snapshot->exception_reads ||
	       nsa_icmp_received() != snapshot->icmp_received;
}

static int read_owner(struct nsa_snapshot_reader *reader)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(reader->snapshot->owner);
	int r = token < 0 ? token : nsa_snapshot_reader_open(reader);

	if (!r)
		r = nsa_snapshot_read_links(reader);
	if (!r)
		r = nsa_snapshot_read_addrs(reader);
	if (!r)
		r = nsa_snapshot_read_neighs(reader);
	if (!r)
		r = nsa_snapshot_read_fdb(reader, 0);
	return r < 0 ? r : nsa_snapshot_read_settings(reader);
}

static int read_others(struct nsa_snapshot_reader *reader, const struct nsa_netns_list *list)
{
	bool found;
	int r;

	for (size_t i = 0; i < list->count; i++) {
		if (list->ns[i].cookie == reader->snapshot->owner->cookie)
			continue;
		r = nsa_snapshot_read_endpoints_unsorted(reader, &list->ns[i], &found);
		if (r == -ENOMEM)
			return nsa_err(r, "read namespace %s: %s", list->ns[i].name, strerror(-r));
		if (r < 0)
			nsa_debug("read namespace %s: %s", list->ns[i].name, strerror(-r));
	}
	return 0;
}

static void reader_close(struct nsa_snapshot_reader *reader)
{
	nsa_snapshot_freep(&reader->snapshot);
	nsa_snapshot_reader_close(reader);
}

int nsa_snapshot_read_all(struct nsa_snapshot_reader *out, const struct nsa_netns *owner,
			  const struct nsa_netns_list *list)
{
	__cleanup(reader_close) struct nsa_snapshot_reader reader = {
		.snapshot = calloc(1, sizeof(*reader.snapshot)),
	};
	int r;

	if (!reader.snapshot)
		return nsa_err(-ENOMEM, "read namespace %s: %s", owner->name, strerror(ENOMEM));
	reader.snapshot->owner = owner;
	r = read_owner(&reader);
	if (r < 0)
		return nsa_err(r, "read namespace %s: %s", owner->name, strerror(-r));
	r = read_others(&reader, list);
	if (r < 0)
		return r;
	r = nsa_snapshot_index(reader.snapshot);
	if (r < 0)
		return nsa_err(r, "read namespace %s: %s", owner->name, strerror(-r));
	*out = reader;
	reader = (struct nsa_snapshot_reader){};
	return 0;
}
