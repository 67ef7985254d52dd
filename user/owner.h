/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One owner namespace as a whole: brings the machine to what the ports marked as
 * requested ask for. Idempotent, and safe to be killed at any point: the next run
 * finishes what it finds. Needs the lock. 0 or -errno, logged.
 */
#ifndef NSA_OWNER_H
#define NSA_OWNER_H

#include "plan.h"
#include "session.h"

/* Ports, programs, hooks, endpoints and routes as the kernel's state of this moment demands. */
int nsa_owner_converge(const struct nsa_session *session, const struct nsa_netns *owner);
/* Removes all of the owner's. cookie: also of a namespace that is gone. */
int nsa_owner_remove(const struct nsa_session *session, __u64 cookie);
/* After ports are gone: forgets namespaces and next hops that nothing refers to; the last one out
 * removes the pins altogether. */
int nsa_owner_collect(const struct nsa_session *session);

/* A plan of the owner on its ports as they are; *entries to be freed by the caller after it. */
int nsa_owner_plan(const struct nsa_session *session, const struct nsa_view *view,
		   struct nsa_port_entry **entries, struct nsa_plan *plan);
/* The view with slots filled in, all endpoints' namespaces registered. */
int nsa_owner_view(const struct nsa_session *session, const struct nsa_netns *owner,
		   struct nsa_view **out);
/* The owner's entries among all ports. */
int nsa_owner_ports(const struct nsa_session *session, __u64 cookie, struct nsa_port_entry **out,
		    size_t *count);

#endif
