// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/netns_list.h"
#include "maps/endpoints.h"
#include "maps/flows.h"
#include "maps/isolation.h"
#include "maps/netns.h"
#include "maps/owners.h"
#include "maps/ports.h"
#include "model/device_kind.h"
#include "model/sources.h"
#include "ops/netns_config.h"
#include "reconcile/endpoints_bind.h"
#include "reconcile/owner_open.h"
#include "reconcile/policy.h"
#include "reconcile/reconcile.h"
#include "reconcile/session_lock.h"
#include "reconcile/sources_commit.h"
#include "reconcile/state.h"
#include "util/cleanup.h"
#include "util/log.h"

/* The namespace that something is said of. */
struct subject {
	struct nsa_state *state;
	const struct nsa_netns *ns;
	struct nsa_netns unseen; /* what ns is where it can't be found from here */
	__u32 slot;
	struct nsaccel_isolation isolation;   /* as it stands */
	struct nsa_endpoint_entry *endpoints; /* all there are */
	struct nsa_port_entry *ports;	      /* likewise, by owner */
	size_t endpoint_count, port_count;
	bool is_owner;
	bool renews; /* its default is another from now on */
	bool undoes;
};

static void subject_free(struct subject *subject)
{
	free(subject->endpoints);
	free(subject->ports);
}

static int is_owner(const struct nsa_maps *maps, const struct subject *subject, bool *out)
{
	struct nsaccel_owner record;
	int r = nsa_maps_owner_get(maps, subject->slot, &record);

	*out = !r && record.cookie == subject->ns->cookie;
	return r;
}

/* Or a port that is held to what was said of it, whoever is there now. */
static bool has_endpoint(const struct subject *subject)
{
	for (size_t i = 0; i < subject->endpoint_count; i++)
		if (subject->endpoints[i].ep.netns_cookie == subject->ns->cookie)
			return true;
	for (size_t i = 0; i < subject->port_count; i++)
		if (subject->ports[i].port.bound_cookie == subject->ns->cookie)
			return true;
	return false;
}

/* What is said of who can't be met holds for nobody, and would be taken for protection. */
static int refuse_unreached(const struct nsa_netns *ns)
{
	return nsa_err(-EHOSTUNREACH,
		       "no port leads to namespace %s, so nothing that is said of it would hold: "
		       "nsaccel endpoint show lists whom ports lead to, nsaccel sync finds devices "
		       "that are new; what is beyond a wire can't be told apart",
		       ns->name);
}

/* Who is behind a port that is held to what was said of another has none of its own yet. */
static int find_slot(struct subject *subject)
{
	const struct nsa_maps *maps = subject->state->session->maps;
	const struct nsa_netns *ns = subject->ns;
	struct nsaccel_netns entry;
	int r = nsa_maps_netns_get(maps, ns->cookie, &entry);

	if (!r)
		subject->slot = entry.slot;
	if (r != -ENOENT)
		return r < 0 ? nsa_err(r, "read map netns: %s", strerror(-r)) : 0;
	if (!has_endpoint(subject))
		return refuse_unreached(ns);
	r = nsa_maps_netns_register(maps, ns->cookie, ns->name, &subject->slot);
	return r < 0 ? nsa_err(r, "register namespace %s: %s", ns->name,
			       nsa_maps_strerror(r, NSA_MAP_NETNS)) :
		       0;
}

static int find_subject(struct nsa_state *state, const struct nsa_netns *ns, struct subject *out)
{
	const struct nsa_maps *maps = state->session->maps;
	int r;

	out->state = state;
	out->ns = ns;
	r = nsa_maps_endpoints(maps, &out->endpoints, &out->endpoint_count);
	if (!r)
		r = nsa_maps_ports(maps, &out->ports, &out->port_count);
	if (r < 0)
		return nsa_err(r, "read maps: %s", strerror(-r));
	r = find_slot(out);
	if (r < 0)
		return r;
	r = nsa_maps_isolation_get(maps, out->slot, ns->cookie, &out->isolation);
	if (!r)
		r = is_owner(maps, out, &out->is_owner);
	if (r < 0)
		return nsa_err(r, "read maps: %s", strerror(-r));
	/* Who lost its device for now keeps what was said of it, and may hear otherwise. */
	return out->is_owner || out->isolation.cookie || has_endpoint(out) ? 0 :
									     refuse_unreached(ns);
}

