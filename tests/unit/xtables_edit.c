// SPDX-License-Identifier: GPL-2.0-only
/* Edits tables of legacy iptables and ip6tables by socket options. */
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sandbox.h"
#include "user/kernel/netns.h"
#include "user/util/cleanup.h"
#include "xtables_edit.h"

struct xtables {
	const char *command;
	int family, level;
	size_t target_offset, next_offset;
};

const struct xtables iptables = {
	.command = "iptables",
	.family = AF_INET,
	.level = IPPROTO_IP,
	.target_offset = offsetof(struct ipt_entry, target_offset),
	.next_offset = offsetof(struct ipt_entry, next_offset),
};

const struct xtables ip6tables = {
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

void edit_with(const struct nsa_netns *ns, const struct xtables *xt, const char *name,
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

void edit(const struct nsa_netns *ns, const struct xtables *xt, const char *name, unsigned int hook,
	  int rules, bool drop)
{
	edit_with(ns, xt, name, hook, rules, drop, NULL);
}
