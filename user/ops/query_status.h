/* SPDX-License-Identifier: GPL-2.0-only */
/* Owners with their ports, and what keeps packets from the fast path. */
#ifndef NSA_OPS_QUERY_STATUS_H
#define NSA_OPS_QUERY_STATUS_H

#include <time.h>

#include "ops/notes.h"
#include "ops/query_ports.h"

struct nsa_owner_info {
	struct nsa_netns_ref netns;
	enum nsaccel_firewall firewall;
	bool static_mode;	     /* attached with --static */
	struct nsa_port_info *ports; /* by ifindex, absent ones last */
	size_t port_count;
	struct nsa_notes notes;
};

struct nsa_status {
	char kernel[65]; /* its release */
	const char *bpffs;
	struct {
		bool runs;
		bool died; /* one ran, and ended without having been asked to */
	} daemon;
	time_t view_time; /* when the maps were last known to be true, CLOCK_REALTIME; 0: not known */
	double view_age; /* how many seconds ago that was */
	struct nsa_owner_info *owners;
	size_t owner_count;
};

/* Of a namespace: the ports that are its own or lead to it. The caller frees with
 * nsa_status_free(), also after a failure. bpffs is valid until the next query. */
int nsa_query_status(const struct nsa_query *query, struct nsa_status *out);
void nsa_status_free(struct nsa_status *status);

#endif
