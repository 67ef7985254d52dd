// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "maps/ports.h"
#include "model/device_kind.h"
#include "reconcile/owner.h"
#include "reconcile/requests.h"
#include "reconcile/state.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/log.h"

int nsa_requests_read(const struct nsa_session *session, __u64 cookie, struct nsa_ports *out)
{
	size_t total, n = 0;
	int r = nsa_owner_all_ports(session, cookie, out);

	total = r < 0 ? 0 : out->count;
	for (size_t i = 0; i < total; i++)
		if (nsa_is_absent(&out->entries[i]))
			out->entries[n++] = out->entries[i];
	if (!r)
		out->count = n;
	return r;
}

static struct nsa_port_entry *find_absent(const struct nsa_owner *owner, const char *name)
{
	for (size_t i = 0; i < owner->absent.count; i++)
		if (!strcmp(owner->absent.entries[i].port.name, name))
			return &owner->absent.entries[i];
	return NULL;
}

/* The same conditions as in attach. A device that leads to a confined namespace is never a wire. */
static bool may_be_wire(const struct nsa_owner *owner, const struct nsa_link *link)
{
	const struct nsa_snapshot_endpoint *ep =
		nsa_snapshot_veth_endpoint(owner->snapshot, link->ifindex);

	return link->ethernet && !(link->flags & IFF_LOOPBACK) &&
	       (!link->master || nsa_device_is_bridged(link)) && !(ep && ep->bound);
}

const struct nsa_port_entry *nsa_requests_find(const struct nsa_owner *owner,
					       const struct nsa_link *link)
{
	const struct nsa_port_entry *absent = find_absent(owner, link->name);

	return absent && may_be_wire(owner, link) ? absent : NULL;
}

static __u32 free_key(const struct nsa_ports *absent)
{
	__u32 key = NSACCEL_ABSENT;

	for (size_t i = 0; i < absent->count; i++) /* sorted by ifindex */
		if (absent->entries[i].key.ifindex == key)
			key++;
	return key;
}

static int insert_absent(struct nsa_ports *absent, const struct nsa_port_entry *entry)
{
	struct nsa_port_entry *item;
	size_t at = absent->count;

	while (at && absent->entries[at - 1].key.ifindex > entry->key.ifindex)
		at--;
	item = ARRAY_INSERT(absent->entries, absent->count, absent->room, at);
	if (!item)
		return -ENOMEM;
	*item = *entry;
	return 0;
}

int nsa_requests_keep(struct nsa_state *state, struct nsa_owner *owner,
		      const struct nsa_port_entry *entry)
{
	struct nsa_port_entry absent = {
		.key = { owner->slot, free_key(&owner->absent) },
		.port = { .owner_cookie = owner->cookie,
			  .mode = entry->port.mode,
			  .requested = 1,
			  .kind = NSACCEL_KIND_NIC },
	};
	int r = 0;

	if (find_absent(owner, entry->port.name))
		return 0;
	nsa_diff_report(&state->diff, "port-missing", owner->cookie, "dev", entry->port.name, "%s",
			"");
	if (state->diff.dry)
		return 0;
	memcpy(absent.port.name, entry->port.name, sizeof(absent.port.name));
	r = nsa_maps_port_put(state->session->maps, absent.key.owner_slot, absent.key.ifindex,
			      &absent.port);
	if (!r)
		r = insert_absent(&owner->absent, &absent);
	if (r < 0)
		return nsa_err(r, "write port %s: %s", entry->port.name,
			       nsa_maps_strerror(r, NSA_MAP_PORTS));
	nsa_warn("%s, which is attached in namespace %s, is gone; a device of that name will be "
		 "attached again, unless nsaccel detach %s comes first",
		 entry->port.name, owner->ns->name, entry->port.name);
	return 0;
}

/* The port's record may not be in the map, if it could not be written. */
static bool is_attached(const struct nsa_state *state, const struct nsa_owner *owner,
			const char *name)
{
	for (size_t i = 0; i < owner->ports.count; i++) {
		const struct nsa_port_entry *entry = &owner->ports.entries[i];
		struct nsaccel_port port;

		if (entry->port.requested && !strcmp(entry->port.name, name))
			return !nsa_maps_port_get(state->session->maps, owner->slot,
						  entry->key.ifindex, &port) &&
			       port.requested;
	}
	return false;
}

int nsa_requests_drop_found(const struct nsa_run *run, struct nsa_owner *owner)
{
	struct nsa_ports *absent = &owner->absent;
	size_t n = 0;
	int r, first = 0;

	for (size_t i = 0; i < absent->count; i++) {
		const struct nsa_port_entry entry = absent->entries[i];

		if (run->state->diff.dry || !is_attached(run->state, owner, entry.port.name)) {
			absent->entries[n++] = entry;
			continue;
		}
		r = nsa_maps_port_del(run->state->session->maps, owner->slot, entry.key.ifindex);
		if (r < 0) {
			absent->entries[n++] = entry;
			first = first ?: r;
			continue;
		}
		if (!run->synchronous) /* a command has attached it */
			nsa_info("%s is back in namespace %s, and attached again", entry.port.name,
				 owner->ns->name);
	}
	absent->count = n;
	return first < 0 ? nsa_err(first, "remove ports: %s", strerror(-first)) : 0;
}
