// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "sandbox.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_open.h"
#include "user/util/cleanup.h"
#include "user/firewall/firewall.h"

/* br_netfilter, where the kernel has it: it starts as on. */
static void call_iptables(int on)
{
	sh("nsenter --net=/run/netns/nsa-fw sh -c 'for f in ip ip6 arp; do "
	   "f=/proc/sys/net/bridge/bridge-nf-call-${f}tables; [ ! -e $f ] || echo %d >$f; done'",
	   on);
}

static int setup(void **state)
{
	static struct nsa_netns ns;

	sh("ip netns add nsa-fw && ip -n nsa-fw link add v0 type veth peer name v1");
	call_iptables(0);
	assert_int_equal(nsa_netns_open("nsa-fw", &ns), 0);
	*state = &ns;
	return 0;
}

static int teardown(void **state)
{
	nsa_netns_close(*state);
	sh("ip netns del nsa-fw");
	return 0;
}

static struct nsa_firewall detect(const struct nsa_netns *ns)
{
	struct nsa_firewall firewall = { .routed = true, .bridged = true, .what = "before" };

	assert_int_equal(nsa_firewall_detect(ns, &firewall), 0);
	assert_int_equal(firewall.routed || firewall.bridged, firewall.what[0] != '\0');
	return firewall;
}

static void nft(const char *ruleset)
{
	sh("nsenter --net=/run/netns/nsa-fw nft '%s'", ruleset);
}

/* With the ruleset alone in the namespace. */
static void expect_nft(const struct nsa_netns *ns, const char *ruleset, const char *what)
{
	nft("flush ruleset");
	nft(ruleset);
	assert_string_equal(detect(ns).what, what);
	nft("flush ruleset");
}

/* The same, and what it applies to. */
static void expect_scope(const struct nsa_netns *ns, const char *ruleset, bool routed, bool bridged)
{
	struct nsa_firewall firewall;

	nft("flush ruleset");
	nft(ruleset);
	firewall = detect(ns);
	assert_int_equal(firewall.routed, routed);
	assert_int_equal(firewall.bridged, bridged);
	nft("flush ruleset");
}

static void test_nothing(void **state)
{
	int fds = count_fds();

	assert_string_equal(detect(*state).what, "");
	assert_int_equal(count_fds(), fds);
}

static void test_nft_hooks(void **state)
{
	static const char *const families[] = { "ip", "ip6", "inet" };
	static const char *const hooks[] = { "prerouting", "forward", "postrouting" };
	char ruleset[256], what[64];
	size_t i, j;

	for (i = 0; i < 3; i++) {
		snprintf(what, sizeof(what), "nft chain %s t/c (1 rule)", families[i]);
		for (j = 0; j < 3; j++) {
			snprintf(ruleset, sizeof(ruleset),
				 "table %s t { chain c { type filter hook %s priority 0; "
				 "accept; }; }",
				 families[i], hooks[j]);
			expect_nft(*state, ruleset, what);
		}
	}
}

static void test_nft_device_hooks(void **state)
{
	expect_nft(*state,
		   "table netdev t { chain c { type filter hook ingress device v0 priority 0; "
		   "accept; accept; }; }",
		   "nft chain netdev t/c (2 rules)");
	expect_nft(*state,
		   "table netdev t { chain c { type filter hook egress device v0 priority 0; "
		   "accept; }; }",
		   "nft chain netdev t/c (1 rule)");
	expect_nft(*state,
		   "table inet t { chain c { type filter hook ingress device v0 priority 0; "
		   "accept; }; }",
		   "nft chain inet t/c (1 rule)");
}

static void test_nft_policy(void **state)
{
	expect_nft(*state,
		   "table ip t { chain c { type filter hook forward priority 0; policy drop; }; }",
		   "nft chain ip t/c (policy drop)");
	expect_nft(*state,
		   "table ip t { chain c { type filter hook forward priority 0; policy drop; "
		   "accept; }; }",
		   "nft chain ip t/c (1 rule, policy drop)");
}

static void test_nft_idle(void **state)
{
	expect_nft(*state,
		   "table inet t { chain c { type filter hook forward priority 0; }; "
		   "chain n { type nat hook postrouting priority 100; policy accept; }; }",
		   "");
	expect_nft(*state,
		   "table inet t { chain i { type filter hook input priority 0; policy drop; "
		   "tcp dport 22 accept; }; "
		   "chain o { type filter hook output priority 0; accept; }; }",
		   "");
	expect_nft(*state, "table inet t { chain unused { drop; }; }", "");
	expect_nft(*state,
		   "table bridge t { chain c { type filter hook forward priority 0; }; }; "
		   "table arp a { chain c { type filter hook input priority 0; drop; }; }",
		   "");
	expect_nft(*state,
		   "table inet t { quota q { over 10 mbytes }; "
		   "set s { type ipv4_addr; elements = { 10.0.0.1 }; }; counter n { }; }",
		   "");
}

static void test_nft_bridge(void **state)
{
	static const struct {
		const char *hook;
		bool routed, bridged;
	} hooks[] = {
		{ "prerouting", true, true },  { "input", true, false },
		{ "forward", false, true },    { "output", true, false },
		{ "postrouting", true, true },
	};
	char ruleset[256];
	size_t i;

	for (i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		snprintf(ruleset, sizeof(ruleset),
			 "table bridge t { chain c { type filter hook %s priority 0; drop; }; }",
			 hooks[i].hook);
		expect_nft(*state, ruleset, "nft chain bridge t/c (1 rule)");
		expect_scope(*state, ruleset, hooks[i].routed, hooks[i].bridged);
	}
}

#define FORWARD(family)                                                                            \
	"table " family " t { chain c { type filter hook forward priority 0; accept; }; }"
#define INGRESS(family)                                                                            \
	"table " family " t { chain c { type filter hook ingress device v0 priority 0; accept; "   \
	"}; }"

static void test_scope(void **state)
{
	expect_scope(*state, "", false, false);
	expect_scope(*state, FORWARD("ip"), true, false);
	expect_scope(*state, FORWARD("ip6"), true, false);
	expect_scope(*state, FORWARD("inet"), true, false);
	expect_scope(*state, INGRESS("netdev"), true, true);
	expect_scope(*state, INGRESS("inet"), true, true);
}

static void skip_without_br_netfilter(void)
{
	if (access("/proc/sys/net/bridge", F_OK))
		skip();
}

static void set_bridge_nf(const char *version, int on)
{
	sh("nsenter --net=/run/netns/nsa-fw sysctl -qw net.bridge.bridge-nf-call-%stables=%d",
	   version, on);
}

static void test_br_netfilter(void **state)
{
	skip_without_br_netfilter();
	set_bridge_nf("ip", 1);
	expect_nft(*state, "", "");
	expect_scope(*state, "", false, false);
	expect_scope(*state, FORWARD("inet"), true, true);
	expect_nft(*state, FORWARD("inet"), "nft chain inet t/c (1 rule), br_netfilter");
	set_bridge_nf("ip", 0);
	set_bridge_nf("ip6", 1);
	expect_scope(*state, FORWARD("ip6"), true, true);
	set_bridge_nf("ip6", 0);
	set_bridge_nf("arp", 1); /* ARP isn't steered */
	expect_scope(*state, FORWARD("inet"), true, false);
}

