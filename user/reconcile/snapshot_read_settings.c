// SPDX-License-Identifier: GPL-2.0-only
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "dataplane/hook_tc.h"
#include "kernel/ethtool.h"
#include "kernel/rtnl_link.h"
#include "kernel/rtnl_rule.h"
#include "kernel/sysctl.h"
#include "model/device_kind.h"
#include "model/snapshot_update.h"
#include "reconcile/snapshot_read_settings.h"
#include "util/cleanup.h"

/* fallback: the safe value, if the setting cannot be read. */
static int read_int(const char *path, int fallback)
{
	int value;

	return nsa_sysctl_read(path, &value) ? fallback : value;
}

static int read_conf(const char *family, const char *ifname, const char *name, int fallback)
{
	char path[128];

	snprintf(path, sizeof(path), "net/%s/conf/%s/%s", family, ifname, name);
	return read_int(path, fallback);
}

static enum nsaccel_rp_filter read_rp_filter(const char *ifname)
{
	int all = read_conf("ipv4", "all", "rp_filter", 1);
	int own = read_conf("ipv4", ifname, "rp_filter", 1);
	int rp_filter = all > own ? all : own; /* as IN_DEV_RPFILTER */

	return rp_filter == 0 ? NSACCEL_RP_FILTER_OFF :
	       rp_filter == 2 ? NSACCEL_RP_FILTER_LOOSE :
				NSACCEL_RP_FILTER_STRICT;
}

/* A device with an MTU below 1280 has no IPv6, so that its IPv6 settings cannot be read. */
static void read_sysctls(const char *ifname, struct nsa_snapshot_device *out)
{
	out->forward4 = read_conf("ipv4", ifname, "forwarding", 0);
	/* ip6_forward() checks "all", and since Linux 6.17 also the device's force_forwarding. */
	out->forward6 = (read_conf("ipv6", "all", "forwarding", 0) ||
			 read_conf("ipv6", ifname, "force_forwarding", 0)) &&
			!read_conf("ipv6", ifname, "disable_ipv6", 1);
	out->mtu6 = (__u32)read_conf("ipv6", ifname, "mtu", 0);
	out->forward6 &= out->mtu6 != 0;
	out->rp_filter = read_rp_filter(ifname);
}

/* Whether the kernel assigns the qdisc by default. Any other qdisc shapes traffic. */
static bool is_default_qdisc(const char *qdisc)
{
	static const char *const names[] = { "noop",	   "noqueue", "mq",   "fq_codel",
					     "pfifo_fast", "fq",      "pfifo" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(qdisc, names[i]))
			return true;
	return false;
}

static bool has_queue(const struct nsa_link *link)
{
	if (!nsa_device_is_queueless(link))
		return !is_default_qdisc(link->qdisc);
	return strcmp(link->qdisc, "noqueue") != 0 && strcmp(link->qdisc, "noop") != 0;
}

/* Whether the kernel completes packets (validate_xmit_skb()) when the device sends them: a veth
 * or bridge with offloads that are switched off, or limited. redirect_peer skips that. */
static bool finishes(const struct nsa_link *link, bool *unsure)
{
	static const char *const names[] = {
		"tx-checksum-ip-generic", "tx-scatter-gather",	     "tx-tcp-segmentation",
		"tx-tcp6-segmentation",	  "tx-tcp-ecn-segmentation", "tx-tcp-mangleid-segmentation",
		"tx-udp-segmentation"
	};
	bool all_on = false;

	if (!nsa_device_may_finish(link))
		return false;
	*unsure |= nsa_ethtool_get_features(link->name, names, sizeof(names) / sizeof(*names),
					    &all_on) < 0;
	return link->gso_limited || !all_on;
}

static void read_device(const struct nsa_snapshot *snapshot, const struct nsa_link *link,
			struct nsa_snapshot_device *out)
{
	struct nsa_tc_others ingress, egress;

