// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "util/bpffs.h"
#include "util/log.h"

int nsa_usage(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	nsa_err(-EINVAL, "%s; nsaccel --help shows the commands", text);
	return NSA_EXIT_USAGE;
}

/* Taking a value */

static bool *flag_of(struct nsa_cli *cli, const struct nsa_option *option)
{
	return (bool *)((char *)cli + option->field);
}

static const char **word_of(struct nsa_cli *cli, const struct nsa_option *option)
{
	return (const char **)((char *)cli + option->field);
}

static int take_flag(struct nsa_cli *cli, const struct nsa_option *option, const char *value)
{
	(void)value;
	*flag_of(cli, option) = true;
	return 0;
}

static int take_pretty(struct nsa_cli *cli, const struct nsa_option *option, const char *value)
{
	cli->json = true;
	return take_flag(cli, option, value);
}

/* For options of every command, as -n: an alias may say them, too, so the last one holds. */
static int take_last(struct nsa_cli *cli, const struct nsa_option *option, const char *value)
{
	*word_of(cli, option) = value;
	return 0;
}

/* For options of one command: of two values one would be lost without a word. */
static int take_once(struct nsa_cli *cli, const struct nsa_option *option, const char *value)
{
	if (*word_of(cli, option))
		return nsa_usage("option \"--%s\" comes twice", option->name);
	*word_of(cli, option) = value;
	return 0;
}

static int take_switch(struct nsa_cli *cli, const struct nsa_option *option, const char *value)
{
	return take_once(cli, option, value ? value : "on");
}

static int take_color(struct nsa_cli *cli, const struct nsa_option *option, const char *value)
{
	int color = nsa_option_choice(option->name, value);

	if (color < 0)
		return NSA_EXIT_USAGE;
	cli->color = (enum nsa_color)color;
	return 0;
}

/* The table */

#define FIELD(name) offsetof(struct nsa_cli, name)
#define FLAG(name)  .take = take_flag, .field = FIELD(name)
#define VALUE(how, name, words)                                                                    \
	.argument = required_argument, .take = how, .field = FIELD(name), .value = words
#define WITH_NS_SET                                                                                \
	.with = { "ns set" }, .misplaced = "--isolated, --guard, --sources, --on-miss, --policy "  \
					   "and --quota go with ns set"
#define WITH_POLICY                                                                                \
	.with = { "policy add", "policy del" }, .misplaced = "--from and --to go with policy"

/* --help lists them in this order, and of several that are misplaced the first is named. */
static const struct nsa_option options[] = {
	{ .name = "netns",
	  .letter = 'n',
	  VALUE(take_last, netns, "NAME|PID|PATH"),
	  .help = "as if run in that namespace" },
	{ .name = "json", .letter = 'j', FLAG(json), .help = "JSON, errors too" },
	{ .name = "pretty",
	  .letter = 'p',
	  .take = take_pretty,
	  .field = FIELD(pretty),
	  .help = "JSON for people" },
	{ .name = "mode",
	  VALUE(take_once, mode, "auto|native|tc"),
	  .with = { "attach" },
	  .misplaced = "--mode goes with attach" },
	{ .name = "firewall",
	  VALUE(take_once, firewall, "gate|bypass"),
	  .with = { "attach" },
	  .misplaced = "--firewall goes with attach" },
	{ .name = "delivery",
	  VALUE(take_once, delivery, "tc|xdp"),
	  .with = { "attach", "endpoint set" },
	  .misplaced = "--delivery goes with attach and endpoint set" },
	{ .name = "all", FLAG(all), .with = { "detach" }, .misplaced = "--all goes with detach" },
	{ .name = "force",
	  FLAG(force),
	  .with = { "detach" },
	  .misplaced = "--force goes with detach" },
	{ .name = "isolated",
	  .argument = optional_argument,
	  .take = take_switch,
	  .field = FIELD(isolated),
	  .value = "off|on",
	  WITH_NS_SET },
	{ .name = "guard", VALUE(take_once, guard, "pass|off|drop"), WITH_NS_SET },
	{ .name = "on-miss", VALUE(take_once, on_miss, "pass|drop"), WITH_NS_SET },
	{ .name = "sources", VALUE(take_once, sources, "auto|PREFIX,..."), WITH_NS_SET },
	{ .name = "policy", VALUE(take_once, policy, "allow|deny"), WITH_NS_SET },
	{ .name = "quota", VALUE(take_once, quota, "default|N"), WITH_NS_SET },
	{ .name = "from", VALUE(take_once, from, "NETNS|PREFIX"), WITH_POLICY },
	{ .name = "to", VALUE(take_once, to, "NETNS|PREFIX"), WITH_POLICY },
	{ .name = "static",
	  FLAG(static_mode),
	  .with = { "attach" },
	  .misplaced = "--static goes with attach" },
	{ .name = "until-detached",
	  FLAG(until_detached),
	  .with = { "daemon" },
	  .misplaced = "--until-detached goes with daemon" },
	{ .name = "timestamp",
	  .letter = 't',
	  FLAG(timestamp),
	  .with = { "monitor" },
	  .misplaced = "--timestamp goes with monitor",
	  .help = "monitor: when it happened" },
	{ .name = "quiet",
	  .letter = 'q',
	  FLAG(quiet),
	  .with = { "attach" },
	  .misplaced = "--quiet goes with attach",
	  .help = "attach: without a word, unless it fails" },
	{ .name = "debug",
	  .letter = 'd',
	  FLAG(debug),
	  .help = "also libbpf's and libxdp's messages" },
	{ .name = "bpffs",
	  VALUE(take_last, bpffs, "PATH"),
	  .help = "where bpffs is mounted (/sys/fs/bpf)" },
	{ .name = "color", VALUE(take_color, color, "auto|always|never"), .help = "" },
	{ .name = "version", .letter = 'V', FLAG(version), .help = "" },
	{ .name = "help", .letter = 'h', FLAG(help), .help = "" },
};

