// SPDX-License-Identifier: GPL-2.0-only
/* The command line, in a namespace with nothing but lo and an empty bpffs. */
#include <err.h>
#include <errno.h>
#include <jansson.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox.h"
#include "user/cli/commands.h"

#define ELEMENTS(array) (sizeof(array) / sizeof(*(array)))
#define MAX_WORDS	12
#define MANY		10000
#define LONG_NAME	"a-name-that-is-longer-than-any-device-or-namespace-may-be-0123456789"
#define HINT		"; nsaccel --help shows the commands\n"

/* Running the program */

struct stream {
	FILE *stream;
	int saved, file;
	char text[262144]; /* -d: libbpf says a lot */
};

static struct stream out, err_out;

static void stream_open(struct stream *s, FILE *stream)
{
	s->stream = stream;
	s->file = memfd_create("stream", MFD_CLOEXEC);
	if (s->file < 0)
		err(1, "memfd_create");
}

static void stream_start(struct stream *s)
{
	fflush(s->stream);
	assert_true(!ftruncate(s->file, 0) && !lseek(s->file, 0, SEEK_SET));
	s->saved = dup(fileno(s->stream));
	assert_true(s->saved >= 0 && dup2(s->file, fileno(s->stream)) >= 0);
}

static void stream_stop(struct stream *s)
{
	ssize_t len;

	fflush(s->stream);
	assert_true(dup2(s->saved, fileno(s->stream)) >= 0);
	close(s->saved);
	len = pread(s->file, s->text, sizeof(s->text) - 1, 0);
	assert_true(len >= 0);
	s->text[len] = '\0';
}

/* What it prints is in out.text and err_out.text. */
static int run(const char *const *words)
{
	char *argv[MAX_WORDS + 2] = { (char *)"nsaccel" };
	int argc, code;

	for (argc = 1; words[argc - 1]; argc++)
		argv[argc] = (char *)words[argc - 1];
	stream_start(&out);
	stream_start(&err_out);
	code = nsa_main(argc, argv);
	stream_stop(&out);
	stream_stop(&err_out);
	return code;
}

/* The command line as a person would type it. */
static const char *line(const char *const *words)
{
	static char text[4096];
	size_t len = 0;

	text[0] = '\0';
	for (; *words && len < sizeof(text); words++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, " '%s'", *words);
	return text;
}

/* Is text one JSON object with nothing but an error, and what does that say? */
static bool is_json_error(const char *text, char *says, size_t size)
{
	json_t *value = json_loads(text, 0, NULL);
	const char *error = json_string_value(json_object_get(value, "error"));
	bool ok = error && *error && json_object_size(value) == 1;

	if (ok)
		snprintf(says, size, "%s", error);
	json_decref(value);
	return ok;
}

/* Options */

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

/* Mistakes: exit code 1 and one message */

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
		if (code != NSA_EXIT_USAGE || *out.text || strcmp(err_out.text, want))
			fail_msg("exit %d from%s, with '%s' and '%s'", code,
				 line(mistakes[i].words), out.text, err_out.text);
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
		if (code != NSA_EXIT_USAGE || !is_json_error(out.text, says, sizeof(says)) ||
		    strcmp(says, want) || *err_out.text)
			fail_msg("exit %d from%s, with '%s' and '%s'", code, line(words), out.text,
				 err_out.text);
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

		if (code != NSA_EXIT_USAGE || !is_json_error(out.text, says, sizeof(says)) ||
		    *err_out.text)
			fail_msg("exit %d from%s, with '%s' and '%s'", code, line(words[i]),
				 out.text, err_out.text);
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
	assert_true(strlen(err_out.text) < 1024);
	words[2] = NULL;
	words[0] = "-j";
	assert_int_equal(run(words), NSA_EXIT_USAGE);
	assert_true(is_json_error(out.text, says, sizeof(says)));
}

