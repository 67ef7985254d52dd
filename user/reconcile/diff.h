/* SPDX-License-Identifier: GPL-2.0-only */
/* Differences between the kernel's state and the maps, reported as they are reconciled. */
#ifndef NSA_RECONCILE_DIFF_H
#define NSA_RECONCILE_DIFF_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct nsa_difference {
	const char *event; /* "route-add", "port-del", ... */
	__u64 cookie;	   /* namespace that the difference belongs to */
	const char *key;   /* type of subject: "prefix", "dev", ... */
	const char *subject;
	const char *detail; /* free text; "": none */
};

struct nsa_diff {
	bool dry; /* only report, change nothing */
	size_t count;
	/* Callback for each difference; NULL: they are only counted. */
	void (*report)(void *data, const struct nsa_difference *change);
	void *data;
};

/* Counts a difference and reports it. detail: a printf format. */
void nsa_diff_report(struct nsa_diff *changes, const char *event, __u64 cookie, const char *key,
		     const char *subject, const char *detail, ...)
	__attribute__((format(printf, 6, 7)));

#endif
