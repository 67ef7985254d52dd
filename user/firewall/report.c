// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter_bridge.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "firewall/report.h"
#include "util/cleanup.h"
#include "util/hash.h"
#include "util/utf8.h"

void nsa_report_add(struct nsa_firewall_report *report, unsigned int scope, const char *fmt, ...)
{
	static const char more[] = ", ...";
	size_t len = strlen(report->what), room = sizeof(report->what) - len;
	char item[192];
	va_list args;

	report->scopes |= scope;
	if (report->cut)
		return;
	va_start(args, fmt);
	vsnprintf(item, sizeof(item), fmt, args);
	va_end(args);
	nsa_utf8_clean(item);
	report->cut = strlen(", ") + strlen(item) + sizeof(more) > room;
	if (report->cut)
		snprintf(report->what + len, room, "%s", more);
	else
		snprintf(report->what + len, room, "%s%s", len ? ", " : "", item);
}

void nsa_report_every_packet(struct nsa_firewall_report *report, const char *what)
{
	if (*report->every_packet)
		return;
	snprintf(report->every_packet, sizeof(report->every_packet), "%s", what);
	nsa_utf8_clean(report->every_packet);
}

static const char *plural(unsigned int count)
{
	return count == 1 ? "" : "s";
}

void nsa_report_add_chain(struct nsa_firewall_report *report, unsigned int scope, const char *chain,
			  unsigned int rules, bool drop)
{
	if (rules && drop)
		nsa_report_add(report, scope, "%s (%u rule%s, policy drop)", chain, rules,
			       plural(rules));
	else if (rules)
		nsa_report_add(report, scope, "%s (%u rule%s)", chain, rules, plural(rules));
	else if (drop)
		nsa_report_add(report, scope, "%s (policy drop)", chain);
}

/* Hashes whole words: legacy tables may have megabytes, and are read every second. */
void nsa_report_mix(struct nsa_firewall_report *report, const void *data, size_t size)
{
	__u64 hash = nsa_hash_word(report->fingerprint, size);

	report->fingerprint = nsa_hash_word(hash, nsa_hash(data, size));
}

bool nsa_report_is_missing(int r)
{
	return r == -EPROTONOSUPPORT || r == -EAFNOSUPPORT || r == -ENOPROTOOPT ||
	       r == -EOPNOTSUPP || r == -ENOENT || r == -EINVAL;
}

unsigned int nsa_scope_of_bridge_hook(__u32 hook)
{
	switch (hook) {
	case NF_BR_FORWARD:
		return NSA_SCOPE_BRIDGED;
	case NF_BR_LOCAL_IN: /* packets to the bridge itself, which may be routed and return */
	case NF_BR_LOCAL_OUT:
		return NSA_SCOPE_ROUTED;
	default:
		return NSA_SCOPE_ROUTED | NSA_SCOPE_BRIDGED;
	}
}

unsigned int nsa_scope_of_ip_hook(__u32 hook)
{
	return hook == NF_INET_LOCAL_IN || hook == NF_INET_LOCAL_OUT ? NSA_SCOPE_NONE :
								       NSA_SCOPE_IP;
}

int nsa_report_by_netlink(nsa_inspect_fn inspect, int protocol, const struct nsa_netns *ns,
			  struct nsa_firewall_report *report)
{
	__cleanup(nsa_freep) struct nsa_nl *nl = malloc(sizeof(*nl));
	int r;

	if (!nl)
		return -ENOMEM;
	r = nsa_nl_open(nl, protocol, ns);
	if (!r) {
		r = inspect(nl, report);
		nsa_nl_close(nl);
	}
	return nsa_report_is_missing(r) ? 0 : r;
}

int nsa_report_dump(struct nsa_nl *nl, mnl_cb_t cb, struct nsa_firewall_report *report)
{
	struct nsa_firewall_report before = *report;
	int r, try;

	for (try = 0; try < NSA_FIREWALL_TRIES; try++) {
		*report = before;
		r = nsa_nl_talk(nl, cb, report);
		if (r != -EINTR)
			return r;
	}
	return -EAGAIN;
}
