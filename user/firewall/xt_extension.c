// SPDX-License-Identifier: GPL-2.0-only
/*
 * Matches and targets of iptables and ebtables, in legacy tables or in nft rules, with the
 * fields that they depend on or change.
 */
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/xt_CT.h>
#include <linux/netfilter/xt_DSCP.h>
#include <linux/netfilter/xt_connmark.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_dscp.h>
#include <linux/netfilter/xt_set.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_bridge/ebt_ip.h>
#include <linux/netfilter_bridge/ebt_ip6.h>
#include <string.h>

#include "firewall/fields.h"
#include "firewall/rule.h"

/* States that packets on the fast path never have. */
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
	if (info.match_flags & XT_CONNTRACK_EXPIRES ||
	    (info.match_flags & XT_CONNTRACK_STATUS && info.status_mask & IPS_ASSURED))
		return NSA_PART_EVERY;
	return info.match_flags & ~(XT_CONNTRACK_STATE | XT_CONNTRACK_STATE_ALIAS) ?
		       NSA_PART_SELECTS :
		       part;
}

static enum nsa_rule_part part_tcp(__u8 revision, const void *data, size_t size)
{
	enum nsa_rule_part part = NSA_PART_SELECTS;
	struct xt_tcp info;

	(void)revision;
	if (size < sizeof(info))
		return NSA_PART_EVERY;
	memcpy(&info, data, sizeof(info));
	if (info.flg_mask)
		part = nsa_part_tcp_flags(info.flg_mask, !(info.invflags & XT_TCP_INV_FLAGS),
					  info.flg_cmp);
	return part == NSA_PART_SELECTS && info.option ? NSA_PART_EVERY : part;
}

_Static_assert(offsetof(struct xt_ct_target_info, helper) ==
		       offsetof(struct xt_ct_target_info_v1, helper),
	       "one reader for both");

/* A helper parses the packets of its connections. */
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

/* bits: of the TOS or traffic class, as in the second byte of IPv4. */
static enum nsa_rule_part part_tos_bits(__u8 bits)
{
	struct nsa_byte tos = nsa_field_byte(NSA_HEADER_IP4, 1);

	return bits & tos.varies ? NSA_PART_EVERY : NSA_PART_SELECTS;
}

static enum nsa_rule_part part_tos(__u8 revision, const void *data, size_t size)
{
	struct xt_tos_match_info info;

	if (size < sizeof(info) || revision < 1)
		return NSA_PART_EVERY;
	memcpy(&info, data, sizeof(info));
	return part_tos_bits(info.tos_mask);
}

/* tos & ~mask ^ value */
static enum nsa_rule_part part_tos_target(__u8 revision, const void *data, size_t size)
{
	struct xt_tos_target_info info;

	if (size < sizeof(info) || revision < 1)
		return NSA_PART_EVERY;
	memcpy(&info, data, sizeof(info));
	return part_tos_bits(info.tos_mask | info.tos_value);
}

_Static_assert(offsetof(struct xt_connmark_tginfo1, nfmask) ==
		       offsetof(struct xt_connmark_tginfo2, nfmask),
	       "one reader for both, but for the mode");

/* mark & ~mask ^ value: bits of value outside of the mask are inverted by each packet. */
static enum nsa_rule_part part_connmark(__u8 revision, const void *data, size_t size)
{
	struct xt_connmark_tginfo1 info;
	struct xt_connmark_tginfo2 shifted;

	if (size < sizeof(info) || revision < 1)
		return NSA_PART_EVERY;
	memcpy(&info, data, sizeof(info));
	if (revision > 1) {
		if (size < sizeof(shifted))
			return NSA_PART_EVERY;
		memcpy(&shifted, data, sizeof(shifted));
		info.mode = shifted.mode;
		if (shifted.shift_bits && shifted.mode != XT_CONNMARK_RESTORE)
			return NSA_PART_EVERY;
	}
	switch (info.mode) {
	case XT_CONNMARK_SET:
		return info.ctmark & ~info.ctmask ? NSA_PART_EVERY : NSA_PART_SELECTS;
	case XT_CONNMARK_SAVE:
		return info.nfmask & ~info.ctmask ? NSA_PART_EVERY : NSA_PART_SELECTS;
	default:
		return NSA_PART_SELECTS;
	}
}

/* From revision 3 on, the match may depend on counters of elements. */
static enum nsa_rule_part part_set(__u8 revision, const void *data, size_t size)
{
	struct xt_set_info_match_v3 old;
	struct xt_set_info_match_v4 info;

