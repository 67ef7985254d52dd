// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "model/snapshot.h"
#include "util/cleanup.h"
#include "util/log.h"

#define NUD_USABLE (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT)

static void free_endpoint(struct nsa_view_endpoint *ep)
{
	free(ep->addrs);
}

static void free_endpoints(struct nsa_view *v)
{
	for (size_t i = 0; i < v->endpoint_count; i++)
		free_endpoint(&v->endpoints[i]);
	free(v->endpoints);
	free(v->claims);
	free(v->inner);
}

void nsa_view_freep(struct nsa_view **view)
{
	struct nsa_view *v = *view;

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

int nsa_view_open(struct nsa_view *view)
{
	return view->rtnl ? 0 : nsa_rtnl_open(&view->rtnl, view->owner);
}

void nsa_view_close(struct nsa_view *view)
{
	nsa_rtnl_closep(&view->rtnl);
	view->rtnl = NULL;
}

/* Links and their devices */

static int by_ifindex(const void *a, const void *b)
{
	const struct nsa_link *x = a, *y = b;

	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

const struct nsa_link *nsa_view_link(const struct nsa_view *view, int ifindex)
{
	const struct nsa_link key = { .ifindex = ifindex };

	if (!view->link_count)
		return NULL;
	return bsearch(&key, view->links, view->link_count, sizeof(key), by_ifindex);
}

/* Of what can't be read the owner's own devices tell that it is gone: with its host end a veth is, with
 * their lower macvlans are. */
static bool drop_gone_endpoints(struct nsa_view *view)
{
	size_t n = 0, before = view->endpoint_count;

	for (size_t i = 0; i < view->endpoint_count; i++) {
		struct nsa_view_endpoint *ep = &view->endpoints[i];

		if (ep->unread && !nsa_view_link(view, ep->port))
			free_endpoint(ep);
		else
			view->endpoints[n++] = *ep;
	}
	view->endpoint_count = n;
	return n < before;
}

/* Without a word also where IPv6 is disabled (skip_notify_on_dev_down), and IPv6 routes' MTUs change with the
 * link's (rt6_mtu_change()). */
bool nsa_view_moves_routes(const struct nsa_link *before, const struct nsa_link *now)
{
	return (now->flags & IFF_UP) != (before->flags & IFF_UP) ||
	       now->carrier != before->carrier || now->operstate != before->operstate ||
	       now->master != before->master || now->disable_ipv6 != before->disable_ipv6 ||
	       now->mtu != before->mtu || now->mtu6 != before->mtu6;
}

int nsa_view_read_links(struct nsa_view *view)
{
	__cleanup(nsa_freep) struct nsa_view_device *devices = NULL;
	__cleanup(nsa_freep) struct nsa_link *links = NULL;
	size_t count = 0;
	int r;

	r = nsa_rtnl_links(view->rtnl, &links, &count);
	if (r < 0)
		return r;
	devices = calloc(count + 1, sizeof(*devices));
	if (!devices)
		return -ENOMEM;
	if (count)
		qsort(links, count, sizeof(*links), by_ifindex);
	for (size_t i = 0; i < count; i++) {
		const struct nsa_link *old = nsa_view_link(view, links[i].ifindex);

		/* Both were all zero before they were filled in: padding, too. NOLINTNEXTLINE */
		if (old && !memcmp(old, &links[i], sizeof(*old)))
			devices[i] = view->devices[old - view->links];
	}
	free(view->links);
	free(view->devices);
	view->links = TAKE_PTR(links);
	view->devices = TAKE_PTR(devices);
	view->link_count = count;
	/* Claims name endpoints by where they stand. */
	return drop_gone_endpoints(view) ? nsa_view_index(view) : 0;
}

void nsa_view_forget_device(struct nsa_view *view, int ifindex)
{
	for (size_t i = 0; i < view->link_count; i++)
		if (!ifindex || view->links[i].ifindex == ifindex)
			view->devices[i].known = false;
}

const struct nsa_link *nsa_view_link_by_name(const struct nsa_view *view, const char *name)
{
	for (size_t i = 0; i < view->link_count; i++)
		if (!strcmp(view->links[i].name, name))
			return &view->links[i];
	return NULL;
}

/* Addresses */

int nsa_view_read_addrs(struct nsa_view *view)
{
	struct nsa_addr *addrs = NULL;
	size_t count = 0;
	int r = nsa_rtnl_addrs(view->rtnl, &addrs, &count);

	if (r < 0)
		return r;
	free(view->addrs);
	view->addrs = addrs;
	view->addr_count = count;
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

int nsa_view_read_neighs(struct nsa_view *view)
{
	struct nsa_neigh *neighs = NULL;
	size_t count = 0;
	int r = nsa_rtnl_neighs(view->rtnl, &neighs, &count);

	if (r < 0)
		return r;
	if (count)
		qsort(neighs, count, sizeof(*neighs), by_addr);
	free(view->neighs);
	view->neighs = neighs;
	view->neigh_count = view->neigh_room = count;
	return 0;
}

/* Where the entry stands, or should. */
static size_t neigh_position(const struct nsa_view *view, const struct nsa_neigh *neigh)
{
	size_t low = 0, high = view->neigh_count, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (by_addr(&view->neighs[middle], neigh) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int nsa_view_set_neigh(struct nsa_view *view, const struct nsa_neigh *neigh, bool gone)
{
	size_t at = neigh_position(view, neigh), after = view->neigh_count - at;
	bool found = after && !by_addr(&view->neighs[at], neigh);
	struct nsa_neigh *grown;

	if (gone && found) {
		view->neigh_count--;
		memmove(&view->neighs[at], &view->neighs[at + 1], (after - 1) * sizeof(*neigh));
	}
	if (gone)
		return 0;
	if (!found && view->neigh_count == view->neigh_room) {
		size_t room = 2 * view->neigh_room + 16;

		grown = reallocarray(view->neighs, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		view->neighs = grown;
		view->neigh_room = room;
	}
	if (!found) {
		memmove(&view->neighs[at + 1], &view->neighs[at], after * sizeof(*neigh));
		view->neigh_count++;
	}
	view->neighs[at] = *neigh;
	return 0;
}

bool nsa_view_is_usable(const struct nsa_neigh *neigh)
{
	return neigh->has_mac && (neigh->state & NUD_USABLE);
}

static const struct nsa_neigh *find_neigh(const struct nsa_view *view, int ifindex, __u8 family,
					  const __u8 *addr)
{
	struct nsa_neigh key = { .ifindex = ifindex, .family = family };
	size_t at;

	memcpy(key.addr, addr, sizeof(key.addr));
	at = neigh_position(view, &key);
	return at < view->neigh_count && !by_addr(&view->neighs[at], &key) ? &view->neighs[at] :
									     NULL;
}

const struct nsa_neigh *nsa_view_neigh(const struct nsa_view *view, int ifindex, __u8 family,
				       const __u8 *addr)
{
	const struct nsa_neigh *neigh = find_neigh(view, ifindex, family, addr);

	return neigh && nsa_view_is_usable(neigh) ? neigh : NULL;
}

bool nsa_view_is_unresolved(const struct nsa_view *view, int ifindex, __u8 family, const __u8 *addr)
{
	const struct nsa_neigh *neigh = find_neigh(view, ifindex, family, addr);

	/* Of one that nobody has asked for yet (NUD_NONE) the kernel tells nobody. */
	return neigh && neigh->state && !nsa_view_is_usable(neigh);
}

const struct nsa_neigh *nsa_view_neighs(const struct nsa_view *view, __u8 family, const __u8 *addr,
					size_t *count)
{
	struct nsa_neigh key = { .family = family };
	size_t at, end;

	memcpy(key.addr, addr, sizeof(key.addr));
	at = end = neigh_position(view, &key); /* no ifindex is 0 */
	while (end < view->neigh_count && view->neighs[end].family == family &&
	       !memcmp(view->neighs[end].addr, addr, sizeof(key.addr)))
		end++;
	*count = end - at;
	return view->neighs + at;
}

struct nsa_neigh *nsa_view_find_neigh(struct nsa_view *view, int ifindex, __u8 family,
				      const __u8 *addr)
{
	size_t count;
	const struct nsa_neigh *all = nsa_view_neighs(view, family, addr, &count);

	for (size_t i = 0; i < count; i++)
		if (all[i].ifindex == ifindex)
			return &view->neighs[&all[i] - view->neighs];
	return NULL;
}

/* Forwarding databases */

int nsa_view_read_fdb(struct nsa_view *view, size_t most)
{
	__cleanup(nsa_freep) struct nsa_fdb *fdb = NULL;
	size_t count = 0;
	int r = nsa_rtnl_fdb(view->rtnl, most, &fdb, &count);
	bool cut = most && count == most;

	if (!r && cut) {
		nsa_view_close(view);
		r = nsa_view_open(view);
	}
	return r < 0 ? r : nsa_fdb_note_all(&view->fdb, fdb, count, !cut);
}

const struct nsa_fdb *nsa_view_fdb(const struct nsa_view *view, int bridge, const __u8 *mac)
{
	const struct nsa_fdb_node *found = nsa_fdb_find(&view->fdb, bridge, mac);

	return found && !found->fdb.local && found->where != NSA_FDB_WAITING ? &found->fdb : NULL;
}

bool nsa_view_takes_up(const struct nsa_view *view, int bridge, const __u8 *mac)
{
	const struct nsa_fdb_node *found = nsa_fdb_find(&view->fdb, bridge, mac);

	return found && found->fdb.local;
}

/* Endpoints */

static bool usable_addr(const struct nsa_addr *addr, int ifindex)
{
	return addr->ifindex == ifindex && addr->scope <= RT_SCOPE_SITE &&
	       !(addr->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED));
}

static int take_addrs(struct nsa_view_endpoint *ep, const struct nsa_addr *addrs, size_t count)
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

static int add_endpoint(struct nsa_view *v, const struct nsa_netns *ns, const struct nsa_link *link,
			enum nsaccel_kind kind)
{
	__cleanup(nsa_freep) struct nsa_addr *addrs = NULL;
	struct nsa_view_endpoint *grown, *ep;
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

static int add_taken(struct nsa_view *v, const struct nsa_netns *ns, const struct nsa_link *link)
{
	struct nsa_view_taken *grown;

	grown = reallocarray(v->taken, v->taken_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	v->taken = grown;
	grown[v->taken_count++] = (struct nsa_view_taken){ ns->cookie, link->link };
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

static int add_told(struct nsa_view *v, const struct nsa_netns *ns, const struct told *told)
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
static int add_endpoints(struct nsa_view *v, const struct nsa_netns *ns)
{
	__cleanup(told_free) struct told told = { .owner_nsid = -1 };
	int r = ask(ns, v->owner, &told);

	if (r < 0 || told.owner_nsid < 0)
		return r;
	r = nsa_view_open(v);
	return r < 0 ? r : add_told(v, ns, &told);
}

static int by_port(const void *a, const void *b)
{
	const struct nsa_view_endpoint *x = a, *y = b;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	return memcmp(x->link.mac, y->link.mac, sizeof(x->link.mac));
}

static int by_claim(const void *a, const void *b)
{
	const struct nsa_view_claim *x = a, *y = b;
	int r;

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	r = memcmp(x->addr, y->addr, sizeof(x->addr));
	return r ? r : (x->endpoint > y->endpoint) - (x->endpoint < y->endpoint);
}

static size_t count_addrs(const struct nsa_view *view)
{
	size_t count = 0;

	for (size_t i = 0; i < view->endpoint_count; i++)
		count += view->endpoints[i].addr_count;
	return count;
}

/* Each that the kernel is asked for takes room in its neighbour table, of 1024 by default, whether
 * anybody answers or not: a few for each macvlan, and a part of the table for all. */
#define ASKS	 4
#define ASKS_ALL 256

static struct nsa_view_claim claim_of(const struct nsa_view *view, __u32 endpoint, size_t number)
{
	const struct nsa_addr *addr = &view->endpoints[endpoint].addrs[number];
	struct nsa_view_claim claim = { .family = addr->family, .endpoint = endpoint };

	memcpy(claim.addr, addr->addr, sizeof(claim.addr));
	return claim;
}

static int by_inner(const void *a, const void *b)
{
	const struct nsa_view_inner *x = a, *y = b;

	if (x->cookie != y->cookie)
		return x->cookie < y->cookie ? -1 : 1;
	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

static int index_inner(struct nsa_view *view)
{
	struct nsa_view_inner *grown;

	view->inner_count = 0;
	grown = reallocarray(view->inner, view->endpoint_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	view->inner = grown;
	for (size_t i = 0; i < view->endpoint_count; i++)
		grown[view->inner_count++] =
			(struct nsa_view_inner){ view->endpoints[i].cookie,
						 view->endpoints[i].link.ifindex };
	if (view->inner_count)
		qsort(grown, view->inner_count, sizeof(*grown), by_inner);
	return 0;
}

bool nsa_view_may_be_endpoint(const struct nsa_view *view, __u64 cookie, int ifindex)
{
	const struct nsa_view_inner key = { cookie, ifindex };

	if (view->inner_count != view->endpoint_count)
		return true;
	return view->inner_count &&
	       bsearch(&key, view->inner, view->inner_count, sizeof(key), by_inner);
}

/* Those that aren't indexed yet, sorted. */
static size_t new_claims(const struct nsa_view *view, struct nsa_view_claim *out)
{
	size_t n = 0;

	for (size_t i = 0; i < view->endpoint_count; i++)
		for (size_t j = 0;
		     !view->endpoints[i].claimed_as && j < view->endpoints[i].addr_count; j++)
			out[n++] = claim_of(view, (__u32)i, j);
	if (n)
		qsort(out, n, sizeof(*out), by_claim);
	return n;
}

/* What the number of before is now, and 1; 0: it is gone, or another. */
static __u32 *renumber(const struct nsa_view *view)
{
	__u32 most = 0, *numbers;

	for (size_t i = 0; i < view->claim_count; i++)
		most = view->claims[i].endpoint > most ? view->claims[i].endpoint : most;
	numbers = calloc(most + 1, sizeof(*numbers));
	for (size_t i = 0; numbers && i < view->endpoint_count; i++) {
		__u32 before = view->endpoints[i].claimed_as;

		if (before && before - 1 <= most)
			numbers[before - 1] = (__u32)i + 1;
	}
	return numbers;
}

static size_t merge_claims(const struct nsa_view *view, const __u32 *numbers,
			   const struct nsa_view_claim *fresh, size_t fresh_count,
			   struct nsa_view_claim *out)
{
	size_t n = 0, next = 0;

	for (size_t i = 0; i < view->claim_count; i++) {
		struct nsa_view_claim claim = view->claims[i];

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
static void set_asks(struct nsa_view *view)
{
	size_t asks = 0;

	for (size_t i = 0; i < view->claim_count; i++)
		view->claims[i].asks = false;
	for (size_t i = 0; i < view->endpoint_count && asks < ASKS_ALL; i++) {
		const struct nsa_view_endpoint *ep = &view->endpoints[i];

		if (ep->kind != NSACCEL_KIND_MACVLAN)
			continue;
		for (size_t j = 0; j < ep->addr_count && j < ASKS && asks < ASKS_ALL; j++) {
			struct nsa_view_claim key = claim_of(view, (__u32)i, j), *claim;

			claim = bsearch(&key, view->claims, view->claim_count, sizeof(key),
					by_claim);
			if (claim)
				claim->asks = true;
			asks++;
		}
	}
}

static int index_claims(struct nsa_view *view)
{
	size_t room = count_addrs(view) + 1;
	__cleanup(nsa_freep) struct nsa_view_claim *fresh = calloc(room, sizeof(*fresh));
	__cleanup(nsa_freep) struct nsa_view_claim *merged = calloc(room, sizeof(*merged));
	__cleanup(nsa_freep) __u32 *numbers = renumber(view);
	size_t count;

	if (!fresh || !merged || !numbers)
		return -ENOMEM;
	count = merge_claims(view, numbers, fresh, new_claims(view, fresh), merged);
	free(view->claims);
	view->claims = TAKE_PTR(merged);
	view->claim_count = count;
	set_asks(view);
	return 0;
}

/* Without memory nobody claims anything. */
int nsa_view_index(struct nsa_view *view)
{
	int r;

	if (view->endpoint_count)
		qsort(view->endpoints, view->endpoint_count, sizeof(*view->endpoints), by_port);
	r = index_inner(view);
	if (!r)
		r = index_claims(view);
	if (r < 0)
		view->claim_count = 0;
	for (size_t i = 0; i < view->endpoint_count; i++)
		view->endpoints[i].claimed_as = r < 0 ? 0 : (__u32)i + 1;
	return r;
}

static int make_room_to_stir(struct nsa_view *view, size_t count)
{
	size_t room = 2 * (view->stirred.count + count);
	struct nsa_view_host *grown;

	if (view->stirred.count + count <= view->stirred.room)
		return 0;
	grown = reallocarray(view->stirred.hosts, room, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	view->stirred.hosts = grown;
	view->stirred.room = room;
	return 0;
}

void nsa_view_stir(struct nsa_view *view, const struct nsa_view_endpoint *ep, size_t count)
{
	if (make_room_to_stir(view, count)) {
		view->stirred.all = true;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		struct nsa_view_host *host = &view->stirred.hosts[view->stirred.count++];

		host->family = ep->addrs[i].family;
		memcpy(host->addr, ep->addrs[i].addr, sizeof(host->addr));
	}
}

void nsa_view_calm(struct nsa_view *view)
{
	view->stirred.count = 0;
	view->stirred.all = false;
}

const struct nsa_view_claim *nsa_view_claims(const struct nsa_view *view, __u8 family,
					     const __u8 *addr, size_t *count)
{
	struct nsa_view_claim key = { .family = family };
	size_t low = 0, high = view->claim_count, middle, end;

	memcpy(key.addr, addr, sizeof(key.addr));
	while (low < high) {
		middle = low + (high - low) / 2;
		if (by_claim(&view->claims[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < view->claim_count && view->claims[end].family == family &&
			!memcmp(view->claims[end].addr, addr, sizeof(key.addr));)
		end++;
	*count = end - low;
	return view->claims + low;
}

/* Of the first, what the namespace has goes; the rest moves up. */
static bool drop_taken(struct nsa_view *view, __u64 cookie, size_t first)
{
	size_t n = 0, before = view->taken_count;

	for (size_t i = 0; i < before; i++)
		if (i >= first || view->taken[i].cookie != cookie)
			view->taken[n++] = view->taken[i];
	view->taken_count = n;
	return n < before;
}

static bool drop_endpoints(struct nsa_view *view, __u64 cookie, size_t first)
{
	size_t n = 0, before = view->endpoint_count;

	for (size_t i = 0; i < before; i++) {
		struct nsa_view_endpoint *ep = &view->endpoints[i];

		if (i < first && ep->cookie == cookie) {
			nsa_view_stir(view, ep, ep->addr_count);
			free_endpoint(ep);
		} else {
			view->endpoints[n++] = *ep;
		}
	}
	view->endpoint_count = n;
	return n < before;
}

/* Those added last. */
static void cut_endpoints(struct nsa_view *view, size_t endpoints, size_t taken)
{
	while (view->endpoint_count > endpoints)
		free_endpoint(&view->endpoints[--view->endpoint_count]);
	view->taken_count = taken;
}

static bool mark_unread(struct nsa_view *view, __u64 cookie)
{
	bool found = false;

	for (size_t i = 0; i < view->endpoint_count; i++)
		if (view->endpoints[i].cookie == cookie) {
			view->endpoints[i].unread = true;
			found = true;
		}
	return found;
}

bool nsa_view_is_missed(const struct nsa_view *view, __u64 cookie)
{
	for (size_t i = 0; i < view->missed_count; i++)
		if (view->missed[i] == cookie)
			return true;
	return false;
}

static void unmiss(struct nsa_view *view, __u64 cookie)
{
	size_t n = 0;

	for (size_t i = 0; i < view->missed_count; i++)
		if (view->missed[i] != cookie)
			view->missed[n++] = view->missed[i];
	view->missed_count = n;
}

int nsa_view_miss(struct nsa_view *view, __u64 cookie, bool *had)
{
	__u64 *grown;

	*had = mark_unread(view, cookie);
	if (nsa_view_is_missed(view, cookie))
		return 0;
	grown = reallocarray(view->missed, view->missed_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	view->missed = grown;
	view->missed[view->missed_count++] = cookie;
	return 0;
}

int nsa_view_add_unseen(struct nsa_view *view, const struct nsa_view_endpoint *ep)
{
	struct nsa_view_endpoint *grown;

	grown = reallocarray(view->endpoints, view->endpoint_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	view->endpoints = grown;
	grown[view->endpoint_count] = *ep;
	grown[view->endpoint_count++].unread = true;
	return nsa_view_index(view);
}

bool nsa_view_forget_endpoints(struct nsa_view *view, __u64 cookie)
{
	bool had = drop_endpoints(view, cookie, view->endpoint_count);

	if (had)
		nsa_view_index(view); /* without memory nothing is claimed */
	unmiss(view, cookie);
	return drop_taken(view, cookie, view->taken_count) || had;
}

/* What was read of both is the same. What of one that has more addresses than any quota lets in isn't
 * kept doesn't count. */
static bool is_same_endpoint(const struct nsa_view_endpoint *a, const struct nsa_view_endpoint *b)
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
static bool are_same_endpoints(struct nsa_view *view, __u64 cookie, size_t first)
{
	size_t next = first;

	if (view->endpoint_count > first)
		qsort(&view->endpoints[first], view->endpoint_count - first,
		      sizeof(*view->endpoints), by_port);
	for (size_t i = 0; i < first; i++)
		if (view->endpoints[i].cookie == cookie &&
		    (next == view->endpoint_count ||
		     !is_same_endpoint(&view->endpoints[i], &view->endpoints[next++])))
			return false;
	return next == view->endpoint_count;
}

static bool are_same_taken(const struct nsa_view *view, __u64 cookie, size_t first)
{
	size_t next = first;

	for (size_t i = 0; i < first; i++)
		if (view->taken[i].cookie == cookie &&
		    (next == view->taken_count ||
		     view->taken[i].ifindex != view->taken[next++].ifindex))
			return false;
	return next == view->taken_count;
}

/* Their order is the caller's to restore, if they are others. */
static int replace_endpoints(struct nsa_view *view, const struct nsa_netns *ns, bool *found)
{
	size_t endpoints = view->endpoint_count, taken = view->taken_count;
	int r = add_endpoints(view, ns);

	if (r < 0) {
		cut_endpoints(view, endpoints, taken);
		if (nsa_view_miss(view, ns->cookie, found) < 0)
			r = -ENOMEM;
		return r;
	}
	unmiss(view, ns->cookie);
	*found = !are_same_endpoints(view, ns->cookie, endpoints) ||
		 !are_same_taken(view, ns->cookie, taken);
	if (!*found) {
		cut_endpoints(view, endpoints, taken);
		return 0;
	}
	for (size_t i = endpoints; i < view->endpoint_count; i++)
		nsa_view_stir(view, &view->endpoints[i], view->endpoints[i].addr_count);
	drop_endpoints(view, ns->cookie, endpoints);
	drop_taken(view, ns->cookie, taken);
	return 0;
}

int nsa_view_read_endpoints(struct nsa_view *view, const struct nsa_netns *ns, bool *found)
{
	int r = replace_endpoints(view, ns, found);
	int sorted = *found ? nsa_view_index(view) : 0;

	return r ? r : sorted;
}

static int reread_addrs(struct nsa_view *view, const struct nsa_netns *ns,
			struct nsa_view_endpoint *ep, bool *changed)
{
	__cleanup(nsa_freep) struct nsa_addr *addrs = NULL;
	struct nsa_view_endpoint now = *ep;
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
	nsa_view_stir(view, ep, ep->addr_count);
	nsa_view_stir(view, &now, now.addr_count);
	free(ep->addrs);
	*ep = now;
	*changed = true;
	return 0;
}

int nsa_view_read_addrs_of(struct nsa_view *view, const struct nsa_netns *ns, bool *found)
{
	bool whole = nsa_view_is_missed(view, ns->cookie), changed = false, other = false;
	int r = 0, sorted = 0;

	for (size_t i = 0; !whole && i < view->endpoint_count; i++) {
		struct nsa_view_endpoint *ep = &view->endpoints[i];

		if (ep->cookie == ns->cookie)
			whole = ep->unread || reread_addrs(view, ns, ep, &changed) < 0;
	}
	if (whole)
		r = nsa_view_read_endpoints(view, ns, &other);
	if (changed && !other)
		sorted = nsa_view_index(view);
	*found = changed || other;
	return r ? r : sorted;
}

/* Of the first that isn't before. */
static size_t endpoint_position(const struct nsa_view *view, int port, const __u8 *mac)
{
	size_t low = 0, high = view->endpoint_count, middle;
	const struct nsa_view_endpoint *ep;

	while (low < high) {
		middle = low + (high - low) / 2;
		ep = &view->endpoints[middle];
		if (ep->port < port ||
		    (ep->port == port && memcmp(ep->link.mac, mac, sizeof(ep->link.mac)) < 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct nsa_view_endpoint *nsa_view_endpoints(const struct nsa_view *view, int port,
						   size_t *count)
{
	static const __u8 least[NSACCEL_MAC_LEN];
	size_t at = endpoint_position(view, port, least);

	*count = endpoint_position(view, port + 1, least) - at;
	return view->endpoints + at;
}

const struct nsa_view_endpoint *nsa_view_endpoints_by_mac(const struct nsa_view *view, int port,
							  const __u8 *mac, size_t *count)
{
	size_t at = endpoint_position(view, port, mac), end = at;

	while (end < view->endpoint_count && view->endpoints[end].port == port &&
	       !memcmp(view->endpoints[end].link.mac, mac, NSACCEL_MAC_LEN))
		end++;
	*count = end - at;
	return view->endpoints + at;
}

/* A veth has one behind it, and may be the lower of macvlans, too. What was read is newer than what
 * couldn't be. */
static const struct nsa_view_endpoint *first_of(const struct nsa_view *view, int port,
						enum nsaccel_kind kind)
{
	size_t count;
	const struct nsa_view_endpoint *eps = nsa_view_endpoints(view, port, &count);
	const struct nsa_view_endpoint *unread = NULL;

	for (size_t i = 0; i < count; i++) {
		if (eps[i].kind != kind)
			continue;
		if (!eps[i].unread)
			return &eps[i];
		unread = unread ? unread : &eps[i];
	}
	return unread;
}

const struct nsa_view_endpoint *nsa_view_veth_endpoint(const struct nsa_view *view, int ifindex)
{
	return first_of(view, ifindex, NSACCEL_KIND_VETH);
}

bool nsa_view_is_lower(const struct nsa_view *view, int ifindex)
{
	return first_of(view, ifindex, NSACCEL_KIND_MACVLAN);
}

bool nsa_view_is_taken(const struct nsa_view *view, int ifindex)
{
	size_t count;
	const struct nsa_view_endpoint *eps = nsa_view_endpoints(view, ifindex, &count);

	for (size_t i = 0; i < count; i++)
		if (takes_frames(&eps[i].link))
			return true;
	for (size_t i = 0; i < view->taken_count; i++)
		if (view->taken[i].ifindex == ifindex)
			return true;
	for (size_t i = 0; i < view->link_count; i++)
		if (view->links[i].link == ifindex && view->links[i].link_nsid < 0 &&
		    takes_frames(&view->links[i]))
			return true;
	return false;
}

/* All */

static int read_owner(struct nsa_view *v)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(v->owner);
	int r = token < 0 ? token : nsa_view_open(v);

	if (!r)
		r = nsa_view_read_links(v);
	if (!r)
		r = nsa_view_read_addrs(v);
	if (!r)
		r = nsa_view_read_neighs(v);
	if (!r)
		r = nsa_view_read_fdb(v, 0);
	return r < 0 ? r : nsa_view_read_settings(v);
}

int nsa_view_get(const struct nsa_netns *owner, const struct nsa_netns_list *list,
		 struct nsa_view **out)
{
	__cleanup(nsa_view_freep) struct nsa_view *v = calloc(1, sizeof(*v));
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
	r = nsa_view_index(v);
	if (r < 0)
		return nsa_err(r, "read namespace %s: %s", owner->name, strerror(-r));
	*out = TAKE_PTR(v);
	return 0;
}
