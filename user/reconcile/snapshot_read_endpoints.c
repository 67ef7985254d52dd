// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/rtnl.h"
#include "kernel/rtnl_addr.h"
#include "kernel/rtnl_link.h"
#include "model/device_kind.h"
#include "model/snapshot_endpoints.h"
#include "reconcile/snapshot_read_endpoints.h"
#include "util/cleanup.h"

/* Reads at most one address more than any quota, so that a namespace with a million of them does
 * not delay others. */
static int read_addrs_of(const struct nsa_netns *ns, int ifindex, struct nsa_addr **out,
			 size_t *count)
{
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;
	int r = nsa_rtnl_open(&rtnl, ns);

	if (r < 0)
		return r;
	nsa_rtnl_limit(rtnl);
	return nsa_rtnl_addrs_of(rtnl, ifindex, NSACCEL_QUOTA_MAX + 1, out, count);
}

/*
 * The owner's side of a link, which only the owner's own root can change. For a veth it contains
 * the device and the namespace of the peer; for a macvlan, it shows that the lower device
 * exists.
 */
struct owner_side {
	struct nsa_rtnl *rtnl;
	int nsid;	     /* of the namespace, in the owner */
	struct nsa_link own; /* the device that was read last */
};

/* 0, or -EAGAIN: the two sides do not agree, or not any more. */
static int confirm(struct owner_side *owner, const struct nsa_link *link, enum nsaccel_kind kind)
{
	const struct nsa_link *own = &owner->own;
	int r = own->ifindex == link->link ? 0 :
					     nsa_rtnl_link(owner->rtnl, link->link, &owner->own);

	if (r < 0)
		return r == -ENODEV ? -EAGAIN : r;
	if (nsa_kind(kind)->shares_port)
		return 0;
	return nsa_device_is_veth(own) && own->link == link->ifindex &&
			       own->link_nsid == owner->nsid ?
		       0 :
		       -EAGAIN;
}

/* The devices of a namespace, as it reports them. The root user there controls that. */
struct netns_devices {
	struct nsa_link *links;
	size_t link_count;
	int owner_nsid; /* of the owner; -1: no device refers to it */
};

static void netns_devices_free(struct netns_devices *devices)
{
	free(devices->links);
}

static int read_devices(const struct nsa_netns *ns, const struct nsa_netns *owner,
			struct netns_devices *devices)
{
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;
	int r = nsa_rtnl_open(&rtnl, ns);

	if (r < 0)
		return r;
	nsa_rtnl_limit(rtnl);
	/* The dump comes first: it gives ids to the namespaces that devices refer to. */
	r = nsa_rtnl_links(rtnl, &devices->links, &devices->link_count);
	if (!r)
		r = nsa_rtnl_nsid(rtnl, owner, &devices->owner_nsid);
	return r;
}

static int add_endpoint(struct nsa_snapshot *snapshot, const struct nsa_netns *ns,
			const struct nsa_link *link, enum nsaccel_kind kind)
{
	__cleanup(nsa_freep) struct nsa_addr *addrs = NULL;
	size_t count = 0;
	int r = read_addrs_of(ns, link->ifindex, &addrs, &count);

	return r < 0 ? r : nsa_snapshot_add_endpoint(snapshot, ns, link, kind, addrs, count);
}

static int add_devices(struct nsa_snapshot_reader *reader, const struct nsa_netns *ns,
		       const struct netns_devices *devices)
{
	struct owner_side owner = { .rtnl = reader->rtnl };
	int r = nsa_rtnl_nsid(reader->rtnl, ns, &owner.nsid);

	for (size_t i = 0; !r && i < devices->link_count; i++) {
		const struct nsa_link *link = &devices->links[i];
		enum nsaccel_kind kind = nsa_device_endpoint_kind(link, devices->owner_nsid);

		if (kind != NSACCEL_KIND_NONE)
			r = confirm(&owner, link, kind);
		if (!r && kind != NSACCEL_KIND_NONE)
			r = add_endpoint(reader->snapshot, ns, link, kind);
		else if (!r && nsa_device_takes_frames(link) &&
			 link->link_nsid == devices->owner_nsid)
			r = nsa_snapshot_add_taken(reader->snapshot, ns, link);
	}
	return r;
}

static int add_endpoints(struct nsa_snapshot_reader *reader, const struct nsa_netns *ns)
{
	__cleanup(netns_devices_free) struct netns_devices devices = { .owner_nsid = -1 };
	int r = read_devices(ns, reader->snapshot->owner, &devices);

	if (r < 0 || devices.owner_nsid < 0)
		return r;
	r = nsa_snapshot_reader_open(reader);
	return r < 0 ? r : add_devices(reader, ns, &devices);
}

int nsa_snapshot_read_endpoints_unsorted(struct nsa_snapshot_reader *reader,
					 const struct nsa_netns *ns, bool *found)
{
	struct nsa_snapshot *snapshot = reader->snapshot;
	struct nsa_snapshot_tail tail = nsa_snapshot_tail(snapshot);
	int r = add_endpoints(reader, ns);

	if (r < 0) {
		nsa_snapshot_drop_tail(snapshot, tail);
		return nsa_snapshot_miss(snapshot, ns->cookie, found) < 0 ? -ENOMEM : r;
	}
	nsa_snapshot_unmiss(snapshot, ns->cookie);
	*found = nsa_snapshot_replace_endpoints(snapshot, ns->cookie, tail);
	return 0;
}

int nsa_snapshot_read_endpoints(struct nsa_snapshot_reader *reader, const struct nsa_netns *ns,
				bool *found)
{
	int r = nsa_snapshot_read_endpoints_unsorted(reader, ns, found);
	int sorted = *found ? nsa_snapshot_index(reader->snapshot) : 0;

	return r ?: sorted;
}

static int reread_addrs(struct nsa_snapshot *snapshot, const struct nsa_netns *ns,
			struct nsa_snapshot_endpoint *ep, bool *changed)
{
	__cleanup(nsa_freep) struct nsa_addr *addrs = NULL;
	size_t count = 0;
	int r = read_addrs_of(ns, ep->link.ifindex, &addrs, &count);

	return r < 0 ? r : nsa_snapshot_replace_addrs(snapshot, ep, addrs, count, changed);
}

int nsa_snapshot_read_addrs_of(struct nsa_snapshot_reader *reader, const struct nsa_netns *ns,
			       bool *found)
{
	struct nsa_snapshot *snapshot = reader->snapshot;
	bool whole = nsa_snapshot_is_missed(snapshot, ns->cookie), changed = false, other = false;
	int r = 0, sorted = 0;

	for (size_t i = 0; !whole && i < snapshot->endpoint_count; i++) {
		struct nsa_snapshot_endpoint *ep = &snapshot->endpoints[i];

		if (ep->cookie == ns->cookie)
			whole = ep->unread || reread_addrs(snapshot, ns, ep, &changed) < 0;
	}
	if (whole)
		r = nsa_snapshot_read_endpoints(reader, ns, &other);
	if (changed && !other)
		sorted = nsa_snapshot_index(snapshot);
	*found = changed || other;
	return r ?: sorted;
}