#define OPTIONS (sizeof(options) / sizeof(*options))

const struct nsa_option *nsa_options(size_t *count)
{
	*count = OPTIONS;
	return options;
}

void nsa_options_help(FILE *to)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		const struct nsa_option *option = &options[i];
		char text[64], letter[] = "-?, ";

		if (!option->help)
			continue;
		letter[1] = option->letter;
		snprintf(text, sizeof(text), "%4s--%s%s%s", option->letter ? letter : "",
			 option->name, option->value ? " " : "",
			 option->value ? option->value : "");
		if (*option->help)
			fprintf(to, "  %-25s  %s\n", text, option->help);
		else
			fprintf(to, "  %s\n", text);
	}
}

/* Choices */

/* "auto, native or tc" */
static void list_words(const char *words, char *text, size_t size)
{
	size_t at = 0;

	for (const char *end; *words; words = end + (*end == '|')) {
		end = strchrnul(words, '|');
		at += (size_t)snprintf(text + at, size - at, "%s%.*s",
				       !at  ? "" :
				       *end ? ", " :
					      " or ",
				       (int)(end - words), words);
	}
}

int nsa_option_choice(const char *name, const char *word)
{
	const char *words = "";
	char text[64] = "";
	int n = 0;

	for (size_t i = 0; i < OPTIONS; i++)
		if (!strcmp(options[i].name, name))
			words = options[i].value;
	for (const char *at = words, *end; *at; at = end + (*end == '|'), n++) {
		end = strchrnul(at, '|');
		if ((size_t)(end - at) == strlen(word) && !strncmp(at, word, strlen(word)))
			return n;
	}
	list_words(words, text, sizeof(text));
	nsa_usage("--%s: \"%s\" is not %s", name, word, text);
	return -1;
}

/* Which command */

static bool is_given(const struct nsa_cli *cli, const struct nsa_option *option)
{
	const char *field = (const char *)cli + option->field;

	return option->argument == no_argument ? *(const bool *)field :
						 *(const char *const *)field != NULL;
}

/* Whatever its verb: the command itself looks at that. */
static bool is_taken_by(const struct nsa_option *option, const char *command)
{
	for (size_t i = 0; i < 2 && option->with[i]; i++)
		if (!strncmp(option->with[i], command, strcspn(option->with[i], " ")) &&
		    strlen(command) == strcspn(option->with[i], " "))
			return true;
	return !option->with[0];
}

