/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Desired state: from a snapshot of the kernel, its routes and what the user asked
 * for, the ports, endpoints, bridge entries, routes and next hops that the maps
 * should hold. Pure: no system calls.
 */
#ifndef NSA_MODEL_PLAN_H
#define NSA_MODEL_PLAN_H

#include "maps/records.h"
#include "model/pending.h"
#include "model/snapshot.h"
#include "model/sources.h"
#include "model/table.h"

/* What of the owner's firewall applies. */
struct nsa_plan_gates {
	bool bypass;	   /* the user wants none of it minded */
	bool routed;	   /* to what is routed */
	bool bridged;	   /* to what is bridged */
	bool every_packet; /* and has to see every packet of it */
	bool validates; /* bridged IP packets: br_netfilter looks at their headers, rules or not */
};

struct nsa_plan {
	const struct nsa_snapshot *snapshot;
	struct nsa_table *table; /* the owner's: its routes */
	struct nsa_hops *hops;
	__u32 owner_slot;
	const struct nsa_port_entry *ports; /* the owner's, by ifindex, with slots and XDP state */
	size_t port_count;
	const struct nsaccel_share *shares; /* the owner's */
	size_t share_count;
	const struct nsa_sources *sources;  /* what the user listed; NULL: nothing */
	const struct nsa_pending *carriers; /* that wait to be followed; NULL: none */
	struct nsa_plan_gates gates;
	bool policed; /* what the kernel sends, too, goes by a policy */
};

/* Ports */

const struct nsaccel_port *nsa_plan_find_port(const struct nsa_plan *plan, int ifindex);
/* Should this device of the owner be a port although the user didn't name it? */
bool nsa_plan_is_found_port(const struct nsa_snapshot *snapshot, const struct nsa_link *link);
/* Fills all of port that comes from the snapshot, but local4; keeps what is the user's (mode, delivery,
 * requested) and what hooks report (xdp, xdp_why, tx_slot). device: the settings of link, or of the bridge
 * that it is a port of; own: the settings of link itself. */
void nsa_plan_port(const struct nsa_plan *plan, const struct nsa_link *link,
		   const struct nsa_snapshot_device *device, const struct nsa_snapshot_device *own,
		   struct nsaccel_port *port);
/* The owner's own addresses, which all its ports have in common: local routes, since a whole prefix can
 * be local, too ("ip route add local"). */
void nsa_plan_local4(const struct nsa_plan *plan, struct nsaccel_port *port);
/* Shuts what must not wait until all is known; what opens does. */
void nsa_plan_tighten(const struct nsa_plan_gates *gates, struct nsaccel_port *port);
/* Would the port know other source addresses of the endpoint behind it than it does? */
bool nsa_plan_learns_source(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
			    const struct nsaccel_port *port);
void nsa_plan_endpoint(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
		       struct nsa_endpoint_entry *out);
/* Likewise a macvlan with the MAC of somebody else: nobody's; and closed, or the kernel's where nothing
 * that was said could be meant for it. */
void nsa_plan_borrowed(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
		       struct nsa_endpoint_entry *out);
/* Likewise a device of the owner's own: on a lower where others are confined, and on a bridge, by its MAC;
 * on a port with an endpoint behind it, by its ifindex; and those by which the owner's kernel takes as come
 * in what several ports' may be, without a slot, some of them more than once. How many entries it takes. */
#define NSA_PLAN_UPPER 4
size_t nsa_plan_upper(const struct nsa_plan *plan, const struct nsa_link *link,
		      struct nsa_endpoint_entry out[NSA_PLAN_UPPER]);
/* Of such a one that has a master: ifindex of the port or bridge that it sits on; else 0. */
int nsa_plan_enslaved_on(const struct nsa_plan *plan, const struct nsa_link *link);
/* Is this endpoint behind the port? A veth that the user named as a NIC has the wire behind it. */
bool nsa_plan_is_endpoint_of(const struct nsa_snapshot_endpoint *ep,
			     const struct nsaccel_port *port);
/* How what is redirected gets into the veth endpoint behind a port: addressed to the endpoint's own MAC,
 * or to another's behind it. PASS: not at all. */
