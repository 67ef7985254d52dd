// SPDX-License-Identifier: GPL-2.0-only
/* Next hops that tests tell apart by a number. */
#include "hops.h"
#include "user/model/nexthops.h"

static struct nsaccel_nexthop key_of(__u32 number)
{
	return (struct nsaccel_nexthop){ .owner_slot = 1,
					 .target = NSACCEL_TARGET_LINK,
					 .target_ifindex = number };
}

__u32 hops_get(struct nsa_nexthops *hops, __u32 number)
{
	const struct nsaccel_nexthop key = key_of(number);

	return nsa_nexthops_get(hops, &key);
}
