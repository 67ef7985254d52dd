/* SPDX-License-Identifier: GPL-2.0-only */
/* Classes of reasons, as NSACCEL_REASONS has them. A stage returns 0, or a negative reason why the
 * packet isn't sent on. */
#ifndef NSA_CORE_REASON_H
#define NSA_CORE_REASON_H

#include "core/bpf.h"

enum nsa_reason_class {
	NSA_CLASS_FWD,
	NSA_CLASS_PASS,
	NSA_CLASS_MISS,
	NSA_CLASS_END,
	NSA_CLASS_GUARD,
	NSA_CLASS_DROP,
};

/* Numbers that are no reason count as drops. The compiler turns the cases of a class into one
 * comparison. */
static __always_inline bool nsa_reason_is(__u32 reason, const enum nsa_reason_class class)
{
	switch (reason) {
#define NSA_REASON_CASE(CLASS, NAME, field, text)                                                  \
	case NSACCEL_##NAME:                                                                       \
		return NSA_CLASS_##CLASS == class;
		NSACCEL_REASONS(NSA_REASON_CASE)
#undef NSA_REASON_CASE
	default:
		return NSA_CLASS_DROP == class;
	}
}

static __always_inline bool nsa_is_drop(__u32 reason)
{
	return nsa_reason_is(reason, NSA_CLASS_DROP);
}

/* The kernel gets the packet. */
static __always_inline bool nsa_is_pass(__u32 reason)
{
	return !nsa_reason_is(reason, NSA_CLASS_FWD) && !nsa_reason_is(reason, NSA_CLASS_DROP);
}

/* Turns a negative reason of the class GUARD into the one that drops such a packet. */
static __always_inline int nsa_guard_drop(int r)
{
	enum {
		distance = NSACCEL_DROP_GUARD_MAC - NSACCEL_PASS_GUARD_MAC
	};

	_Static_assert(NSACCEL_DROP_GUARD_SOURCE - NSACCEL_PASS_GUARD_SOURCE == distance &&
			       NSACCEL_DROP_GUARD_ARP - NSACCEL_PASS_GUARD_ARP == distance &&
			       NSACCEL_DROP_GUARD_ND - NSACCEL_PASS_GUARD_ND == distance,
		       "reasons of the guard are in the same order");
	return r - distance;
}

#endif
