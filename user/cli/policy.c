// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "ops/policy.h"
#include "util/cleanup.h"
#include "util/log.h"

static int bad_rule(const struct nsa_rule_error *error, const char *path)
{
	char where[128] = "";

	if (path)
		snprintf(where, sizeof(where), " %.80s, line %u:", path, error->line);
	if (*error->token)
		return nsa_usage("policy:%s \"%s\" %s", where, error->token, error->why);
	return nsa_usage("policy:%s %s", where, error->why);
}

static int change_one(const struct nsa_cli *cli, enum nsa_policy_verb verb)
{
	struct nsa_policy_request request = {
		.bpffs = cli->bpffs, .netns = cli->netns, .verb = verb, .count = 1
	};
	struct nsa_rule_error error = {};
	struct nsa_rule_words rule;
	int r;

	r = nsa_rule_parse(cli->from, cli->to, cli->words + 2, (size_t)cli->count - 2, &rule,
			   &error);
	if (r < 0)
		return bad_rule(&error, NULL);
	request.rules = &rule;
	return nsa_policy_change(&request);
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
	struct nsa_policy_request request = { .bpffs = cli->bpffs,
					      .netns = cli->netns,
					      .verb = NSA_POLICY_DEL_NUMBER };

	return is_number(cli, &request.number) ? nsa_policy_change(&request) :
						 change_one(cli, NSA_POLICY_DEL);
}

static int load(const struct nsa_cli *cli)
{
	__cleanup(nsa_rule_file_free) struct nsa_rule_file file = {};
	struct nsa_policy_request request = { .bpffs = cli->bpffs,
					      .netns = cli->netns,
					      .verb = NSA_POLICY_REPLACE };
	struct nsa_rule_error error = {};
	int r;

	if (cli->count != 3)
		return nsa_usage("policy load wants a file, or - for standard input");
	r = nsa_rule_read(cli->words[2], &file, &error);
	if (r == -EINVAL && *error.why)
		return bad_rule(&error, cli->words[2]);
	if (r < 0)
		return r;
	request.rules = file.rules;
	request.count = file.count;
	return nsa_policy_change(&request);
}

static int flush(const struct nsa_cli *cli)
{
	struct nsa_policy_request request = { .bpffs = cli->bpffs,
					      .netns = cli->netns,
					      .verb = NSA_POLICY_REPLACE };

	if (cli->count != 2)
		return nsa_usage("policy flush: unknown word \"%s\"", cli->words[2]);
	return nsa_policy_change(&request);
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
