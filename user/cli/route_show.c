// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "cli/commands.h"
#include "cli/route.h"
#include "cli/show.h"
#include "ops/query_routes.h"
#include "util/prefix.h"

/* A neighbour is its own gateway, which goes without saying. */
static bool has_gateway(const struct nsaccel_nexthop *nh, const struct nsaccel_prefix *dst)
{
	return nh->gateway_family && (nh->gateway_family != dst->family ||
				      nsa_prefix_len(dst) != nsa_addr_bits(dst->family) ||
				      memcmp(nh->gateway, dst->addr, sizeof(nh->gateway)) != 0);
}

void nsa_route_describe_nexthop(const struct nsa_nexthop_info *info,
				const struct nsaccel_prefix *dst, json_t *out)
{
	const struct nsaccel_nexthop *nh = &info->nh;

	json_object_set_new(out, "dev", *info->dev ? nsa_json_text(info->dev) : json_null());
	json_object_set_new(out, "to", info->to.cookie ? nsa_show_netns(&info->to) : json_null());
	if (has_gateway(nh, dst))
		json_object_set_new(out, "via", nsa_json_addr(nh->gateway_family, nh->gateway));
	if (nh->action < NSACCEL_ACTION_NIC)
		return;
	json_object_set_new(out, "src_mac", nsa_json_mac(nh->src_mac));
	json_object_set_new(out, "dst_mac", nsa_json_mac(nh->dst_mac));
	json_object_set_new(out, "mtu", json_integer(nh->mtu));
	json_object_set_new(out, "xdp", json_boolean(nh->tx_slot));
}

static json_t *describe(const struct nsa_netns_ref *netns, const struct nsa_route_info *info)
{
	const struct nsaccel_nexthop *nh = &info->nexthop.nh;
	json_t *entry = nsa_show_netns(netns);

	json_object_set_new(entry, "dst", nsa_json_prefix(&info->prefix));
	json_object_set_new(entry, "origin", json_string(nsa_origin_name(info->origin)));
	json_object_set_new(entry, "action", json_string(nsa_action_name(nh->action)));
	json_object_set_new(entry, "reason", json_string(nsa_reason_field(nh->reason)));
	nsa_route_describe_nexthop(&info->nexthop, &info->prefix, entry);
	return entry;
}

static int collect(const struct nsa_query *query, json_t *out)
{
	struct nsa_table_info *all;
	size_t count;
	int r = nsa_query_routes(query, &all, &count);

	for (size_t i = 0; !r && i < count; i++)
		for (size_t k = 0; k < all[i].count; k++)
			json_array_append_new(out, describe(&all[i].netns, &all[i].routes[k]));
	nsa_table_infos_free(all, count);
	return r;
}

static void print_routes(const struct nsa_cli *cli, const json_t *entries)
{
	static const char *const header[] = { "NETNS", "PREFIX", "ACTION", "DEV",
					      "VIA",   "TO",	 "ORIGIN", "REMARK" };
	json_t *rows = json_array(), *entry;
	size_t i;

	json_array_foreach(entries, i, entry) {
		const char *action = nsa_text(entry, "action");
		const char *reason = nsa_text(entry, "reason");

		json_array_append_new(
			rows, json_pack("[s, s, s, s, s, s, s, s]", nsa_text(entry, "netns"),
					nsa_text(entry, "dst"), action, nsa_text(entry, "dev"),
					nsa_text(entry, "via"),
					nsa_text(json_object_get(entry, "to"), "netns"),
					nsa_text(entry, "origin"),
					strncmp(reason, "fwd_", 4) ? reason : ""));
	}
	nsa_print_table(cli, header, 8, rows);
	json_decref(rows);
}

int cmd_route_show(const struct nsa_cli *cli)
{
	static const struct nsa_show show = { collect, print_routes };

	return nsa_show_only(cli, &show);
}
