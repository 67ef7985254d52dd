// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/netns_list.h"
#include "maps/endpoints.h"
#include "maps/isolation.h"
#include "maps/netns.h"
#include "maps/netns_name.h"
#include "maps/owners.h"
#include "maps/ports.h"
#include "model/device_kind.h"
#include "ops/netns_subject.h"
#include "reconcile/session_lock.h"
#include "util/cleanup.h"
#include "util/log.h"

void nsa_netns_subject_close(struct nsa_netns_subject *subject)
{
	free(subject->endpoints);
	free(subject->ports);
	nsa_state_finishp(&subject->state);
	nsa_session_close(&subject->session);
}

static int is_owner(const struct nsa_maps *maps, const struct nsa_netns_subject *subject, bool *out)
{
	struct nsaccel_owner record;
	int r = nsa_maps_owner_get(maps, subject->slot, &record);

	*out = !r && record.cookie == subject->ns->cookie;
	return r;
}

/* Or a port that is held to its settings, whoever is there now. */
static bool has_endpoint(const struct nsa_netns_subject *subject)
{
	for (size_t i = 0; i < subject->endpoint_count; i++)
		if (subject->endpoints[i].ep.netns_cookie == subject->ns->cookie)
			return true;
	for (size_t i = 0; i < subject->port_count; i++)
		if (subject->ports[i].port.bound_cookie == subject->ns->cookie)
			return true;
	return false;
}

/* Settings of a namespace that no port leads to would hold nowhere, but be taken for protection. */
static int refuse_unreached(const struct nsa_netns *ns)
{
	return nsa_err(-EHOSTUNREACH,
		       "no port leads to namespace %s, so nothing that is said of it would hold: "
		       "nsaccel endpoint show lists whom ports lead to, nsaccel sync finds devices "
		       "that are new; what is beyond a wire can't be told apart",
		       ns->name);
}

/* A namespace behind a port that is held to another's settings has no slot of its own yet. */
static int find_slot(struct nsa_netns_subject *subject)
{
	const struct nsa_maps *maps = subject->session.maps;
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

static int read_records(struct nsa_netns_subject *subject)
{
	const struct nsa_maps *maps = subject->session.maps;
	int r;

	r = nsa_maps_endpoints(maps, &subject->endpoints, &subject->endpoint_count);
	if (!r)
		r = nsa_maps_ports(maps, &subject->ports, &subject->port_count);
	if (r < 0)
		return nsa_err(r, "read maps: %s", strerror(-r));
	r = find_slot(subject);
	if (r < 0)
		return r;
	r = nsa_maps_isolation_get(maps, subject->slot, subject->ns->cookie, &subject->isolation);
	if (!r)
		r = is_owner(maps, subject, &subject->is_owner);
	if (r < 0)
		return nsa_err(r, "read maps: %s", strerror(-r));
	/* One that lost its device for now keeps its settings, which may be changed. */
	return subject->is_owner || subject->isolation.cookie || has_endpoint(subject) ?
		       0 :
		       refuse_unreached(subject->ns);
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

/* Finds the namespace behind the owner's port, as far as is known, whether it can be reached or
 * not. */
static int find_behind(struct nsa_netns_subject *subject, const struct nsa_netns *owner,
		       const char *dev)
{
	struct nsaccel_port port;
	__u64 cookie;
	int r = find_port(&subject->session, owner, dev, &port);

	if (r < 0)
		return r;
	cookie = port.endpoint_cookie ? port.endpoint_cookie : port.bound_cookie;
	subject->ns = nsa_netns_find(subject->session.list, cookie);
	if (subject->ns)
		return 0;
	subject->unseen.cookie = cookie;
	nsa_netns_name(&subject->session, cookie, subject->unseen.name);
	subject->ns = &subject->unseen;
	return 0;
}

int nsa_netns_subject_open(const char *bpffs, const char *netns, const char *dev,
			   struct nsa_netns_subject *subject)
{
	int r = nsa_session_lock(bpffs, false, &subject->session);

	if (!r)
		r = nsa_session_netns(&subject->session, netns, &subject->ns);
	if (r)
		return r;
	if (!subject->session.maps)
		return nsa_err(-ENOENT,
			       "namespace %s: nothing is attached; nsaccel attach DEV comes first",
			       subject->ns->name);
	if (dev) {
		r = find_behind(subject, subject->ns, dev);
		if (r < 0)
			return r;
	}
	r = nsa_state_change(&subject->session, &subject->state);
	return r < 0 ? r : read_records(subject);
}

static bool has_kind(const struct nsa_netns_subject *subject, enum nsaccel_kind kind)
{
	for (size_t i = 0; i < subject->endpoint_count; i++)
		if (subject->endpoints[i].ep.netns_cookie == subject->ns->cookie &&
		    subject->endpoints[i].ep.kind == kind)
			return true;
	return false;
}

int nsa_netns_subject_check(const struct nsa_netns_subject *subject,
			    const struct nsaccel_isolation *to)
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
