// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "dataplane/carrier.h"
#include "dataplane/port.h"
#include "dataplane/programs.h"
#include "firewall/firewall.h"
#include "model/rib.h"
#include "reconcile/carriers.h"
#include "reconcile/fdb.h"
#include "reconcile/gc.h"
#include "reconcile/mirror.h"
#include "reconcile/neighbours.h"
#include "reconcile/policy.h"
#include "reconcile/ports.h"
#include "reconcile/quotas.h"
#include "reconcile/requests.h"
#include "reconcile/routes.h"
#include "reconcile/shares.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/log.h"

/* Of dumps that changes interrupt: enough for any but a namespace in constant turmoil. */
#define TRIES 20
/* What nobody tells of is looked at after so many times as long as it took. */
#define LOOK_COST 2000
/* The same of a dump of exceptions, for which the kernel walks all routes: whoever may send the owner
 * ICMP can make it look. */
#define EXCEPTIONS_COST 100

void nsa_ports_free(struct nsa_ports *ports)
{
	free(ports->entries);
}

static int by_ifindex(const void *key, const void *entry)
{
	__u32 ifindex = *(const __u32 *)key;
	__u32 other = ((const struct nsa_port_entry *)entry)->key.ifindex;

	return (ifindex > other) - (ifindex < other);
}

const struct nsa_port_entry *nsa_ports_find(const struct nsa_ports *ports, int ifindex)
{
	__u32 key = (__u32)ifindex;

	return ports->count ? bsearch(&key, ports->entries, ports->count, sizeof(*ports->entries),
				      by_ifindex) :
			      NULL;
}

int nsa_owner_all_ports(const struct nsa_session *session, __u64 cookie, struct nsa_ports *out)
{
	__cleanup(nsa_freep) struct nsa_port_entry *all = NULL;
	size_t total = 0, n = 0;
	int r;

	r = nsa_maps_ports(session->maps, &all, &total);
	if (r < 0)
		return nsa_err(r, "read map ports: %s", strerror(-r));
	for (size_t i = 0; i < total; i++)
		if (all[i].port.owner_cookie == cookie)
			all[n++] = all[i];
	out->entries = TAKE_PTR(all);
	out->count = n;
	return 0;
}

int nsa_owner_ports(const struct nsa_session *session, __u64 cookie, struct nsa_ports *out)
{
	int r = nsa_owner_all_ports(session, cookie, out);

	while (!r && out->count && nsa_is_absent(&out->entries[out->count - 1]))
		out->count--;
	return r;
}

void nsa_owner_free(struct nsa_owner *owner)
{
	if (!owner)
		return;
	nsa_snapshot_freep(&owner->snapshot);
	nsa_ports_free(&owner->ports);
	nsa_ports_free(&owner->stale);
	nsa_ports_free(&owner->absent);
	nsa_pending_free(&owner->carriers);
	nsa_pending_free(&owner->learners);
	free(owner->shares);
	free(owner);
}

static void owner_freep(struct nsa_owner **owner)
{
	nsa_owner_free(*owner);
}

static int read_record(struct nsa_owner *owner)
{
	int r = nsa_maps_owner_get(owner->mirror->session->maps, owner->slot, &owner->record);

	if (r < 0)
		return nsa_err(r, "read map owners: %s", strerror(-r));
	if (owner->record.cookie == owner->cookie)
		return 0;
	/* Another's, long gone: but flows that it admitted must not count. */
	owner->record = (struct nsaccel_owner){ .cookie = owner->cookie,
						.ruleset = owner->record.ruleset + 1 };
	return 0;
}

static int find_slot(struct nsa_owner *owner)
{
	const struct nsa_maps *maps = owner->mirror->session->maps;
	struct nsaccel_netns ns;
	int r;

	if (owner->mirror->changes.dry) { /* nothing is registered: slot 0, if it is unknown */
		if (!nsa_maps_netns_get(maps, owner->cookie, &ns))
			owner->slot = ns.slot;
		return 0;
	}
	r = nsa_maps_netns_register(maps, owner->cookie, owner->ns->name, &owner->slot);
	return r < 0 ? nsa_err(r, "register namespace %s: %s", owner->ns->name,
			       nsa_maps_strerror(r, NSA_MAP_NETNS)) :
		       0;
}

static int read_ports(struct nsa_owner *owner)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(owner->ns);
	int r;

	if (token < 0)
		return nsa_err(token, "enter namespace %s: %s", owner->ns->name, strerror(-token));
	r = nsa_owner_ports(owner->mirror->session, owner->cookie, &owner->ports);
	if (!r)
		r = nsa_owner_absent(owner->mirror->session, owner->cookie, &owner->absent);
	return r < 0 ? r : nsa_owner_drop_replaced(owner);
}

