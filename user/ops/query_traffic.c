// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/netns_list.h"
#include "kernel/rtnl.h"
#include "kernel/rtnl_link.h"
#include "maps/delivered.h"
#include "maps/ports.h"
#include "ops/query_session.h"
#include "ops/query_traffic.h"
#include "util/cleanup.h"
#include "util/log.h"

/* The kernel's counters of one owner's devices. */
struct devices {
	__u64 owner;
	struct nsa_link_stats *stats;
	size_t count;
};

static void devices_free(struct devices *devices)
{
	free(devices->stats);
}

/* None if the owner can't be reached. */
static void read_devices(const struct nsa_session *session, __u64 owner, struct devices *out)
{
	const struct nsa_netns *ns = nsa_netns_find(session->list, owner);
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;

	free(out->stats);
	*out = (struct devices){ .owner = owner };
	if (ns && !nsa_rtnl_open(&rtnl, ns))
		nsa_rtnl_stats(rtnl, &out->stats, &out->count);
}

/* A device that is gone has taken its counters along. */
static void fill_counters(const struct devices *devices, struct nsa_traffic_info *out)
{
	struct nsa_link_stats own = {};

	for (size_t i = 0; i < devices->count; i++)
		if (devices->stats[i].ifindex == (int)out->ifindex)
			own = devices->stats[i];
	out->rx = (struct nsaccel_counter){ own.rx_packets, own.rx_bytes };
	out->tx = (struct nsaccel_counter){ own.tx_packets + out->delivered.packets,
					    own.tx_bytes + out->delivered.bytes };
}

static int collect(const struct nsa_session *session, const struct nsa_netns *only,
		   struct nsa_traffic_info **out, size_t *count)
{
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	__cleanup(devices_free) struct devices devices = {};
	size_t port_count = 0;
	int r = nsa_maps_ports(session->maps, &ports, &port_count);

	if (r < 0)
		return r;
	*out = calloc(port_count + 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (size_t i = 0; !r && i < port_count; i++) {
		const struct nsaccel_port *port = &ports[i].port;
		struct nsa_traffic_info *info = &(*out)[*count];

		if (!nsa_query_wants(only, port->owner_cookie) &&
		    !nsa_query_wants(only, port->endpoint_cookie))
			continue;
		if (devices.owner != port->owner_cookie)
			read_devices(session, port->owner_cookie, &devices);
		info->owner = nsa_netns_ref(session, port->owner_cookie);
		info->ifindex = ports[i].key.ifindex;
		info->port = *port;
		r = nsa_maps_delivered(session->maps, &ports[i].key, &info->delivered);
		fill_counters(&devices, info);
		(*count)++;
	}
	return r;
}

int nsa_query_traffic(const struct nsa_query *query, struct nsa_traffic_info **out, size_t *count)
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
	return r < 0 ? nsa_err(r, "read counters of ports: %s", strerror(-r)) : 0;
}
