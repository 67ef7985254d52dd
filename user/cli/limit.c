// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "cli/commands.h"
#include "cli/show.h"
#include "ops/limit.h"
#include "ops/query_limits.h"
#include "util/cleanup.h"
#include "util/parse.h"

static const char *const directions[NSACCEL_DIRECTION_COUNT] = { "out", "in" };

static int parse_direction(const char *word, enum nsaccel_direction *out)
{
	for (int i = 0; i < NSACCEL_DIRECTION_COUNT; i++) {
		if (!strcmp(word, directions[i])) {
			*out = (enum nsaccel_direction)i;
			return 0;
		}
	}
	return nsa_usage("limit: \"%s\" is not in or out", word);
}

/* key: a keyword, which tells how its value is written and where it is stored. */
static int parse_value(const char *key, const char *word, struct nsa_limit_request *request)
{
	static const struct {
		const char *key;
		enum nsa_unit unit;
		__u64 least;
	} keys[] = { { "rate", NSA_UNIT_RATE, 1000 },
		     { "burst", NSA_UNIT_SIZE, 1 },
		     { "pps", NSA_UNIT_COUNT, 1 },
		     { "pps-burst", NSA_UNIT_COUNT, 1 } };
	__u64 *const values[] = { &request->bits, &request->burst_bytes, &request->packets,
				  &request->burst_packets };
	const char *why = "";

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (strcmp(key, keys[i].key) != 0)
			continue;
		if (nsa_parse_amount(word, keys[i].unit, values[i], &why))
			return nsa_usage("limit: %s \"%s\" %s", key, word, why);
		if (*values[i] < keys[i].least)
			return nsa_usage("limit: %s \"%s\" is too little: %llu at least", key, word,
					 keys[i].least);
		return 0;
	}
	return nsa_usage("limit: unknown word \"%s\"", key);
}

static int set(const struct nsa_cli *cli)
{
	struct nsa_limit_request request = { .bpffs = cli->bpffs };
	int r;

	if (cli->count < 6)
		return nsa_usage("limit set wants a namespace, in or out, and rate or pps");
	request.netns = cli->words[2];
	r = parse_direction(cli->words[3], &request.direction);
	for (int i = 4; !r && i < cli->count; i += 2) {
		if (i + 1 == cli->count)
			return nsa_usage("limit: \"%s\" wants a value", cli->words[i]);
		r = nsa_cli_once(cli, 4, i);
		if (!r)
			r = parse_value(cli->words[i], cli->words[i + 1], &request);
	}
	if (!r &&
	    ((request.burst_bytes && !request.bits) || (request.burst_packets && !request.packets)))
		return nsa_usage("limit: burst goes with rate, pps-burst with pps");
	return r ? r : nsa_limit_set(&request);
}

static int del(const struct nsa_cli *cli)
{
	struct nsa_limit_request request = { .bpffs = cli->bpffs, .both = cli->count == 3 };
	int r = 0;

	if (cli->count != 3 && cli->count != 4)
		return nsa_usage("limit del wants a namespace, and may have in or out");
	request.netns = cli->words[2];
	if (!request.both)
		r = parse_direction(cli->words[3], &request.direction);
	return r ? r : nsa_limit_set(&request);
}

static void describe(const struct nsa_limits_info *info, int direction, json_t *out)
{
	const struct nsaccel_rate *bits = &info->limits.bits[direction];
	const struct nsaccel_rate *packets = &info->limits.packets[direction];
	json_t *entry;

	if (!bits->per_second && !packets->per_second)
		return;
	entry = nsa_show_netns(&info->netns);
	json_object_set_new(entry, "direction", json_string(directions[direction]));
	if (bits->per_second) {
		json_object_set_new(entry, "rate", json_integer((json_int_t)bits->per_second));
		json_object_set_new(entry, "burst", json_integer((json_int_t)bits->burst));
	}
	if (packets->per_second) {
		json_object_set_new(entry, "pps", json_integer((json_int_t)packets->per_second));
		json_object_set_new(entry, "pps_burst", json_integer((json_int_t)packets->burst));
	}
	json_array_append_new(out, entry);
}

static int collect(const struct nsa_query *query, json_t *out)
{
	__cleanup(nsa_freep) struct nsa_limits_info *all = NULL;
	size_t count;
	int r = nsa_query_limits(query, &all, &count);

	for (size_t i = 0; !r && i < count; i++)
		for (int d = 0; d < NSACCEL_DIRECTION_COUNT; d++)
			describe(&all[i], d, out);
	return r;
}

static json_t *amount(const json_t *entry, const char *key)
{
	return json_object_get(entry, key) ? nsa_show_number(entry, key) : json_string("-");
}

static void print_text(const struct nsa_cli *cli, const json_t *entries)
{
	static const char *const header[] = { "NETNS", "DIRECTION", "BITS/S",
					      "BURST", "PACKETS/S", "BURST" };
	json_t *rows = json_array(), *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
		json_array_append_new(rows,
				      json_pack("[s, s, o, o, o, o]", nsa_text(entry, "netns"),
						nsa_text(entry, "direction"), amount(entry, "rate"),
						amount(entry, "burst"), amount(entry, "pps"),
						amount(entry, "pps_burst")));
	nsa_print_table(cli, header, 6, rows);
	json_decref(rows);
}

int cmd_limit(const struct nsa_cli *cli)
{
	static const struct nsa_show show = { collect, print_text };
	const char *verb = cli->count > 1 ? cli->words[1] : "show";

	if (!strcmp(verb, "show"))
		return nsa_show_only(cli, &show);
	if (cli->netns)
		return nsa_usage("limit %s: the namespace is its first word", verb);
	if (!strcmp(verb, "set"))
		return set(cli);
	if (!strcmp(verb, "del"))
		return del(cli);
	return nsa_usage("limit: unknown word \"%s\"", verb);
}
