// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "maps/endpoints.h"
#include "maps/netns.h"
#include "maps/netns_name.h"
#include "maps/ports.h"
#include "model/bound_text.h"
#include "ops/port_notes.h"
#include "reconcile/lapsed.h"
#include "reconcile/requests.h"
#include "util/cleanup.h"
#include "util/log.h"

static void note_port(const struct nsa_session *session, const struct nsa_port_entry *entry,
		      struct nsa_notes *notes)
{
	char now[NSACCEL_NETNS_NAME], first[NSACCEL_NETNS_NAME] = "", text[NSA_BOUND_TEXT];
	const struct nsaccel_port *port = &entry->port;

	if (nsa_is_absent(entry)) {
		nsa_notes_add(notes,
			      "%s is attached, but isn't there: a device of that name will be "
			      "attached when it comes; nsaccel detach %s forgets it",
			      port->name, port->name);
		return;
	}
	nsa_netns_name(session, port->endpoint_cookie, now);
	if (port->bound_cookie)
		nsa_netns_name(session, port->bound_cookie, first);
	if (nsa_bound_port_text(port, now, first, text))
		nsa_notes_add(notes, "%s", text);
}

static void note_endpoint(const struct nsa_session *session, const struct nsaccel_endpoint *ep,
			  const char *port, struct nsa_notes *notes)
{
	char name[NSACCEL_NETNS_NAME], text[NSA_BOUND_TEXT], lapsed[NSA_LAPSED_TEXT];

	nsa_netns_name(session, ep->netns_cookie, name);
	if (nsa_bound_endpoint_text(ep, name, port, text))
		nsa_notes_add(notes, "%s", text);
	if (nsa_lapsed_text(session->maps, ep, NULL, lapsed))
		nsa_notes_add(notes, "%s", lapsed);
}

/* Namespaces that came since the last slot was given away have none, and so no port. */
static int note_slots(const struct nsa_session *session, struct nsa_notes *notes)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *all = NULL;
	size_t count = 0;
	int r = nsa_maps_netns(session->maps, &all, &count);

	if (r < 0)
		return nsa_err(r, "read map netns: %s", strerror(-r));
	if (count >= NSACCEL_MAX_NETNS - 1) /* slot 0 is nobody's */
		nsa_notes_add(notes, "no slot is left for another namespace: those without one "
				     "aren't accelerated, and closed where there are policies");
	return 0;
}

int nsa_port_notes(const struct nsa_session *session, __u64 owner_cookie, struct nsa_notes *notes)
{
	__cleanup(nsa_freep) struct nsa_endpoint_entry *endpoints = NULL;
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	size_t port_count = 0, endpoint_count = 0;
	int r;

	r = nsa_maps_ports(session->maps, &ports, &port_count);
	if (!r)
		r = nsa_maps_endpoints(session->maps, &endpoints, &endpoint_count);
	if (r < 0)
		return nsa_err(r, "read maps: %s", strerror(-r));
	r = note_slots(session, notes);
	for (size_t i = 0; i < port_count; i++)
		if (ports[i].port.owner_cookie == owner_cookie)
			note_port(session, &ports[i], notes);
	for (size_t i = 0; i < endpoint_count; i++) {
		const struct nsaccel_endpoint_key *key = &endpoints[i].key;
		const struct nsa_port_entry *port =
			nsa_port_entry_find(ports, port_count, key->owner_slot, key->ifindex);

		if (port && port->port.owner_cookie == owner_cookie)
			note_endpoint(session, &endpoints[i].ep, port->port.name, notes);
	}
	return r;
}
