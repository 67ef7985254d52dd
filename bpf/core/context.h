/* SPDX-License-Identifier: GPL-2.0-only */
/* Passed from stage to stage: where a packet comes from, and where it goes. */
#ifndef NSA_CORE_CONTEXT_H
#define NSA_CORE_CONTEXT_H

#include "core/bpf.h"

/* Where a packet comes from. */
struct nsa_source {
	const struct nsaccel_port *port;
	const struct nsaccel_endpoint *ep;  /* MACVLAN: which one; else NULL */
	__u32 ifindex;			    /* of the port */
	__u32 slot;			    /* of the namespace it comes from */
	struct nsaccel_isolation isolation; /* of that namespace */
	__u8 gate, bridge_gate;		    /* enum nsaccel_gate: the port's, if it still holds */
	__u32 config_seq;		    /* see struct nsa_arrival */
};

/* A consistent copy of a next hop, as far as the programs need it. */
struct nsa_hop {
	struct nsaccel_nexthop nh; /* up to NSA_HOP_PART */
	__u32 id;
	__u32 rp_filter_ask_fib; /* 1: nsa_rp_filter_fib() still has to ask the kernel */
	__u32 mark; /* for the egress of the port that it leaves by; see nsa_mark_for() */
};

/* A packet as one of its flow. */
struct nsa_flow {
	struct nsaccel_flow_key key;
	__u32 direction;
	__u32 id;
	__u8 control; /* NSA_TCP_* */
	__u8 zero;    /* padding: every byte of an argument has to be set */
	__u16 slot;   /* of the namespace that it counts for, if it is new */
	__u16 peer;   /* of the one at its other end; 0: none behind a port */
	__u8 zero2[2];
};

/* A packet of a flow that the kernel translates: what it was, and what it becomes. */
struct nsa_arrived {
	struct nsaccel_translation came; /* the addresses and ports that it came in with */
	struct nsaccel_translation to;
	struct nsa_flow flow; /* by those that it came in with */
};

/* A packet of a flow that the kernel sends out. */
struct nsa_watched {
	struct nsa_flow flow; /* by the addresses and ports that it leaves with */
	__u32 priority;	      /* as ip_forward() sets it, and the fast path */
	__u8 ecn;
	__u8 zero[3];
};

#define NSA_HOP_PART __builtin_offsetof(struct nsaccel_nexthop, target_ifindex)

#endif
