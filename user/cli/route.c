// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/show.h"
#include "model/table.h"
#include "ops/route.h"
#include "ops/route_get.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/parse.h"

static int parse_prefix(const char *word, struct nsaccel_prefix *out)
{
	const char *why = "";

	return nsa_parse_prefix(word, out, &why) ? nsa_usage("\"%s\" %s", word, why) : 0;
}

static int parse_addr(const char *word, enum nsaccel_family *family, __u8 *addr)
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
		return parse_addr(value, &request->gateway_family, request->gateway);
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

static int change(const struct nsa_cli *cli, enum nsa_route_verb verb)
{
	struct nsa_route_request request = { .bpffs = cli->bpffs,
					     .netns = cli->netns,
					     .verb = verb };
	int r = 0;

	if (verb == NSA_ROUTE_FLUSH) {
		if (cli->count != 2)
			return nsa_usage("route flush: unknown word \"%s\"", cli->words[2]);
		return nsa_static_route(&request);
	}
	if (cli->count < 3)
		return nsa_usage("route %s wants a prefix", cli->words[1]);
	request.word = cli->words[2];
	r = parse_prefix(request.word, &request.prefix);
	if (r)
		return r;
	if (verb == NSA_ROUTE_DEL) {
		if (cli->count > 3)
			return nsa_usage("route del: unknown word \"%s\"", cli->words[3]);
	} else {
		r = parse_target(&request, cli->words + 3, cli->count - 3);
		if (r)
			return r;
		if (request.target == NSACCEL_TARGET_VIA && !strcmp(request.word, "default"))
			request.prefix.family = request.gateway_family; /* 0.0.0.0/0 or ::/0 */
		if (request.target == NSACCEL_TARGET_VIA &&
		    request.gateway_family != request.prefix.family)
			return nsa_usage("route: prefix and gateway are of different families");
	}
	return nsa_static_route(&request);
}

/* Show */

static json_t *to_netns(const struct nsa_session *session, const struct nsaccel_nexthop *nh)
{
	return nh->dst_cookie ? nsa_show_netns(session, nh->dst_cookie) : json_null();
}

/* Where the route leads, if it is a port: a bridge's behind a bridge. */
static json_t *dev_name(const struct nsa_maps *maps, const struct nsaccel_nexthop *nh)
{
	__u32 ifindex = nh->ifindex ? nh->ifindex : nh->l3_ifindex;
	struct nsaccel_port port;

	if (!ifindex || nsa_maps_port_get(maps, nh->owner_slot, ifindex, &port))
		return json_null();
	return nsa_json_text(port.name);
}

static __u8 address_bits(enum nsaccel_family family)
{
	return family == NSACCEL_FAMILY_INET ? 32 : 128;
}

/* A neighbour is its own gateway, which goes without saying. */
static bool has_gateway(const struct nsaccel_nexthop *nh, const struct nsaccel_prefix *dst)
{
	return nh->gateway_family && (nh->gateway_family != dst->family ||
				      nsa_prefix_len(dst) != address_bits(dst->family) ||
				      memcmp(nh->gateway, dst->addr, sizeof(nh->gateway)) != 0);
}

/* What a next hop does with dst; fills the fields that route show and route get share. */
static void describe_nexthop(const struct nsa_session *session, const struct nsaccel_prefix *dst,
			     const struct nsaccel_nexthop *nh, json_t *out)
{
	json_object_set_new(out, "dev", dev_name(session->maps, nh));
	json_object_set_new(out, "to", to_netns(session, nh));
	if (has_gateway(nh, dst))
		json_object_set_new(out, "via", nsa_json_addr(nh->gateway_family, nh->gateway));
	if (nh->action < NSACCEL_ACTION_NIC)
		return;
	json_object_set_new(out, "src_mac", nsa_json_mac(nh->src_mac));
	json_object_set_new(out, "dst_mac", nsa_json_mac(nh->dst_mac));
	json_object_set_new(out, "mtu", json_integer(nh->mtu));
	json_object_set_new(out, "xdp", json_boolean(nh->tx_slot));
}

static int show_netns(const struct nsa_session *session, __u64 cookie, json_t *out)
{
	__cleanup(nsa_freep) struct nsa_route_entry *routes = NULL;
	struct nsaccel_nexthop nh;
	size_t count = 0;
	int r;

	r = nsa_maps_routes(session->maps, cookie, &routes, &count);
	for (size_t i = 0; !r && i < count; i++) {
		json_t *entry = nsa_show_netns(session, cookie);

		json_array_append_new(out, entry);
		r = nsa_maps_nexthop_get(session->maps, routes[i].route.nexthop, &nh);
		if (r < 0)
			break;
		json_object_set_new(entry, "dst", nsa_json_prefix(&routes[i].prefix));
		json_object_set_new(entry, "origin",
				    json_string(nsa_origin_name(routes[i].route.origin)));
		json_object_set_new(entry, "action", json_string(nsa_action_name(nh.action)));
		json_object_set_new(entry, "reason", json_string(nsa_reason_field(nh.reason)));
		describe_nexthop(session, &routes[i].prefix, &nh, entry);
	}
	return r < 0 ? nsa_err(r, "read routes: %s", strerror(-r)) : 0;
}

