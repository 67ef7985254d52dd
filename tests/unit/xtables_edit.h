/* SPDX-License-Identifier: GPL-2.0-only */
/* Edits tables of legacy iptables and ip6tables by socket options, as their commands do, which
 * Debian does not install by default. */
#ifndef NSA_TEST_XTABLES_EDIT_H
#define NSA_TEST_XTABLES_EDIT_H

#include <linux/netfilter/x_tables.h>
#include <stdbool.h>

#include "user/kernel/netns.h"

struct xtables;

extern const struct xtables iptables, ip6tables;

/* Adds rules that accept to the chain at the hook, NF_INET_*, of a table, and sets its policy to
 * drop if told so. The first use of a table makes it. Skips the test if the kernel has no such
 * table. */
void edit(const struct nsa_netns *ns, const struct xtables *xt, const char *name, unsigned int hook,
	  int rules, bool drop);
/* The same, with a match in each rule. */
void edit_with(const struct nsa_netns *ns, const struct xtables *xt, const char *name,
	       unsigned int hook, int rules, bool drop, const struct xt_entry_match *match);

#endif