static void test_br_netfilter_of_a_bridge(void **state)
{
	skip_without_br_netfilter();
	sh("ip -n nsa-fw link add br0 type bridge && ip -n nsa-fw link add br1 type bridge");
	expect_scope(*state, FORWARD("ip"), true, false);
	sh("ip -n nsa-fw link set br1 type bridge nf_call_iptables 1");
	expect_scope(*state, FORWARD("ip"), true, true);
	sh("ip -n nsa-fw link set br1 type bridge nf_call_iptables 0 nf_call_ip6tables 1");
	expect_scope(*state, FORWARD("ip"), true, true);
	expect_scope(*state, "", false, false);
	sh("ip -n nsa-fw link set br1 type bridge nf_call_ip6tables 0 nf_call_arptables 1");
	expect_scope(*state, FORWARD("ip"), true, false);
}

static void test_flowtable(void **state)
{
	struct nsa_firewall firewall;

	if (system("nsenter --net=/run/netns/nsa-fw nft 'table inet t { flowtable f { "
		   "hook ingress priority 0; devices = { v0 }; }; }' 2>/dev/null"))
		skip();
	assert_int_equal(nsa_firewall_detect((*state), &firewall), 0);
	assert_string_equal(firewall.what, "nft flowtable inet t/f (devices v0)");
	assert_false(firewall.routed || firewall.bridged);
}

/* A rule on what is for this namespace makes the kernel track what it forwards, too. */
static void test_conntrack(void **state)
{
	static const char *const rules[] = { "ct state new accept", "meta mark 1 ct mark set 2",
					     "ct count over 5 drop" };
	char ruleset[256];
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		snprintf(ruleset, sizeof(ruleset),
			 "table ip t { chain c { type filter hook input priority 0; "
			 "tcp dport 22 accept; %s; }; }",
			 rules[i]);
		expect_nft(*state, ruleset, "connection tracking");
		expect_scope(*state, ruleset, true, false);
	}
	expect_nft(*state,
		   "table ip t { chain c { type nat hook output priority 0; "
		   "dnat to 10.0.0.1; }; }",
		   "connection tracking");
}

static void test_ipvs(void **state)
{
	if (system("command -v ipvsadm >/dev/null && nsenter --net=/run/netns/nsa-fw "
		   "ipvsadm -A -t 10.9.9.9:80 2>/dev/null"))
		skip();
	assert_true(detect(*state).routed);
	assert_string_equal(detect(*state).what, "IPVS");
	sh("nsenter --net=/run/netns/nsa-fw ipvsadm -C");
	assert_string_equal(detect(*state).what, "");
}

static __u64 hooks(const struct nsa_netns *ns)
{
	__u64 hooks = 1;

	assert_int_equal(nsa_firewall_hooks(ns, &hooks), 0);
	assert_int_equal(hooks, detect(ns).hooks);
	return hooks;
}

/* Whoever hooks something in is seen in the list, which is cheap to read, where there is one. */
static void test_hook_list(void **state)
{
	static const char chain[] = "table ip t { chain c { type filter hook forward priority 0; "
				    "accept; }; }";
	__u64 before = hooks(*state), with;
	int fds = count_fds();

	nft(chain);
	with = hooks(*state);
	nft("flush ruleset");
	assert_int_equal(hooks(*state), before);
	assert_int_equal(count_fds(), fds);
	if (!with)
		skip();
	assert_int_not_equal(with, before);
}

static void test_ebtables(void **state)
{
	static const char ebtables[] =
		"nsenter --net=/run/netns/nsa-fw ebtables-legacy 2>/dev/null %s";
	__u64 fingerprint;

	if (system("nsenter --net=/run/netns/nsa-fw ebtables-legacy -L >/dev/null 2>&1"))
		skip();
	assert_string_equal(detect(*state).what, "");
	assert_true(nsa_firewall_is_polled(*state));
	sh(ebtables, "-P FORWARD DROP");
	assert_string_equal(detect(*state).what, "ebtables filter (policy drop)");
	fingerprint = detect(*state).fingerprint;
	assert_int_equal(detect(*state).fingerprint, fingerprint);
	sh(ebtables, "-A FORWARD -p ip -j ACCEPT");
	/* First what has to see every packet, then all there is. */
	assert_string_equal(detect(*state).what, "ebtables filter, ebtables filter (1 rule)");
	assert_true(detect(*state).bridged);
	assert_int_not_equal(detect(*state).fingerprint, fingerprint);
}

static void test_nft_fingerprint(void **state)
{
	__u64 before = detect(*state).fingerprint;

	assert_int_equal(detect(*state).fingerprint, before);
	nft(FORWARD("ip"));
	assert_int_not_equal(detect(*state).fingerprint, before);
	before = detect(*state).fingerprint;
	assert_int_equal(detect(*state).fingerprint, before);
	nft("replace rule ip t c handle 2 drop");
	assert_string_equal(detect(*state).what, "nft chain ip t/c (1 rule)");
	assert_int_not_equal(detect(*state).fingerprint, before);
}

static void test_nft_indirect(void **state)
{
	expect_nft(*state,
		   "table inet t { chain other { drop; drop; drop; }; "
		   "chain c { type filter hook forward priority 0; jump other; }; }",
		   "nft chain inet t/c (1 rule)");
	expect_nft(*state,
		   "table inet t { chain c { type filter hook prerouting priority 0; "
		   "counter; }; }",
		   "nft chain inet t/c (1 rule)");
}

static void test_only_that_namespace(void **state)
{
	sh("nft add table inet t && "
	   "nft 'add chain inet t c { type filter hook forward priority 0; policy drop; }'");
	assert_string_equal(detect(*state).what, "");
	sh("nft flush ruleset");
}

/* More than what has room for. */
static void test_cut(void **state)
{
	static const char end[] = " (1 rule), ...";
	struct nsa_firewall firewall;
	size_t len;

	sh("for i in $(seq 20); do nsenter --net=/run/netns/nsa-fw nft \"table ip table$i { "
	   "chain c { type filter hook forward priority 0; accept; }; }\"; done");
	firewall = detect(*state);
	len = strlen(firewall.what);
	assert_in_range(len, 200, sizeof(firewall.what) - 1);
	assert_string_equal(firewall.what + len - strlen(end), end);
	assert_non_null(strstr(firewall.what, "table1/c (1 rule), nft chain ip table2/c (1 rule)"));
}

static void test_long_names(void **state)
{
	struct nsa_firewall firewall;

	sh("nsenter --net=/run/netns/nsa-fw nft \"table netdev $(printf 't%%.0s' $(seq 200)) { "
	   "chain $(printf 'c%%.0s' $(seq 200)) { type filter hook ingress device v0 priority 0; "
	   "policy drop; accept; }; }\"");
	firewall = detect(*state);
	assert_non_null(strstr(firewall.what, "ttt/ccc"));
	assert_non_null(strstr(firewall.what, "ccc (1 rule, policy drop)"));
}

/* Legacy iptables, whose commands Debian doesn't install by default: the tables are edited as those
 * commands do it. */

struct xtables {
	const char *command;
	int family, level;
	size_t target_offset, next_offset;
};

