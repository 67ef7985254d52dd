/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line: options, words, exit codes. One table of options (cli/options.c) drives
 * parsing, --help and the check of completion/nsaccel. */
#ifndef NSA_CLI_OPTIONS_H
#define NSA_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum nsa_color {
	NSA_COLOR_AUTO, /* on a terminal */
	NSA_COLOR_ALWAYS,
	NSA_COLOR_NEVER,
};

/* Those of ip(8), and a few more. */
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
	bool json, pretty, debug, quiet, all, force, timestamp, help, version, static_mode;
	bool until_detached;
	enum nsa_color color;
	char **words; /* that are no options */
	int count;
};

struct nsa_option {
	const char *name;
	char letter;  /* 0: none */
	int argument; /* as in struct option of getopt_long(3) */
	/* Stores the value in *cli. 0, or NSA_EXIT_USAGE after a message. */
	int (*take)(struct nsa_cli *cli, const struct nsa_option *option, const char *value);
	size_t field; /* its offset in struct nsa_cli */
	const char
		*value; /* as --help has it: words in small letters are to be written as they are */
	const char *with[2];   /* the commands, with their verbs, that take it; none: all do */
	const char *misplaced; /* the message if another has it */
	const char
		*help; /* its line of --help; "": nothing is to be said; NULL: not listed there */
};

/* All of them. */
const struct nsa_option *nsa_options(size_t *count);

/* Options may stand anywhere. Those of a command that have a value come once; of -n, --bpffs and
 * --color the last one holds. 0, or NSA_EXIT_USAGE after a message. */
int nsa_cli_parse(int argc, char **argv, struct nsa_cli *out);
/* Were only options given that the command takes? 0, or NSA_EXIT_USAGE after a message. */
int nsa_options_check(const struct nsa_cli *cli, const char *command);
/* Was an option given that this command, with its verb, alone takes? */
bool nsa_options_any(const struct nsa_cli *cli, const char *place);
/* Prints the lines of --help. */
void nsa_options_help(FILE *to);
/* The place of word among those that the option takes, from 0; -1 after a message. */
int nsa_option_choice(const char *name, const char *word);

/* Words from first on go in pairs: does the pair's first word, at i, come for the first time? 0, or
 * NSA_EXIT_USAGE after a message. */
int nsa_cli_once(const struct nsa_cli *cli, int first, int i);
/* r: a command's result: 0, -errno, or an exit code already. */
int nsa_exit_code(int r);
/* Tells of a mistake on the command line. Returns NSA_EXIT_USAGE. */
int nsa_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
