// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "daemon/daemon.h"
#include "ops/sync.h"
#include "util/log.h"

int cmd_sync(const struct nsa_cli *cli)
{
	if (cli->count > 1)
		return nsa_usage("sync: unknown word \"%s\"", cli->words[1]);
	return nsa_sync(cli->bpffs, cli->netns);
}

static void add_difference(void *data, const struct nsa_difference *change)
{
	char cookie[24];

	snprintf(cookie, sizeof(cookie), "%" PRIu64, (uint64_t)change->cookie);
	json_array_append_new(
		data, json_pack("{s:s, s:o, s:s, s:o, s:s}", "difference", change->event, "netns",
				nsa_json_text(change->netns), "cookie", cookie, change->key,
				nsa_json_text(change->subject), "detail", change->detail));
}

static bool is_common(const char *key)
{
	return !strcmp(key, "difference") || !strcmp(key, "netns") || !strcmp(key, "cookie") ||
	       !strcmp(key, "detail");
}

/* The one key that isn't common to all differences says what it is about. */
static void print_difference(const json_t *difference)
{
	json_t *value;
	const char *key;

	printf("%s netns %s", nsa_text(difference, "difference"), nsa_text(difference, "netns"));
	json_object_foreach((json_t *)difference, key, value) {
		if (!is_common(key))
			printf(" %s %s", key, json_string_value(value));
	}
	if (*nsa_text(difference, "detail"))
		printf(" (%s)", nsa_text(difference, "detail"));
	putchar('\n');
}

/* JSON: one document, so what kept the rest from being compared is a part of it. */
static void add_error(const struct nsa_cli *cli, json_t *differences)
{
	const char *error = nsa_log_error();

	if (!cli->json || !error || !json_array_size(differences))
		return;
	json_array_append_new(differences, json_pack("{s:o}", "error", nsa_json_text(error)));
	nsa_log_forget();
}

static void print_differences(const struct nsa_cli *cli, json_t *differences)
{
	json_t *difference;
	size_t i;

	if (nsa_print_json(cli, differences))
		return;
	json_array_foreach(differences, i, difference)
		print_difference(difference);
	json_decref(differences);
}

int cmd_check(const struct nsa_cli *cli)
{
	json_t *differences;
	size_t count = 0;
	int r;

	if (cli->count > 1)
		return nsa_usage("check: unknown word \"%s\"", cli->words[1]);
	differences = json_array();
	r = nsa_check(cli->bpffs, cli->netns, add_difference, differences, &count);
	if (r < 0 && !json_array_size(differences)) {
		json_decref(differences);
		return r;
	}
	if (r < 0)
		add_error(cli, differences);
	print_differences(cli, differences);
	return r < 0 ? r : count ? NSA_EXIT_DEGRADED : 0;
}

int cmd_daemon(const struct nsa_cli *cli)
{
	if (cli->count > 1)
		return nsa_usage("daemon: unknown word \"%s\"", cli->words[1]);
	if (cli->netns)
		return nsa_usage("daemon: it minds all namespaces: --netns doesn't go with it");
	return nsa_daemon(cli->bpffs, cli->until_detached);
}
