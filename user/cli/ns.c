// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "cli/commands.h"
#include "cli/show.h"
#include "ops/query_netns.h"

static const char *const guards[] = { "pass", "off", "drop" };
static const char *const misses[] = { "pass", "drop" };

static json_t *describe_sources(const struct nsa_netns_info *info)
{
	json_t *out = json_array();

	for (size_t i = 0; i < info->source_count; i++)
		json_array_append_new(out, nsa_json_prefix(&info->sources[i]));
	return out;
}

static void describe_isolation(const struct nsa_netns_info *info, json_t *entry)
{
	const struct nsaccel_isolation *isolation = &info->isolation;

	json_object_set_new(entry, "isolated", json_boolean(isolation->isolated));
	json_object_set_new(entry, "guard", json_string(NSA_NAME(guards, isolation->guard)));
	json_object_set_new(entry, "on_miss", json_string(NSA_NAME(misses, isolation->on_miss)));
	json_object_set_new(entry, "policy", json_string(nsa_verdict_name(isolation->policy)));
	json_object_set_new(entry, "limited", json_boolean(isolation->limited));
	if (isolation->pinned)
		json_object_set_new(entry, "sources", describe_sources(info));
}

static json_t *describe(const struct nsa_netns_info *info)
{
	json_t *entry = nsa_show_netns(&info->netns);
	char text[NSA_OVER_TEXT];

	json_object_set_new(entry, "slot", json_integer(info->record.slot));
	json_object_set_new(entry, "owner", json_boolean(info->owner));
	json_object_set_new(entry, "endpoints", json_integer((json_int_t)info->endpoints));
	json_object_set_new(entry, "routes", json_integer((json_int_t)info->routes));
	describe_isolation(info, entry);
	if (info->record.quota)
		json_object_set_new(entry, "quota", json_integer(info->record.quota));
	if (info->record.over_quota)
		json_object_set_new(entry, "over_quota",
				    json_string(nsa_over_text(info->record.over_quota, text)));
	return entry;
}

static int collect(const struct nsa_query *query, json_t *out)
{
	struct nsa_netns_info *all;
	size_t count;
	int r = nsa_query_netns(query, &all, &count);

	for (size_t i = 0; !r && i < count; i++)
		json_array_append_new(out, describe(&all[i]));
	nsa_netns_infos_free(all, count);
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
				  nsa_text(entry, "cookie"), nsa_show_number(entry, "slot"),
				  json_is_true(json_object_get(entry, "owner")) ? "owner" :
										  "endpoint",
				  nsa_show_number(entry, "endpoints"),
				  nsa_show_number(entry, "routes"),
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
	if (nsa_options_any(cli, "ns set"))
		return nsa_usage("ns: such options go with set");
	return nsa_show_only(cli, &show);
}
