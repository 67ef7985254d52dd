// SPDX-License-Identifier: GPL-2.0-only
/* Runs the command that the first word names. */
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

/* only: the index of a command; COMMANDS: all. */
static void print_help(FILE *to, size_t only)
{
	fputs(only < COMMANDS ? "Usage: nsaccel [OPTIONS]\n" :
				"Usage: nsaccel [OPTIONS] COMMAND\n\nCommands:\n",
	      to);
	for (size_t i = 0; i < COMMANDS; i++)
		if (only == COMMANDS || only == i)
			fprintf(to, "       %s\n", commands[i].usage);
	fputs("\nOptions:\n", to);
	nsa_options_help(to);
	fputs("\nnsaccel COMMAND --help shows one, nsaccel(8) says what each does.\n", to);
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
	r = nsa_options_check(cli, commands[i].name);
	return r ? r : commands[i].run(cli);
}

/* Whoever asked has to learn that it failed, also where a function below forgot to say why. */
static void tell_at_least(const struct nsa_cli *cli, int r)
{
	if (r < 0 && !nsa_log_error())
		nsa_log_err("%s: %s; nsaccel -d may tell more",
			    cli->count ? cli->words[0] : "nsaccel", strerror(-r));
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
		tell_at_least(&cli, r);
	}
	nsa_log_flush_json_error();
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "nsaccel: write output: %s\n", strerror(errno));
		return NSA_EXIT_REFUSED;
	}
	return nsa_exit_code(r);
}
