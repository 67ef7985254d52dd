/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's objects as plain data: network namespaces, and the devices, addresses, routes,
 * neighbours, bridge entries and rules that rtnetlink reports of one namespace. Nothing here makes
 * a system call. Addresses and MACs are in network byte order, everything else in the host's.
 */
#ifndef NSA_KERNEL_OBJECTS_H
#define NSA_KERNEL_OBJECTS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "nsaccel/abi.h"

/* Bytes of an address of AF_INET or AF_INET6. */
static inline size_t nsa_address_size(__u8 family)
{
	return family == AF_INET ? 4 : 16;
}

/* Namespaces */

#define NSA_TENANT_UNKNOWN (~0ULL)

/*
 * A descriptor of a namespace, or a socket in it, keeps the namespace alive, and with it the
 * devices whose peers are in other namespaces. So a list holds paths only; each use opens the path
 * and compares the cookie.
 */
struct nsa_netns {
	__u64 cookie; /* SO_NETNS_COOKIE, Linux 5.14 */
	/* Who created the namespace: the outermost user namespace, below the initial one, that it
	 * belongs to. The uid of that user namespace's owner with bit 63 set, or its inode number
	 * if the owner is root; 0: the namespace belongs to the initial user namespace.
	 * NSA_TENANT_UNKNOWN: the kernel does not tell. */
	__u64 tenant;
	__u64 dev, ino; /* of the nsfs file; the inode number of a dead namespace is used again */
	char *path;	/* where it was found; owned. NULL: held */
	int held; /* open nsfs file (O_CLOEXEC), owned: the caller's namespace, or of nsa_netns_open(); or -1 */
	/* For display, valid UTF-8: the name in /run/netns, else "pid N" with the lowest PID, else
	 * the path of a bind mount, else "cookie N". */
	char name[NSACCEL_NETNS_NAME];
};

/* Each namespace once, sorted by cookie. */
struct nsa_netns_list {
	struct nsa_netns *ns;
	size_t count, room;
};

/* Devices */

/*
 * How a bridge port treats unicast IP frames. A frame that is sent from one port straight to
 * another, by the forwarding database, fares as in the bridge if both ports are in
 * BR_STATE_FORWARDING, not both are isolated, and neither is special:
 * - vlan_tunnel maps frames to and from the tunnel metadata of a VXLAN device.
 * - locked requires an entry for the source address of every frame.
 * - backup_port receives the frames for a port that has no carrier.
 * The other options concern frames that the bridge gets in any case: floods and multicast (*_flood,
 * mcast_*), frames that stay on their port (hairpin), ARP and neighbour discovery (proxy_arp*,
 * neigh_suppress), BPDUs and MRP (guard, root_block; their outcome is the state).
 */
struct nsa_bridge_port {
	__u8 state; /* BR_STATE_* */
	bool isolated;
	bool learning; /* false: frames do not refresh the entry of their source */
	bool special;
};

struct nsa_link {
	int ifindex;
	char name[16];
	char kind[16]; /* IFLA_INFO_KIND: "veth", "macvlan", "bridge", ...; "" for a NIC */
	__u8 mac[6];
	bool ethernet; /* ARPHRD_ETHER */
	__u32 mtu;
	__u32 flags;   /* IFF_* */
	int link;      /* IFLA_LINK: veth peer or macvlan lower; 0 none */
	int link_nsid; /* IFLA_LINK_NETNSID: nsid, in the dumping namespace, of link's; -1 the same */
	int master;    /* bridge, bond, VRF; 0 none */
	char master_kind[16]; /* IFLA_INFO_SLAVE_KIND; "" none */
	char qdisc[16];	      /* of the root: "noqueue", "fq_codel", ... */
	__u32 macvlan_mode;   /* MACVLAN_MODE_* */
	int vxlan_lower;      /* device that a VXLAN sends by; 0: as routes say */
	__u32 vxlan_head;     /* bytes that a VXLAN adds to a packet, at the most; 0: no VXLAN */
	__u32 xdp_prog_id;    /* 0 none; native, generic or offloaded */
	__u8 xdp_attached;    /* XDP_ATTACHED_*  */
	__u32 rx_queues, tx_queues;
	__u8 operstate;	  /* IF_OPER_* */
	bool gso_limited; /* its GSO limits are below the kernel's defaults */
	bool carrier;
	bool promiscuous; /* for any reason; IFF_PROMISC of flags tells only of user requests */
	bool bridge_vlan_filtering; /* of a bridge */
	bool bridge_nf_call;	    /* of a bridge: ip, ip6 or arptables see its frames */
	__u32 bridge_hold;	    /* of a bridge: seconds until it forgets a silent MAC */
	bool bridge_counts; /* of a bridge: it limits the number of learnt MACs (Linux 6.8) */
	struct nsa_bridge_port port; /* of a bridge's port: master_kind "bridge" */
	bool disable_ipv6;	     /* or no IPv6 at all, e.g. for an MTU below 1280 */
	bool force_forwarding;	     /* IPv6, Linux 6.17 */
	__u32 mtu6;		     /* of IPv6, by sysctl or router advertisement; 0 unknown */
	/* net.ipv4.conf of the device. IPv6 accepts redirects only on hosts. */
	bool forwarding4, accept_redirects4, takes_redirects6;
};

