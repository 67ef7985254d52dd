// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "daemon/subscribe.h"
#include "ops/query.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Is the text one word that can't confuse a terminal? Anything else is quoted as in JSON. */
static bool is_word(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == '"' || *text == '\x7f')
			return false;
	return true;
}

static void print_value(const json_t *value)
{
	if (json_is_string(value) && is_word(json_string_value(value)))
		fputs(json_string_value(value), stdout);
	else
		json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
}

/* Keys that people look for: they come first, in the words of ip(8), and in this order. */
static const char *const usual[] = { "netns", "cookie", "prefix", "mac",    "action", "via",
				     "dev",   "kind",	"state",  "origin", "reason", "count" };

static bool is_usual(const char *key)
{
	for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
		if (!strcmp(usual[i], key))
			return true;
	return false;
}

static void print_text(const struct nsa_cli *cli, json_t *event)
{
	const char *key;
	json_t *value;

	if (cli->timestamp)
		printf("[%s] ", nsa_text(event, "time"));
	print_value(json_object_get(event, "event"));
	for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++) {
		value = json_object_get(event, usual[i]);
		if (!value)
			continue;
		printf(" %s ", usual[i]);
		print_value(value);
	}
	json_object_foreach(event, key, value) {
		if (is_usual(key) || !strcmp(key, "time") || !strcmp(key, "event"))
			continue;
		printf(" %s=", key);
		print_value(value);
	}
	putchar('\n');
}

/* Takes the reference. Flushes each line, since events are to be seen as they come. */
static int print_event(const struct nsa_cli *cli, json_t *event)
{
	if (!nsa_print_json(cli, event)) {
		print_text(cli, event);
		json_decref(event);
	}
	return fflush(stdout) ? nsa_err(-errno, "write output: %s", strerror(errno)) : 0;
}

/* Is the event of the namespace that is asked for ("": all), or of none? */
static bool is_wanted(const json_t *event, const char *cookie)
{
	return !*cookie || !json_object_get(event, "cookie") ||
	       !strcmp(nsa_text(event, "cookie"), cookie);
}

static int listen_to(const struct nsa_cli *cli, const char *cookie)
{
	__cleanup(nsa_subscription_closep) struct nsa_subscription *subscription = NULL;
	json_t *event;
	int r;

	r = nsa_subscribe(cli->bpffs, &subscription);
	while (!r && (r = nsa_subscription_next(subscription, &event)) > 0) {
		if (is_wanted(event, cookie)) {
			r = print_event(cli, event);
		} else {
			json_decref(event);
			r = 0;
		}
	}
	return r;
}

int cmd_monitor(const struct nsa_cli *cli)
{
	char text[24] = "";
	__u64 cookie;
	int r;

	if (cli->count > 1)
		return nsa_usage("monitor: unknown word \"%s\"", cli->words[1]);
	if (cli->netns) {
		r = nsa_query_cookie(cli->bpffs, cli->netns, &cookie);
		if (r < 0)
			return r;
		snprintf(text, sizeof(text), "%llu", cookie);
	}
	return listen_to(cli, text);
}
