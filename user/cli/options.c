// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "util/bpffs.h"
#include "util/log.h"

enum {
	OPT_BPFFS = 256,
	OPT_COLOR,
	OPT_MODE,
	OPT_DELIVERY,
	OPT_FIREWALL,
	OPT_ALL,
	OPT_FORCE,
	OPT_ISOLATED,
	OPT_GUARD,
	OPT_ON_MISS,
	OPT_SOURCES,
	OPT_QUOTA,
	OPT_POLICY,
	OPT_FROM,
	OPT_TO,
	OPT_STATIC,
	OPT_UNTIL_DETACHED,
};

static const struct option options[] = {
	{ "netns", required_argument, NULL, 'n' },
	{ "json", no_argument, NULL, 'j' },
	{ "pretty", no_argument, NULL, 'p' },
	{ "timestamp", no_argument, NULL, 't' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "debug", no_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "bpffs", required_argument, NULL, OPT_BPFFS },
	{ "color", required_argument, NULL, OPT_COLOR },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "delivery", required_argument, NULL, OPT_DELIVERY },
	{ "firewall", required_argument, NULL, OPT_FIREWALL },
	{ "all", no_argument, NULL, OPT_ALL },
	{ "force", no_argument, NULL, OPT_FORCE },
	{ "isolated", optional_argument, NULL, OPT_ISOLATED },
	{ "guard", required_argument, NULL, OPT_GUARD },
	{ "on-miss", required_argument, NULL, OPT_ON_MISS },
	{ "sources", required_argument, NULL, OPT_SOURCES },
	{ "quota", required_argument, NULL, OPT_QUOTA },
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "to", required_argument, NULL, OPT_TO },
	{ "static", no_argument, NULL, OPT_STATIC },
	{ "until-detached", no_argument, NULL, OPT_UNTIL_DETACHED },
	{},
};

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

static int parse_color(const char *word, enum nsa_color *out)
{
	if (!word || !strcmp(word, "auto"))
		*out = NSA_COLOR_AUTO;
	else if (!strcmp(word, "always"))
		*out = NSA_COLOR_ALWAYS;
	else if (!strcmp(word, "never"))
		*out = NSA_COLOR_NEVER;
	else
		return nsa_usage("--color: \"%s\" is not auto, always or never", word);
	return 0;
}

/* What a command is to do: of two values one would be lost without a word. What every command takes,
 * as -n, an alias may say, too: there the last one holds. */
static int take_once(int opt, const char *value, const char **out)
{
	const struct option *option = options;

	while (option->name && option->val != opt)
		option++;
	if (*out)
		return nsa_usage("option \"--%s\" comes twice", option->name);
	*out = value;
	return 0;
}

static int bad_option(int argc, char **argv, int missing_argument)
{
	const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "?";

	if (missing_argument)
		return nsa_usage("option \"%s\" wants a value", word);
	if (optopt && optopt < 256 && strncmp(word, "--", 2))
		return nsa_usage("unknown option \"-%c\"", optopt);
	return nsa_usage("unknown option \"%s\"", word);
}

/* An error, too, is to be JSON if that is asked for anywhere. On a copy: getopt reorders. */
static bool wants_json(int argc, char **argv)
{
	char **words = calloc((size_t)argc + 1, sizeof(*words));
	bool json = false;
	int opt;

	if (!words)
		return false;
	memcpy(words, argv, (size_t)argc * sizeof(*words));
	optind = 0;
	while ((opt = getopt_long(argc, words, ":n:jptqdhV", options, NULL)) != -1)
		json |= opt == 'j' || opt == 'p';
	free(words);
	return json;
}

int nsa_cli_parse(int argc, char **argv, struct nsa_cli *out)
{
	struct nsa_cli cli = { .bpffs = NSA_BPFFS_DEFAULT };
	int opt, r = 0;

	opterr = 0;
	nsa_log_init(wants_json(argc, argv), false);
	optind = 0; /* start anew */
	while (!r && (opt = getopt_long(argc, argv, ":n:jptqdhV", options, NULL)) != -1) {
		switch (opt) {
		case 'n':
			cli.netns = optarg;
			break;
		case 'p':
			cli.pretty = true;
			cli.json = true;
			break;
		case 'j':
			cli.json = true;
			break;
		case 't':
			cli.timestamp = true;
			break;
		case 'q':
			cli.quiet = true;
			break;
		case 'd':
			cli.debug = true;
			break;
		case 'h':
			cli.help = true;
			break;
		case 'V':
			cli.version = true;
			break;
		case OPT_BPFFS:
			cli.bpffs = optarg;
			break;
		case OPT_COLOR:
			r = parse_color(optarg, &cli.color);
			break;
		case OPT_MODE:
			r = take_once(opt, optarg, &cli.mode);
			break;
		case OPT_DELIVERY:
			r = take_once(opt, optarg, &cli.delivery);
			break;
		case OPT_FIREWALL:
			r = take_once(opt, optarg, &cli.firewall);
			break;
		case OPT_ALL:
			cli.all = true;
			break;
		case OPT_FORCE:
			cli.force = true;
			break;
		case OPT_ISOLATED:
			r = take_once(opt, optarg ? optarg : "on", &cli.isolated);
			break;
		case OPT_GUARD:
			r = take_once(opt, optarg, &cli.guard);
			break;
		case OPT_ON_MISS:
			r = take_once(opt, optarg, &cli.on_miss);
			break;
		case OPT_SOURCES:
			r = take_once(opt, optarg, &cli.sources);
			break;
		case OPT_QUOTA:
			r = take_once(opt, optarg, &cli.quota);
			break;
		case OPT_POLICY:
			r = take_once(opt, optarg, &cli.policy);
			break;
		case OPT_FROM:
			r = take_once(opt, optarg, &cli.from);
			break;
		case OPT_TO:
			r = take_once(opt, optarg, &cli.to);
			break;
		case OPT_STATIC:
			cli.snapshot = true;
			break;
		case OPT_UNTIL_DETACHED:
			cli.until_detached = true;
			break;
		default:
			r = bad_option(argc, argv, opt == ':');
		}
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
