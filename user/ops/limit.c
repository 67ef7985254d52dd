// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "maps/isolation.h"
#include "ops/limit.h"
#include "ops/netns_apply.h"
#include "util/cleanup.h"
#include "util/log.h"

/* The default burst: so many milliseconds, but not too few bytes or packets, since the kernel hands
 * over up to 64 kB at a time. */
#define BURST_MS	25
#define BURST_BYTES_MIN 131072
#define BURST_MIN	64
#define DEPTH_MAX	(1ULL << 61) /* ns: times are compared by their difference */

static void set_rate(struct nsaccel_rate *rate, __u64 per_second, __u64 unit, __u64 burst,
		     __u64 least)
{
	unsigned __int128 depth;

	memset(rate, 0, sizeof(*rate));
	if (!per_second)
		return;
	if (!burst)
		burst = per_second / unit * BURST_MS / 1000;
	if (burst < least)
		burst = least;
	rate->per_second = per_second;
	rate->burst = burst;
	rate->cost = (__u64)((unsigned __int128)1000000000 * unit * (1 << NSACCEL_COST_SHIFT) /
			     per_second);
	depth = (unsigned __int128)burst * unit * 1000000000 / per_second;
	rate->depth = (__u64)(depth < DEPTH_MAX ? depth : DEPTH_MAX);
}

static void set_rates(const struct nsa_limit_request *request, struct nsaccel_rate *bits,
		      struct nsaccel_rate *packets)
{
	set_rate(bits, request->bits, 8, request->burst_bytes,
		 request->burst_bytes ? 1 : BURST_BYTES_MIN);
	set_rate(packets, request->packets, 1, request->burst_packets,
		 request->burst_packets ? 1 : BURST_MIN);
}

static bool is_limited(const struct nsaccel_limits *limits)
{
	for (int i = 0; i < NSACCEL_DIRECTION_COUNT; i++)
		if (limits->bits[i].per_second || limits->packets[i].per_second)
			return true;
	return false;
}

int nsa_limit_set(const struct nsa_limit_request *request)
{
	__cleanup(nsa_netns_subject_close) struct nsa_netns_subject subject = NSA_NETNS_SUBJECT;
	const struct nsa_maps *maps;
	struct nsaccel_limits limits, before;
	struct nsaccel_isolation to;
	int r;

	r = nsa_netns_subject_open(request->bpffs, request->netns, NULL, &subject);
	if (r)
		return r;
	maps = subject.session.maps;
	r = nsa_maps_limits_get(maps, subject.slot, &before);
	if (r < 0)
		return nsa_err(r, "read map limits: %s", strerror(-r));
	limits = before;
	for (int i = 0; i < NSACCEL_DIRECTION_COUNT; i++)
		if (request->both || i == (int)request->direction)
			set_rates(request, &limits.bits[i], &limits.packets[i]);
	to = subject.isolation;
	to.cookie = subject.ns->cookie;
	to.limited = is_limited(&limits);
	r = nsa_netns_subject_check(&subject, &to);
	if (r < 0)
		return r;
	r = nsa_maps_limits_put(maps, subject.slot, &limits);
	if (r < 0)
		return nsa_err(r, "write map limits: %s", strerror(-r));
	r = nsa_netns_apply(&subject, &to);
	if (r < 0)
		nsa_maps_limits_put(maps, subject.slot, &before);
	return r;
}