enum nsaccel_action nsa_plan_veth_action(const struct nsaccel_port *port, bool own);
/* Is it sure to be in the namespace as which it is treated? */
bool nsa_plan_is_itself(const struct nsa_snapshot_endpoint *ep);
/* Private, VEPA, passthru and source macvlans take frames from the wire alone; who is closed, none. */
bool nsa_plan_is_deliverable(const struct nsa_snapshot_endpoint *ep);
/* Who has the address on the link behind the owner's device, a port or a bridge: whom the user listed
 * for it; else, of a port, the endpoint with the neighbour's MAC. Where nobody else can be, on a veth of
 * its own, an endpoint's word for it will do without a neighbour. NULL: nobody, as far as is known. */
const struct nsa_snapshot_endpoint *nsa_plan_holder(const struct nsa_plan *plan, int ifindex,
						    __u8 family, const __u8 *addr,
						    const struct nsa_neigh *neigh);
/* The endpoint at the port with the MAC. */
const struct nsa_snapshot_endpoint *nsa_plan_endpoint_by_mac(const struct nsa_plan *plan, int port,
							     const __u8 *mac);
/* The device whose settings and addresses the IP layer goes by: the bridge of a bridge's port. */
const struct nsa_link *nsa_plan_l3_link(const struct nsa_snapshot *snapshot,
					const struct nsa_link *link);

/* Others' programs and queues at the egress of the bridge, which are none of its ports': what is steered
 * doesn't meet them, what the owner routes there does. */
bool nsa_plan_is_shaped(const struct nsa_plan *plan, int bridge);
/* Entries of a bridge that forgets sooner can't be refreshed in time. */
#define NSA_BRIDGE_HOLD_MIN 15
/* A bridge's entry by which frames may be steered; false: by this one they may not. */
bool nsa_plan_fdb(const struct nsa_plan *plan, const struct nsa_fdb *fdb, struct nsaccel_fdb *out);
/* Do frames that the bridge sees keep the entry fresh, and would it miss those of the fast path? */
bool nsa_plan_fdb_ages(const struct nsa_plan *plan, const struct nsa_fdb *fdb);

/* Routes. Keys of next hops are as in model/nexthops.h. */

/* What a route of the kernel's is made from. */
void nsa_plan_kernel_key(__u32 owner_slot, const struct nsa_krt *k, struct nsaccel_nexthop *key);
/* What a static route is made from; request: its target, as a key or a record. */
void nsa_plan_static_key(const struct nsa_plan *plan, const struct nsaccel_prefix *prefix,
			 const struct nsaccel_nexthop *request, struct nsaccel_nexthop *key);
/* Says what is wanted at a node of the owner's table (nsa_table_want). 0 or -ENOMEM. */
int nsa_plan_node(const struct nsa_plan *plan, struct nsa_node *node);
/* The same at a node with a static route, in any namespace's table. */
int nsa_plan_static(const struct nsa_plan *plan, struct nsa_table *table, struct nsa_node *node);
/* May addr be reached as a neighbour or endpoint of some port? Tells the table so. */
int nsa_plan_host(const struct nsa_plan *plan, __u8 family, const __u8 *addr);
/* The same for all addresses in the snapshot, and those that the table thinks are. */
int nsa_plan_hosts(const struct nsa_plan *plan);

/* The same for those alone of which endpoints say something else than before. */
int nsa_plan_stirred(const struct nsa_plan *plan);

/* Tells the table of the snapshot's exceptions, and that those of before are none. */
int nsa_plan_exceptions(const struct nsa_plan *plan, const struct nsa_krt *before,
			size_t before_count);

/* Does addr stand on a link of the owner's, as its routes say? */
bool nsa_plan_is_on_link(const struct nsa_plan *plan, __u8 family, const __u8 *addr,
			 struct nsaccel_nexthop *link_key);
/* Has a static route of the owner's table a say in where addr is? */
bool nsa_plan_is_told(const struct nsa_plan *plan, __u8 family, const __u8 *addr);

/* A neighbour that a next hop needs and the kernel hasn't resolved. */
struct nsa_plan_wanted {
	int ifindex; /* 0: none */
	__u8 family;
	__u8 addr[NSACCEL_ADDR_LEN];
};

/* The record that the key stands for at this moment. */
void nsa_plan_resolve(const struct nsa_plan *plan, const struct nsaccel_nexthop *key,
		      struct nsaccel_nexthop *record, struct nsa_plan_wanted *wanted);

#endif
