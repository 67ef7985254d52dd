/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rtnetlink by libmnl: what the kernel knows of links, addresses, routes,
 * neighbours and rules in one namespace. A socket belongs to the namespace that
 * it was opened in; no function changes the caller's. Arrays are malloc'ed, the
 * caller frees them. 0 or -errno (the kernel's); out-parameters untouched on
 * failure. Dumps that the kernel marks interrupted (NLM_F_DUMP_INTR) are retried.
 */
#ifndef NSA_RTNL_H
#define NSA_RTNL_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct nsa_rtnl;

int nsa_rtnl_open(struct nsa_rtnl **out, int netns_fd);
void nsa_rtnl_close(struct nsa_rtnl *rtnl);
void nsa_rtnl_closep(struct nsa_rtnl **rtnl);

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
	__u32 xdp_prog_id;    /* 0 none; native, generic or offloaded */
	__u8 xdp_attached;    /* XDP_ATTACHED_*  */
	__u32 rx_queues, tx_queues;
	__u8 operstate; /* IF_OPER_* */
	bool carrier;
};

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
	__u8 protocol; /* RTPROT_* */
	__u32 table;
	__u32 metric;
	__u32 flags;	/* RTNH_F_* of the only next hop */
	__u32 mtu;	/* RTAX_MTU; 0 none */
	__u32 nh_id;	/* next-hop object; 0 none */
	bool multipath; /* more than one next hop */
	bool encap;	/* RTA_ENCAP */
	int oif;
	__u8 gw_family; /* 0: on-link */
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

struct nsa_rule {
	__u8 family;
	__u32 priority;
	__u32 table;
	__u8 action;
	bool plain; /* one of the three that every namespace starts with, unaltered */
};

int nsa_rtnl_links(struct nsa_rtnl *rtnl, struct nsa_link **out, size_t *count);
/* By name; -ENODEV if there is none. */
int nsa_rtnl_link_by_name(struct nsa_rtnl *rtnl, const char *name, struct nsa_link *out);
int nsa_rtnl_addrs(struct nsa_rtnl *rtnl, struct nsa_addr **out, size_t *count);
/* All tables; cloned (cached) routes are left out. */
int nsa_rtnl_routes(struct nsa_rtnl *rtnl, struct nsa_krt **out, size_t *count);
int nsa_rtnl_neighs(struct nsa_rtnl *rtnl, struct nsa_neigh **out, size_t *count);
int nsa_rtnl_rules(struct nsa_rtnl *rtnl, struct nsa_rule **out, size_t *count);
/* What "ip route get ADDR" says; errors of the lookup itself come as -ENETUNREACH, -EHOSTUNREACH,
 * -EACCES (prohibit), -EINVAL (blackhole). */
int nsa_rtnl_route_get(struct nsa_rtnl *rtnl, __u8 family, const __u8 *addr, struct nsa_krt *out);
/* The id that rtnl's namespace has for the one netns_fd refers to; *nsid = -1 if it has none. */
int nsa_rtnl_nsid(struct nsa_rtnl *rtnl, int netns_fd, int *nsid);
/* Ask the kernel to resolve addr on ifindex and to keep it fresh: NTF_EXT_MANAGED (Linux 5.16),
 * else NTF_USE. */
int nsa_rtnl_neigh_resolve(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr);
/* Ends that: the entry stays, and ages as any other. */
int nsa_rtnl_neigh_release(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr);

#endif
