// SPDX-License-Identifier: GPL-2.0-only
/* Legacy iptables and ip6tables. Their entries differ in the header only. */
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "firewall/report.h"
#include "firewall/rule.h"
#include "kernel/netns.h"
#include "util/cleanup.h"

_Static_assert(sizeof(struct ipt_getinfo) == sizeof(struct ip6t_getinfo) &&
		       sizeof(struct ipt_get_entries) == sizeof(struct ip6t_get_entries),
	       "one reader for both");

struct xtables {
	const char *command;
	/* File with the names of tables in use; a request for another table would create it. */
	const char *names;
	int family, level;
	size_t entry_size;
	/* Addresses, devices and protocol at the start of an entry. */
	size_t selector_size;
	size_t target_offset, next_offset, counters_offset; /* offsets in an entry */
};

static const struct xtables xtables[] = {
	{
		.command = "iptables",
		.names = "/proc/thread-self/net/ip_tables_names",
		.family = AF_INET,
		.level = IPPROTO_IP,
		.entry_size = sizeof(struct ipt_entry),
		.selector_size = sizeof(struct ipt_ip),
		.target_offset = offsetof(struct ipt_entry, target_offset),
		.next_offset = offsetof(struct ipt_entry, next_offset),
		.counters_offset = offsetof(struct ipt_entry, counters),
	},
	{
		.command = "ip6tables",
		.names = "/proc/thread-self/net/ip6_tables_names",
		.family = AF_INET6,
		.level = IPPROTO_IPV6,
		.entry_size = sizeof(struct ip6t_entry),
		.selector_size = sizeof(struct ip6t_ip6),
		.target_offset = offsetof(struct ip6t_entry, target_offset),
		.next_offset = offsetof(struct ip6t_entry, next_offset),
		.counters_offset = offsetof(struct ip6t_entry, counters),
	},
};

struct table {
	const struct xtables *xt;
	struct ipt_getinfo info;
	struct ipt_get_entries *entries;
};

/* Alignment of entries, so that their fields can be read in place. */
#define ENTRY_ALIGN __alignof__(struct xt_counters)

struct entry {
	__u16 target_offset, next_offset;
	char *start;
};

static bool get_entry(const struct table *table, unsigned int offset, struct entry *entry)
{
	char *start = (char *)table->entries->entrytable + offset;
	const struct xtables *xt = table->xt;
	unsigned int size = table->info.size;

	if (offset > size || size - offset < xt->entry_size || offset % ENTRY_ALIGN)
		return false;
	memcpy(&entry->target_offset, start + xt->target_offset, sizeof(entry->target_offset));
	memcpy(&entry->next_offset, start + xt->next_offset, sizeof(entry->next_offset));
	entry->start = start;
	return entry->next_offset >= xt->entry_size && entry->next_offset <= size - offset;
}

/* Number of rules of a chain, without the last entry, which is its policy. */
static int count_rules(const struct table *table, unsigned int hook, unsigned int *rules)
{
	unsigned int offset = table->info.hook_entry[hook], count = 0;
	struct entry entry;

	for (; offset < table->info.underflow[hook]; offset += entry.next_offset, count++)
		if (!get_entry(table, offset, &entry))
			return -EAGAIN;
	*rules = count;
	return 0;
}

static int get_policy(const struct table *table, unsigned int hook, bool *drop)
{
	struct xt_standard_target target;
	struct entry entry;

	if (!get_entry(table, table->info.underflow[hook], &entry) ||
	    entry.next_offset < sizeof(target) ||
	    entry.target_offset > entry.next_offset - sizeof(target))
		return -EAGAIN;
	memcpy(&target, entry.start + entry.target_offset, sizeof(target));
	*drop = target.verdict != -NF_ACCEPT - 1;
	return 0;
}

static int add_hook(struct nsa_firewall_report *report, const struct table *table,
		    unsigned int hook, const char *name)
{
	unsigned int rules;
	char chain[64];
	bool drop;
	int r;

	if (!(table->info.valid_hooks & 1U << hook))
		return 0;
	r = count_rules(table, hook, &rules);
	if (r < 0)
		return r;
	r = get_policy(table, hook, &drop);
	if (r < 0)
		return r;
	snprintf(chain, sizeof(chain), "%s %s/%s", table->xt->command, table->info.name, name);
	nsa_report_add_chain(report, nsa_scope_of_ip_hook(hook), chain, rules, drop);
	return 0;
}

static int add_table(struct nsa_firewall_report *report, const struct table *table)
{
	static const struct {
		unsigned int number;
		const char *name;
	} hooks[] = {
		{ NF_INET_PRE_ROUTING, "PREROUTING" },
		{ NF_INET_FORWARD, "FORWARD" },
		{ NF_INET_POST_ROUTING, "POSTROUTING" },
	};
	size_t i;
	int r = 0;

	for (i = 0; !r && i < sizeof(hooks) / sizeof(hooks[0]); i++)
		r = add_hook(report, table, hooks[i].number, hooks[i].name);
	return r;
}

