// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "maps/follower.h"
#include "maps/owners.h"
#include "maps/pin.h"
#include "maps/ports.h"
#include "ops/owner_notes.h"
#include "ops/query_session.h"
#include "ops/query_status.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/log.h"

static void fill_surroundings(struct nsa_status *out)
{
	struct utsname kernel = {};
	struct nsa_follower follower;

	uname(&kernel);
	snprintf(out->kernel, sizeof(out->kernel), "%s", kernel.release);
	out->bpffs = nsa_pin_bpffs();
	nsa_follower_look(&follower);
	out->daemon.runs = follower.runs;
	out->daemon.died = follower.died;
	out->view_time = follower.time;
	out->view_age = follower.age;
}

static bool concerns(const struct nsaccel_port *port, const struct nsa_netns *only)
{
	return nsa_query_wants(only, port->owner_cookie) ||
	       nsa_query_wants(only, port->endpoint_cookie);
}

static int fill_owner(const struct nsa_session *session, const struct nsa_port_entry *first,
		      struct nsa_owner_info *out)
{
	__u64 cookie = first->port.owner_cookie;
	struct nsaccel_owner record = {};

	out->netns = nsa_netns_ref(session, cookie);
	nsa_maps_owner_get(session->maps, first->key.owner_slot, &record);
	out->firewall = record.firewall;
	out->static_mode = record.static_mode;
	return nsa_owner_notes(session, cookie, &out->notes);
}

static int out_of_memory(void)
{
	return nsa_err(-ENOMEM, "list ports: %s", strerror(ENOMEM));
}

/* Ports of one owner stand together. 0 or -errno, logged. */
static int fill_owners(const struct nsa_session *session, const struct nsa_netns *only,
		       const struct nsa_port_entry *ports, size_t count, struct nsa_status *out)
{
	struct nsa_owner_info *owner = NULL;
	size_t room = 0, port_room = 0;
	struct nsa_port_info *port;
	int r;

	for (size_t i = 0; i < count; i++) {
		if (!concerns(&ports[i].port, only))
			continue;
		if (!owner || owner->netns.cookie != ports[i].port.owner_cookie) {
			owner = ARRAY_ADD(out->owners, out->owner_count, room);
			r = owner ? fill_owner(session, &ports[i], owner) : out_of_memory();
			if (r < 0)
				return r;
			port_room = 0;
		}
		port = ARRAY_ADD(owner->ports, owner->port_count, port_room);
		if (!port)
			return out_of_memory();
		*port = nsa_port_info_read(session, &ports[i]);
	}
	return 0;
}

int nsa_query_status(const struct nsa_query *query, struct nsa_status *out)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	const struct nsa_netns *only;
	size_t count = 0;
	int r;

	*out = (struct nsa_status){};
	r = nsa_query_open(query, &session, &only);
	if (r < 0)
		return r;
	fill_surroundings(out);
	if (!session.maps)
		return 0;
	r = nsa_maps_ports(session.maps, &ports, &count);
	if (r < 0)
		return nsa_err(r, "read map ports: %s", strerror(-r));
	return fill_owners(&session, only, ports, count, out);
}

void nsa_status_free(struct nsa_status *status)
{
	for (size_t i = 0; i < status->owner_count; i++) {
		free(status->owners[i].ports);
		nsa_notes_free(&status->owners[i].notes);
	}
	free(status->owners);
	*status = (struct nsa_status){};
}
