// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "util/names.h"

const char *nsa_reason_field(enum nsaccel_reason reason)
{
	static const char *const names[] = {
#define FIELD(CLASS, NAME, field, text) #field,
		NSACCEL_REASONS(FIELD)
#undef FIELD
	};

	return NSA_NAME(names, reason);
}

const char *nsa_reason_text(enum nsaccel_reason reason)
{
	static const char *const names[] = {
#define TEXT(CLASS, NAME, field, text) text,
		NSACCEL_REASONS(TEXT)
#undef TEXT
	};

	return NSA_NAME(names, reason);
}

const char *nsa_action_name(enum nsaccel_action action)
{
	static const char *const names[] = { "none", "pass", "drop", "reject",
					     "fib",  "nic",  "veth", "macvlan" };

	return NSA_NAME(names, action);
}

const char *nsa_hook_name(enum nsaccel_hook hook)
{
	static const char *const names[] = { "xdp", "tc_ingress", "tc_egress" };

	return NSA_NAME(names, hook);
}

const char *nsa_kind_name(enum nsaccel_kind kind)
{
	static const char *const names[] = { "none", "nic", "veth", "macvlan" };

	return NSA_NAME(names, kind);
}

const char *nsa_origin_name(enum nsaccel_origin origin)
{
	static const char *const names[] = { "none", "static", "endpoint", "kernel", "neighbour" };

	return NSA_NAME(names, origin);
}

const char *nsa_bound_name(enum nsaccel_bound bound)
{
	static const char *const names[] = {
		"none", "itself", "moved", "unseen", "closed", "wire"
	};

	return NSA_NAME(names, bound);
}

const char *nsa_delivery_name(enum nsaccel_delivery delivery)
{
	static const char *const names[] = { "tc", "xdp" };

	return NSA_NAME(names, delivery);
}

const char *nsa_verdict_name(enum nsaccel_verdict verdict)
{
	static const char *const names[] = { "allow", "deny" };

	return NSA_NAME(names, verdict);
}

const char *nsa_over_text(__u16 over, char text[NSA_OVER_TEXT])
{
	static const char *const names[] = { "addresses", "next hops", "bridge entries",
					     "flows (8 for each)", "macvlans" };
	size_t at = 0;

	_Static_assert(NSACCEL_QUOTA_FLOWS == 8, "as the text says");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (over & 1U << i)
			at += (size_t)snprintf(text + at, NSA_OVER_TEXT - at, "%s%s",
					       at ? ", " : "", names[i]);
	return at ? text : "nothing";
}
