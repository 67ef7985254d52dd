// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "maps/ports.h"
#include "ops/query_session.h"

struct nsa_nexthop_info nsa_nexthop_info_read(const struct nsa_session *session,
					      const struct nsaccel_nexthop *nh)
{
	struct nsa_nexthop_info info = { .nh = *nh };
	__u32 ifindex = nh->ifindex ? nh->ifindex : nh->l3_ifindex;
	struct nsaccel_port port;

	if (ifindex && !nsa_maps_port_get(session->maps, nh->owner_slot, ifindex, &port))
		memcpy(info.dev, port.name, sizeof(info.dev));
	info.to = nsa_netns_ref(session, nh->dst_cookie);
	return info;
}