int nsa_owner_new(struct nsa_mirror *mirror, const struct nsa_netns *ns, struct nsa_owner **out)
{
	__cleanup(owner_freep) struct nsa_owner *owner = calloc(1, sizeof(*owner));
	int r;

	if (!owner)
		return nsa_err(-ENOMEM, "read namespace %s: %s", ns->name, strerror(ENOMEM));
	owner->mirror = mirror;
	owner->cookie = ns->cookie;
	owner->ns = ns;
	owner->dirty = NSA_DIRTY_ALL;
	r = find_slot(owner);
	if (!r)
		r = read_record(owner);
	if (!r)
		r = nsa_mirror_table(mirror, ns->cookie, owner->slot, &owner->table);
	if (!r)
		r = read_ports(owner);
	if (!r)
		r = nsa_snapshot_get(ns, mirror->session->list, &owner->snapshot);
	if (r < 0)
		return r;
	owner->dirty &= ~(NSA_DIRTY_LINKS | NSA_DIRTY_ADDRS | NSA_DIRTY_NEIGHS | NSA_DIRTY_FDB |
			  NSA_DIRTY_SETTINGS);
	*out = TAKE_PTR(owner);
	return 0;
}

void nsa_owner_plan(const struct nsa_owner *owner, struct nsa_plan *plan)
{
	*plan = (struct nsa_plan){
		.snapshot = owner->snapshot,
		.table = owner->table,
		.hops = owner->mirror->hops,
		.owner_slot = owner->slot,
		.ports = owner->ports.entries,
		.port_count = owner->ports.count,
		.shares = owner->shares,
		.share_count = owner->share_count,
		.sources = owner->mirror->sources,
		.carriers = &owner->carriers,
		.gates = owner->gates,
		.policed = owner->policed,
	};
}

/* Notes */

static unsigned int routes_of(__u8 family)
{
	return family == AF_INET ? NSA_DIRTY_ROUTES4 : NSA_DIRTY_ROUTES6;
}

/* What the kernel tells of a next hop that leaves an IPv6 multipath route looks as if it were all of
 * the route. */
static bool is_one_of_many(const struct nsa_owner *owner, const struct nsa_krt *k)
{
	struct nsaccel_prefix prefix = nsa_prefix(k->family, k->dst, k->dst_len);
	const struct nsa_node *node = nsa_table_find(owner->table, &prefix);

	if (k->family != AF_INET6 || k->multipath || !node)
		return false;
	for (const struct nsa_kroute *route = node->routes; route; route = route->next)
		if (nsa_hop(owner->mirror->hops, route->hop)->key.target ==
		    NSACCEL_TARGET_MULTIPATH)
			return true;
	return false;
}

static int note_route(struct nsa_owner *owner, const struct nsa_krt *k, bool gone, bool replace)
{
	struct nsaccel_nexthop key;
	__u32 hop;
	int r = gone ? 0 : nsa_rib_note_mtu(owner->table, k);

	if (!gone)
		nsa_rib_note_any(owner->table, k);
	if (r < 0 || !nsa_rib_is_mirrored(k))
		return r;
	nsa_plan_kernel_key(owner->slot, k, &key);
	hop = nsa_hops_get(owner->mirror->hops, &key);
	if (!hop)
		return -ENOMEM;
	return gone ? nsa_rib_del(owner->table, k, hop) :
		      nsa_rib_add(owner->table, k, hop, replace);
}

/* Then which is the least now isn't known. Without policy rules nobody asks. */
static bool was_least_mtu(const struct nsa_owner *owner, const struct nsa_krt *k, bool gone,
			  bool replace)
{
	__u32 least = owner->table->least_mtu[k->family == AF_INET6];

	return owner->snapshot->settings.policy_rules && least &&
	       (gone ? k->mtu == least : replace && k->mtu != least);
}

/* What was noted of such routes may be true no more. With policy rules nobody asks. */
static bool is_noted(const struct nsa_owner *owner, const struct nsa_krt *k, bool replace)
{
	return !owner->snapshot->settings.policy_rules &&
	       (nsa_rib_is_noted(k) || (replace && owner->table->other_locals));
}

/* Gateways of static routes may be on another link now. */
static void stir_vias(struct nsa_owner *owner, const struct nsa_krt *k)
{
	struct nsa_hops *hops = owner->mirror->hops;
	__u32 number = nsa_rib_is_mirrored(k) ? nsa_hops_first_via(hops) : 0;

	for (; number; number = nsa_hops_next_via(hops, number)) {
		const struct nsaccel_nexthop *key = &nsa_hop(hops, number)->key;

		if (key->owner_slot != owner->slot ||
		    (key->gateway_family == NSACCEL_FAMILY_INET) != (k->family == AF_INET) ||
		    !nsa_prefix_covers(k->dst, k->dst_len, key->gateway))
			continue;
		nsa_hops_stir(hops, number);
		owner->stirred = true;
	}
}

