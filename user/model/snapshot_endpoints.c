// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "model/snapshot_claims.h"
#include "model/snapshot_endpoints.h"
#include "model/snapshot_order.h"
#include "util/array.h"
#include "util/sort.h"

/* Adding */

static bool is_usable_addr(const struct nsa_addr *addr, int ifindex)
{
	return addr->ifindex == ifindex && addr->scope <= RT_SCOPE_SITE &&
	       !(addr->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED));
}

static int set_addrs(struct nsa_snapshot_endpoint *ep, const struct nsa_addr *addrs, size_t count)
{
	ep->addrs = calloc(count + 1, sizeof(*addrs));
	if (!ep->addrs)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (is_usable_addr(&addrs[i], ep->link.ifindex))
			ep->addrs[ep->addr_count++] = addrs[i];
	/* If there are more than any quota, not all were read: then it is over its quota, however
	 * many of them are usable. */
	ep->read_count = count > NSACCEL_QUOTA_MAX ? count : ep->addr_count;
	return 0;
}

int nsa_snapshot_add_endpoint(struct nsa_snapshot *snapshot, const struct nsa_netns *ns,
			      const struct nsa_link *link, enum nsaccel_kind kind,
			      const struct nsa_addr *addrs, size_t count)
{
	struct nsa_snapshot_endpoint *ep =
		ARRAY_ADD(snapshot->endpoints, snapshot->endpoint_count, snapshot->endpoint_room);

	if (!ep)
		return -ENOMEM;
	ep->cookie = ns->cookie;
	ep->tenant = ns->tenant;
	memcpy(ep->netns, ns->name, sizeof(ep->netns));
	ep->kind = kind;
	ep->link = *link;
	ep->port = link->link;
	return set_addrs(ep, addrs, count);
}

int nsa_snapshot_add_taken(struct nsa_snapshot *snapshot, const struct nsa_netns *ns,
			   const struct nsa_link *link)
{
	struct nsa_snapshot_taken *taken =
		ARRAY_ADD(snapshot->taken, snapshot->taken_count, snapshot->taken_room);

	if (!taken)
		return -ENOMEM;
	*taken = (struct nsa_snapshot_taken){ ns->cookie, link->link };
	return 0;
}

int nsa_snapshot_add_unseen(struct nsa_snapshot *snapshot, const struct nsa_snapshot_endpoint *ep)
{
	struct nsa_snapshot_endpoint *unseen =
		ARRAY_ADD(snapshot->endpoints, snapshot->endpoint_count, snapshot->endpoint_room);

	if (!unseen)
		return -ENOMEM;
	*unseen = *ep;
	unseen->unread = true;
	return nsa_snapshot_index(snapshot);
}

/* Removing */

/* Removes the namespace's devices on lowers that are before index first. */
static bool drop_taken(struct nsa_snapshot *snapshot, __u64 cookie, size_t first)
{
	size_t n = 0, before = snapshot->taken_count;

	for (size_t i = 0; i < before; i++)
		if (i >= first || snapshot->taken[i].cookie != cookie)
			snapshot->taken[n++] = snapshot->taken[i];
	snapshot->taken_count = n;
	return n < before;
}

/* The same of its endpoints. */
static bool drop_endpoints(struct nsa_snapshot *snapshot, __u64 cookie, size_t first)
{
	size_t n = 0, before = snapshot->endpoint_count;

	for (size_t i = 0; i < before; i++) {
		struct nsa_snapshot_endpoint *ep = &snapshot->endpoints[i];

		if (i < first && ep->cookie == cookie) {
			nsa_snapshot_mark_dirty(snapshot, ep, ep->addr_count);
			free(ep->addrs);
		} else {
			snapshot->endpoints[n++] = *ep;
		}
	}
	snapshot->endpoint_count = n;
	return n < before;
}

bool nsa_snapshot_forget_endpoints(struct nsa_snapshot *snapshot, __u64 cookie)
{
	bool had = drop_endpoints(snapshot, cookie, snapshot->endpoint_count);

	if (had)
		nsa_snapshot_index(snapshot); /* without memory nothing is claimed */
	nsa_snapshot_unmiss(snapshot, cookie);
	return drop_taken(snapshot, cookie, snapshot->taken_count) || had;
}

/* A namespace that cannot be read does not report that its endpoint is gone. The owner's devices
 * do: a veth goes with its host end, a macvlan with its lower. */
int nsa_snapshot_drop_gone(struct nsa_snapshot *snapshot)
{
	size_t n = 0, before = snapshot->endpoint_count;

	for (size_t i = 0; i < before; i++) {
		struct nsa_snapshot_endpoint *ep = &snapshot->endpoints[i];

		if (ep->unread && !nsa_snapshot_link(snapshot, ep->port))
			free(ep->addrs);
		else
			snapshot->endpoints[n++] = *ep;
	}
	snapshot->endpoint_count = n;
	return n < before ? nsa_snapshot_index(snapshot) : 0; /* claims have endpoints' indices */
}

/* Replacing */

struct nsa_snapshot_tail nsa_snapshot_tail(const struct nsa_snapshot *snapshot)
{
	return (struct nsa_snapshot_tail){ snapshot->endpoint_count, snapshot->taken_count };
}

void nsa_snapshot_drop_tail(struct nsa_snapshot *snapshot, struct nsa_snapshot_tail tail)
{
	while (snapshot->endpoint_count > tail.endpoints)
		free(snapshot->endpoints[--snapshot->endpoint_count].addrs);
	snapshot->taken_count = tail.taken;
}

/* Compares what was read. Of an endpoint with more addresses than any quota only those that are
 * kept are compared. */
