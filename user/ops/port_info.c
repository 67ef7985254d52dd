// SPDX-License-Identifier: GPL-2.0-only
#include <net/if.h>
#include <string.h>

#include "dataplane/hook_tc.h"
#include "dataplane/hook_xdp.h"
#include "kernel/netns.h"
#include "kernel/netns_list.h"
#include "maps/endpoints.h"
#include "ops/query_session.h"
#include "reconcile/requests.h"
#include "util/cleanup.h"

static const char *tc_name(enum nsa_tc_kind tc)
{
	return tc == NSA_TC_TCX ? "tcx" : tc == NSA_TC_CLSACT ? "clsact" : "none";
}

static void ask_machine(const struct nsa_session *session, struct nsa_port_info *out)
{
	const struct nsa_netns *owner = nsa_netns_find(session->list, out->port.owner_cookie);
	__cleanup(nsa_netns_leavep) int token = owner ? nsa_netns_enter(owner) : -1;
	char name[IF_NAMESIZE], bridge[IF_NAMESIZE];

	if (token < 0)
		return;
	out->tc = tc_name(
		nsa_tc_query(out->port.owner_cookie, (int)out->ifindex, NSACCEL_HOOK_TC_INGRESS));
	if (!if_indextoname(out->ifindex, name))
		return;
	out->present = true;
	memcpy(out->name, name, sizeof(out->name));
	if (out->port.bridge && if_indextoname(out->port.bridge, bridge))
		memcpy(out->bridge, bridge, sizeof(out->bridge));
}

static void find_endpoint(const struct nsa_session *session, __u32 owner_slot,
			  struct nsa_port_info *out)
{
	struct nsaccel_endpoint_key key = { .owner_slot = owner_slot, .ifindex = out->ifindex };
	struct nsaccel_endpoint ep;

	if (!out->port.endpoint_cookie)
		return;
	out->endpoint = nsa_netns_ref(session, out->port.endpoint_cookie);
	memcpy(key.mac, out->port.endpoint_mac, sizeof(key.mac));
	if (!nsa_maps_endpoint_get(session->maps, &key, &ep))
		memcpy(out->endpoint_name, ep.name, sizeof(out->endpoint_name));
}

struct nsa_port_info nsa_port_info_read(const struct nsa_session *session,
					const struct nsa_port_entry *entry)
{
	struct nsa_port_info info = {
		.ifindex = entry->key.ifindex,
		.port = entry->port,
		.absent = nsa_is_absent(entry),
		.tc = tc_name(NSA_TC_NONE),
		.xdp_why = nsa_xdp_why(entry->port.xdp_why),
	};

	memcpy(info.name, entry->port.name, sizeof(info.name));
	if (info.absent)
		return info;
	ask_machine(session, &info);
	find_endpoint(session, entry->key.owner_slot, &info);
	if (info.port.bound)
		info.bound = nsa_netns_ref(session, info.port.bound_cookie);
	return info;
}
