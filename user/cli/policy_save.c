// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/show.h"
#include "model/policy_text.h"
#include "ops/query_policy.h"
#include "util/cleanup.h"

/* How a rule names the namespace; NULL: no words lead to it. */
static json_t *netns_word(const struct nsa_netns_ref *netns)
{
	const char *name = netns->reachable ? netns->name : "";

	if (!strncmp(name, "pid ", 4))
		return json_sprintf("netns:%s", name + 4);
	if (!*name || strpbrk(name, " \t\r\n#"))
		return NULL;
	return json_sprintf(nsa_rule_is_ambiguous(name) ? "netns:%s" : "%s", name);
}

/* Appends the key and a rule's end; false: it can't be written. */
static bool append_end(json_t *words, const char *key, const struct nsa_netns_ref *netns,
		       const struct nsaccel_prefix *prefix)
{
	json_t *value;

	if (!netns->cookie && !prefix->family)
		return true;
	value = netns->cookie ? netns_word(netns) : nsa_json_prefix(prefix);
	if (!value)
		return false;
	json_array_append_new(words, json_string(key));
	json_array_append_new(words, value);
	return true;
}

static json_t *join(json_t *words)
{
	json_t *line = json_string(""), *longer;
	const json_t *word;
	size_t i;

	json_array_foreach(words, i, word) {
		longer = json_sprintf("%s%s%s", json_string_value(line), i ? " " : "",
				      json_string_value(word));
		json_decref(line);
		line = longer;
	}
	json_decref(words);
	return line;
}

/* A line that policy load takes. */
static json_t *line_of(const struct nsa_rule_info *info)
{
	const struct nsaccel_rule *rule = &info->rule;
	json_t *words = json_array();
	char buf[4];

	if (!append_end(words, "--from", &info->from, &rule->from) ||
	    !append_end(words, "--to", &info->to, &rule->to)) {
		json_decref(words);
		return json_sprintf("# rule %u names a namespace that has no name", info->number);
	}
	if (!rule->any_proto)
		json_array_append_new(words,
				      json_sprintf("proto %s", nsa_rule_proto(rule->proto, buf)));
	if (!rule->any_port && rule->port_low == rule->port_high)
		json_array_append_new(words, json_sprintf("dport %u", rule->port_low));
	else if (!rule->any_port)
		json_array_append_new(words,
				      json_sprintf("dport %u-%u", rule->port_low, rule->port_high));
	json_array_append_new(words, json_sprintf("pref %u", rule->pref));
	json_array_append_new(words, json_string(nsa_verdict_name(rule->verdict)));
	return join(words);
}

int cmd_policy_save(const struct nsa_cli *cli)
{
	__cleanup(nsa_freep) struct nsa_rule_info *rules = NULL;
	const struct nsa_query query = nsa_show_query(cli);
	json_t *lines, *line;
	size_t count, i;
	int r;

	if (cli->count != 2)
		return nsa_usage("policy save: unknown word \"%s\"", cli->words[2]);
	r = nsa_query_rules(&query, &rules, &count);
	if (r < 0)
		return r;
	lines = json_array();
	for (i = 0; i < count; i++)
		json_array_append_new(lines, line_of(&rules[i]));
	if (nsa_print_json(cli, lines))
		return 0;
	json_array_foreach(lines, i, line)
		puts(json_string_value(line));
	json_decref(lines);
	return 0;
}
