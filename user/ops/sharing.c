// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "kernel/netns_list.h"
#include "maps/shares.h"
#include "ops/sharing.h"
#include "reconcile/owner.h"
#include "reconcile/owner_open.h"
#include "reconcile/reconcile.h"
#include "reconcile/session_lock.h"
#include "reconcile/snapshot_read_endpoints.h"
#include "util/cleanup.h"
#include "util/log.h"

void nsa_sharing_close(struct nsa_sharing *s)
{
	nsa_state_finishp(&s->state);
	nsa_session_close(&s->session);
}

static int find_nic(struct nsa_sharing *s)
{
	const char *nic = s->request->nic;
	struct nsa_plan plan;
	const struct nsaccel_port *port;

	s->nic = nsa_snapshot_link_by_name(s->owner->snapshot, nic);
	if (!s->nic)
		return nsa_err(-ENODEV, "no device \"%s\" in namespace %s", nic,
			       s->owner->ns->name);
	nsa_owner_plan(s->state, s->owner, &plan);
	port = nsa_plan_find_port(&plan, s->nic->ifindex);
	if (!port || !port->requested)
		return nsa_err(-ENOENT, "%s is not attached; nsaccel attach %s comes first", nic,
			       nic);
	if (port->bridge)
		return nsa_err(
			-EOPNOTSUPP,
			"%s is a port of a bridge, to which its frames go: it can't be shared",
			nic);
	return 0;
}

int nsa_sharing_open(struct nsa_sharing *s)
{
	const struct nsa_netns *owner;
	int r;

	r = nsa_session_lock(s->request->bpffs, false, &s->session);
	if (!r)
		r = nsa_session_netns(&s->session, s->request->owner, &owner);
	if (!r && s->request->netns)
		r = nsa_session_netns(&s->session, s->request->netns, &s->ns);
	if (r)
		return r;
	if (!s->session.maps)
		return nsa_err(-ENOENT, "%s is not attached; nsaccel attach %s comes first",
			       s->request->nic, s->request->nic);
	if (s->ns && s->ns->cookie == owner->cookie)
		return nsa_err(-EINVAL, "%s is namespace %s's own already", s->request->nic,
			       s->ns->name);
	r = nsa_state_change(&s->session, &s->state);
	if (!r)
		r = nsa_owner_open(s->state, owner, &s->owner);
	if (r)
		return r;
	s->run = (struct nsa_run){ .state = s->state, .synchronous = true };
	r = nsa_reconcile(&s->run, s->owner);
	return r < 0 ? r : find_nic(s);
}

int nsa_sharing_put(const struct nsa_sharing *s)
{
	int r = nsa_maps_share_put(s->session.maps, &s->share);

	return r < 0 ? nsa_err(r, "write map shares: %s", nsa_maps_strerror(r, NSA_MAP_SHARES)) : 0;
}

int nsa_sharing_reconcile(struct nsa_sharing *s)
{
	bool found;
	int r = s->ns ? nsa_snapshot_read_endpoints(&s->owner->reader, s->ns, &found) : 0;

	/* A namespace that only loses the NIC cannot keep it by having too many devices to be
	 * read. */
	if (r < 0 && s->run.share_in_progress)
		return nsa_err(r, "read namespace %s: %s", s->ns->name, strerror(-r));
	s->owner->dirty |= NSA_DIRTY_LINKS | NSA_DIRTY_ADDRS | NSA_DIRTY_PORTS | NSA_DIRTY_HOSTS;
	return nsa_reconcile(&s->run, s->owner);
}
