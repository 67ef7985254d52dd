/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One owner namespace: what is known of its kernel's state, and bringing the
 * machine to what the ports marked as requested ask for. Idempotent, and safe to
 * be killed at any point: the next run finishes what it finds. Needs the lock.
 * 0 or -errno, logged unless said.
 */
#ifndef NSA_RECONCILE_OWNER_H
#define NSA_RECONCILE_OWNER_H

#include "maps/session.h"
#include "model/pending.h"
#include "model/plan.h"
#include "reconcile/diff.h"

struct nsa_mirror;

struct nsa_ports {
	struct nsa_port_entry *entries; /* by ifindex */
	size_t count;
};
void nsa_ports_free(struct nsa_ports *ports);
const struct nsa_port_entry *nsa_ports_find(const struct nsa_ports *ports, int ifindex);

/* What of an owner has to be looked at anew. */
enum nsa_dirty {
	NSA_DIRTY_LINKS = 1 << 0,
	NSA_DIRTY_ADDRS = 1 << 1,
	NSA_DIRTY_NEIGHS = 1 << 2,
	NSA_DIRTY_FDB = 1 << 3,
	NSA_DIRTY_SETTINGS = 1 << 4,
	NSA_DIRTY_ROUTES4 = 1 << 5,
	NSA_DIRTY_ROUTES6 = 1 << 6,
	NSA_DIRTY_FIREWALL = 1 << 7,
	/* What follows from that. */
	NSA_DIRTY_PORTS = 1 << 8,
	NSA_DIRTY_HOSTS = 1 << 9,
	NSA_DIRTY_HOPS = 1 << 10,
	NSA_DIRTY_HOOKS = 1 << 11,	/* do they stand where the ports' records say? */
	NSA_DIRTY_MANAGED = 1 << 12,	/* neighbours that the kernel keeps fresh: for whom? */
	NSA_DIRTY_STEER = 1 << 13,	/* by which entries of bridges frames are steered */
	NSA_DIRTY_EXCEPTIONS = 1 << 14, /* of routes, by ICMP */
	NSA_DIRTY_QUOTAS = 1 << 15,	/* who is over them is looked at last, in any case */
	NSA_DIRTY_ALL = (1 << 16) - 1,
};

struct nsa_owner {
	struct nsa_mirror *mirror;
	__u64 cookie;
	__u32 slot;
	const struct nsa_netns *ns; /* in the session's list */
	struct nsa_snapshot *snapshot;
	struct nsa_table *table;
	struct nsa_ports ports;	     /* as they stand in the map */
	struct nsa_ports stale;	     /* to go, once no route names them */
	struct nsa_ports absent;     /* what was asked for, and isn't there: reconcile/requests.h */
	struct nsa_pending carriers; /* that others have changed: reconcile/carriers.h */
	struct nsa_pending
		learners; /* ports behind which bridges have learnt other MACs: reconcile/fdb.h */
	struct nsaccel_share *shares;
	size_t share_count;
	struct nsaccel_owner record; /* of its policy the map alone knows */
	struct nsa_plan_gates gates;
	__u64 ruleset; /* fingerprint of the firewall's rules; 0: not read yet */
	__u64 hooks;   /* of its hooks alone: see struct nsa_firewall */
	unsigned int dirty;
	__u64 refusals;	       /* nsa_hops_refusals(), when quotas were looked at last */
	__u64 losses;	       /* nsa_hops_losses(), when managed neighbours were looked at last */
	__u64 next_exceptions; /* likewise: at exceptions of routes */
	__u64 next_look;       /* CLOCK_MONOTONIC, ns: at devices, for what nobody tells of */
	bool sheds;	       /* something that referred to others is gone: nsa_collect() */
	bool polices;	       /* its policy is about to take effect */
	bool policed;	       /* there is one, or something is denied by default */
	bool stirred;	       /* there are next hops to be resolved again */
	bool sharing;	       /* what isn't ready of its shares is being made */
	bool waits;	       /* for neighbours and carriers, as a command does */
};

int nsa_owner_new(struct nsa_mirror *mirror, const struct nsa_netns *ns, struct nsa_owner **out);
void nsa_owner_free(struct nsa_owner *owner);

/* Its namespace in the session's list, which may be a new one. -ENOENT: it can't be reached. */
int nsa_owner_find(struct nsa_owner *owner);
/* Reads what is dirty, plans, and changes what differs. -ENODEV: nothing is asked for any more, not
 * even of devices that are gone; the owner is to be removed. */
int nsa_owner_settle(struct nsa_owner *owner);
/* What has changed of what nobody tells of. */
unsigned int nsa_owner_look(struct nsa_owner *owner);
/* A plan of the owner as it stands. */
void nsa_owner_plan(const struct nsa_owner *owner, struct nsa_plan *plan);

/* The record into the map. */
int nsa_owner_write_record(struct nsa_owner *owner);
int nsa_owner_set_firewall(struct nsa_owner *owner, enum nsaccel_firewall firewall);
int nsa_owner_set_snapshot(struct nsa_owner *owner, bool snapshot);

/* Changes of the kernel's routes and neighbours: noted now, written by settle. -errno, not logged:
 * what can't be noted is dirty. */
void nsa_owner_route(struct nsa_owner *owner, const struct nsa_krt *k, bool gone, bool replace);
void nsa_owner_neigh(struct nsa_owner *owner, const struct nsa_neigh *neigh, bool gone);

/* A command fails as a whole, and is undone: with the first error it leaves the rest as it is. For
 * what follows the kernel one thing that fails is no reason to let all others be of the past. */
static inline bool nsa_owner_stops(const struct nsa_owner *owner, int r)
{
	return r < 0 && owner->waits;
}

/* Takes its programs off its devices and leaves its records, by which the next settle, after an error
 * for one, puts them back. Of a namespace out of reach there is nothing that could be done. */
int nsa_owner_unhook(const struct nsa_session *session, __u64 cookie);
/* Removes all of an owner's; in a dry run only tells. cookie: also of a namespace that is gone. */
int nsa_owner_remove(struct nsa_mirror *mirror, __u64 cookie);

/* The owner's entries among all ports, but for those that are absent; and with them, last. */
int nsa_owner_ports(const struct nsa_session *session, __u64 cookie, struct nsa_ports *out);
int nsa_owner_all_ports(const struct nsa_session *session, __u64 cookie, struct nsa_ports *out);

#endif