static const struct xtables iptables = {
	.command = "iptables",
	.family = AF_INET,
	.level = IPPROTO_IP,
	.target_offset = offsetof(struct ipt_entry, target_offset),
	.next_offset = offsetof(struct ipt_entry, next_offset),
};

static const struct xtables ip6tables = {
	.command = "ip6tables",
	.family = AF_INET6,
	.level = IPPROTO_IPV6,
	.target_offset = offsetof(struct ip6t_entry, target_offset),
	.next_offset = offsetof(struct ip6t_entry, next_offset),
};

struct table {
	const struct xtables *xt;
	struct ipt_getinfo info;
	char *entries;
};

static __u16 half_at(const char *p)
{
	__u16 value;

	memcpy(&value, p, sizeof(value));
	return value;
}

/* The first use of a table makes it. */
static void table_read(int sk, struct table *table, const char *name)
{
	struct ipt_get_entries *get;
	socklen_t len = sizeof(table->info);

	snprintf(table->info.name, sizeof(table->info.name), "%s", name);
	if (getsockopt(sk, table->xt->level, IPT_SO_GET_INFO, &table->info, &len))
		skip();
	len = sizeof(*get) + table->info.size;
	get = calloc(1, len);
	assert_non_null(get);
	memcpy(get->name, table->info.name, sizeof(get->name));
	get->size = table->info.size;
	assert_int_equal(getsockopt(sk, table->xt->level, IPT_SO_GET_ENTRIES, get, &len), 0);
	table->entries = malloc(table->info.size);
	assert_non_null(table->entries);
	memcpy(table->entries, get->entrytable, table->info.size);
	free(get);
}

/* Makes the policy drop. */
static void table_drop(struct table *table, unsigned int hook)
{
	char *entry = table->entries + table->info.underflow[hook];
	int verdict = -NF_DROP - 1;

	memcpy(entry + half_at(entry + table->xt->target_offset) +
		       offsetof(struct xt_standard_target, verdict),
	       &verdict, sizeof(verdict));
}

/* Adds a rule that accepts: a copy of the policy, with a match in between, before the chain. */
static void table_insert(struct table *table, unsigned int hook, const struct xt_entry_match *match)
{
	struct ipt_getinfo *info = &table->info;
	unsigned int at = info->hook_entry[hook], i;
	const char *policy = table->entries + info->underflow[hook];
	__u16 head = half_at(policy + table->xt->target_offset);
	__u16 tail = half_at(policy + table->xt->next_offset) - head;
	__u16 match_size = match ? match->u.match_size : 0, target = head + match_size;
	__u16 size = target + tail;
	char *entries = malloc(info->size + size), *rule = entries + at;

	assert_non_null(entries);
	memcpy(entries, table->entries, at);
	memcpy(rule, policy, head);
	if (match)
		memcpy(rule + head, match, match_size);
	memcpy(rule + target, policy + head, tail);
	memcpy(rule + table->xt->target_offset, &target, sizeof(target));
	memcpy(rule + table->xt->next_offset, &size, sizeof(size));
	memcpy(rule + size, table->entries + at, info->size - at);
	free(table->entries);
	table->entries = entries;
	for (i = 0; i < NF_INET_NUMHOOKS; i++) {
		if (info->hook_entry[i] > at)
			info->hook_entry[i] += size;
		if (info->underflow[i] >= at)
			info->underflow[i] += size;
	}
	info->size += size;
	info->num_entries++;
}

static void table_write(int sk, const struct table *table, unsigned int old_entries)
{
	const struct ipt_getinfo *info = &table->info;
	struct ipt_replace *replace = calloc(1, sizeof(*replace) + info->size);

	assert_non_null(replace);
	memcpy(replace->name, info->name, sizeof(replace->name));
	replace->valid_hooks = info->valid_hooks;
	replace->num_entries = info->num_entries;
	replace->size = info->size;
	memcpy(replace->hook_entry, info->hook_entry, sizeof(replace->hook_entry));
	memcpy(replace->underflow, info->underflow, sizeof(replace->underflow));
	replace->num_counters = old_entries;
	replace->counters = calloc(old_entries, sizeof(*replace->counters));
	assert_non_null(replace->counters);
	memcpy(replace->entries, table->entries, info->size);
	assert_int_equal(setsockopt(sk, table->xt->level, IPT_SO_SET_REPLACE, replace,
				    sizeof(*replace) + info->size),
			 0);
	free(replace->counters);
	free(replace);
}

static void edit_with(const struct nsa_netns *ns, const struct xtables *xt, const char *name,
		      unsigned int hook, int rules, bool drop, const struct xt_entry_match *match)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(ns);
	__cleanup(nsa_closep) int sk = socket(xt->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct table table = { .xt = xt };
	unsigned int old_entries;

	assert_true(token >= 0 && sk >= 0);
	table_read(sk, &table, name);
	old_entries = table.info.num_entries;
	while (rules--)
		table_insert(&table, hook, match);
	if (drop)
		table_drop(&table, hook);
	table_write(sk, &table, old_entries);
	free(table.entries);
}

static void edit(const struct nsa_netns *ns, const struct xtables *xt, const char *name,
		 unsigned int hook, int rules, bool drop)
{
	edit_with(ns, xt, name, hook, rules, drop, NULL);
}

static void test_xtables_idle(void **state)
{
	static const char *const tables[] = { "filter", "nat", "mangle", "raw" };
	size_t i;

	for (i = 0; i < 4; i++) {
		edit(*state, &iptables, tables[i], NF_INET_LOCAL_OUT, 0, false);
		edit(*state, &ip6tables, tables[i], NF_INET_LOCAL_OUT, 0, false);
	}
	sh_says("filter", "nsenter --net=/run/netns/nsa-fw cat /proc/net/ip6_tables_names");
	assert_string_equal(detect(*state).what, "");
	edit(*state, &iptables, "filter", NF_INET_LOCAL_IN, 2, true);
	edit(*state, &iptables, "filter", NF_INET_LOCAL_OUT, 1, false);
	assert_string_equal(detect(*state).what, "");
}

static void test_xtables_rules(void **state)
{
	edit(*state, &iptables, "filter", NF_INET_LOCAL_IN, 5, false);
	edit(*state, &iptables, "filter", NF_INET_FORWARD, 2, false);
	edit(*state, &iptables, "filter", NF_INET_LOCAL_OUT, 1, false);
	assert_string_equal(detect(*state).what, "iptables filter/FORWARD (2 rules)");
	edit(*state, &ip6tables, "mangle", NF_INET_PRE_ROUTING, 1, false);
	assert_string_equal(detect(*state).what, "iptables filter/FORWARD (2 rules), "
						 "ip6tables mangle/PREROUTING (1 rule)");
}

static void test_xtables_nat(void **state)
{
	edit(*state, &iptables, "nat", NF_INET_POST_ROUTING, 1, false);
	assert_string_equal(detect(*state).what, "iptables nat/POSTROUTING (1 rule)");
}

static void test_xtables_policy(void **state)
{
	edit(*state, &iptables, "filter", NF_INET_FORWARD, 0, true);
	edit(*state, &ip6tables, "filter", NF_INET_FORWARD, 1, true);
	assert_string_equal(detect(*state).what, "iptables filter/FORWARD (policy drop), "
						 "ip6tables filter/FORWARD (1 rule, policy drop)");
}