	if (revision < 3)
		return NSA_PART_SELECTS;
	if (revision == 3 && size >= sizeof(old)) {
		memcpy(&old, data, sizeof(old));
		return old.packets.op || old.bytes.op ? NSA_PART_EVERY : NSA_PART_SELECTS;
	}
	if (size < sizeof(info))
		return NSA_PART_EVERY;
	memcpy(&info, data, sizeof(info));
	return info.packets.op || info.bytes.op ? NSA_PART_EVERY : NSA_PART_SELECTS;
}

/* ebtables */
static enum nsa_rule_part part_bridged_ip(__u8 revision, const void *data, size_t size)
{
	struct ebt_ip_info info;

	(void)revision;
	if (size < sizeof(info))
		return NSA_PART_EVERY;
	memcpy(&info, data, sizeof(info));
	return part_tos_bits(info.bitmask & EBT_IP_TOS ? 0xff : 0);
}

static enum nsa_rule_part part_bridged_ip6(__u8 revision, const void *data, size_t size)
{
	struct ebt_ip6_info info;

	(void)revision;
	if (size < sizeof(info))
		return NSA_PART_EVERY;
	memcpy(&info, data, sizeof(info));
	return part_tos_bits(info.bitmask & EBT_IP6_TCLASS ? 0xff : 0);
}

static enum nsa_rule_part part_synproxy(__u8 revision, const void *data, size_t size)
{
	(void)revision;
	(void)data;
	(void)size;
	return NSA_PART_LASTS;
}

static enum nsa_rule_part part_notrack(__u8 revision, const void *data, size_t size)
{
	(void)revision;
	(void)data;
	(void)size;
	return NSA_PART_UNTRACKS;
}

static enum nsa_rule_part part_comment(__u8 revision, const void *data, size_t size)
{
	(void)revision;
	(void)data;
	(void)size;
	return NSA_PART_NEUTRAL;
}

/*
 * The extensions of iptables and ebtables in Debian 12. Any other extension has to see every
 * packet. Targets are listed with the fields that they change: if such a field is equal in all
 * packets of a flow, the result is equal, too.
 */
