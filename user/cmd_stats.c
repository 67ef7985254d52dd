// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "cmd.h"
#include "log.h"
#include "show.h"

static void add_counters(const struct nsa_session *session, __u64 cookie, enum nsaccel_hook hook,
			 const struct nsaccel_stats *stats, json_t *out)
{
	struct nsaccel_counter counters[NSACCEL_REASON_COUNT];

	memcpy(counters, stats, sizeof(counters));
	for (int reason = 0; reason < NSACCEL_REASON_COUNT; reason++) {
		json_t *entry;

		if (!counters[reason].packets)
			continue;
		entry = nsa_json_netns(session->list, session->maps, cookie);
		json_object_set_new(entry, "hook", json_string(nsa_hook_name(hook)));
		json_object_set_new(entry, "reason", json_string(nsa_reason_field(reason)));
		json_object_set_new(entry, "packets",
				    json_integer((json_int_t)counters[reason].packets));
		json_object_set_new(entry, "bytes",
				    json_integer((json_int_t)counters[reason].bytes));
		json_object_set_new(entry, "text", json_string(nsa_reason_text(reason)));
		json_array_append_new(out, entry);
	}
}

static int collect(const struct nsa_session *session, const struct nsa_netns *only, json_t *out)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *namespaces = NULL;
	struct nsaccel_stats stats;
	size_t count = 0;
	int r;

	r = nsa_maps_netns(session->maps, &namespaces, &count);
	for (size_t i = 0; !r && i < count; i++) {
		if (only && only->cookie != namespaces[i].cookie)
			continue;
		for (int hook = 0; !r && hook < NSACCEL_HOOK_COUNT; hook++) {
			r = nsa_maps_stats(session->maps, namespaces[i].cookie, hook, &stats);
			if (r == -ENOENT) { /* forgotten meanwhile */
				r = 0;
				break;
			}
			if (!r)
				add_counters(session, namespaces[i].cookie, hook, &stats, out);
		}
	}
	return r < 0 ? nsa_err(r, "read statistics: %s", strerror(-r)) : 0;
}

static void print_text(const struct nsa_cli *cli, const json_t *entries)
{
	static const char *const header[] = {
		"FROM", "HOOK", "PACKETS", "BYTES", "WHAT", "MEANING"
	};
	json_t *rows = json_array(), *entry;
	size_t i;

	json_array_foreach(entries, i, entry) {
		json_array_append_new(
			rows,
			json_pack("[s, s, o, o, s, s]", nsa_text(entry, "netns"),
				  nsa_text(entry, "hook"),
				  json_sprintf("%lld", json_integer_value(
							       json_object_get(entry, "packets"))),
				  json_sprintf("%lld",
					       json_integer_value(json_object_get(entry, "bytes"))),
				  nsa_text(entry, "reason"), nsa_text(entry, "text")));
	}
	nsa_print_table(cli, header, 6, rows);
	json_decref(rows);
}

int cmd_stats(const struct nsa_cli *cli)
{
	static const struct nsa_show show = { collect, print_text };

	return nsa_show_only(cli, &show);
}
