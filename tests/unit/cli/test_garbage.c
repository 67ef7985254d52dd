// SPDX-License-Identifier: GPL-2.0-only
/* Command lines with random words: no crash, one message at most, JSON where it is asked for. */
#include <jansson.h>
#include <string.h>

#include "command_line.h"
#include "sandbox.h"
#include "user/cli/commands.h"

#define MANY 2000

/* What garbage starts from. Not from "daemon", which goes on. */
static const char *const valid[][MAX_WORDS] = {
	{ "attach", "lo", "--mode", "tc", "--delivery", "xdp", "--firewall", "bypass" },
	{ "detach", "lo" },
	{ "detach", "--all" },
	{ "status" },
	{ "route", "add", "10.0.0.0/8", "via", "10.0.0.1" },
	{ "route", "replace", "fd00::/16", "dev", "lo" },
	{ "route", "del", "default" },
	{ "route", "flush", "-n", "nosuch0" },
	{ "route", "show" },
	{ "route", "get", "10.0.0.1", "from", "10.0.0.2", "iif", "lo" },
	{ "ns", "show" },
	{ "endpoint", "show", "--color", "always" },
	{ "endpoint", "set", "lo", "--delivery", "xdp" },
	{ "stats", "show" },
	{ "sync" },
	{ "check", "-n", "nosuch0" },
	{ "monitor", "-t" },
	{},
};

/* Those that ask for JSON come first. */
#define JSON_WORDS 5
static const char *const garbage[] = {
	"-j",
	"-p",
	"-jp",
	"--json",
	"--js",
	"attach",
	"detach",
	"route",
	"ns",
	"endpoint",
	"status",
	"stats",
	"sync",
	"check",
	"monitor",
	"help",
	"add",
	"del",
	"replace",
	"show",
	"get",
	"flush",
	"set",
	"via",
	"dev",
	"netns",
	"blackhole",
	"unreachable",
	"prohibit",
	"pass",
	"from",
	"iif",
	"native",
	"-d",
	"-h",
	"-V",
	"-n",
	"-x",
	"-",
	"--",
	"---",
	"-nj",
	"--json=1",
	"--netns",
	"--netns=",
	"--mode",
	"--mode=tc",
	"--delivery",
	"--firewall",
	"--timestamp",
	"--all",
	"--all=1",
	"--color",
	"--color=never",
	"--bpffs=/run",
	"--bpffs=/dev/null",
	"--frobnicate",
	"--=",
	"lo",
	"nosuch0",
	"10.0.0.0/8",
	"10.0.0.1",
	"10.0.0.1/8",
	"default",
	"fd00::/16",
	"fd00::1",
	"::/0",
	"::",
	"0",
	"-1",
	"99999999999",
	"",
	" ",
	"\n",
	"\xff\xfe",
	"\xc3\x28",
	"\xe2\x82\xac",
	"\033[31m",
	"\"",
	"\\",
	"%s%n%x",
	"/",
	"/dev/null",
	"/nonexistent/x",
	"/proc/self/ns/net",
	"../..",
	".",
	LONG_NAME,
	LONG_NAME LONG_NAME LONG_NAME LONG_NAME LONG_NAME LONG_NAME LONG_NAME LONG_NAME
};

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13; /* xorshift32 */
	*state ^= *state >> 17;
	return *state ^= *state << 5;
}

static const char *garbage_word(uint32_t *random, bool json)
{
	uint32_t first = json ? 0 : JSON_WORDS;

	return garbage[first + next_random(random) % (ELEMENTS(garbage) - first)];
}

/* A valid line with up to three words changed, or added at the end. */
static void make_line(const char **words, uint32_t *random, bool json)
{
	const char *const *from = valid[next_random(random) % ELEMENTS(valid)];
	uint32_t count = 0, changes = next_random(random) % 4;

	memset(words, 0, (MAX_WORDS + 1) * sizeof(*words));
	if (json)
		words[count++] = "-j";
	while (*from)
		words[count++] = *from++;
	while (changes--) {
		uint32_t at = json + next_random(random) % (count + 1 - json);

		words[at] = garbage_word(random, json);
		count += at == count;
	}
}

/* How many errors does the text tell of? */
static int count_messages(const char *text)
{
	int count = 0;

	for (const char *at = text; (at = strstr(at, "nsaccel: ")); at++)
		count += (at == text || at[-1] == '\n') &&
			 strncmp(at, "nsaccel: warning: ", 18) != 0 &&
			 strncmp(at, "nsaccel: debug: ", 16) != 0;
	return count;
}

static bool is_help(const char *text)
{
	return !strncmp(text, "Usage: nsaccel ", 15);
}

/* One JSON value, an error if and only if it failed; help is for people. */
static bool is_good_json(int code)
{
	char says[1024];
	json_t *value;

	if (is_help(command_out()) || is_help(command_err()))
		return true;
	if (code)
		return is_json_error(command_out(), says, sizeof(says)) &&
		       !count_messages(command_err());
	value = json_loads(command_out(), 0, NULL);
	json_decref(value);
	return (value && !json_object_get(value, "error")) || !*command_out();
}

static bool is_good_text(int code)
{
	if (is_help(command_err()))
		return code == NSA_EXIT_USAGE && !*command_out();
	return count_messages(command_err()) == !!code;
}

static void test_garbage(void **state)
{
	uint32_t random = 20260731;
	int fds = count_fds();

	(void)state;
	for (int n = 0; n < MANY; n++) {
		const char *words[MAX_WORDS + 1];
		bool json = n % 2;
		int code;

		make_line(words, &random, json);
		code = run(words);
		if (code < NSA_EXIT_OK || code > NSA_EXIT_UNSUPPORTED ||
		    !(json ? is_good_json(code) : is_good_text(code)))
			fail_msg("%d: exit %d from%s, with '%s' and '%s'", n, code, line(words),
				 command_out(), command_err());
	}
	assert_int_equal(count_fds(), fds);
	sh("test -z \"$(ls /sys/fs/bpf | grep -v debug)\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_garbage),
	};

	command_line_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