static bool has_kind(const struct subject *subject, enum nsaccel_kind kind)
{
	for (size_t i = 0; i < subject->endpoint_count; i++)
		if (subject->endpoints[i].ep.netns_cookie == subject->ns->cookie &&
		    subject->endpoints[i].ep.kind == kind)
			return true;
	return false;
}

static int check(const struct subject *subject, const struct nsaccel_isolation *to)
{
	const char *name = subject->ns->name;

	if (subject->is_owner && (to->isolated || to->guard != NSACCEL_GUARD_PASS ||
				  to->on_miss != NSACCEL_ON_MISS_PASS || to->limited))
		return nsa_err(
			-EOPNOTSUPP,
			"namespace %s routes for others: only what is behind its devices can be "
			"isolated, guarded, closed or limited",
			name);
	if (to->isolated && has_kind(subject, NSACCEL_KIND_MACVLAN))
		return nsa_err(-EOPNOTSUPP,
			       "namespace %s has a macvlan, which shares its wire with others past "
			       "nsaccel: isolate what is behind a veth",
			       name);
	return 0;
}

/* What the default allowed before, it may not any more. */
static int renew(const struct subject *subject, const struct nsa_owner *owner)
{
	return subject->renews ? nsa_policy_renew(subject->state->session->maps, owner->slot) : 0;
}

/* Owners that it is an endpoint of do what follows from the record. */
static int settle_owner(const struct subject *subject, __u32 owner_slot)
{
	struct nsa_state *state = subject->state;
	const struct nsa_run run = { .state = state, .synchronous = true };
	struct nsaccel_owner record;
	const struct nsa_netns *ns;
	struct nsa_owner *owner;
	int r;

	r = nsa_maps_owner_get(state->session->maps, owner_slot, &record);
	if (r < 0)
		return nsa_err(r, "read map owners: %s", strerror(-r));
	ns = nsa_netns_find(state->session->list, record.cookie);
	if (!ns)
		return nsa_err(-ENOENT,
			       "the namespace that routes for %s can't be reached any more: no "
			       "process is in it, and no file leads to it",
			       subject->ns->name);
	r = nsa_owner_open(state, ns, &owner);
	if (r < 0)
		return r;
	owner->gc_needed = true; /* memories of connections, perhaps */
	owner->dirty |= NSA_DIRTY_PORTS;
	if (subject->undoes)
		nsa_endpoints_rebind(owner, subject->ports, subject->port_count);
	else
		nsa_endpoints_bind(owner, subject->ns->cookie);
	r = nsa_reconcile(&run, owner);
	if (!r && !subject->undoes && nsa_endpoints_lift(state, owner, subject->ns->cookie))
		r = nsa_reconcile(&run, owner);
	return r < 0 ? r : renew(subject, owner);
}

/* Is it an endpoint of the owner's, or are ports held to what is said of it, whoever is there? */
static bool concerns(const struct subject *subject, __u32 owner_slot)
{
	__u64 cookie = subject->ns->cookie;

	for (size_t i = 0; i < subject->endpoint_count; i++)
		if (subject->endpoints[i].key.owner_slot == owner_slot &&
		    subject->endpoints[i].ep.netns_cookie == cookie)
			return true;
	for (size_t i = 0; i < subject->port_count; i++)
		if (subject->ports[i].key.owner_slot == owner_slot &&
		    subject->ports[i].port.bound_cookie == cookie)
			return true;
	return subject->is_owner && subject->slot == owner_slot;
}

static int settle(const struct subject *subject)
{
	int r = 0;

	for (size_t i = 0; !r && i < subject->port_count; i++) {
		__u32 slot = subject->ports[i].key.owner_slot;

		if ((!i || slot != subject->ports[i - 1].key.owner_slot) && concerns(subject, slot))
			r = settle_owner(subject, slot);
	}
	return r;
}

/* With all defaults it is as if nothing had been said. */
static bool is_default(const struct nsaccel_isolation *isolation)
{
	const struct nsaccel_isolation none = { .cookie = isolation->cookie };

	return !memcmp(isolation, &none, sizeof(none));
}

static int put_record(const struct subject *subject, const struct nsaccel_isolation *isolation)
{
	const struct nsa_maps *maps = subject->state->session->maps;
	const struct nsaccel_isolation none = {};
	struct nsaccel_isolation before;
	int r = nsa_maps_isolation_get(maps, subject->slot, subject->ns->cookie, &before);

	if (!r)
		r = nsa_maps_isolation_change(maps, subject->slot, &before,
					      is_default(isolation) ? &none : isolation);
	return r < 0 ? nsa_err(r, "write map isolation: %s", strerror(-r)) : 0;
}