void nsa_owner_route(struct nsa_owner *owner, const struct nsa_krt *k, bool gone, bool replace)
{
	stir_vias(owner, k);
	if (is_noted(owner, k, replace) || was_least_mtu(owner, k, gone, replace) ||
	    (gone && is_one_of_many(owner, k)) || note_route(owner, k, gone, replace) < 0)
		owner->dirty |= routes_of(k->family);
}

static struct nsa_hops_by hops_by(const struct nsa_owner *owner, const struct nsa_neigh *neigh)
{
	struct nsa_hops_by by = { .owner_slot = owner->slot,
				  .ifindex = (__u32)neigh->ifindex,
				  .family = neigh->family == AF_INET ? NSACCEL_FAMILY_INET :
								       NSACCEL_FAMILY_INET6 };

	memcpy(by.addr, neigh->addr, sizeof(by.addr));
	return by;
}

/* An entry that was asked for is gone: it has to be asked for again. */
static bool ask_again(const struct nsa_owner *owner, const struct nsa_neigh *neigh)
{
	const struct nsa_hops_by by = hops_by(owner, neigh);
	const struct nsa_hops *hops = owner->mirror->hops;
	bool found = false;

	for (__u32 number = nsa_hops_first_by(hops, &by); number;
	     number = nsa_hops_next_by(hops, number, &by)) {
		struct nsa_hop *hop = nsa_hop(hops, number);

		if (hop->asked && hop->record.l3_ifindex == (__u32)neigh->ifindex) {
			hop->asked = false;
			found = true;
		}
	}
	return found;
}

/* Whoever is on a link can have its neighbours change as often as he likes: no other next hop is looked
 * at for that. */
static void stir_hops(struct nsa_owner *owner, const struct nsa_neigh *neigh)
{
	const struct nsa_hops_by by = hops_by(owner, neigh);
	struct nsa_hops *hops = owner->mirror->hops;

	for (__u32 number = nsa_hops_first_by(hops, &by); number;
	     number = nsa_hops_next_by(hops, number, &by)) {
		nsa_hops_stir(hops, number);
		owner->stirred = true;
	}
}

static bool is_fixed(const struct nsa_neigh *neigh)
{
	return neigh->state & (NUD_PERMANENT | NUD_NOARP);
}

/* Then an endpoint's word for the address is none. */
static bool is_unresolved(const struct nsa_neigh *neigh)
{
	return neigh->state && !nsa_snapshot_is_usable(neigh);
}

/* Do next hops depend on what is different? Most messages only tell that an entry has aged. */
static bool is_news(const struct nsa_neigh *before, const struct nsa_neigh *now)
{
	bool was = nsa_snapshot_is_usable(before), is = nsa_snapshot_is_usable(now);

	return was != is || is_unresolved(before) != is_unresolved(now) ||
	       (is && (memcmp(before->mac, now->mac, sizeof(now->mac)) != 0 ||
		       before->managed != now->managed || is_fixed(before) != is_fixed(now)));
}

static bool is_of(const struct nsa_neigh *neigh, const struct nsa_snapshot_endpoint *ep)
{
	return nsa_snapshot_is_usable(neigh) &&
	       !memcmp(neigh->mac, ep->link.mac, sizeof(neigh->mac));
}

/* A veth's port keeps what it knows, whatever becomes of the neighbour. */
static bool learns(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
		   const struct nsa_neigh *before, const struct nsa_neigh *now)
{
	const struct nsaccel_port *port = nsa_plan_find_port(plan, ep->port);

	if (ep->kind != NSACCEL_KIND_VETH)
		return is_of(before, ep) != is_of(now, ep);
	return port && port->kind == NSACCEL_KIND_VETH && nsa_plan_learns_source(plan, ep, port);
}

/* On a link with others it says whose an address is that somebody claims, as the ports know. Of one that
 * isn't there nothing is set but the device and the address. */
static bool tells_holder(const struct nsa_plan *plan, const struct nsa_neigh *before,
			 const struct nsa_neigh *now)
{
	const struct nsaccel_port *port = nsa_plan_find_port(plan, now->ifindex);
	const struct nsa_snapshot_claim *claims;
	size_t count;

	if (port && port->kind == NSACCEL_KIND_VETH)
		return false;
	claims = nsa_snapshot_claims(plan->snapshot, now->family, now->addr, &count);
	for (size_t i = 0; i < count; i++)
		if (learns(plan, &plan->snapshot->endpoints[claims[i].endpoint], before, now))
			return true;
	return false;
}

static struct nsa_neigh none_like(const struct nsa_neigh *neigh)
{
	struct nsa_neigh none = { .ifindex = neigh->ifindex, .family = neigh->family };

