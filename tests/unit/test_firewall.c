// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "sandbox.h"
#include "user/cleanup.h"
#include "user/firewall.h"
#include "user/netns.h"

static int setup(void **state)
{
	static struct nsa_netns ns;

	sh("ip netns add nsa-fw && ip -n nsa-fw link add v0 type veth peer name v1");
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
	struct nsa_firewall firewall = { .active = true, .what = "before" };

	assert_int_equal(nsa_firewall_detect(ns->fd, &firewall), 0);
	assert_int_equal(firewall.active, firewall.what[0] != '\0');
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
		   "ct state new accept; }; "
		   "chain o { type filter hook output priority 0; accept; }; }",
		   "");
	expect_nft(*state, "table inet t { chain unused { drop; }; }", "");
	expect_nft(*state,
		   "table bridge t { chain c { type filter hook forward priority 0; drop; }; }; "
		   "table arp a { chain c { type filter hook input priority 0; drop; }; }",
		   "");
	expect_nft(*state,
		   "table inet t { ct helper h { type \"ftp\" protocol tcp; }; "
		   "set s { type ipv4_addr; elements = { 10.0.0.1 }; }; counter n { }; }",
		   "");
}

static void test_nft_indirect(void **state)
{
	expect_nft(*state,
		   "table inet t { chain other { drop; drop; drop; }; "
		   "chain c { type filter hook forward priority 0; jump other; }; }",
		   "nft chain inet t/c (1 rule)");
	expect_nft(*state,
		   "table inet t { chain c { type filter hook prerouting priority 0; "
		   "ct state established counter; }; }",
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

/* Adds a rule that accepts: a copy of the policy, before the chain. */
static void table_insert(struct table *table, unsigned int hook)
{
	struct ipt_getinfo *info = &table->info;
	unsigned int at = info->hook_entry[hook], i;
	size_t size = half_at(table->entries + info->underflow[hook] + table->xt->next_offset);
	char *entries = malloc(info->size + size);

	assert_non_null(entries);
	memcpy(entries, table->entries, at);
	memcpy(entries + at, table->entries + info->underflow[hook], size);
	memcpy(entries + at + size, table->entries + at, info->size - at);
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

static void edit(const struct nsa_netns *ns, const struct xtables *xt, const char *name,
		 unsigned int hook, int rules, bool drop)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(ns->fd);
	__cleanup(nsa_closep) int sk = socket(xt->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct table table = { .xt = xt };
	unsigned int old_entries;

	assert_true(token >= 0 && sk >= 0);
	table_read(sk, &table, name);
	old_entries = table.info.num_entries;
	while (rules--)
		table_insert(&table, hook);
	if (drop)
		table_drop(&table, hook);
	table_write(sk, &table, old_entries);
	free(table.entries);
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
	__cleanup(nsa_closep) int pipe_end = -1;
	struct nsa_firewall firewall = { .what = "before" };
	int ends[2];

	(void)state;
	assert_int_equal(nsa_firewall_detect(-1, &firewall), -EBADF);
	assert_int_equal(pipe(ends), 0);
	close(ends[1]);
	pipe_end = ends[0];
	assert_true(nsa_firewall_detect(pipe_end, &firewall) < 0);
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
		TEST(test_nft_indirect),
		TEST(test_only_that_namespace),
		TEST(test_cut),
		TEST(test_long_names),
		TEST(test_xtables_idle),
		TEST(test_xtables_rules),
		TEST(test_xtables_nat),
		TEST(test_xtables_policy),
		TEST(test_xtables_leaves_no_trace),
		TEST(test_ipsec),
		TEST(test_errors),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