static void test_xtables_leaves_no_trace(void **state)
{
	int fds = count_fds();

	edit(*state, &iptables, "filter", NF_INET_FORWARD, 1, false);
	detect(*state);
	assert_int_equal(count_fds(), fds);
	sh("test \"$(nsenter --net=/run/netns/nsa-fw cat /proc/net/ip_tables_names)\" = filter");
}

static void count_packets(void)
{
	sh("ip -n nsa-fw link set lo up && "
	   "nsenter --net=/run/netns/nsa-fw ping -qc 1 127.0.0.1 >/dev/null");
}

static void test_xtables_conntrack(void **state)
{
	static const struct {
		struct xt_entry_match match;
		_Alignas(8) struct xt_conntrack_mtinfo3 info;
	} conntrack = {
		.match.u.user = { .match_size = sizeof(conntrack),
				  .name = "conntrack",
				  .revision = 3 },
	};

	edit(*state, &iptables, "filter", NF_INET_LOCAL_IN, 2, false);
	assert_string_equal(detect(*state).what, "");
	edit_with(*state, &iptables, "filter", NF_INET_LOCAL_IN, 1, false, &conntrack.match);
	assert_string_equal(detect(*state).what, "connection tracking");
	assert_true(detect(*state).routed);
}

/* Of the rules, not of what they have counted. */
static void test_xtables_fingerprint(void **state)
{
	__u64 before = detect(*state).fingerprint, after;

	edit(*state, &iptables, "filter", NF_INET_LOCAL_OUT, 1, false);
	after = detect(*state).fingerprint;
	assert_int_not_equal(after, before);
	count_packets();
	assert_int_equal(detect(*state).fingerprint, after);
	edit(*state, &iptables, "filter", NF_INET_FORWARD, 1, false);
	assert_int_not_equal(detect(*state).fingerprint, after);
	after = detect(*state).fingerprint;
	edit(*state, &ip6tables, "filter", NF_INET_FORWARD, 0, true);
	assert_int_not_equal(detect(*state).fingerprint, after);
}

/* Rules that have to see every packet */

#define CHAIN(family, hook, rules)                                                                 \
	"table " family " t { chain c { type filter hook " hook " priority 0; " rules "; }; }"

/* kind: what is named; NULL: nothing has to see every packet. */
static void expect_every(const struct nsa_netns *ns, const char *kind)
{
	struct nsa_firewall firewall = detect(ns);

	if (firewall.every_packet != !!kind)
		fail_msg("%s: %s", kind ? kind : "none", firewall.what);
	if (kind && strncmp(firewall.what, kind, strlen(kind)) != 0)
		fail_msg("\"%s\" isn't named first: %s", kind, firewall.what);
}

static void expect_every_nft(const struct nsa_netns *ns, const char *ruleset, const char *kind)
{
	nft("flush ruleset");
	nft(ruleset);
	expect_every(ns, kind);
	nft("flush ruleset");
}

static bool has_nft(const char *ruleset)
{
	char line[640];

	snprintf(line, sizeof(line), "nsenter --net=/run/netns/nsa-fw nft -c '%s' 2>/dev/null",
		 ruleset);
	if (!system(line))
		return true;
	print_message("skipped: %s\n", ruleset);
	return false;
}

/* One rule of an inet chain at forward. */
static void expect_every_rule(const struct nsa_netns *ns, const char *rule, const char *kind)
{
	char ruleset[512], what[128];

	snprintf(ruleset, sizeof(ruleset), CHAIN("inet", "forward", "%s"), rule);
	snprintf(what, sizeof(what), "nft %s in inet t/c, nft chain inet t/c (", kind ? kind : "");
	if (has_nft(ruleset))
		expect_every_nft(ns, ruleset, kind ? what : NULL);
}

