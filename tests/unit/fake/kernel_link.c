// SPDX-License-Identifier: GPL-2.0-only
/* Devices that nsaccel makes and removes in the fake kernel: user/kernel/link.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "sandbox.h"
#include "fake/fail.h"
#include "fake/kernel.h"
#include "user/kernel/link.h"
#include "user/util/array.h"

/* The inner end's ifindex above the host end's: another try gets the same one. */
#define FAKE_INNER 100

int nsa_link_add_veth(const struct nsa_veth *veth)
{
	struct fake_netns *host, *peer;
	struct fake_link *own, *inner;

	FAKE_CALL();
	host = fake_kernel_netns(veth->host_ns->cookie);
	peer = fake_kernel_netns(veth->peer_ns->cookie);
	if (!host || !peer)
		return -ENOENT;
	if (fake_kernel_has(host->cookie, veth->host_ifindex) ||
	    fake_link_named(host, veth->host_name) || fake_link_named(peer, veth->peer_name))
		return -EEXIST;
	own = fake_veth_add(host, veth->host_name, peer, veth->peer_name);
	inner = fake_link_named(peer, veth->peer_name);
	memcpy(inner->link.mac, veth->peer_mac, 6);
	own->link.mac[5] = (__u8)veth->host_ifindex;
	inner->link.ifindex = own->link.link = veth->host_ifindex + FAKE_INNER;
	inner->link.link = own->link.ifindex = veth->host_ifindex;
	own->link.mtu = inner->link.mtu = veth->mtu;
	own->link.flags = inner->link.flags &= ~(__u32)IFF_UP;
	return 0;
}

int nsa_link_del(const struct nsa_netns *ns, int ifindex)
{
	const struct fake_link *found;

	FAKE_CALL();
	found = fake_kernel_link(ns->cookie, ifindex);
	if (!found)
		return -ENODEV;
	fake_link_del(fake_kernel_netns(ns->cookie), found->link.name);
	return 0;
}

#define CHANGE(change)                                                                             \
	struct fake_link *found;                                                                   \
                                                                                                   \
	FAKE_CALL();                                                                               \
	found = fake_kernel_link(ns->cookie, ifindex);                                             \
	if (!found)                                                                                \
		return -ENODEV;                                                                    \
	change;                                                                                    \
	return 0

int nsa_link_set_up(const struct nsa_netns *ns, int ifindex, bool up)
{
	CHANGE(found->link.flags =
		       up ? found->link.flags | IFF_UP : found->link.flags & ~(__u32)IFF_UP);
}

#define CHANGE_UNLESS_REFUSED(change) CHANGE(if (found->refuses) return -EPERM; change)

int nsa_link_set_mac(const struct nsa_netns *ns, int ifindex, const __u8 mac[6])
{
	CHANGE_UNLESS_REFUSED(memcpy(found->link.mac, mac, 6));
}

int nsa_link_set_mtu(const struct nsa_netns *ns, int ifindex, __u32 mtu)
{
	CHANGE_UNLESS_REFUSED(found->link.mtu = mtu);
}

int nsa_link_no_addresses(const struct nsa_netns *ns, int ifindex)
{
	CHANGE((void)0);
}

int nsa_link_add_addr(const struct nsa_netns *ns, int ifindex, __u8 family, const __u8 *addr,
		      __u8 len)
{
	char word[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 4];

	inet_ntop(family, addr, word, sizeof(word));
	snprintf(text, sizeof(text), "%s/%u", word, len);
	CHANGE(fake_addr_add(fake_kernel_netns(ns->cookie), found->link.name, text));
}

int nsa_link_del_addr(const struct nsa_netns *ns, int ifindex, __u8 family, const __u8 *addr,
		      __u8 len)
{
	struct fake_netns *fake;

	(void)len;
	FAKE_CALL();
	fake = fake_kernel_netns(ns->cookie);
	for (size_t i = 0; fake && i < fake->addr_count; i++) {
		const struct nsa_addr *a = &fake->addrs[i];

		if (a->ifindex != ifindex || a->family != family ||
		    memcmp(a->addr, addr, nsa_address_size(family)) != 0)
			continue;
		ARRAY_REMOVE(&fake->addrs[0], fake->addr_count, i);
		return 0;
	}
	return -EADDRNOTAVAIL;
}
