// SPDX-License-Identifier: GPL-2.0-only
/* completion/nsaccel against the table of options: both know the same ones. */
#include <ctype.h>
#include <err.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "user/cli/options.h"

#define WORDS 64

/* A set of words. */
struct words {
	char text[WORDS][48];
	size_t count;
};

static void add(struct words *words, const char *prefix, const char *word, size_t len)
{
	assert_true(words->count < WORDS);
	snprintf(words->text[words->count++], sizeof(words->text[0]), "%s%.*s", prefix, (int)len,
		 word);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void assert_same(const char *what, struct words *have, struct words *want)
{
	qsort(have->text, have->count, sizeof(*have->text), by_text);
	qsort(want->text, want->count, sizeof(*want->text), by_text);
	for (size_t i = 0; i < have->count || i < want->count; i++)
		if (i == have->count || i == want->count ||
		    strcmp(have->text[i], want->text[i]) != 0)
			fail_msg("%s: completion has %s, the table %s", what,
				 i < have->count ? have->text[i] : "no more",
				 i < want->count ? want->text[i] : "no more");
}

/* The words that completion/nsaccel offers when it is asked by a command of bash, beginning like
 * begin. */
static void ask(const char *begin, const char *command, struct words *out)
{
	char line[1024], answer[64];
	FILE *bash;

	snprintf(line, sizeof(line),
		 "bash -c 'source completion/nsaccel; cur=%s; netns=; COMPREPLY=(); %s; "
		 "printf \"%%s\\n\" \"${COMPREPLY[@]}\"'",
		 begin, command);
	out->count = 0;
	bash = popen(line, "r");
	if (!bash)
		err(1, "popen");
	while (fgets(answer, sizeof(answer), bash)) {
		answer[strcspn(answer, "\n")] = '\0';
		if (*answer)
			add(out, "", answer, strlen(answer));
	}
	assert_int_equal(pclose(bash), 0);
}

/* Options that want a value are followed by it. */
static void test_takes_value(void **state)
{
	struct words have, want = {};
	char command[1024] = "for o in";
	const struct nsa_option *all;
	size_t count;

	(void)state;
	all = nsa_options(&count);
	for (size_t i = 0; i < count; i++) {
		snprintf(command + strlen(command), sizeof(command) - strlen(command), " --%s",
			 all[i].name);
		if (all[i].argument == required_argument)
			add(&want, "--", all[i].name, strlen(all[i].name));
	}
	strcat(command, "; do ! _nsaccel_takes_value $o || COMPREPLY+=($o); done");
	ask("", command, &have);
	assert_same("options with a value", &have, &want);
}

/* Values that are words are offered. */
static void test_values(void **state)
{
	const struct nsa_option *all;
	size_t count;

	(void)state;
	all = nsa_options(&count);
	for (size_t i = 0; i < count; i++) {
		struct words have, want = {};
		char command[64];

		for (const char *at = all[i].value ? all[i].value : "", *end; *at;
		     at = end + (*end == '|')) {
			end = strchrnul(at, '|');
			if (islower((unsigned char)*at))
				add(&want, "", at, (size_t)(end - at));
		}
		if (!want.count)
			continue;
		snprintf(command, sizeof(command), "_nsaccel_value --%s", all[i].name);
		ask("", command, &have);
		assert_same(all[i].name, &have, &want);
	}
}

static bool is_with(const struct nsa_option *option, const char *command)
{
	for (size_t i = 0; i < 2 && option->with[i]; i++)
		if (!strcmp(option->with[i], command))
			return true;
	return !option->with[0];
}

/* After a command, those that it takes are offered, and those that all do. */
static void test_options_of(const char *place)
{
	struct words have, want = {};
	const struct nsa_option *all;
	char command[64];
	size_t count;

	all = nsa_options(&count);
	for (size_t i = 0; i < count; i++)
		if (is_with(&all[i], place))
			add(&want, "--", all[i].name, strlen(all[i].name));
	snprintf(command, sizeof(command), "_nsaccel_options %s", place);
	ask("--", command, &have);
	assert_same(place, &have, &want);
}

static void test_commands(void **state)
{
	static const char *const others[] = { "status",	       "stats",	      "ns show",
					      "endpoint show", "policy show", "route get" };
	const struct nsa_option *all;
	size_t count;

	(void)state;
	all = nsa_options(&count);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < 2 && all[i].with[k]; k++)
			test_options_of(all[i].with[k]);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		test_options_of(others[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes_value),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
