/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A snapshot of the kernel's state of one owner namespace, except its routes (rib.h): links,
 * addresses, neighbours, bridges' forwarding databases, settings, and the endpoints in other
 * namespaces that are behind its devices. Data and look-ups; nothing here makes a system call.
 * reconcile/snapshot_read*.h read it from the kernel, snapshot_update.h and snapshot_endpoints.h
 * change it.
 *
 * Pointers into a snapshot are valid until its next change.
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
	bool unread; /* the last try to read its namespace failed: all is as before, and may be untrue */
	/* Of its namespace, or of the one that it is confined to (bound_cookie). Set by
	 * reconcile/. */
	enum nsaccel_bound bound;
	__u64 bound_cookie; /* 0: none */
	__u32 slot;
	struct nsaccel_isolation isolation;
	bool left_out; /* no slot is free for its namespace: its packets pass to the kernel */
	bool tenant_over_quota; /* its tenant has more macvlans than its quota: reconcile/macvlan_quota.h */
	bool beyond_quota;  /* it is one of those beyond the quota */
	bool has_neigh_mac; /* MACVLAN: its MAC is that of a neighbour that the owner had before */
	struct nsa_addr *addrs; /* usable global addresses of link; owned */
	size_t addr_count;	/* at most the quota of its namespace */
	size_t read_count;	/* before the quota was applied */
	__u16 quota, reported;	/* of its namespace; what is recorded that it has more of */
	bool fdb_over;		/* a bridge has learnt more MACs there than the quota */
	__u32 claimed_as;	/* 1 and its index when its claims were indexed; 0: they are not */
};

/* An endpoint has the address, as its own namespace says. */
struct nsa_snapshot_claim {
	__u8 family;
	__u8 addr[NSACCEL_ADDR_LEN];
	bool asks; /* the owner's kernel may be asked to resolve it, on a link with other devices */
	__u32 endpoint; /* its index in the snapshot */
};

/* An address whose claims have changed. */
struct nsa_snapshot_host {
	__u8 family;
	__u8 addr[NSACCEL_ADDR_LEN];
};

/* An endpoint's device, by its own namespace and ifindex. */
struct nsa_snapshot_inner {
	__u64 cookie;
	int ifindex;
};

/* A device in another namespace, which is no endpoint, receives frames of one of the owner's
 * devices. */
struct nsa_snapshot_taken {
	__u64 cookie; /* of the namespace that it is in */
	int ifindex;  /* of the lower, in the owner */
};

/* What is known of one of the owner's devices beyond rtnetlink's dump of links. */
struct nsa_snapshot_device {
	bool forward4, forward6;
	__u32 mtu6; /* of IPv6, by sysctl or router advertisement; 0 unknown */
	enum nsaccel_rp_filter rp_filter;
	bool ingress_filters; /* clsact filters or tcx programs of others, which run after ours */
	bool ingress_hooked, egress_hooked;
	bool finishes; /* computes checksums or cuts segments that others leave to the device */
	bool unsure;   /* a part could not be read, and has its safe value */
	bool new_mac;  /* the endpoints behind it are to be told of its new MAC */
	bool known;    /* everything but new_mac has been read */
};

/* Settings of the whole namespace. */
struct nsa_snapshot_settings {
	bool policy_rules; /* rules beyond the kernel's three */
	bool tunnel_rules; /* rules that select by tunnel id, which programs cannot pass to the kernel */
	bool suppress_rules6; /* IPv6 rules that reject routes, which bpf_fib_lookup() takes all the same */
	bool l3_hash4,
		l3_hash6; /* multipath routes are hashed by addresses alone, as bpf_fib_lookup() does */
	bool keep_priority;  /* ip_forward_update_priority is 0 */
	bool all_redirects4; /* net.ipv4.conf.all.accept_redirects */
	bool use_pmtu;	     /* ip_forward_use_pmtu: IPv4 is forwarded by path MTUs, too */
};