_Static_assert(offsetof(struct xt_entry_match, u.user.name) ==
		       offsetof(struct xt_entry_target, u.user.name),
	       "one reader for both");

/* Reads the match or target at this offset of an entry, and ends its name. Returns its size; 0:
 * there is none. */
static size_t get_extension(const struct entry *entry, size_t offset, struct xt_entry_match *out)
{
	if (offset + sizeof(*out) > entry->next_offset)
		return 0;
	memcpy(out, entry->start + offset, sizeof(*out));
	out->u.user.name[sizeof(out->u.user.name) - 1] = '\0';
	return out->u.match_size < sizeof(*out) || out->u.match_size > entry->next_offset - offset ?
		       0 :
		       out->u.match_size;
}

static bool entry_tracks(const struct xtables *xt, const struct entry *entry)
{
	struct xt_entry_match extension;
	size_t offset = xt->entry_size, size;

	while ((size = get_extension(entry, offset, &extension))) {
		if (nsa_xt_extension_tracks(extension.u.user.name))
			return true;
		offset += size;
	}
	return false;
}

static bool has_rules(const struct table *table, unsigned int hook)
{
	return table->info.valid_hooks & 1U << hook &&
	       table->info.hook_entry[hook] < table->info.underflow[hook];
}

/* Whether forwarded packets may traverse the table's user-defined chains: these are assumed to
 * be called from all of its hooks. */
static bool is_on_path(const struct table *table)
{
	return has_rules(table, NF_INET_PRE_ROUTING) || has_rules(table, NF_INET_FORWARD) ||
	       has_rules(table, NF_INET_POST_ROUTING);
}

static bool is_of_hook(const struct table *table, unsigned int hook, unsigned int offset)
{
	return table->info.valid_hooks & 1U << hook && offset >= table->info.hook_entry[hook] &&
	       offset <= table->info.underflow[hook];
}

static bool begins_chain(const struct table *table, unsigned int offset,
			 const struct xt_entry_match *target)
{
	if (!strcmp(target->u.user.name, XT_ERROR_TARGET))
		return true;
	for (unsigned int hook = 0; hook < NF_INET_NUMHOOKS; hook++)
		if (table->info.valid_hooks & 1U << hook && offset == table->info.hook_entry[hook])
			return true;
	return false;
}

/* Whether the rule has conditions on addresses, devices or the protocol. */
static bool selects(const struct xtables *xt, const struct entry *entry)
{
	for (size_t i = 0; i < xt->selector_size; i++)
		if (entry->start[i])
			return true;
	return false;
}

/* Whether the rule is for fragments, or for a protocol that never takes the fast path. */
static bool is_off_path(const struct xtables *xt, const struct entry *entry)
{
	const struct ip6t_ip6 *ip6 = (const void *)entry->start;
	const struct ipt_ip *ip4 = (const void *)entry->start;
	bool v4 = xt->family == AF_INET;
	__u16 protocol = v4 ? ip4->proto : ip6->proto;

	if (v4 && ip4->flags & IPT_F_FRAG && !(ip4->invflags & IPT_INV_FRAG))
		return true;
	return protocol && protocol != IPPROTO_TCP && protocol != IPPROTO_UDP &&
	       !((v4 ? ip4->invflags : ip6->invflags) & XT_INV_PROTO);
}

static bool accepts(const struct entry *entry)
{
	struct xt_standard_target target;

	if (entry->target_offset + sizeof(target) > entry->next_offset)
		return false;
	memcpy(&target, entry->start + entry->target_offset, sizeof(target));
	return !*target.target.u.user.name && target.verdict == -NF_ACCEPT - 1;
}

static void inspect_rule(struct nsa_rules *rules, const struct table *table,
			 const struct entry *entry)
{
	size_t offset = table->xt->entry_size, size;
	struct xt_entry_match extension;

	nsa_rules_begin_rule(rules);
	if (is_off_path(table->xt, entry))
		nsa_rules_add(rules, NSA_PART_SLOW, "protocol");
	if (selects(table->xt, entry))
		nsa_rules_add(rules, NSA_PART_SELECTS, "addresses");
	for (; (size = get_extension(entry, offset, &extension)); offset += size) {
		const char *name = extension.u.user.name;

		if (offset == entry->target_offset && accepts(entry))
			nsa_rules_add(rules, NSA_PART_ACCEPTS, "accept");
		else
			nsa_rules_add(rules,
				      nsa_part_extension(name, extension.u.user.revision,
							 entry->start + offset + sizeof(extension),
							 size - sizeof(extension)),
				      "%s %s in %s", table->xt->command, name, table->info.name);
	}
}

