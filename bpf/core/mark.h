/* SPDX-License-Identifier: GPL-2.0-only */
/* Marks in skb->cb, by which the egress program knows what a program of the same owner sent. */
#ifndef NSA_CORE_MARK_H
#define NSA_CORE_MARK_H

#include "core/bpf.h"

/* Where in skb->cb the mark stands. A marked frame was redirected by us: the kernel's rules haven't
 * seen it, and it may enter the namespace that it is sent to. IP doesn't clear this part of cb, and
 * a tenant's programs may write to it. So a port's ingress clears it, the marks are random numbers
 * of the owner, set at load, the egress program clears what it has read, and no mark is set where
 * no program reads it: at egress, and at ingress of a macvlan's lower, where frames are turned
 * round. */
#define NSA_CB_SENT 4
const volatile __u32 nsaccel_mark_sent = 0;
const volatile __u32 nsaccel_mark_wire =
	0; /* likewise, of a frame that is for the wire: see topo/share.h */

#endif