struct nsa_snapshot {
	const struct nsa_netns *owner;
	struct nsa_link *links;		     /* by ifindex */
	struct nsa_snapshot_device *devices; /* one for each link */
	struct nsa_addr *addrs;
	struct nsa_neigh *neighs; /* by family, address, ifindex */
	struct nsa_fdb_set fdb;
	struct nsa_snapshot_endpoint *endpoints; /* by port, MAC */
	struct nsa_snapshot_claim *claims;	 /* by family, address */
	struct nsa_snapshot_inner *inner;	 /* one for each endpoint, by cookie, ifindex */
	struct nsa_snapshot_taken *taken;
	size_t link_count, addr_count, neigh_count, neigh_room, endpoint_count, endpoint_room,
		claim_count, inner_count, taken_count, taken_room;
	/* Hosts that changed since nsa_snapshot_clear_dirty(). all: any may have changed, since
	 * memory was short. */
	struct {
		struct nsa_snapshot_host *hosts;
		size_t count, room;
		bool all;
	} dirty;
	struct nsa_snapshot_settings settings;
	struct nsa_kernel_route *exceptions; /* of routes: nsa_rtnl_exceptions() */
	size_t exception_count;
	__u64 icmp_received;	      /* nsa_icmp_received(), before the exceptions were read */
	unsigned int exception_reads; /* so many more, since the kernel may not have shown all */
	/* Cookies of namespaces that could not be read the last time, or that no path leads to any
	 * more, although they are not known to be dead. The snapshot keeps their endpoints. */
	__u64 *missed;
	size_t missed_count, missed_room;
};

void nsa_snapshot_freep(struct nsa_snapshot **snapshot);

/* Links. NULL: there is none. */
const struct nsa_link *nsa_snapshot_link(const struct nsa_snapshot *snapshot, int ifindex);
const struct nsa_link *nsa_snapshot_link_by_name(const struct nsa_snapshot *snapshot,
						 const char *name);
/* Does the kernel add or remove routes of a link that changes so? After a loss of carrier it marks
 * them somewhat later, when the operational state follows. */
bool nsa_snapshot_moves_routes(const struct nsa_link *before, const struct nsa_link *now);
/* Does the kernel accept an ICMP redirect that arrives by the device? */
bool nsa_snapshot_takes_redirects(const struct nsa_snapshot *snapshot, int ifindex, __u8 family);

/* Endpoints at a port (ifindex in the owner): the first, and *count. */
const struct nsa_snapshot_endpoint *nsa_snapshot_endpoints(const struct nsa_snapshot *snapshot,
							   int port, size_t *count);
/* Only those with the MAC. */
const struct nsa_snapshot_endpoint *
nsa_snapshot_endpoints_by_mac(const struct nsa_snapshot *snapshot, int port, const __u8 *mac,
			      size_t *count);
/* The endpoint behind a veth host end; one that could be read is preferred. NULL: none. */
const struct nsa_snapshot_endpoint *nsa_snapshot_veth_endpoint(const struct nsa_snapshot *snapshot,
							       int ifindex);
/* Is the device the lower of an endpoint that is a macvlan? */
bool nsa_snapshot_is_lower(const struct nsa_snapshot *snapshot, int ifindex);
/* Does another device on top of it receive its frames, or copies of them, before IP does? */
bool nsa_snapshot_is_taken(const struct nsa_snapshot *snapshot, int ifindex);
/* Is that device of the namespace an endpoint? Also true if the index is not up to date. */
bool nsa_snapshot_may_be_endpoint(const struct nsa_snapshot *snapshot, __u64 cookie, int ifindex);
/* Could the namespace not be read the last time? */
bool nsa_snapshot_is_missed(const struct nsa_snapshot *snapshot, __u64 cookie);
/* The claims of an address: the first, and *count. */
const struct nsa_snapshot_claim *nsa_snapshot_claims(const struct nsa_snapshot *snapshot,
						     __u8 family, const __u8 *addr, size_t *count);

/* Neighbours. Has the entry a MAC, and may the kernel send by it? */
bool nsa_snapshot_is_usable(const struct nsa_neigh *neigh);
/* The usable entry of the address, or NULL. */
const struct nsa_neigh *nsa_snapshot_neigh(const struct nsa_snapshot *snapshot, int ifindex,
					   __u8 family, const __u8 *addr);
/* Has the address an entry that is being resolved, or that nobody answered for? */
bool nsa_snapshot_is_unresolved(const struct nsa_snapshot *snapshot, int ifindex, __u8 family,
				const __u8 *addr);
/* The entry of the address, usable or not; or NULL. */
struct nsa_neigh *nsa_snapshot_find_neigh(struct nsa_snapshot *snapshot, int ifindex, __u8 family,
					  const __u8 *addr);
/* The entries of the address on any device: the first, and *count. */
const struct nsa_neigh *nsa_snapshot_neighs(const struct nsa_snapshot *snapshot, __u8 family,
					    const __u8 *addr, size_t *count);

/* Bridges. The entry by which the bridge sends untagged frames for the MAC to a port, or NULL. */
const struct nsa_fdb *nsa_snapshot_fdb(const struct nsa_snapshot *snapshot, int bridge,
				       const __u8 *mac);
/* Does the bridge pass frames for the MAC up to IP? Those for its own MAC, unless the entry was
 * removed. */
bool nsa_snapshot_takes_up(const struct nsa_snapshot *snapshot, int bridge, const __u8 *mac);

#endif