static const struct extension {
	const char *name;
	/* Evaluates its data. */
	enum nsa_rule_part (*part)(__u8 revision, const void *data, size_t size);
	enum nsa_field fields[3]; /* used without part() */
} extensions[] = {
	{ "", .fields = {} },	   /* a verdict, or a jump to a chain */
	{ "ERROR", .fields = {} }, /* start of a chain */
	{ "comment", .part = part_comment },

	/* Matches */
	{ "addrtype", .fields = { NSA_FIELD_IP4_SOURCE, NSA_FIELD_IP4_DESTINATION } },
	{ "ah", .fields = { NSA_FIELD_OPTIONS } },
	{ "bpf", .fields = { NSA_FIELD_UNKNOWN } },
	{ "cgroup", .fields = { NSA_FIELD_SOCKET } },
	{ "cluster", .fields = { NSA_FIELD_CT_TUPLE } },
	{ "connbytes", .fields = { NSA_FIELD_CT_COUNTERS } },
	{ "connlabel", .fields = { NSA_FIELD_CT_MARK } },
	{ "connlimit", .fields = { NSA_FIELD_RATE } },
	{ "connmark", .fields = { NSA_FIELD_CT_MARK } },
	{ "conntrack", .part = part_conntrack },
	{ "cpu", .fields = { NSA_FIELD_CPU } },
	{ "dccp", .fields = { NSA_FIELD_L4_PROTOCOL } },
	{ "devgroup", .fields = { NSA_FIELD_INPUT_DEVICE, NSA_FIELD_OUTPUT_DEVICE } },
	{ "dscp", .fields = { NSA_FIELD_IP4_DSCP, NSA_FIELD_IP6_DSCP } },
	{ "dst", .fields = { NSA_FIELD_OPTIONS } },
	{ "ecn", .fields = { NSA_FIELD_IP4_ECN, NSA_FIELD_IP6_ECN, NSA_FIELD_TCP_CWR_ECE_URG } },
	{ "esp", .fields = { NSA_FIELD_L4_PROTOCOL } },
	{ "eui64", .fields = { NSA_FIELD_SOURCE_MAC, NSA_FIELD_IP6_SOURCE } },
	{ "frag", .fields = { NSA_FIELD_OPTIONS } },
	{ "hashlimit", .fields = { NSA_FIELD_RATE } },
	{ "hbh", .fields = { NSA_FIELD_OPTIONS } },
	{ "helper", .fields = { NSA_FIELD_CT_MARK } },
	{ "hl", .fields = { NSA_FIELD_IP6_HOP_LIMIT } },
	{ "icmp", .fields = { NSA_FIELD_L4_PROTOCOL } },
	{ "icmp6", .fields = { NSA_FIELD_L4_PROTOCOL } },
	{ "ipcomp", .fields = { NSA_FIELD_L4_PROTOCOL } },
	{ "iprange", .fields = { NSA_FIELD_IP4_SOURCE, NSA_FIELD_IP6_SOURCE } },
	{ "ipv6header", .fields = { NSA_FIELD_OPTIONS } },
	{ "ipvs", .fields = { NSA_FIELD_UNKNOWN } },
	{ "length", .fields = { NSA_FIELD_IP4_LENGTH, NSA_FIELD_IP6_LENGTH } },
	{ "limit", .fields = { NSA_FIELD_RATE } },
	{ "mac", .fields = { NSA_FIELD_SOURCE_MAC } },
	{ "mark", .fields = { NSA_FIELD_MARK } },
	{ "mh", .fields = { NSA_FIELD_OPTIONS } },
	{ "multiport", .fields = { NSA_FIELD_TCP_SOURCE, NSA_FIELD_UDP_SOURCE } },
	{ "nfacct", .fields = { NSA_FIELD_RATE } },
	{ "osf", .fields = { NSA_FIELD_TCP_RST_SYN_FIN } },
	{ "owner", .fields = { NSA_FIELD_SOCKET } },
	{ "physdev", .fields = { NSA_FIELD_INPUT_DEVICE, NSA_FIELD_OUTPUT_DEVICE } },
	{ "pkttype", .fields = { NSA_FIELD_PACKET_TYPE } },
	{ "policy", .fields = { NSA_FIELD_SECPATH } },
	{ "quota", .fields = { NSA_FIELD_RATE } },
	{ "rateest", .fields = { NSA_FIELD_RATE } },
	{ "realm", .fields = { NSA_FIELD_ROUTE } },
	{ "recent", .fields = { NSA_FIELD_RATE } },
	{ "rpfilter", .fields = { NSA_FIELD_ROUTE } },
	{ "rt", .fields = { NSA_FIELD_OPTIONS } },
	{ "sctp", .fields = { NSA_FIELD_L4_PROTOCOL } },
	{ "set", .part = part_set },
	{ "socket", .fields = { NSA_FIELD_SOCKET } },
	{ "srh", .fields = { NSA_FIELD_OPTIONS } },
	{ "state", .part = part_state },
	{ "statistic", .fields = { NSA_FIELD_RANDOM } },
	{ "string", .fields = { NSA_FIELD_UDP_PAYLOAD } },
	{ "tcp", .part = part_tcp },
	{ "tcpmss", .fields = { NSA_FIELD_TCP_OPTIONS } },
	{ "time", .fields = { NSA_FIELD_CLOCK } },
	{ "tos", .part = part_tos },
	{ "ttl", .fields = { NSA_FIELD_IP4_TTL } },
	{ "u32", .fields = { NSA_FIELD_UNKNOWN } },
	{ "udp", .fields = { NSA_FIELD_UDP_SOURCE, NSA_FIELD_UDP_DESTINATION } },
	{ "udplite", .fields = { NSA_FIELD_L4_PROTOCOL } },

	/* Targets */
	{ "AUDIT", .fields = { NSA_FIELD_TRACE } },
	{ "CHECKSUM", .fields = { NSA_FIELD_TCP_CHECKSUM, NSA_FIELD_UDP_CHECKSUM } },
	{ "CLASSIFY", .fields = { NSA_FIELD_PRIORITY } },
	{ "CLUSTERIP", .fields = { NSA_FIELD_UNKNOWN } },
	{ "CONNMARK", .part = part_connmark },
	{ "CONNSECMARK", .fields = { NSA_FIELD_CT_MARK } },
	{ "CT", .part = part_ct },
	{ "DNAT", .fields = { NSA_FIELD_IP4_DESTINATION, NSA_FIELD_IP6_DESTINATION } },
	{ "DNPT", .fields = { NSA_FIELD_IP6_DESTINATION } },
	{ "DSCP", .fields = { NSA_FIELD_IP4_DSCP, NSA_FIELD_IP6_DSCP } },
	{ "ECN", .fields = { NSA_FIELD_IP4_ECN, NSA_FIELD_TCP_CWR_ECE_URG } },
	{ "HL", .fields = { NSA_FIELD_IP6_HOP_LIMIT } },
	{ "HMARK", .fields = { NSA_FIELD_CT_TUPLE, NSA_FIELD_MARK } },
	{ "IDLETIMER", .fields = { NSA_FIELD_RATE } },
	{ "LED", .fields = { NSA_FIELD_TRACE } },
	{ "LOG", .fields = { NSA_FIELD_TRACE } },
	{ "MARK", .fields = { NSA_FIELD_MARK } },
	{ "MASQUERADE", .fields = { NSA_FIELD_IP4_SOURCE, NSA_FIELD_IP6_SOURCE } },
	{ "NETMAP", .fields = { NSA_FIELD_IP4_SOURCE, NSA_FIELD_IP4_DESTINATION } },
	{ "NFLOG", .fields = { NSA_FIELD_TRACE } },
	{ "NFQUEUE", .fields = { NSA_FIELD_UNKNOWN } },
	{ "NOTRACK", .part = part_notrack },
	{ "RATEEST", .fields = { NSA_FIELD_RATE } },
	{ "REDIRECT", .fields = { NSA_FIELD_IP4_DESTINATION, NSA_FIELD_IP6_DESTINATION } },
	{ "REJECT", .fields = {} },
	{ "SECMARK", .fields = { NSA_FIELD_MARK } },
	/* Other rules may depend on the set, which is not analysed. */
	{ "SET", .fields = { NSA_FIELD_UNKNOWN } },
	{ "SNAT", .fields = { NSA_FIELD_IP4_SOURCE, NSA_FIELD_IP6_SOURCE } },
	{ "SNPT", .fields = { NSA_FIELD_IP6_SOURCE } },
	{ "SYNPROXY", .part = part_synproxy },
	{ "TCPMSS", .fields = { NSA_FIELD_TCP_OPTIONS } },
	{ "TCPOPTSTRIP", .fields = { NSA_FIELD_TCP_OPTIONS } },
	{ "TEE", .fields = { NSA_FIELD_TRACE } },
	{ "TOS", .part = part_tos_target },
	{ "TPROXY", .fields = { NSA_FIELD_UNKNOWN } },
	{ "TRACE", .fields = { NSA_FIELD_TRACE } },
	{ "TTL", .fields = { NSA_FIELD_IP4_TTL } },
	{ "ULOG", .fields = { NSA_FIELD_TRACE } },

	/* ebtables */
	{ "802_3", .fields = { NSA_FIELD_ETHERTYPE } },
	{ "among", .fields = { NSA_FIELD_SOURCE_MAC, NSA_FIELD_IP4_SOURCE } },
	{ "arp", .fields = { NSA_FIELD_ETHERTYPE } },
	{ "arpreply", .fields = { NSA_FIELD_ETHERTYPE } },
	{ "dnat", .fields = { NSA_FIELD_DESTINATION_MAC } },
	{ "ip", .part = part_bridged_ip },
	{ "ip6", .part = part_bridged_ip6 },
	{ "log", .fields = { NSA_FIELD_TRACE } },
	{ "mark_m", .fields = { NSA_FIELD_MARK } },
	{ "nflog", .fields = { NSA_FIELD_TRACE } },
	{ "redirect", .fields = { NSA_FIELD_DESTINATION_MAC } },
	{ "snat", .fields = { NSA_FIELD_SOURCE_MAC } },
	{ "stp", .fields = { NSA_FIELD_ETHERTYPE } },
	{ "vlan", .fields = { NSA_FIELD_VLAN } },
};

static enum nsa_rule_part part_fields(const struct extension *extension)
{
	for (size_t i = 0; i < sizeof(extension->fields) / sizeof(*extension->fields); i++)
		if (nsa_field_varies(extension->fields[i]))
			return NSA_PART_EVERY;
	return NSA_PART_SELECTS;
}

enum nsa_rule_part nsa_part_extension(const char *name, __u8 revision, const void *data,
				      size_t size)
{
	for (size_t i = 0; i < sizeof(extensions) / sizeof(*extensions); i++)
		if (!strcmp(name, extensions[i].name))
			return extensions[i].part ? extensions[i].part(revision, data, size) :
						    part_fields(&extensions[i]);
	return NSA_PART_EVERY;
}
