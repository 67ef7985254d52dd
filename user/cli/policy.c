// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/policy_file.h"
#include "model/policy_text.h"
#include "ops/policy_edit.h"
#include "util/cleanup.h"
#include "util/log.h"

static struct nsa_policy_edit_request request_of(const struct nsa_cli *cli,
						 enum nsa_policy_verb verb)
{
	return (struct nsa_policy_edit_request){ .bpffs = cli->bpffs,
						 .netns = cli->netns,
						 .verb = verb };
}

static struct nsa_policy_edit_rule rule_of(const struct nsa_policy_words *words)
{
	return (struct nsa_policy_edit_rule){ .rule = words->rule,
					      .from_netns = words->from_netns,
					      .to_netns = words->to_netns,
					      .set_pref = words->set_pref };
}

static int change_one(const struct nsa_cli *cli, enum nsa_policy_verb verb)
{
	struct nsa_policy_edit_request request = request_of(cli, verb);
	struct nsa_policy_edit_error error;
	struct nsa_policy_text_error wrong = {};
	struct nsa_policy_edit_rule rule;
	struct nsa_policy_words words;
	int r;

	r = nsa_policy_text_parse(cli->from, cli->to, cli->words + 2, (size_t)cli->count - 2,
				  &words, &wrong);
	if (r < 0)
		return *wrong.token ? nsa_usage("policy: \"%s\" %s", wrong.token, wrong.why) :
				      nsa_usage("policy: %s", wrong.why);
	rule = rule_of(&words);
	request.rules = &rule;
	request.count = 1;
	r = nsa_policy_edit(&request, &error);
	return *error.why ? nsa_err(r, "%s", error.why) : r;
}

/* Is the only word a number? */
static bool is_number(const struct nsa_cli *cli, __u32 *out)
{
	unsigned long number;
	char *end;

	if (cli->count != 3 || cli->from || cli->to || *cli->words[2] < '0' || *cli->words[2] > '9')
		return false;
	errno = 0;
	number = strtoul(cli->words[2], &end, 10);
	if (errno || *end || number > 0xffffffff)
		return false;
	*out = (__u32)number;
	return true;
}

static int del(const struct nsa_cli *cli)
{
	struct nsa_policy_edit_request request = request_of(cli, NSA_POLICY_DEL_NUMBER);
	struct nsa_policy_edit_error error;

	return is_number(cli, &request.number) ? nsa_policy_edit(&request, &error) :
						 change_one(cli, NSA_POLICY_DEL);
}

static int replace_all(const struct nsa_cli *cli, const struct nsa_policy_lines *lines)
{
	struct nsa_policy_edit_request request = request_of(cli, NSA_POLICY_REPLACE);
	__cleanup(nsa_freep) struct nsa_policy_edit_rule *rules = NULL;
	struct nsa_policy_edit_error error;
	int r;

	rules = calloc(lines->count + 1, sizeof(*rules));
	if (!rules)
		return nsa_err(-ENOMEM, "change rules: %s", strerror(ENOMEM));
	for (size_t i = 0; i < lines->count; i++)
		rules[i] = rule_of(&lines->rules[i]);
	request.rules = rules;
	request.count = lines->count;
	r = nsa_policy_edit(&request, &error);
	if (!*error.why || error.index >= lines->count)
		return r;
	return nsa_err(r, "line %u: %s", lines->rules[error.index].line, error.why);
}

static int load(const struct nsa_cli *cli)
{
	__cleanup(nsa_policy_lines_free) struct nsa_policy_lines lines = {};
	int r;

	if (cli->count != 3)
		return nsa_usage("policy load wants a file, or - for standard input");
	r = nsa_policy_file_read(cli->words[2], &lines);
	return r ? r : replace_all(cli, &lines);
}

static int flush(const struct nsa_cli *cli)
{
	const struct nsa_policy_lines none = {};

	if (cli->count != 2)
		return nsa_usage("policy flush: unknown word \"%s\"", cli->words[2]);
	return replace_all(cli, &none);
}

int cmd_policy(const struct nsa_cli *cli)
{
	const char *verb = cli->count > 1 ? cli->words[1] : "show";

	if (!strcmp(verb, "add") || !strcmp(verb, "del")) {
		if (cli->count < 3)
			return nsa_usage("policy %s wants a rule%s", verb,
					 *verb == 'a' ? "" : ", or its number");
		return *verb == 'a' ? change_one(cli, NSA_POLICY_ADD) : del(cli);
	}
	if (cli->from || cli->to)
		return nsa_usage("policy: --from and --to go with add and del");
	if (!strcmp(verb, "show"))
		return cmd_policy_show(cli);
	if (!strcmp(verb, "load"))
		return load(cli);
	if (!strcmp(verb, "save"))
		return cmd_policy_save(cli);
	if (!strcmp(verb, "flush"))
		return flush(cli);
	return nsa_usage("policy: unknown word \"%s\"", verb);
}
