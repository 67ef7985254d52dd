// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "kernel/netns_list.h"
#include "kernel/rtnl.h"
#include "kernel/rtnl_link.h"
#include "maps/ports.h"
#include "maps/stats.h"
#include "model/device_kind.h"
#include "ops/slow_paths.h"
#include "util/cleanup.h"

struct slow_paths {
	const struct nsa_session *session;
	__u64 cookie; /* the owner's */
	struct nsa_port_entry *ports;
	size_t port_count;
	struct nsa_link *links;
	size_t link_count;
	struct nsa_notes *notes;
};

static const struct nsa_link *find_link(const struct slow_paths *s, int ifindex)
{
	for (size_t i = 0; i < s->link_count; i++)
		if (s->links[i].ifindex == ifindex)
			return &s->links[i];
	return NULL;
}

static bool is_port(const struct slow_paths *s, int ifindex)
{
	for (size_t i = 0; i < s->port_count; i++)
		if (s->ports[i].key.ifindex == (__u32)ifindex &&
		    s->ports[i].port.owner_cookie == s->cookie)
			return true;
	return false;
}

/* The lower device or the peer, if it is in the owner, too; or NULL. */
static const struct nsa_link *near_link(const struct slow_paths *s, const struct nsa_link *link)
{
	return link->link_nsid < 0 && link->link ? find_link(s, link->link) : NULL;
}

static void note_macvlan(const struct slow_paths *s, const struct nsa_link *link)
{
	const struct nsa_link *lower = near_link(s, link);

	if (!strcmp(link->kind, "macvlan") && lower && is_port(s, lower->ifindex))
		nsa_notes_add(s->notes,
			      "%s is a macvlan of this namespace's own on %s: packets to its MAC "
			      "are left to the kernel",
			      link->name, lower->name);
}

/* Noted once for a pair. */
static void note_joined(const struct slow_paths *s, const struct nsa_link *link)
{
	const struct nsa_link *peer = near_link(s, link), *a, *b;

	if (!nsa_device_is_veth(link) || !peer || peer->ifindex < link->ifindex ||
	    !nsa_device_is_bridged(link) || !nsa_device_is_bridged(peer) ||
	    link->master == peer->master)
		return;
	a = find_link(s, link->master);
	b = find_link(s, peer->master);
	if (a && b)
		nsa_notes_add(s->notes,
			      "%s and %s join the bridges %s and %s: frames from one to the other "
			      "are left to the kernel",
			      link->name, peer->name, a->name, b->name);
}

static bool has_ports(const struct slow_paths *s, int bridge)
{
	for (size_t i = 0; i < s->port_count; i++)
		if (s->ports[i].port.bridge == (__u32)bridge &&
		    s->ports[i].port.owner_cookie == s->cookie)
			return true;
	return false;
}

static void note_promiscuous(const struct slow_paths *s, const struct nsa_link *link)
{
	if (nsa_device_is_bridge(link) && link->promiscuous && has_ports(s, link->ifindex))
		nsa_notes_add(s->notes,
			      "%s is promiscuous: what goes from one of its ports to another is "
			      "left to the kernel, which gives it a copy",
			      link->name);
}

static unsigned long long passed_for_mac(const struct slow_paths *s, __u64 cookie)
{
	struct nsaccel_stats stats;
	unsigned long long sum = 0;

	for (int hook = 0; hook < NSACCEL_HOOK_COUNT; hook++)
		if (!nsa_maps_stats(s->session->maps, cookie, hook, &stats))
			sum += stats.pass_guard_mac.packets;
	return sum;
}

static void note_other_macs(const struct slow_paths *s, const struct nsaccel_port *port)
{
	const struct nsa_netns *ns;
	unsigned long long packets;

	if (port->owner_cookie != s->cookie || !port->endpoint_cookie)
		return;
	ns = nsa_netns_find(s->session->list, port->endpoint_cookie);
	packets = ns ? passed_for_mac(s, ns->cookie) : 0;
	if (packets)
		nsa_notes_add(
			s->notes,
			"%llu packets from behind %s with MACs that aren't its endpoint's, a "
			"virtual machine's perhaps, were left to the kernel; nsaccel ns set %s "
			"--guard off lets such take the fast path",
			packets, port->name, ns->name);
}

static void slow_paths_free(struct slow_paths *s)
{
	free(s->ports);
	free(s->links);
}

void nsa_slow_path_notes(const struct nsa_session *session, __u64 owner_cookie,
			 struct nsa_notes *notes)
{
	const struct nsa_netns *owner = nsa_netns_find(session->list, owner_cookie);
	__cleanup(slow_paths_free) struct slow_paths s = { .session = session,
							   .cookie = owner_cookie,
							   .notes = notes };
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;

	if (!owner || nsa_maps_ports(session->maps, &s.ports, &s.port_count) < 0 ||
	    nsa_rtnl_open(&rtnl, owner) || nsa_rtnl_links(rtnl, &s.links, &s.link_count))
		return;
	for (size_t i = 0; i < s.link_count; i++) {
		note_macvlan(&s, &s.links[i]);
		note_joined(&s, &s.links[i]);
		note_promiscuous(&s, &s.links[i]);
	}
	for (size_t i = 0; i < s.port_count; i++)
		note_other_macs(&s, &s.ports[i].port);
}
