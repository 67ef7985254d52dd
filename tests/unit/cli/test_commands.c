// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/cli/commands.c: help, version, exit codes, and commands that fail. */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "command_line.h"
#include "sandbox.h"
#include "user/cli/commands.h"

static void test_help_and_version(void **state)
{
	static const char *const help[][2] = { { "--help" }, { "-h" }, { "help" } };
	json_t *value;

	(void)state;
	for (size_t i = 0; i < ELEMENTS(help); i++) {
		assert_int_equal(run(help[i]), 0);
		assert_ptr_equal(strstr(command_out(), "Usage: nsaccel "), command_out());
		assert_string_equal(command_err(), "");
	}
	/* Of one command alone. */
	assert_int_equal(run((const char *[]){ "limit", "--help", NULL }), 0);
	assert_non_null(strstr(command_out(), "limit set NETNS"));
	assert_null(strstr(command_out(), "attach DEV"));
	assert_int_equal(run((const char *[]){ "help", "attach", NULL }), 0);
	assert_non_null(strstr(command_out(), "attach DEV"));
	assert_null(strstr(command_out(), "limit set NETNS"));
	assert_int_equal(run((const char *[]){ NULL }), NSA_EXIT_USAGE);
	assert_string_equal(command_out(), "");
	assert_ptr_equal(strstr(command_err(), "Usage: nsaccel "), command_err());

	assert_int_equal(run((const char *[]){ "--version", NULL }), 0);
	assert_ptr_equal(strstr(command_out(), "nsaccel " NSACCEL_VERSION ", ABI "), command_out());
	assert_int_equal(run((const char *[]){ "-jV", NULL }), 0);
	value = json_loads(command_out(), 0, NULL);
	assert_string_equal(json_string_value(json_object_get(value, "version")), NSACCEL_VERSION);
	json_decref(value);
}

/* What isn't a mistake of the command line has its own codes. */
static const struct {
	const char *words[MAX_WORDS];
	enum nsa_exit code;
	const char *says;
} failures[] = {
	{ { "attach", "nosuch0" }, NSA_EXIT_NOT_THERE, "nosuch0" },
	{ { "attach", LONG_NAME }, NSA_EXIT_NOT_THERE, LONG_NAME },
	{ { "attach", "" }, NSA_EXIT_NOT_THERE, "no device" },
	{ { "attach", "lo" }, NSA_EXIT_UNSUPPORTED, "lo is the loopback device" },
	{ { "detach", "lo" }, NSA_EXIT_NOT_THERE, "lo is not attached" },
	{ { "endpoint", "set", "lo", "--delivery", "tc" },
	  NSA_EXIT_NOT_THERE,
	  "lo is not attached" },
	{ { "route", "add", "10.0.0.0/8", "pass" }, NSA_EXIT_NOT_THERE, "10.0.0.0/8" },
	{ { "route", "del", "10.0.0.0/8" }, NSA_EXIT_NOT_THERE, "10.0.0.0/8" },
	{ { "ns", "set", "nsa-nosuch", "--isolated" }, NSA_EXIT_NOT_THERE, "nsa-nosuch" },
	{ { "ns", "set", "/proc/self/ns/net", "--guard", "drop" }, NSA_EXIT_NOT_THERE, "attach" },
	{ { "limit", "set", "nsa-nosuch", "in", "pps", "1" }, NSA_EXIT_NOT_THERE, "nsa-nosuch" },
	{ { "limit", "del", "/proc/self/ns/net" }, NSA_EXIT_NOT_THERE, "attach" },
	{ { "route", "flush" }, NSA_EXIT_NOT_THERE, "attach" },
	{ { "route", "get", "10.0.0.1" }, NSA_EXIT_NOT_THERE, "attach" },
	{ { "route", "show", "-n", "nsa-nosuch" }, NSA_EXIT_NOT_THERE, "nsa-nosuch" },
	{ { "attach", "lo", "-n", "999999999" }, NSA_EXIT_NOT_THERE, "999999999" },
	{ { "attach", "lo", "-n", "/dev/null" }, NSA_EXIT_NOT_THERE, "/dev/null" },
	{ { "attach", "lo", "-n", "" }, NSA_EXIT_NOT_THERE, "\"\"" },
	{ { "attach", "lo", "--bpffs", "/nonexistent" }, NSA_EXIT_NOT_THERE, "/nonexistent" },
	{ { "status", "--bpffs", "/run" }, NSA_EXIT_NOT_THERE, "mount -t bpf bpf /run" },
	{ { "detach", "--all", "--bpffs", "" }, NSA_EXIT_NOT_THERE, "bpffs" },
	{ { "sync", "-n", "nsa-nosuch" }, NSA_EXIT_NOT_THERE, "nsa-nosuch" },
	{ { "check", "-n", "nsa-nosuch" }, NSA_EXIT_NOT_THERE, "nsa-nosuch" },
	{ { "daemon", "--bpffs", "/run" }, NSA_EXIT_NOT_THERE, "mount -t bpf bpf /run" },
	{ { "monitor" }, NSA_EXIT_NOT_THERE, "no daemon is running" },
	{ { "monitor", "-n", "nsa-nosuch" }, NSA_EXIT_NOT_THERE, "nsa-nosuch" },
};

