// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/show.h"
#include "ops/check.h"
#include "util/log.h"

static json_t *describe(const struct nsa_mismatch *difference)
{
	json_t *entry = json_pack("{s:s}", "difference", difference->event);

	json_object_update_new(entry, nsa_show_netns(&difference->netns));
	json_object_set_new(entry, difference->key, nsa_json_text(difference->subject));
	json_object_set_new(entry, "detail", nsa_json_text(difference->detail));
	return entry;
}

static bool is_common(const char *key)
{
	return !strcmp(key, "difference") || !strcmp(key, "netns") || !strcmp(key, "cookie") ||
	       !strcmp(key, "detail");
}

/* The subject's key differs; all other keys are common to all differences. */
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

/* JSON is one document, so the error that ended the comparison is a part of it. */
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
	const struct nsa_query query = nsa_show_query(cli);
	struct nsa_mismatches found;
	json_t *differences;
	int r;

	if (cli->count > 1)
		return nsa_usage("check: unknown word \"%s\"", cli->words[1]);
	r = nsa_check(&query, &found);
	if (r < 0 && !found.count) {
		nsa_mismatches_free(&found);
		return r;
	}
	differences = json_array();
	for (size_t i = 0; i < found.count; i++)
		json_array_append_new(differences, describe(&found.items[i]));
	if (r < 0)
		add_error(cli, differences);
	print_differences(cli, differences);
	r = r < 0 ? (int)nsa_exit_code(r) : found.count ? NSA_EXIT_DEGRADED : 0;
	nsa_mismatches_free(&found);
	return r;
}