	memcpy(none.addr, neigh->addr, sizeof(none.addr));
	return none;
}

void nsa_owner_neigh(struct nsa_owner *owner, const struct nsa_neigh *neigh, bool gone)
{
	const struct nsa_neigh *known = nsa_snapshot_find_neigh(owner->snapshot, neigh->ifindex,
								neigh->family, neigh->addr);
	const struct nsa_neigh none = none_like(neigh), before = known ? *known : none,
			       now = gone ? none : *neigh;
	bool news = is_news(&before, &now);
	struct nsa_plan plan;

	if (gone)
		news |= ask_again(owner, neigh);
	else if (now.managed && !before.managed) /* its routes may have gone */
		owner->dirty |= NSA_DIRTY_MANAGED;
	if (nsa_snapshot_set_neigh(owner->snapshot, neigh, gone))
		owner->dirty |= NSA_DIRTY_NEIGHS;
	if (!news)
		return;
	stir_hops(owner, neigh);
	if (nsa_snapshot_is_usable(&before) && !nsa_snapshot_is_usable(&now) &&
	    nsa_hops_refused(owner->mirror->hops, owner->slot, neigh->ifindex))
		owner->dirty |= NSA_DIRTY_QUOTAS; /* there may be room */
	nsa_owner_plan(owner, &plan);
	if (tells_holder(&plan, &before, &now))
		owner->dirty |= NSA_DIRTY_PORTS;
	if (nsa_plan_host(&plan, neigh->family, neigh->addr))
		owner->dirty |= NSA_DIRTY_NEIGHS;
}

/* Reading */

static int on_route(void *data, const struct nsa_krt *k)
{
	return note_route(data, k, false, false);
}

static void forget_noted(struct nsa_table *table, __u8 family)
{
	table->least_mtu[family == AF_INET6] = 0;
	if (family != AF_INET)
		return;
	table->default_mtu = 0;
	table->other_locals = false;
}

static int read_routes(struct nsa_owner *owner, __u8 family)
{
	__u32 default_mtu = owner->table->default_mtu;
	int r = -EINTR;

	for (int try = 0; r == -EINTR && try < TRIES; try++) {
		nsa_rib_begin(owner->table);
		forget_noted(owner->table, family);
		r = nsa_rtnl_each_route(owner->snapshot->rtnl, family, on_route, owner);
	}
	if (r == -EAFNOSUPPORT) /* no IPv6 here */
		r = 0;
	if (!r)
		r = nsa_rib_end(owner->table, family);
	return r < 0 || owner->table->default_mtu == default_mtu ?
		       r :
		       nsa_table_touch_all(owner->table);
}

/* With policy rules everything but what is local is for the kernel's own lookup; to forward by path
 * MTUs, all IPv4. */
static int read_settings(struct nsa_owner *owner)
{
	const struct nsa_snapshot_settings *now = &owner->snapshot->settings, before = *now;
	int r = nsa_snapshot_read_settings(owner->snapshot);

	if (r < 0 ||
	    (now->policy_rules == before.policy_rules && now->tunnel_rules == before.tunnel_rules &&
	     now->use_pmtu == before.use_pmtu && now->all_redirects4 == before.all_redirects4))
		return r;
	owner->dirty |= NSA_DIRTY_ROUTES4 | NSA_DIRTY_ROUTES6; /* for the least MTU */
	return nsa_table_touch_all(owner->table);
}

static int touch_defaults(struct nsa_owner *owner)
{
	static const __u8 any[NSACCEL_ADDR_LEN];
	static const __u8 families[] = { AF_INET, AF_INET6 };
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(families); i++) {
		struct nsaccel_prefix prefix = nsa_prefix(families[i], any, 0);
		struct nsa_node *node = nsa_table_node(owner->table, &prefix);

		r = node ? nsa_table_touch(owner->table, node) : -ENOMEM;
	}
	return r;
}

int nsa_owner_write_record(struct nsa_owner *owner)
{
	const struct nsa_maps *maps = owner->mirror->session->maps;
	struct nsaccel_owner now;
	int r;

	if (owner->mirror->changes.dry)
		return 0;
	r = nsa_maps_owner_get(maps, owner->slot, &now);
	if (!r && now.cookie == owner->cookie) {
		owner->record.policy = now.policy;
		owner->record.policy_generation = now.policy_generation;
	}
	if (!r)
		r = nsa_maps_owner_put(maps, owner->slot, &owner->record);
	return r < 0 ? nsa_err(r, "write map owners: %s", strerror(-r)) : 0;
}

int nsa_owner_set_firewall(struct nsa_owner *owner, enum nsaccel_firewall firewall)
{
	owner->record.firewall = firewall;
	owner->dirty |= NSA_DIRTY_FIREWALL;
	return nsa_owner_write_record(owner);
}

