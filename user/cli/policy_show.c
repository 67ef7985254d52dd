// SPDX-License-Identifier: GPL-2.0-only
#include "cli/commands.h"
#include "cli/show.h"
#include "model/policy_text.h"
#include "ops/query_policy.h"

/* A rule's end: a namespace, a prefix, or anybody. */
static json_t *describe_end(const struct nsa_netns_ref *netns, const struct nsaccel_prefix *prefix)
{
	if (netns->cookie)
		return nsa_show_netns(netns);
	return prefix->family ? json_pack("{s:o}", "prefix", nsa_json_prefix(prefix)) : json_null();
}

static json_t *describe_rule(const struct nsa_rule_info *info)
{
	const struct nsaccel_policy_rule *rule = &info->rule;
	char buf[4];

	return json_pack(
		"{s:i, s:I, s:o, s:o, s:s*, s:o*, s:s, s:I, s:I}", "number", (int)info->number,
		"pref", (json_int_t)rule->pref, "from", describe_end(&info->from, &rule->from),
		"to", describe_end(&info->to, &rule->to), "proto",
		rule->any_proto ? NULL : nsa_policy_text_proto(rule->proto, buf), "dport",
		rule->any_port ? NULL : json_pack("[i, i]", rule->port_low, rule->port_high),
		"verdict", nsa_verdict_name(rule->verdict), "packets",
		(json_int_t)info->counter.packets, "bytes", (json_int_t)info->counter.bytes);
}

static json_t *describe_default(const struct nsa_default_info *info)
{
	json_t *entry = nsa_show_netns(&info->netns);

	json_object_set_new(entry, "policy", json_string(nsa_verdict_name(info->verdict)));
	return entry;
}

static json_t *describe(const struct nsa_policy_info *info)
{
	json_t *rules = json_array(), *defaults = json_array();
	json_t *entry = nsa_show_netns(&info->owner);

	for (size_t i = 0; i < info->rule_count; i++)
		json_array_append_new(rules, describe_rule(&info->rules[i]));
	for (size_t i = 0; i < info->default_count; i++)
		json_array_append_new(defaults, describe_default(&info->defaults[i]));
	json_object_set_new(entry, "rules", rules);
	json_object_set_new(entry, "defaults", defaults);
	return entry;
}

static int collect(const struct nsa_query *query, json_t *out)
{
	struct nsa_policy_info *all;
	size_t count;
	int r = nsa_query_policies(query, &all, &count);

	for (size_t i = 0; !r && i < count; i++)
		json_array_append_new(out, describe(&all[i]));
	nsa_policy_infos_free(all, count);
	return r;
}

static json_t *who_text(const json_t *rule, const char *key)
{
	const json_t *who = json_object_get(rule, key);

	if (json_is_null(who))
		return json_string("any");
	return json_incref(
		json_object_get(who, json_object_get(who, "prefix") ? "prefix" : "netns"));
}

static json_t *dport_text(const json_t *rule)
{
	const json_t *dport = json_object_get(rule, "dport");
	json_int_t low = json_integer_value(json_array_get(dport, 0));
	json_int_t high = json_integer_value(json_array_get(dport, 1));

	if (!dport)
		return json_string("any");
	return low == high ? json_sprintf("%lld", low) : json_sprintf("%lld-%lld", low, high);
}

static void add_rows(const json_t *owner, json_t *rows)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(json_object_get(owner, "rules"), i, rule)
		json_array_append_new(
			rows,
			json_pack("[s, o, o, o, o, s, o, s, o, o]", nsa_text(owner, "netns"),
				  nsa_show_number(rule, "number"), nsa_show_number(rule, "pref"),
				  who_text(rule, "from"), who_text(rule, "to"),
				  json_object_get(rule, "proto") ? nsa_text(rule, "proto") : "any",
				  dport_text(rule), nsa_text(rule, "verdict"),
				  nsa_show_number(rule, "packets"),
				  nsa_show_number(rule, "bytes")));
}

static void print_text(const struct nsa_cli *cli, const json_t *entries)
{
	static const char *const header[] = { "OWNER", "NUMBER", "PREF",    "FROM",    "TO",
					      "PROTO", "DPORT",	 "VERDICT", "PACKETS", "BYTES" };
	static const char *const defaults_header[] = { "OWNER", "NETNS", "DEFAULT" };
	json_t *rows = json_array(), *defaults = json_array(), *owner, *entry;
	size_t i, k;

	json_array_foreach(entries, i, owner) {
		add_rows(owner, rows);
		json_array_foreach(json_object_get(owner, "defaults"), k, entry)
			json_array_append_new(defaults,
					      json_pack("[s, s, s]", nsa_text(owner, "netns"),
							nsa_text(entry, "netns"),
							nsa_text(entry, "policy")));
	}
	nsa_print_table(cli, header, 10, rows);
	nsa_print_table(cli, defaults_header, 3, defaults);
	json_decref(rows);
	json_decref(defaults);
}

int cmd_policy_show(const struct nsa_cli *cli)
{
	static const struct nsa_show show = { collect, print_text };

	return nsa_show_only(cli, &show);
}
