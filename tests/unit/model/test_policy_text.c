// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/model/policy_text.c: rules of the policy as words, read and printed. */
#include "user/model/policy_text.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int parse(const char *text, struct nsa_policy_lines *out,
		 struct nsa_policy_text_error *error)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	memset(error, 0, sizeof(*error));
	return nsa_policy_text_parse_lines(copy, out, error);
}

/* The only rule of a text. */
static struct nsa_policy_words one(const char *text, struct nsa_policy_lines *file)
{
	struct nsa_policy_text_error error;

	if (parse(text, file, &error))
		fail_msg("%s: \"%s\" %s", text, error.token, error.why);
	assert_int_equal(file->count, 1);
	return *file->rules;
}

static void test_all_words(void **state)
{
	struct nsa_policy_lines file;
	struct nsa_policy_words words =
		one("--from red --to 10.1.0.0/16 proto tcp dport 80-90 pref 7 deny", &file);

	(void)state;
	assert_string_equal(words.from_netns, "red");
	assert_null(words.to_netns);
	assert_int_equal(words.rule.from.family, NSACCEL_FAMILY_NONE);
	assert_int_equal(words.rule.to.family, NSACCEL_FAMILY_INET);
	assert_int_equal(words.rule.to.prefixlen, NSACCEL_PREFIX_FAMILY_BITS + 16);
	assert_int_equal(words.rule.any_proto, 0);
	assert_int_equal(words.rule.proto, IPPROTO_TCP);
	assert_int_equal(words.rule.any_port, 0);
	assert_int_equal(words.rule.port_low, 80);
	assert_int_equal(words.rule.port_high, 90);
	assert_true(words.set_pref);
	assert_int_equal(words.rule.pref, 7);
	assert_int_equal(words.rule.verdict, NSACCEL_VERDICT_DENY);
	assert_int_equal(words.line, 1);
	nsa_policy_lines_free(&file);
}

static void test_anything(void **state)
{
	struct nsa_policy_lines file;
	struct nsa_policy_words words = one("allow", &file);

	(void)state;
	assert_null(words.from_netns);
	assert_null(words.to_netns);
	assert_int_equal(words.rule.any_proto, 1);
	assert_int_equal(words.rule.any_port, 1);
	assert_false(words.set_pref);
	assert_int_equal(words.rule.verdict, NSACCEL_VERDICT_ALLOW);
	nsa_policy_lines_free(&file);
}

