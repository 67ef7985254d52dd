// SPDX-License-Identifier: GPL-2.0-only
/* Mistakes on the command line: exit code 1 and one message, also in JSON. */
#include <stdio.h>
#include <string.h>

#include "command_line.h"
#include "sandbox.h"
#include "user/cli/commands.h"

#define HINT "; nsaccel --help shows the commands\n"

#define NS_SET "--isolated, --guard, --sources, --on-miss, --policy and --quota go with ns set"

static const struct {
	const char *words[MAX_WORDS];
	const char *says;
} mistakes[] = {
	{ { "frobnicate" }, "unknown command \"frobnicate\"" },
	{ { "" }, "unknown command \"\"" },
	{ { "Status" }, "unknown command \"Status\"" },
	{ { "%s%n" }, "unknown command \"%s%n\"" },
	{ { "a\xff" }, "unknown command \"a?\"" },
	{ { "a\033[1m" }, "unknown command \"a?[1m\"" },
	{ { "--", "-j" }, "unknown command \"-j\"" },
	{ { "status", "--frobnicate" }, "unknown option \"--frobnicate\"" },
	{ { "--frobnicate=1", "status" }, "unknown option \"--frobnicate=1\"" },
	{ { "status", "-x" }, "unknown option \"-x\"" },
	{ { "status", "-dx" }, "unknown option \"-x\"" },
	{ { "status", "--de" }, "unknown option \"--de\"" }, /* delivery or debug? */
	{ { "status", "--all=1" }, "unknown option \"--all=1\"" },
	{ { "status", "--netns" }, "option \"--netns\" wants a value" },
	{ { "status", "-n" }, "option \"-n\" wants a value" },
	{ { "status", "-dn" }, "option \"-dn\" wants a value" },
	{ { "attach", "eth0", "--mode" }, "option \"--mode\" wants a value" },
	{ { "attach", "eth0", "--delivery" }, "option \"--delivery\" wants a value" },
	{ { "attach", "eth0", "--firewall" }, "option \"--firewall\" wants a value" },
	{ { "status", "--bpffs" }, "option \"--bpffs\" wants a value" },
	{ { "status", "--color" }, "option \"--color\" wants a value" },
	{ { "status", "--color", "red" }, "--color: \"red\" is not auto, always or never" },
	{ { "status", "--color=" }, "--color: \"\" is not auto, always or never" },

	/* One would be lost. */
	{ { "attach", "eth0", "--mode", "tc", "--mode", "tc" }, "option \"--mode\" comes twice" },
	{ { "ns", "set", "red", "--isolated", "--isolated=off" },
	  "option \"--isolated\" comes twice" },
	{ { "ns", "set", "red", "--sources", "10.0.0.1", "--sources", "10.0.0.2" },
	  "option \"--sources\" comes twice" },
	{ { "policy", "add", "--from", "red", "--from", "blue", "deny" },
	  "option \"--from\" comes twice" },
	{ { "share", "eth0", "netns", "red", "address", "10.0.0.5", "address", "10.0.0.6" },
	  "share: \"address\" comes twice" },
	{ { "bind", "eth0", "vlan", "1", "vlan", "2", "netns", "red" },
	  "bind: \"vlan\" comes twice" },
	{ { "limit", "set", "red", "out", "rate", "1mbit", "rate", "2mbit" },
	  "limit: \"rate\" comes twice" },
	{ { "route", "get", "10.0.0.1", "from", "10.0.0.2", "from", "10.0.0.3" },
	  "route: \"from\" comes twice" },

	{ { "attach" }, "attach wants one device" },
	{ { "attach", "eth0", "eth1" }, "attach wants one device" },
	{ { "attach", "eth0", "--mode", "warp" }, "--mode: \"warp\" is not auto, native or tc" },
	{ { "attach", "eth0", "--mode", "" }, "--mode: \"\" is not auto, native or tc" },
	{ { "attach", "eth0", "--delivery", "pigeon" }, "--delivery: \"pigeon\" is not tc or xdp" },
	{ { "attach", "eth0", "--firewall", "ask" }, "--firewall: \"ask\" is not gate or bypass" },
	{ { "attach", "eth0", "--firewall", "" }, "--firewall: \"\" is not gate or bypass" },
	{ { "attach", "eth0", "--all" }, "--all goes with detach" },
	{ { "attach", "eth0", "--timestamp" }, "--timestamp goes with monitor" },
	{ { "attach", "eth0", "--force" }, "--force goes with detach" },
	{ { "attach", "eth0", "--guard", "drop" }, NS_SET },
	{ { "status", "--isolated" }, NS_SET },
	{ { "ns", "--isolated" }, "ns: such options go with set" },
	{ { "ns", "show", "--on-miss", "drop" }, "ns: such options go with set" },
	{ { "ns", "set" }, "ns set wants one namespace: ns set NETNS | dev DEV [OPTIONS]" },
	{ { "ns", "set", "red", "blue", "--isolated" },
	  "ns set wants one namespace: ns set NETNS | dev DEV [OPTIONS]" },
	{ { "ns", "set", "red", "-n", "red", "--isolated" },
	  "ns set wants one namespace: ns set NETNS | dev DEV [OPTIONS]" },
	{ { "ns", "set", "red" }, "ns set: nothing to set" },
	{ { "ns", "set", "red", "--isolated=yes" }, "--isolated: \"yes\" is not off or on" },
	{ { "ns", "set", "red", "--isolated=" }, "--isolated: \"\" is not off or on" },
	{ { "ns", "set", "red", "--guard", "on" }, "--guard: \"on\" is not pass, off or drop" },
	{ { "ns", "set", "red", "--on-miss", "off" }, "--on-miss: \"off\" is not pass or drop" },
	{ { "ns", "set", "red", "--quota", "0" }, "--quota: \"0\" is not between 1 and 1024" },
	{ { "ns", "set", "red", "--quota", "1025" },
	  "--quota: \"1025\" is not between 1 and 1024" },
	{ { "ns", "set", "red", "--guard" }, "option \"--guard\" wants a value" },
	{ { "ns", "set", "red", "--sources", "" },
	  "--sources wants auto, or prefixes with commas between them" },
	{ { "ns", "set", "red", "--sources", ",," },
	  "--sources wants auto, or prefixes with commas between them" },
	{ { "ns", "set", "red", "--sources", "10.0.0.0/8,x" },
	  "--sources: \"x\" is not an IPv4 or IPv6 address" },
	{ { "ns", "set", "red", "--sources", "10.0.0.1/8" },
	  "--sources: \"10.0.0.1/8\" has bits set beyond its length" },
	{ { "ns", "set", "red", "--sources", "10.0.0.0/8, fd00::/8" },
	  "--sources: \" fd00::/8\" is not an IPv4 or IPv6 address" },
	{ { "ns", "set", "red", "--sources", "auto,10.0.0.0/8" },
	  "--sources: \"auto\" is not an IPv4 or IPv6 address" },
	{ { "share", "eth0", "-n", "red" },
	  "share wants the namespace that is to use the device: share DEV netns NETNS address "
	  "ADDRESS/LENGTH (-n names the one that the device is in)" },
	{ { "share", "eth0", "netns", "red" },
	  "share wants an address: share DEV netns NETNS address ADDRESS/LENGTH" },
	{ { "unshare" }, "unshare wants a device" },
	{ { "share", "eth0", "netns", "red", "address", "ten" },
	  "address \"ten\" is not an IPv4 or IPv6 address" },
	{ { "share", "eth0", "netns", "red", "address", "10.0.0.5/33" },
	  "address \"10.0.0.5/33\" has no prefix length of 1 to 32" },
	{ { "share", "eth0", "netns", "red", "address", "10.0.0.5/" },
	  "address \"10.0.0.5/\" has no prefix length of 1 to 32" },
	{ { "share", "eth0", "netns", "red", "address", "fd00::5/129" },
	  "address \"fd00::5/129\" has no prefix length of 1 to 128" },
	{ { "share", "eth0", "netns", "red", "address", "224.0.0.1/24" },
	  "address \"224.0.0.1/24\" is no host's address" },
	{ { "share", "eth0", "netns", "red", "address", "0.0.0.0" },
	  "address \"0.0.0.0\" is no host's address" },
	{ { "share", "eth0", "netns", "red", "address", "127.0.0.1" },
	  "address \"127.0.0.1\" is no host's address" },
	{ { "share", "eth0", "netns", "red", "address", "::1" },
	  "address \"::1\" is no host's address" },
	{ { "share", "eth0", "netns", "red", "address", "ff02::1/64" },
	  "address \"ff02::1/64\" is no host's address" },
	{ { "share", "eth0", "netns", "red", "address", "10.0.0.5", "vlan" },
	  "share: \"vlan\" wants a value" },
	{ { "share", "eth0", "netns", "red", "address", "10.0.0.5", "tag", "5" },
	  "share: unknown word \"tag\"" },
	{ { "share", "eth0", "netns", "red", "address", "10.0.0.5", "vlan", "4095" },
	  "\"4095\" is no VLAN: there are 1 to 4094" },
	{ { "share", "eth0", "netns", "red", "address", "10.0.0.5", "dev", "x%d" },
	  "share: \"x%d\" is no name of a device" },
	{ { "share", "eth0", "netns", "red", "address", "10.0.0.5", "dev", "" },
	  "share: \"\" is no name of a device" },
	{ { "unshare", "eth0", "-n", "red" },
	  "unshare wants the namespace that is to use the device: unshare DEV netns NETNS (-n "
	  "names "
	  "the one that the device is in)" },
	{ { "unshare", "eth0", "netns", "red", "dev", "x" }, "unshare: unknown word \"dev\"" },
	{ { "bind", "eth0", "vlan", "5", "-n", "red" },
	  "bind wants the namespace that is to use the device: bind DEV vlan VLAN netns NETNS (-n "
	  "names the one that the device is in)" },
	{ { "bind", "eth0", "netns", "red" }, "bind wants a VLAN: bind DEV vlan VLAN netns NETNS" },
	{ { "bind", "eth0", "netns", "red", "vlan", "0" },
	  "\"0\" is no VLAN: there are 1 to 4094" },
	{ { "bind", "eth0", "netns", "red", "vlan", "5", "address", "10.0.0.5" },
	  "bind: unknown word \"address\"" },
	{ { "unbind", "eth0" }, "unbind wants a VLAN: unbind DEV vlan VLAN" },
	{ { "unbind", "eth0", "vlan", "5", "netns", "red" }, "unbind: unknown word \"netns\"" },
	{ { "limit", "frob" }, "limit: unknown word \"frob\"" },
	{ { "limit", "set" }, "limit set wants a namespace, in or out, and rate or pps" },
	{ { "limit", "set", "red", "out", "rate" },
	  "limit set wants a namespace, in or out, and rate or pps" },
	{ { "limit", "set", "red", "up", "rate", "1mbit" }, "limit: \"up\" is not in or out" },
	{ { "limit", "set", "red", "in", "speed", "1mbit" }, "limit: unknown word \"speed\"" },
	{ { "limit", "set", "red", "in", "rate", "1mbit", "pps" }, "limit: \"pps\" wants a value" },
	{ { "limit", "set", "red", "in", "rate", "fast" },
	  "limit: rate \"fast\" is not a rate, like 100mbit" },
	{ { "limit", "set", "red", "in", "rate", "999" },
	  "limit: rate \"999\" is too little: 1000 at least" },
	{ { "limit", "set", "red", "in", "pps", "0" },
	  "limit: pps \"0\" is too little: 1 at least" },
	{ { "limit", "set", "red", "in", "pps", "1kb" },
	  "limit: pps \"1kb\" is not a number, like 1000 or 20k" },
	{ { "limit", "set", "red", "in", "rate", "1mbit", "burst", "0" },
	  "limit: burst \"0\" is too little: 1 at least" },
	{ { "limit", "set", "red", "in", "rate", "1mbit", "burst", "1mbit" },
	  "limit: burst \"1mbit\" is not a size, like 256kb" },
	{ { "limit", "set", "red", "in", "burst", "1kb" },
	  "limit: burst goes with rate, pps-burst with pps" },
	{ { "limit", "set", "red", "in", "pps", "9", "burst", "1kb" },
	  "limit: burst goes with rate, pps-burst with pps" },
	{ { "limit", "set", "red", "in", "rate", "1mbit", "pps-burst", "9" },
	  "limit: burst goes with rate, pps-burst with pps" },
	{ { "limit", "set", "red", "in", "rate", "1mbit", "-n", "red" },
	  "limit set: the namespace is its first word" },
	{ { "limit", "del" }, "limit del wants a namespace, and may have in or out" },
	{ { "limit", "del", "red", "in", "out" },
	  "limit del wants a namespace, and may have in or out" },
	{ { "limit", "del", "red", "up" }, "limit: \"up\" is not in or out" },
	{ { "detach" }, "detach wants one device, or --all" },
	{ { "detach", "eth0", "eth1" }, "detach wants one device, or --all" },
	{ { "detach", "eth0", "--all" }, "detach --all wants no device" },
	{ { "detach", "eth0", "--mode", "tc" }, "--mode goes with attach" },
	{ { "detach", "eth0", "--firewall", "bypass" }, "--firewall goes with attach" },
	{ { "detach", "eth0", "--delivery", "tc" },
	  "--delivery goes with attach and endpoint set" },
	{ { "status", "all" }, "status: unknown word \"all\"" },
	{ { "status", "--all" }, "--all goes with detach" },
	{ { "ns", "frobnicate" }, "ns: unknown word \"frobnicate\"" },
	{ { "ns", "show", "blue" }, "ns: unknown word \"blue\"" },
	{ { "stats", "frobnicate" }, "stats: unknown word \"frobnicate\"" },
	{ { "stats", "show", "blue" }, "stats: unknown word \"blue\"" },
	{ { "endpoint", "frobnicate" }, "endpoint: unknown word \"frobnicate\"" },
	{ { "endpoint", "show", "blue" }, "endpoint: unknown word \"blue\"" },
	{ { "endpoint", "show", "--delivery", "tc" }, "--delivery goes with endpoint set" },
	{ { "endpoint", "set", "blue" }, "endpoint set wants one device and --delivery" },
	{ { "endpoint", "set", "--delivery", "tc" },
	  "endpoint set wants one device and --delivery" },
	{ { "endpoint", "set", "blue", "red", "--delivery", "tc" },
	  "endpoint set wants one device and --delivery" },
	{ { "endpoint", "set", "blue", "--delivery", "pigeon" },
	  "--delivery: \"pigeon\" is not tc or xdp" },

	{ { "sync", "blue" }, "sync: unknown word \"blue\"" },
	{ { "sync", "-t" }, "--timestamp goes with monitor" },
	{ { "check", "blue" }, "check: unknown word \"blue\"" },
	{ { "check", "--firewall", "gate" }, "--firewall goes with attach" },
	{ { "daemon", "blue" }, "daemon: unknown word \"blue\"" },
	{ { "daemon", "-n", "blue" },
	  "daemon: it minds all namespaces: --netns doesn't go with it" },
	{ { "monitor", "blue" }, "monitor: unknown word \"blue\"" },

	{ { "route", "frobnicate" }, "route: unknown word \"frobnicate\"" },
	{ { "route", "show", "blue" }, "route: unknown word \"blue\"" },
	{ { "route", "flush", "blue" }, "route flush: unknown word \"blue\"" },
	{ { "route", "add" }, "route add wants a prefix" },
	{ { "route", "replace" }, "route replace wants a prefix" },
	{ { "route", "del" }, "route del wants a prefix" },
	{ { "route", "del", "10.0.0.0/8", "pass" }, "route del: unknown word \"pass\"" },
	{ { "route", "del", "10.0.0.1/8" }, "\"10.0.0.1/8\" has bits set beyond its length" },
	{ { "route", "add", "everywhere", "pass" },
	  "\"everywhere\" is not an IPv4 or IPv6 address" },
	{ { "route", "add", "10.0.0.0/33", "pass" },
	  "\"10.0.0.0/33\" has a length that is not 0 to 32" },
	{ { "route", "add", "10.0.0.0/8" },
	  "route: where to? via GATEWAY, dev DEV, netns NETNS, blackhole, unreachable, prohibit "
	  "or pass" },
	{ { "route", "add", "10.0.0.0/8", "teleport" }, "route: unknown word \"teleport\"" },
	{ { "route", "add", "10.0.0.0/8", "via" }, "route: \"via\" wants a value" },
	{ { "route", "add", "10.0.0.0/8", "dev" }, "route: \"dev\" wants a value" },
	{ { "route", "add", "10.0.0.0/8", "netns" }, "route: \"netns\" wants a value" },
	{ { "route", "add", "10.0.0.0/8", "via", "nowhere" },
	  "\"nowhere\" is not an IPv4 or IPv6 address" },
	{ { "route", "add", "10.0.0.0/8", "via", "::1" },
	  "route: prefix and gateway are of different families" },
	{ { "route", "add", "::/0", "via", "10.0.0.1" },
	  "route: prefix and gateway are of different families" },
	{ { "route", "add", "10.0.0.0/8", "pass", "on" }, "route: unknown word \"on\"" },
	{ { "route", "add", "10.0.0.0/8", "dev", "eth0", "onlink" },
	  "route: unknown word \"onlink\"" },
	{ { "route", "get" }, "route get wants an address" },
	{ { "route", "get", "default" }, "\"default\" is not an IPv4 or IPv6 address" },
	{ { "route", "get", "10.0.0.1", "from" }, "route get: \"from\" wants a value" },
	{ { "route", "get", "10.0.0.1", "iif" }, "route get: \"iif\" wants a value" },
	{ { "route", "get", "10.0.0.1", "oif", "x" }, "route get: unknown word \"oif\"" },
	{ { "route", "get", "10.0.0.1", "from", "x" }, "\"x\" is not an IPv4 or IPv6 address" },
	{ { "route", "get", "10.0.0.1", "from", "::1" },
	  "route get: the addresses are of different families" },
};

