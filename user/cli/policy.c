// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/show.h"
#include "maps/policy.h"
#include "ops/policy.h"
#include "util/cleanup.h"
#include "util/log.h"

static const char *const verdicts[] = { "allow", "deny" };

static int bad_rule(const struct nsa_rule_error *error, const char *path)
{
	char where[128] = "";

	if (path)
		snprintf(where, sizeof(where), " %.80s, line %u:", path, error->line);
	if (*error->token)
		return nsa_usage("policy:%s \"%s\" %s", where, error->token, error->why);
	return nsa_usage("policy:%s %s", where, error->why);
}

/* Changes */

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

/* Show */

static json_t *who(const struct nsa_session *session, __u64 cookie,
		   const struct nsaccel_prefix *prefix)
{
	if (cookie)
		return nsa_show_netns(session, cookie);
	return prefix->family ? json_pack("{s:o}", "prefix", nsa_json_prefix(prefix)) : json_null();
}

static json_t *describe_rule(const struct nsa_session *session, const struct nsa_policy_rule *entry)
{
	const struct nsaccel_rule *rule = &entry->rule;
	struct nsaccel_counter counter = {};
	char buf[4];

	nsa_maps_rule_stats(session->maps, entry->number, &counter);
	return json_pack("{s:i, s:I, s:o, s:o, s:s*, s:o*, s:s, s:I, s:I}", "number",
			 (int)entry->number, "pref", (json_int_t)rule->pref, "from",
			 who(session, rule->from_cookie, &rule->from), "to",
			 who(session, rule->to_cookie, &rule->to), "proto",
			 rule->any_proto ? NULL : nsa_rule_proto(rule->proto, buf), "dport",
			 rule->any_port ? NULL :
					  json_pack("[i, i]", rule->port_low, rule->port_high),
			 "verdict", NSA_NAME(verdicts, rule->verdict), "packets",
			 (json_int_t)counter.packets, "bytes", (json_int_t)counter.bytes);
}

/* In the order in which they decide. */
static int read_rules(const struct nsa_maps *maps, __u32 slot, struct nsa_policy_rule **out,
		      size_t *count)
{
	int r = nsa_maps_rules(maps, slot, out, count);

	if (r < 0)
		return nsa_err(r, "read map rules: %s", strerror(-r));
	nsa_policy_sort(*out, *count);
	return 0;
}

static bool is_behind(const struct nsa_endpoint_entry *endpoints, size_t count, __u64 cookie,
		      __u32 owner_slot)
{
	for (size_t i = 0; i < count; i++)
		if (endpoints[i].ep.netns_cookie == cookie &&
		    endpoints[i].key.owner_slot == owner_slot)
			return true;
	return false;
}

struct state {
	struct nsa_netns_entry *namespaces;
	struct nsa_endpoint_entry *endpoints;
	size_t netns_count, endpoint_count;
};

static void state_free(struct state *state)
{
	free(state->namespaces);
	free(state->endpoints);
}

static int read_state(const struct nsa_maps *maps, struct state *state)
{
	int r = nsa_maps_netns(maps, &state->namespaces, &state->netns_count);

	if (!r)
		r = nsa_maps_endpoints(maps, &state->endpoints, &state->endpoint_count);
	return r < 0 ? nsa_err(r, "read maps: %s", strerror(-r)) : 0;
}

/* Of the owner, and of what is behind its devices. */
static json_t *describe_defaults(const struct nsa_session *session, const struct state *state,
				 const struct nsa_netns_entry *owner)
{
	struct nsaccel_isolation isolation;
	json_t *out = json_array(), *entry;

	for (size_t i = 0; i < state->netns_count; i++) {
		const struct nsa_netns_entry *ns = &state->namespaces[i];

		if (ns->cookie != owner->cookie &&
		    !is_behind(state->endpoints, state->endpoint_count, ns->cookie, owner->ns.slot))
			continue;
		if (nsa_maps_isolation_get(session->maps, ns->ns.slot, ns->cookie, &isolation))
			continue;
		entry = nsa_show_netns(session, ns->cookie);
		json_object_set_new(entry, "policy",
				    json_string(NSA_NAME(verdicts, isolation.policy)));
		json_array_append_new(out, entry);
	}
	return out;
}

static int describe(const struct nsa_session *session, const struct state *state,
		    const struct nsa_netns_entry *owner, json_t *out)
{
	__cleanup(nsa_freep) struct nsa_policy_rule *rules = NULL;
	json_t *list, *entry;
	size_t count = 0;
	int r = read_rules(session->maps, owner->ns.slot, &rules, &count);

	if (r < 0)
		return r;
	list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, describe_rule(session, &rules[i]));
	entry = nsa_show_netns(session, owner->cookie);
	json_object_set_new(entry, "rules", list);
	json_object_set_new(entry, "defaults", describe_defaults(session, state, owner));
	json_array_append_new(out, entry);
	return 0;
}

