// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/show.h"
#include "ops/status.h"
#include "util/cleanup.h"
#include "util/log.h"

static void add_counters(const struct nsa_session *session, __u64 cookie, enum nsaccel_hook hook,
			 const struct nsaccel_stats *stats, json_t *out)
{
	struct nsaccel_counter counters[NSACCEL_REASON_COUNT];

	memcpy(counters, stats, sizeof(counters));
	for (int reason = 0; reason < NSACCEL_REASON_COUNT; reason++) {
		json_t *entry;

		if (!counters[reason].packets)
			continue;
		entry = nsa_show_netns(session, cookie);
		json_object_set_new(entry, "hook", json_string(nsa_hook_name(hook)));
		json_object_set_new(entry, "reason", json_string(nsa_reason_field(reason)));
		json_object_set_new(entry, "packets",
				    json_integer((json_int_t)counters[reason].packets));
		json_object_set_new(entry, "bytes",
				    json_integer((json_int_t)counters[reason].bytes));
		json_object_set_new(entry, "text", json_string(nsa_reason_text(reason)));
		json_array_append_new(out, entry);
	}
}

static int collect(const struct nsa_session *session, const struct nsa_netns *only, json_t *out)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *namespaces = NULL;
	struct nsaccel_stats stats;
	size_t count = 0;
	int r;

	r = nsa_maps_netns(session->maps, &namespaces, &count);
	for (size_t i = 0; !r && i < count; i++) {
		if (only && only->cookie != namespaces[i].cookie)
			continue;
		for (int hook = 0; !r && hook < NSACCEL_HOOK_COUNT; hook++) {
			r = nsa_maps_stats(session->maps, namespaces[i].cookie, hook, &stats);
			if (r == -ENOENT) { /* forgotten meanwhile */
				r = 0;
				break;
			}
			if (!r)
				add_counters(session, namespaces[i].cookie, hook, &stats, out);
		}
	}
	return r < 0 ? nsa_err(r, "read statistics: %s", strerror(-r)) : 0;
}

static void print_text(const struct nsa_cli *cli, const json_t *entries)
{
	static const char *const header[] = {
		"FROM", "HOOK", "PACKETS", "BYTES", "WHAT", "MEANING"
	};
	json_t *rows = json_array(), *entry;
	size_t i;

	json_array_foreach(entries, i, entry) {
		json_array_append_new(
			rows,
			json_pack("[s, s, o, o, s, s]", nsa_text(entry, "netns"),
				  nsa_text(entry, "hook"),
				  json_sprintf("%lld", json_integer_value(
							       json_object_get(entry, "packets"))),
				  json_sprintf("%lld",
					       json_integer_value(json_object_get(entry, "bytes"))),
				  nsa_text(entry, "reason"), nsa_text(entry, "text")));
	}
	nsa_print_table(cli, header, 6, rows);
	json_decref(rows);
}

/* By port */

static const struct nsa_link_stats *find_stats(const struct nsa_link_stats *all, size_t count,
					       __u32 ifindex)
{
	for (size_t i = 0; i < count; i++)
		if (all[i].ifindex == (int)ifindex)
			return &all[i];
	return NULL;
}

/* device NULL: it is gone, and its counters with it. */
static json_t *describe_port(const struct nsa_session *session, const struct nsa_port_entry *entry,
			     const struct nsa_link_stats *device,
			     const struct nsaccel_counter *delivered)
{
	const struct nsa_link_stats none = {}, *own = device ? device : &none;
	json_t *out = nsa_show_netns(session, entry->port.owner_cookie);

	json_object_set_new(out, "dev", nsa_json_text(entry->port.name));
	json_object_set_new(out, "ifindex", json_integer(entry->key.ifindex));
	json_object_set_new(out, "kind", json_string(nsa_kind_name(entry->port.kind)));
	json_object_set_new(out, "rx_packets", json_integer((json_int_t)own->rx_packets));
	json_object_set_new(out, "rx_bytes", json_integer((json_int_t)own->rx_bytes));
	json_object_set_new(out, "tx_packets",
			    json_integer((json_int_t)(own->tx_packets + delivered->packets)));
	json_object_set_new(out, "tx_bytes",
			    json_integer((json_int_t)(own->tx_bytes + delivered->bytes)));
	json_object_set_new(out, "delivered_packets", json_integer((json_int_t)delivered->packets));
	json_object_set_new(out, "delivered_bytes", json_integer((json_int_t)delivered->bytes));
	return out;
}

static bool concerns(const struct nsaccel_port *port, const struct nsa_netns *only)
{
	return !only || only->cookie == port->owner_cookie || only->cookie == port->endpoint_cookie;
}

static int collect_ports(const struct nsa_session *session, const struct nsa_netns *only,
			 json_t *out)
{
	__cleanup(nsa_freep) struct nsa_link_stats *devices = NULL;
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	size_t count = 0, device_count = 0;
	struct nsaccel_counter delivered;
	__u64 owner = 0;
	int r;

	r = nsa_maps_ports(session->maps, &ports, &count);
	for (size_t i = 0; !r && i < count; i++) {
		const struct nsa_port_entry *entry = &ports[i];

		if (!concerns(&entry->port, only))
			continue;
		if (entry->port.owner_cookie != owner) {
			free(TAKE_PTR(devices));
			owner = entry->port.owner_cookie;
			nsa_status_counters(session, owner, &devices, &device_count);
		}
		r = nsa_maps_delivered(session->maps, &entry->key, &delivered);
		if (!r)
			json_array_append_new(out, describe_port(session, entry,
								 find_stats(devices, device_count,
									    entry->key.ifindex),
								 &delivered));
	}
	return r < 0 ? nsa_err(r, "read counters of ports: %s", strerror(-r)) : 0;
}

static json_t *number(const json_t *entry, const char *key)
{
	return json_sprintf("%lld", json_integer_value(json_object_get(entry, key)));
}

static void print_ports(const struct nsa_cli *cli, const json_t *entries)
{
	static const char *const header[] = { "NETNS",	  "DEV",
					      "KIND",	  "RX PACKETS",
					      "RX BYTES", "TX PACKETS",
					      "TX BYTES", "OF THEM DELIVERED" };
	json_t *rows = json_array(), *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
		json_array_append_new(
			rows, json_pack("[s, s, s, o, o, o, o, o]", nsa_text(entry, "netns"),
					nsa_text(entry, "dev"), nsa_text(entry, "kind"),
					number(entry, "rx_packets"), number(entry, "rx_bytes"),
					number(entry, "tx_packets"), number(entry, "tx_bytes"),
					number(entry, "delivered_packets")));
	nsa_print_table(cli, header, 8, rows);
	json_decref(rows);
}

int cmd_stats(const struct nsa_cli *cli)
{
	static const struct nsa_show by_reason = { collect, print_text };
	static const struct nsa_show by_port = { collect_ports, print_ports };

	if (cli->count == 2 && !strcmp(cli->words[1], "port"))
		return nsa_show(cli, &by_port);
	return nsa_show_only(cli, &by_reason);
}
