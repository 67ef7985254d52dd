/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's state of all owners, mirrored: what is in the maps, in memory, and
 * the owners that are looked at. One core for all that changes maps: a command
 * opens it, lets it settle, and closes it; the daemon keeps it open and feeds it
 * with events. Valid while the lock is held, or as long as no other process has
 * changed the maps since (nsa_maps_changes()). 0 or -errno, logged.
 */
#ifndef NSA_RECONCILE_MIRROR_H
#define NSA_RECONCILE_MIRROR_H

#include "maps/sources.h"
#include "reconcile/diff.h"
#include "reconcile/owner.h"
#include "reconcile/policy.h"

struct nsa_mirror {
	const struct nsa_session *session;
	struct nsa_hops *hops;
	struct nsa_sources *sources;
	struct nsa_table **tables; /* of all namespaces that have one, owners' included */
	size_t table_count;
	struct nsa_owner **owners;
	size_t owner_count;
	__u64 collected; /* the namespaces that there were at the last nsa_collect(), as a sum */
	struct nsa_cookies named; /* namespaces, by rules, as they were when it was opened */
	struct nsa_changes changes;
};

int nsa_mirror_open(const struct nsa_session *session, struct nsa_mirror **out);
void nsa_mirror_close(struct nsa_mirror *mirror);
void nsa_mirror_closep(struct nsa_mirror **mirror);
/* The same to change the maps as a command, which is counted before: a killed one doesn't any more. */
int nsa_mirror_change(const struct nsa_session *session, struct nsa_mirror **out);
/* And at the end of it: wakes a daemon. */
void nsa_mirror_finishp(struct nsa_mirror **mirror);

/* The owner, read in full if it wasn't there yet. */
int nsa_mirror_owner(struct nsa_mirror *mirror, const struct nsa_netns *ns, struct nsa_owner **out);
/* Forgets what it knows of the namespace, owner or not; the maps stay. */
void nsa_mirror_forget(struct nsa_mirror *mirror, __u64 cookie);
/* The namespace's table; made if there is none. */
int nsa_mirror_table(struct nsa_mirror *mirror, __u64 cookie, __u32 slot, struct nsa_table **out);
/* Writes another namespace's table, of static routes. */
int nsa_mirror_commit(struct nsa_mirror *mirror, struct nsa_table *table);
/* Frees next hops that no route needs any more. */
int nsa_mirror_collect(struct nsa_mirror *mirror);

#endif
