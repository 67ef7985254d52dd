/* SPDX-License-Identifier: GPL-2.0-only */
/* Making and removing devices, and their addresses, by rtnetlink. 0 or -errno, not logged. */
#ifndef NSA_KERNEL_LINK_H
#define NSA_KERNEL_LINK_H

#include <linux/types.h>
#include <stdbool.h>

#include "kernel/objects.h"

/* A veth pair, down. */
struct nsa_veth {
	const struct nsa_netns *host_ns, *peer_ns;
	int host_ifindex; /* -EEXIST if it is taken */
	const char *host_name, *peer_name;
	__u8 peer_mac[6];
	__u32 mtu;
};

int nsa_link_add_veth(const struct nsa_veth *veth);
int nsa_link_del(const struct nsa_netns *ns, int ifindex);
int nsa_link_set_up(const struct nsa_netns *ns, int ifindex, bool up);
int nsa_link_set_mac(const struct nsa_netns *ns, int ifindex, const __u8 mac[6]);
int nsa_link_set_mtu(const struct nsa_netns *ns, int ifindex, __u32 mtu);
/* The kernel gives the device no IPv6 address by itself. Before it is up. */
int nsa_link_no_addresses(const struct nsa_netns *ns, int ifindex);
int nsa_link_add_addr(const struct nsa_netns *ns, int ifindex, __u8 family, const __u8 *addr,
		      __u8 len);
int nsa_link_del_addr(const struct nsa_netns *ns, int ifindex, __u8 family, const __u8 *addr,
		      __u8 len);
/* IFF_PROMISC and IFF_ALLMULTI, of a device in the *calling thread's* namespace. */
int nsa_link_get_promisc(const char *ifname, __u32 *on);
int nsa_link_set_promisc(const char *ifname, __u32 on);
int nsa_link_get_allmulti(const char *ifname, __u32 *on);
int nsa_link_set_allmulti(const char *ifname, __u32 on);

#endif
