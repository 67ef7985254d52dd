/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own view of one owner namespace, but for its routes (rib.h):
 * links, addresses, neighbours, bridges' forwarding databases, settings, and the
 * endpoints behind its devices in every other namespace that can be reached.
 * Each part can be read anew alone. Lookups are by binary search.
 */
#ifndef NSA_MODEL_SNAPSHOT_H
#define NSA_MODEL_SNAPSHOT_H

#include <stdbool.h>

#include "kernel/netns.h"
#include "kernel/rtnl.h"
#include "model/fdb.h"
#include "nsaccel/abi.h"

struct nsa_view_endpoint {
	__u64 cookie; /* of the namespace that it is in */
	__u64 tenant; /* of that namespace: struct nsa_netns */
	char netns[NSACCEL_NETNS_NAME];
	enum nsaccel_kind kind; /* VETH or MACVLAN */
	struct nsa_link link;	/* in its namespace */
	int port;		/* ifindex in the owner: veth host end or lower */
	/* Its namespace couldn't be read the last time: all is as it was before, and may be untrue. */
	bool unread;
	/* Of its namespace, or of the one that it is held to (bound_cookie); the core fills them in. */
	enum nsaccel_bound bound;
	__u64 bound_cookie; /* 0: none */
	__u32 slot;
	struct nsaccel_isolation isolation;
	bool left_out; /* there is no slot for that: its packets are the kernel's */
	bool crowds;   /* there are more of its tenant's, which have no place: reconcile/crowd.h */
	bool crowded_out; /* it is one of those */
	bool borrowed; /* MACVLAN: its MAC is that of a neighbour which the owner had before it */
	struct nsa_addr *addrs; /* global ones of link, usable; owned */
	size_t addr_count;	/* as many as its namespace's quota lets in */
	size_t read_count;	/* that were read */
	__u16 quota, told;	/* of its namespace; what is recorded that it has more of */
	bool fdb_over;		/* a bridge has learnt more MACs there */
	__u32 claimed_as;	/* 1 and its number when what it claims was indexed; 0: it isn't */
};

/* An endpoint says that it has an address. */
struct nsa_view_claim {
	__u8 family;
	__u8 addr[NSACCEL_ADDR_LEN];
	bool asks;	/* on a link with others, the owner's kernel may be asked to resolve it */
	__u32 endpoint; /* its number in the view */
};

/* An address of which endpoints say other things than before. */
struct nsa_view_host {
	__u8 family;
	__u8 addr[NSACCEL_ADDR_LEN];
};

/* The device of an endpoint, as its own namespace names it. */
struct nsa_view_inner {
	__u64 cookie;
	int ifindex;
};

/* A device in another namespace, which is no endpoint, takes frames that come in by one of the owner's. */
struct nsa_view_taken {
	__u64 cookie; /* of the namespace that it is in */
	int ifindex;  /* of the lower, in the owner */
};

/* Of one device of the owner: what isn't in rtnetlink's dumps. */
struct nsa_view_device {
	bool forward4, forward6;
	__u32 mtu6; /* of IPv6, by sysctl or router advertisement; 0 unknown */
	enum nsaccel_rp_filter rp_filter;
	bool ingress_filters; /* others' clsact filters or tcx programs, which run after ours */
	bool ingress_hooked, egress_hooked;
	bool finishes; /* segments and checksums that others leave undone, before it sends */
	bool unsure; /* something couldn't be read: it has the cautious value, till it is read again */
	bool new_mac; /* which who is behind it has to hear of */
	bool known;   /* the rest has been read */
};

/* Settings of the whole namespace. */
struct nsa_view_settings {
	bool policy_rules; /* rules beyond the kernel's three: only its own lookup tells */
	bool tunnel_rules; /* some go by tunnels' ids, which programs can't ask it with */
	/* Multipath routes are spread by addresses alone, as the kernel's lookup from BPF does. */
	bool l3_hash4, l3_hash6;
	bool keeps_priority; /* ip_forward_update_priority is 0 */
	bool all_redirects4; /* net.ipv4.conf.all.accept_redirects */
	bool use_pmtu;	     /* IPv4 is forwarded by path MTUs, too (ip_forward_use_pmtu) */
};

