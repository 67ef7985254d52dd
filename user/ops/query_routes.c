// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/netns.h"
#include "maps/nexthops.h"
#include "maps/routes.h"
#include "ops/query_routes.h"
#include "ops/query_session.h"
#include "util/cleanup.h"
#include "util/log.h"

static int read_table(const struct nsa_session *session, __u64 cookie, struct nsa_table_info *out)
{
	__cleanup(nsa_freep) struct nsa_route_entry *routes = NULL;
	struct nsaccel_nexthop nh;
	size_t count = 0;
	int r = nsa_maps_routes(cookie, &routes, &count);

	if (r < 0)
		return r;
	out->netns = nsa_netns_ref(session, cookie);
	out->routes = calloc(count + 1, sizeof(*out->routes));
	if (!out->routes)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		r = nsa_maps_nexthop_get(session->maps, routes[i].route.nexthop, &nh);
		if (r < 0)
			return r;
		out->routes[out->count++] = (struct nsa_route_info){
			.prefix = routes[i].prefix,
			.origin = routes[i].route.origin,
			.nexthop = nsa_nexthop_info_read(session, &nh),
		};
	}
	return 0;
}

int nsa_query_routes(const struct nsa_query *query, struct nsa_table_info **out, size_t *count)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_freep) struct nsa_netns_entry *namespaces = NULL;
	const struct nsa_netns *only;
	size_t netns_count = 0;
	int r;

	*out = NULL;
	*count = 0;
	r = nsa_query_open(query, &session, &only);
	if (r < 0 || !session.maps)
		return r;
	r = nsa_maps_netns(session.maps, &namespaces, &netns_count);
	if (r < 0)
		return nsa_err(r, "read map netns: %s", strerror(-r));
	*out = calloc(netns_count + 1, sizeof(**out));
	if (!*out)
		return nsa_err(-ENOMEM, "read routes: %s", strerror(ENOMEM));
	for (size_t i = 0; !r && i < netns_count; i++)
		if (nsa_query_wants(only, namespaces[i].cookie))
			r = read_table(&session, namespaces[i].cookie, &(*out)[(*count)++]);
	return r < 0 ? nsa_err(r, "read routes: %s", strerror(-r)) : 0;
}

void nsa_table_infos_free(struct nsa_table_info *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(all[i].routes);
	free(all);
}