static void put_back(struct subject *subject)
{
	int r;

	subject->undoes = true;
	r = put_record(subject, &subject->isolation);

	if (!r)
		r = settle(subject);
	if (r < 0)
		nsa_log_err(
			"what was said of namespace %s couldn't be put back as it was: nsaccel ns "
			"show tells what stands, nsaccel sync what follows from it",
			subject->ns->name);
}

/* The record, then what follows from it; or neither. */
static int apply(struct subject *subject, const struct nsaccel_isolation *to)
{
	int r;

	r = put_record(subject, to);
	if (!r)
		r = settle(subject);
	if (r < 0)
		put_back(subject);
	return r;
}

/* Pinned sources */

static bool is_listed(const struct nsa_isolation_request *request,
		      const struct nsa_source_entry *entry)
{
	for (size_t i = 0; i < request->source_count; i++) {
		struct nsaccel_source_key key =
			nsa_source_key(entry->key.slot, &request->sources[i]);

		if (!memcmp(&key, &entry->key, sizeof(key)))
			return true;
	}
	return false;
}

static int list_sources(const struct subject *subject, const struct nsa_isolation_request *request)
{
	int r = 0;

	for (size_t i = 0; !r && i < request->source_count; i++) {
		struct nsa_source_entry entry = {
			.key = nsa_source_key(subject->slot, &request->sources[i]),
			.source = NSACCEL_SOURCE_PINNED,
		};

		r = nsa_sources_put(subject->state->session->maps, subject->state->sources, &entry);
	}
	return r;
}

/* Those that were pinned and aren't listed any more. */
static int unlist_sources(const struct subject *subject,
			  const struct nsa_isolation_request *request)
{
	const struct nsa_source_entry *all;
	size_t count, i = 0;
	int r = 0;

	all = nsa_sources_of(subject->state->sources, subject->slot, &count);
	while (!r && i < count) {
		struct nsaccel_source_key key = all[i].key;

		if (all[i].source != NSACCEL_SOURCE_PINNED || is_listed(request, &all[i])) {
			i++;
			continue;
		}
		r = nsa_sources_del(subject->state->session->maps, subject->state->sources, &key);
		all = nsa_sources_of(subject->state->sources, subject->slot, &count);
	}
	return r;
}

static int set_with_sources(struct subject *subject, const struct nsaccel_isolation *to,
			    const struct nsa_isolation_request *request)
{
	struct nsa_isolation_request before = {};
	__cleanup(nsa_freep) struct nsaccel_prefix *old = NULL;
	const struct nsa_source_entry *all;
	size_t count;
	int r;

	all = nsa_sources_of(subject->state->sources, subject->slot, &count);
	old = calloc(count + 1, sizeof(*old));
	if (!old)
		return nsa_err(-ENOMEM, "list sources: %s", strerror(ENOMEM));
	for (size_t i = 0; i < count; i++) {
		if (all[i].source != NSACCEL_SOURCE_PINNED)
			continue;
		old[before.source_count] = (struct nsaccel_prefix){
			.prefixlen = all[i].key.prefixlen - NSACCEL_SOURCE_STATIC_BITS +
				     NSACCEL_PREFIX_FAMILY_BITS,
			.family = all[i].key.family,
		};
		memcpy(old[before.source_count++].addr, all[i].key.addr, NSACCEL_ADDR_LEN);
	}
	before.sources = old;
	r = list_sources(subject, request);
	if (r < 0)
		nsa_err(r, "write map sources: %s", nsa_maps_strerror(r, NSA_MAP_SOURCES));
	if (!r)
		r = apply(subject, to);
	if (!r) {
		r = unlist_sources(subject, request);
		if (r < 0)
			nsa_err(r, "write map sources: %s", strerror(-r));
		else if (before.source_count) /* what isn't listed any more, others may claim */
			r = settle(subject);
	}
	if (r < 0) {
		list_sources(subject, &before);
		unlist_sources(subject, &before);
		put_back(subject); /* with it come those that weren't listed */
	}
	return r;
}

/* ns set */