struct nsa_view {
	const struct nsa_netns *owner;
	struct nsa_rtnl *rtnl;		 /* open while the view is read; NULL between */
	struct nsa_link *links;		 /* by ifindex */
	struct nsa_view_device *devices; /* one for each link */
	struct nsa_addr *addrs;
	struct nsa_neigh *neighs; /* by family, address, ifindex */
	struct nsa_fdb_set fdb;
	struct nsa_view_endpoint *endpoints; /* by port, MAC */
	struct nsa_view_claim *claims;	     /* by family, address */
	struct nsa_view_inner *inner;	     /* one for each endpoint, by cookie, ifindex */
	struct nsa_view_taken *taken;
	size_t link_count, addr_count, neigh_count, neigh_room, endpoint_count, claim_count,
		inner_count, taken_count;
	/* Till somebody has looked at them: nsa_view_calm(). all: there was no room to say which. */
	struct {
		struct nsa_view_host *hosts;
		size_t count, room;
		bool all;
	} stirred;
	struct nsa_view_settings settings;
	struct nsa_krt *exceptions; /* of routes; as nsa_rtnl_parse_exception() says */
	size_t exception_count;
	__u64 icmp_heard; /* nsa_icmp_heard(), before they were read */
	/* Cookies of namespaces that couldn't be read the last time, or can't be reached any more,
	 * though nothing says that they are dead. What was known of their endpoints is kept. */
	__u64 *missed;
	size_t missed_count;
};

/* All of it, but for what missed tells. 0 or -errno, logged. */
int nsa_view_get(const struct nsa_netns *owner, const struct nsa_netns_list *list,
		 struct nsa_view **out);
void nsa_view_freep(struct nsa_view **view);

/* Parts of it anew. The calling thread must have entered the owner for those that say so.
 * -errno, not logged. */
int nsa_view_open(struct nsa_view *view); /* the socket, if it isn't open */
void nsa_view_close(struct nsa_view *view);
/* Devices of links that changed are forgotten, and unread endpoints whose port is gone. */
int nsa_view_read_links(struct nsa_view *view);
/* Do routes by the link come or go with what is different of it? Without carrier they are marked a while
 * later, when its state follows. */
bool nsa_view_moves_routes(const struct nsa_link *before, const struct nsa_link *now);
int nsa_view_read_addrs(struct nsa_view *view);
int nsa_view_read_neighs(struct nsa_view *view);
/* What is new: NSA_FDB_*. most: no more are read, the kernel's newest; 0: all. For of a long list the kernel
 * walks for each part all that it has told of. What wasn't read stays as it was, unsure. */
int nsa_view_read_fdb(struct nsa_view *view, size_t most);
int nsa_view_read_settings(struct nsa_view *view); /* in the owner */
/* The former ones are the caller's to free. In the owner. */
int nsa_view_read_exceptions(struct nsa_view *view, struct nsa_krt **before, size_t *before_count);
/* Has ICMP told the kernel something of routes, or is something known that may have expired? */
bool nsa_view_exceptions_changed(const struct nsa_view *view);
/* Does the kernel believe an ICMP redirect that comes in by the device? */
bool nsa_view_takes_redirects(const struct nsa_view *view, int ifindex, __u8 family);
/* Those that nobody tells of. In the owner. */
bool nsa_view_sysctls_changed(const struct nsa_view *view);
/* The same of devices (net.ipv6.conf.DEV.mtu, for one): their links are other ones than those in the
 * view, or something couldn't be read. */
bool nsa_view_devices_changed(struct nsa_view *view);
/* The endpoints in one namespace; ns may be gone. *found: they aren't what they were. On failure it is
 * missed, and *found says whether it has any. */
int nsa_view_read_endpoints(struct nsa_view *view, const struct nsa_netns *ns, bool *found);
/* The same, but only the addresses of those that are known: that takes neither rtnetlink's lock nor a look
 * at any other device. */
