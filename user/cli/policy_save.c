// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "cli/commands.h"
#include "cli/show.h"
#include "model/policy_text.h"
#include "ops/query_policy.h"
#include "util/cleanup.h"

/* A name that leads to the namespace, "" if there is none; NULL: the rule names no namespace. */
static const char *name_of(const struct nsa_netns_ref *netns)
{
	if (!netns->cookie)
		return NULL;
	return netns->reachable ? netns->name : "";
}

/* A line that "policy load" takes. */
static json_t *line_of(const struct nsa_rule_info *info)
{
	char text[512];

	if (nsa_policy_text_format(&info->rule, name_of(&info->from), name_of(&info->to), text,
				   sizeof(text)))
		return json_sprintf("# rule %u names a namespace that has no name", info->number);
	return json_string(text);
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