int nsa_options_check(const struct nsa_cli *cli, const char *command)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (options[i].with[0] && is_given(cli, &options[i]) &&
		    !is_taken_by(&options[i], command))
			return nsa_usage("%s", options[i].misplaced);
	return 0;
}

bool nsa_options_any(const struct nsa_cli *cli, const char *place)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (options[i].with[0] && !strcmp(options[i].with[0], place) &&
		    is_given(cli, &options[i]))
			return true;
	return false;
}

/* Parsing */

/* The table as getopt_long(3) wants it. */
struct getopt_table {
	struct option longs[OPTIONS + 1];
	char letters[2 * OPTIONS + 2];
};

/* Values of long options are above all letters. */
#define LONG_VALUE 256

static void fill_getopt_table(struct getopt_table *table)
{
	char *letter = table->letters;

	memset(table, 0, sizeof(*table));
	*letter++ = ':'; /* tell a missing value from an unknown option */
	for (size_t i = 0; i < OPTIONS; i++) {
		table->longs[i] = (struct option){ .name = options[i].name,
						   .has_arg = options[i].argument,
						   .val = LONG_VALUE + (int)i };
		if (!options[i].letter)
			continue;
		*letter++ = options[i].letter;
		if (options[i].argument == required_argument)
			*letter++ = ':';
	}
}

/* NULL: getopt_long(3) found a mistake. */
static const struct nsa_option *find_option(int value)
{
	if (value >= LONG_VALUE)
		return &options[value - LONG_VALUE];
	for (size_t i = 0; i < OPTIONS; i++)
		if (options[i].letter && options[i].letter == value)
			return &options[i];
	return NULL;
}

static int bad_option(int argc, char **argv, bool missing_argument)
{
	const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "?";

	if (missing_argument)
		return nsa_usage("option \"%s\" wants a value", word);
	if (optopt && optopt < LONG_VALUE && strncmp(word, "--", 2))
		return nsa_usage("unknown option \"-%c\"", optopt);
	return nsa_usage("unknown option \"%s\"", word);
}

/* Errors, too, are JSON if that is asked for anywhere. On a copy, since getopt_long(3) reorders
 * words. */
static bool wants_json(int argc, char **argv, const struct getopt_table *table)
{
	char **words = calloc((size_t)argc + 1, sizeof(*words));
	const struct nsa_option *option;
	bool json = false;
	int value;

	if (!words)
		return false;
	memcpy(words, argv, (size_t)argc * sizeof(*words));
	optind = 0;
	while ((value = getopt_long(argc, words, table->letters, table->longs, NULL)) != -1) {
		option = find_option(value);
		json |= option && (option->letter == 'j' || option->letter == 'p');
	}
	free(words);
	return json;
}

int nsa_cli_parse(int argc, char **argv, struct nsa_cli *out)
{
	struct nsa_cli cli = { .bpffs = NSA_BPFFS_DEFAULT };
	const struct nsa_option *option;
	struct getopt_table table;
	int value, r = 0;

	fill_getopt_table(&table);
	opterr = 0;
	nsa_log_init(wants_json(argc, argv, &table), false);
	optind = 0; /* start anew */
	while (!r && (value = getopt_long(argc, argv, table.letters, table.longs, NULL)) != -1) {
		option = find_option(value);
		r = option ? option->take(&cli, option, optarg) :
			     bad_option(argc, argv, value == ':');
	}
	cli.words = argv + optind;
	cli.count = argc - optind;
	*out = cli;
	return r;
}

int nsa_cli_once(const struct nsa_cli *cli, int first, int i)
{
	for (int before = first; before < i; before += 2)
		if (!strcmp(cli->words[before], cli->words[i]))
			return nsa_usage("%s: \"%s\" comes twice", cli->words[0], cli->words[i]);
	return 0;
}

int nsa_exit_code(int r)
{
	if (r >= 0)
		return r;
	switch (-r) {
	case ENOENT:
	case ENODEV:
	case ESRCH:
		return NSA_EXIT_NOT_THERE;
	case EPERM:
	case EACCES:
		return NSA_EXIT_PERMISSION;
	case EOPNOTSUPP:
	case ENOSYS:
		return NSA_EXIT_UNSUPPORTED;
	default:
		return NSA_EXIT_REFUSED;
	}
}
