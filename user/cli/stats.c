// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "cli/commands.h"
#include "cli/show.h"
#include "ops/query_stats.h"
#include "ops/query_traffic.h"
#include "util/cleanup.h"

static void add_counters(const struct nsa_stats_info *info, json_t *out)
{
	for (int reason = 0; reason < NSACCEL_REASON_COUNT; reason++) {
		const struct nsaccel_counter *counter = &info->counters[reason];
		json_t *entry;

		if (!counter->packets)
			continue;
		entry = nsa_show_netns(&info->netns);
		json_object_set_new(entry, "hook", json_string(nsa_hook_name(info->hook)));
		json_object_set_new(entry, "reason", json_string(nsa_reason_field(reason)));
		json_object_set_new(entry, "packets", json_integer((json_int_t)counter->packets));
		json_object_set_new(entry, "bytes", json_integer((json_int_t)counter->bytes));
		json_object_set_new(entry, "text", json_string(nsa_reason_text(reason)));
		json_array_append_new(out, entry);
	}
}

static int collect(const struct nsa_query *query, json_t *out)
{
	__cleanup(nsa_freep) struct nsa_stats_info *all = NULL;
	size_t count;
	int r = nsa_query_stats(query, &all, &count);

	for (size_t i = 0; !r && i < count; i++)
		add_counters(&all[i], out);
	return r;
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
			rows, json_pack("[s, s, o, o, s, s]", nsa_text(entry, "netns"),
					nsa_text(entry, "hook"), nsa_show_number(entry, "packets"),
					nsa_show_number(entry, "bytes"), nsa_text(entry, "reason"),
					nsa_text(entry, "text")));
	}
	nsa_print_table(cli, header, 6, rows);
	json_decref(rows);
}

/* By port */

static json_t *describe_port(const struct nsa_traffic_info *info)
{
	json_t *out = nsa_show_netns(&info->owner);

	json_object_set_new(out, "dev", nsa_json_text(info->port.name));
	json_object_set_new(out, "ifindex", json_integer(info->ifindex));
	json_object_set_new(out, "kind", json_string(nsa_kind_name(info->port.kind)));
	json_object_set_new(out, "rx_packets", json_integer((json_int_t)info->rx.packets));
	json_object_set_new(out, "rx_bytes", json_integer((json_int_t)info->rx.bytes));
	json_object_set_new(out, "tx_packets", json_integer((json_int_t)info->tx.packets));
	json_object_set_new(out, "tx_bytes", json_integer((json_int_t)info->tx.bytes));
	json_object_set_new(out, "delivered_packets",
			    json_integer((json_int_t)info->delivered.packets));
	json_object_set_new(out, "delivered_bytes",
			    json_integer((json_int_t)info->delivered.bytes));
	return out;
}

static int collect_ports(const struct nsa_query *query, json_t *out)
{
	__cleanup(nsa_freep) struct nsa_traffic_info *all = NULL;
	size_t count;
	int r = nsa_query_traffic(query, &all, &count);

	for (size_t i = 0; !r && i < count; i++)
		json_array_append_new(out, describe_port(&all[i]));
	return r;
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
					nsa_show_number(entry, "rx_packets"),
					nsa_show_number(entry, "rx_bytes"),
					nsa_show_number(entry, "tx_packets"),
					nsa_show_number(entry, "tx_bytes"),
					nsa_show_number(entry, "delivered_packets")));
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
