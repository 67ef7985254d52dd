// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/cli/options.c: which options and words a command line has. */
#include <string.h>

#include "command_line.h"
#include "sandbox.h"
#include "user/cli/commands.h"

struct parsed {
	const char *words[MAX_WORDS + 1];
	struct nsa_cli want;
	const char *left[MAX_WORDS];
};

#define BPFFS .bpffs = "/sys/fs/bpf"

static const struct parsed lines[] = {
	{ {}, { BPFFS }, {} },
	{ { "status" }, { BPFFS, .count = 1 }, { "status" } },
	{ { "-j", "status" }, { BPFFS, .json = true, .count = 1 }, { "status" } },
	{ { "status", "-j" }, { BPFFS, .json = true, .count = 1 }, { "status" } },
	{ { "status", "--json" }, { BPFFS, .json = true, .count = 1 }, { "status" } },
	{ { "status", "-p" }, { BPFFS, .json = true, .pretty = true, .count = 1 }, { "status" } },
	{ { "--pretty", "status" },
	  { BPFFS, .json = true, .pretty = true, .count = 1 },
	  { "status" } },
	{ { "-jd", "status", "-V" },
	  { BPFFS, .json = true, .debug = true, .version = true, .count = 1 },
	  { "status" } },
	{ { "attach", "-n", "blue", "eth0" },
	  { BPFFS, .netns = "blue", .count = 2 },
	  { "attach", "eth0" } },
	{ { "attach", "eth0", "-nblue" },
	  { BPFFS, .netns = "blue", .count = 2 },
	  { "attach", "eth0" } },
	{ { "attach", "eth0", "--netns=blue" },
	  { BPFFS, .netns = "blue", .count = 2 },
	  { "attach", "eth0" } },
	{ { "-n", "red", "attach", "eth0", "--netns", "blue" },
	  { BPFFS, .netns = "blue", .count = 2 },
	  { "attach", "eth0" } },
	{ { "attach", "--mode", "tc", "eth0", "--firewall", "bypass", "--delivery", "xdp" },
	  { BPFFS, .mode = "tc", .firewall = "bypass", .delivery = "xdp", .count = 2 },
	  { "attach", "eth0" } },
	{ { "monitor", "-t" }, { BPFFS, .timestamp = true, .count = 1 }, { "monitor" } },
	{ { "monitor", "-jt" },
	  { BPFFS, .json = true, .timestamp = true, .count = 1 },
	  { "monitor" } },
	{ { "--timestamp", "monitor" }, { BPFFS, .timestamp = true, .count = 1 }, { "monitor" } },
	{ { "detach", "--all", "--bpffs", "/tmp" },
	  { .bpffs = "/tmp", .all = true, .count = 1 },
	  { "detach" } },
	{ { "detach", "--force", "eth0" },
	  { BPFFS, .force = true, .count = 2 },
	  { "detach", "eth0" } },
	{ { "ns", "set", "red", "--isolated" },
	  { BPFFS, .isolated = "on", .count = 3 },
	  { "ns", "set", "red" } },
	{ { "ns", "set", "--isolated", "red" },
	  { BPFFS, .isolated = "on", .count = 3 },
	  { "ns", "set", "red" } },
	{ { "ns", "set", "red", "--isolated=off", "--guard", "drop" },
	  { BPFFS, .isolated = "off", .guard = "drop", .count = 3 },
	  { "ns", "set", "red" } },
	{ { "ns", "set", "red", "--sources=fd00::/8,10.0.0.1", "--on-miss", "pass" },
	  { BPFFS, .sources = "fd00::/8,10.0.0.1", .on_miss = "pass", .count = 3 },
	  { "ns", "set", "red" } },
	{ { "limit", "set", "red", "out", "rate", "1mbit" },
	  { BPFFS, .count = 6 },
	  { "limit", "set", "red", "out", "rate", "1mbit" } },
	{ { "ns", "--color", "always", "show" },
	  { BPFFS, .color = NSA_COLOR_ALWAYS, .count = 2 },
	  { "ns", "show" } },
	{ { "ns", "--color=never", "show" },
	  { BPFFS, .color = NSA_COLOR_NEVER, .count = 2 },
	  { "ns", "show" } },
	{ { "--color=never", "ns", "--color", "always" },
	  { BPFFS, .color = NSA_COLOR_ALWAYS, .count = 1 },
	  { "ns" } },
	{ { "--color", "auto", "-h" }, { BPFFS, .help = true }, {} },
	/* What looks like an option need not be one. */
	{ { "attach", "--", "-j" }, { BPFFS, .count = 2 }, { "attach", "-j" } },
	{ { "attach", "-" }, { BPFFS, .count = 2 }, { "attach", "-" } },
	{ { "-n", "-j", "status" }, { BPFFS, .netns = "-j", .count = 1 }, { "status" } },
	{ { "" }, { BPFFS, .count = 1 }, { "" } },
};

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool same_cli(const struct nsa_cli *a, const struct nsa_cli *b)
{
	return same_text(a->netns, b->netns) && same_text(a->bpffs, b->bpffs) &&
	       same_text(a->mode, b->mode) && same_text(a->delivery, b->delivery) &&
	       same_text(a->firewall, b->firewall) && a->json == b->json &&
	       a->pretty == b->pretty && a->debug == b->debug && a->all == b->all &&
	       a->timestamp == b->timestamp && a->help == b->help && a->version == b->version &&
	       a->color == b->color && a->count == b->count;
}

static void test_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(lines); i++) {
		char *argv[MAX_WORDS + 2] = { (char *)"nsaccel" };
		struct nsa_cli cli = {};
		int argc, r;

		for (argc = 1; lines[i].words[argc - 1]; argc++)
			argv[argc] = (char *)lines[i].words[argc - 1];
		r = nsa_cli_parse(argc, argv, &cli);
		if (r || !same_cli(&cli, &lines[i].want))
			fail_msg("%d, or something else, from%s", r, line(lines[i].words));
		for (int word = 0; word < cli.count; word++)
			assert_string_equal(cli.words[word], lines[i].left[word]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
	};

	command_line_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
