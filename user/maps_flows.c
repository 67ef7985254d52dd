// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sys/mman.h>

#include "clock.h"
#include "maps.h"

#define FLOW_USE_SIZE (NSACCEL_MAX_NETNS * sizeof(struct nsaccel_flow_use))
/* So long nothing has to be refused until it is within its quota again. */
#define OVER_NS 10000000000ULL

int nsa_maps_flow_use_map(struct nsa_maps *maps)
{
	void *use = mmap(NULL, FLOW_USE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 maps->fd[NSA_MAP_FLOW_USE], 0);

	if (use == MAP_FAILED)
		return -errno;
	maps->flow_use = use;
	return 0;
}

void nsa_maps_flow_use_unmap(struct nsa_maps *maps)
{
	if (maps->flow_use)
		munmap(maps->flow_use, FLOW_USE_SIZE);
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
