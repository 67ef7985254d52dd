// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/neighbour.h>
#include <string.h>

#include "bridge.h"
#include "log.h"
#include "plan.h"

/* Of an endpoint that is known to be there; others may be gone, and have to age. */
static bool is_kept(const struct nsa_plan *plan, const struct nsa_fdb *fdb)
{
	const struct nsaccel_port *port = nsa_plan_find_port(plan, fdb->port);
	const struct nsa_link *link = nsa_view_link(plan->view, fdb->port);

	return port && port->steer && port->kind == NSACCEL_KIND_VETH && link &&
	       link->port.learning && !(fdb->state & (NUD_PERMANENT | NUD_NOARP)) &&
	       !memcmp(port->endpoint_mac, fdb->mac, NSACCEL_MAC_LEN);
}

void nsa_bridges_refresh(struct nsa_owner *owner)
{
	struct nsa_view *view = owner->view;
	struct nsa_plan plan;
	int r;

	nsa_owner_plan(owner, &plan);
	for (size_t i = 0; i < view->fdb_count; i++) {
		if (!is_kept(&plan, &view->fdb[i]))
			continue;
		r = nsa_view_open(view);
		if (!r)
			r = nsa_rtnl_fdb_use(view->rtnl, view->fdb[i].port, view->fdb[i].mac);
		if (r < 0 && r != -ENOENT)
			nsa_debug("refresh a bridge's entry: %s", strerror(-r));
	}
	nsa_view_close(view);
}
