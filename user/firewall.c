// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <linux/xfrm.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "firewall.h"
#include "log.h"
#include "netns.h"
#include "nl.h"
#include "utf8.h"

/* Of answers that changes interrupt: enough for any but a namespace in constant turmoil. */
#define TRIES 20

struct report {
	struct nsa_firewall firewall;
	bool cut;
	unsigned int ipsec_policies;
};

static __printf(2, 3) void add(struct report *report, const char *fmt, ...)
{
	static const char more[] = ", ...";
	char item[192], *what = report->firewall.what;
	size_t len = strlen(what), room = sizeof(report->firewall.what) - len;
	va_list args;

	report->firewall.active = true;
	if (report->cut)
		return;
	va_start(args, fmt);
	vsnprintf(item, sizeof(item), fmt, args);
	va_end(args);
	nsa_utf8_clean(item);
	report->cut = strlen(", ") + strlen(item) + sizeof(more) > room;
	if (report->cut)
		snprintf(what + len, room, "%s", more);
	else
		snprintf(what + len, room, "%s%s", len ? ", " : "", item);
}

static const char *plural(unsigned int count)
{
	return count == 1 ? "" : "s";
}

/* A chain that every forwarded packet meets. It does nothing if it is empty and accepts. */
static void add_chain(struct report *report, const char *chain, unsigned int rules, bool drop)
{
	if (rules && drop)
		add(report, "%s (%u rule%s, policy drop)", chain, rules, plural(rules));
	else if (rules)
		add(report, "%s (%u rule%s)", chain, rules, plural(rules));
	else if (drop)
		add(report, "%s (policy drop)", chain);
}

/* What kernels say that were built without the thing asked for. */
static bool is_missing(int r)
{
	return r == -EPROTONOSUPPORT || r == -EAFNOSUPPORT || r == -ENOPROTOOPT ||
	       r == -EOPNOTSUPP || r == -ENOENT || r == -EINVAL;
}

/* Netlink */

static int dump(struct nsa_nl *nl, mnl_cb_t cb, struct report *report)
{
	struct report before = *report;
	int r, try;

	for (try = 0; try < TRIES; try++) {
		*report = before;
		r = nsa_nl_talk(nl, cb, report);
		if (r != -EINTR)
			return r;
	}
	return -EAGAIN;
}

static int with_netlink(int (*detect)(struct nsa_nl *nl, struct report *report), int protocol,
			int netns_fd, struct report *report)
{
	__cleanup(nsa_freep) struct nsa_nl *nl = malloc(sizeof(*nl));
	int r;

	if (!nl)
		return -ENOMEM;
	r = nsa_nl_open(nl, protocol, netns_fd);
	if (!r) {
		r = detect(nl, report);
		nsa_nl_close(nl);
	}
	return is_missing(r) ? 0 : r;
}

/* nf_tables */

/* NULL: of no concern to what is routed. */
static const char *nft_family(__u8 family)
{
	switch (family) {
	case NFPROTO_INET:
		return "inet";
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_NETDEV:
		return "netdev";
	default:
		return NULL;
	}
}

/* The hooks of family netdev, whose numbers are others, are both on the way. */
static bool nft_hook_forwards(__u8 family, __u32 hook)
{
	return family == NFPROTO_NETDEV || (hook != NF_INET_LOCAL_IN && hook != NF_INET_LOCAL_OUT);
}

static void nft_add_chain(struct report *report, const char *family, const struct nlattr **tb)
{
	char chain[160], table_name[64] = "", chain_name[64] = "";
	__be32 use = 0, policy = htonl(NF_ACCEPT);

	nsa_nl_get_string(tb[NFTA_CHAIN_TABLE], table_name, sizeof(table_name));
	nsa_nl_get_string(tb[NFTA_CHAIN_NAME], chain_name, sizeof(chain_name));
	nsa_nl_get(tb[NFTA_CHAIN_POLICY], &policy, sizeof(policy));
	/* References to the chain: its rules, since nothing can jump to a base chain. */
	nsa_nl_get(tb[NFTA_CHAIN_USE], &use, sizeof(use));
	snprintf(chain, sizeof(chain), "nft chain %s %s/%s", family, table_name, chain_name);
	add_chain(report, chain, ntohl(use), ntohl(policy) != NF_ACCEPT);
}

