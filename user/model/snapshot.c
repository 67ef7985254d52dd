// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/netns.h"
#include "kernel/rtnl.h"
#include "kernel/rtnl_addr.h"
#include "kernel/rtnl_fdb.h"
#include "kernel/rtnl_link.h"
#include "kernel/rtnl_neigh.h"
#include "model/snapshot.h"
#include "util/cleanup.h"
#include "util/log.h"

#define NUD_USABLE (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT)

static void free_endpoint(struct nsa_snapshot_endpoint *ep)
{
	free(ep->addrs);
}

static void free_endpoints(struct nsa_snapshot *v)
{
	for (size_t i = 0; i < v->endpoint_count; i++)
		free_endpoint(&v->endpoints[i]);
	free(v->endpoints);
	free(v->claims);
	free(v->inner);
}

void nsa_snapshot_freep(struct nsa_snapshot **snapshot)
{
	struct nsa_snapshot *v = *snapshot;

	if (!v)
		return;
	free_endpoints(v);
	free(v->links);
	free(v->devices);
	free(v->addrs);
	free(v->neighs);
	nsa_fdb_free(&v->fdb);
	free(v->missed);
	free(v->exceptions);
	free(v->taken);
	free(v->stirred.hosts);
	nsa_rtnl_close(v->rtnl);
	free(v);
}

int nsa_snapshot_open(struct nsa_snapshot *snapshot)
{
	return snapshot->rtnl ? 0 : nsa_rtnl_open(&snapshot->rtnl, snapshot->owner);
}

void nsa_snapshot_close(struct nsa_snapshot *snapshot)
{
	nsa_rtnl_closep(&snapshot->rtnl);
	snapshot->rtnl = NULL;
}

/* Links and their devices */

