/* SPDX-License-Identifier: GPL-2.0-only */
/* Marks in skb->cb, by which the egress program knows what a program of the same owner sent. */
#ifndef NSA_CORE_MARK_H
#define NSA_CORE_MARK_H

#include "core/bpf.h"

/* In skb->cb: we redirected it, its leaving shows nothing of the kernel, and it may enter where it
 * is sent. In the part of cb that IP doesn't clear, and that a tenant's programs may write: so what
 * comes in by a port has it cleared, and the marks are the owner's secret, random numbers, set at
 * load. Who reads a mark takes it away, and where nobody does none is set. */
#define NSA_CB_SENT 4
const volatile __u32 nsaccel_mark_sent = 0;
const volatile __u32 nsaccel_mark_wire = 0; /* likewise, and is for the wire: see share.h */

#endif
