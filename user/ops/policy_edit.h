/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes an owner's rules: as a whole, and at once for every packet, or not at all. */
#ifndef NSA_OPS_POLICY_EDIT_H
#define NSA_OPS_POLICY_EDIT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "nsaccel/abi.h"

enum nsa_policy_verb {
	NSA_POLICY_ADD,	       /* one rule; -EEXIST if there is one like it */
	NSA_POLICY_DEL,	       /* the rule that is like this one; -ENOENT */
	NSA_POLICY_DEL_NUMBER, /* the rule with that number; -ENOENT */
	NSA_POLICY_REPLACE,    /* all rules */
};

/* Namespaces, NAME|PID|PATH, are looked up with the lock held; NULL: the rule names none there. */
struct nsa_policy_edit_rule {
	struct nsaccel_policy_rule rule; /* without owner_slot, from_cookie and to_cookie */
	const char *from_netns, *to_netns;
	bool set_pref; /* false: after all others */
};

struct nsa_policy_edit_request {
	const char *bpffs;
	const char *netns; /* the owner; NULL: the caller's namespace */
	enum nsa_policy_verb verb;
	const struct nsa_policy_edit_rule *rules;
	size_t count;
	__u32 number;
};

/* The rule that made an edit fail. */
struct nsa_policy_edit_error {
	size_t index; /* in the request */
	char why[PATH_MAX +
		 64]; /* for people, not logged; "": it was no rule's fault, and was logged */
};

/* 0 or -errno, explained as struct nsa_policy_edit_error has it. */
int nsa_policy_edit(const struct nsa_policy_edit_request *request,
		    struct nsa_policy_edit_error *error);

#endif
