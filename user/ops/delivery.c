// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "dataplane/port.h"
#include "model/device_kind.h"
#include "ops/delivery.h"
#include "ops/requested.h"
#include "util/cleanup.h"
#include "util/log.h"

/* asked false: it is put back. */
static int put_delivery(struct nsa_state *state, const struct nsa_netns *owner,
			struct nsa_port_entry *entry, enum nsaccel_delivery delivery, bool asked)
{
	int r;

	entry->port.delivery = delivery;
	r = nsa_port_write_record(state->session->maps, entry);
	return r ?: nsa_requested_deliver(state, owner, asked ? (int)entry->key.ifindex : 0);
}

int nsa_delivery_set(const char *bpffs, const char *netns, const char *dev,
		     enum nsaccel_delivery delivery)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_state_finishp) struct nsa_state *state = NULL;
	const struct nsa_netns *owner = NULL;
	struct nsa_port_entry entry;
	enum nsaccel_delivery before;
	int r;

	r = nsa_requested_open(bpffs, netns, &session, &owner, &state);
	if (!r)
		r = nsa_requested_port(state, owner, dev, &entry);
	if (r == -EALREADY)
		return nsa_err(-ENOENT, "%s is not attached in namespace %s any more", dev,
			       owner->name);
	if (r)
		return r;
	if (!nsa_kind(entry.port.kind)->owns_port)
		return nsa_err(
			-EOPNOTSUPP,
			"%s leads to no veth endpoint, and only into these there is a choice of "
			"delivery; nsaccel endpoint show lists them",
			dev);
	before = entry.port.delivery;
	r = put_delivery(state, owner, &entry, delivery, true);
	if (r < 0)
		put_delivery(state, owner, &entry, before, false);
	return r;
}
