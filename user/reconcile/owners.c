// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/ports.h"
#include "reconcile/owners.h"
#include "util/cleanup.h"
#include "util/log.h"

int nsa_owners_list(const struct nsa_session *session, __u64 **out, size_t *count)
{
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	size_t port_count = 0, n = 0;
	__u64 *all;
	int r;

	r = nsa_maps_ports(session->maps, &ports, &port_count);
	all = r < 0 ? NULL : calloc(port_count + 1, sizeof(*all));
	if (!all)
		return nsa_err(r < 0 ? r : -ENOMEM, "read map ports: %s",
			       strerror(r < 0 ? -r : ENOMEM));
	for (size_t i = 0; i < port_count; i++) /* ports of one owner are adjacent */
		if (!n || all[n - 1] != ports[i].port.owner_cookie)
			all[n++] = ports[i].port.owner_cookie;
	*out = all;
	*count = n;
	return 0;
}