static void test_mistakes(void **state)
{
	char want[512];

	(void)state;
	for (size_t i = 0; i < ELEMENTS(mistakes); i++) {
		int code = run(mistakes[i].words);

		snprintf(want, sizeof(want), "nsaccel: %s" HINT, mistakes[i].says);
		if (code != NSA_EXIT_USAGE || *command_out() || strcmp(command_err(), want))
			fail_msg("exit %d from%s, with '%s' and '%s'", code,
				 line(mistakes[i].words), command_out(), command_err());
	}
}

/* The same with -j: the message is on stdout, and nothing else anywhere. */
static void test_mistakes_in_json(void **state)
{
	const char *words[MAX_WORDS + 1] = { "-j" };
	char want[512], says[512];

	(void)state;
	for (size_t i = 0; i < ELEMENTS(mistakes); i++) {
		int code;

		memcpy(words + 1, mistakes[i].words, sizeof(mistakes[i].words));
		code = run(words);
		snprintf(want, sizeof(want), "%s" HINT, mistakes[i].says);
		want[strlen(want) - 1] = '\0'; /* no newline */
		if (code != NSA_EXIT_USAGE || !is_json_error(command_out(), says, sizeof(says)) ||
		    strcmp(says, want) || *command_err())
			fail_msg("exit %d from%s, with '%s' and '%s'", code, line(words),
				 command_out(), command_err());
	}
}

