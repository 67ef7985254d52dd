/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rtnetlink by libmnl: what the kernel knows of links, addresses, routes,
 * neighbours, bridges' forwarding databases, rules and forwarding settings in one
 * namespace. A socket belongs to the namespace that it was opened in; no function
 * changes the caller's. Arrays are malloc'ed, the caller frees them. 0 or -errno
 * (the kernel's); out-parameters untouched on failure.
 */
#ifndef NSA_KERNEL_RTNL_H
#define NSA_KERNEL_RTNL_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct nlmsghdr;
struct nsa_netns;
struct nsa_rtnl;

int nsa_rtnl_open(struct nsa_rtnl **out, const struct nsa_netns *ns);
/* For a namespace that somebody else rules: a dump that is too long (-E2BIG), or is interrupted again
 * and again (-EAGAIN), is given up early. */
void nsa_rtnl_limit(struct nsa_rtnl *rtnl);
void nsa_rtnl_close(struct nsa_rtnl *rtnl);
void nsa_rtnl_closep(struct nsa_rtnl **rtnl);

/*
 * What a bridge's port does with unicast IP frames. Frames that are sent straight
 * from one port to another, as the forwarding database says, fare as in the bridge
 * if both ports are in BR_STATE_FORWARDING, not both isolated, and neither special:
 * - vlan_tunnel maps frames to and from the tunnel metadata of a VXLAN device.
 * - locked asks for an entry of the source address, whoever the frame is for.
 * - backup_port takes what would leave while the port has no carrier.
 * The other options are about frames that the bridge gets anyway: floods and
 * multicast (*_flood, mcast_*), what stays on the port it came from (hairpin), ARP
 * and neighbour discovery (proxy_arp*, neigh_suppress), BPDUs and MRP (guard,
 * root_block; their outcome is the state).
 */
struct nsa_bridge_port {
	__u8 state; /* BR_STATE_* */
	bool isolated;
	bool learning; /* off: frames don't keep their source's entry from ageing */
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
	int vxlan_lower;      /* device that a VXLAN's packets leave by; 0: as routes say */
	__u32 vxlan_head;     /* bytes that they have more, at the most; 0: it is no VXLAN */
	__u32 xdp_prog_id;    /* 0 none; native, generic or offloaded */
	__u8 xdp_attached;    /* XDP_ATTACHED_*  */
	__u32 rx_queues, tx_queues;
	__u8 operstate;	  /* IF_OPER_* */
	bool gso_limited; /* segments are cut sooner than on other devices */
	bool carrier;
	bool promiscuous;	    /* by whomever: IFF_PROMISC of flags is but what a user said */
	bool bridge_vlan_filtering; /* of a bridge */
	bool bridge_nf_call;	    /* of a bridge: ip, ip6 or arptables see its frames */
	__u32 bridge_hold;  /* of a bridge: seconds that it knows a MAC it doesn't hear of */
	bool bridge_counts; /* of a bridge: it learns only so many MACs (Linux 6.8) */
	struct nsa_bridge_port port; /* of a bridge's port: master_kind "bridge" */
	bool disable_ipv6;	     /* or no IPv6 at all, e.g. for an MTU below 1280 */
	bool force_forwarding;	     /* IPv6, Linux 6.17 */
	__u32 mtu6;		     /* of IPv6, by sysctl or router advertisement; 0 unknown */
	/* net.ipv4.conf of the device; IPv6's redirects are taken by hosts alone. */
	bool forwarding4, accept_redirects4, takes_redirects6;
};

/* Of an address of AF_INET or AF_INET6, in bytes. */
static inline size_t nsa_rtnl_address_size(__u8 family)
{
	return family == AF_INET ? 4 : 16;
}

struct nsa_addr {
	int ifindex;
	__u8 family;
	__u8 prefixlen;
	__u8 scope;    /* RT_SCOPE_* */
	__u32 flags;   /* IFA_F_* */
	__u8 addr[16]; /* IFA_LOCAL, else IFA_ADDRESS */
};

struct nsa_krt {
	__u8 family;
	__u8 dst_len; /* prefix length */
	__u8 src_len; /* source-specific if not 0 */
	__u8 tos;
	__u8 type; /* RTN_* */
	__u8 scope;
	__u8 protocol;	/* RTPROT_* */
	__u8 pref;	/* IPv6: ICMPV6_ROUTER_PREF_* */
	__u8 flags;	/* RTNH_F_* of the only next hop */
	__u8 gw_family; /* 0: on-link; IPv4 routes may have IPv6 gateways */
	__u8 hops; /* next hops, 255 at most: what the kernel tells of; 0 e.g. for blackholes */
	bool multipath;	 /* more than one next hop: flags, oif and gw are none's */
	bool hop_down;	 /* one next hop at least is dead or has no carrier */
	bool encap;	 /* RTA_ENCAP of one next hop at least */
	bool mtu_locked; /* no path MTU discovery */
	bool expires;	 /* IPv6: at some time that isn't announced, which may have passed */
	__u32 table;
	__u32 metric;
	__u32 mtu; /* RTAX_MTU; 0 none */
	/* Next-hop object; 0 none. With net.ipv4.nexthop_compat_mode=0 the kernel tells nothing else
	 * of the next hops (hops is 0). */
	__u32 nh_id;
	int oif;
	__u8 gw[16];
	__u8 dst[16];
};

/* Marks neighbours that nsaccel asked the kernel to keep fresh; of those free for any use. */
#define NSA_NEIGH_PROTOCOL 110

struct nsa_neigh {
	int ifindex;
	__u8 family;
	__u16 state;   /* NUD_* */
	__u8 flags;    /* NTF_* */
	bool managed;  /* NTF_EXT_MANAGED: the kernel keeps it fresh */
	__u8 protocol; /* who put it there: NSA_NEIGH_PROTOCOL is us */
	bool has_mac;
	__u8 mac[6];
	__u8 addr[16];
};

/* An entry of a bridge's forwarding database. */
struct nsa_fdb {
	int bridge;
	int port; /* the bridge itself: has no port */
	__u8 mac[6];
	__u16 vlan;  /* 0: of all untagged frames, if the bridge doesn't filter VLANs */
	__u16 state; /* NUD_PERMANENT local, NUD_NOARP static, NUD_REACHABLE or NUD_STALE learnt */
	__u8 flags;  /* NTF_* */
	bool local;  /* the bridge's or a port's own address: frames to it go up */
	/* A bridge that doesn't filter VLANs sends frames out of the port, whatever the entry's
	 * age: one that is STALE serves until it is removed. */
	bool usable;
};

struct nsa_rule {
	__u8 family;
	__u32 priority;
	__u32 table;
	__u8 action;
	bool tunnel; /* goes by the id of the tunnel that a packet came by */
	bool plain;  /* one of the three that every namespace starts with, unaltered */
};

/* What a device has received and sent. */
struct nsa_link_stats {
	int ifindex;
	__u64 rx_packets, tx_packets, rx_bytes, tx_bytes; /* as in struct rtnl_link_stats64 */
};

/* What the family's settings are of all devices, or for devices to come. */
#define NSA_NETCONF_ALL	    (-1)
#define NSA_NETCONF_DEFAULT (-2)

/* net.ipv4.conf, net.ipv6.conf. Events tell only what has changed, and of force_forwarding only
 * that it has: see struct nsa_link. */
struct nsa_netconf {
	int ifindex; /* or NSA_NETCONF_* */
	__u8 family;
	bool has_forwarding, has_rp_filter;
	bool forwarding;
	__u8 rp_filter; /* IPv4 */
};

/*
 * One message of a dump or of a multicast group, RTM_NEW* or RTM_DEL*. false, and
 * out untouched: it is about something else (another family, a cached route), or
 * malformed.
 *
 * RTNLGRP_LINK has messages of AF_BRIDGE, too: of ports only, with little more than
 * what nsa_rtnl_parse_bridge_port() reads, which no other message tells of when the
 * state changes; RTM_DELLINK of AF_BRIDGE says that a port has left its bridge.
 */
bool nsa_rtnl_parse_link(const struct nlmsghdr *msg, struct nsa_link *out);
bool nsa_rtnl_parse_bridge_port(const struct nlmsghdr *msg, int *ifindex,
				struct nsa_bridge_port *out);
bool nsa_rtnl_parse_addr(const struct nlmsghdr *msg, struct nsa_addr *out);
/* RTM_F_CLONED: cached, or the answer to one lookup. */
bool nsa_rtnl_parse_route(const struct nlmsghdr *msg, struct nsa_krt *out);
bool nsa_rtnl_parse_any_route(const struct nlmsghdr *msg, struct nsa_krt *out);
/* A cached route that forwarded packets to that destination take instead of what the tables say: by an
 * ICMP redirect, or with a path MTU, which in IPv4 has to be locked (below net.ipv4.route.min_pmtu). */
bool nsa_rtnl_parse_exception(const struct nlmsghdr *msg, struct nsa_krt *out);
bool nsa_rtnl_parse_neigh(const struct nlmsghdr *msg, struct nsa_neigh *out);
bool nsa_rtnl_parse_fdb(const struct nlmsghdr *msg, struct nsa_fdb *out);
bool nsa_rtnl_parse_rule(const struct nlmsghdr *msg, struct nsa_rule *out);
bool nsa_rtnl_parse_stats(const struct nlmsghdr *msg, struct nsa_link_stats *out);
bool nsa_rtnl_parse_netconf(const struct nlmsghdr *msg, struct nsa_netconf *out);

/* Dumps that the kernel marks interrupted (NLM_F_DUMP_INTR) are retried. */
int nsa_rtnl_links(struct nsa_rtnl *rtnl, struct nsa_link **out, size_t *count);
int nsa_rtnl_addrs(struct nsa_rtnl *rtnl, struct nsa_addr **out, size_t *count);
/* Of one device, so many at most: the rest isn't read, and nothing more can be asked for. */
int nsa_rtnl_addrs_of(struct nsa_rtnl *rtnl, int ifindex, size_t most, struct nsa_addr **out,
		      size_t *count);
/* All tables; cached routes are left out. */
int nsa_rtnl_routes(struct nsa_rtnl *rtnl, struct nsa_krt **out, size_t *count);
/* Of those that something has gone by since they were made: of others the kernel doesn't tell. */
int nsa_rtnl_exceptions(struct nsa_rtnl *rtnl, struct nsa_krt **out, size_t *count);
int nsa_rtnl_neighs(struct nsa_rtnl *rtnl, struct nsa_neigh **out, size_t *count);
/* No more than most; 0: all. If it is cut so, nothing else can be asked by this socket any more. */
int nsa_rtnl_fdb(struct nsa_rtnl *rtnl, size_t most, struct nsa_fdb **out, size_t *count);
int nsa_rtnl_rules(struct nsa_rtnl *rtnl, struct nsa_rule **out, size_t *count);
int nsa_rtnl_netconf(struct nsa_rtnl *rtnl, struct nsa_netconf **out, size_t *count);
int nsa_rtnl_stats(struct nsa_rtnl *rtnl, struct nsa_link_stats **out, size_t *count);
/* The same as nsa_rtnl_routes() of one family, one by one. cb returns 0, or -errno, after which it
 * isn't called again. -EINTR: all were told, but the kernel says that they changed meanwhile, so
 * that some may be missing or there twice. It doesn't always say so (of routes never, up to Linux
 * 6.18): only who listens to RTNLGRP_*_ROUTE from before misses nothing. */
int nsa_rtnl_each_route(struct nsa_rtnl *rtnl, __u8 family,
			int (*cb)(void *data, const struct nsa_krt *route), void *data);

/* By name; -ENODEV if there is none. */
int nsa_rtnl_link(struct nsa_rtnl *rtnl, int ifindex, struct nsa_link *out);
int nsa_rtnl_link_by_name(struct nsa_rtnl *rtnl, const char *name, struct nsa_link *out);
/* What "ip route get ADDR" says; errors of the lookup itself come as -ENETUNREACH, -EHOSTUNREACH,
 * -EACCES (prohibit), -EINVAL (blackhole). */
int nsa_rtnl_route_get(struct nsa_rtnl *rtnl, __u8 family, const __u8 *addr, struct nsa_krt *out);
/* The address that a socket there would send to addr from, by the device; -EADDRNOTAVAIL: by none. */
int nsa_rtnl_source(struct nsa_rtnl *rtnl, __u8 family, int oif, const __u8 *addr, __u8 *out);
/* The id that rtnl's namespace has for ns; *nsid = -1 if it has none. */
int nsa_rtnl_nsid(struct nsa_rtnl *rtnl, const struct nsa_netns *ns, int *nsid);

/* Ask the kernel to resolve addr on ifindex and to keep it fresh: NTF_EXT_MANAGED (Linux 5.16),
 * else NTF_USE. */
int nsa_rtnl_neigh_resolve(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr);
/* Ends that: the entry stays, and ages as any other. */
int nsa_rtnl_neigh_release(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr);
/* The entry goes. -ENOENT if there is none. */
int nsa_rtnl_neigh_del(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr);
/* As if a packet were sent by the entry: a stale one will be probed, a failed one resolved anew,
 * nothing else changes. -ENOENT if there is none. It has to be asked for first, and if it is made
 * permanent just then, this takes that off: not for entries that somebody is setting. */
int nsa_rtnl_neigh_use(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr);
/* The same, also if there is none: then it is asked for. */
int nsa_rtnl_neigh_ask(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr);
/* As if a frame from mac had come in on the bridge's port: its entry doesn't age. -ENOENT unless
 * that is where the bridge knows mac to be. */
/* The one entry of a bridge for untagged frames to the MAC. -ENOENT: there is none, or no such bridge. */
int nsa_rtnl_fdb_get(struct nsa_rtnl *rtnl, int bridge, const __u8 *mac, struct nsa_fdb *out);
int nsa_rtnl_fdb_use(struct nsa_rtnl *rtnl, int port, const __u8 *mac);

#endif
