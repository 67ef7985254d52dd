// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "cli/commands.h"
#include "cli/show.h"
#include "util/cleanup.h"
#include "util/log.h"

static const struct nsaccel_port *find_port(const struct nsa_port_entry *ports, size_t count,
					    const struct nsaccel_endpoint_key *key)
{
	for (size_t i = 0; i < count; i++)
		if (ports[i].key.owner_slot == key->owner_slot &&
		    ports[i].key.ifindex == key->ifindex)
			return &ports[i].port;
	return NULL;
}

static json_t *describe(const struct nsa_session *session, const struct nsa_endpoint_entry *ep,
			const struct nsaccel_port *port)
{
	json_t *entry = nsa_show_netns(session, ep->ep.netns_cookie);

	json_object_set_new(entry, "dev", nsa_json_text(ep->ep.name));
	json_object_set_new(entry, "ifindex", json_integer(ep->ep.ifindex));
	json_object_set_new(entry, "kind", json_string(nsa_kind_name(ep->ep.kind)));
	json_object_set_new(entry, "mac", nsa_json_mac(ep->key.mac));
	json_object_set_new(entry, "owner", nsa_show_netns(session, port->owner_cookie));
	json_object_set_new(entry, "port", nsa_json_text(port->name));
	json_object_set_new(entry, "delivery",
			    json_string(port->delivery == NSACCEL_DELIVERY_XDP ? "xdp" : "tc"));
	json_object_set_new(entry, "confined", json_string(nsa_bound_name(ep->ep.bound)));
	return entry;
}

static int collect(const struct nsa_session *session, const struct nsa_netns *only, json_t *out)
{
	__cleanup(nsa_freep) struct nsa_endpoint_entry *endpoints = NULL;
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	size_t endpoint_count = 0, port_count = 0;
	int r;

	r = nsa_maps_endpoints(session->maps, &endpoints, &endpoint_count);
	if (!r)
		r = nsa_maps_ports(session->maps, &ports, &port_count);
	if (r < 0)
		return nsa_err(r, "read maps: %s", strerror(-r));
	for (size_t i = 0; i < endpoint_count; i++) {
		const struct nsaccel_port *port = find_port(ports, port_count, &endpoints[i].key);

		if (port && endpoints[i].ep.kind != NSACCEL_KIND_NONE &&
		    (!only || only->cookie == endpoints[i].ep.netns_cookie ||
		     only->cookie == port->owner_cookie))
			json_array_append_new(out, describe(session, &endpoints[i], port));
	}
	return 0;
}

static void print_text(const struct nsa_cli *cli, const json_t *entries)
{
	static const char *const header[] = { "NETNS", "DEV",  "KIND",	   "MAC",
					      "OWNER", "PORT", "DELIVERY", "CONFINED" };
	json_t *rows = json_array(), *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
		json_array_append_new(
			rows, json_pack("[s, s, s, s, s, s, s, s]", nsa_text(entry, "netns"),
					nsa_text(entry, "dev"), nsa_text(entry, "kind"),
					nsa_text(entry, "mac"),
					nsa_text(json_object_get(entry, "owner"), "netns"),
					nsa_text(entry, "port"), nsa_text(entry, "delivery"),
					nsa_text(entry, "confined")));
	nsa_print_table(cli, header, 8, rows);
	json_decref(rows);
}

int cmd_endpoint(const struct nsa_cli *cli)
{
	static const struct nsa_show show = { collect, print_text };

	if (cli->count > 1 && !strcmp(cli->words[1], "set"))
		return cmd_endpoint_set(cli);
	if (cli->delivery)
		return nsa_usage("--delivery goes with endpoint set");
	return nsa_show_only(cli, &show);
}
