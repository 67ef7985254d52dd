// SPDX-License-Identifier: GPL-2.0-only
#include <linux/if_link.h>
#include <string.h>

#include "model/device_kind.h"

/* Frames of its lower that a device receives before IP does. */
enum frames {
	OWN_FRAMES, /* those for its own MAC */
	ALL_FRAMES,
	FRAMES_BY_MODE, /* all, of a macvlan in passthru or source mode */
};

struct device_kind {
	const char *name; /* IFLA_INFO_KIND */
	enum nsaccel_kind endpoint;
	enum frames frames;
	bool bridge, peer, queueless, finishes;
};

static const struct device_kind kinds[] = {
	{ "veth", .endpoint = NSACCEL_KIND_VETH, .peer = true, .queueless = true,
	  .finishes = true },
	{ "macvlan", .endpoint = NSACCEL_KIND_MACVLAN, .frames = FRAMES_BY_MODE },
	{ "macvtap", .frames = FRAMES_BY_MODE },
	{ "ipvlan", .frames = ALL_FRAMES },
	{ "ipvtap", .frames = ALL_FRAMES },
	{ "macsec", .frames = ALL_FRAMES },
	{ "bridge", .bridge = true, .queueless = true, .finishes = true },
	{ "bond", .queueless = true },
	{ "team", .queueless = true },
	{ "netkit", .peer = true },
	{ "vxcan", .peer = true },
};

static const struct nsa_kind port_kinds[] = {
	/* A device of the owner's own, on a lower. */
	[NSACCEL_KIND_NONE] = { .action = NSACCEL_ACTION_PASS, .hook = NSACCEL_HOOK_TC_EGRESS },
	[NSACCEL_KIND_NIC] = { .action = NSACCEL_ACTION_NIC,
			       .forwarded = NSACCEL_FWD_NIC,
			       .hook = NSACCEL_HOOK_TC_INGRESS },
	[NSACCEL_KIND_VETH] = { .owns_port = true,
				.action = NSACCEL_ACTION_VETH,
				.forwarded = NSACCEL_FWD_VETH,
				.hook = NSACCEL_HOOK_TC_INGRESS },
	[NSACCEL_KIND_MACVLAN] = { .shares_port = true,
				   .action = NSACCEL_ACTION_MACVLAN,
				   .forwarded = NSACCEL_FWD_MACVLAN,
				   .hook = NSACCEL_HOOK_TC_EGRESS },
};

const struct nsa_kind *nsa_kind(enum nsaccel_kind kind)
{
	return &port_kinds[kind < sizeof(port_kinds) / sizeof(*port_kinds) ? kind :
									     NSACCEL_KIND_NONE];
}

static const struct device_kind *find(const char *name)
{
	static const struct device_kind other = { .name = "" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(name, kinds[i].name))
			return &kinds[i];
	return &other;
}

bool nsa_device_is_veth(const struct nsa_link *link)
{
	return find(link->kind)->endpoint == NSACCEL_KIND_VETH;
}

bool nsa_device_is_bridge(const struct nsa_link *link)
{
	return find(link->kind)->bridge;
}

bool nsa_device_is_bridged(const struct nsa_link *link)
{
	return link->master && find(link->master_kind)->bridge;
}

bool nsa_device_has_peer(const struct nsa_link *link)
{
	return find(link->kind)->peer;
}

bool nsa_device_takes_frames(const struct nsa_link *link)
{
	switch (find(link->kind)->frames) {
	case ALL_FRAMES:
		return true;
	case FRAMES_BY_MODE:
		return link->macvlan_mode & (MACVLAN_MODE_PASSTHRU | MACVLAN_MODE_SOURCE);
	default:
		return false;
	}
}

enum nsaccel_kind nsa_device_endpoint_kind(const struct nsa_link *link, int owner_nsid)
{
	if (link->link_nsid != owner_nsid || link->link <= 0)
		return NSACCEL_KIND_NONE;
	return find(link->kind)->endpoint;
}

bool nsa_device_kind_matters(const char *kind)
{
	const struct device_kind *found = find(kind);

	return found->endpoint != NSACCEL_KIND_NONE || found->frames != OWN_FRAMES;
}

bool nsa_device_is_queueless(const struct nsa_link *link)
{
	return find(link->kind)->queueless;
}

bool nsa_device_may_finish(const struct nsa_link *link)
{
	return find(link->kind)->finishes;
}
