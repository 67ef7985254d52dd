// SPDX-License-Identifier: GPL-2.0-only
#include <linux/neighbour.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "model/device_kind.h"
#include "model/snapshot.h"
#include "model/snapshot_order.h"
#include "util/sort.h"

#define NUD_USABLE (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT)

void nsa_snapshot_freep(struct nsa_snapshot **snapshot)
{
	struct nsa_snapshot *s = *snapshot;

	if (!s)
		return;
	for (size_t i = 0; i < s->endpoint_count; i++)
		free(s->endpoints[i].addrs);
	free(s->endpoints);
	free(s->claims);
	free(s->inner);
	free(s->links);
	free(s->devices);
	free(s->addrs);
	free(s->neighs);
	nsa_fdb_free(&s->fdb);
	free(s->missed);
	free(s->exceptions);
	free(s->taken);
	free(s->dirty.hosts);
	free(s);
}

/* Links */

const struct nsa_link *nsa_snapshot_link(const struct nsa_snapshot *snapshot, int ifindex)
{
	const struct nsa_link key = { .ifindex = ifindex };

	return BSEARCH(&key, snapshot->links, snapshot->link_count, nsa_snapshot_cmp_links);
}

const struct nsa_link *nsa_snapshot_link_by_name(const struct nsa_snapshot *snapshot,
						 const char *name)
{
	for (size_t i = 0; i < snapshot->link_count; i++)
		if (!strcmp(snapshot->links[i].name, name))
			return &snapshot->links[i];
	return NULL;
}

/* Where IPv6 is disabled the kernel reports no lost routes (skip_notify_on_dev_down). With the MTU
 * of the link the MTUs of IPv6 routes change (rt6_mtu_change()). */
bool nsa_snapshot_moves_routes(const struct nsa_link *before, const struct nsa_link *now)
{
	return (now->flags & IFF_UP) != (before->flags & IFF_UP) ||
	       now->carrier != before->carrier || now->operstate != before->operstate ||
	       now->master != before->master || now->disable_ipv6 != before->disable_ipv6 ||
	       now->mtu != before->mtu || now->mtu6 != before->mtu6;
}

/* IN_DEV_RX_REDIRECTS(), and rt6_do_redirect(). */
bool nsa_snapshot_takes_redirects(const struct nsa_snapshot *snapshot, int ifindex, __u8 family)
{
	const struct nsa_link *link = nsa_snapshot_link(snapshot, ifindex);
	bool all = snapshot->settings.all_redirects4;

	if (!link)
		return false;
	if (family == AF_INET6)
		return link->takes_redirects6;
	return link->forwarding4 ? all && link->accept_redirects4 : all || link->accept_redirects4;
}

/* Endpoints */

struct place {
	int port;
	const __u8 *mac;
};

static int cmp_place(const void *endpoint, const void *key)
{
	const struct nsa_snapshot_endpoint *ep = endpoint;
	const struct place *place = key;

	if (ep->port != place->port)
		return CMP(ep->port, place->port);
	return memcmp(ep->link.mac, place->mac, sizeof(ep->link.mac));
}

static size_t endpoint_position(const struct nsa_snapshot *snapshot, int port, const __u8 *mac)
{
	const struct place place = { port, mac };

	return LOWER_BOUND(&place, snapshot->endpoints, snapshot->endpoint_count, cmp_place);
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

/* The host end of a veth may be the lower of macvlans, too. An endpoint that was read is newer than
 * one that could not be. */
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
		if (nsa_device_takes_frames(&eps[i].link))
			return true;
	for (size_t i = 0; i < snapshot->taken_count; i++)
		if (snapshot->taken[i].ifindex == ifindex)
			return true;
	for (size_t i = 0; i < snapshot->link_count; i++)
		if (snapshot->links[i].link == ifindex && snapshot->links[i].link_nsid < 0 &&
		    nsa_device_takes_frames(&snapshot->links[i]))
			return true;
	return false;
}

bool nsa_snapshot_may_be_endpoint(const struct nsa_snapshot *snapshot, __u64 cookie, int ifindex)
{
	const struct nsa_snapshot_inner key = { cookie, ifindex };

	return snapshot->inner_count != snapshot->endpoint_count ||
	       BSEARCH(&key, snapshot->inner, snapshot->inner_count, nsa_snapshot_cmp_inner);
}

bool nsa_snapshot_is_missed(const struct nsa_snapshot *snapshot, __u64 cookie)
{
	for (size_t i = 0; i < snapshot->missed_count; i++)
		if (snapshot->missed[i] == cookie)
			return true;
	return false;
}

const struct nsa_snapshot_claim *nsa_snapshot_claims(const struct nsa_snapshot *snapshot,
						     __u8 family, const __u8 *addr, size_t *count)
{
	struct nsa_snapshot_claim key = { .family = family };
	size_t at, end;

	memcpy(key.addr, addr, sizeof(key.addr));
	at = LOWER_BOUND(&key, snapshot->claims, snapshot->claim_count, nsa_snapshot_cmp_claims);
	for (end = at; end < snapshot->claim_count && snapshot->claims[end].family == family &&
		       !memcmp(snapshot->claims[end].addr, addr, sizeof(key.addr));)
		end++;
	*count = end - at;
	return snapshot->claims + at;
}

/* Neighbours */

bool nsa_snapshot_is_usable(const struct nsa_neigh *neigh)
{
	return neigh->has_mac && (neigh->state & NUD_USABLE);
}

static const struct nsa_neigh *find_neigh(const struct nsa_snapshot *snapshot, int ifindex,
					  __u8 family, const __u8 *addr)
{
	struct nsa_neigh key = { .ifindex = ifindex, .family = family };

	memcpy(key.addr, addr, sizeof(key.addr));
	return BSEARCH(&key, snapshot->neighs, snapshot->neigh_count, nsa_snapshot_cmp_neighs);
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

	/* The kernel does not report an entry that is not being resolved yet (NUD_NONE). */
	return neigh && neigh->state && !nsa_snapshot_is_usable(neigh);
}

const struct nsa_neigh *nsa_snapshot_neighs(const struct nsa_snapshot *snapshot, __u8 family,
					    const __u8 *addr, size_t *count)
{
	struct nsa_neigh key = { .family = family }; /* no ifindex is 0 */
	size_t at, end;

	memcpy(key.addr, addr, sizeof(key.addr));
	at = LOWER_BOUND(&key, snapshot->neighs, snapshot->neigh_count, nsa_snapshot_cmp_neighs);
	for (end = at; end < snapshot->neigh_count && snapshot->neighs[end].family == family &&
		       !memcmp(snapshot->neighs[end].addr, addr, sizeof(key.addr));)
		end++;
	*count = end - at;
	return snapshot->neighs + at;
}

struct nsa_neigh *nsa_snapshot_find_neigh(struct nsa_snapshot *snapshot, int ifindex, __u8 family,
					  const __u8 *addr)
{
	const struct nsa_neigh *found = find_neigh(snapshot, ifindex, family, addr);

	return found ? &snapshot->neighs[found - snapshot->neighs] : NULL;
}

/* Bridges */

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
