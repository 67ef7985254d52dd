// SPDX-License-Identifier: GPL-2.0-only
/* Whichever call of a command fails, with -j it prints one JSON value, which is an error unless it
 * says that it has succeeded. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake/machine.h"
#include "user/cli/commands.h"
#include "user/util/log.h"

#define ELEMENTS(array) (sizeof(array) / sizeof(*(array)))
#define MAX_WORDS	10

static char output[65536];

/* The exit code; what it prints on stdout is in output. */
static int run(const char *const *words)
{
	char *argv[MAX_WORDS + 5] = { (char *)"nsaccel", (char *)"-j", (char *)"--bpffs",
				      (char *)machine.bpffs };
	int saved = dup(STDOUT_FILENO), file = memfd_create("stdout", MFD_CLOEXEC);
	int argc = 4, code;
	ssize_t len;

	for (; words[argc - 4]; argc++)
		argv[argc] = (char *)words[argc - 4];
	fflush(stdout);
	assert_true(saved >= 0 && file >= 0 && dup2(file, STDOUT_FILENO) >= 0);
	code = nsa_main(argc, argv);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	len = pread(file, output, sizeof(output) - 1, 0);
	assert_true(len >= 0);
	output[len] = '\0';
	close(saved);
	close(file);
	return code;
}

static const char *const commands[][MAX_WORDS] = {
	{ "attach", "eth0", "--mode", "native", "--delivery", "xdp" },
	{ "detach", "--all", "--force" },
	{ "status" },
	{ "check" },
	{ "stats", "show" },
	{ "stats", "port" },
	{ "ns", "show" },
	{ "ns", "set", "red", "--isolated", "--sources", "10.2.0.0/24", "--quota", "9" },
	{ "limit", "set", "red", "in", "rate", "1mbit" },
	{ "limit", "show" },
	{ "policy", "add", "--from", "red", "--to", "blue", "deny" },
	{ "policy", "show" },
	{ "route", "add", "10.9.0.0/16", "via", "10.1.0.9" },
	{ "route", "del", "10.8.0.0/16" },
	{ "route", "show" },
	{ "endpoint", "show" },
	{ "endpoint", "set", "red", "--delivery", "xdp" },
	{ "share", "show" },
};

static void prepare(void)
{
	machine_reset();
	assert_int_equal(machine_attach("eth0"), 0);
	assert_int_equal(
		run((const char *[]){ "route", "add", "10.8.0.0/16", "via", "10.1.0.9", NULL }), 0);
}

/* check has an error that ended it as the last item of its list. */
static const char *error_of(const json_t *value)
{
	const json_t *last = json_array_get(value, json_array_size(value) - 1);

	return json_string_value(json_object_get(last ?: value, "error"));
}

/* The fake of one function doesn't say why it fails: that is the last resort's test. */
static bool is_told(const char *error)
{
	bool at_least = strstr(error, "may tell more");

	return at_least == !strcmp(fake_failed(), "nsa_feature_check_privileges");
}

static bool is_right(int code)
{
	json_t *value = json_loads(output, JSON_DECODE_ANY, NULL);
	const char *error = error_of(value);
	bool right;

	if (code == NSA_EXIT_OK || code == NSA_EXIT_DEGRADED)
		right = !error && (value || !*output);
	else
		right = error && is_told(error);
	json_decref(value);
	return right;
}

static void check(const char *const *words, unsigned int n, int code)
{
	if (!is_right(code))
		fail_msg("%s %s: exit %d as call %u (%s) failed, with '%s'", words[0],
			 words[1] ?: "", code, n, fake_failed(), output);
}

#define NEW_MACHINE 16

/* What fails is undone, so that the same machine is as good as a new one, and much cheaper. */
static void try_each_failure(const char *const *words)
{
	int code = 0;

	for (unsigned int n = 1;; n++) {
		if (!code || n % NEW_MACHINE == 0)
			prepare();
		fake_fail(NULL, n, -EIO);
		code = run(words);
		if (!fake_failed())
			break;
		check(words, n, code);
	}
	fake_fail_never();
	if (code)
		fail_msg("%s %s: exit %d, with '%s'", words[0], words[1] ?: "", code, output);
}

static void test_each_failure(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(commands); i++)
		try_each_failure(commands[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_each_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