static int nft_on_chain(const struct nlmsghdr *msg, void *report)
{
	const struct nlattr *tb[NFTA_CHAIN_MAX + 1] = {}, *hook[NFTA_HOOK_MAX + 1] = {};
	const struct nfgenmsg *header = mnl_nlmsg_get_payload(msg);
	const char *family;
	__be32 number;

	if (mnl_nlmsg_get_payload_len(msg) < sizeof(*header))
		return MNL_CB_OK;
	family = nft_family(header->nfgen_family);
	nsa_nl_parse(msg, sizeof(*header), tb, NFTA_CHAIN_MAX);
	nsa_nl_parse_nested(tb[NFTA_CHAIN_HOOK], hook, NFTA_HOOK_MAX);
	/* Only base chains have a hook. */
	if (family && nsa_nl_get(hook[NFTA_HOOK_HOOKNUM], &number, sizeof(number)) &&
	    nft_hook_forwards(header->nfgen_family, ntohl(number)))
		nft_add_chain(report, family, tb);
	return MNL_CB_OK;
}

static int detect_nft(struct nsa_nl *nl, struct report *report)
{
	nsa_nl_request(nl, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN, NLM_F_DUMP,
		       sizeof(struct nfgenmsg));
	return dump(nl, nft_on_chain, report);
}

/* IPsec */

static int xfrm_on_policy(const struct nlmsghdr *msg, void *data)
{
	const struct xfrm_userpolicy_info *policy = mnl_nlmsg_get_payload(msg);
	struct report *report = data;

	if (mnl_nlmsg_get_payload_len(msg) >= sizeof(*policy) &&
	    (policy->dir == XFRM_POLICY_FWD || policy->dir == XFRM_POLICY_OUT))
		report->ipsec_policies++;
	return MNL_CB_OK;
}

static int xfrm_on_default(const struct nlmsghdr *msg, void *report)
{
	const struct xfrm_userpolicy_default *policy = mnl_nlmsg_get_payload(msg);

	if (mnl_nlmsg_get_payload_len(msg) >= sizeof(*policy) &&
	    (policy->fwd == XFRM_USERPOLICY_BLOCK || policy->out == XFRM_USERPOLICY_BLOCK))
		add(report, "IPsec default policy block");
	return MNL_CB_OK;
}

static int detect_xfrm(struct nsa_nl *nl, struct report *report)
{
	unsigned int count;
	int r;

	nsa_nl_request(nl, XFRM_MSG_GETPOLICY, NLM_F_DUMP, sizeof(struct xfrm_userpolicy_id));
	r = dump(nl, xfrm_on_policy, report);
	if (r < 0)
		return r;
	count = report->ipsec_policies;
	if (count)
		add(report, "%u IPsec polic%s", count, count == 1 ? "y" : "ies");
	nsa_nl_request(nl, XFRM_MSG_GETDEFAULT, NLM_F_ACK, sizeof(struct xfrm_userpolicy_default));
	return nsa_nl_talk(nl, xfrm_on_default, report);
}

/* Legacy iptables and ip6tables, which differ in the head of an entry alone. */

_Static_assert(sizeof(struct ipt_getinfo) == sizeof(struct ip6t_getinfo) &&
		       sizeof(struct ipt_get_entries) == sizeof(struct ip6t_get_entries),
	       "one reader for both");

struct xtables {
	const char *command;
	const char *names; /* file with those of the tables in use; to ask for others makes them */
	int family, level;
	size_t entry_size;
	size_t target_offset, next_offset; /* where they stand in an entry */
};