static void test_help_and_version(void **state)
{
	static const char *const help[][2] = { { "--help" }, { "-h" }, { "help" } };
	json_t *value;

	(void)state;
	for (size_t i = 0; i < ELEMENTS(help); i++) {
		assert_int_equal(run(help[i]), 0);
		assert_ptr_equal(strstr(out.text, "Usage: nsaccel "), out.text);
		assert_string_equal(err_out.text, "");
	}
	/* Of one command alone. */
	assert_int_equal(run((const char *[]){ "limit", "--help", NULL }), 0);
	assert_non_null(strstr(out.text, "limit set NETNS"));
	assert_null(strstr(out.text, "attach DEV"));
	assert_int_equal(run((const char *[]){ "help", "attach", NULL }), 0);
	assert_non_null(strstr(out.text, "attach DEV"));
	assert_null(strstr(out.text, "limit set NETNS"));
	assert_int_equal(run((const char *[]){ NULL }), NSA_EXIT_USAGE);
	assert_string_equal(out.text, "");
	assert_ptr_equal(strstr(err_out.text, "Usage: nsaccel "), err_out.text);

	assert_int_equal(run((const char *[]){ "--version", NULL }), 0);
	assert_ptr_equal(strstr(out.text, "nsaccel " NSACCEL_VERSION ", ABI "), out.text);
	assert_int_equal(run((const char *[]){ "-jV", NULL }), 0);
	value = json_loads(out.text, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(value, "version")), NSACCEL_VERSION);
	json_decref(value);
}

/* What isn't a mistake of the command line has its own codes. */
static const struct {
	const char *words[MAX_WORDS];
	enum nsa_exit code;
	const char *says;
} failures[] = {
	{ { "attach", "nosuch0" }, NSA_EXIT_NOT_THERE, "nosuch0" },
	{ { "attach", LONG_NAME }, NSA_EXIT_NOT_THERE, LONG_NAME },
	{ { "attach", "" }, NSA_EXIT_NOT_THERE, "no device" },
	{ { "attach", "lo" }, NSA_EXIT_UNSUPPORTED, "lo is the loopback device" },
	{ { "detach", "lo" }, NSA_EXIT_NOT_THERE, "lo is not attached" },
	{ { "endpoint", "set", "lo", "--delivery", "tc" },
	  NSA_EXIT_NOT_THERE,
	  "lo is not attached" },
	{ { "route", "add", "10.0.0.0/8", "pass" }, NSA_EXIT_NOT_THERE, "10.0.0.0/8" },
	{ { "route", "del", "10.0.0.0/8" }, NSA_EXIT_NOT_THERE, "10.0.0.0/8" },
	{ { "ns", "set", "nsa-nosuch", "--isolated" }, NSA_EXIT_NOT_THERE, "nsa-nosuch" },
	{ { "ns", "set", "/proc/self/ns/net", "--guard", "drop" }, NSA_EXIT_NOT_THERE, "attach" },
	{ { "limit", "set", "nsa-nosuch", "in", "pps", "1" }, NSA_EXIT_NOT_THERE, "nsa-nosuch" },
	{ { "limit", "del", "/proc/self/ns/net" }, NSA_EXIT_NOT_THERE, "attach" },
	{ { "route", "flush" }, NSA_EXIT_NOT_THERE, "attach" },
	{ { "route", "get", "10.0.0.1" }, NSA_EXIT_NOT_THERE, "attach" },
	{ { "route", "show", "-n", "nsa-nosuch" }, NSA_EXIT_NOT_THERE, "nsa-nosuch" },
	{ { "attach", "lo", "-n", "999999999" }, NSA_EXIT_NOT_THERE, "999999999" },
	{ { "attach", "lo", "-n", "/dev/null" }, NSA_EXIT_NOT_THERE, "/dev/null" },
	{ { "attach", "lo", "-n", "" }, NSA_EXIT_NOT_THERE, "\"\"" },
	{ { "attach", "lo", "--bpffs", "/nonexistent" }, NSA_EXIT_NOT_THERE, "/nonexistent" },
	{ { "status", "--bpffs", "/run" }, NSA_EXIT_NOT_THERE, "mount -t bpf bpf /run" },
	{ { "detach", "--all", "--bpffs", "" }, NSA_EXIT_NOT_THERE, "bpffs" },
	{ { "sync", "-n", "nsa-nosuch" }, NSA_EXIT_NOT_THERE, "nsa-nosuch" },
	{ { "check", "-n", "nsa-nosuch" }, NSA_EXIT_NOT_THERE, "nsa-nosuch" },
	{ { "daemon", "--bpffs", "/run" }, NSA_EXIT_NOT_THERE, "mount -t bpf bpf /run" },
	{ { "monitor" }, NSA_EXIT_NOT_THERE, "no daemon is running" },
	{ { "monitor", "-n", "nsa-nosuch" }, NSA_EXIT_NOT_THERE, "nsa-nosuch" },
};