static int by_ifindex(const void *a, const void *b)
{
	const struct nsa_link *x = a, *y = b;

	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

const struct nsa_link *nsa_snapshot_link(const struct nsa_snapshot *snapshot, int ifindex)
{
	const struct nsa_link key = { .ifindex = ifindex };

	if (!snapshot->link_count)
		return NULL;
	return bsearch(&key, snapshot->links, snapshot->link_count, sizeof(key), by_ifindex);
}

/* Of what can't be read the owner's own devices tell that it is gone: with its host end a veth is, with
 * their lower macvlans are. */
static bool drop_gone_endpoints(struct nsa_snapshot *snapshot)
{
	size_t n = 0, before = snapshot->endpoint_count;

	for (size_t i = 0; i < snapshot->endpoint_count; i++) {
		struct nsa_snapshot_endpoint *ep = &snapshot->endpoints[i];

		if (ep->unread && !nsa_snapshot_link(snapshot, ep->port))
			free_endpoint(ep);
		else
			snapshot->endpoints[n++] = *ep;
	}
	snapshot->endpoint_count = n;
	return n < before;
}

/* Without a word also where IPv6 is disabled (skip_notify_on_dev_down), and IPv6 routes' MTUs change with the
 * link's (rt6_mtu_change()). */
bool nsa_snapshot_moves_routes(const struct nsa_link *before, const struct nsa_link *now)
{
	return (now->flags & IFF_UP) != (before->flags & IFF_UP) ||
	       now->carrier != before->carrier || now->operstate != before->operstate ||
	       now->master != before->master || now->disable_ipv6 != before->disable_ipv6 ||
	       now->mtu != before->mtu || now->mtu6 != before->mtu6;
}

int nsa_snapshot_read_links(struct nsa_snapshot *snapshot)
{
	__cleanup(nsa_freep) struct nsa_snapshot_device *devices = NULL;
	__cleanup(nsa_freep) struct nsa_link *links = NULL;
	size_t count = 0;
	int r;

	r = nsa_rtnl_links(snapshot->rtnl, &links, &count);
	if (r < 0)
		return r;
	devices = calloc(count + 1, sizeof(*devices));
	if (!devices)
		return -ENOMEM;
	if (count)
		qsort(links, count, sizeof(*links), by_ifindex);
	for (size_t i = 0; i < count; i++) {
		const struct nsa_link *old = nsa_snapshot_link(snapshot, links[i].ifindex);

		/* Both were all zero before they were filled in: padding, too. NOLINTNEXTLINE */
		if (old && !memcmp(old, &links[i], sizeof(*old)))
			devices[i] = snapshot->devices[old - snapshot->links];
	}
	free(snapshot->links);
	free(snapshot->devices);
	snapshot->links = TAKE_PTR(links);
	snapshot->devices = TAKE_PTR(devices);
	snapshot->link_count = count;
	/* Claims name endpoints by where they stand. */
	return drop_gone_endpoints(snapshot) ? nsa_snapshot_index(snapshot) : 0;
}

void nsa_snapshot_forget_device(struct nsa_snapshot *snapshot, int ifindex)
{
	for (size_t i = 0; i < snapshot->link_count; i++)
		if (!ifindex || snapshot->links[i].ifindex == ifindex)
			snapshot->devices[i].known = false;
}

const struct nsa_link *nsa_snapshot_link_by_name(const struct nsa_snapshot *snapshot,
						 const char *name)
{
	for (size_t i = 0; i < snapshot->link_count; i++)
		if (!strcmp(snapshot->links[i].name, name))
			return &snapshot->links[i];
	return NULL;
}

/* Addresses */

int nsa_snapshot_read_addrs(struct nsa_snapshot *snapshot)
{
	struct nsa_addr *addrs = NULL;
	size_t count = 0;
	int r = nsa_rtnl_addrs(snapshot->rtnl, &addrs, &count);

	if (r < 0)
		return r;
	free(snapshot->addrs);
	snapshot->addrs = addrs;
	snapshot->addr_count = count;
	return 0;
}

/* Neighbours */

static int by_addr(const void *a, const void *b)
{
	const struct nsa_neigh *x = a, *y = b;
	int r;

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	r = memcmp(x->addr, y->addr, sizeof(x->addr));
	return r ? r : (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

int nsa_snapshot_read_neighs(struct nsa_snapshot *snapshot)
{
	struct nsa_neigh *neighs = NULL;
	size_t count = 0;
	int r = nsa_rtnl_neighs(snapshot->rtnl, &neighs, &count);

	if (r < 0)
		return r;
	if (count)
		qsort(neighs, count, sizeof(*neighs), by_addr);
	free(snapshot->neighs);
	snapshot->neighs = neighs;
	snapshot->neigh_count = snapshot->neigh_room = count;
	return 0;
}

/* Where the entry stands, or should. */
static size_t neigh_position(const struct nsa_snapshot *snapshot, const struct nsa_neigh *neigh)
{
	size_t low = 0, high = snapshot->neigh_count, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (by_addr(&snapshot->neighs[middle], neigh) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int nsa_snapshot_set_neigh(struct nsa_snapshot *snapshot, const struct nsa_neigh *neigh, bool gone)
{
	size_t at = neigh_position(snapshot, neigh), after = snapshot->neigh_count - at;
	bool found = after && !by_addr(&snapshot->neighs[at], neigh);
	struct nsa_neigh *grown;

	if (gone && found) {
		snapshot->neigh_count--;
		memmove(&snapshot->neighs[at], &snapshot->neighs[at + 1],
			(after - 1) * sizeof(*neigh));
	}
	if (gone)
		return 0;
	if (!found && snapshot->neigh_count == snapshot->neigh_room) {
		size_t room = 2 * snapshot->neigh_room + 16;

		grown = reallocarray(snapshot->neighs, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		snapshot->neighs = grown;
		snapshot->neigh_room = room;
	}
	if (!found) {
		memmove(&snapshot->neighs[at + 1], &snapshot->neighs[at], after * sizeof(*neigh));
		snapshot->neigh_count++;
	}
	snapshot->neighs[at] = *neigh;
	return 0;
}

bool nsa_snapshot_is_usable(const struct nsa_neigh *neigh)
{
	return neigh->has_mac && (neigh->state & NUD_USABLE);
}

static const struct nsa_neigh *find_neigh(const struct nsa_snapshot *snapshot, int ifindex,
					  __u8 family, const __u8 *addr)
{
	struct nsa_neigh key = { .ifindex = ifindex, .family = family };
	size_t at;

	memcpy(key.addr, addr, sizeof(key.addr));
	at = neigh_position(snapshot, &key);
	return at < snapshot->neigh_count && !by_addr(&snapshot->neighs[at], &key) ?
		       &snapshot->neighs[at] :
		       NULL;
}

const struct nsa_neigh *nsa_snapshot_neigh(const struct nsa_snapshot *snapshot, int ifindex,
					   __u8 family, const __u8 *addr)
{
	const struct nsa_neigh *neigh = find_neigh(snapshot, ifindex, family, addr);

	return neigh && nsa_snapshot_is_usable(neigh) ? neigh : NULL;
}

bool nsa_snapshot_is_unresolved(const struct nsa_snapshot *snapshot, int ifindex, __u8 family,
				const __u8 *addr)
{
	const struct nsa_neigh *neigh = find_neigh(snapshot, ifindex, family, addr);

	/* Of one that nobody has asked for yet (NUD_NONE) the kernel tells nobody. */
	return neigh && neigh->state && !nsa_snapshot_is_usable(neigh);
}

const struct nsa_neigh *nsa_snapshot_neighs(const struct nsa_snapshot *snapshot, __u8 family,
					    const __u8 *addr, size_t *count)
{
	struct nsa_neigh key = { .family = family };
	size_t at, end;

	memcpy(key.addr, addr, sizeof(key.addr));
	at = end = neigh_position(snapshot, &key); /* no ifindex is 0 */
	while (end < snapshot->neigh_count && snapshot->neighs[end].family == family &&
	       !memcmp(snapshot->neighs[end].addr, addr, sizeof(key.addr)))
		end++;
	*count = end - at;
	return snapshot->neighs + at;
}

struct nsa_neigh *nsa_snapshot_find_neigh(struct nsa_snapshot *snapshot, int ifindex, __u8 family,
					  const __u8 *addr)
{
	size_t count;
	const struct nsa_neigh *all = nsa_snapshot_neighs(snapshot, family, addr, &count);

	for (size_t i = 0; i < count; i++)
		if (all[i].ifindex == ifindex)
			return &snapshot->neighs[&all[i] - snapshot->neighs];
	return NULL;
}

/* Forwarding databases */

int nsa_snapshot_read_fdb(struct nsa_snapshot *snapshot, size_t most)
{
	__cleanup(nsa_freep) struct nsa_fdb *fdb = NULL;
	size_t count = 0;
	int r = nsa_rtnl_fdb(snapshot->rtnl, most, &fdb, &count);
	bool cut = most && count == most;

	if (!r && cut) {
		nsa_snapshot_close(snapshot);
		r = nsa_snapshot_open(snapshot);
	}
	return r < 0 ? r : nsa_fdb_note_all(&snapshot->fdb, fdb, count, !cut);
}

const struct nsa_fdb *nsa_snapshot_fdb(const struct nsa_snapshot *snapshot, int bridge,
				       const __u8 *mac)
{
	const struct nsa_fdb_node *found = nsa_fdb_find(&snapshot->fdb, bridge, mac);

	return found && !found->fdb.local && found->where != NSA_FDB_WAITING ? &found->fdb : NULL;
}

bool nsa_snapshot_takes_up(const struct nsa_snapshot *snapshot, int bridge, const __u8 *mac)
{
	const struct nsa_fdb_node *found = nsa_fdb_find(&snapshot->fdb, bridge, mac);

	return found && found->fdb.local;
}

/* Endpoints */

static bool usable_addr(const struct nsa_addr *addr, int ifindex)
{
	return addr->ifindex == ifindex && addr->scope <= RT_SCOPE_SITE &&
	       !(addr->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED));
}

static int take_addrs(struct nsa_snapshot_endpoint *ep, const struct nsa_addr *addrs, size_t count)
{
	ep->addrs = calloc(count + 1, sizeof(*addrs));
	if (!ep->addrs)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (usable_addr(&addrs[i], ep->link.ifindex))
			ep->addrs[ep->addr_count++] = addrs[i];
	/* What has no room for all of them is over its quota, whatever of them is usable. */
	ep->read_count = count > NSACCEL_QUOTA_MAX ? count : ep->addr_count;
	return 0;
}

static enum nsaccel_kind endpoint_kind(const struct nsa_link *link, int owner_nsid)
{
	if (link->link_nsid != owner_nsid || link->link <= 0)
		return NSACCEL_KIND_NONE;
	if (!strcmp(link->kind, "veth"))
		return NSACCEL_KIND_VETH;
	return strcmp(link->kind, "macvlan") ? NSACCEL_KIND_NONE : NSACCEL_KIND_MACVLAN;
}

/* More than any quota lets in aren't read: who has a million of them makes nobody wait. */
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

static int add_endpoint(struct nsa_snapshot *v, const struct nsa_netns *ns,
			const struct nsa_link *link, enum nsaccel_kind kind)
{
	__cleanup(nsa_freep) struct nsa_addr *addrs = NULL;
	struct nsa_snapshot_endpoint *grown, *ep;
	size_t addr_count = 0;
	int r = read_addrs_of(ns, link->ifindex, &addrs, &addr_count);

	if (r < 0)
		return r;
	grown = reallocarray(v->endpoints, v->endpoint_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	v->endpoints = grown;
	ep = &grown[v->endpoint_count];
	memset(ep, 0, sizeof(*ep));
	ep->cookie = ns->cookie;
	ep->tenant = ns->tenant;
	memcpy(ep->netns, ns->name, sizeof(ep->netns));
	ep->kind = kind;
	ep->link = *link;
	ep->port = link->link;
	v->endpoint_count++;
	return take_addrs(ep, addrs, addr_count);
}

/* Does it take frames that come in by its lower, and aren't for its own MAC alone, or a copy of them? */
static bool takes_frames(const struct nsa_link *link)
{
	if (!strcmp(link->kind, "macvlan") || !strcmp(link->kind, "macvtap"))
		return link->macvlan_mode & (MACVLAN_MODE_PASSTHRU | MACVLAN_MODE_SOURCE);
	return !strcmp(link->kind, "ipvlan") || !strcmp(link->kind, "ipvtap") ||
	       !strcmp(link->kind, "macsec");
}

static int add_taken(struct nsa_snapshot *v, const struct nsa_netns *ns,
		     const struct nsa_link *link)
{
	struct nsa_snapshot_taken *grown;

	grown = reallocarray(v->taken, v->taken_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	v->taken = grown;
	grown[v->taken_count++] = (struct nsa_snapshot_taken){ ns->cookie, link->link };
	return 0;
}

/*
 * Who else is asked: the owner, in which nobody but its own root changes anything. It says of a veth
 * which device of which namespace is its peer; of a macvlan's lower, that it is there.
 */
struct owner_side {
	struct nsa_rtnl *rtnl;
	int nsid;	     /* of the namespace, in the owner */
	struct nsa_link own; /* the device asked for last */
};

/* 0, or -EAGAIN: what one says isn't, or not any more, what the other says. */
static int confirm(struct owner_side *owner, const struct nsa_link *link, enum nsaccel_kind kind)
{
	const struct nsa_link *own = &owner->own;
	int r = own->ifindex == link->link ? 0 :
					     nsa_rtnl_link(owner->rtnl, link->link, &owner->own);

	if (r < 0)
		return r == -ENODEV ? -EAGAIN : r;
	if (kind == NSACCEL_KIND_MACVLAN)
		return 0;
	return !strcmp(own->kind, "veth") && own->link == link->ifindex &&
			       own->link_nsid == owner->nsid ?
		       0 :
		       -EAGAIN;
}

/* What a namespace tells of itself. */
struct told {
	struct nsa_link *links;
	size_t link_count;
	int owner_nsid; /* of the owner; -1: no device refers to it */
};

static void told_free(struct told *told)
{
	free(told->links);
}

static int ask(const struct nsa_netns *ns, const struct nsa_netns *owner, struct told *told)
{
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;
	int r = nsa_rtnl_open(&rtnl, ns);

	if (r < 0)
		return r;
	nsa_rtnl_limit(rtnl);
	/* First: the dump gives ids to the namespaces that devices refer to. */
	r = nsa_rtnl_links(rtnl, &told->links, &told->link_count);
	if (!r)
		r = nsa_rtnl_nsid(rtnl, owner, &told->owner_nsid);
	return r;
}

static int add_told(struct nsa_snapshot *v, const struct nsa_netns *ns, const struct told *told)
{
	struct owner_side owner = { .rtnl = v->rtnl };
	int r = nsa_rtnl_nsid(v->rtnl, ns, &owner.nsid);

	for (size_t i = 0; !r && i < told->link_count; i++) {
		const struct nsa_link *link = &told->links[i];
		enum nsaccel_kind kind = endpoint_kind(link, told->owner_nsid);

		if (kind != NSACCEL_KIND_NONE)
			r = confirm(&owner, link, kind);
		if (!r && kind != NSACCEL_KIND_NONE)
			r = add_endpoint(v, ns, link, kind);
		else if (!r && takes_frames(link) && link->link_nsid == told->owner_nsid)
			r = add_taken(v, ns, link);
	}
	return r;
}

/* What one other namespace has of devices that hang on the owner's. */
static int add_endpoints(struct nsa_snapshot *v, const struct nsa_netns *ns)
{
	__cleanup(told_free) struct told told = { .owner_nsid = -1 };
	int r = ask(ns, v->owner, &told);

	if (r < 0 || told.owner_nsid < 0)
		return r;
	r = nsa_snapshot_open(v);
	return r < 0 ? r : add_told(v, ns, &told);
}

static int by_port(const void *a, const void *b)
{
	const struct nsa_snapshot_endpoint *x = a, *y = b;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	return memcmp(x->link.mac, y->link.mac, sizeof(x->link.mac));
}

static int by_claim(const void *a, const void *b)
{
	const struct nsa_snapshot_claim *x = a, *y = b;
	int r;

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	r = memcmp(x->addr, y->addr, sizeof(x->addr));
	return r ? r : (x->endpoint > y->endpoint) - (x->endpoint < y->endpoint);
}

static size_t count_addrs(const struct nsa_snapshot *snapshot)
{
	size_t count = 0;

	for (size_t i = 0; i < snapshot->endpoint_count; i++)
		count += snapshot->endpoints[i].addr_count;
	return count;
}

/* Each that the kernel is asked for takes room in its neighbour table, of 1024 by default, whether
 * anybody answers or not: a few for each macvlan, and a part of the table for all. */
#define ASKS	 4
#define ASKS_ALL 256

static struct nsa_snapshot_claim claim_of(const struct nsa_snapshot *snapshot, __u32 endpoint,
					  size_t number)
{
	const struct nsa_addr *addr = &snapshot->endpoints[endpoint].addrs[number];
	struct nsa_snapshot_claim claim = { .family = addr->family, .endpoint = endpoint };

	memcpy(claim.addr, addr->addr, sizeof(claim.addr));
	return claim;
}

static int by_inner(const void *a, const void *b)
{
	const struct nsa_snapshot_inner *x = a, *y = b;

	if (x->cookie != y->cookie)
		return x->cookie < y->cookie ? -1 : 1;
	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

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
	if (snapshot->inner_count)
		qsort(grown, snapshot->inner_count, sizeof(*grown), by_inner);
	return 0;
}

bool nsa_snapshot_may_be_endpoint(const struct nsa_snapshot *snapshot, __u64 cookie, int ifindex)
{
	const struct nsa_snapshot_inner key = { cookie, ifindex };

	if (snapshot->inner_count != snapshot->endpoint_count)
		return true;
	return snapshot->inner_count &&
	       bsearch(&key, snapshot->inner, snapshot->inner_count, sizeof(key), by_inner);
}

/* Those that aren't indexed yet, sorted. */
static size_t new_claims(const struct nsa_snapshot *snapshot, struct nsa_snapshot_claim *out)
{
	size_t n = 0;

	for (size_t i = 0; i < snapshot->endpoint_count; i++)
		for (size_t j = 0;
		     !snapshot->endpoints[i].claimed_as && j < snapshot->endpoints[i].addr_count;
		     j++)
			out[n++] = claim_of(snapshot, (__u32)i, j);
	if (n)
		qsort(out, n, sizeof(*out), by_claim);
	return n;
}

/* What the number of before is now, and 1; 0: it is gone, or another. */
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
		while (next < fresh_count && by_claim(&fresh[next], &claim) < 0)
			out[n++] = fresh[next++];
		out[n++] = claim;
	}
	while (next < fresh_count)
		out[n++] = fresh[next++];
	return n;
}

/* The first come first: who comes before others takes from what is left for them. */
static void set_asks(struct nsa_snapshot *snapshot)
{
	size_t asks = 0;

	for (size_t i = 0; i < snapshot->claim_count; i++)
		snapshot->claims[i].asks = false;
	for (size_t i = 0; i < snapshot->endpoint_count && asks < ASKS_ALL; i++) {
		const struct nsa_snapshot_endpoint *ep = &snapshot->endpoints[i];

		if (ep->kind != NSACCEL_KIND_MACVLAN)
			continue;
		for (size_t j = 0; j < ep->addr_count && j < ASKS && asks < ASKS_ALL; j++) {
			struct nsa_snapshot_claim key = claim_of(snapshot, (__u32)i, j), *claim;

			claim = bsearch(&key, snapshot->claims, snapshot->claim_count, sizeof(key),
					by_claim);
			if (claim)
				claim->asks = true;
			asks++;
		}
	}
}

static int index_claims(struct nsa_snapshot *snapshot)
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

/* Without memory nobody claims anything. */
int nsa_snapshot_index(struct nsa_snapshot *snapshot)
{
	int r;

	if (snapshot->endpoint_count)
		qsort(snapshot->endpoints, snapshot->endpoint_count, sizeof(*snapshot->endpoints),
		      by_port);
	r = index_inner(snapshot);
	if (!r)
		r = index_claims(snapshot);
	if (r < 0)
		snapshot->claim_count = 0;
	for (size_t i = 0; i < snapshot->endpoint_count; i++)
		snapshot->endpoints[i].claimed_as = r < 0 ? 0 : (__u32)i + 1;
	return r;
}

static int make_room_to_stir(struct nsa_snapshot *snapshot, size_t count)
{
	size_t room = 2 * (snapshot->stirred.count + count);
	struct nsa_snapshot_host *grown;

	if (snapshot->stirred.count + count <= snapshot->stirred.room)
		return 0;
	grown = reallocarray(snapshot->stirred.hosts, room, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	snapshot->stirred.hosts = grown;
	snapshot->stirred.room = room;
	return 0;
}

void nsa_snapshot_stir(struct nsa_snapshot *snapshot, const struct nsa_snapshot_endpoint *ep,
		       size_t count)
{
	if (make_room_to_stir(snapshot, count)) {
		snapshot->stirred.all = true;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		struct nsa_snapshot_host *host =
			&snapshot->stirred.hosts[snapshot->stirred.count++];

		host->family = ep->addrs[i].family;
		memcpy(host->addr, ep->addrs[i].addr, sizeof(host->addr));
	}
}

void nsa_snapshot_calm(struct nsa_snapshot *snapshot)
{
	snapshot->stirred.count = 0;
	snapshot->stirred.all = false;
}

const struct nsa_snapshot_claim *nsa_snapshot_claims(const struct nsa_snapshot *snapshot,
						     __u8 family, const __u8 *addr, size_t *count)
{
	struct nsa_snapshot_claim key = { .family = family };
	size_t low = 0, high = snapshot->claim_count, middle, end;

	memcpy(key.addr, addr, sizeof(key.addr));
	while (low < high) {
		middle = low + (high - low) / 2;
		if (by_claim(&snapshot->claims[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < snapshot->claim_count && snapshot->claims[end].family == family &&
			!memcmp(snapshot->claims[end].addr, addr, sizeof(key.addr));)
		end++;
	*count = end - low;
	return snapshot->claims + low;
}

/* Of the first, what the namespace has goes; the rest moves up. */
static bool drop_taken(struct nsa_snapshot *snapshot, __u64 cookie, size_t first)
{
	size_t n = 0, before = snapshot->taken_count;

	for (size_t i = 0; i < before; i++)
		if (i >= first || snapshot->taken[i].cookie != cookie)
			snapshot->taken[n++] = snapshot->taken[i];
	snapshot->taken_count = n;
	return n < before;
}

static bool drop_endpoints(struct nsa_snapshot *snapshot, __u64 cookie, size_t first)
{
	size_t n = 0, before = snapshot->endpoint_count;

	for (size_t i = 0; i < before; i++) {
		struct nsa_snapshot_endpoint *ep = &snapshot->endpoints[i];

		if (i < first && ep->cookie == cookie) {
			nsa_snapshot_stir(snapshot, ep, ep->addr_count);
			free_endpoint(ep);
		} else {
			snapshot->endpoints[n++] = *ep;
		}
	}
	snapshot->endpoint_count = n;
	return n < before;
}

/* Those added last. */
static void cut_endpoints(struct nsa_snapshot *snapshot, size_t endpoints, size_t taken)
{
	while (snapshot->endpoint_count > endpoints)
		free_endpoint(&snapshot->endpoints[--snapshot->endpoint_count]);
	snapshot->taken_count = taken;
}

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

bool nsa_snapshot_is_missed(const struct nsa_snapshot *snapshot, __u64 cookie)
{
	for (size_t i = 0; i < snapshot->missed_count; i++)
		if (snapshot->missed[i] == cookie)
			return true;
	return false;
}

static void unmiss(struct nsa_snapshot *snapshot, __u64 cookie)
{
	size_t n = 0;

	for (size_t i = 0; i < snapshot->missed_count; i++)
		if (snapshot->missed[i] != cookie)
			snapshot->missed[n++] = snapshot->missed[i];
	snapshot->missed_count = n;
}

int nsa_snapshot_miss(struct nsa_snapshot *snapshot, __u64 cookie, bool *had)
{
	__u64 *grown;

	*had = mark_unread(snapshot, cookie);
	if (nsa_snapshot_is_missed(snapshot, cookie))
		return 0;
	grown = reallocarray(snapshot->missed, snapshot->missed_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	snapshot->missed = grown;
	snapshot->missed[snapshot->missed_count++] = cookie;
	return 0;
}

int nsa_snapshot_add_unseen(struct nsa_snapshot *snapshot, const struct nsa_snapshot_endpoint *ep)
{
	struct nsa_snapshot_endpoint *grown;

	grown = reallocarray(snapshot->endpoints, snapshot->endpoint_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	snapshot->endpoints = grown;
	grown[snapshot->endpoint_count] = *ep;
	grown[snapshot->endpoint_count++].unread = true;
	return nsa_snapshot_index(snapshot);
}

bool nsa_snapshot_forget_endpoints(struct nsa_snapshot *snapshot, __u64 cookie)
{
	bool had = drop_endpoints(snapshot, cookie, snapshot->endpoint_count);

	if (had)
		nsa_snapshot_index(snapshot); /* without memory nothing is claimed */
	unmiss(snapshot, cookie);
	return drop_taken(snapshot, cookie, snapshot->taken_count) || had;
}

/* What was read of both is the same. What of one that has more addresses than any quota lets in isn't
 * kept doesn't count. */
static bool is_same_endpoint(const struct nsa_snapshot_endpoint *a,
			     const struct nsa_snapshot_endpoint *b)
{
	size_t count = a->read_count > NSACCEL_QUOTA_MAX ? a->addr_count : a->read_count;

	return !a->unread && a->tenant == b->tenant && a->kind == b->kind && a->port == b->port &&
	       !strcmp(a->netns, b->netns) && a->read_count == b->read_count &&
	       b->addr_count >= count &&
	       /* Links and addresses were all zero before they were filled in. NOLINTNEXTLINE */
	       !memcmp(&a->link, &b->link, sizeof(a->link)) && /* NOLINTNEXTLINE */
	       !memcmp(a->addrs, b->addrs, count * sizeof(*a->addrs));
}

/* Are those of the namespace among the first, which are in their order, the same as those after them? */
static bool are_same_endpoints(struct nsa_snapshot *snapshot, __u64 cookie, size_t first)
{
	size_t next = first;

	if (snapshot->endpoint_count > first)
		qsort(&snapshot->endpoints[first], snapshot->endpoint_count - first,
		      sizeof(*snapshot->endpoints), by_port);
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

/* Their order is the caller's to restore, if they are others. */
static int replace_endpoints(struct nsa_snapshot *snapshot, const struct nsa_netns *ns, bool *found)
{
	size_t endpoints = snapshot->endpoint_count, taken = snapshot->taken_count;
	int r = add_endpoints(snapshot, ns);

	if (r < 0) {
		cut_endpoints(snapshot, endpoints, taken);
		if (nsa_snapshot_miss(snapshot, ns->cookie, found) < 0)
			r = -ENOMEM;
		return r;
	}
	unmiss(snapshot, ns->cookie);
	*found = !are_same_endpoints(snapshot, ns->cookie, endpoints) ||
		 !are_same_taken(snapshot, ns->cookie, taken);
	if (!*found) {
		cut_endpoints(snapshot, endpoints, taken);
		return 0;
	}
	for (size_t i = endpoints; i < snapshot->endpoint_count; i++)
		nsa_snapshot_stir(snapshot, &snapshot->endpoints[i],
				  snapshot->endpoints[i].addr_count);
	drop_endpoints(snapshot, ns->cookie, endpoints);
	drop_taken(snapshot, ns->cookie, taken);
	return 0;
}

int nsa_snapshot_read_endpoints(struct nsa_snapshot *snapshot, const struct nsa_netns *ns,
				bool *found)
{
	int r = replace_endpoints(snapshot, ns, found);
	int sorted = *found ? nsa_snapshot_index(snapshot) : 0;

	return r ? r : sorted;
}

static int reread_addrs(struct nsa_snapshot *snapshot, const struct nsa_netns *ns,
			struct nsa_snapshot_endpoint *ep, bool *changed)
{
	__cleanup(nsa_freep) struct nsa_addr *addrs = NULL;
	struct nsa_snapshot_endpoint now = *ep;
	size_t count = 0;
	int r = read_addrs_of(ns, ep->link.ifindex, &addrs, &count);

	now.addr_count = now.claimed_as = 0;
	if (!r)
		r = take_addrs(&now, addrs, count);
	if (r < 0)
		return r;
	if (is_same_endpoint(ep, &now)) {
		free(now.addrs);
		return 0;
	}
	nsa_snapshot_stir(snapshot, ep, ep->addr_count);
	nsa_snapshot_stir(snapshot, &now, now.addr_count);
	free(ep->addrs);
	*ep = now;
	*changed = true;
	return 0;
}

int nsa_snapshot_read_addrs_of(struct nsa_snapshot *snapshot, const struct nsa_netns *ns,
			       bool *found)
{
	bool whole = nsa_snapshot_is_missed(snapshot, ns->cookie), changed = false, other = false;
	int r = 0, sorted = 0;

	for (size_t i = 0; !whole && i < snapshot->endpoint_count; i++) {
		struct nsa_snapshot_endpoint *ep = &snapshot->endpoints[i];

		if (ep->cookie == ns->cookie)
			whole = ep->unread || reread_addrs(snapshot, ns, ep, &changed) < 0;
	}
	if (whole)
		r = nsa_snapshot_read_endpoints(snapshot, ns, &other);
	if (changed && !other)
		sorted = nsa_snapshot_index(snapshot);
	*found = changed || other;
	return r ? r : sorted;
}

/* Of the first that isn't before. */
static size_t endpoint_position(const struct nsa_snapshot *snapshot, int port, const __u8 *mac)
{
	size_t low = 0, high = snapshot->endpoint_count, middle;
	const struct nsa_snapshot_endpoint *ep;

	while (low < high) {
		middle = low + (high - low) / 2;
		ep = &snapshot->endpoints[middle];
		if (ep->port < port ||
		    (ep->port == port && memcmp(ep->link.mac, mac, sizeof(ep->link.mac)) < 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct nsa_snapshot_endpoint *nsa_snapshot_endpoints(const struct nsa_snapshot *snapshot,
							   int port, size_t *count)
{
	static const __u8 least[NSACCEL_MAC_LEN];
	size_t at = endpoint_position(snapshot, port, least);

	*count = endpoint_position(snapshot, port + 1, least) - at;
	return snapshot->endpoints + at;
}

const struct nsa_snapshot_endpoint *
nsa_snapshot_endpoints_by_mac(const struct nsa_snapshot *snapshot, int port, const __u8 *mac,
			      size_t *count)
{
	size_t at = endpoint_position(snapshot, port, mac), end = at;

	while (end < snapshot->endpoint_count && snapshot->endpoints[end].port == port &&
	       !memcmp(snapshot->endpoints[end].link.mac, mac, NSACCEL_MAC_LEN))
		end++;
	*count = end - at;
	return snapshot->endpoints + at;
}

/* A veth has one behind it, and may be the lower of macvlans, too. What was read is newer than what
 * couldn't be. */
static const struct nsa_snapshot_endpoint *first_of(const struct nsa_snapshot *snapshot, int port,
						    enum nsaccel_kind kind)
{
	size_t count;
	const struct nsa_snapshot_endpoint *eps = nsa_snapshot_endpoints(snapshot, port, &count);
	const struct nsa_snapshot_endpoint *unread = NULL;

	for (size_t i = 0; i < count; i++) {
		if (eps[i].kind != kind)
			continue;
		if (!eps[i].unread)
			return &eps[i];
		unread = unread ? unread : &eps[i];
	}
	return unread;
}

const struct nsa_snapshot_endpoint *nsa_snapshot_veth_endpoint(const struct nsa_snapshot *snapshot,
							       int ifindex)
{
	return first_of(snapshot, ifindex, NSACCEL_KIND_VETH);
}

bool nsa_snapshot_is_lower(const struct nsa_snapshot *snapshot, int ifindex)
{
	return first_of(snapshot, ifindex, NSACCEL_KIND_MACVLAN);
}

bool nsa_snapshot_is_taken(const struct nsa_snapshot *snapshot, int ifindex)
{
	size_t count;
	const struct nsa_snapshot_endpoint *eps = nsa_snapshot_endpoints(snapshot, ifindex, &count);

	for (size_t i = 0; i < count; i++)
		if (takes_frames(&eps[i].link))
			return true;
	for (size_t i = 0; i < snapshot->taken_count; i++)
		if (snapshot->taken[i].ifindex == ifindex)
			return true;
	for (size_t i = 0; i < snapshot->link_count; i++)
		if (snapshot->links[i].link == ifindex && snapshot->links[i].link_nsid < 0 &&
		    takes_frames(&snapshot->links[i]))
			return true;
	return false;
}

/* All */

static int read_owner(struct nsa_snapshot *v)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(v->owner);
	int r = token < 0 ? token : nsa_snapshot_open(v);

	if (!r)
		r = nsa_snapshot_read_links(v);
	if (!r)
		r = nsa_snapshot_read_addrs(v);
	if (!r)
		r = nsa_snapshot_read_neighs(v);
	if (!r)
		r = nsa_snapshot_read_fdb(v, 0);
	return r < 0 ? r : nsa_snapshot_read_settings(v);
}

int nsa_snapshot_get(const struct nsa_netns *owner, const struct nsa_netns_list *list,
		     struct nsa_snapshot **out)
{
	__cleanup(nsa_snapshot_freep) struct nsa_snapshot *v = calloc(1, sizeof(*v));
	bool found;
	int r;

	if (!v)
		return nsa_err(-ENOMEM, "read namespace %s: %s", owner->name, strerror(ENOMEM));
	v->owner = owner;
	r = read_owner(v);
	if (r < 0)
		return nsa_err(r, "read namespace %s: %s", owner->name, strerror(-r));
	for (size_t i = 0; i < list->count; i++) {
		if (list->ns[i].cookie == owner->cookie)
			continue;
		r = replace_endpoints(v, &list->ns[i], &found);
		if (r == -ENOMEM)
			return nsa_err(r, "read namespace %s: %s", list->ns[i].name, strerror(-r));
		if (r < 0)
			nsa_debug("read namespace %s: %s", list->ns[i].name, strerror(-r));
	}
	r = nsa_snapshot_index(v);
	if (r < 0)
		return nsa_err(r, "read namespace %s: %s", owner->name, strerror(-r));
	*out = TAKE_PTR(v);
	return 0;
}