/* Packets and bytes that a device has received and sent, as in struct rtnl_link_stats64. */
struct nsa_link_stats {
	int ifindex;
	__u64 rx_packets, tx_packets, rx_bytes, tx_bytes;
};

/* struct nsa_netconf.ifindex: the family's "all", or its defaults for new devices. */
#define NSA_NETCONF_ALL	    (-1)
#define NSA_NETCONF_DEFAULT (-2)

/* net.ipv4.conf, net.ipv6.conf. A notification has only the setting that changed; of
 * force_forwarding it only says that it changed: see struct nsa_link. */
struct nsa_netconf {
	int ifindex; /* or NSA_NETCONF_* */
	__u8 family;
	bool has_forwarding, has_rp_filter;
	bool forwarding;
	__u8 rp_filter; /* IPv4 */
};

/* Addresses and routes */

struct nsa_addr {
	int ifindex;
	__u8 family;
	__u8 prefixlen;
	__u8 scope;    /* RT_SCOPE_* */
	__u32 flags;   /* IFA_F_* */
	__u8 addr[16]; /* IFA_LOCAL, else IFA_ADDRESS */
};

/* A route of the kernel's. */
struct nsa_kernel_route {
	__u8 family;
	__u8 dst_len; /* prefix length */
	__u8 src_len; /* source-specific if not 0 */
	__u8 tos;
	__u8 type; /* RTN_* */
	__u8 scope;
	__u8 protocol;	 /* RTPROT_* */
	__u8 pref;	 /* IPv6: ICMPV6_ROUTER_PREF_* */
	__u8 flags;	 /* RTNH_F_* of the only next hop */
	__u8 gw_family;	 /* 0: on-link; IPv4 routes may have IPv6 gateways */
	__u8 hops;	 /* number of reported next hops, at most 255; 0 e.g. for blackholes */
	bool multipath;	 /* more than one next hop; flags, oif and gw are unset */
	bool hop_down;	 /* at least one next hop is dead or has no carrier */
	bool encap;	 /* at least one next hop has RTA_ENCAP */
	bool mtu_locked; /* no path MTU discovery */
	bool expires;	 /* IPv6: at an unknown time, which may have passed */
	__u32 table;
	__u32 metric;
	__u32 mtu; /* RTAX_MTU; 0 none */
	/* Next-hop object; 0 none. With net.ipv4.nexthop_compat_mode=0 the kernel reports nothing
	 * else of the next hops (hops is 0). */
	__u32 nh_id;
	int oif;
	__u8 gw[16];
	__u8 dst[16];
};

/* A policy rule ("ip rule"). */
struct nsa_rule {
	__u8 family;
	__u32 priority;
	__u32 table;
	__u8 action;
	bool tunnel;	 /* selects by the id of the tunnel that a packet came by */
	bool suppresses; /* rejects routes by their prefix length or the group of their device */
	bool plain;	 /* one of the three rules that every namespace starts with, unaltered */
};

/* Neighbours and bridge entries */

/* NDA_PROTOCOL of the neighbours that nsaccel asked the kernel to keep fresh; a value that is free
 * for any use. */
#define NSA_NEIGH_PROTOCOL 110

struct nsa_neigh {
	int ifindex;
	__u8 family;
	__u16 state;   /* NUD_* */
	__u8 flags;    /* NTF_* */
	bool managed;  /* NTF_EXT_MANAGED: the kernel keeps it fresh */
	__u8 protocol; /* creator; NSA_NEIGH_PROTOCOL: nsaccel */
	bool has_mac;
	__u8 mac[6];
	__u8 addr[16];
};

/* An entry of a bridge's forwarding database. */
struct nsa_fdb {
	int bridge;
	int port; /* ifindex; the bridge's own for an entry without a port */
	__u8 mac[6];
	__u16 vlan;  /* 0: all untagged frames, if the bridge does not filter VLANs */
	__u16 state; /* NUD_PERMANENT local, NUD_NOARP static, NUD_REACHABLE or NUD_STALE learnt */
	__u8 flags;  /* NTF_* */
	bool local;  /* an address of the bridge or of a port: the bridge passes frames for it up */
	/* A bridge that does not filter VLANs forwards by the entry. A stale entry is valid until
	 * it is removed. */
	bool usable;
};

#endif
