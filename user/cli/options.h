/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line: options, words, exit codes. */
#ifndef NSA_CLI_OPTIONS_H
#define NSA_CLI_OPTIONS_H

#include <stdbool.h>

enum nsa_color {
	NSA_COLOR_AUTO, /* on a terminal */
	NSA_COLOR_ALWAYS,
	NSA_COLOR_NEVER,
};

/* What ip(8) uses, and a few more. */
enum nsa_exit {
	NSA_EXIT_OK = 0,
	NSA_EXIT_USAGE = 1,
	NSA_EXIT_REFUSED = 2, /* by the kernel or the system */
	NSA_EXIT_NOT_THERE = 3,
	NSA_EXIT_DEGRADED = 4,
	NSA_EXIT_PERMISSION = 5,
	NSA_EXIT_UNSUPPORTED = 6, /* here */
};

struct nsa_cli {
	/* NULL: not given */
	const char *netns, *bpffs, *mode, *delivery, *firewall;
	const char *isolated, *guard, *on_miss, *sources, *policy, *quota;
	const char *from, *to;
	bool json, pretty, debug, quiet, all, force, timestamp, help, version, snapshot;
	bool until_detached;
	enum nsa_color color;
	char **words; /* what isn't an option */
	int count;
};

/* Options may stand anywhere. Those of a command that have a value come once; of -n, --bpffs and
 * --color the last one holds. 0, or NSA_EXIT_USAGE after a message. */
int nsa_cli_parse(int argc, char **argv, struct nsa_cli *out);
/* Of words that go in pairs from the one at first on: the one at i comes for the first time? 0, or
 * NSA_EXIT_USAGE after a message. */
int nsa_cli_once(const struct nsa_cli *cli, int first, int i);
/* Of a command's result: 0, or -errno; a positive one is an exit code already. */
int nsa_exit_code(int r);
/* Message about a bad word; -EINVAL's exit code, 1, whatever the command returns else. */
int nsa_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The program, for main() and for fuzzing. Returns the exit code. */
int nsa_main(int argc, char **argv);

#endif