static void test_every_nft(void **state)
{
	static const struct {
		const char *rule, *kind;
	} rules[] = {
		{ "limit rate 10/second accept", "limit" },
		{ "udp dport 9 limit rate over 10/second drop", "limit" },
		{ "quota over 10 mbytes drop", "quota" },
		{ "ct count over 5 drop", "connlimit" },
		{ "meta mark set numgen inc mod 2", "numgen" },
		{ "queue to 1", "queue" },
		{ "log", "log" },
		{ "ct bytes > 1000 drop", "ct bytes or packets" },
		{ "ct original packets > 10 drop", "ct bytes or packets" },
		{ "ct avgpkt > 10 drop", "ct bytes or packets" },
		{ "ct expiration 10s drop", "ct expiration" },
		{ "ct status assured drop", "ct status" },
		{ "ct mark set ct mark xor 0x1", "ct mark" },
		{ "meta length > 1000 drop", "meta length" },
		{ "meta random < 5 drop", "meta random" },
		{ "meta cpu 1 drop", "meta cpu" },
		{ "meta nftrace set 1", "meta nftrace" },
		{ "meta secpath exists accept", "meta secpath" },
		{ "ip ecn ect0 drop", "ip ecn" },
		{ "ip ecn { ect0, ce } drop", "ip ecn" },
		{ "ip ecn . tcp dport { ect0 . 80 } drop", "ip ecn" },
		{ "ip ecn set ce", "ip ecn" },
		{ "ip length > 1000 drop", "ip length" },
		{ "ip id 7 drop", "ip id" },
		{ "ip frag-off & 0x4000 != 0 drop", "ip frag-off" },
		{ "ip frag-off & 0x8000 != 0 drop", "ip frag-off" },
		{ "ip frag-off 0 drop", "ip frag-off" },
		{ "ip checksum 7 drop", "ip checksum" },
		{ "ip id set 7", "ip id" },
		{ "meta mark set jhash ip id mod 2", "ip id" },
		{ "ip6 ecn ce drop", "ip6 ecn" },
		{ "ip6 length > 1000 drop", "ip6 length" },
		{ "ip6 flowlabel 7 drop", "ip6 flowlabel" },
		{ "ip6 flowlabel set 7", "ip6 flowlabel" },
		{ "udp length > 1000 drop", "udp length" },
		{ "udp checksum 7 drop", "udp checksum" },
		{ "tcp sequence 7 drop", "tcp sequence" },
		{ "tcp ackseq 7 drop", "tcp ackseq" },
		{ "tcp doff 8 drop", "tcp doff" },
		{ "tcp window < 100 drop", "tcp window" },
		{ "tcp checksum 7 drop", "tcp checksum" },
		{ "tcp urgptr 7 drop", "tcp urgptr" },
		{ "tcp window set 7", "tcp window" },
		{ "@th,64,32 7 drop", "udp payload" },
		{ "meta l4proto tcp @th,64,32 7 drop", "tcp ackseq" },
		{ "meta l4proto tcp @th,160,8 7 drop", "tcp option or payload" },
		{ "meta l4proto tcp @th,160,8 & 0 == 0 drop", "tcp option or payload" },
		{ "@th,107,1 1 drop", "udp payload" }, /* flags of TCP, but what of UDP? */
		{ "@ih,0,8 7 drop", "udp payload" },
		{ "@ll,120,8 7 drop", "ip6 flowlabel" }, /* behind Ethernet's header */
		{ "ip version 4 @nh,8,8 & 3 == 1 drop", "ip ecn" },
		{ "meta nfproto ipv4 @nh,224,32 7 drop", "udp payload" },
		{ "meta nfproto ipv4 @nh,15,1 1 drop", "ip ecn" },
		{ "meta nfproto ipv6 @nh,384,32 7 drop", "udp payload" },
		{ "tcp option sack-perm exists drop", "tcp option" },
		{ "tcp option timestamp tsval 7 drop", "tcp option" },
		{ "tcp option maxseg size set 1400", "tcp option" },
		{ "tcp flags & (psh|urg) == 0 drop", "tcp flags" },
		{ "tcp flags & (ack|psh) == (ack|psh) drop", "tcp flags" },
		{ "tcp flags & (ecn|cwr) != 0 drop", "tcp flags" },
		{ "tcp flags { ack, psh } drop", "tcp flags" },
		{ "tcp flags . tcp dport { ack . 80 } drop", "tcp flags" },
		{ "ipsec in reqid 7 accept", "xfrm" },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		expect_every_rule(*state, rules[i].rule, rules[i].kind);
}

/* What goes by addresses, ports and the like, or only by the first and last packets of flows. */
static void test_every_nft_not(void **state)
{
	static const char *const rules[] = {
		"accept",
		"counter",
		"iifname \"v0\" oifname \"v1\" ip saddr 10.0.0.0/8 ip daddr 10.1.0.1 accept",
		"ip6 saddr fe80::/10 ip6 daddr 2001:db8::/32 drop",
		"ip6 saddr 2001:db8::1 ip6 daddr 2001:db8::2 drop",
		"ether saddr 02:00:00:00:00:01 ether daddr 02:00:00:00:00:02 drop",
		"tcp dport { 80, 443 } accept; udp sport 53 udp dport 1024-65535 accept",
		"ip saddr . tcp dport { 10.0.0.1 . 80 } accept",
		"ip ttl < 2 drop; ip6 hoplimit < 2 drop; ip dscp cs1 accept; ip6 dscp cs1 accept",
		"ip dscp set cs1; ip6 dscp set cs1",
		"ip frag-off & 0x1fff != 0 drop; exthdr frag exists drop",
		"ip frag-off & 0x2000 != 0 drop; ip hdrlength 5 drop; ip version 4 drop",
		"meta l4proto icmp limit rate 1/second accept",
		"icmp type echo-request limit rate 1/second accept",
		"ip6 nexthdr icmpv6 limit rate 1/second accept",
		"meta protocol arp limit rate 1/second accept",
		"ether type vlan vlan id 7 limit rate 1/second accept",
		"meta l4proto tcp @th,107,1 1 drop",
		"meta nfproto ipv4 @nh,8,6 7 drop; meta nfproto ipv4 @nh,160,16 7 drop",
		"exthdr hbh exists limit rate 1/second accept",
		"tcp flags & (fin|syn|rst|psh|ack|urg) == 0 limit rate 1/second drop",
		"ct status dnat accept; ct mark set ct mark or 0x1; ct direction original accept",
		"ct mark set meta mark; meta mark set ct mark",
		"meta hour 10:00-11:00 accept; meta skuid 0 accept; meta pkttype host accept",
		"ip saddr vmap { 10.0.0.1 : drop }; ct state vmap { established : accept }",
		"ip ttl set 9; ip saddr set 10.0.0.1; tcp dport set 80; ether saddr set "
		"02:00:00:00:00:09",
		"meta mark set jhash ip saddr . tcp sport mod 2",
		"meta mark set symhash mod 2",
		"ip dscp { cs1, cs2 } accept; ip6 dscp { cs1, cs2 } accept",
		"meta mark 1 meta mark set 2 ct mark set 3 meta priority set none",
		"fib saddr . iif oif missing drop",
		"tcp flags syn tcp option maxseg size set rt mtu",
		"ct state new limit rate 10/second accept",
		"ct state new,related log",
		"ct state invalid log drop",
		"ct state invalid counter limit rate 3/minute log drop",
		"ct state == new limit rate 10/second accept",
		"tcp flags syn limit rate 10/second accept",
		"tcp flags & (fin|syn|rst|ack) == syn limit rate 10/second accept",
		"tcp flags & (fin|syn|rst|ack) != syn ct state new drop",
		"tcp flags & (fin|syn) == (fin|syn) log drop",
		"ct state established,related counter accept; limit rate 3/minute log drop",
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		expect_every_rule(*state, rules[i], NULL);
}

/* Looks like an exception, and is none. */
static void test_every_nft_order(void **state)
{
	static const char *const rules[] = {
		"ct state new,established limit rate 10/second accept",
		"ct state untracked limit rate 10/second accept",
		"ct state != established limit rate 10/second accept",
		"limit rate 10/second ct state new accept",
		"tcp flags syn accept; limit rate 10/second accept",
		"tcp flags & syn == 0 limit rate 10/second accept",
		"ct state established udp dport 9 accept; limit rate 3/minute accept",
		"ct state related accept; limit rate 3/minute accept",
		"ct state established counter; limit rate 3/minute accept",
		"ct state established drop; limit rate 3/minute accept",
		"limit rate 3/minute accept; ct state established accept",
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		expect_every_rule(*state, rules[i], "limit");
}

/* What is never established is new each time. */
static void test_every_untracked(void **state)
{
	static const char kind[] = "rules for new connections beside notrack or zones";
	static const char *const rules[] = { "notrack", "ct zone set 7" };

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		char ruleset[512];

		snprintf(ruleset, sizeof(ruleset),
			 "table ip r { chain c { type filter hook prerouting priority -300; "
			 "udp dport 9 %s; }; }",
			 rules[i]);
		expect_every_nft(*state, ruleset, NULL);
		nft(CHAIN("ip", "forward", "ct state new limit rate 1/second accept"));
		nft(ruleset);
		expect_every(*state, kind);
		nft("flush ruleset");
	}
}

static void test_every_nft_where(void **state)
{
	static const char limit[] = "nft limit in ";

	expect_every_nft(*state, CHAIN("ip", "input", "limit rate 1/second accept"), NULL);
	expect_every_nft(*state, CHAIN("inet", "output", "limit rate 1/second accept"), NULL);
	expect_every_nft(*state, CHAIN("ip", "prerouting", "limit rate 1/second accept"), limit);
	expect_every_nft(*state, CHAIN("ip6", "postrouting", "limit rate 1/second accept"), limit);
	expect_every_nft(*state, CHAIN("bridge", "forward", "limit rate 1/second accept"), limit);
	expect_every_nft(*state, CHAIN("netdev", "ingress device v0", "limit rate 1/second accept"),
			 limit);
	expect_every_nft(*state, CHAIN("netdev", "egress device v0", "limit rate 1/second accept"),
			 limit);
	expect_every_nft(*state, CHAIN("ip", "forward", "dup to 10.0.0.1"), "nft dup in ");
	expect_every_nft(*state, CHAIN("netdev", "ingress device v0", "dup to v1"), "nft dup in ");
	expect_every_nft(*state, CHAIN("netdev", "ingress device v0", "fwd to v1"), "nft fwd in ");
	/* A table with chains here and there. */
	expect_every_nft(*state,
			 "table inet t { chain i { type filter hook input priority 0; "
			 "limit rate 1/second accept; }; "
			 "chain f { type filter hook forward priority 0; accept; }; }",
			 NULL);
	/* Not a base chain: met from those that are. */
	expect_every_nft(*state,
			 "table inet t { chain other { limit rate 1/second accept; }; "
			 "chain c { type filter hook forward priority 0; jump other; }; }",
			 "nft limit in inet t/other, nft chain inet t/c (1 rule)");
	expect_every_nft(*state,
			 "table inet t { chain other { limit rate 1/second accept; }; "
			 "chain c { type filter hook input priority 0; jump other; }; "
			 "chain f { type filter hook forward priority 0; }; }",
			 NULL);
	expect_every_nft(*state,
			 "table inet t { chain c { limit rate 1/second accept; }; }; "
			 "table ip t { chain c { type filter hook forward priority 0; accept; }; }",
			 NULL);
	/* Only the first packet of a connection meets rules of NAT. */
	expect_every_nft(*state,
			 "table ip t { chain c { type nat hook prerouting priority -100; "
			 "limit rate 1/second accept; }; }",
			 NULL);
	/* One chain's exception isn't the next one's. */
	expect_every_nft(*state,
			 "table inet t { chain c { type filter hook forward priority 0; "
			 "ct state established accept; }; "
			 "chain d { type filter hook forward priority 1; "
			 "limit rate 1/second accept; }; }",
			 "nft limit in inet t/d");
}

/* What elements of sets and named objects do. */
static void test_every_nft_elements(void **state)
{
#define SET(definition, rule)                                                                      \
	"table ip t { " definition "; chain c { type filter hook forward priority 0; " rule "; "   \
	"}; }"
	static const char dynamic[] = "set s { type ipv4_addr; flags dynamic; size 9; }";
	char ruleset[512];

	expect_every_nft(*state,
			 SET("set s { type ipv4_addr; flags dynamic; limit rate 1/second; }",
			     "ip saddr @s accept"),
			 "nft limit in ip t/c");
	expect_every_nft(*state, SET("set s { type ipv4_addr; counter; }", "ip saddr @s accept"),
			 NULL);
	snprintf(ruleset, sizeof(ruleset), SET("%s", "update @s { ip saddr limit rate 1/second }"),
		 dynamic);
	expect_every_nft(*state, ruleset, "nft limit in ip t/c");
	snprintf(ruleset, sizeof(ruleset), SET("%s", "add @s { ip saddr counter } accept"),
		 dynamic);
	expect_every_nft(*state, ruleset, NULL);
	/* A packet changes what the next is judged by: of its own flow, not of new ones. */
	snprintf(ruleset, sizeof(ruleset), SET("%s", "ip saddr @s drop; add @s { ip saddr }"),
		 dynamic);
	expect_every_nft(*state, ruleset, "nft set ip t/s");
	snprintf(ruleset, sizeof(ruleset),
		 SET("%s", "ip saddr @s drop; ct state new add @s { ip saddr }"), dynamic);
	expect_every_nft(*state, ruleset, NULL);
	expect_every_nft(*state,
			 SET("set s { type ipv4_addr; flags dynamic,timeout; timeout 1m; }",
			     "update @s { ip saddr }"),
			 "nft dynset in ip t/c");
	expect_every_nft(*state, SET("quota q { 10 mbytes }", "quota name q drop"),
			 "nft quota in ip t/c");
	expect_every_nft(*state, SET("counter n { }", "counter name n"), NULL);
	expect_every_nft(*state,
			 SET("limit l { rate 1/second }; map m { type ipv4_addr : limit; "
			     "elements = { 10.0.0.1 : \"l\" }; }",
			     "limit name ip saddr map @m drop"),
			 "nft limit in ip t/c");
	/* Also those that only new connections meet have their effect on all that follows. */
	expect_every_nft(*state,
			 SET("ct helper h { type \"ftp\" protocol tcp; }",
			     "ct state new tcp dport 21 ct helper set \"h\""),
			 "nft ct helper in ip t/c");
}

static const char *const iptables_every[] = {
	"-m limit --limit 5/s -j ACCEPT",
	"-m hashlimit --hashlimit-upto 5/s --hashlimit-name nsa -j ACCEPT",
	"-p tcp -m connlimit --connlimit-above 5 -j DROP",
	"-m connbytes --connbytes 10 --connbytes-dir both --connbytes-mode bytes -j DROP",
	"-m recent --set --name nsa",
	"-m statistic --mode random --probability 0.5 -j DROP",
	"-m length --length 10:20 -j DROP",
	"-m string --string a --algo bm -j DROP",
	"-m quota --quota 10 -j DROP",
	"-m u32 --u32 0=1 -j DROP",
	"-m policy --dir in --pol none -j DROP",
	"-p tcp -m ecn --ecn-tcp-cwr -j DROP",
	"-p tcp --tcp-flags PSH PSH -j DROP",
	"-p tcp --tcp-flags SYN,ACK,URG ACK -j DROP",
	"-p tcp -m ecn --ecn-tcp-ece -j DROP",
	"-m ecn --ecn-ip-ect 1 -j DROP",
	"-m tos --tos 0x10/0xff -j DROP",
	"-m tos --tos 0x01/0x01 -j DROP",
	"-t mangle -j TOS --set-tos 0x10/0xff",
	"-t mangle -j TOS --set-tos 0x00/0x03",
	"-t mangle -j CONNMARK --set-xmark 1/0",
	"-t mangle -p tcp -j ECN --ecn-tcp-remove",
	"-t mangle -p tcp -j TCPOPTSTRIP --strip-options timestamp",
	"-t mangle -j CHECKSUM --checksum-fill",
	"-p tcp -m tcpmss --mss 10:20 -j DROP",
	"-m cpu --cpu 0 -j DROP",
	"-m bpf --bytecode \"1,6 0 0 0\" -j DROP",
	"-m conntrack --ctstatus ASSURED -j DROP",
	"-j AUDIT --type accept",
	"-t raw -j TRACE",
	"-p tcp --tcp-option 8 -j DROP",
	"-j LOG",
	"-j NFLOG",
	"-j NFQUEUE",
	"-j TEE --gateway 10.0.0.1",
	"-m limit --limit 5/s -m conntrack --ctstate NEW -j ACCEPT",
	"-m conntrack --ctstate NEW,ESTABLISHED -m limit --limit 5/s -j ACCEPT",
	"-m conntrack ! --ctstate ESTABLISHED -m limit --limit 5/s -j ACCEPT",
	"-m conntrack --ctexpire 10 -j ACCEPT",
};

static const char *const iptables_none[] = {
	"-s 10.0.0.1 -i v0 -p tcp --dport 80 -j ACCEPT",
	"-p udp -m multiport --dports 1,2 -m comment --comment x -j DROP",
	"-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
	"-m conntrack --ctstate NEW -m limit --limit 5/s -j ACCEPT",
	"-m state --state NEW -m limit --limit 5/s -j LOG",
	"-m conntrack --ctstate INVALID -j LOG",
	"-p tcp --syn -m limit --limit 5/s -j ACCEPT",
	"-p tcp ! --syn -m conntrack --ctstate NEW -j DROP",
	"-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
	"-m mac --mac-source 02:00:00:00:00:01 -j MARK --set-mark 1",
	"-m ttl --ttl-lt 2 -j DROP",
	"-p tcp --tcp-flags ALL NONE -j DROP",
	"-p tcp --tcp-flags ALL FIN,PSH,URG -j DROP",
	"-p icmp -m limit --limit 5/s -j ACCEPT",
	"-m dscp --dscp 4 -j DROP",
	"-m tos --tos 0x10/0xfc -j DROP",
	"-t mangle -j DSCP --set-dscp 4",
	"-t mangle -j TOS --set-tos 0x10/0xfc",
	"-t mangle -j TTL --ttl-set 9",
	"-t mangle -j CONNMARK --set-xmark 1/1",
	"-t mangle -j CONNMARK --save-mark",
	"-t mangle -j CONNMARK --restore-mark",
	"-t mangle -j CLASSIFY --set-class 1:1",
	"-p udp -m udp --dport 7 -j DROP",
	"-m conntrack --ctstatus SEEN_REPLY -j ACCEPT",
	"-m addrtype --dst-type LOCAL -j DROP",
	"-m pkttype --pkt-type broadcast -j DROP",
	"-m iprange --src-range 10.0.0.1-10.0.0.9 -j DROP",
	"-m time --timestart 10:00 -j DROP",
	"-m physdev --physdev-in v0 -j DROP",
};

/* false: the kernel, or the command, lacks what the rule needs. */
static bool iptables_add(const char *command, const char *chain, const char *rule)
{
	char line[512];

	snprintf(line, sizeof(line), "nsenter --net=/run/netns/nsa-fw %s -A %s %s 2>/dev/null",
		 command, chain, rule);
	return !system(line);
}

static void iptables_flush(const char *command)
{
	sh("for t in filter mangle raw; do nsenter --net=/run/netns/nsa-fw %s -t $t -F; done",
	   command);
}

static void expect_every_iptables(const struct nsa_netns *ns, const char *command, const char *rule,
				  bool every)
{
	if (!iptables_add(command, "FORWARD", rule)) {
		print_message("skipped: %s\n", rule);
		return;
	}
	if (detect(ns).every_packet != every)
		fail_msg("%s %s: %s", command, rule, detect(ns).what);
	iptables_flush(command);
	if (iptables_add(command, "INPUT", rule) && detect(ns).every_packet)
		fail_msg("%s INPUT %s: %s", command, rule, detect(ns).what);
	iptables_flush(command);
}

static void skip_without_iptables(const char *command)
{
	char line[128];

	snprintf(line, sizeof(line), "nsenter --net=/run/netns/nsa-fw %s -L >/dev/null 2>&1",
		 command);
	if (system(line))
		skip();
}

/* Chains, and the rules that come after one for what is established. */
static void expect_every_chains(const struct nsa_netns *ns, const char *command)
{
	static const char established[] = "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT";
	static const char limit[] = "-m limit --limit 5/s -j ACCEPT";

	sh("nsenter --net=/run/netns/nsa-fw %s -N other", command);
	assert_true(iptables_add(command, "INPUT", "-j other") &&
		    iptables_add(command, "other", limit));
	expect_every(ns, NULL);
	assert_true(iptables_add(command, "FORWARD", established));
	assert_true(iptables_add(command, "FORWARD", limit));
	iptables_flush(command);
	assert_true(iptables_add(command, "FORWARD", established));
	assert_true(iptables_add(command, "FORWARD", limit));
	expect_every(ns, NULL);
	assert_true(iptables_add(command, "other", limit));
	assert_true(detect(ns).every_packet);
	iptables_flush(command);
	assert_true(iptables_add(command, "FORWARD",
				 "-p udp -m conntrack --ctstate ESTABLISHED -j ACCEPT"));
	assert_true(iptables_add(command, "FORWARD", limit));
	assert_true(detect(ns).every_packet);
	iptables_flush(command);
}

static void expect_every_ct_target(const struct nsa_netns *ns, const char *command)
{
	if (iptables_add(command, "PREROUTING -t raw", "-p tcp --dport 21 -j CT --helper ftp"))
		assert_true(detect(ns).every_packet);
	iptables_flush(command);
	if (!iptables_add(command, "PREROUTING -t raw", "-p udp -j CT --notrack"))
		return;
	expect_every(ns, NULL);
	assert_true(iptables_add(command, "FORWARD",
				 "-m conntrack --ctstate NEW -m limit --limit 5/s -j ACCEPT"));
	expect_every(ns, "rules for new connections beside notrack or zones");
	iptables_flush(command);
}

static void expect_iptables(const struct nsa_netns *ns, const char *command)
{
	size_t i;

	skip_without_iptables(command);
	for (i = 0; i < sizeof(iptables_every) / sizeof(iptables_every[0]); i++)
		expect_every_iptables(ns, command, iptables_every[i], true);
	for (i = 0; i < sizeof(iptables_none) / sizeof(iptables_none[0]); i++)
		expect_every_iptables(ns, command, iptables_none[i], false);
	expect_every_chains(ns, command);
	expect_every_ct_target(ns, command);
}

static void test_every_iptables(void **state)
{
	expect_iptables(*state, "iptables-legacy");
	assert_true(iptables_add("iptables-legacy", "FORWARD", "-m limit --limit 5/s"));
	expect_every(*state, "iptables limit in filter, iptables filter/FORWARD (1 rule)");
}

static void test_every_ip6tables(void **state)
{
	skip_without_iptables("ip6tables-legacy");
	expect_every_iptables(*state, "ip6tables-legacy", "-m limit --limit 5/s", true);
	expect_every_chains(*state, "ip6tables-legacy");
}

static void test_every_iptables_nft(void **state)
{
	expect_iptables(*state, "iptables-nft");
	assert_true(iptables_add("iptables-nft", "FORWARD",
				 "-m hashlimit --hashlimit-upto 5/s --hashlimit-name nsa"));
	expect_every(*state, "nft hashlimit in ip filter/FORWARD, nft chain ip filter/FORWARD");
}

/* Of a namespace that is gone. */
static const struct nsa_netns nowhere = { .held = -1, .path = (char[]){ "/nonexistent" } };

/* Rules of ebtables that nf_tables has. */
static void test_every_ebtables_nft(void **state)
{
	static const struct {
		const char *rule;
		bool every;
	} rules[] = {
		{ "-p ip --ip-tos 0x10 -j DROP", true },
		{ "-p ip6 --ip6-tclass 0x10 -j DROP", true },
		{ "--limit 5/s -j ACCEPT", true },
		{ "-j DROP --log", true },
		{ "--pkttype-type broadcast -j DROP", false },
		{ "-p ip --ip-src 10.0.0.1 -j DROP", false },
		{ "-p ip --ip-proto udp --ip-dport 9 -j DROP", false },
		{ "-s 02:00:00:00:00:01 -d 02:00:00:00:00:02 -i v0 -j DROP", false },
		{ "--mark 7 -j DROP", false },
		{ "-p 802_1Q --vlan-id 7 -j DROP", false },
		{ "-p arp --arp-op 1 -j DROP", false },
	};

	skip_without_iptables("ebtables-nft");
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (!iptables_add("ebtables-nft", "FORWARD", rules[i].rule))
			print_message("skipped: %s\n", rules[i].rule);
		else if (detect(*state).every_packet != rules[i].every)
			fail_msg("ebtables %s: %s", rules[i].rule, detect(*state).what);
		sh("nsenter --net=/run/netns/nsa-fw ebtables-nft -F");
	}
	nft("flush ruleset");
}

static void test_polled(void **state)
{
	const struct nsa_netns *ns = *state;

	if (access("/proc/sys/net/bridge", F_OK) && access("/proc/net/ip_vs", F_OK) &&
	    access("/sys/module/ebtables", F_OK))
		assert_false(nsa_firewall_is_polled(ns));
	edit(ns, &ip6tables, "filter", NF_INET_FORWARD, 0, false);
	assert_true(nsa_firewall_is_polled(ns));
	assert_false(nsa_firewall_is_polled(&nowhere));
}

static void test_ipsec_fingerprint(void **state)
{
	static const char policy[] =
		"ip -n nsa-fw xfrm policy %s src 0.0.0.0/0 dst 127.0.0.0/8 dir out priority %d";
	__u64 before = detect(*state).fingerprint, after;

	sh(policy, "add", 5);
	after = detect(*state).fingerprint;
	assert_int_not_equal(after, before);
	count_packets(); /* use times and the like */
	assert_int_equal(detect(*state).fingerprint, after);
	sh(policy, "update", 6);
	assert_string_equal(detect(*state).what, "1 IPsec policy");
	assert_int_not_equal(detect(*state).fingerprint, after);
	after = detect(*state).fingerprint;
	sh("ip -n nsa-fw xfrm policy setdefault fwd block");
	assert_int_not_equal(detect(*state).fingerprint, after);
}

static struct nsa_firewall_watch watch_open(const struct nsa_netns *ns)
{
	struct nsa_firewall_watch watch;

	assert_int_equal(nsa_firewall_watch_open(ns, &watch), 0);
	assert_true(watch.nft >= 0 && watch.xfrm >= 0);
	return watch;
}

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void test_watch(void **state)
{
	int fds = count_fds();
	struct nsa_firewall_watch watch = watch_open(*state);

	assert_false(nsa_firewall_watch_drain(&watch));
	nft(FORWARD("inet"));
	assert_true(is_readable(watch.nft) && !is_readable(watch.xfrm));
	assert_true(nsa_firewall_watch_drain(&watch));
	assert_false(is_readable(watch.nft) || nsa_firewall_watch_drain(&watch));
	nft("add set inet t s { type mark; }");
	assert_true(nsa_firewall_watch_drain(&watch));
	nft("add element inet t s { 1 }");
	assert_true(nsa_firewall_watch_drain(&watch));
	nft("flush ruleset");
	assert_true(nsa_firewall_watch_drain(&watch));
	nsa_firewall_watch_close(&watch);
	assert_int_equal(count_fds(), fds);
}

static void test_watch_ipsec(void **state)
{
	struct nsa_firewall_watch watch = watch_open(*state);

	sh("ip -n nsa-fw xfrm policy add src 10.0.0.0/8 dst 10.0.0.0/8 dir fwd");
	assert_true(is_readable(watch.xfrm) && !is_readable(watch.nft));
	assert_true(nsa_firewall_watch_drain(&watch));
	assert_false(nsa_firewall_watch_drain(&watch));
	sh("ip -n nsa-fw xfrm policy setdefault fwd block");
	assert_true(nsa_firewall_watch_drain(&watch));
	sh("ip -n nsa-fw xfrm policy flush");
	assert_true(nsa_firewall_watch_drain(&watch));
	nsa_firewall_watch_close(&watch);
}

static void test_watch_only_that_namespace(void **state)
{
	struct nsa_firewall_watch watch = watch_open(*state);

	sh("nft add table inet t && nft flush ruleset");
	assert_false(nsa_firewall_watch_drain(&watch));
	nsa_firewall_watch_close(&watch);
}

/* More than a socket holds, or is taken at once. */
static void test_watch_overrun(void **state)
{
	struct nsa_firewall_watch watch = watch_open(*state);
	int size = 1, rounds = 0;

	assert_int_equal(setsockopt(watch.nft, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
	nft("add table inet t; add set inet t s { type mark; elements = { 1-5 }; flags interval; "
	    "}");
	sh("for i in $(seq 100); do echo add chain inet t c$i; done | "
	   "nsenter --net=/run/netns/nsa-fw nft -f -");
	assert_true(nsa_firewall_watch_drain(&watch));
	while (nsa_firewall_watch_drain(&watch))
		assert_true(rounds++ < 10);
	nft("add chain inet t more");
	assert_true(nsa_firewall_watch_drain(&watch));
	nsa_firewall_watch_close(&watch);
}

static void test_ipsec(void **state)
{
	static const char policy[] =
		"ip -n nsa-fw xfrm policy add src 10.0.%d.0/24 dst 10.1.0.0/24 "
		"dir %s tmpl src 10.2.0.1 dst 10.2.0.2 proto esp mode tunnel";

	sh(policy, 1, "in");
	assert_string_equal(detect(*state).what, "");
	sh(policy, 2, "out");
	assert_string_equal(detect(*state).what, "1 IPsec policy");
	sh(policy, 3, "fwd");
	assert_string_equal(detect(*state).what, "2 IPsec policies");
	sh("ip -n nsa-fw xfrm policy flush && ip -n nsa-fw xfrm policy setdefault fwd block");
	assert_string_equal(detect(*state).what, "IPsec default policy block");
}

static void test_errors(void **state)
{
	struct nsa_firewall firewall = { .what = "before" };
	struct nsa_firewall_watch watch = { 7, 7 };

	(void)state;
	assert_int_equal(nsa_firewall_detect(&nowhere, &firewall), -ENOENT);
	assert_int_equal(nsa_firewall_watch_open(&nowhere, &watch), -ENOENT);
	assert_int_equal(watch.nft, 7);
	assert_string_equal(firewall.what, "before");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_nft_hooks),
		TEST(test_nft_device_hooks),
		TEST(test_nft_policy),
		TEST(test_nft_idle),
		TEST(test_nft_bridge),
		TEST(test_scope),
		TEST(test_br_netfilter),
		TEST(test_br_netfilter_of_a_bridge),
		TEST(test_flowtable),
		TEST(test_conntrack),
		TEST(test_ipvs),
		TEST(test_hook_list),
		TEST(test_ebtables),
		TEST(test_nft_fingerprint),
		TEST(test_nft_indirect),
		TEST(test_only_that_namespace),
		TEST(test_cut),
		TEST(test_long_names),
		TEST(test_xtables_idle),
		TEST(test_xtables_rules),
		TEST(test_xtables_nat),
		TEST(test_xtables_policy),
		TEST(test_xtables_leaves_no_trace),
		TEST(test_xtables_conntrack),
		TEST(test_xtables_fingerprint),
		TEST(test_every_nft),
		TEST(test_every_nft_not),
		TEST(test_every_nft_order),
		TEST(test_every_untracked),
		TEST(test_every_nft_where),
		TEST(test_every_nft_elements),
		TEST(test_every_iptables),
		TEST(test_every_ip6tables),
		TEST(test_every_iptables_nft),
		TEST(test_every_ebtables_nft),
		TEST(test_polled),
		TEST(test_ipsec_fingerprint),
		TEST(test_watch),
		TEST(test_watch_ipsec),
		TEST(test_watch_only_that_namespace),
		TEST(test_watch_overrun),
		TEST(test_ipsec),
		TEST(test_errors),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
