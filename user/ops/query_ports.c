// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/ports.h"
#include "ops/query_ports.h"
#include "ops/query_session.h"
#include "util/cleanup.h"
#include "util/log.h"

int nsa_query_ports(const char *bpffs, __u64 owner_cookie, struct nsa_port_info **out,
		    size_t *count)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	struct nsa_port_info *all;
	size_t port_count = 0, n = 0;
	int r;

	*out = NULL;
	*count = 0;
	r = nsa_session_open(bpffs, &session);
	if (r < 0 || !session.maps)
		return r;
	r = nsa_maps_ports(session.maps, &ports, &port_count);
	all = r < 0 ? NULL : calloc(port_count + 1, sizeof(*all));
	if (!all)
		return nsa_err(r < 0 ? r : -ENOMEM, "read map ports: %s",
			       strerror(r < 0 ? -r : ENOMEM));
	for (size_t i = 0; i < port_count; i++)
		if (ports[i].port.owner_cookie == owner_cookie)
			all[n++] = nsa_port_info_read(&session, &ports[i]);
	*out = all;
	*count = n;
	return 0;
}
