// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/route.h"
#include "ops/route.h"
#include "util/log.h"
#include "util/parse.h"

static int parse_prefix(const char *word, struct nsaccel_prefix *out)
{
	const char *why = "";

	return nsa_parse_prefix(word, out, &why) ? nsa_usage("\"%s\" %s", word, why) : 0;
}

int nsa_route_parse_addr(const char *word, enum nsaccel_family *family, __u8 *addr)
{
	const char *why = "";

	return nsa_parse_addr(word, family, addr, &why) ? nsa_usage("\"%s\" %s", word, why) : 0;
}

static const struct {
	const char *word;
	enum nsaccel_target target;
	bool has_value;
} targets[] = {
	{ "via", NSACCEL_TARGET_VIA, true },
	{ "dev", NSACCEL_TARGET_DEV, true },
	{ "netns", NSACCEL_TARGET_NETNS, true },
	{ "blackhole", NSACCEL_TARGET_BLACKHOLE, false },
	{ "unreachable", NSACCEL_TARGET_UNREACHABLE, false },
	{ "prohibit", NSACCEL_TARGET_PROHIBIT, false },
	{ "pass", NSACCEL_TARGET_PASS, false },
};

static int parse_value(struct nsa_route_request *request, const char *value)
{
	switch (request->target) {
	case NSACCEL_TARGET_VIA:
		return nsa_route_parse_addr(value, &request->gateway_family, request->gateway);
	case NSACCEL_TARGET_DEV:
		request->target_dev = value;
		return 0;
	default:
		request->target_netns = value;
		return 0;
	}
}

/* words: what follows the prefix. */
static int parse_target(struct nsa_route_request *request, char **words, int count)
{
	for (size_t i = 0; count && i < sizeof(targets) / sizeof(*targets); i++) {
		if (strcmp(words[0], targets[i].word) != 0)
			continue;
		request->target = targets[i].target;
		if (count > 1 + targets[i].has_value)
			return nsa_usage("route: unknown word \"%s\"",
					 words[1 + targets[i].has_value]);
		if (!targets[i].has_value)
			return 0;
		return count == 2 ? parse_value(request, words[1]) :
				    nsa_usage("route: \"%s\" wants a value", words[0]);
	}
	if (count)
		return nsa_usage("route: unknown word \"%s\"", words[0]);
	return nsa_usage("route: where to? via GATEWAY, dev DEV, netns NETNS, blackhole, "
			 "unreachable, prohibit or pass");
}

/* prefix: as it was typed; NULL: all. */
static int explain(int refusal, const char *prefix, const char *dev)
{
	switch (refusal) {
	case NSA_ROUTE_UNATTACHED:
		return nsa_err(-ENOENT, "%s: nothing is attached; nsaccel attach DEV comes first",
			       prefix ? prefix : "routes");
	case NSA_ROUTE_ON_WIRE:
		return nsa_err(-EINVAL,
			       "%s dev %s: on a wire each address is a neighbour of its own, which "
			       "only the kernel finds for a whole prefix: give a single address, "
			       "via GATEWAY, or pass",
			       prefix, dev);
	case NSA_ROUTE_EXISTS:
		return nsa_err(
			-EEXIST,
			"%s has a route of nsaccel's already; nsaccel route replace changes it",
			prefix);
	case NSA_ROUTE_UNKNOWN:
		return nsa_err(
			-ENOENT,
			"%s is no route of nsaccel's own; nsaccel route show lists them as static",
			prefix);
	default:
		return refusal; /* 0, or logged */
	}
}

static int change(const struct nsa_route_request *request, const char *prefix)
{
	return explain(nsa_route_change(request), prefix, request->target_dev);
}

static int flush(const struct nsa_cli *cli)
{
	const struct nsa_route_request request = { .bpffs = cli->bpffs,
						   .netns = cli->netns,
						   .verb = NSA_ROUTE_FLUSH };

	if (cli->count != 2)
		return nsa_usage("route flush: unknown word \"%s\"", cli->words[2]);
	return change(&request, NULL);
}

static int del(const struct nsa_cli *cli)
{
	struct nsa_route_request request = { .bpffs = cli->bpffs,
					     .netns = cli->netns,
					     .verb = NSA_ROUTE_DEL };
	int r;

	if (cli->count < 3)
		return nsa_usage("route del wants a prefix");
	r = parse_prefix(cli->words[2], &request.prefix);
	if (r)
		return r;
	if (cli->count > 3)
		return nsa_usage("route del: unknown word \"%s\"", cli->words[3]);
	return change(&request, cli->words[2]);
}

static int add(const struct nsa_cli *cli, enum nsa_route_verb verb)
{
	struct nsa_route_request request = { .bpffs = cli->bpffs,
					     .netns = cli->netns,
					     .verb = verb };
	int r;

	if (cli->count < 3)
		return nsa_usage("route %s wants a prefix", cli->words[1]);
	r = parse_prefix(cli->words[2], &request.prefix);
	if (!r)
		r = parse_target(&request, cli->words + 3, cli->count - 3);
	if (r)
		return r;
	if (request.target == NSACCEL_TARGET_VIA) {
		if (!strcmp(cli->words[2], "default"))
			request.prefix.family = request.gateway_family; /* 0.0.0.0/0 or ::/0 */
		if (request.gateway_family != request.prefix.family)
			return nsa_usage("route: prefix and gateway are of different families");
	}
	return change(&request, cli->words[2]);
}

int cmd_route(const struct nsa_cli *cli)
{
	const char *verb = cli->count > 1 ? cli->words[1] : "show";

	if (!strcmp(verb, "show"))
		return cmd_route_show(cli);
	if (!strcmp(verb, "get"))
		return cmd_route_get(cli);
	if (!strcmp(verb, "add"))
		return add(cli, NSA_ROUTE_ADD);
	if (!strcmp(verb, "replace"))
		return add(cli, NSA_ROUTE_REPLACE);
	if (!strcmp(verb, "del"))
		return del(cli);
	if (!strcmp(verb, "flush"))
		return flush(cli);
	return nsa_usage("route: unknown word \"%s\"", verb);
}
