/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A plan: the contents that the maps should have, from a snapshot of the kernel, its routes and the
 * requests of the user. The headers plan_*.h plan ports, endpoints, bridge entries, routes and next
 * hops. No system calls.
 */
#ifndef NSA_MODEL_PLAN_H
#define NSA_MODEL_PLAN_H

#include "maps/records.h"
#include "model/pending.h"
#include "model/snapshot.h"
#include "model/sources.h"
#include "model/table.h"

/* How the owner's firewall applies. */
struct nsa_plan_gates {
	bool bypass;	   /* the user wants the firewall to be ignored */
	bool routed;	   /* it has rules for routed packets */
	bool bridged;	   /* it has rules for bridged frames */
	bool every_packet; /* it has to see every packet of those */
	bool translates;   /* it has rules for NAT */
	bool validates; /* br_netfilter checks the headers of bridged IP packets, with or without rules */
};

/* The input. The plan owns nothing of it. */
struct nsa_plan {
	const struct nsa_snapshot *snapshot;
	struct nsa_table *table; /* the owner's: its routes */
	struct nsa_nexthops *hops;
	__u32 owner_slot;
	const struct nsa_port_entry *ports; /* the owner's, by ifindex, with slots and XDP state */
	size_t port_count;
	const struct nsaccel_share *shares; /* the owner's */
	size_t share_count;
	const struct nsa_sources *sources;  /* sources that the user listed; NULL: none */
	const struct nsa_pending *carriers; /* devices whose carrier is not known yet; NULL: none */
	struct nsa_plan_gates gates;
	bool policed; /* a policy applies, also to packets that the kernel sends */
};

/* The owner's port with the ifindex, or NULL. */
const struct nsaccel_port *nsa_plan_find_port(const struct nsa_plan *plan, int ifindex);
/* The device whose settings and addresses IP uses for packets by link: the bridge of a bridge's
 * port. */
const struct nsa_link *nsa_plan_l3_link(const struct nsa_snapshot *snapshot,
					const struct nsa_link *link);
/* Can the owner's next hops leave by the device: is it a port, or a bridge? */
bool nsa_plan_is_egress(const struct nsa_plan *plan, int ifindex);

#endif
