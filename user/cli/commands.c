// SPDX-License-Identifier: GPL-2.0-only
/* Which command a word means. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "nsaccel/abi.h"
#include "ops/version.h"
#include "util/log.h"

static const struct {
	const char *name;
	int (*run)(const struct nsa_cli *cli);
	const char *usage;
} commands[] = {
	{ "attach", cmd_attach,
	  "attach DEV [--mode auto|native|tc] [--delivery tc|xdp] [--firewall gate|bypass]\n"
	  "                              [--static]" },
	{ "detach", cmd_detach, "detach DEV | --all [--force]" },
	{ "status", cmd_status, "status" },
	{ "route", cmd_route,
	  "route add|replace PREFIX via GATEWAY | dev DEV | netns NETNS |\n"
	  "                              blackhole | unreachable | prohibit | pass\n"
	  "       route del PREFIX | flush | show | get ADDRESS [from ADDRESS] [iif DEV]" },
	{ "ns", cmd_ns,
	  "ns show | ns set NETNS | dev DEV [--isolated[=on|off]] [--guard off|pass|drop]\n"
	  "                              [--sources auto|PREFIX,...] [--on-miss pass|drop]\n"
	  "                              [--quota default|N]\n"
	  "                              [--policy allow|deny]" },
	{ "policy", cmd_policy,
	  "policy add|del [--from WHO] [--to WHO] [proto PROTO] [dport PORT[-PORT]]\n"
	  "                              [pref N] allow|deny (WHO: NETNS|PREFIX)\n"
	  "       policy del NUMBER | flush | show | load FILE|- | save" },
	{ "limit", cmd_limit,
	  "limit set NETNS in|out [rate BITS] [burst BYTES] [pps PACKETS]\n"
	  "                              [pps-burst PACKETS]\n"
	  "       limit del NETNS [in|out] | show" },
	{ "endpoint", cmd_endpoint, "endpoint show | endpoint set DEV --delivery tc|xdp" },
	{ "share", cmd_share,
	  "share DEV netns NETNS address ADDRESS/LENGTH [vlan VLAN] [dev NAME] | show" },
	{ "unshare", cmd_unshare, "unshare DEV netns NETNS [address ADDRESS] [vlan VLAN]" },
	{ "bind", cmd_bind, "bind DEV vlan VLAN netns NETNS [dev NAME]" },
	{ "unbind", cmd_unbind, "unbind DEV vlan VLAN" },
	{ "stats", cmd_stats, "stats show | port" },
	{ "sync", cmd_sync, "sync" },
	{ "check", cmd_check, "check" },
	{ "daemon", cmd_daemon, "daemon [--until-detached]" },
	{ "monitor", cmd_monitor, "monitor [-t]" },
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static size_t find_command(const char *name)
{
	size_t i = 0;

	while (i < COMMANDS && strcmp(commands[i].name, name) != 0)
		i++;
	return i;
}

/* only: one command's; COMMANDS: all. */
static void print_help(FILE *to, size_t only)
{
	fputs(only < COMMANDS ? "Usage: nsaccel [OPTIONS]\n" :
				"Usage: nsaccel [OPTIONS] COMMAND\n\nCommands:\n",
	      to);
	for (size_t i = 0; i < COMMANDS; i++)
		if (only == COMMANDS || only == i)
			fprintf(to, "       %s\n", commands[i].usage);
	fputs("\nOptions:\n"
	      "  -n, --netns NAME|PID|PATH  as if run in that namespace\n"
	      "  -j, --json                 JSON, errors too\n"
	      "  -p, --pretty               JSON for people\n"
	      "  -t, --timestamp            monitor: when it happened\n"
	      "  -q, --quiet                attach: without a word, unless it fails\n"
	      "  -d, --debug                also libbpf's and libxdp's messages\n"
	      "      --bpffs PATH           where bpffs is mounted (/sys/fs/bpf)\n"
	      "      --color auto|always|never\n"
	      "  -V, --version\n"
	      "  -h, --help\n\nnsaccel COMMAND --help shows one, nsaccel(8) says what each does.\n",
	      to);
}

static int print_version(const struct nsa_cli *cli)
{
	if (cli->json)
		printf("{\"version\": \"%s\", \"abi\": %d, \"libbpf\": \"%s\"}\n", NSACCEL_VERSION,
		       NSACCEL_ABI_VERSION, nsa_version_libbpf());
	else
		printf("nsaccel %s, ABI %d, libbpf %s\n", NSACCEL_VERSION, NSACCEL_ABI_VERSION,
		       nsa_version_libbpf());
	return 0;
}

/* Options of one command, given with another, are a mistake and not to be ignored. */
static int check_options(const struct nsa_cli *cli, const char *name)
{
	bool attach = !strcmp(name, "attach"), endpoint = !strcmp(name, "endpoint");

	if (cli->mode && !attach)
		return nsa_usage("--mode goes with attach");
	if (cli->firewall && !attach)
		return nsa_usage("--firewall goes with attach");
	if (cli->delivery && !attach && !endpoint)
		return nsa_usage("--delivery goes with attach and endpoint set");
	if (cli->all && strcmp(name, "detach"))
		return nsa_usage("--all goes with detach");
	if (cli->force && strcmp(name, "detach"))
		return nsa_usage("--force goes with detach");
	if ((cli->isolated || cli->guard || cli->on_miss || cli->sources || cli->policy ||
	     cli->quota) &&
	    strcmp(name, "ns"))
		return nsa_usage("--isolated, --guard, --sources, --on-miss, --policy and --quota "
				 "go with ns set");
	if ((cli->from || cli->to) && strcmp(name, "policy"))
		return nsa_usage("--from and --to go with policy");
	if (cli->snapshot && !attach)
		return nsa_usage("--static goes with attach");
	if (cli->until_detached && strcmp(name, "daemon"))
		return nsa_usage("--until-detached goes with daemon");
	if (cli->quiet && !attach)
		return nsa_usage("--quiet goes with attach");
	if (cli->timestamp && strcmp(name, "monitor"))
		return nsa_usage("--timestamp goes with monitor");
	return 0;
}

static int run(const struct nsa_cli *cli)
{
	size_t i;
	int r;

	if (cli->version)
		return print_version(cli);
	if (!cli->count && !cli->help && cli->json)
		return nsa_usage("a command is missing");
	if (!cli->count) {
		print_help(cli->help ? stdout : stderr, COMMANDS);
		return cli->help ? 0 : NSA_EXIT_USAGE;
	}
	if (cli->help || !strcmp(cli->words[0], "help")) {
		bool word = !strcmp(cli->words[0], "help");

		print_help(stdout, cli->count > word ? find_command(cli->words[word]) : COMMANDS);
		return 0;
	}
	i = find_command(cli->words[0]);
	if (i == COMMANDS)
		return nsa_usage("unknown command \"%s\"", cli->words[0]);
	r = check_options(cli, commands[i].name);
	return r ? r : commands[i].run(cli);
}

int nsa_main(int argc, char **argv)
{
	struct nsa_cli cli = {};
	int r;

	r = nsa_cli_parse(argc, argv, &cli);
	if (!r) {
		nsa_log_init(cli.json, cli.debug);
		nsa_log_capture_libs();
		r = run(&cli);
	}
	nsa_log_flush_json_error();
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "nsaccel: write output: %s\n", strerror(errno));
		return NSA_EXIT_REFUSED;
	}
	return nsa_exit_code(r);
}
