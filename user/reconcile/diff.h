/* SPDX-License-Identifier: GPL-2.0-only */
/* What is found to differ from the kernel's state, and changed: told to whoever wants to know. */
#ifndef NSA_RECONCILE_DIFF_H
#define NSA_RECONCILE_DIFF_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct nsa_difference {
	const char *event; /* "route-add", "port-del", ... */
	__u64 cookie;	   /* of the namespace that it is about */
	const char *key;   /* what subject is: "prefix", "dev", ... */
	const char *subject;
	const char *detail; /* for people; "" none */
};

struct nsa_diff {
	bool dry; /* nothing is changed: only told */
	size_t count;
	/* NULL: nobody listens, and nothing is put into words. */
	void (*tell)(void *data, const struct nsa_difference *change);
	void *data;
};

/* Counts the change, and tells of it. */
void nsa_diff_report(struct nsa_diff *changes, const char *event, __u64 cookie, const char *key,
		     const char *subject, const char *detail, ...)
	__attribute__((format(printf, 6, 7)));

#endif