static void test_who(void **state)
{
	static const struct {
		const char *text, *netns;
		enum nsaccel_family family;
	} rows[] = {
		{ "--from red allow", "red", NSACCEL_FAMILY_NONE },
		{ "--from netns:10.0.0.1 allow", "10.0.0.1", NSACCEL_FAMILY_NONE },
		{ "--from netns:default allow", "default", NSACCEL_FAMILY_NONE },
		{ "--from 4711 allow", "4711", NSACCEL_FAMILY_NONE },
		{ "--from /run/netns/red allow", "/run/netns/red", NSACCEL_FAMILY_NONE },
		{ "--from 10.0.0.1 allow", NULL, NSACCEL_FAMILY_INET },
		{ "--from default allow", NULL, NSACCEL_FAMILY_INET },
		{ "--from fd00::/8 allow", NULL, NSACCEL_FAMILY_INET6 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct nsa_policy_lines file;
		struct nsa_policy_words words = one(rows[i].text, &file);

		if (rows[i].netns)
			assert_string_equal(words.from_netns, rows[i].netns);
		else
			assert_null(words.from_netns);
		assert_int_equal(words.rule.from.family, rows[i].family);
		nsa_policy_lines_free(&file);
	}
}

static void test_wrong(void **state)
{
	static const struct {
		const char *text, *token, *why;
	} rows[] = {
		{ "prot tcp deny", "prot", "unknown word" },
		{ "proto tcp", "", "allow or deny" },
		{ "deny deny", "deny", "another verdict" },
		{ "deny pref", "pref", "wants a value" },
		{ "pref 1 pref 2 deny", "pref", "twice" },
		{ "pref -1 deny", "-1", "is not 0 to" },
		{ "pref 4294967296 deny", "4294967296", "is not 0 to" },
		{ "--from red --from blue deny", "blue", "twice" },
		{ "--from 10.0.0.1/33 deny", "10.0.0.1/33", "not 0 to 32" },
		{ "--from 10.0.0.1/8 deny", "10.0.0.1/8", "beyond its length" },
		{ "--from netns: deny", "netns:", "neither" },
		{ "--from 10.0.0.0/8 --to ::/0 deny", "", "families" },
		{ "proto 256 deny", "256", "no protocol" },
		{ "proto tcp dport 1- deny", "1-", "no port" },
		{ "proto tcp dport 2-1 deny", "2-1", "no port" },
		{ "proto tcp dport 1-65536 deny", "1-65536", "no port" },
		{ "proto gre dport 1 deny", "gre", "has no ports" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct nsa_policy_text_error error;
		struct nsa_policy_lines file;

		assert_int_equal(parse(rows[i].text, &file, &error), -EINVAL);
		assert_string_equal(error.token, rows[i].token);
		assert_non_null(strstr(error.why, rows[i].why));
		assert_int_equal(error.line, 1);
	}
}

static void test_lines(void **state)
{
	struct nsa_policy_text_error error;
	struct nsa_policy_lines file;

	(void)state;
	assert_int_equal(
		parse("# none\n\n \t\nallow # of all\n\tdeny\r\nproto udp deny", &file, &error), 0);
	assert_int_equal(file.count, 3);
	assert_int_equal(file.rules[0].line, 4);
	assert_int_equal(file.rules[1].line, 5);
	assert_int_equal(file.rules[2].line, 6);
	nsa_policy_lines_free(&file);
	assert_int_equal(parse("allow\nallow\nallo", &file, &error), -EINVAL);
	assert_int_equal(error.line, 3);
	assert_int_equal(parse("", &file, &error), 0);
	assert_int_equal(file.count, 0);
	nsa_policy_lines_free(&file);
	assert_int_equal(parse("a b c d e f g h i j k l m n o p q", &file, &error), -EINVAL);
	assert_string_equal(error.token, "q");
}

static void test_format(void **state)
{
	/* What is given, and what comes back. */
	static const char *const rows[][2] = {
		{ "allow pref 10", "pref 10 allow" },
		{ "--from blue --to 10.0.0.0/8 proto tcp dport 80 pref 7 deny",
		  "--from blue --to 10.0.0.0/8 proto tcp dport 80 pref 7 deny" },
		{ "--to fd00::/16 proto 99 pref 1 allow", "--to fd00::/16 proto 99 pref 1 allow" },
		{ "--from netns:10.0.0.1 dport 5-9 pref 2 allow",
		  "--from netns:10.0.0.1 dport 5-9 pref 2 allow" },
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct nsa_policy_lines file;
		struct nsa_policy_words words = one(rows[i][0], &file);

		assert_int_equal(nsa_policy_text_format(&words.rule, words.from_netns,
							words.to_netns, text, sizeof(text)),
				 0);
		assert_string_equal(text, rows[i][1]);
		nsa_policy_lines_free(&file);
	}
}

/* Names that are no word, or not all there is. */
static void test_format_names(void **state)
{
	struct nsa_policy_lines file;
	struct nsa_policy_words words = one("allow pref 10", &file);
	char text[128];

	(void)state;
	assert_int_equal(nsa_policy_text_format(&words.rule, "pid 42", NULL, text, sizeof(text)),
			 0);
	assert_string_equal(text, "--from netns:42 pref 10 allow");
	assert_int_equal(nsa_policy_text_format(&words.rule, "", NULL, text, sizeof(text)),
			 -ENOENT);
	assert_int_equal(nsa_policy_text_format(&words.rule, NULL, "a b", text, sizeof(text)),
			 -ENOENT);
	assert_int_equal(nsa_policy_text_format(&words.rule, NULL, "blue", text, 23),
			 -ENAMETOOLONG);
	nsa_policy_lines_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_words),    cmocka_unit_test(test_anything),
		cmocka_unit_test(test_who),	     cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_lines),	     cmocka_unit_test(test_format),
		cmocka_unit_test(test_format_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
