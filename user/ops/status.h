/* SPDX-License-Identifier: GPL-2.0-only */
/* What of an owner and its ports can only be asked of the machine. */
#ifndef NSA_OPS_STATUS_H
#define NSA_OPS_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "dataplane/hook_tc.h"
#include "kernel/objects.h"
#include "maps/session.h"

struct nsa_port_status {
	enum nsa_tc_kind tc;
	bool present;		       /* the device is still in the owner's namespace */
	char name[NSACCEL_NAME_LEN];   /* its present name; the recorded one if it isn't */
	char bridge[NSACCEL_NAME_LEN]; /* that it is a port of; "" none */
};

void nsa_status_port(const struct nsa_session *session, const struct nsa_port_entry *entry,
		     struct nsa_port_status *out);

/* What in the owner keeps packets from the fast path, or is gone past by it. Each is a message for
 * people, "" if it doesn't apply. */
struct nsa_owner_status {
	bool reachable;
	char forwarding[128];
	char rules[128];
	char firewall[640];
	char quotas[640];
};

void nsa_status_owner(const struct nsa_session *session, __u64 cookie,
		      struct nsa_owner_status *out);

/* What the owner's devices have counted, by the kernel; count 0: it can't be reached. malloc'ed. */
void nsa_status_counters(const struct nsa_session *session, __u64 cookie,
			 struct nsa_link_stats **out, size_t *count);

#endif
