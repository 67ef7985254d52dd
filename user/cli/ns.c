// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "cli/commands.h"
#include "cli/show.h"
#include "util/cleanup.h"
#include "util/log.h"

struct state {
	struct nsa_netns_entry *namespaces;
	struct nsa_endpoint_entry *endpoints;
	struct nsa_port_entry *ports;
	size_t netns_count, endpoint_count, port_count;
};

static void state_free(struct state *state)
{
	free(state->namespaces);
	free(state->endpoints);
	free(state->ports);
}

static int read_state(const struct nsa_maps *maps, struct state *state)
{
	int r;

	r = nsa_maps_netns(maps, &state->namespaces, &state->netns_count);
	if (!r)
		r = nsa_maps_endpoints(maps, &state->endpoints, &state->endpoint_count);
	if (!r)
		r = nsa_maps_ports(maps, &state->ports, &state->port_count);
	return r < 0 ? nsa_err(r, "read maps: %s", strerror(-r)) : 0;
}

static const char *const guards[] = { "pass", "off", "drop" };
static const char *const misses[] = { "pass", "drop" };
static const char *const verdicts[] = { "allow", "deny" };

/* The list that its sources are pinned to. */
static json_t *describe_sources(const struct nsa_maps *maps, __u32 slot)
{
	__cleanup(nsa_freep) struct nsa_source_entry *all = NULL;
	json_t *out = json_array();
	size_t count = 0;

	if (nsa_maps_sources(maps, &all, &count))
		return out;
	for (size_t i = 0; i < count; i++) {
		struct nsaccel_prefix prefix = {
			.prefixlen = all[i].key.prefixlen - NSACCEL_SOURCE_STATIC_BITS +
				     NSACCEL_PREFIX_FAMILY_BITS,
			.family = all[i].key.family,
		};

		if (all[i].key.slot != slot || all[i].source != NSACCEL_SOURCE_PINNED)
			continue;
		memcpy(prefix.addr, all[i].key.addr, sizeof(prefix.addr));
		json_array_append_new(out, nsa_json_prefix(&prefix));
	}
	return out;
}

static void describe_isolation(const struct nsa_maps *maps, const struct nsa_netns_entry *ns,
			       json_t *entry)
{
	struct nsaccel_isolation isolation = {};

	nsa_maps_isolation_get(maps, ns->ns.slot, ns->cookie, &isolation);
	json_object_set_new(entry, "isolated", json_boolean(isolation.isolated));
	json_object_set_new(entry, "guard", json_string(NSA_NAME(guards, isolation.guard)));
	json_object_set_new(entry, "on_miss", json_string(NSA_NAME(misses, isolation.on_miss)));
	json_object_set_new(entry, "policy", json_string(NSA_NAME(verdicts, isolation.policy)));
	json_object_set_new(entry, "limited", json_boolean(isolation.limited));
	if (isolation.pinned)
		json_object_set_new(entry, "sources", describe_sources(maps, ns->ns.slot));
}

static json_t *describe(const struct nsa_session *session, const struct state *state,
			const struct nsa_netns_entry *ns)
{
	__cleanup(nsa_freep) struct nsa_route_entry *routes = NULL;
	json_t *entry = nsa_show_netns(session, ns->cookie);
	size_t route_count = 0, endpoints = 0;
	char text[NSA_OVER_TEXT];
	bool owner = false;

	nsa_maps_routes(session->maps, ns->cookie, &routes, &route_count);
	for (size_t i = 0; i < state->endpoint_count; i++)
		endpoints += state->endpoints[i].ep.netns_cookie == ns->cookie &&
			     state->endpoints[i].ep.kind != NSACCEL_KIND_NONE;
	for (size_t i = 0; i < state->port_count; i++)
		owner |= state->ports[i].port.owner_cookie == ns->cookie;
	json_object_set_new(entry, "slot", json_integer(ns->ns.slot));
	json_object_set_new(entry, "owner", json_boolean(owner));
	json_object_set_new(entry, "endpoints", json_integer((json_int_t)endpoints));
	json_object_set_new(entry, "routes", json_integer((json_int_t)route_count));
	describe_isolation(session->maps, ns, entry);
	if (ns->ns.quota)
		json_object_set_new(entry, "quota", json_integer(ns->ns.quota));
	if (ns->ns.over)
		json_object_set_new(entry, "over", json_string(nsa_over_text(ns->ns.over, text)));
	return entry;
}

static int collect(const struct nsa_session *session, const struct nsa_netns *only, json_t *out)
{
	__cleanup(state_free) struct state state = {};
	int r;

	r = read_state(session->maps, &state);
	for (size_t i = 0; !r && i < state.netns_count; i++)
		if (!only || only->cookie == state.namespaces[i].cookie)
			json_array_append_new(out, describe(session, &state, &state.namespaces[i]));
	return r;
}

static void print_text(const struct nsa_cli *cli, const json_t *entries)
{
	static const char *const header[] = { "NETNS",	"COOKIE",   "SLOT",  "ROLE",	"ENDPOINTS",
					      "ROUTES", "ISOLATED", "GUARD", "ON-MISS", "POLICY" };
	json_t *rows = json_array(), *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
		json_array_append_new(
			rows,
			json_pack("[s, s, o, s, o, o, s, s, s, s]", nsa_text(entry, "netns"),
				  nsa_text(entry, "cookie"),
				  json_sprintf("%lld",
					       json_integer_value(json_object_get(entry, "slot"))),
				  json_is_true(json_object_get(entry, "owner")) ? "owner" :
										  "endpoint",
				  json_sprintf("%lld", json_integer_value(json_object_get(
							       entry, "endpoints"))),
				  json_sprintf("%lld", json_integer_value(
							       json_object_get(entry, "routes"))),
				  json_is_true(json_object_get(entry, "isolated")) ? "yes" : "no",
				  nsa_text(entry, "guard"), nsa_text(entry, "on_miss"),
				  nsa_text(entry, "policy")));
	nsa_print_table(cli, header, 10, rows);
	json_decref(rows);
}

int cmd_ns(const struct nsa_cli *cli)
{
	static const struct nsa_show show = { collect, print_text };

	if (cli->count > 1 && !strcmp(cli->words[1], "set"))
		return cmd_ns_set(cli);
	if (cli->isolated || cli->guard || cli->on_miss || cli->sources || cli->policy ||
	    cli->quota)
		return nsa_usage("ns: such options go with set");
	return nsa_show_only(cli, &show);
}