	read_sysctls(link->name, out);
	out->unsure = nsa_tc_others(snapshot->owner->cookie, link->ifindex, NSACCEL_HOOK_TC_INGRESS,
				    &ingress) < 0;
	out->unsure |= nsa_tc_others(snapshot->owner->cookie, link->ifindex, NSACCEL_HOOK_TC_EGRESS,
				     &egress) < 0;
	out->ingress_filters = ingress.behind;
	out->ingress_hooked = ingress.tcx || ingress.filters;
	out->egress_hooked = egress.tcx || egress.filters || has_queue(link);
	out->finishes = finishes(link, &out->unsure);
	out->known = true;
}

const struct nsa_snapshot_device *nsa_snapshot_read_device(struct nsa_snapshot *snapshot,
							   const struct nsa_link *link)
{
	struct nsa_snapshot_device *device = &snapshot->devices[link - snapshot->links];

	if (!device->known)
		read_device(snapshot, link, device);
	return device;
}

bool nsa_snapshot_devices_changed(struct nsa_snapshot_reader *reader)
{
	__cleanup(nsa_freep) struct nsa_link *links = NULL;
	size_t count = 0;

	if (nsa_snapshot_reader_open(reader) || nsa_rtnl_links(reader->rtnl, &links, &count))
		return false;
	return nsa_snapshot_forget_unsure(reader->snapshot) ||
	       !nsa_snapshot_has_links(reader->snapshot, links, count);
}

/* Whether the kernel's own rule for the table exists. If it was deleted, the kernel does not use
 * the routes of the table for all packets. */
static bool is_asked(const struct nsa_rule *rules, size_t count, __u8 family, __u32 table)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		if (rules[i].family != family)
			continue;
		if (rules[i].plain && rules[i].table == table)
			return true;
		any = true;
	}
	return !any && family == AF_INET6; /* the kernel has no IPv6 */
}

static int read_rules(struct nsa_rtnl *rtnl, struct nsa_snapshot_settings *settings)
{
	__cleanup(nsa_freep) struct nsa_rule *rules = NULL;
	size_t count = 0;
	int r = nsa_rtnl_rules(rtnl, &rules, &count);

	if (r < 0)
		return r;
	settings->policy_rules = !is_asked(rules, count, AF_INET, RT_TABLE_LOCAL) ||
				 !is_asked(rules, count, AF_INET, RT_TABLE_MAIN) ||
				 !is_asked(rules, count, AF_INET6, RT_TABLE_LOCAL) ||
				 !is_asked(rules, count, AF_INET6, RT_TABLE_MAIN);
	settings->tunnel_rules = settings->suppress_rules6 = false;
	for (size_t i = 0; i < count; i++) {
		settings->policy_rules |= !rules[i].plain;
		settings->tunnel_rules |= rules[i].tunnel;
		settings->suppress_rules6 |= rules[i].family == AF_INET6 && rules[i].suppresses;
	}
	return 0;
}

static void read_globals(struct nsa_snapshot_settings *settings)
{
	settings->l3_hash4 = !read_int("net/ipv4/fib_multipath_hash_policy", 1);
	settings->l3_hash6 = !read_int("net/ipv6/fib_multipath_hash_policy", 1);
	settings->use_pmtu = read_int("net/ipv4/ip_forward_use_pmtu", 1);
	settings->all_redirects4 = read_int("net/ipv4/conf/all/accept_redirects", 1);
	settings->keep_priority = !read_int("net/ipv4/ip_forward_update_priority", 1);
}

bool nsa_snapshot_sysctls_changed(const struct nsa_snapshot *snapshot)
{
	const struct nsa_snapshot_settings *before = &snapshot->settings;
	struct nsa_snapshot_settings now = {};

	read_globals(&now);
	return now.l3_hash4 != before->l3_hash4 || now.l3_hash6 != before->l3_hash6 ||
	       now.use_pmtu != before->use_pmtu || now.all_redirects4 != before->all_redirects4 ||
	       now.keep_priority != before->keep_priority;
}

int nsa_snapshot_read_settings(struct nsa_snapshot_reader *reader)
{
	read_globals(&reader->snapshot->settings);
	return read_rules(reader->rtnl, &reader->snapshot->settings);
}
