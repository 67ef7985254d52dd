// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "kernel/link.h"
#include "kernel/netns.h"
#include "kernel/sysctl.h"
#include "ops/share_veth.h"
#include "reconcile/shares.h"
#include "reconcile/snapshot_read_endpoints.h"
#include "util/cleanup.h"
#include "util/log.h"

/* So many names of host ends are tried. */
#define NAMES 100000

static int free_ifindex(const struct nsa_snapshot *snapshot, int above)
{
	int last = above;

	for (size_t i = 0; i < snapshot->link_count; i++)
		if (snapshot->links[i].ifindex > last)
			last = snapshot->links[i].ifindex;
	return last + 1;
}

/* Is the veth there? The answer to the request may have been lost. */
static bool is_made(const struct nsa_sharing *s, const char *name)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(s->owner->ns);

	return token >= 0 && if_nametoindex(name) == s->share.port;
}

int nsa_share_veth_make(struct nsa_sharing *s, const char *dev)
{
	struct nsa_veth veth = {
		.host_ns = s->owner->ns, .peer_ns = s->ns, .peer_name = dev, .mtu = s->nic->mtu
	};
	char name[IF_NAMESIZE];
	int r = -EEXIST;

	memcpy(veth.peer_mac, s->nic->mac, sizeof(veth.peer_mac));
	veth.host_name = name;
	for (int i = 0; r == -EEXIST && i < NAMES; i++) {
		snprintf(name, sizeof(name), NSA_SHARE_HOST_END "%d", i);
		if (nsa_snapshot_link_by_name(s->owner->snapshot, name))
			continue;
		veth.host_ifindex = free_ifindex(s->owner->snapshot, veth.host_ifindex);
		s->share.port = (__u32)veth.host_ifindex;
		r = nsa_sharing_put(s);
		if (r < 0)
			return r;
		r = nsa_link_add_veth(&veth);
		if (r == -EEXIST && i > 2) /* the name in the namespace is taken, not the ifindex */
			break;
	}
	if (r == -EEXIST)
		return nsa_err(r,
			       "namespace %s has a device \"%s\" already; dev NAME gives another "
			       "name",
			       s->ns->name, dev);
	s->made_veth = !r || is_made(s, name);
	return r < 0 ? nsa_err(r, "make a veth to namespace %s: %s", s->ns->name, strerror(-r)) : 0;
}

int nsa_share_veth_find_inner(struct nsa_sharing *s)
{
	const struct nsa_snapshot_endpoint *ep;
	bool found;
	int r;

	s->owner->dirty |= NSA_DIRTY_LINKS | NSA_DIRTY_PORTS | NSA_DIRTY_HOSTS;
	r = nsa_snapshot_read_endpoints(&s->owner->reader, s->ns, &found);
	if (!r)
		r = nsa_snapshot_reader_open(&s->owner->reader);
	if (!r)
		r = nsa_snapshot_read_links(&s->owner->reader);
	ep = r ? NULL : nsa_snapshot_veth_endpoint(s->owner->snapshot, (int)s->share.port);
	if (!ep)
		return nsa_err(r ? r : -ENODEV, "find the veth in namespace %s: %s", s->ns->name,
			       strerror(r ? -r : ENODEV));
	s->inner = ep->link.ifindex;
	return 0;
}

/* Disables IPv6 on the host end: no MLD, no neighbour discovery by the owner's kernel there. */
static int hush_host_end(const struct nsa_sharing *s)
{
	const struct nsa_link *link = nsa_snapshot_link(s->owner->snapshot, (int)s->share.port);
	__cleanup(nsa_netns_leavep) int token = link ? nsa_netns_enter(s->owner->ns) : -ENODEV;
	char path[64];
	int r;

	if (token < 0)
		return token;
	snprintf(path, sizeof(path), "net/ipv6/conf/%s/disable_ipv6", link->name);
	r = nsa_sysctl_write(path, 1);
	return r == -ENOENT ? 0 : r; /* no IPv6 here */
}

int nsa_share_veth_keep_addresses_away(const struct nsa_sharing *s)
{
	int r = 0;

	if (s->made_veth)
		r = hush_host_end(s);
	if (!r && s->made_veth && !nsa_sharing_is_whole(s->request))
		r = nsa_link_no_addresses(s->ns, s->inner);
	return r < 0 ? nsa_err(r, "keep the kernel's IPv6 addresses from the veth: %s",
			       strerror(-r)) :
		       0;
}