static int collect(const struct nsa_session *session, const struct nsa_netns *only, json_t *out)
{
	__cleanup(state_free) struct state state = {};
	struct nsaccel_owner record;
	int r = read_state(session->maps, &state);

	for (size_t i = 0; !r && i < state.netns_count; i++) {
		const struct nsa_netns_entry *ns = &state.namespaces[i];

		if (only && only->cookie != ns->cookie)
			continue;
		r = nsa_maps_owner_get(session->maps, ns->ns.slot, &record);
		if (r < 0)
			return nsa_err(r, "read map owners: %s", strerror(-r));
		if (record.cookie == ns->cookie)
			r = describe(session, &state, ns, out);
	}
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

static json_t *number_text(const json_t *object, const char *key)
{
	return json_sprintf("%lld", json_integer_value(json_object_get(object, key)));
}

static void add_rows(const json_t *owner, json_t *rows)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(json_object_get(owner, "rules"), i, rule)
		json_array_append_new(
			rows,
			json_pack("[s, o, o, o, o, s, o, s, o, o]", nsa_text(owner, "netns"),
				  number_text(rule, "number"), number_text(rule, "pref"),
				  who_text(rule, "from"), who_text(rule, "to"),
				  json_object_get(rule, "proto") ? nsa_text(rule, "proto") : "any",
				  dport_text(rule), nsa_text(rule, "verdict"),
				  number_text(rule, "packets"), number_text(rule, "bytes")));
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

/* Save: lines that load takes */

/* How the namespace is written, or NULL if no words lead to it. */
static json_t *spec_of(const struct nsa_session *session, __u64 cookie)
{
	const struct nsa_netns *ns = nsa_netns_find(session->list, cookie);
	const char *name = ns ? ns->name : "";

	if (!strncmp(name, "pid ", 4))
		return json_sprintf("netns:%s", name + 4);
	if (!*name || strpbrk(name, " \t\r\n#"))
		return NULL;
	return json_sprintf(nsa_rule_is_ambiguous(name) ? "netns:%s" : "%s", name);
}

/* Appends " KEY WHO"; false: it can't be written. */
static bool append_who(const struct nsa_session *session, json_t *words, const char *key,
		       __u64 cookie, const struct nsaccel_prefix *prefix)
{
	json_t *value;

	if (!cookie && !prefix->family)
		return true;
	value = cookie ? spec_of(session, cookie) : nsa_json_prefix(prefix);
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

static json_t *line_of(const struct nsa_session *session, const struct nsa_policy_rule *entry)
{
	const struct nsaccel_rule *rule = &entry->rule;
	json_t *words = json_array();
	char buf[4];

	if (!append_who(session, words, "--from", rule->from_cookie, &rule->from) ||
	    !append_who(session, words, "--to", rule->to_cookie, &rule->to)) {
		json_decref(words);
		return json_sprintf("# rule %u names a namespace that has no name", entry->number);
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
	json_array_append_new(words, json_string(NSA_NAME(verdicts, rule->verdict)));
	return join(words);
}

static int save(const struct nsa_cli *cli)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_freep) struct nsa_policy_rule *rules = NULL;
	const struct nsa_netns *owner;
	struct nsaccel_netns ns;
	json_t *lines, *line;
	size_t count = 0, i;
	int r;

	if (cli->count != 2)
		return nsa_usage("policy save: unknown word \"%s\"", cli->words[2]);
	r = nsa_session_open(cli->bpffs, &session);
	if (!r)
		r = nsa_session_netns(&session, cli->netns, &owner);
	if (!r && session.maps && !nsa_maps_netns_get(session.maps, owner->cookie, &ns))
		r = read_rules(session.maps, ns.slot, &rules, &count);
	if (r < 0)
		return r;
	lines = json_array();
	for (i = 0; i < count; i++)
		json_array_append_new(lines, line_of(&session, &rules[i]));
	if (nsa_print_json(cli, lines))
		return 0;
	json_array_foreach(lines, i, line)
		puts(json_string_value(line));
	json_decref(lines);
	return 0;
}

int cmd_policy(const struct nsa_cli *cli)
{
	static const struct nsa_show show = { collect, print_text };
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
		return nsa_show_only(cli, &show);
	if (!strcmp(verb, "load"))
		return load(cli);
	if (!strcmp(verb, "save"))
		return save(cli);
	if (!strcmp(verb, "flush"))
		return flush(cli);
	return nsa_usage("policy: unknown word \"%s\"", verb);
}
