// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "kernel/rtnl.h"
#include "kernel/rtnl_link.h"
#include "ops/wire.h"
#include "util/cleanup.h"
#include "util/log.h"

struct by_kind {
	const char *kind, *text;
};

static const char *find(const struct by_kind *all, const char *kind)
{
	for (; all->kind; all++)
		if (!strcmp(all->kind, kind))
			return all->text;
	return NULL;
}

/* Kinds of devices by which no frames of others arrive as they would by a wire. */
static const struct by_kind no_wires[] = {
	{ "bridge",
	  "a bridge: its ports have the frames. Attach the port that the wire is at; host "
	  "ends of containers in the bridge are found by themselves" },
	{ "ifb", "an ifb, which only shapes: attach the device whose frames are redirected to it" },
	{ "vrf", "a VRF, which has no frames of its own; those of its members stay the kernel's" },
	{ "nlmon", "a monitor of netlink messages, which nothing is forwarded by" },
	{},
};

/* Kinds that can be attached, but may not be meant. */
static const struct by_kind odd_wires[] = {
	{ "macvlan", "a macvlan, whose link is taken for the wire" },
	{ "macvtap", "a macvtap, whose link is taken for the wire" },
	{ "ipvlan", "an ipvlan, whose link is taken for the wire" },
	{ "ipvtap", "an ipvtap, whose link is taken for the wire" },
	{ "vlan", "a VLAN, which is taken for a wire of its own" },
	{ "tun", "a tap: what is at its other end, as a virtual machine, is taken for the wire" },
	{ "dummy", "a dummy, which loses what is sent by it" },
	{ "vxlan", "a tunnel, whose other ends are taken for the wire" },
	{ "geneve", "a tunnel, whose other ends are taken for the wire" },
	{ "gretap", "a tunnel, whose other end is taken for the wire" },
	{ "ip6gretap", "a tunnel, whose other end is taken for the wire" },
	{},
};

/* A member's frames are its master's; the message tells whether that can be attached instead. */
static int refuse_member(const struct nsa_link *link)
{
	const char *kind = link->master_kind;

	if (!strcmp(kind, "bond") || !strcmp(kind, "team"))
		return nsa_err(
			-EBUSY,
			"%s belongs to a %s, which has its frames: attach that, or take it out: ip "
			"link set %s nomaster",
			link->name, kind, link->name);
	return nsa_err(
		-EBUSY,
		"%s belongs to a %s, which has its frames and which nsaccel doesn't know: take it "
		"out first: ip link set %s nomaster",
		link->name, *kind ? kind : "master device", link->name);
}

static int check(const struct nsa_link *link)
{
	const char *why = find(no_wires, link->kind);

	if (link->flags & IFF_LOOPBACK)
		return nsa_err(
			-EOPNOTSUPP,
			"%s is the loopback device, by which nothing is forwarded: attach the "
			"device that leads to the wire",
			link->name);
	if (!link->ethernet)
		return nsa_err(-EOPNOTSUPP,
			       "%s is not an Ethernet device%s%s%s, so there are no frames to "
			       "redirect: of a "
			       "tunnel, attach the device that its packets leave by",
			       link->name, *link->kind ? " (" : "", link->kind,
			       *link->kind ? ")" : "");
	if (why)
		return nsa_err(-EOPNOTSUPP, "%s is %s", link->name, why);
	return link->master && strcmp(link->master_kind, "bridge") != 0 ? refuse_member(link) : 0;
}

int nsa_wire_find(const struct nsa_netns *owner, const char *dev, struct nsa_link *link)
{
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;
	int r;

	r = nsa_rtnl_open(&rtnl, owner);
	if (!r)
		r = nsa_rtnl_link_by_name(rtnl, dev, link);
	if (r == -ENODEV)
		return nsa_err(r,
			       "no device \"%s\" in namespace %s; ip link shows what is there, "
			       "--netns looks in another namespace",
			       dev, owner->name);
	if (r)
		return nsa_err(r, "look up device %s in namespace %s: %s", dev, owner->name,
			       strerror(-r));
	return check(link);
}

void nsa_wire_describe(const struct nsa_snapshot *snapshot, int ifindex, char *out, size_t size)
{
	const struct nsa_snapshot_endpoint *ep = nsa_snapshot_veth_endpoint(snapshot, ifindex);
	const struct nsa_link *link = nsa_snapshot_link(snapshot, ifindex);
	const char *odd = link ? find(odd_wires, link->kind) : NULL;

	if (ep)
		snprintf(out, size,
			 "a veth, whose other end, %s in namespace %s, is taken for the wire and "
			 "not for an endpoint",
			 ep->link.name, ep->netns);
	else
		snprintf(out, size, "%s", odd ? odd : "");
}
