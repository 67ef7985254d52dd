// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "ops/netns_config.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/parse.h"

static int parse_choices(const struct nsa_cli *cli, struct nsa_netns_config_request *request)
{
	int isolated = 0, guard = 0, on_miss = 0, policy = 0;

	if (cli->isolated)
		isolated = nsa_option_choice("isolated", cli->isolated);
	if (isolated >= 0 && cli->guard)
		guard = nsa_option_choice("guard", cli->guard);
	if (isolated >= 0 && guard >= 0 && cli->on_miss)
		on_miss = nsa_option_choice("on-miss", cli->on_miss);
	if (isolated >= 0 && guard >= 0 && on_miss >= 0 && cli->policy)
		policy = nsa_option_choice("policy", cli->policy);
	if (isolated < 0 || guard < 0 || on_miss < 0 || policy < 0)
		return NSA_EXIT_USAGE;
	request->set_isolated = cli->isolated;
	request->isolated = isolated;
	request->set_guard = cli->guard;
	request->guard = (enum nsaccel_guard)guard;
	request->set_on_miss = cli->on_miss;
	request->on_miss = (enum nsaccel_on_miss)on_miss;
	request->set_policy = cli->policy;
	request->policy = (enum nsaccel_verdict)policy;
	return 0;
}

/* list: prefixes separated by commas; it is changed. */
static int parse_list(char *list, struct nsaccel_prefix **out, size_t *count)
{
	__cleanup(nsa_freep) struct nsaccel_prefix *sources = NULL;
	struct nsaccel_prefix *item;
	const char *why = "";
	char *word, *rest;
	size_t n = 0, room = 0;

	for (word = strtok_r(list, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		item = ARRAY_ADD(sources, n, room);
		if (!item)
			return nsa_err(-ENOMEM, "--sources: %s", strerror(ENOMEM));
		if (nsa_parse_prefix(word, item, &why))
			return nsa_usage("--sources: \"%s\" %s", word, why);
	}
	if (!n)
		return nsa_usage("--sources wants auto, or prefixes with commas between them");
	*out = TAKE_PTR(sources);
	*count = n;
	return 0;
}

static int parse_quota(const char *word, struct nsa_netns_config_request *request)
{
	const char *why = "";
	__u64 value;

	if (!word)
		return 0;
	request->set_quota = true;
	if (!strcmp(word, "default"))
		return 0;
	if (nsa_parse_amount(word, NSA_UNIT_COUNT, &value, &why))
		return nsa_usage("--quota: \"%s\" %s", word, why);
	if (!value || value > NSACCEL_QUOTA_MAX)
		return nsa_usage("--quota: \"%s\" is not between 1 and %d", word,
				 NSACCEL_QUOTA_MAX);
	request->quota = (__u16)value;
	return 0;
}

int cmd_ns_set(const struct nsa_cli *cli)
{
	__cleanup(nsa_freep) struct nsaccel_prefix *sources = NULL;
	struct nsa_netns_config_request request = { .bpffs = cli->bpffs };
	__cleanup(nsa_freep) char *list = NULL;
	int r;

	if (cli->count == 4 && !strcmp(cli->words[2], "dev")) {
		request.netns = cli->netns;
		request.dev = cli->words[3];
	} else if (cli->count == 3 && !cli->netns) {
		request.netns = cli->words[2];
	} else {
		return nsa_usage("ns set wants one namespace: ns set NETNS | dev DEV [OPTIONS]");
	}
	r = parse_choices(cli, &request);
	if (!r)
		r = parse_quota(cli->quota, &request);
	if (!r && cli->sources && strcmp(cli->sources, "auto") != 0) {
		list = strdup(cli->sources);
		r = list ? parse_list(list, &sources, &request.source_count) :
			   nsa_err(-ENOMEM, "--sources: %s", strerror(ENOMEM));
	}
	if (r)
		return r;
	request.set_sources = cli->sources;
	request.sources = sources;
	if (!request.set_isolated && !request.set_guard && !request.set_on_miss &&
	    !request.set_policy && !request.set_sources && !request.set_quota)
		return nsa_usage("ns set: nothing to set");
	return nsa_netns_config_set(&request);
}
