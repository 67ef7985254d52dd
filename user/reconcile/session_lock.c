// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "dataplane/programs.h"
#include "kernel/features.h"
#include "maps/lock.h"
#include "maps/pin.h"
#include "maps/ports.h"
#include "maps/sequences.h"
#include "reconcile/gc.h"
#include "reconcile/session_lock.h"
#include "util/cleanup.h"
#include "util/log.h"

int nsa_session_lock(const char *bpffs, bool create, struct nsa_session *out)
{
	int r;

	r = nsa_feature_check_privileges();
	if (!r)
		r = nsa_pin_init(bpffs);
	if (!r)
		r = nsa_pin_check_writable();
	if (!r)
		r = nsa_lock_take();
	return r < 0 ? r : nsa_session_locked(r, create, out);
}

/* Removes maps that were made for nothing, since the rest failed. */
static void remove_maps(void)
{
	char path[PATH_MAX];

	if (!nsa_pin_path(path, "%s", ""))
		nsa_pin_remove(path);
	nsa_pin_remove_top();
}

/* Maps that a killed attach has left incomplete are completed: then they can be used, or removed.
 * *found: there were some. *made: there were none, and some may be there now. */
static int make_maps(bool create, bool *found, bool *made)
{
	int r = nsa_pin_check_abi();

	*found = !r;
	*made = false;
	if (r < 0 && r != -ENOENT)
		return r;
	if (!*found && !create) {
		nsa_pin_remove_top(); /* all that a killed detach has left */
		return 0;
	}
	*made = !*found;
	return nsa_dataplane_create_maps();
}

/* Maps without a port are the rest of a detach that was killed or failed while it removed them. An
 * attach can't use the rest: it has namespaces whose own maps are gone. */
static int finish_detach(struct nsa_session *session, bool create)
{
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	size_t count = 0;
	int r = nsa_maps_ports(session->maps, &ports, &count);

	if (r < 0)
		return nsa_err(r, "read map ports: %s", strerror(-r));
	if (count)
		return 0;
	r = nsa_gc_maps(session);
	if (r < 0)
		return r;
	nsa_maps_close(session->maps);
	session->maps = NULL;
	if (!create)
		return 0;
	r = nsa_dataplane_create_maps();
	return r < 0 ? r : nsa_session_open_maps(session);
}

int nsa_session_locked(int lock, bool create, struct nsa_session *out)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = lock };
	bool found, made;
	int r;

	r = make_maps(create, &found, &made);
	if (!r)
		r = nsa_session_read(&session);
	if (!r && session.maps)
		nsa_maps_sequences_mend(session.maps);
	if (!r && session.maps && found)
		r = finish_detach(&session, create);
	if (r < 0 && made)
		remove_maps();
	if (r < 0)
		return r;
	*out = session;
	session = (struct nsa_session){ .lock = -1 };
	return 0;
}