static void inspect_entry(struct nsa_rules *rules, const struct table *table, unsigned int offset,
			  const struct entry *entry)
{
	struct xt_entry_match target;

	if (!get_extension(entry, entry->target_offset, &target) ||
	    begins_chain(table, offset, &target))
		nsa_rules_begin_chain(rules);
	/* Rules in table "nat" see only the first packet of a connection. */
	if (strcmp(table->info.name, "nat") != 0 && is_on_path(table) &&
	    !is_of_hook(table, NF_INET_LOCAL_IN, offset) &&
	    !is_of_hook(table, NF_INET_LOCAL_OUT, offset))
		inspect_rule(rules, table, entry);
}

/* Is it the table of NAT, with more than the policies of its four chains, and its end? */
static bool translates(const struct table *table)
{
	return !strcmp(table->info.name, "nat") && table->info.num_entries > 5;
}

/* Evaluates all entries. Clears the counters, so that they do not change the fingerprint. */
static int read_entries(struct nsa_firewall_report *report, const struct table *table)
{
	struct nsa_rules rules = { .report = report };
	unsigned int offset;
	struct entry entry;

	for (offset = 0; offset < table->info.size; offset += entry.next_offset) {
		if (!get_entry(table, offset, &entry))
			return -EAGAIN;
		memset(entry.start + table->xt->counters_offset, 0, sizeof(struct xt_counters));
		report->tracks |= entry_tracks(table->xt, &entry);
		inspect_entry(&rules, table, offset, &entry);
	}
	report->translates |= translates(table);
	nsa_report_mix(report, &table->info, sizeof(table->info));
	nsa_report_mix(report, table->entries->entrytable, table->info.size);
	return 0;
}

/* -EAGAIN: the table was replaced during the reading. */
static int read_table(int sk, const struct xtables *xt, const char *name,
		      struct nsa_firewall_report *report)
{
	__cleanup(nsa_freep) struct ipt_get_entries *entries = NULL;
	struct table table = { .xt = xt };
	socklen_t len = sizeof(table.info);
	int r;

	snprintf(table.info.name, sizeof(table.info.name), "%.*s", XT_TABLE_MAXNAMELEN - 1, name);
	if (getsockopt(sk, xt->level, IPT_SO_GET_INFO, &table.info, &len))
		return -errno;
	table.info.name[sizeof(table.info.name) - 1] = '\0';
	len = sizeof(*entries) + table.info.size;
	entries = calloc(1, len);
	if (!entries)
		return -ENOMEM;
	memcpy(entries->name, table.info.name, sizeof(entries->name));
	entries->size = table.info.size;
	if (getsockopt(sk, xt->level, IPT_SO_GET_ENTRIES, entries, &len))
		return -errno;
	table.entries = entries;
	r = read_entries(report, &table);
	return r < 0 ? r : add_table(report, &table);
}

static int detect_table(int sk, const struct xtables *xt, const char *name,
			struct nsa_firewall_report *report)
{
	struct nsa_firewall_report before = *report;
	int r, try;

	for (try = 0; try < NSA_FIREWALL_TRIES; try++) {
		*report = before;
		r = read_table(sk, xt, name, report);
		if (r != -EAGAIN)
			return nsa_report_is_missing(r) ? 0 : r;
	}
	return r;
}

static void closep_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* Runs in the namespace. */
static int detect_tables(const struct xtables *xt, struct nsa_firewall_report *report)
{
	__cleanup(closep_file) FILE *names = fopen(xt->names, "re");
	__cleanup(nsa_closep) int sk = -1;
	char name[XT_TABLE_MAXNAMELEN + 1]; /* with the newline */
	int r = 0;

	if (!names)
		return -errno;
	sk = socket(xt->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sk < 0)
		return -errno;
	while (!r && fgets(name, sizeof(name), names)) {
		name[strcspn(name, "\n")] = '\0';
		r = detect_table(sk, xt, name, report);
	}
	return r;
}

int nsa_inspect_xtables(const struct nsa_netns *ns, struct nsa_firewall_report *report)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(ns);
	size_t i;
	int r;

	if (token < 0)
		return token;
	for (i = 0; i < sizeof(xtables) / sizeof(xtables[0]); i++) {
		r = detect_tables(&xtables[i], report);
		if (r < 0 && !nsa_report_is_missing(r))
			return r;
	}
	return 0;
}

static bool has_tables(const struct xtables *xt)
{
	__cleanup(closep_file) FILE *names = fopen(xt->names, "re");

	return names && fgetc(names) != EOF;
}

bool nsa_xtables_in_use(void)
{
	size_t i;

	for (i = 0; i < sizeof(xtables) / sizeof(xtables[0]); i++)
		if (has_tables(&xtables[i]))
			return true;
	return false;
}
