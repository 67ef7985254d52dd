// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "maps/flows.h"
#include "maps/isolation.h"
#include "maps/netns.h"
#include "ops/netns_apply.h"
#include "ops/netns_config.h"
#include "ops/netns_sources.h"
#include "util/cleanup.h"
#include "util/log.h"

static struct nsaccel_isolation merge(const struct nsa_netns_subject *subject,
				      const struct nsa_netns_config_request *request)
{
	struct nsaccel_isolation to = subject->isolation;

	to.cookie = subject->ns->cookie;
	if (request->set_isolated) {
		to.isolated = request->isolated;
		to.guard = request->isolated ? NSACCEL_GUARD_DROP : NSACCEL_GUARD_PASS;
		to.on_miss = request->isolated ? NSACCEL_ON_MISS_DROP : NSACCEL_ON_MISS_PASS;
	}
	if (request->set_guard)
		to.guard = request->guard;
	if (request->set_on_miss)
		to.on_miss = request->on_miss;
	if (request->set_policy)
		to.policy = request->policy;
	if (request->set_sources)
		to.pinned = request->source_count > 0;
	return to;
}

static int put_quota(const struct nsa_netns_subject *subject, __u16 quota, __u16 *before)
{
	const struct nsa_maps *maps = subject->session.maps;
	struct nsaccel_netns ns;
	int r = nsa_maps_netns_get(maps, subject->ns->cookie, &ns);

	if (!r) {
		*before = ns.quota;
		ns.quota = quota;
		r = nsa_maps_netns_put(maps, subject->ns->cookie, &ns);
	}
	if (r < 0)
		return nsa_err(r, "write map netns: %s", strerror(-r));
	nsa_maps_flow_quota(maps, ns.slot, quota);
	return 0;
}

static int set_isolation(const struct nsa_netns_subject *subject,
			 const struct nsaccel_isolation *to,
			 const struct nsa_netns_config_request *request)
{
	return request->set_sources ?
		       nsa_netns_sources_set(subject, to, request->sources, request->source_count) :
		       nsa_netns_apply(subject, to);
}

static int set_all(const struct nsa_netns_subject *subject, const struct nsaccel_isolation *to,
		   const struct nsa_netns_config_request *request)
{
	__u16 before = 0, ignored;
	int r = request->set_quota ? put_quota(subject, request->quota, &before) : 0;

	if (r < 0)
		return r;
	r = set_isolation(subject, to, request);
	if (r < 0 && request->set_quota)
		put_quota(subject, before, &ignored);
	return r;
}

/* Nobody is warned any more that who had the name before was confined: it was decided for this one,
 * be it that it is open. A quota decides nothing of that. */
static void end_lapse(const struct nsa_netns_subject *subject,
		      const struct nsa_netns_config_request *request)
{
	if (request->set_isolated || request->set_guard || request->set_on_miss ||
	    request->set_policy || request->set_sources)
		nsa_maps_lapsed_del(subject->session.maps, subject->ns->name);
}

int nsa_netns_config_set(const struct nsa_netns_config_request *request)
{
	__cleanup(nsa_netns_subject_close) struct nsa_netns_subject subject = NSA_NETNS_SUBJECT;
	struct nsaccel_isolation to;
	int r;

	r = nsa_netns_subject_open(request->bpffs, request->netns, request->dev, &subject);
	if (r)
		return r;
	to = merge(&subject, request);
	r = nsa_netns_subject_check(&subject, &to);
	if (r < 0)
		return r;
	subject.policy_changes = to.policy != subject.isolation.policy;
	r = set_all(&subject, &to, request);
	if (!r)
		end_lapse(&subject, request);
	return r;
}
