// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "kernel/rtnl_request.h"
#include "kernel/rtnl_rule.h"

static bool is_default_rule(__u8 family, __u32 priority, __u32 table)
{
	return (priority == 0 && table == RT_TABLE_LOCAL) ||
	       (priority == 32766 && table == RT_TABLE_MAIN) ||
	       (priority == 32767 && table == RT_TABLE_DEFAULT && family == AF_INET);
}

/* The kernel reports prefix length -1 for every rule that suppresses nothing. */
static bool has_prefixlen(const struct nlattr *attr)
{
	__u32 prefixlen;

	return nsa_nl_get(attr, &prefixlen, sizeof(prefixlen)) && prefixlen != (__u32)-1;
}

/* Does the rule match every packet? An unknown attribute counts as a restriction. */
static bool matches_all(const struct nlmsghdr *msg, const struct fib_rule_hdr *info)
{
	const struct nlattr *attr;

	if (info->flags || info->src_len || info->dst_len || info->tos)
		return false;
	mnl_attr_for_each(attr, msg, sizeof(*info)) {
		switch (mnl_attr_get_type(attr)) {
		case FRA_TABLE:
		case FRA_PRIORITY:
		case FRA_PROTOCOL:
			break;
		case FRA_SUPPRESS_PREFIXLEN:
			if (has_prefixlen(attr))
				return false;
			break;
		default:
			return false;
		}
	}
	return true;
}

bool nsa_rtnl_parse_rule(const struct nlmsghdr *msg, struct nsa_rule *out)
{
	const struct fib_rule_hdr *info = mnl_nlmsg_get_payload(msg);
	const struct nlattr *tb[FRA_TABLE + 1] = {};

	if (!nsa_rtnl_has_header(msg, sizeof(*info)) || !nsa_rtnl_is_ip(info->family))
		return false;
	memset(out, 0, sizeof(*out));
	nsa_nl_parse(msg, sizeof(*info), tb, FRA_TABLE);
	out->family = info->family;
	out->action = info->action;
	out->table = info->table;
	nsa_nl_get(tb[FRA_TABLE], &out->table, sizeof(out->table));
	nsa_nl_get(tb[FRA_PRIORITY], &out->priority, sizeof(out->priority));
	out->tunnel = tb[FRA_TUN_ID];
	out->suppresses = tb[FRA_SUPPRESS_IFGROUP] || has_prefixlen(tb[FRA_SUPPRESS_PREFIXLEN]);
	out->plain = out->action == FR_ACT_TO_TBL && matches_all(msg, info) &&
		     is_default_rule(out->family, out->priority, out->table);
	return true;
}

NSA_RTNL_OBJECT(rule, RTM_GETRULE, fib_rule_hdr, nsa_rule, rule, NULL);

int nsa_rtnl_rules(struct nsa_rtnl *rtnl, struct nsa_rule **out, size_t *count)
{
	const struct nsa_rtnl_filter filter = { .family = AF_INET };

	return nsa_rtnl_dump(rtnl, &rule_object, &filter, out, count);
}