int nsa_owner_set_snapshot(struct nsa_owner *owner, bool snapshot)
{
	if (owner->record.snapshot == snapshot)
		return 0;
	owner->record.snapshot = snapshot;
	return nsa_owner_write_record(owner);
}

/* Nobody but who read it before can say that it changed. */
static int note_ruleset(struct nsa_owner *owner, const struct nsa_firewall *firewall)
{
	int r;

	if (firewall->fingerprint == owner->ruleset || owner->mirror->changes.dry)
		return 0;
	owner->record.ruleset++;
	nsa_change(&owner->mirror->changes, "ruleset", owner->cookie, "firewall", firewall->what,
		   "flows have to be admitted anew");
	r = nsa_owner_write_record(owner);
	if (!r) /* else it's news the next time, too */
		owner->ruleset = firewall->fingerprint;
	return r;
}

/* Attempts to read rules that don't change meanwhile. */
#define JUDGE_TRIES 20

/* The rules, and what programs see while those are in force. If they don't come to rest, programs see
 * another state than that, and leave all packets to the kernel. */
static int judge(const struct nsa_owner *owner, struct nsa_firewall *firewall,
		 struct nsaccel_netfilter *seen)
{
	struct nsaccel_netfilter after;
	int r, tries = JUDGE_TRIES;

	do {
		nsa_dataplane_netfilter(owner->ns, seen);
		r = nsa_firewall_detect(owner->ns, firewall);
		nsa_dataplane_netfilter(owner->ns, &after);
	} while (!r && memcmp(seen, &after, sizeof(after)) != 0 && --tries);
	return r;
}

/* Only once the gates are set: from then on programs trust them. */
static int note_judged(struct nsa_owner *owner, const struct nsaccel_netfilter *seen)
{
	struct nsaccel_netfilter *judged = &owner->record.judged;

	if (!memcmp(judged, seen, sizeof(*judged)))
		return 0;
	if (owner->mirror->changes.dry) {
		if (judged->known)
			nsa_change(&owner->mirror->changes, "ruleset", owner->cookie, "firewall",
				   "netfilter", "changed since its rules were read");
		return 0;
	}
	*judged = *seen;
	return nsa_owner_write_record(owner);
}

static int read_firewall(struct nsa_owner *owner)
{
	struct nsa_plan_gates gates = {
		.bypass = owner->record.firewall == NSACCEL_FIREWALL_BYPASS,
	};
	struct nsaccel_netfilter seen;
	struct nsa_firewall firewall = {};
	int r;

	r = judge(owner, &firewall, &seen);
	if (r < 0)
		return r;
	if (gates.bypass)
		seen = (struct nsaccel_netfilter){};
	gates.routed = firewall.routed && !gates.bypass;
	gates.bridged = firewall.bridged && !gates.bypass;
	gates.every_packet = firewall.every_packet && !gates.bypass;
	gates.validates = firewall.validates;
	if (memcmp(&gates, &owner->gates, sizeof(gates)) != 0)
		owner->dirty |= NSA_DIRTY_PORTS;
	owner->gates = gates;
	owner->hooks = firewall.hooks;
	r = note_ruleset(owner, &firewall);
	if (!owner->mirror->changes.dry)
		nsa_owner_tighten(owner);
	return r < 0 ? r : note_judged(owner, &seen);
}

struct part {
	unsigned int dirty, follows;
	int (*read)(struct nsa_owner *owner);
};

/* The dump may be ahead of the messages, from which reconcile/notify.c tells that routes went with a link: what
 * they say is no news then. */
static bool is_link_lost(struct nsa_owner *owner, const struct nsa_link *before)
{
	const struct nsa_link *now = nsa_snapshot_link(owner->snapshot, before->ifindex);

	return !now || (nsa_snapshot_moves_routes(before, now) &&
			!nsa_owner_carrier_waits(owner, before, now));
}

static void note_mac(struct nsa_owner *owner, const struct nsa_link *before)
{
	const struct nsa_link *now = nsa_snapshot_link(owner->snapshot, before->ifindex);

	if (now && memcmp(now->mac, before->mac, sizeof(now->mac)) != 0)
		owner->snapshot->devices[now - owner->snapshot->links].new_mac = true;
}

/* By another gateway, then, or not any more. */
static bool is_redirection_news(const struct nsa_link *before, const struct nsa_link *now)
{
	return now && (now->forwarding4 != before->forwarding4 ||
		       now->accept_redirects4 != before->accept_redirects4 ||
		       now->takes_redirects6 != before->takes_redirects6);
}

