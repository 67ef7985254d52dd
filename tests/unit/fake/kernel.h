/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel as plain data: network namespaces with devices, addresses, routes, neighbours, bridge
 * entries, sysctls and rules. A test fills it in; the fakes of user/kernel and user/firewall answer
 * from it, and change it as the kernel would. Whoever has an address here answers for it at once.
 * Namespaces stay until fake_kernel_reset(), so that pointers to them and their devices are valid
 * as long.
 */
#ifndef NSA_TEST_FAKE_KERNEL_H
#define NSA_TEST_FAKE_KERNEL_H

#include "user/firewall/firewall.h"
#include "user/kernel/objects.h"

#define FAKE_NAMESPACES 64
#define FAKE_LINKS	64
#define FAKE_OBJECTS	64 /* of each other kind, in a namespace */

struct fake_link {
	struct nsa_link link;
	bool has_xdp, gro, rx_vlan, promisc, allmulti, clsact, filters[2];
	bool refuses; /* another MAC or MTU, as the port of a team may */
	__u32 queues, max_queues;
	char driver[32];
};

struct fake_sysctl {
	char path[96];
	int value;
};

struct fake_netns {
	__u64 cookie, tenant;
	char name[NSACCEL_NETNS_NAME];
	bool unreachable; /* it is in no list, but lives */
	bool crowded;	  /* it has too many devices to be read */
	bool ruled;	  /* it has a rule of its own (ip rule) */
	struct fake_link links[FAKE_LINKS];
	struct nsa_addr addrs[FAKE_OBJECTS];
	struct nsa_kernel_route routes[FAKE_OBJECTS];
	struct nsa_neigh neighs[FAKE_OBJECTS];
	struct nsa_fdb fdb[FAKE_OBJECTS];
	struct fake_sysctl sysctls[FAKE_OBJECTS];
	size_t link_count, addr_count, route_count, neigh_count, fdb_count, sysctl_count;
	struct nsa_firewall firewall;
};

/* A kernel with one namespace, the caller's, of that name. */
struct fake_netns *fake_kernel_reset(const char *name);
struct fake_netns *fake_netns_add(const char *name);
/* It is dead: its devices are gone, and the other ends of its veths. */
void fake_netns_del(struct fake_netns *ns);

/* A device that is up. kind: IFLA_INFO_KIND, "" for a NIC. */
struct fake_link *fake_link_add(struct fake_netns *ns, const char *name, const char *kind);
struct fake_link *fake_veth_add(struct fake_netns *ns, const char *name, struct fake_netns *peer_ns,
				const char *peer_name);
void fake_link_del(struct fake_netns *ns, const char *name);
/* The end of a veth, without its addresses, to another namespace than its peer's. */
void fake_link_move(struct fake_netns *ns, const char *name, struct fake_netns *to);
struct fake_link *fake_link_named(struct fake_netns *ns, const char *name);
/* With the routes that the kernel adds. address: "10.1.0.1/24". */
void fake_addr_add(struct fake_netns *ns, const char *dev, const char *address);
/* via: NULL: the destination is on the link. */
void fake_route_add(struct fake_netns *ns, const char *prefix, const char *via, const char *dev);
/* What isn't set here has the kernel's default, with forwarding on. */
void fake_sysctl_set(struct fake_netns *ns, const char *path, int value);

/* For the fakes */

/* The namespace that the calling thread is in. */
struct fake_netns *fake_kernel_here(void);
__u64 fake_kernel_own(void);
/* NULL: there is none. */
struct fake_netns *fake_kernel_netns(__u64 cookie);
struct fake_netns *fake_kernel_nth(size_t n);
struct fake_link *fake_kernel_link(__u64 cookie, int ifindex);
bool fake_kernel_has(__u64 cookie, int ifindex);
/* The MAC of the device that has the address in another namespace; NULL: none has. */
const __u8 *fake_kernel_answers(const struct fake_netns *from, __u8 family, const __u8 *addr);
void fake_kernel_enter(struct fake_netns *ns);
struct fake_link *fake_kernel_add_link(struct fake_netns *ns, int ifindex, const char *name,
				       const char *kind);

#endif
