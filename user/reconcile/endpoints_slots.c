// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/netns.h"
#include "model/device_kind.h"
#include "reconcile/endpoints_slots.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/sort.h"

bool nsa_endpoints_is_beyond_wire(const struct nsa_owner *owner,
				  const struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_port_entry *port = nsa_ports_find(&owner->ports, ep->port);
	bool requested = port && port->port.requested;

	return nsa_kind(ep->kind)->owns_port ? requested : !requested;
}

int nsa_endpoints_read_known(struct nsa_state *state, struct nsa_netns_entry **known, size_t *count)
{
	int r = nsa_maps_netns(state->session->maps, known, count);

	if (r < 0)
		return nsa_err(r, "read map netns: %s", strerror(-r));
	SORT(*known, *count, nsa_netns_entry_by_cookie);
	return 0;
}

/* Namespaces of endpoints that are not registered, without duplicates. Returns their number. */
static size_t find_unregistered(const struct nsa_owner *owner, const struct nsa_netns_entry *known,
				size_t count, struct nsa_netns_entry *fresh)
{
	size_t n = 0, once = 0;

	for (size_t i = 0; i < owner->snapshot->endpoint_count; i++) {
		const struct nsa_snapshot_endpoint *ep = &owner->snapshot->endpoints[i];

		if (ep->unread || ep->beyond_quota || nsa_endpoints_is_beyond_wire(owner, ep) ||
		    nsa_netns_entry_find(known, count, ep->cookie))
			continue;
		fresh[n].cookie = ep->cookie;
		memcpy(fresh[n++].ns.name, ep->netns, sizeof(fresh->ns.name));
	}
	SORT(fresh, n, nsa_netns_entry_by_cookie);
	for (size_t i = 0; i < n; i++)
		if (!i || fresh[i].cookie != fresh[i - 1].cookie)
			fresh[once++] = fresh[i];
	return once;
}

bool nsa_endpoints_register_all(struct nsa_state *state, const struct nsa_owner *owner,
				const struct nsa_netns_entry *known, size_t count)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *fresh =
		calloc(owner->snapshot->endpoint_count + 1, sizeof(*fresh));
	size_t n = fresh && !state->diff.dry ? find_unregistered(owner, known, count, fresh) : 0;

	return n > 1 && !nsa_maps_netns_register_all(state->session->maps, fresh, n);
}

int nsa_endpoints_register(struct nsa_state *state, const struct nsa_netns_entry *known,
			   struct nsa_snapshot_endpoint *ep)
{
	int r;

	if (known)
		ep->slot = known->ns.slot;
	if (state->diff.dry || (known && !strcmp(known->ns.name, ep->netns)))
		return 0;
	r = nsa_maps_netns_register(state->session->maps, ep->cookie, ep->netns, &ep->slot);
	return r < 0 ? nsa_err(r, "register namespace %s: %s", ep->netns,
			       nsa_maps_strerror(r, NSA_MAP_NETNS)) :
		       0;
}