static int read_links(struct nsa_owner *owner)
{
	__cleanup(nsa_freep) struct nsa_link *before = NULL;
	size_t count = owner->snapshot->link_count;
	int r;

	before = calloc(count + 1, sizeof(*before));
	if (!before)
		return -ENOMEM;
	if (count)
		memcpy(before, owner->snapshot->links, count * sizeof(*before));
	r = nsa_snapshot_read_links(owner->snapshot);
	for (size_t i = 0; !r && i < count; i++) {
		if (is_link_lost(owner, &before[i]))
			owner->dirty |= NSA_DIRTY_ROUTES4 | NSA_DIRTY_ROUTES6;
		note_mac(owner, &before[i]);
		if (is_redirection_news(&before[i],
					nsa_snapshot_link(owner->snapshot, before[i].ifindex)))
			r = nsa_table_touch_all(owner->table);
	}
	return r < 0 ? r : nsa_owner_drop_replaced(owner);
}

static int read_addrs(struct nsa_owner *owner)
{
	return nsa_snapshot_read_addrs(owner->snapshot);
}

static int read_neighs(struct nsa_owner *owner)
{
	return nsa_snapshot_read_neighs(owner->snapshot);
}

static int read_fdb(struct nsa_owner *owner)
{
	int r = nsa_snapshot_read_fdb(owner->snapshot,
				      NSACCEL_MAX_FDB); /* so many have room in the map */

	if (r > 0 && r & NSA_FDB_OWN)
		owner->dirty |= NSA_DIRTY_PORTS;
	return r < 0 ? r : 0;
}

static int read_routes4(struct nsa_owner *owner)
{
	return read_routes(owner, AF_INET);
}

static int read_routes6(struct nsa_owner *owner)
{
	return read_routes(owner, AF_INET6);
}

static int read_exceptions(struct nsa_owner *owner)
{
	__cleanup(nsa_freep) struct nsa_krt *before = NULL;
	__u64 spent = nsa_clock_spent();
	struct nsa_plan plan;
	size_t count = 0;
	int r = nsa_snapshot_read_exceptions(owner->snapshot, &before, &count);

	spent = nsa_clock_spent() - spent;
	owner->next_exceptions = nsa_clock() + spent * EXCEPTIONS_COST;
	if (r < 0)
		return r;
	nsa_owner_plan(owner, &plan);
	return nsa_plan_exceptions(&plan, before, count);
}

/* The firewall first: what it forbids from now on must not wait for the rest. */
static const struct part parts[] = {
	{ NSA_DIRTY_FIREWALL, 0, read_firewall },
	{ NSA_DIRTY_LINKS, NSA_DIRTY_PORTS | NSA_DIRTY_HOSTS | NSA_DIRTY_HOPS, read_links },
	{ NSA_DIRTY_ADDRS, NSA_DIRTY_PORTS, read_addrs },
	{ NSA_DIRTY_NEIGHS, NSA_DIRTY_PORTS | NSA_DIRTY_HOSTS | NSA_DIRTY_HOPS, read_neighs },
	{ NSA_DIRTY_FDB, NSA_DIRTY_HOPS | NSA_DIRTY_STEER, read_fdb },
	{ NSA_DIRTY_SETTINGS, NSA_DIRTY_PORTS | NSA_DIRTY_HOSTS | NSA_DIRTY_HOPS, read_settings },
	{ NSA_DIRTY_ROUTES4, NSA_DIRTY_PORTS, read_routes4 },
	{ NSA_DIRTY_ROUTES6, NSA_DIRTY_PORTS, read_routes6 },
	{ NSA_DIRTY_EXCEPTIONS, 0, read_exceptions },
};

static int read_dirty(struct nsa_owner *owner)
{
	int r = nsa_snapshot_open(owner->snapshot);

	for (size_t i = 0; !r && i < sizeof(parts) / sizeof(*parts); i++) {
		if (!(owner->dirty & parts[i].dirty))
			continue;
		r = parts[i].read(owner);
		if (!r)
			owner->dirty = (owner->dirty & ~parts[i].dirty) | parts[i].follows;
	}
	if (!r)
		r = touch_defaults(owner);
	return r < 0 ? nsa_err(r, "read namespace %s: %s", owner->ns->name, strerror(-r)) : 0;
}

/* A dump of many links takes a while: then they are looked at less often, so that looking takes half a
 * thousandth of the time. */
static unsigned int look_at_devices(struct nsa_owner *owner)
{
	__u64 spent = nsa_clock_spent();
	bool changed;

	if (nsa_clock() < owner->next_look)
		return 0;
	changed = nsa_snapshot_devices_changed(owner->snapshot);
	nsa_snapshot_close(owner->snapshot);
	spent = nsa_clock_spent() - spent;
	owner->next_look = nsa_clock() + spent * LOOK_COST;
	return changed ? NSA_DIRTY_LINKS | NSA_DIRTY_PORTS : 0;
}

