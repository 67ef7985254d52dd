// SPDX-License-Identifier: GPL-2.0-only
/*
 * Legacy ebtables. A request for a table creates it, or loads its module. Therefore only tables
 * whose module is loaded are requested, and only if the kernel has a hook of ebtables.
 */
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <linux/netfilter_bridge/ebtables.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "firewall/report.h"
#include "kernel/netns.h"
#include "util/cleanup.h"

static const char *const tables[] = { "filter", "nat", "broute" };

static bool is_loaded(const char *table)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/ebtable_%s", table);
	return !access(path, F_OK);
}

bool nsa_ebtables_in_use(void)
{
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (is_loaded(tables[i]))
			return true;
	return false;
}

/* A table without rules is an array of chains. Whether one of them drops. */
static bool has_drop_policy(const struct ebt_replace *info)
{
	struct ebt_entries chain;
	size_t offset;

	if (info->nentries)
		return false;
	for (offset = 0; offset + sizeof(chain) <= info->entries_size; offset += sizeof(chain)) {
		memcpy(&chain, info->entries + offset, sizeof(chain));
		if (chain.policy == EBT_DROP)
			return true;
	}
	return false;
}

/* -EAGAIN: the table was replaced during the reading. The kernel reports no counters unless
 * requested. */
static int read_table(int sk, const char *name, struct nsa_firewall_report *report)
{
	__cleanup(nsa_freep) char *entries = NULL;
	struct ebt_replace info = {};
	socklen_t len = sizeof(info);
	char table[64];

	snprintf(info.name, sizeof(info.name), "%s", name);
	if (getsockopt(sk, IPPROTO_IP, EBT_SO_GET_INFO, &info, &len))
		return -errno;
	entries = calloc(1, info.entries_size);
	if (!entries)
		return -ENOMEM;
	info.entries = entries;
	len = sizeof(info) + info.entries_size;
	if (getsockopt(sk, IPPROTO_IP, EBT_SO_GET_ENTRIES, &info, &len))
		return errno == EINVAL ? -EAGAIN : -errno;
	nsa_report_mix(report, name, strlen(name));
	nsa_report_mix(report, entries, info.entries_size);
	snprintf(table, sizeof(table), "ebtables %s", name);
	if (info.nentries) /* rules are not parsed: any of them may need every packet */
		nsa_report_every_packet(report, table);
	nsa_report_add_chain(report, NSA_SCOPE_ROUTED | NSA_SCOPE_BRIDGED, table, info.nentries,
			     has_drop_policy(&info));
	return 0;
}

static int inspect_table(int sk, const char *name, struct nsa_firewall_report *report)
{
	int r, try;

	for (try = 0; try < NSA_FIREWALL_TRIES; try++) {
		r = read_table(sk, name, report);
		if (r != -EAGAIN)
			return nsa_report_is_missing(r) ? 0 : r;
	}
	return r;
}

int nsa_inspect_ebtables(const struct nsa_netns *ns, struct nsa_firewall_report *report)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(ns);
	__cleanup(nsa_closep) int sk = -1;
	size_t i;
	int r = 0;

	if (token < 0)
		return token;
	if (report->hooks_known && !report->ebtables_hooked)
		return 0;
	sk = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sk < 0)
		return -errno;
	for (i = 0; !r && i < sizeof(tables) / sizeof(tables[0]); i++)
		if (is_loaded(tables[i]))
			r = inspect_table(sk, tables[i], report);
	return r;
}
