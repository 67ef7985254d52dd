// SPDX-License-Identifier: GPL-2.0-only
#include "maps/flows.h"
#include "maps/mapped.h"
#include "util/clock.h"

#define FLOW_USE_SIZE (NSACCEL_MAX_NETNS * sizeof(struct nsaccel_flow_use))
/* A namespace is over its quota until so long after the last flow that was refused. */
#define OVER_NS 10000000000ULL

int nsa_maps_flow_use_map(struct nsa_maps *maps)
{
	return nsa_maps_mmap(maps, NSA_MAP_FLOW_USE, FLOW_USE_SIZE, (void **)&maps->flow_use);
}

void nsa_maps_flow_use_unmap(struct nsa_maps *maps)
{
	nsa_maps_munmap(maps->flow_use, FLOW_USE_SIZE);
}

void nsa_maps_flow_quota(const struct nsa_maps *maps, __u32 slot, __u32 quota)
{
	volatile struct nsaccel_flow_use *use = &maps->flow_use[slot];

	use->quota = quota * NSACCEL_QUOTA_FLOWS;
}

void nsa_maps_flow_forget(const struct nsa_maps *maps, __u32 slot)
{
	volatile struct nsaccel_flow_use *use = &maps->flow_use[slot];

	use->quota = 0;
	use->refused = 0;
}

bool nsa_maps_flow_over(const struct nsa_maps *maps, __u32 slot)
{
	volatile const struct nsaccel_flow_use *use = &maps->flow_use[slot];
	__u64 refused = use->refused, now = nsa_clock();

	return refused && (now < refused || now - refused < OVER_NS);
}