static struct nsaccel_isolation merge(const struct subject *subject,
				      const struct nsa_isolation_request *request)
{
	struct nsaccel_isolation to = subject->isolation;

	to.cookie = subject->ns->cookie;
	if (request->set_isolated) {
		to.isolated = request->isolated;
		to.guard = request->isolated ? NSACCEL_GUARD_DROP : NSACCEL_GUARD_PASS;
		to.on_miss = request->isolated ? NSACCEL_ON_MISS_DROP : NSACCEL_ON_MISS_PASS;
	}
	if (request->set_guard)
		to.guard = request->guard;
	if (request->set_on_miss)
		to.on_miss = request->on_miss;
	if (request->set_policy)
		to.policy = request->policy;
	if (request->set_sources)
		to.pinned = request->source_count > 0;
	return to;
}

/* The owner's port of that name, an endpoint's. */
static int find_port(const struct nsa_session *session, const struct nsa_netns *owner,
		     const char *dev, struct nsaccel_port *out)
{
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	size_t count = 0;
	int r = nsa_maps_ports(session->maps, &ports, &count);

	if (r < 0)
		return nsa_err(r, "read map ports: %s", strerror(-r));
	for (size_t i = 0; i < count; i++) {
		*out = ports[i].port;
		if (out->owner_cookie != owner->cookie || strcmp(out->name, dev) != 0)
			continue;
		if (nsa_kind(out->kind)->owns_port)
			return 0;
		return nsa_err(-EINVAL, "%s leads to a wire, not to a namespace", dev);
	}
	return nsa_err(-ENOENT, "%s is no port of namespace %s; nsaccel status shows which are",
		       dev, owner->name);
}

/* Who is behind the owner's port, as far as is known, whether it can be found from here or not. */
static int find_behind(const struct nsa_session *session, const struct nsa_netns *owner,
		       const char *dev, struct subject *subject)
{
	struct nsaccel_port port;
	struct nsaccel_netns entry;
	__u64 cookie;
	int r = find_port(session, owner, dev, &port);

	if (r < 0)
		return r;
	cookie = port.endpoint_cookie ? port.endpoint_cookie : port.bound_cookie;
	subject->ns = nsa_netns_find(session->list, cookie);
	if (subject->ns)
		return 0;
	subject->unseen.cookie = cookie;
	if (!nsa_maps_netns_get(session->maps, cookie, &entry))
		memcpy(subject->unseen.name, entry.name, sizeof(entry.name));
	else
		snprintf(subject->unseen.name, sizeof(subject->unseen.name), "cookie %llu", cookie);
	subject->ns = &subject->unseen;
	return 0;
}

/* dev: as in struct nsa_isolation_request. */
static int open_subject(const char *bpffs, const char *netns, const char *dev,
			struct nsa_session *session, struct nsa_state **state,
			struct subject *subject)
{
	const struct nsa_netns *ns;
	int r;

	r = nsa_session_lock(bpffs, false, session);
	if (!r)
		r = nsa_session_netns(session, netns, &ns);
	if (r)
		return r;
	if (!session->maps)
		return nsa_err(-ENOENT,
			       "namespace %s: nothing is attached; nsaccel attach DEV comes first",
			       ns->name);
	if (dev) {
		r = find_behind(session, ns, dev, subject);
		if (r < 0)
			return r;
		ns = subject->ns;
	}
	r = nsa_state_change(session, state);
	return r < 0 ? r : find_subject(*state, ns, subject);
}

static int put_quota(const struct subject *subject, __u16 quota, __u16 *before)
{
	const struct nsa_maps *maps = subject->state->session->maps;
	struct nsaccel_netns ns;
	int r = nsa_maps_netns_get(maps, subject->ns->cookie, &ns);

	if (!r) {
		*before = ns.quota;
		ns.quota = quota;
		r = nsa_maps_netns_put(maps, subject->ns->cookie, &ns);
	}
	if (!r)
		nsa_maps_flow_quota(maps, ns.slot, quota);
	return r < 0 ? nsa_err(r, "write map netns: %s", strerror(-r)) : 0;
}

static int set_all(struct subject *subject, const struct nsaccel_isolation *to,
		   const struct nsa_isolation_request *request)
{
	__u16 before = 0, ignored;
	int r = request->set_quota ? put_quota(subject, request->quota, &before) : 0;

	if (r < 0)
		return r;
	r = request->set_sources ? set_with_sources(subject, to, request) : apply(subject, to);
	if (r < 0 && request->set_quota)
		put_quota(subject, before, &ignored);
	return r;
}