static void test_failures(void **state)
{
	const char *words[MAX_WORDS + 1] = { "-j" };
	char says[1024];

	(void)state;
	for (size_t i = 0; i < ELEMENTS(failures); i++) {
		enum nsa_exit code = run(failures[i].words);

		if (code != failures[i].code || *command_out() ||
		    !strstr(command_err(), failures[i].says) ||
		    strncmp(command_err(), "nsaccel: ", 9))
			fail_msg("exit %d from%s, with '%s' and '%s'", code,
				 line(failures[i].words), command_out(), command_err());
		memcpy(words + 1, failures[i].words, sizeof(failures[i].words));
		code = run(words);
		if (code != failures[i].code || !is_json_error(command_out(), says, sizeof(says)) ||
		    !strstr(says, failures[i].says) || *command_err())
			fail_msg("exit %d from%s, with '%s' and '%s'", code, line(words),
				 command_out(), command_err());
	}
}

static void test_exit_codes(void **state)
{
	static const struct {
		int result;
		enum nsa_exit code;
	} codes[] = {
		{ 0, NSA_EXIT_OK },
		{ NSA_EXIT_USAGE, NSA_EXIT_USAGE },
		{ NSA_EXIT_DEGRADED, NSA_EXIT_DEGRADED },
		{ -ENOENT, NSA_EXIT_NOT_THERE },
		{ -ENODEV, NSA_EXIT_NOT_THERE },
		{ -ESRCH, NSA_EXIT_NOT_THERE },
		{ -EPERM, NSA_EXIT_PERMISSION },
		{ -EACCES, NSA_EXIT_PERMISSION },
		{ -EOPNOTSUPP, NSA_EXIT_UNSUPPORTED },
		{ -ENOSYS, NSA_EXIT_UNSUPPORTED },
		{ -EBUSY, NSA_EXIT_REFUSED },
		{ -E2BIG, NSA_EXIT_REFUSED },
		{ -ENOMEM, NSA_EXIT_REFUSED },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(codes); i++)
		assert_int_equal(nsa_exit_code(codes[i].result), codes[i].code);
}

/* Nothing attached is no error: there is nothing to show. */
static void test_nothing_to_show(void **state)
{
	static const struct {
		const char *words[3], *says;
	} empty[] = {
		{ { "-j", "route" }, "[]\n" }, { { "-j", "ns" }, "[]\n" },
		{ { "-j", "stats" }, "[]\n" }, { { "-j", "endpoint" }, "[]\n" },
		{ { "detach", "--all" }, "" }, { { "-j", "check" }, "[]\n" },
		{ { "check" }, "" },	       { { "sync" }, "" },
	};
	json_t *value;

	(void)state;
	for (size_t i = 0; i < ELEMENTS(empty); i++) {
		assert_int_equal(run(empty[i].words), 0);
		assert_string_equal(command_out(), empty[i].says);
		assert_string_equal(command_err(), "");
	}
	assert_int_equal(run((const char *[]){ "-j", "status", NULL }), 0);
	value = json_loads(command_out(), 0, NULL);
	assert_int_equal(json_array_size(json_object_get(value, "owners")), 0);
	assert_true(json_is_array(json_object_get(value, "owners")));
	json_decref(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_help_and_version),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_exit_codes),
		cmocka_unit_test(test_nothing_to_show),
	};

	command_line_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
