// SPDX-License-Identifier: GPL-2.0-only
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "dataplane/programs.h"
#include "firewall/firewall.h"
#include "kernel/netns.h"
#include "kernel/netns_list.h"
#include "kernel/rtnl.h"
#include "kernel/rtnl_link.h"
#include "kernel/rtnl_rule.h"
#include "kernel/sysctl.h"
#include "maps/follower.h"
#include "ops/status.h"
#include "reconcile/quotas.h"
#include "util/cleanup.h"
#include "util/names.h"

void nsa_status_port(const struct nsa_session *session, const struct nsa_port_entry *entry,
		     struct nsa_port_status *out)
{
	const struct nsa_netns *owner = nsa_netns_find(session->list, entry->port.owner_cookie);
	__cleanup(nsa_netns_leavep) int token = owner ? nsa_netns_enter(owner) : -1;
	char name[IF_NAMESIZE], bridge[IF_NAMESIZE] = "";

	memset(out, 0, sizeof(*out));
	memcpy(out->name, entry->port.name, sizeof(out->name));
	if (token < 0)
		return;
	out->tc = nsa_tc_query(entry->port.owner_cookie, (int)entry->key.ifindex,
			       NSACCEL_HOOK_TC_INGRESS);
	if (!if_indextoname(entry->key.ifindex, name))
		return;
	out->present = true;
	if (entry->port.bridge && if_indextoname(entry->port.bridge, bridge))
		memcpy(out->bridge, bridge, sizeof(out->bridge));
	memcpy(out->name, name, sizeof(out->name));
}

static void check_forwarding(struct nsa_owner_status *out)
{
	int v4 = 0, v6 = 0;

	nsa_sysctl_read("net/ipv4/ip_forward", &v4);
	nsa_sysctl_read("net/ipv6/conf/all/forwarding", &v6);
	if (!v4 || !v6)
		snprintf(out->forwarding, sizeof(out->forwarding),
			 "%s forwarding is off: such packets are left to the kernel",
			 v4 ? "IPv6" :
			 v6 ? "IPv4" :
			      "IPv4 and IPv6");
}

static void check_rules(const struct nsa_netns *owner, struct nsa_owner_status *out)
{
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;
	__cleanup(nsa_freep) struct nsa_rule *rules = NULL;
	size_t count = 0;

	if (nsa_rtnl_open(&rtnl, owner) || nsa_rtnl_rules(rtnl, &rules, &count))
		return;
	for (size_t i = 0; i < count; i++)
		if (!rules[i].plain)
			snprintf(out->rules, sizeof(out->rules),
				 "policy rules (ip rule): the kernel's own lookup decides, packet "
				 "by packet");
}

/* Slot and choice of the owner are in its maps. */
static struct nsaccel_owner record_of(const struct nsa_session *session, __u64 cookie)
{
	struct nsaccel_owner owner = {};
	struct nsaccel_netns ns;

	if (!nsa_maps_netns_get(session->maps, cookie, &ns))
		nsa_maps_owner_get(session->maps, ns.slot, &owner);
	return owner;
}

/* Do programs see other hooks or rules than those that the gates were set by? */
static bool is_seen_otherwise(const struct nsa_netns *ns, const struct nsaccel_owner *owner)
{
	struct nsaccel_netfilter seen;

	if (!owner->judged.known)
		return false;
	nsa_dataplane_netfilter(ns, &seen);
	return memcmp(&owner->judged, &seen, sizeof(seen)) != 0;
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

/* Without a sign that programs could see. */
static bool may_have_changed(const struct nsa_netns *ns, const struct nsaccel_owner *record)
{
	return record->firewall != NSACCEL_FIREWALL_BYPASS &&
	       (!record->judged.known || nsa_firewall_is_polled(ns));
}

/* What is found here is what the machine has now; the ports' gates are of what was found then. */
static void check_firewall(const struct nsa_netns *owner, const struct nsaccel_owner *record,
			   struct nsa_owner_status *out)
{
	struct nsa_firewall firewall = {};
	const char *since = "";

	if (is_seen_otherwise(owner, record)) {
		snprintf(out->firewall, sizeof(out->firewall),
			 "--firewall gate: shut, since rules have changed and nothing has read "
			 "them: start the daemon, or nsaccel sync");
		return;
	}
	if (nsa_firewall_detect(owner, &firewall) || !(firewall.routed || firewall.bridged))
		return;
	if (may_have_changed(owner, record) && !is_followed())
		since = "; of this, what came since a daemon ran, or nsaccel sync, may not hold "
			"yet";
	snprintf(out->firewall, sizeof(out->firewall), "--firewall %s: %s%s",
		 describe_gate(record->firewall, &firewall), firewall.what, since);
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

static void check_quotas(const struct nsa_session *session, __u64 cookie,
			 struct nsa_owner_status *out)
{
	__cleanup(nsa_freep) struct nsa_endpoint_entry *endpoints = NULL;
	__cleanup(nsa_freep) struct nsa_netns_entry *all = NULL;
	size_t count = 0, endpoint_count = 0, at = 0;
	char text[NSA_OVER_TEXT];
	struct nsaccel_netns owner;

	if (nsa_maps_netns_get(session->maps, cookie, &owner) ||
	    nsa_maps_netns(session->maps, &all, &count) ||
	    nsa_maps_endpoints(session->maps, &endpoints, &endpoint_count))
		return;
	for (size_t i = 0; i < count && at < sizeof(out->quotas); i++)
		if (all[i].ns.over &&
		    is_behind(endpoints, endpoint_count, owner.slot, all[i].cookie))
			at += (size_t)snprintf(out->quotas + at, sizeof(out->quotas) - at,
					       "%s%s has more than %u %s",
					       at ? "; " :
						    "over quota, the rest is left to the kernel: ",
					       all[i].ns.name, nsa_quota(all[i].ns.quota),
					       nsa_over_text(all[i].ns.over, text));
}

void nsa_status_owner(const struct nsa_session *session, __u64 cookie, struct nsa_owner_status *out)
{
	const struct nsa_netns *owner = nsa_netns_find(session->list, cookie);
	__cleanup(nsa_netns_leavep) int token = owner ? nsa_netns_enter(owner) : -1;
	struct nsaccel_owner record;

	memset(out, 0, sizeof(*out));
	check_quotas(session, cookie, out);
	if (token < 0)
		return;
	out->reachable = true;
	check_forwarding(out);
	check_rules(owner, out);
	record = record_of(session, cookie);
	check_firewall(owner, &record, out);
}

void nsa_status_counters(const struct nsa_session *session, __u64 cookie,
			 struct nsa_link_stats **out, size_t *count)
{
	const struct nsa_netns *owner = nsa_netns_find(session->list, cookie);
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;

	*out = NULL;
	*count = 0;
	if (owner && !nsa_rtnl_open(&rtnl, owner))
		nsa_rtnl_stats(rtnl, out, count);
}