int nsa_isolation_set(const struct nsa_isolation_request *request)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_state_finishp) struct nsa_state *state = NULL;
	__cleanup(subject_free) struct subject subject = {};
	struct nsaccel_isolation to;
	int r;

	r = open_subject(request->bpffs, request->netns, request->dev, &session, &state, &subject);
	if (r)
		return r;
	to = merge(&subject, request);
	r = check(&subject, &to);
	if (r < 0)
		return r;
	subject.renews = to.policy != subject.isolation.policy;
	nsa_maps_lapsed_del(session.maps, subject.ns->name);
	return set_all(&subject, &to, request);
}

/* limit set */

/* Unless told otherwise, bursts of this many milliseconds, but not too few bytes or packets: the
 * kernel hands over 64 kB at a time. */
#define BURST_MS	25
#define BURST_BYTES_MIN 131072
#define BURST_MIN	64
#define DEPTH_MAX	(1ULL << 61) /* ns: times are compared by their difference */

static void set_rate(struct nsaccel_rate *rate, __u64 per_second, __u64 unit, __u64 burst,
		     __u64 least)
{
	unsigned __int128 depth;

	memset(rate, 0, sizeof(*rate));
	if (!per_second)
		return;
	if (!burst)
		burst = per_second / unit * BURST_MS / 1000;
	if (burst < least)
		burst = least;
	rate->per_second = per_second;
	rate->burst = burst;
	rate->cost = (__u64)((unsigned __int128)1000000000 * unit * (1 << NSACCEL_COST_SHIFT) /
			     per_second);
	depth = (unsigned __int128)burst * unit * 1000000000 / per_second;
	rate->depth = (__u64)(depth < DEPTH_MAX ? depth : DEPTH_MAX);
}

static void set_rates(const struct nsa_limit_request *request, struct nsaccel_rate *bits,
		      struct nsaccel_rate *packets)
{
	set_rate(bits, request->bits, 8, request->burst_bytes,
		 request->burst_bytes ? 1 : BURST_BYTES_MIN);
	set_rate(packets, request->packets, 1, request->burst_packets,
		 request->burst_packets ? 1 : BURST_MIN);
}

static bool is_limited(const struct nsaccel_limits *limits)
{
	for (int i = 0; i < NSACCEL_DIRECTION_COUNT; i++)
		if (limits->bits[i].per_second || limits->packets[i].per_second)
			return true;
	return false;
}

int nsa_limit_set(const struct nsa_limit_request *request)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_state_finishp) struct nsa_state *state = NULL;
	__cleanup(subject_free) struct subject subject = {};
	struct nsaccel_limits limits, before;
	struct nsaccel_isolation to;
	int r;

	r = open_subject(request->bpffs, request->netns, NULL, &session, &state, &subject);
	if (!r)
		r = nsa_maps_limits_get(session.maps, subject.slot, &before);
	if (r)
		return r;
	limits = before;
	for (int i = 0; i < NSACCEL_DIRECTION_COUNT; i++)
		if (request->both || i == (int)request->direction)
			set_rates(request, &limits.bits[i], &limits.packets[i]);
	to = subject.isolation;
	to.cookie = subject.ns->cookie;
	to.limited = is_limited(&limits);
	r = check(&subject, &to);
	if (r < 0)
		return r;
	r = nsa_maps_limits_put(session.maps, subject.slot, &limits);
	if (r < 0)
		return nsa_err(r, "write map limits: %s", strerror(-r));
	r = apply(&subject, &to);
	if (r < 0)
		nsa_maps_limits_put(session.maps, subject.slot, &before);
	return r;
}

int nsa_isolation_find_closed(const struct nsa_state *state, __u64 owner_cookie, __u64 *out)
{
	const struct nsa_maps *maps = state->session->maps;
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	size_t count = 0;
	int r = nsa_maps_ports(maps, &ports, &count);

	*out = 0;
	for (size_t i = 0; !r && !*out && i < count; i++) {
		const struct nsaccel_port *port = &ports[i].port;
		struct nsaccel_isolation isolation;

		if (!port->bound_cookie || (owner_cookie && port->owner_cookie != owner_cookie))
			continue;
		r = nsa_maps_isolation_get(maps, port->source_slot, port->bound_cookie, &isolation);
		if (!r && (isolation.on_miss == NSACCEL_ON_MISS_DROP || isolation.isolated))
			*out = port->bound_cookie;
	}
	return r < 0 ? nsa_err(r, "read map ports: %s", strerror(-r)) : 0;
}
