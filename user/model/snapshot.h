/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own snapshot of one owner namespace, but for its routes (rib.h):
 * links, addresses, neighbours, bridges' forwarding databases, settings, and the
 * endpoints behind its devices in every other namespace that can be reached.
 * Each part can be read anew alone. Lookups are by binary search.
 */
#ifndef NSA_MODEL_SNAPSHOT_H
#define NSA_MODEL_SNAPSHOT_H

#include <stdbool.h>

#include "kernel/objects.h"
#include "model/fdb.h"
#include "nsaccel/abi.h"

struct nsa_snapshot_endpoint {
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
	bool crowds; /* there are more of its tenant's, which have no place: reconcile/macvlan_quota.h */
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
struct nsa_snapshot_claim {
	__u8 family;
	__u8 addr[NSACCEL_ADDR_LEN];
	bool asks;	/* on a link with others, the owner's kernel may be asked to resolve it */
	__u32 endpoint; /* its number in the snapshot */
};

/* An address of which endpoints say other things than before. */
struct nsa_snapshot_host {
	__u8 family;
	__u8 addr[NSACCEL_ADDR_LEN];
};

/* The device of an endpoint, as its own namespace names it. */
struct nsa_snapshot_inner {
	__u64 cookie;
	int ifindex;
};

/* A device in another namespace, which is no endpoint, takes frames that come in by one of the owner's. */
struct nsa_snapshot_taken {
	__u64 cookie; /* of the namespace that it is in */
	int ifindex;  /* of the lower, in the owner */
};

/* Of one device of the owner: what isn't in rtnetlink's dumps. */
struct nsa_snapshot_device {
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
struct nsa_snapshot_settings {
	bool policy_rules; /* rules beyond the kernel's three: only its own lookup tells */
	bool tunnel_rules; /* some go by tunnels' ids, which programs can't ask it with */
	/* Multipath routes are spread by addresses alone, as the kernel's lookup from BPF does. */
	bool l3_hash4, l3_hash6;
	bool keeps_priority; /* ip_forward_update_priority is 0 */
	bool all_redirects4; /* net.ipv4.conf.all.accept_redirects */
	bool use_pmtu;	     /* IPv4 is forwarded by path MTUs, too (ip_forward_use_pmtu) */
};

struct nsa_snapshot {
	const struct nsa_netns *owner;
	struct nsa_rtnl *rtnl;		     /* open while the snapshot is read; NULL between */
	struct nsa_link *links;		     /* by ifindex */
	struct nsa_snapshot_device *devices; /* one for each link */
	struct nsa_addr *addrs;
	struct nsa_neigh *neighs; /* by family, address, ifindex */
	struct nsa_fdb_set fdb;
	struct nsa_snapshot_endpoint *endpoints; /* by port, MAC */
	struct nsa_snapshot_claim *claims;	 /* by family, address */
	struct nsa_snapshot_inner *inner;	 /* one for each endpoint, by cookie, ifindex */
	struct nsa_snapshot_taken *taken;
	size_t link_count, addr_count, neigh_count, neigh_room, endpoint_count, claim_count,
		inner_count, taken_count;
	/* Till somebody has looked at them: nsa_snapshot_calm(). all: there was no room to say which. */
	struct {
		struct nsa_snapshot_host *hosts;
		size_t count, room;
		bool all;
	} stirred;
	struct nsa_snapshot_settings settings;
	struct nsa_krt *exceptions; /* of routes; as nsa_rtnl_parse_exception() says */
	size_t exception_count;
	__u64 icmp_heard; /* nsa_icmp_heard(), before they were read */
	/* Cookies of namespaces that couldn't be read the last time, or can't be reached any more,
	 * though nothing says that they are dead. What was known of their endpoints is kept. */
	__u64 *missed;
	size_t missed_count;
};

/* All of it, but for what missed tells. 0 or -errno, logged. */
int nsa_snapshot_get(const struct nsa_netns *owner, const struct nsa_netns_list *list,
		     struct nsa_snapshot **out);
void nsa_snapshot_freep(struct nsa_snapshot **snapshot);

/* Parts of it anew. The calling thread must have entered the owner for those that say so.
 * -errno, not logged. */
int nsa_snapshot_open(struct nsa_snapshot *snapshot); /* the socket, if it isn't open */
void nsa_snapshot_close(struct nsa_snapshot *snapshot);
/* Devices of links that changed are forgotten, and unread endpoints whose port is gone. */
int nsa_snapshot_read_links(struct nsa_snapshot *snapshot);
/* Do routes by the link come or go with what is different of it? Without carrier they are marked a while
 * later, when its state follows. */
bool nsa_snapshot_moves_routes(const struct nsa_link *before, const struct nsa_link *now);
int nsa_snapshot_read_addrs(struct nsa_snapshot *snapshot);
int nsa_snapshot_read_neighs(struct nsa_snapshot *snapshot);
/* What is new: NSA_FDB_*. most: no more are read, the kernel's newest; 0: all. For of a long list the kernel
 * walks for each part all that it has told of. What wasn't read stays as it was, unsure. */
int nsa_snapshot_read_fdb(struct nsa_snapshot *snapshot, size_t most);
int nsa_snapshot_read_settings(struct nsa_snapshot *snapshot); /* in the owner */
/* The former ones are the caller's to free. In the owner. */
int nsa_snapshot_read_exceptions(struct nsa_snapshot *snapshot, struct nsa_krt **before,
				 size_t *before_count);
/* Has ICMP told the kernel something of routes, or is something known that may have expired? */
bool nsa_snapshot_exceptions_changed(const struct nsa_snapshot *snapshot);
/* Does the kernel believe an ICMP redirect that comes in by the device? */
bool nsa_snapshot_takes_redirects(const struct nsa_snapshot *snapshot, int ifindex, __u8 family);
/* Those that nobody tells of. In the owner. */
bool nsa_snapshot_sysctls_changed(const struct nsa_snapshot *snapshot);
/* The same of devices (net.ipv6.conf.DEV.mtu, for one): their links are other ones than those in the
 * snapshot, or something couldn't be read. */
bool nsa_snapshot_devices_changed(struct nsa_snapshot *snapshot);
/* The endpoints in one namespace; ns may be gone. *found: they aren't what they were. On failure it is
 * missed, and *found says whether it has any. */
int nsa_snapshot_read_endpoints(struct nsa_snapshot *snapshot, const struct nsa_netns *ns,
				bool *found);
/* The same, but only the addresses of those that are known: that takes neither rtnetlink's lock nor a look
 * at any other device. */
int nsa_snapshot_read_addrs_of(struct nsa_snapshot *snapshot, const struct nsa_netns *ns,
			       bool *found);
/* Its endpoints stay as they are, unread. *had: there are any. */
int nsa_snapshot_miss(struct nsa_snapshot *snapshot, __u64 cookie, bool *had);
bool nsa_snapshot_is_missed(const struct nsa_snapshot *snapshot, __u64 cookie);
/* Is that device of the namespace an endpoint? Also if nobody can say. */
bool nsa_snapshot_may_be_endpoint(const struct nsa_snapshot *snapshot, __u64 cookie, int ifindex);
/* One more, unread: who was behind the host end of a veth, when somebody was last seen there. */
int nsa_snapshot_add_unseen(struct nsa_snapshot *snapshot, const struct nsa_snapshot_endpoint *ep);
/* The namespace is dead, by the kernel's word. Were there any? */
bool nsa_snapshot_forget_endpoints(struct nsa_snapshot *snapshot, __u64 cookie);
/* Sorts the endpoints and what they claim, after a change of either. What is indexed already and has its
 * claimed_as, stays: the rest is sorted, and the two merged. */
int nsa_snapshot_index(struct nsa_snapshot *snapshot);
/* Whoever wants to know of the first addresses of the endpoint has to look anew. */
void nsa_snapshot_stir(struct nsa_snapshot *snapshot, const struct nsa_snapshot_endpoint *ep,
		       size_t count);
void nsa_snapshot_calm(struct nsa_snapshot *snapshot);
/* One neighbour has changed, or is gone. */
int nsa_snapshot_set_neigh(struct nsa_snapshot *snapshot, const struct nsa_neigh *neigh, bool gone);
/* What was read of the device (0: all) may have changed. */
void nsa_snapshot_forget_device(struct nsa_snapshot *snapshot, int ifindex);
/* Settings of a device; read now if they aren't known. In the owner. */
const struct nsa_snapshot_device *nsa_snapshot_device(struct nsa_snapshot *snapshot,
						      const struct nsa_link *link);

const struct nsa_link *nsa_snapshot_link(const struct nsa_snapshot *snapshot, int ifindex);
const struct nsa_link *nsa_snapshot_link_by_name(const struct nsa_snapshot *snapshot,
						 const char *name);
/* First of those at the port, and how many they are. */
const struct nsa_snapshot_endpoint *nsa_snapshot_endpoints(const struct nsa_snapshot *snapshot,
							   int port, size_t *count);
/* Those of them with the MAC. */
const struct nsa_snapshot_endpoint *
nsa_snapshot_endpoints_by_mac(const struct nsa_snapshot *snapshot, int port, const __u8 *mac,
			      size_t *count);
/* First of those who say that they have the address, and how many they are. */
const struct nsa_snapshot_claim *nsa_snapshot_claims(const struct nsa_snapshot *snapshot,
						     __u8 family, const __u8 *addr, size_t *count);
/* The only endpoint behind a veth host end, one that was read before one that wasn't; NULL if there is
 * none. */
const struct nsa_snapshot_endpoint *nsa_snapshot_veth_endpoint(const struct nsa_snapshot *snapshot,
							       int ifindex);
bool nsa_snapshot_is_lower(const struct nsa_snapshot *snapshot, int ifindex);
/* Does another device that sits on it take frames, or a copy of them, before IP gets them? */
bool nsa_snapshot_is_taken(const struct nsa_snapshot *snapshot, int ifindex);
bool nsa_snapshot_is_usable(const struct nsa_neigh *neigh);
/* A usable entry with a link-layer address, or NULL. */
const struct nsa_neigh *nsa_snapshot_neigh(const struct nsa_snapshot *snapshot, int ifindex,
					   __u8 family, const __u8 *addr);
/* There is an entry, but the kernel asks for the address, or nobody has answered. */
bool nsa_snapshot_is_unresolved(const struct nsa_snapshot *snapshot, int ifindex, __u8 family,
				const __u8 *addr);
/* The entry for the address on the device, usable or not; or NULL. */
struct nsa_neigh *nsa_snapshot_find_neigh(struct nsa_snapshot *snapshot, int ifindex, __u8 family,
					  const __u8 *addr);
/* Those of the address on any device, and how many they are. */
const struct nsa_neigh *nsa_snapshot_neighs(const struct nsa_snapshot *snapshot, __u8 family,
					    const __u8 *addr, size_t *count);
/* Where the bridge sends untagged frames for the MAC: an entry for a port, or NULL. */
const struct nsa_fdb *nsa_snapshot_fdb(const struct nsa_snapshot *snapshot, int bridge,
				       const __u8 *mac);
/* Does the bridge take up frames for the MAC, to be routed? Its own, unless that entry was removed. */
bool nsa_snapshot_takes_up(const struct nsa_snapshot *snapshot, int bridge, const __u8 *mac);

#endif
