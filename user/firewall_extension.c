// SPDX-License-Identifier: GPL-2.0-only
/* Matches and targets of iptables and ebtables, in legacy tables or in nft rules. */
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/xt_CT.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <string.h>

#include "firewall_rule.h"

/* Of the states in mask, in any bit but these a packet on the fast path may be. */
#define SLOW_STATES (XT_STATE_INVALID | XT_STATE_BIT(IP_CT_NEW) | XT_STATE_BIT(IP_CT_RELATED))

static enum nsa_rule_part part_states(unsigned int mask)
{
	if (!(mask & ~(unsigned int)SLOW_STATES))
		return NSA_PART_SLOW;
	return mask & XT_STATE_BIT(IP_CT_ESTABLISHED) ? NSA_PART_ESTABLISHED : NSA_PART_SELECTS;
}

static enum nsa_rule_part part_state(__u8 revision, const void *data, size_t size)
{
	struct xt_state_info info;

	(void)revision;
	if (size < sizeof(info))
		return NSA_PART_EVERY;
	memcpy(&info, data, sizeof(info));
	return part_states(info.statemask);
}

_Static_assert(offsetof(struct xt_conntrack_mtinfo1, state_mask) ==
			       offsetof(struct xt_conntrack_mtinfo2, state_mask) &&
		       offsetof(struct xt_conntrack_mtinfo2, state_mask) ==
			       offsetof(struct xt_conntrack_mtinfo3, state_mask),
	       "one reader for all");

static enum nsa_rule_part part_conntrack(__u8 revision, const void *data, size_t size)
{
	enum nsa_rule_part part = NSA_PART_SELECTS;
	struct xt_conntrack_mtinfo2 info;

	if (size < sizeof(info) || revision < 2)
		return NSA_PART_EVERY;
	memcpy(&info, data, sizeof(info));
	if (info.match_flags & XT_CONNTRACK_STATE && !(info.invert_flags & XT_CONNTRACK_STATE))
		part = part_states(info.state_mask);
	if (part == NSA_PART_SLOW)
		return part;
	if (info.match_flags & XT_CONNTRACK_EXPIRES)
		return NSA_PART_EVERY;
	return info.match_flags & ~(XT_CONNTRACK_STATE | XT_CONNTRACK_STATE_ALIAS) ?
		       NSA_PART_SELECTS :
		       part;
}

static enum nsa_rule_part part_tcp(__u8 revision, const void *data, size_t size)
{
	struct xt_tcp info;

	(void)revision;
	if (size < sizeof(info))
		return NSA_PART_EVERY;
	memcpy(&info, data, sizeof(info));
	if (info.option)
		return NSA_PART_EVERY;
	return info.flg_mask ?
		       nsa_part_tcp_flags(info.flg_mask, !(info.invflags & XT_TCP_INV_FLAGS),
					  info.flg_cmp) :
		       NSA_PART_SELECTS;
}

_Static_assert(offsetof(struct xt_ct_target_info, helper) ==
		       offsetof(struct xt_ct_target_info_v1, helper),
	       "one reader for both");

/* A helper reads the packets of its connections. */
static enum nsa_rule_part part_ct(__u8 revision, const void *data, size_t size)
{
	struct xt_ct_target_info info;

	(void)revision;
	if (size < sizeof(info))
		return NSA_PART_EVERY;
	memcpy(&info, data, sizeof(info));
	if (*info.helper)
		return NSA_PART_LASTS;
	return info.flags || info.zone ? NSA_PART_UNTRACKS : NSA_PART_NEUTRAL;
}

static bool is_known(const char *name)
{
	static const char *const names[] = {
		"",	 /* a verdict, or the way to another chain */
		"ERROR", /* a chain's name */
		/* matches */
		"addrtype", "ah", "cgroup", "cluster", "connlabel", "connmark", "dccp", "devgroup",
		"dscp", "dst", "esp", "eui64", "frag", "hbh", "helper", "hl", "icmp", "icmp6",
		"ipcomp", "iprange", "ipv6header", "mac", "mark", "mh", "multiport", "osf", "owner",
		"physdev", "pkttype", "realm", "rpfilter", "rt", "sctp", "set", "socket", "srh",
		"time", "tos", "ttl", "udp", "udplite",
		/* targets */
		"CLASSIFY", "CONNMARK", "CONNSECMARK", "DNAT", "DSCP", "HL", "MARK", "MASQUERADE",
		"NETMAP", "REDIRECT", "REJECT", "SECMARK", "SET", "SNAT", "TCPMSS", "TOS", "TTL",
		/* ebtables */
		"802_3", "among", "arp", "arpreply", "dnat", "ip", "ip6", "mark_m", "redirect",
		"snat", "stp", "vlan"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

enum nsa_rule_part nsa_part_extension(const char *name, __u8 revision, const void *data,
				      size_t size)
{
	static const struct {
		const char *name;
		enum nsa_rule_part (*part)(__u8 revision, const void *data, size_t size);
	} read[] = {
		{ "state", part_state },
		{ "conntrack", part_conntrack },
		{ "tcp", part_tcp },
		{ "CT", part_ct },
	};

	for (size_t i = 0; i < sizeof(read) / sizeof(read[0]); i++)
		if (!strcmp(name, read[i].name))
			return read[i].part(revision, data, size);
	if (!strcmp(name, "SYNPROXY"))
		return NSA_PART_LASTS;
	if (!strcmp(name, "NOTRACK"))
		return NSA_PART_UNTRACKS;
	if (!strcmp(name, "comment"))
		return NSA_PART_NEUTRAL;
	return is_known(name) ? NSA_PART_SELECTS : NSA_PART_EVERY;
}
