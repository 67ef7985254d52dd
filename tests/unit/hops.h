/* SPDX-License-Identifier: GPL-2.0-only */
/* Next hops that tests tell apart by a number. */
#ifndef NSA_TEST_HOPS_H
#define NSA_TEST_HOPS_H

#include <linux/types.h>

#include "user/model/nexthops.h"

/* The next hop with this number; the caller's reference. 0: no memory. */
__u32 hops_get(struct nsa_nexthops *hops, __u32 number);

#endif