static int collect(const struct nsa_session *session, const struct nsa_netns *only, json_t *out)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *namespaces = NULL;
	size_t count = 0;
	int r;

	r = nsa_maps_netns(session->maps, &namespaces, &count);
	if (r < 0)
		return nsa_err(r, "read map netns: %s", strerror(-r));
	for (size_t i = 0; !r && i < count; i++)
		if (!only || only->cookie == namespaces[i].cookie)
			r = show_netns(session, namespaces[i].cookie, out);
	return r;
}

static void print_routes(const struct nsa_cli *cli, const json_t *entries)
{
	static const char *const header[] = { "NETNS", "PREFIX", "ACTION", "DEV",
					      "VIA",   "TO",	 "ORIGIN", "REMARK" };
	json_t *rows = json_array(), *entry;
	size_t i;

	json_array_foreach(entries, i, entry) {
		const char *action = nsa_text(entry, "action");
		const char *reason = nsa_text(entry, "reason");

		json_array_append_new(
			rows, json_pack("[s, s, s, s, s, s, s, s]", nsa_text(entry, "netns"),
					nsa_text(entry, "dst"), action, nsa_text(entry, "dev"),
					nsa_text(entry, "via"),
					nsa_text(json_object_get(entry, "to"), "netns"),
					nsa_text(entry, "origin"),
					strncmp(reason, "fwd_", 4) ? reason : ""));
	}
	nsa_print_table(cli, header, 8, rows);
	json_decref(rows);
}

static int show(const struct nsa_cli *cli)
{
	static const struct nsa_show routes = { collect, print_routes };

	return nsa_show_only(cli, &routes);
}

/* Get */

static int parse_get(const struct nsa_cli *cli, struct nsa_probe_request *request)
{
	enum nsaccel_family family;
	int r;

	if (cli->count < 3)
		return nsa_usage("route get wants an address");
	r = parse_addr(cli->words[2], &request->family, request->to);
	for (int i = 3; !r && i < cli->count; i += 2) {
		if (i + 1 == cli->count)
			return nsa_usage("route get: \"%s\" wants a value", cli->words[i]);
		if (nsa_cli_once(cli, 3, i))
			return NSA_EXIT_USAGE;
		if (!strcmp(cli->words[i], "iif")) {
			request->iif = cli->words[i + 1];
		} else if (!strcmp(cli->words[i], "from")) {
			request->has_from = true;
			r = parse_addr(cli->words[i + 1], &family, request->from);
			if (!r && family != request->family)
				r = nsa_usage("route get: the addresses are of different families");
		} else {
			return nsa_usage("route get: unknown word \"%s\"", cli->words[i]);
		}
	}
	return r;
}

static json_t *describe_answer(const struct nsa_session *session,
			       const struct nsa_probe_request *request,
			       const struct nsa_probe_answer *answer)
{
	static const char *const verdicts[] = { "pass", "forward", "drop" };
	struct nsaccel_prefix dst =
		nsa_prefix((__u8)request->family, request->to, address_bits(request->family));
	json_t *out = nsa_show_netns(session, request->ns->cookie);

	json_object_set_new(out, "dst", nsa_json_addr(request->family, request->to));
	json_object_set_new(out, "from", nsa_json_addr(request->family, answer->from));
	json_object_set_new(out, "iif", nsa_json_text(answer->iif));
	json_object_set_new(out, "hook", json_string(nsa_hook_name(answer->hook)));
	json_object_set_new(out, "verdict", json_string(NSA_NAME(verdicts, answer->verdict)));
	json_object_set_new(out, "reason", json_string(nsa_reason_field(answer->reason)));
	json_object_set_new(out, "text", json_string(nsa_reason_text(answer->reason)));
	if (answer->has_nexthop)
		describe_nexthop(session, &dst, &answer->nh, out);
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

static int get(const struct nsa_cli *cli)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	struct nsa_probe_request request = {};
	struct nsa_probe_answer answer;
	json_t *out;
	int r;

	r = parse_get(cli, &request);
	if (r)
		return r;
	r = nsa_session_open(cli->bpffs, &session);
	if (!r)
		r = nsa_session_netns(&session, cli->netns, &request.ns);
	if (!r && !session.maps)
		r = nsa_err(-ENOENT, "nothing is attached; nsaccel attach DEV comes first");
	if (!r)
		r = nsa_probe(&session, &request, &answer);
	if (r)
		return r;
	out = describe_answer(&session, &request, &answer);
	if (!nsa_print_json(cli, out)) {
		print_answer(out);
		json_decref(out);
	}
	return 0;
}

int cmd_route(const struct nsa_cli *cli)
{
	const char *verb = cli->count > 1 ? cli->words[1] : "show";

	if (!strcmp(verb, "show"))
		return show(cli);
	if (!strcmp(verb, "get"))
		return get(cli);
	if (!strcmp(verb, "add"))
		return change(cli, NSA_ROUTE_ADD);
	if (!strcmp(verb, "replace"))
		return change(cli, NSA_ROUTE_REPLACE);
	if (!strcmp(verb, "del"))
		return change(cli, NSA_ROUTE_DEL);
	if (!strcmp(verb, "flush"))
		return change(cli, NSA_ROUTE_FLUSH);
	return nsa_usage("route: unknown word \"%s\"", verb);
}