static unsigned int look_at_exceptions(const struct nsa_owner *owner)
{
	return nsa_clock() >= owner->next_exceptions &&
			       nsa_snapshot_exceptions_changed(owner->snapshot) ?
		       NSA_DIRTY_EXCEPTIONS :
		       0;
}

unsigned int nsa_owner_look(struct nsa_owner *owner)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(owner->ns);

	if (token < 0)
		return 0;
	return look_at_devices(owner) | look_at_exceptions(owner) |
	       (nsa_snapshot_sysctls_changed(owner->snapshot) ? NSA_DIRTY_SETTINGS : 0) |
	       (nsa_owner_flows_are_news(owner) ? NSA_DIRTY_QUOTAS : 0);
}

/* Settling */

static bool is_any_requested(const struct nsa_owner *owner)
{
	for (size_t i = 0; i < owner->ports.count; i++)
		if (owner->ports.entries[i].port.requested)
			return true;
	return owner->absent.count;
}

static int settle_devices(struct nsa_owner *owner)
{
	if (owner->dirty & (NSA_DIRTY_PORTS | NSA_DIRTY_HOOKS))
		return nsa_owner_settle_ports(owner);
	return owner->dirty & NSA_DIRTY_STEER ? nsa_owner_settle_fdb(owner) :
						nsa_owner_settle_learnt(owner);
}

/* Once more, for the endpoints whose addresses the new neighbours confirm. The daemon needs no second
 * pass: it is notified of neighbours. */
static int settle_answers(struct nsa_owner *owner)
{
	bool again;
	int r = nsa_owner_settle_ports(owner);

	return r < 0 ? r : nsa_owner_settle_routes(owner, &again);
}

static int settle(struct nsa_owner *owner)
{
	bool answered = false;
	int r, devices, drop = 0;

	r = nsa_mirror_collect(owner->mirror); /* what a killed run left takes no room */
	if (!r)
		r = read_dirty(owner);
	if (r < 0)
		return r;
	devices = settle_devices(owner);
	/* A command is undone; but for a daemon next hops have to follow, whatever else fails. */
	if (devices < 0 && owner->waits)
		return devices;
	if (!devices && owner->dirty & NSA_DIRTY_PORTS && !is_any_requested(owner))
		return -ENODEV;
	r = nsa_owner_settle_routes(owner, &answered);
	if (!r)
		nsa_neighbours_introduce(owner);
	if (!r && owner->dirty & NSA_DIRTY_PORTS)
		drop = nsa_owner_drop_ports(owner); /* no route names them any more */
	if (!r && answered && owner->waits)
		r = settle_answers(owner);
	if (!r)
		r = nsa_owner_tell_quotas(owner);
	return devices ? devices : r ? r : drop;
}

int nsa_owner_find(struct nsa_owner *owner)
{
	owner->ns = nsa_netns_find(owner->mirror->session->list, owner->cookie);
	owner->snapshot->owner = owner->ns;
	return owner->ns ? 0 : -ENOENT;
}

int nsa_owner_settle(struct nsa_owner *owner)
{
	__cleanup(nsa_netns_leavep) int token = -1;
	bool answered;
	int r;

	r = nsa_owner_find(owner);
	if (r < 0)
		return r;
	if (!owner->dirty) { /* routes alone, which are known: what comes most often */
		r = nsa_owner_settle_learnt(owner);
		if (!r)
			r = nsa_owner_settle_routes(owner, &answered);
		if (!r)
			owner->stirred = false;
		if (!r && owner->refusals != nsa_hops_refusals(owner->mirror->hops))
			r = nsa_owner_tell_quotas(owner);
		nsa_snapshot_close(owner->snapshot);
		return r;
	}
	token = nsa_netns_enter(owner->ns);
	if (token < 0)
		return nsa_err(token, "enter namespace %s: %s", owner->ns->name, strerror(-token));
	r = settle(owner);
	nsa_snapshot_close(owner->snapshot);
	if (r)
		return r;
	owner->dirty = 0;
	owner->stirred = false;
	nsa_snapshot_calm(owner->snapshot);
	return 0;
}

/* Removing */

/* Routes of other namespaces that were resolved here. */
static int drop_statics(struct nsa_mirror *mirror, __u32 owner_slot, struct nsa_table *table)
{
	bool found = false;
	int r = 0;

	for (size_t i = 0; i < table->bucket_count; i++)
		for (struct nsa_node *node = table->buckets[i]; !r && node; node = node->next) {
			if (!node->fixed ||
			    nsa_hop(mirror->hops, node->fixed)->key.owner_slot != owner_slot)
				continue;
			found = true;
			nsa_table_fix(table, node, 0);
			nsa_table_want(table, node, 0, NSACCEL_ORIGIN_NONE);
			r = nsa_table_touch(table, node);
		}
	if (r < 0)
		return nsa_err(r, "drop routes of namespace %llu: %s", table->cookie, strerror(-r));
	return found ? nsa_mirror_commit(mirror, table) : 0;
}

