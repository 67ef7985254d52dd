// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "dataplane/netfilter_probe.h"
#include "firewall/firewall.h"
#include "kernel/netns.h"
#include "kernel/netns_list.h"
#include "kernel/rtnl.h"
#include "kernel/rtnl_link.h"
#include "kernel/rtnl_rule.h"
#include "kernel/sysctl.h"
#include "maps/endpoints.h"
#include "maps/follower.h"
#include "maps/netns.h"
#include "maps/owners.h"
#include "ops/owner_notes.h"
#include "ops/port_notes.h"
#include "ops/slow_paths.h"
#include "reconcile/quotas.h"
#include "util/cleanup.h"
#include "util/names.h"

static void note_forwarding(struct nsa_notes *notes)
{
	int v4 = 0, v6 = 0;

	nsa_sysctl_read("net/ipv4/ip_forward", &v4);
	nsa_sysctl_read("net/ipv6/conf/all/forwarding", &v6);
	if (!v4 || !v6)
		nsa_notes_add(notes, "%s forwarding is off: such packets are left to the kernel",
			      v4 ? "IPv6" :
			      v6 ? "IPv4" :
				   "IPv4 and IPv6");
}

static void note_rules(const struct nsa_netns *owner, struct nsa_notes *notes)
{
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;
	__cleanup(nsa_freep) struct nsa_rule *rules = NULL;
	bool plain = true;
	size_t count = 0;

	if (nsa_rtnl_open(&rtnl, owner) || nsa_rtnl_rules(rtnl, &rules, &count))
		return;
	for (size_t i = 0; i < count; i++)
		plain &= rules[i].plain;
	if (!plain)
		nsa_notes_add(notes, "policy rules (ip rule): the kernel's own lookup decides, "
				     "packet by packet");
}

static struct nsaccel_owner record_of(const struct nsa_session *session, __u64 cookie)
{
	struct nsaccel_owner owner = {};
	struct nsaccel_netns ns;

	if (!nsa_maps_netns_get(session->maps, cookie, &ns))
		nsa_maps_owner_get(session->maps, ns.slot, &owner);
	return owner;
}

/* Do programs see other netfilter hooks or rules than those that the gates were set by? */
static bool is_seen_otherwise(const struct nsa_netns *ns, const struct nsaccel_owner *owner)
{
	struct nsaccel_netfilter seen;

	if (!owner->gate_netfilter.known)
		return false;
	nsa_netfilter_probe(ns, &seen);
	return memcmp(&owner->gate_netfilter, &seen, sizeof(seen)) != 0;
}

static const char *describe_gate(enum nsaccel_firewall mode, const struct nsa_firewall *firewall)
{
	if (mode == NSACCEL_FIREWALL_BYPASS)
		return "bypass: the fast path goes past";
	return firewall->every_packet ? "gate: shut, since every packet has to be seen by" :
					"gate: each flow has to be admitted, without a mark, by";
}

static bool is_followed(void)
{
	struct nsa_follower now;

	nsa_follower_look(&now);
	return now.runs;
}

/* May rules have changed without a sign that programs could see? */
static bool may_have_changed(const struct nsa_netns *ns, const struct nsaccel_owner *record)
{
	return record->firewall != NSACCEL_FIREWALL_BYPASS &&
	       (!record->gate_netfilter.known || nsa_firewall_is_polled(ns));
}

/* Describes the firewall as it is now; the ports' gates were set by what was found when it was
 * read. */
static void note_firewall(const struct nsa_netns *owner, const struct nsaccel_owner *record,
			  struct nsa_notes *notes)
{
	struct nsa_firewall firewall = {};
	const char *since = "";

	if (is_seen_otherwise(owner, record)) {
		nsa_notes_add(
			notes,
			"--firewall gate: shut, since rules have changed and nothing has read "
			"them: start the daemon, or nsaccel sync");
		return;
	}
	if (nsa_firewall_detect(owner, &firewall) || !(firewall.routed || firewall.bridged))
		return;
	if (may_have_changed(owner, record) && !is_followed())
		since = "; of this, what came since a daemon ran, or nsaccel sync, may not hold "
			"yet";
	nsa_notes_add(notes, "--firewall %s: %s%s", describe_gate(record->firewall, &firewall),
		      firewall.what, since);
}

/* Does the owner's port lead to the namespace? */
static bool is_behind(const struct nsa_endpoint_entry *endpoints, size_t count, __u32 owner_slot,
		      __u64 cookie)
{
	for (size_t i = 0; i < count; i++)
		if (endpoints[i].key.owner_slot == owner_slot &&
		    endpoints[i].ep.netns_cookie == cookie)
			return true;
	return false;
}

static void note_quotas(const struct nsa_session *session, __u64 cookie, struct nsa_notes *notes)
{
	__cleanup(nsa_freep) struct nsa_endpoint_entry *endpoints = NULL;
	__cleanup(nsa_freep) struct nsa_netns_entry *all = NULL;
	size_t count = 0, endpoint_count = 0, at = 0;
	char text[NSA_OVER_TEXT], list[640];
	struct nsaccel_netns owner;

	if (nsa_maps_netns_get(session->maps, cookie, &owner) ||
	    nsa_maps_netns(session->maps, &all, &count) ||
	    nsa_maps_endpoints(session->maps, &endpoints, &endpoint_count))
		return;
	for (size_t i = 0; i < count && at < sizeof(list); i++)
		if (all[i].ns.over_quota &&
		    is_behind(endpoints, endpoint_count, owner.slot, all[i].cookie))
			at += (size_t)snprintf(
				list + at, sizeof(list) - at, "%s%s has more than %u %s",
				at ? "; " : "over quota, the rest is left to the kernel: ",
				all[i].ns.name, nsa_quota(all[i].ns.quota),
				nsa_over_text(all[i].ns.over_quota, text));
	if (at)
		nsa_notes_add(notes, "%s", list);
}

/* Of the settings of the owner's own namespace; false: it can't be reached. */
static bool note_settings(const struct nsa_session *session, __u64 cookie, struct nsa_notes *notes)
{
	const struct nsa_netns *owner = nsa_netns_find(session->list, cookie);
	__cleanup(nsa_netns_leavep) int token = owner ? nsa_netns_enter(owner) : -1;
	struct nsaccel_owner record;

	if (token < 0)
		return false;
	note_forwarding(notes);
	note_rules(owner, notes);
	record = record_of(session, cookie);
	note_firewall(owner, &record, notes);
	return true;
}

int nsa_owner_notes(const struct nsa_session *session, __u64 cookie, struct nsa_notes *notes)
{
	int r;

	if (!note_settings(session, cookie, notes))
		nsa_notes_add(notes, "the namespace can't be reached, or is gone; nsaccel detach "
				     "--all cleans up");
	r = nsa_port_notes(session, cookie, notes);
	if (r < 0)
		return r;
	nsa_slow_path_notes(session, cookie, notes);
	note_quotas(session, cookie, notes);
	return 0;
}
