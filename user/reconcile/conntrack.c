// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "dataplane/settings.h"
#include "maps/maps.h"
#include "reconcile/conntrack.h"
#include "util/cleanup.h"
#include "util/log.h"

static int set_liberal(struct nsa_state *state, const struct nsa_owner *owner)
{
	const struct nsa_session *session = state->session;
	struct nsaccel_setting_key key = { owner->cookie, 0, NSACCEL_SETTING_CT_LIBERAL };
	int r;

	if (state->diff.dry)
		return 0;
	if (!owner->gates.routed && !owner->gates.bridged) {
		nsa_settings_restore(session->maps, session->list, &key);
		return 0;
	}
	r = nsa_settings_change(session->maps, owner->cookie, &key, "", 1);
	return r < 0 ? nsa_err(r,
			       "set net.netfilter.nf_conntrack_tcp_be_liberal in namespace %s: %s",
			       owner->ns->name, nsa_maps_strerror(r, NSA_MAP_SETTINGS)) :
		       0;
}

int nsa_conntrack_reconcile(const struct nsa_run *run, struct nsa_owner *owner)
{
	int r = set_liberal(run->state, owner);

	if (r < 0) /* conntrack would mark packets of flows on the fast path as invalid */
		owner->gates.every_packet = true;
	return r;
}