static int drop_routes(struct nsa_mirror *mirror, __u64 cookie)
{
	struct nsaccel_netns ns;
	int r = nsa_maps_netns_get(mirror->session->maps, cookie, &ns);

	if (r < 0)
		return r == -ENOENT ? 0 : nsa_err(r, "read map netns: %s", strerror(-r));
	r = nsa_maps_table_drop(mirror->session->maps, cookie, ns.slot);
	if (r < 0)
		return nsa_err(r, "drop table of namespace %llu: %s", cookie, strerror(-r));
	nsa_mirror_forget(mirror, cookie);
	for (size_t i = 0; !r && i < mirror->table_count; i++)
		r = drop_statics(mirror, ns.slot, mirror->tables[i]);
	if (!r)
		r = nsa_policy_remove(mirror->session->maps, ns.slot);
	if (!r)
		r = nsa_maps_owner_put(mirror->session->maps, ns.slot, &(struct nsaccel_owner){});
	return r;
}

/* Of its endpoints and routes nothing is said: they go with it. */
static void tell_removal(struct nsa_mirror *mirror, __u64 cookie, const struct nsa_ports *ports)
{
	struct nsaccel_netns entry = {};

	nsa_maps_netns_get(mirror->session->maps, cookie, &entry);
	nsa_change(&mirror->changes, "owner-del", cookie, "netns", entry.name,
		   "no attached device of it is left");
	for (size_t i = 0; i < ports->count; i++)
		nsa_change(&mirror->changes, "port-del", cookie, "dev", ports->entries[i].port.name,
			   "%s", "");
}

int nsa_owner_unhook(const struct nsa_session *session, __u64 cookie)
{
	const struct nsa_netns *ns = nsa_netns_find(session->list, cookie);
	__cleanup(nsa_netns_leavep) int token = ns ? nsa_netns_enter(ns) : -1;
	__cleanup(nsa_ports_free) struct nsa_ports ports = {};
	int r;

	if (!ns)
		return 0;
	if (token < 0)
		return nsa_err(token, "enter namespace %s: %s", ns->name, strerror(-token));
	r = nsa_owner_ports(session, cookie, &ports);
	for (size_t i = 0; !r && i < ports.count; i++) {
		const struct nsaccel_port *port = &ports.entries[i].port;

		/* Who shares a NIC must not talk to the owner: its hook goes with its device. */
		if (port->share_nic)
			continue;
		r = nsa_port_unhook(&ports.entries[i]);
		if (r == -ENODEV)
			r = 0;
		if (r < 0)
			nsa_err(r, "detach from %s: %s", port->name, strerror(-r));
	}
	return r;
}

/* Its macvlans have gone with their lowers' hooks. */
static void forget_macvlans(const struct nsa_session *session, const struct nsa_netns *ns,
			    const struct nsa_ports *ports)
{
	__cleanup(nsa_freep) struct nsa_endpoint_entry *all = NULL;
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;
	size_t count = 0, own = 0;

	if (!ports->count || nsa_maps_endpoints(session->maps, &all, &count))
		return;
	for (size_t i = 0; i < count; i++)
		if (all[i].key.owner_slot == ports->entries[0].key.owner_slot)
			all[own++] = all[i];
	if (own && !nsa_rtnl_open(&rtnl, ns))
		nsa_neighbours_forget(rtnl, ports, all, own, NULL);
}

int nsa_owner_remove(struct nsa_mirror *mirror, __u64 cookie)
{
	const struct nsa_session *session = mirror->session;
	const struct nsa_netns *ns = nsa_netns_find(session->list, cookie);
	__cleanup(nsa_ports_free) struct nsa_ports ports = {}, absent = {};
	int r;

	r = nsa_owner_ports(session, cookie, &ports);
	if (!r)
		r = nsa_owner_absent(session, cookie, &absent);
	if (!r)
		tell_removal(mirror, cookie, &ports);
	if (r < 0 || mirror->changes.dry)
		return r;
	/* The devices while there are hooks: they must not talk to the owner. */
	if (ports.count)
		r = nsa_owner_remove_shares(session, ports.entries[0].key.owner_slot, cookie);
	if (!r && ns)
		nsa_neighbours_release(ns, 0);
	/* Hooks first: without them no packet needs the rest. */
	for (size_t i = 0; !r && i < ports.count; i++)
		r = nsa_port_down(session, ns, &ports.entries[i]);
	for (size_t i = 0; !r && i < absent.count; i++)
		r = nsa_port_down(session, NULL, &absent.entries[i]);
	if (!r && ns)
		forget_macvlans(session, ns, &ports);
	if (!r)
		r = drop_routes(mirror, cookie);
	return r < 0 ? r : nsa_collect(mirror);
}
