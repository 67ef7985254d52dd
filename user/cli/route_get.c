// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/route.h"
#include "cli/show.h"
#include "ops/route_get.h"
#include "util/prefix.h"

static int parse_get(const struct nsa_cli *cli, struct nsa_route_get_request *request)
{
	enum nsaccel_family family;
	int r;

	if (cli->count < 3)
		return nsa_usage("route get wants an address");
	r = nsa_route_parse_addr(cli->words[2], &request->family, request->to);
	for (int i = 3; !r && i < cli->count; i += 2) {
		if (i + 1 == cli->count)
			return nsa_usage("route get: \"%s\" wants a value", cli->words[i]);
		if (nsa_cli_once(cli, 3, i))
			return NSA_EXIT_USAGE;
		if (!strcmp(cli->words[i], "iif")) {
			request->iif = cli->words[i + 1];
		} else if (!strcmp(cli->words[i], "from")) {
			request->has_from = true;
			r = nsa_route_parse_addr(cli->words[i + 1], &family, request->from);
			if (!r && family != request->family)
				r = nsa_usage("route get: the addresses are of different families");
		} else {
			return nsa_usage("route get: unknown word \"%s\"", cli->words[i]);
		}
	}
	return r;
}

static json_t *describe_answer(const struct nsa_route_get_request *request,
			       const struct nsa_route_get_answer *answer)
{
	static const char *const verdicts[] = { "pass", "forward", "drop" };
	struct nsaccel_prefix dst =
		nsa_prefix((__u8)request->family, request->to, nsa_addr_bits(request->family));
	json_t *out = nsa_show_netns(&answer->netns);

	json_object_set_new(out, "dst", nsa_json_addr(request->family, request->to));
	json_object_set_new(out, "from", nsa_json_addr(request->family, answer->from));
	json_object_set_new(out, "iif", nsa_json_text(answer->iif));
	json_object_set_new(out, "hook", json_string(nsa_hook_name(answer->hook)));
	json_object_set_new(out, "verdict", json_string(NSA_NAME(verdicts, answer->verdict)));
	json_object_set_new(out, "reason", json_string(nsa_reason_field(answer->reason)));
	json_object_set_new(out, "text", json_string(nsa_reason_text(answer->reason)));
	if (answer->has_nexthop)
		nsa_route_describe_nexthop(&answer->nexthop, &dst, out);
	return out;
}

static void print_answer(const json_t *answer)
{
	const char *to = nsa_text(json_object_get(answer, "to"), "netns");
	const char *dev = nsa_text(answer, "dev");

	printf("%s from %s netns %s iif %s: %s, %s", nsa_text(answer, "dst"),
	       nsa_text(answer, "from"), nsa_text(answer, "netns"), nsa_text(answer, "iif"),
	       nsa_text(answer, "verdict"), nsa_text(answer, "text"));
	if (*dev)
		printf(" dev %s", dev);
	if (*to)
		printf(" netns %s", to);
	if (*nsa_text(answer, "dst_mac"))
		printf(" lladdr %s", nsa_text(answer, "dst_mac"));
	printf(" (%s)\n", nsa_text(answer, "hook"));
}

int cmd_route_get(const struct nsa_cli *cli)
{
	struct nsa_route_get_request request = { .bpffs = cli->bpffs, .netns = cli->netns };
	struct nsa_route_get_answer answer;
	json_t *out;
	int r = parse_get(cli, &request);

	if (r)
		return r;
	r = nsa_route_get(&request, &answer);
	if (r)
		return r;
	out = describe_answer(&request, &answer);
	if (!nsa_print_json(cli, out)) {
		print_answer(out);
		json_decref(out);
	}
	return 0;
}