static const struct xtables xtables[] = {
	{
		.command = "iptables",
		.names = "/proc/thread-self/net/ip_tables_names",
		.family = AF_INET,
		.level = IPPROTO_IP,
		.entry_size = sizeof(struct ipt_entry),
		.target_offset = offsetof(struct ipt_entry, target_offset),
		.next_offset = offsetof(struct ipt_entry, next_offset),
	},
	{
		.command = "ip6tables",
		.names = "/proc/thread-self/net/ip6_tables_names",
		.family = AF_INET6,
		.level = IPPROTO_IPV6,
		.entry_size = sizeof(struct ip6t_entry),
		.target_offset = offsetof(struct ip6t_entry, target_offset),
		.next_offset = offsetof(struct ip6t_entry, next_offset),
	},
};

struct table {
	const struct xtables *xt;
	struct ipt_getinfo info;
	struct ipt_get_entries *entries;
};

struct entry {
	__u16 target_offset, next_offset;
	const char *start;
};

static bool get_entry(const struct table *table, unsigned int offset, struct entry *entry)
{
	const char *start = (const char *)table->entries->entrytable + offset;
	const struct xtables *xt = table->xt;
	unsigned int size = table->info.size;

	if (offset > size || size - offset < xt->entry_size)
		return false;
	memcpy(&entry->target_offset, start + xt->target_offset, sizeof(entry->target_offset));
	memcpy(&entry->next_offset, start + xt->next_offset, sizeof(entry->next_offset));
	entry->start = start;
	return entry->next_offset >= xt->entry_size && entry->next_offset <= size - offset;
}

/* The entries before the chain's last, which is its policy. */
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

static int add_hook(struct report *report, const struct table *table, unsigned int hook,
		    const char *name)
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
	add_chain(report, chain, rules, drop);
	return 0;
}

static int add_table(struct report *report, const struct table *table)
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

/* -EAGAIN: the table was replaced meanwhile. */
static int read_table(int sk, const struct xtables *xt, const char *name, struct report *report)
{
	__cleanup(nsa_freep) struct ipt_get_entries *entries = NULL;
	struct table table = { .xt = xt };
	socklen_t len = sizeof(table.info);

	snprintf(table.info.name, sizeof(table.info.name), "%.*s", XT_TABLE_MAXNAMELEN - 1, name);
	if (getsockopt(sk, xt->level, IPT_SO_GET_INFO, &table.info, &len))
		return -errno;
	len = sizeof(*entries) + table.info.size;
	entries = calloc(1, len);
	if (!entries)
		return -ENOMEM;
	memcpy(entries->name, table.info.name, sizeof(entries->name));
	entries->size = table.info.size;
	if (getsockopt(sk, xt->level, IPT_SO_GET_ENTRIES, entries, &len))
		return -errno;
	table.entries = entries;
	return add_table(report, &table);
}

static int detect_table(int sk, const struct xtables *xt, const char *name, struct report *report)
{
	struct report before = *report;
	int r, try;

	for (try = 0; try < TRIES; try++) {
		*report = before;
		r = read_table(sk, xt, name, report);
		if (r != -EAGAIN)
			return is_missing(r) ? 0 : r;
	}
	return r;
}

static void closep_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* In the namespace. */
static int detect_tables(const struct xtables *xt, struct report *report)
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

static int detect_xtables(int netns_fd, struct report *report)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(netns_fd);
	size_t i;
	int r;

	if (token < 0)
		return token;
	for (i = 0; i < sizeof(xtables) / sizeof(xtables[0]); i++) {
		r = detect_tables(&xtables[i], report);
		if (r < 0 && !is_missing(r))
			return r;
	}
	return 0;
}

int nsa_firewall_detect(int netns_fd, struct nsa_firewall *out)
{
	struct report report = {};
	int r;

	r = with_netlink(detect_nft, NETLINK_NETFILTER, netns_fd, &report);
	if (!r)
		r = detect_xtables(netns_fd, &report);
	if (!r)
		r = with_netlink(detect_xfrm, NETLINK_XFRM, netns_fd, &report);
	if (r < 0)
		return r;
	*out = report.firewall;
	return 0;
}
