// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>

#include "reconcile/diff.h"

void nsa_diff_report(struct nsa_diff *changes, const char *event, __u64 cookie, const char *key,
		     const char *subject, const char *detail, ...)
{
	struct nsa_difference change = {
		.event = event, .cookie = cookie, .key = key, .subject = subject, .detail = ""
	};
	char text[256];
	va_list ap;

	changes->count++;
	if (!changes->report)
		return;
	va_start(ap, detail);
	vsnprintf(text, sizeof(text), detail, ap);
	va_end(ap);
	change.detail = text;
	changes->report(changes->data, &change);
}
