// SPDX-License-Identifier: GPL-2.0-only
/* Rules of nft and iptables, loaded into both routers. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/netns/enter.h"
#include "tests/netns/rules.h"

char rules_complaint[512]; /* of the last command, one line */

static void take_complaint(int fd)
{
	ssize_t len = read(fd, rules_complaint, sizeof(rules_complaint) - 1);

	rules_complaint[len > 0 ? len : 0] = '\0';
	rules_complaint[strcspn(rules_complaint, "\n")] = '\0';
	close(fd);
}

/* text on its stdin. */
bool rules_run(const char *ns, char *const *argv, const char *text)
{
	int in[2], out[2], status;
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		err(1, "pipe");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		if (ns)
			enter_netns(ns);
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	close(in[0]);
	close(out[1]);
	if (write(in[1], text, strlen(text)) < 0)
		warn("write to %s", argv[0]);
	close(in[1]);
	take_complaint(out[0]);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool both(char *const *argv, const char *text)
{
	return rules_run(rules_worlds[0].router, argv, text) &&
	       rules_run(rules_worlds[1].router, argv, text);
}

/* By kind: the family, and what chain. */
static const struct chain {
	const char *kind, *family, *type;
} chains[] = {
	{ "ip", "ip", "filter hook forward priority 0" },
	{ "ip6", "ip6", "filter hook forward priority 0" },
	{ "inet", "inet", "filter hook forward priority 0" },
	{ "pre", "inet", "filter hook prerouting priority -150" },
	{ "post", "inet", "filter hook postrouting priority 150" },
	{ "nat", "inet", "nat hook postrouting priority 100" },
	{ "netdev", "netdev", "filter hook ingress device pa priority 0" },
};

static char *const nft[] = { "nft", "-f", "-", NULL };

/* With a set to add to. */
static bool load_nft(const char *kind, const char *rule)
{
	char text[1024];

	for (size_t i = 0; i < sizeof(chains) / sizeof(*chains); i++) {
		if (strcmp(kind, chains[i].kind) != 0)
			continue;
		snprintf(text, sizeof(text),
			 "flush ruleset\ntable %s f {\n"
			 "set s { type ipv4_addr; flags dynamic; size 99; }\n"
			 "chain c { type %s;\n%s\n}\n}\n",
			 chains[i].family, chains[i].type, rule);
		return both(nft, text);
	}
	errx(1, "no kind of rule: %s", kind);
}

bool rules_is_xt(const char *kind)
{
	return !strncmp(kind, "ipt", 3) || !strncmp(kind, "ip6t", 4);
}

/* In place of all rules of a table; "": none. */
static bool restore_xt(const char *kind, const char *table, const char *rule)
{
	char tool[32], text[1024];
	char *const argv[] = { tool, NULL };

	snprintf(tool, sizeof(tool), "%s-%s-restore",
		 strncmp(kind, "ip6t", 4) != 0 ? "iptables" : "ip6tables",
		 strstr(kind, "-legacy") ? "legacy" : "nft");
	snprintf(text, sizeof(text), "*%s\n%s%s\nCOMMIT\n", table,
		 !*rule		       ? "" :
		 !strcmp(table, "raw") ? "-A PREROUTING" :
					 "-A FORWARD",
		 rule);
	return both(argv, text);
}

/* rule: the table first. Of legacy tables empty ones are left. */
static bool load_xt(const char *kind, const char *rule, bool unload)
{
	char table[16];
	int len;

	if (sscanf(rule, "%15s%n", table, &len) != 1)
		errx(1, "no table: %s", rule);
	return restore_xt(kind, table, unload ? "" : rule + len);
}

bool rules_load(const char *kind, const char *rule)
{
	return rules_is_xt(kind) ? load_xt(kind, rule, false) : load_nft(kind, rule);
}

void rules_unload(const char *kind, const char *rule)
{
	if (rules_is_xt(kind) && strstr(kind, "-legacy"))
		load_xt(kind, rule, true);
	else
		both(nft, "flush ruleset\n");
}
