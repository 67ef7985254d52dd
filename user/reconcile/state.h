/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State of all owners: the maps in memory, and the owners that have been opened. Commands and
 * the daemon share it: a command opens it, reconciles and closes it; the daemon keeps it open
 * and applies messages. Valid while the lock is held, or while nsa_maps_changes() shows no
 * change by another process. 0 or -errno, logged.
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
	struct nsa_port_entry *entries; /* sorted by ifindex */
	size_t count, room;
};

/* Parts of an owner that have to be read or compared again. */
enum nsa_dirty {
	NSA_DIRTY_LINKS = 1 << 0,
	NSA_DIRTY_ADDRS = 1 << 1,
	NSA_DIRTY_NEIGHS = 1 << 2,
	NSA_DIRTY_FDB = 1 << 3,
	NSA_DIRTY_SETTINGS = 1 << 4,
	NSA_DIRTY_ROUTES4 = 1 << 5,
	NSA_DIRTY_ROUTES6 = 1 << 6,
	NSA_DIRTY_FIREWALL = 1 << 7,
	/* parts that depend on those */
	NSA_DIRTY_PORTS = 1 << 8,
	NSA_DIRTY_HOSTS = 1 << 9,
	NSA_DIRTY_HOPS = 1 << 10,
	NSA_DIRTY_HOOKS = 1 << 11,	/* check the hooks against the ports' records */
	NSA_DIRTY_MANAGED = 1 << 12,	/* find managed neighbours that no route needs */
	NSA_DIRTY_STEER = 1 << 13,	/* compare all entries of map "fdb" */
	NSA_DIRTY_EXCEPTIONS = 1 << 14, /* route exceptions */
	NSA_DIRTY_QUOTAS = 1 << 15,	/* quotas; every other bit implies them */
	NSA_DIRTY_ALL = (1 << 16) - 1,
};

struct nsa_owner {
	__u64 cookie;
	__u32 slot;
	const struct nsa_netns *ns; /* in the session's list; NULL: unreachable */
	struct nsa_snapshot *snapshot;
	struct nsa_snapshot_reader reader; /* of that */
	struct nsa_table *table;
	struct nsa_ports ports;	     /* as they are in the map */
	struct nsa_ports stale;	     /* to be removed once no route refers to them */
	struct nsa_ports planned;    /* see ports_plan.h */
	struct nsa_ports unplanned;  /* ports that are not in the plan */
	struct nsa_ports absent;     /* requested, but absent; see requests.h */
	struct nsa_pending carriers; /* deferred changes of carriers; see carriers.h */
	struct nsa_pending learners; /* ports behind which bridges learnt MACs; see fdb_map.h */
	struct nsaccel_share *shares;
	size_t share_count;
	/* Ports, by ifindex, of whose endpoint it was said that its root keeps it from what was
	 * asked for. */
	struct nsa_cookies warned_delivery, warned_share;
	/* MACs that shared NICs had, and that an endpoint could not change when the NIC did;
	 * sorted */
	struct nsa_cookies former_macs;
	/* Policy and policy_generation are read from the map before each write. */
	struct nsaccel_owner record;
	struct nsa_plan_gates gates;
	__u64 ruleset; /* fingerprint of the firewall; 0: not read yet */
	__u64 hooks;   /* fingerprint of its hooks; see struct nsa_firewall */
	unsigned int dirty;
	__u64 refusals;		/* nsa_nexthops_refusals() at the last check of quotas */
	__u64 losses;		/* nsa_nexthops_losses() at the last check of managed neighbours */
	__u64 next_exceptions;	/* CLOCK_MONOTONIC in ns of the next poll of route exceptions */
	__u64 next_device_poll; /* likewise, of devices */
	__u64 next_target_poll; /* likewise, of what XDP can send to */
	__u64 features_at; /* CLOCK_MONOTONIC in usec: missing features are loaded then; 0: none is missing */
	__u64 features_pause;  /* usec from the last load to that time, if it failed; else 0 */
	bool gc_needed;	       /* something that referred to other entries is gone: run nsa_gc() */
	bool settings_unknown; /* those of some endpoints could not be read */
	bool policed;	       /* a policy exists, or a default denies */
	bool nexthops_pending; /* next hops have to be resolved again */
	bool neighbours_answered; /* since the routes were first written in this run */
};

struct nsa_state {
	const struct nsa_session *session;
	struct nsa_nexthops *hops;
	struct nsa_sources *sources;
	struct nsa_table **tables; /* of all namespaces that have one, owners included */
	size_t table_count, table_room;
	struct nsa_owner **owners;
	size_t owner_count, owner_room;
	__u64 collected; /* hash of the list of namespaces at the last nsa_gc() */
	/* Cookies of namespaces that rules named when the state was opened. */
	struct nsa_cookies named;
	struct nsa_diff diff;
};

/* Parameters of a run, which differ between commands and the daemon. */
struct nsa_run {
	struct nsa_state *state;
	/* A command: waits for neighbours and carriers, and stops at the first error. */
	bool synchronous;
	bool policy_pending;	/* the owner's policy is about to take effect */
	bool load_features;	/* of the daemon: loads features that are missing */
	bool share_in_progress; /* keeps shares that are not ready yet */
	int deliver_to;		/* see struct nsa_port_context */
};

/* Whether the run stops at error r. A command stops and is undone. The daemon goes on, so that
 * one failure leaves no other part outdated. */
static inline bool nsa_run_stops(const struct nsa_run *run, int r)
{
	return r < 0 && run->synchronous;
}

/* Whether the entry is a request for an absent device; see requests.h. */
static inline bool nsa_is_absent(const struct nsa_port_entry *entry)
{
	return entry->key.ifindex >= NSACCEL_ABSENT;
}

void nsa_ports_free(struct nsa_ports *ports);
/* The device's port among those of one owner, sorted by ifindex; or NULL. */
const struct nsa_port_entry *nsa_ports_find(const struct nsa_ports *ports, int ifindex);

int nsa_state_open(const struct nsa_session *session, struct nsa_state **out);
void nsa_state_close(struct nsa_state *state);
void nsa_state_closep(struct nsa_state **state);
/* Opens the state for a command that changes maps. Counts the change first, since a killed
 * command cannot. */
int nsa_state_change(const struct nsa_session *session, struct nsa_state **out);
/* Closes it, and wakes the daemon. */
void nsa_state_finishp(struct nsa_state **state);

/* owner may be NULL. */
void nsa_owner_free(struct nsa_owner *owner);
/* The owner with this cookie, or NULL. state may be NULL. */
struct nsa_owner *nsa_state_find(const struct nsa_state *state, __u64 cookie);
/* Drops a namespace's owner and table from the state. The maps stay. */
void nsa_state_forget(struct nsa_state *state, __u64 cookie);
/* The namespace's table, created if it does not exist. */
int nsa_state_table(struct nsa_state *state, __u64 cookie, __u32 slot, struct nsa_table **out);
/* Writes the table of static routes of another namespace. */
int nsa_state_commit_table(struct nsa_state *state, struct nsa_table *table);
/* Frees next hops that no route refers to. */
int nsa_state_free_nexthops(struct nsa_state *state);

#endif
