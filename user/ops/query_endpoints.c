// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/endpoints.h"
#include "maps/ports.h"
#include "ops/query_endpoints.h"
#include "ops/query_session.h"
#include "util/cleanup.h"
#include "util/log.h"

static int collect(const struct nsa_session *session, const struct nsa_netns *only,
		   struct nsa_endpoint_info **out, size_t *count)
{
	__cleanup(nsa_freep) struct nsa_endpoint_entry *endpoints = NULL;
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	size_t endpoint_count = 0, port_count = 0;
	int r;

	r = nsa_maps_endpoints(session->maps, &endpoints, &endpoint_count);
	if (!r)
		r = nsa_maps_ports(session->maps, &ports, &port_count);
	if (r < 0)
		return r;
	*out = calloc(endpoint_count + 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (size_t i = 0; i < endpoint_count; i++) {
		const struct nsaccel_endpoint_key *key = &endpoints[i].key;
		const struct nsa_port_entry *port =
			nsa_port_entry_find(ports, port_count, key->owner_slot, key->ifindex);
		struct nsa_endpoint_info *info = &(*out)[*count];

		if (!port || endpoints[i].ep.kind == NSACCEL_KIND_NONE ||
		    !(nsa_query_wants(only, endpoints[i].ep.netns_cookie) ||
		      nsa_query_wants(only, port->port.owner_cookie)))
			continue;
		info->netns = nsa_netns_ref(session, endpoints[i].ep.netns_cookie);
		info->owner = nsa_netns_ref(session, port->port.owner_cookie);
		info->ep = endpoints[i].ep;
		info->ep.key = *key;
		info->port = port->port;
		(*count)++;
	}
	return 0;
}

int nsa_query_endpoints(const struct nsa_query *query, struct nsa_endpoint_info **out,
			size_t *count)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	const struct nsa_netns *only;
	int r;

	*out = NULL;
	*count = 0;
	r = nsa_query_open(query, &session, &only);
	if (r < 0 || !session.maps)
		return r;
	r = collect(&session, only, out, count);
	return r < 0 ? nsa_err(r, "read maps: %s", strerror(-r)) : 0;
}
