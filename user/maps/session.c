// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "kernel/netns.h"
#include "kernel/netns_list.h"
#include "kernel/netns_open.h"
#include "maps/meta.h"
#include "maps/pin.h"
#include "maps/session.h"
#include "util/cleanup.h"
#include "util/log.h"

void nsa_session_close(struct nsa_session *session)
{
	nsa_maps_close(session->maps);
	nsa_netns_list_free(session->list);
	nsa_closep(&session->lock);
}

int nsa_session_open_maps(struct nsa_session *session)
{
	int r = nsa_maps_open(&session->maps);
	__u32 abi;

	if (r == -ENOENT)
		return 0;
	if (!r)
		r = nsa_maps_abi(session->maps, &abi);
	if (!r && abi && abi != NSACCEL_ABI_VERSION)
		return nsa_err(
			-EPROTO,
			"the maps pinned below %s have ABI %u, this nsaccel speaks %u; detach with "
			"the version that made them",
			nsa_pin_bpffs(), abi, NSACCEL_ABI_VERSION);
	if (!r)
		return 0;
	return nsa_err(r, "open pinned maps below %s: %s%s", nsa_pin_bpffs(), strerror(-r),
		       r == -EPERM || r == -EACCES ? "; run nsaccel as root" : "");
}

static int list_namespaces(struct nsa_session *session)
{
	int r = nsa_netns_list_get(&session->list);

	return r < 0 ? nsa_err(r, "list network namespaces: %s", strerror(-r)) : 0;
}

int nsa_session_read(struct nsa_session *session)
{
	int r = nsa_session_open_maps(session);

	return r < 0 ? r : list_namespaces(session);
}

int nsa_session_open(const char *bpffs, struct nsa_session *out)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	int r;

	r = nsa_pin_init(bpffs);
	if (r < 0)
		return r;
	r = nsa_pin_check_abi();
	if (r < 0 && r != -ENOENT)
		return r;
	r = nsa_session_read(&session);
	if (r < 0)
		return r;
	*out = session;
	session = (struct nsa_session){ .lock = -1 };
	return 0;
}

static int explain_netns(int r, const char *spec)
{
	switch (-r) {
	case ENOENT:
		return nsa_err(r, "no network namespace \"%s\"; ip netns list shows the named ones",
			       spec);
	case ESRCH:
		return nsa_err(r, "no process with PID %s", spec);
	case EINVAL:
		return nsa_err(-ENOENT, "\"%s\" is no network namespace", spec);
	default:
		return nsa_err(r, "open network namespace \"%s\": %s", spec, strerror(-r));
	}
}

int nsa_session_netns(const struct nsa_session *session, const char *spec,
		      const struct nsa_netns **out)
{
	__cleanup(nsa_netns_close) struct nsa_netns ns = { .held = -1 };
	const struct nsa_netns *found;
	int r;

	r = nsa_netns_open(spec, &ns);
	if (r < 0)
		return explain_netns(r, spec ? spec : "(own)");
	found = nsa_netns_find(session->list, ns.cookie);
	if (!found)
		return nsa_err(-ENOENT, "network namespace \"%s\" vanished while it was looked for",
			       spec ? spec : "(own)");
	*out = found;
	return 0;
}
