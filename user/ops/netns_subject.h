/* SPDX-License-Identifier: GPL-2.0-only */
/* The namespace whose settings a command changes. 0 or -errno, logged. */
#ifndef NSA_OPS_NETNS_SUBJECT_H
#define NSA_OPS_NETNS_SUBJECT_H

#include "reconcile/state.h"

struct nsa_netns_subject {
	struct nsa_session session; /* with the lock */
	struct nsa_state *state;
	const struct nsa_netns *ns;
	struct nsa_netns unseen; /* ns points here if the namespace can't be reached */
	__u32 slot;
	struct nsaccel_isolation isolation;   /* as it stands */
	struct nsa_endpoint_entry *endpoints; /* all there are */
	struct nsa_port_entry *ports;	      /* likewise, by owner */
	size_t endpoint_count, port_count;
	bool is_owner;
	bool policy_changes; /* the default verdict: what it allowed has to be allowed again */
};

/* An empty one. */
#define NSA_NETNS_SUBJECT                                                                          \
	{                                                                                          \
		.session = { .lock = -1 }, .unseen = {.held = -1 }                                 \
	}

/* Takes the lock and reads all of it. netns: NAME|PID|PATH, NULL: the caller's; with dev, the owner
 * whose port dev leads to the namespace. *subject: an empty one; the caller closes it, also after a
 * failure. */
int nsa_netns_subject_open(const char *bpffs, const char *netns, const char *dev,
			   struct nsa_netns_subject *subject);
void nsa_netns_subject_close(struct nsa_netns_subject *subject);

/* May the namespace have these settings? */
int nsa_netns_subject_check(const struct nsa_netns_subject *subject,
			    const struct nsaccel_isolation *to);

#endif