/* Wherever -j is: after the mistake, and in a cluster that is one. */
static void test_json_anywhere(void **state)
{
	static const char *const words[][MAX_WORDS] = {
		{ "frobnicate", "-j" },
		{ "--frobnicate", "status", "--json" },
		{ "status", "-x", "-p" },
		{ "status", "-jx" },
		{ "status", "-xj" },
		{ "--color", "red", "status", "--pretty" },
		{ "attach", "-j", "eth0", "--mode", "warp" },
		{ "-j", "status", "--netns" },
	};
	char says[512];

	(void)state;
	for (size_t i = 0; i < ELEMENTS(words); i++) {
		int code = run(words[i]);

		if (code != NSA_EXIT_USAGE || !is_json_error(command_out(), says, sizeof(says)) ||
		    *command_err())
			fail_msg("exit %d from%s, with '%s' and '%s'", code, line(words[i]),
				 command_out(), command_err());
	}
}

static void test_long_word(void **state)
{
	const char *words[] = { "status", NULL, NULL };
	char word[70000], says[1024];

	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	words[1] = word;
	assert_int_equal(run(words), NSA_EXIT_USAGE);
	assert_true(strlen(command_err()) < 1024);
	words[2] = NULL;
	words[0] = "-j";
	assert_int_equal(run(words), NSA_EXIT_USAGE);
	assert_true(is_json_error(command_out(), says, sizeof(says)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_mistakes_in_json),
		cmocka_unit_test(test_json_anywhere),
		cmocka_unit_test(test_long_word),
	};

	command_line_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