static void test_failures(void **state)
{
	const char *words[MAX_WORDS + 1] = { "-j" };
	char says[1024];

	(void)state;
	for (size_t i = 0; i < ELEMENTS(failures); i++) {
		enum nsa_exit code = run(failures[i].words);

		if (code != failures[i].code || *out.text ||
		    !strstr(err_out.text, failures[i].says) ||
		    strncmp(err_out.text, "nsaccel: ", 9))
			fail_msg("exit %d from%s, with '%s' and '%s'", code,
				 line(failures[i].words), out.text, err_out.text);
		memcpy(words + 1, failures[i].words, sizeof(failures[i].words));
		code = run(words);
		if (code != failures[i].code || !is_json_error(out.text, says, sizeof(says)) ||
		    !strstr(says, failures[i].says) || *err_out.text)
			fail_msg("exit %d from%s, with '%s' and '%s'", code, line(words), out.text,
				 err_out.text);
	}
}

static void test_exit_codes(void **state)
{
	static const struct {
		int result;
		enum nsa_exit code;
	} codes[] = {
		{ 0, NSA_EXIT_OK },
		{ NSA_EXIT_USAGE, NSA_EXIT_USAGE },
		{ NSA_EXIT_DEGRADED, NSA_EXIT_DEGRADED },
		{ -ENOENT, NSA_EXIT_NOT_THERE },
		{ -ENODEV, NSA_EXIT_NOT_THERE },
		{ -ESRCH, NSA_EXIT_NOT_THERE },
		{ -EPERM, NSA_EXIT_PERMISSION },
		{ -EACCES, NSA_EXIT_PERMISSION },
		{ -EOPNOTSUPP, NSA_EXIT_UNSUPPORTED },
		{ -ENOSYS, NSA_EXIT_UNSUPPORTED },
		{ -EBUSY, NSA_EXIT_REFUSED },
		{ -E2BIG, NSA_EXIT_REFUSED },
		{ -ENOMEM, NSA_EXIT_REFUSED },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(codes); i++)
		assert_int_equal(nsa_exit_code(codes[i].result), codes[i].code);
}

/* Nothing attached is no error: there is nothing to show. */
static void test_nothing_to_show(void **state)
{
	static const struct {
		const char *words[3], *says;
	} empty[] = {
		{ { "-j", "route" }, "[]\n" }, { { "-j", "ns" }, "[]\n" },
		{ { "-j", "stats" }, "[]\n" }, { { "-j", "endpoint" }, "[]\n" },
		{ { "detach", "--all" }, "" }, { { "-j", "check" }, "[]\n" },
		{ { "check" }, "" },	       { { "sync" }, "" },
	};
	json_t *value;

	(void)state;
	for (size_t i = 0; i < ELEMENTS(empty); i++) {
		assert_int_equal(run(empty[i].words), 0);
		assert_string_equal(out.text, empty[i].says);
		assert_string_equal(err_out.text, "");
	}
	assert_int_equal(run((const char *[]){ "-j", "status", NULL }), 0);
	value = json_loads(out.text, 0, NULL);
	assert_int_equal(json_array_size(json_object_get(value, "owners")), 0);
	assert_true(json_is_array(json_object_get(value, "owners")));
	json_decref(value);
}

/* Garbage */

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

	if (is_help(out.text) || is_help(err_out.text))
		return true;
	if (code)
		return is_json_error(out.text, says, sizeof(says)) && !count_messages(err_out.text);
	value = json_loads(out.text, 0, NULL);
	json_decref(value);
	return (value && !json_object_get(value, "error")) || !*out.text;
}

static bool is_good_text(int code)
{
	if (is_help(err_out.text))
		return code == NSA_EXIT_USAGE && !*out.text;
	return count_messages(err_out.text) == !!code;
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
				 out.text, err_out.text);
	}
	assert_int_equal(count_fds(), fds);
	sh("test -z \"$(ls /sys/fs/bpf | grep -v debug)\"");
}

/* Without CAP_SYS_PTRACE the kernel keeps us out of /proc/PID/ns and /proc/PID/root of processes
 * outside: no command line reaches the machine's own namespaces. */
static void stay_inside(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data))
		err(1, "capget");
	data[0].effective &= ~(1U << CAP_SYS_PTRACE);
	data[0].permitted &= ~(1U << CAP_SYS_PTRACE);
	if (syscall(SYS_capset, &header, data))
		err(1, "capset");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),		 cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_mistakes_in_json), cmocka_unit_test(test_json_anywhere),
		cmocka_unit_test(test_long_word),	 cmocka_unit_test(test_help_and_version),
		cmocka_unit_test(test_failures),	 cmocka_unit_test(test_exit_codes),
		cmocka_unit_test(test_nothing_to_show),	 cmocka_unit_test(test_garbage),
	};

	sandbox_enter();
	if (mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL))
		err(1, "mount bpffs");
	stay_inside();
	stream_open(&out, stdout);
	stream_open(&err_out, stderr);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
