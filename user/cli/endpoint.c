// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "cli/commands.h"
#include "cli/show.h"
#include "ops/delivery.h"
#include "ops/query_endpoints.h"
#include "util/cleanup.h"

static json_t *describe(const struct nsa_endpoint_info *info)
{
	json_t *entry = nsa_show_netns(&info->netns);

	json_object_set_new(entry, "dev", nsa_json_text(info->ep.name));
	json_object_set_new(entry, "ifindex", json_integer(info->ep.ifindex));
	json_object_set_new(entry, "kind", json_string(nsa_kind_name(info->ep.kind)));
	json_object_set_new(entry, "mac", nsa_json_mac(info->ep.key.mac));
	json_object_set_new(entry, "owner", nsa_show_netns(&info->owner));
	json_object_set_new(entry, "port", nsa_json_text(info->port.name));
	json_object_set_new(entry, "delivery", json_string(nsa_delivery_name(info->port.delivery)));
	json_object_set_new(entry, "confined", json_string(nsa_bound_name(info->ep.bound)));
	return entry;
}

static int collect(const struct nsa_query *query, json_t *out)
{
	__cleanup(nsa_freep) struct nsa_endpoint_info *all = NULL;
	size_t count;
	int r = nsa_query_endpoints(query, &all, &count);

	for (size_t i = 0; !r && i < count; i++)
		json_array_append_new(out, describe(&all[i]));
	return r;
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

static int set(const struct nsa_cli *cli)
{
	int delivery;

	if (cli->count != 3 || !cli->delivery)
		return nsa_usage("endpoint set wants one device and --delivery");
	delivery = nsa_option_choice("delivery", cli->delivery);
	return delivery < 0 ? NSA_EXIT_USAGE :
			      nsa_delivery_set(cli->bpffs, cli->netns, cli->words[2],
					       (enum nsaccel_delivery)delivery);
}

int cmd_endpoint(const struct nsa_cli *cli)
{
	static const struct nsa_show show = { collect, print_text };

	if (cli->count > 1 && !strcmp(cli->words[1], "set"))
		return set(cli);
	if (cli->delivery)
		return nsa_usage("--delivery goes with endpoint set");
	return nsa_show_only(cli, &show);
}
