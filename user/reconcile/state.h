/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's state of all owners, mirrored: what is in the maps, in memory, and
 * the owners that are looked at. One core for all that changes maps: a command
 * opens it, lets it settle, and closes it; the daemon keeps it open and feeds it
 * with events. Valid while the lock is held, or as long as no other process has
 * changed the maps since (nsa_maps_changes()). 0 or -errno, logged.
 */
#ifndef NSA_RECONCILE_STATE_H
#define NSA_RECONCILE_STATE_H

#include "maps/session.h"
#include "model/pending.h"
#include "model/plan.h"
#include "model/sources.h"
#include "reconcile/diff.h"
#include "reconcile/policy.h"
#include "reconcile/snapshot_read.h"

struct nsa_ports {
	struct nsa_port_entry *entries; /* by ifindex */
	size_t count, room;
};

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
	__u64 cookie;
	__u32 slot;
	const struct nsa_netns *ns; /* in the session's list */
	struct nsa_snapshot *snapshot;
	struct nsa_snapshot_reader reader; /* of that */
	struct nsa_table *table;
	struct nsa_ports ports;	     /* as they stand in the map */
	struct nsa_ports stale;	     /* to go, once no route names them */
	struct nsa_ports planned;    /* what ports are to be; reconcile/ports_plan.h */
	struct nsa_ports unplanned;  /* those of ports that are to be none any more */
	struct nsa_ports absent;     /* what was asked for, and isn't there: reconcile/requests.h */
	struct nsa_pending carriers; /* that others have changed: reconcile/carriers.h */
	struct nsa_pending
		learners; /* ports behind which bridges have learnt other MACs: reconcile/fdb_map.h */
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
	bool gc_needed;	       /* something that referred to others is gone: nsa_gc() */
	bool policed;	       /* there is one, or something is denied by default */
	bool nexthops_pending; /* there are next hops to be resolved again */
	bool neighbours_answered; /* since routes were written first in this run */
};

struct nsa_state {
	const struct nsa_session *session;
	struct nsa_hops *hops;
	struct nsa_sources *sources;
	struct nsa_table **tables; /* of all namespaces that have one, owners' included */
	size_t table_count, table_room;
	struct nsa_owner **owners;
	size_t owner_count, owner_room;
	__u64 collected; /* the namespaces that there were at the last nsa_gc(), as a sum */
	struct nsa_cookies named; /* namespaces, by rules, as they were when it was opened */
	struct nsa_diff diff;
};

/* How an owner is reconciled: what differs between commands and the daemon. */
struct nsa_run {
	struct nsa_state *state;
	bool synchronous; /* as a command: neighbours and carriers are waited for, the first error ends it */
	bool policy_pending;	/* the owner's policy is about to take effect */
	bool share_in_progress; /* shares that are not ready yet are being made: they stay */
};

/* A command fails as a whole, and is undone: with the first error it leaves the rest as it is. For what
 * follows the kernel one failure is no reason to leave all the others outdated. */
static inline bool nsa_run_stops(const struct nsa_run *run, int r)
{
	return r < 0 && run->synchronous;
}

/* Does the entry stand for a device that is gone, and was asked for? See requests.h. */
static inline bool nsa_is_absent(const struct nsa_port_entry *entry)
{
	return entry->key.ifindex >= NSACCEL_ABSENT;
}

void nsa_ports_free(struct nsa_ports *ports);
/* The port of the device, or NULL. */
const struct nsa_port_entry *nsa_ports_find(const struct nsa_ports *ports, int ifindex);

int nsa_state_open(const struct nsa_session *session, struct nsa_state **out);
void nsa_state_close(struct nsa_state *state);
void nsa_state_closep(struct nsa_state **state);
/* The same to change the maps as a command, which is counted before: a killed one doesn't any more. */
int nsa_state_change(const struct nsa_session *session, struct nsa_state **out);
/* And at the end of it: wakes a daemon. */
void nsa_state_finishp(struct nsa_state **state);

/* Frees an owner; NULL is none. */
void nsa_owner_free(struct nsa_owner *owner);
/* The owner with the cookie, or NULL. state NULL: there is none. */
struct nsa_owner *nsa_state_find(const struct nsa_state *state, __u64 cookie);
/* Forgets what it knows of the namespace, owner or not; the maps stay. */
void nsa_state_forget(struct nsa_state *state, __u64 cookie);
/* The namespace's table; made if there is none. */
int nsa_state_table(struct nsa_state *state, __u64 cookie, __u32 slot, struct nsa_table **out);
/* Writes another namespace's table, of static routes. */
int nsa_state_commit_table(struct nsa_state *state, struct nsa_table *table);
/* Frees next hops that no route needs any more. */
int nsa_state_free_nexthops(struct nsa_state *state);

#endif