static bool is_same_endpoint(const struct nsa_snapshot_endpoint *a,
			     const struct nsa_snapshot_endpoint *b)
{
	size_t count = a->read_count > NSACCEL_QUOTA_MAX ? a->addr_count : a->read_count;

	return !a->unread && a->tenant == b->tenant && a->kind == b->kind && a->port == b->port &&
	       !strcmp(a->netns, b->netns) && a->read_count == b->read_count &&
	       b->addr_count >= count &&
	       /* Links and addresses were zeroed before they were filled in. NOLINTNEXTLINE */
	       !memcmp(&a->link, &b->link, sizeof(a->link)) && /* NOLINTNEXTLINE */
	       !memcmp(a->addrs, b->addrs, count * sizeof(*a->addrs));
}

/* Are the namespace's endpoints before the tail, which are sorted, the same as those in the
 * tail? */
static bool are_same_endpoints(struct nsa_snapshot *snapshot, __u64 cookie, size_t first)
{
	size_t next = first;

	if (first < snapshot->endpoint_count)
		SORT(&snapshot->endpoints[first], snapshot->endpoint_count - first,
		     nsa_snapshot_cmp_endpoints);
	for (size_t i = 0; i < first; i++)
		if (snapshot->endpoints[i].cookie == cookie &&
		    (next == snapshot->endpoint_count ||
		     !is_same_endpoint(&snapshot->endpoints[i], &snapshot->endpoints[next++])))
			return false;
	return next == snapshot->endpoint_count;
}

static bool are_same_taken(const struct nsa_snapshot *snapshot, __u64 cookie, size_t first)
{
	size_t next = first;

	for (size_t i = 0; i < first; i++)
		if (snapshot->taken[i].cookie == cookie &&
		    (next == snapshot->taken_count ||
		     snapshot->taken[i].ifindex != snapshot->taken[next++].ifindex))
			return false;
	return next == snapshot->taken_count;
}

bool nsa_snapshot_replace_endpoints(struct nsa_snapshot *snapshot, __u64 cookie,
				    struct nsa_snapshot_tail tail)
{
	if (are_same_endpoints(snapshot, cookie, tail.endpoints) &&
	    are_same_taken(snapshot, cookie, tail.taken)) {
		nsa_snapshot_drop_tail(snapshot, tail);
		return false;
	}
	for (size_t i = tail.endpoints; i < snapshot->endpoint_count; i++)
		nsa_snapshot_mark_dirty(snapshot, &snapshot->endpoints[i],
					snapshot->endpoints[i].addr_count);
	drop_endpoints(snapshot, cookie, tail.endpoints);
	drop_taken(snapshot, cookie, tail.taken);
	return true;
}

int nsa_snapshot_replace_addrs(struct nsa_snapshot *snapshot, struct nsa_snapshot_endpoint *ep,
			       const struct nsa_addr *addrs, size_t count, bool *changed)
{
	struct nsa_snapshot_endpoint now = *ep;
	int r;

	now.addr_count = now.claimed_as = 0;
	r = set_addrs(&now, addrs, count);
	if (r < 0)
		return r;
	if (is_same_endpoint(ep, &now)) {
		free(now.addrs);
		return 0;
	}
	nsa_snapshot_mark_dirty(snapshot, ep, ep->addr_count);
	nsa_snapshot_mark_dirty(snapshot, &now, now.addr_count);
	free(ep->addrs);
	*ep = now;
	*changed = true;
	return 0;
}

/* Namespaces that could not be read */

static bool mark_unread(struct nsa_snapshot *snapshot, __u64 cookie)
{
	bool found = false;

	for (size_t i = 0; i < snapshot->endpoint_count; i++)
		if (snapshot->endpoints[i].cookie == cookie) {
			snapshot->endpoints[i].unread = true;
			found = true;
		}
	return found;
}

int nsa_snapshot_miss(struct nsa_snapshot *snapshot, __u64 cookie, bool *had)
{
	__u64 *missed;

	*had = mark_unread(snapshot, cookie);
	if (nsa_snapshot_is_missed(snapshot, cookie))
		return 0;
	missed = ARRAY_ADD(snapshot->missed, snapshot->missed_count, snapshot->missed_room);
	if (!missed)
		return -ENOMEM;
	*missed = cookie;
	return 0;
}

void nsa_snapshot_unmiss(struct nsa_snapshot *snapshot, __u64 cookie)
{
	size_t n = 0;

	for (size_t i = 0; i < snapshot->missed_count; i++)
		if (snapshot->missed[i] != cookie)
			snapshot->missed[n++] = snapshot->missed[i];
	snapshot->missed_count = n;
}

/* Order */

static int index_inner(struct nsa_snapshot *snapshot)
{
	struct nsa_snapshot_inner *grown;

	snapshot->inner_count = 0;
	grown = reallocarray(snapshot->inner, snapshot->endpoint_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	snapshot->inner = grown;
	for (size_t i = 0; i < snapshot->endpoint_count; i++)
		grown[snapshot->inner_count++] =
			(struct nsa_snapshot_inner){ snapshot->endpoints[i].cookie,
						     snapshot->endpoints[i].link.ifindex };
	SORT(grown, snapshot->inner_count, nsa_snapshot_cmp_inner);
	return 0;
}

int nsa_snapshot_index(struct nsa_snapshot *snapshot)
{
	int r;

	SORT(snapshot->endpoints, snapshot->endpoint_count, nsa_snapshot_cmp_endpoints);
	r = index_inner(snapshot);
	if (!r)
		r = nsa_snapshot_index_claims(snapshot);
	if (r < 0)
		snapshot->claim_count = 0;
	for (size_t i = 0; i < snapshot->endpoint_count; i++)
		snapshot->endpoints[i].claimed_as = r < 0 ? 0 : (__u32)i + 1;
	return r;
}
