// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "reconcile/bound.h"
#include "reconcile/requests.h"
#include "util/cleanup.h"
#include "util/log.h"

const char *nsa_bound_name(enum nsaccel_bound bound)
{
	static const char *const names[] = {
		"none", "itself", "moved", "unseen", "closed", "wire"
	};

	return bound < sizeof(names) / sizeof(*names) ? names[bound] : "?";
}

/* Of a namespace that may be out of reach. */
static void name_of(const struct nsa_session *session, __u64 cookie, char name[NSACCEL_NETNS_NAME])
{
	const struct nsa_netns *ns = nsa_netns_find(session->list, cookie);
	struct nsaccel_netns entry;

	if (ns)
		snprintf(name, NSACCEL_NETNS_NAME, "%s", ns->name);
	else if (!nsa_maps_netns_get(session->maps, cookie, &entry))
		snprintf(name, NSACCEL_NETNS_NAME, "%s", entry.name);
	else
		snprintf(name, NSACCEL_NETNS_NAME, "cookie %llu", cookie);
}

/* Who hears of it. */
struct teller {
	const struct nsa_session *session;
	nsa_bound_note note;
	void *data;
};

__attribute__((format(printf, 2, 3))) static void tell(const struct teller *teller,
						       const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	teller->note(teller->data, text);
}

static void tell_closed(const struct teller *teller, const char *port, const char *now,
			const char *first)
{
	if (*first)
		tell(teller,
		     "%s is closed: it was namespace %s's, and leads to %s now, of which something "
		     "else was said; nsaccel ns set %s, with what it may do, opens it",
		     port, first, now, now);
	else
		tell(teller,
		     "%s is closed: there is no slot left for namespace %s, and there are policies",
		     port, now);
}

void nsa_bound_tell_port(const struct nsa_session *session, const struct nsaccel_port *port,
			 nsa_bound_note note, void *data)
{
	const struct teller teller = { session, note, data };
	char now[NSACCEL_NETNS_NAME], first[NSACCEL_NETNS_NAME] = "";

	name_of(session, port->endpoint_cookie, now);
	if (port->bound_cookie)
		name_of(session, port->bound_cookie, first);
	if (port->bound == NSACCEL_BOUND_MOVED)
		tell(&teller,
		     "%s leads to namespace %s, and is held to what was said of %s, whose it was; "
		     "nsaccel ns set %s, with what it may do, changes that",
		     port->name, now, first, now);
	else if (port->bound == NSACCEL_BOUND_UNSEEN)
		tell(&teller,
		     "who is behind %s can't be found or read; it is held to what was said of "
		     "namespace %s; nsaccel ns set dev %s changes that",
		     port->name, first, port->name);
	else if (port->bound == NSACCEL_BOUND_CLOSED)
		tell_closed(&teller, port->name, now, first);
}

void nsa_bound_tell_endpoint(const struct nsa_session *session, const struct nsaccel_endpoint *ep,
			     const char *port, nsa_bound_note note, void *data)
{
	const struct teller teller = { session, note, data };
	char name[NSACCEL_NETNS_NAME];

	if (ep->kind == NSACCEL_KIND_NONE && ep->bound >= NSACCEL_BOUND_CLOSED)
		tell(&teller,
		     "a macvlan on %s (%s in its namespace) has the MAC address of a neighbour "
		     "that was there before: it %s until it has another",
		     port, ep->name,
		     ep->bound == NSACCEL_BOUND_CLOSED ? "is closed" : "is left to the kernel");
	if (ep->kind != NSACCEL_KIND_MACVLAN || ep->bound != NSACCEL_BOUND_CLOSED)
		return;
	name_of(session, ep->netns_cookie, name);
	tell(&teller,
	     "a macvlan of namespace %s is closed: it is new on %s, where others are confined; "
	     "nsaccel ns set %s, with what it may do, opens it",
	     name, port, name);
}

/* A namespace that has the name of one that was confined, of which nothing was said. */
static void tell_lapsed(const struct teller *teller, const struct nsaccel_endpoint *ep)
{
	const struct nsa_maps *maps = teller->session->maps;
	struct nsaccel_isolation isolation = {};
	struct nsaccel_lapsed lapsed;
	char name[NSACCEL_NETNS_NAME];

	name_of(teller->session, ep->netns_cookie, name);
	if (nsa_maps_lapsed_get(maps, name, &lapsed) ||
	    nsa_maps_isolation_get(maps, ep->slot, ep->netns_cookie, &isolation) ||
	    isolation.cookie)
		return;
	tell(teller,
	     "namespace %s is another than the one of that name that was confined, which is gone: "
	     "nothing that was said holds for it; nsaccel ns set %s says it anew",
	     name, name);
}

static const struct nsa_port_entry *find_port(const struct nsa_port_entry *ports, size_t count,
					      const struct nsaccel_endpoint_key *key)
{
	for (size_t i = 0; i < count; i++)
		if (ports[i].key.owner_slot == key->owner_slot &&
		    ports[i].key.ifindex == key->ifindex)
			return &ports[i];
	return NULL;
}

static void tell_ports(const struct teller *teller, __u64 owner_cookie,
		       const struct nsa_port_entry *ports, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct nsaccel_port *port = &ports[i].port;

		if (port->owner_cookie != owner_cookie)
			continue;
		if (nsa_is_absent(&ports[i]))
			tell(teller,
			     "%s is attached, but isn't there: a device of that name will be "
			     "attached "
			     "when it comes; nsaccel detach %s forgets it",
			     port->name, port->name);
		else
			nsa_bound_tell_port(teller->session, port, teller->note, teller->data);
	}
}

/* Namespaces that came since have none, and so no port. */
static int tell_slots(const struct teller *teller)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *all = NULL;
	size_t count = 0;
	int r = nsa_maps_netns(teller->session->maps, &all, &count);

	if (r < 0)
		return nsa_err(r, "read map netns: %s", strerror(-r));
	if (count >= NSACCEL_MAX_NETNS - 1) /* slot 0 is nobody's */
		tell(teller, "no slot is left for another namespace: those without one aren't "
			     "accelerated, and closed where there are policies");
	return 0;
}

int nsa_bound_tell_all(const struct nsa_session *session, __u64 owner_cookie, nsa_bound_note note,
		       void *data)
{
	const struct teller teller = { session, note, data };
	__cleanup(nsa_freep) struct nsa_endpoint_entry *endpoints = NULL;
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	size_t port_count = 0, endpoint_count = 0;
	int r;

	r = nsa_maps_ports(session->maps, &ports, &port_count);
	if (!r)
		r = nsa_maps_endpoints(session->maps, &endpoints, &endpoint_count);
	if (r < 0)
		return nsa_err(r, "read maps: %s", strerror(-r));
	r = tell_slots(&teller);
	tell_ports(&teller, owner_cookie, ports, port_count);
	for (size_t i = 0; i < endpoint_count; i++) {
		const struct nsa_port_entry *port = find_port(ports, port_count, &endpoints[i].key);

		if (!port || port->port.owner_cookie != owner_cookie)
			continue;
		nsa_bound_tell_endpoint(session, &endpoints[i].ep, port->port.name, note, data);
		tell_lapsed(&teller, &endpoints[i].ep);
	}
	return r;
}