int nsa_view_read_addrs_of(struct nsa_view *view, const struct nsa_netns *ns, bool *found);
/* Its endpoints stay as they are, unread. *had: there are any. */
int nsa_view_miss(struct nsa_view *view, __u64 cookie, bool *had);
bool nsa_view_is_missed(const struct nsa_view *view, __u64 cookie);
/* Is that device of the namespace an endpoint? Also if nobody can say. */
bool nsa_view_may_be_endpoint(const struct nsa_view *view, __u64 cookie, int ifindex);
/* One more, unread: who was behind the host end of a veth, when somebody was last seen there. */
int nsa_view_add_unseen(struct nsa_view *view, const struct nsa_view_endpoint *ep);
/* The namespace is dead, by the kernel's word. Were there any? */
bool nsa_view_forget_endpoints(struct nsa_view *view, __u64 cookie);
/* Sorts the endpoints and what they claim, after a change of either. What is indexed already and has its
 * claimed_as, stays: the rest is sorted, and the two merged. */
int nsa_view_index(struct nsa_view *view);
/* Whoever wants to know of the first addresses of the endpoint has to look anew. */
void nsa_view_stir(struct nsa_view *view, const struct nsa_view_endpoint *ep, size_t count);
void nsa_view_calm(struct nsa_view *view);
/* One neighbour has changed, or is gone. */
int nsa_view_set_neigh(struct nsa_view *view, const struct nsa_neigh *neigh, bool gone);
/* What was read of the device (0: all) may have changed. */
void nsa_view_forget_device(struct nsa_view *view, int ifindex);
/* Settings of a device; read now if they aren't known. In the owner. */
const struct nsa_view_device *nsa_view_device(struct nsa_view *view, const struct nsa_link *link);

const struct nsa_link *nsa_view_link(const struct nsa_view *view, int ifindex);
const struct nsa_link *nsa_view_link_by_name(const struct nsa_view *view, const char *name);
/* First of those at the port, and how many they are. */
const struct nsa_view_endpoint *nsa_view_endpoints(const struct nsa_view *view, int port,
						   size_t *count);
/* Those of them with the MAC. */
const struct nsa_view_endpoint *nsa_view_endpoints_by_mac(const struct nsa_view *view, int port,
							  const __u8 *mac, size_t *count);
/* First of those who say that they have the address, and how many they are. */
const struct nsa_view_claim *nsa_view_claims(const struct nsa_view *view, __u8 family,
					     const __u8 *addr, size_t *count);
/* The only endpoint behind a veth host end, one that was read before one that wasn't; NULL if there is
 * none. */
const struct nsa_view_endpoint *nsa_view_veth_endpoint(const struct nsa_view *view, int ifindex);
bool nsa_view_is_lower(const struct nsa_view *view, int ifindex);
/* Does another device that sits on it take frames, or a copy of them, before IP gets them? */
bool nsa_view_is_taken(const struct nsa_view *view, int ifindex);
bool nsa_view_is_usable(const struct nsa_neigh *neigh);
/* A usable entry with a link-layer address, or NULL. */
const struct nsa_neigh *nsa_view_neigh(const struct nsa_view *view, int ifindex, __u8 family,
				       const __u8 *addr);
/* There is an entry, but the kernel asks for the address, or nobody has answered. */
bool nsa_view_is_unresolved(const struct nsa_view *view, int ifindex, __u8 family,
			    const __u8 *addr);
/* The entry for the address on the device, usable or not; or NULL. */
struct nsa_neigh *nsa_view_find_neigh(struct nsa_view *view, int ifindex, __u8 family,
				      const __u8 *addr);
/* Those of the address on any device, and how many they are. */
const struct nsa_neigh *nsa_view_neighs(const struct nsa_view *view, __u8 family, const __u8 *addr,
					size_t *count);
/* Where the bridge sends untagged frames for the MAC: an entry for a port, or NULL. */
const struct nsa_fdb *nsa_view_fdb(const struct nsa_view *view, int bridge, const __u8 *mac);
/* Does the bridge take up frames for the MAC, to be routed? Its own, unless that entry was removed. */
bool nsa_view_takes_up(const struct nsa_view *view, int bridge, const __u8 *mac);

#endif
