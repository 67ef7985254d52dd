/* SPDX-License-Identifier: GPL-2.0-only */
/* May a namespace send the frame: the source guard, and its rate. */
#ifndef NSA_STAGE_SOURCE_CHECK_H
#define NSA_STAGE_SOURCE_CHECK_H

#include "core/bpf.h"
#include "core/context.h"
#include "core/reason.h"
#include "map/owners.h"
#include "stage/guard.h"
#include "stage/limit.h"

/* Also reads the settings of the source's namespace: 0, or a negative reason. Packets that the
 * guard passes to the kernel count for the rate. */
static __always_inline int nsa_source_check(struct __sk_buff *skb, const struct nsa_pkt *pkt,
					    struct nsa_source *src)
{
	int r, limit;

	nsa_isolation_read(src->slot, &src->isolation);
	r = nsa_guard(skb, pkt, src);
	if (r && src->isolation.guard == NSACCEL_GUARD_DROP)
		return nsa_guard_drop(r);
	limit = nsa_limit(skb, &src->isolation, src->slot, NSACCEL_DIRECTION_OUT);
	return limit ? limit : r;
}

#endif
