// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/endpoints.h"
#include "maps/isolation.h"
#include "maps/netns.h"
#include "maps/ports.h"
#include "maps/routes.h"
#include "maps/sources.h"
#include "model/sources.h"
#include "ops/query_netns.h"
#include "ops/query_session.h"
#include "util/cleanup.h"
#include "util/log.h"

/* All that namespaces are described from. */
struct records {
	struct nsa_netns_entry *namespaces;
	struct nsa_endpoint_entry *endpoints;
	struct nsa_port_entry *ports;
	size_t netns_count, endpoint_count, port_count;
};

static void records_free(struct records *records)
{
	free(records->namespaces);
	free(records->endpoints);
	free(records->ports);
}

static int read_records(const struct nsa_maps *maps, struct records *out)
{
	int r = nsa_maps_netns(maps, &out->namespaces, &out->netns_count);

	if (!r)
		r = nsa_maps_endpoints(maps, &out->endpoints, &out->endpoint_count);
	if (!r)
		r = nsa_maps_ports(maps, &out->ports, &out->port_count);
	return r;
}

/* Without any if they can't be read. */
static int add_sources(const struct nsa_maps *maps, struct nsa_netns_info *out)
{
	__cleanup(nsa_freep) struct nsa_source_entry *all = NULL;
	size_t count = 0;

	if (nsa_maps_sources(maps, &all, &count))
		return 0;
	out->sources = calloc(count + 1, sizeof(*out->sources));
	if (!out->sources)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (all[i].key.slot == out->record.slot && all[i].source == NSACCEL_SOURCE_PINNED)
			out->sources[out->source_count++] = nsa_source_prefix(&all[i].key);
	return 0;
}

static int describe(const struct nsa_session *session, const struct records *records,
		    const struct nsa_netns_entry *ns, struct nsa_netns_info *out)
{
	__cleanup(nsa_freep) struct nsa_route_entry *routes = NULL;

	out->netns = nsa_netns_ref(session, ns->cookie);
	out->record = ns->ns;
	nsa_maps_isolation_get(session->maps, ns->ns.slot, ns->cookie, &out->isolation);
	nsa_maps_routes(ns->cookie, &routes, &out->routes);
	for (size_t i = 0; i < records->endpoint_count; i++)
		out->endpoints += records->endpoints[i].ep.netns_cookie == ns->cookie &&
				  records->endpoints[i].ep.kind != NSACCEL_KIND_NONE;
	for (size_t i = 0; i < records->port_count; i++)
		out->owner |= records->ports[i].port.owner_cookie == ns->cookie;
	return out->isolation.pinned ? add_sources(session->maps, out) : 0;
}

static int collect(const struct nsa_session *session, const struct nsa_netns *only,
		   struct nsa_netns_info **out, size_t *count)
{
	__cleanup(records_free) struct records records = {};
	int r = read_records(session->maps, &records);

	if (r < 0)
		return r;
	*out = calloc(records.netns_count + 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (size_t i = 0; !r && i < records.netns_count; i++)
		if (nsa_query_wants(only, records.namespaces[i].cookie))
			r = describe(session, &records, &records.namespaces[i],
				     &(*out)[(*count)++]);
	return r;
}

int nsa_query_netns(const struct nsa_query *query, struct nsa_netns_info **out, size_t *count)
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

void nsa_netns_infos_free(struct nsa_netns_info *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(all[i].sources);
	free(all);
}
