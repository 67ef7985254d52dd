/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does a rule have to see every packet of a flow, of which the fast path would
 * show it one a second? Rules are read part by part, in the order in which the
 * kernel evaluates them.
 *
 * What takes the fast path is TCP or UDP, without SYN, FIN, RST, fragments and
 * options, and went through the rules in both directions: it is established.
 */
#ifndef NSA_FIREWALL_RULE_H
#define NSA_FIREWALL_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

struct nsa_firewall_report;

enum nsa_rule_part {
	NSA_PART_NEUTRAL,     /* concerns all packets alike */
	NSA_PART_SELECTS,     /* goes by what all packets of a flow have in common */
	NSA_PART_EVERY,	      /* does something, or not, to each packet by itself */
	NSA_PART_LASTS,	      /* has something done to each packet of the connection from then on */
	NSA_PART_SLOW,	      /* lets nothing through that could take the fast path */
	NSA_PART_ESTABLISHED, /* lets all through that is established */
	NSA_PART_ACCEPTS,
	NSA_PART_UNTRACKS, /* makes that what is established may look as if it weren't */
};

struct nsa_rules {
	struct nsa_firewall_report *report;
	bool past_established; /* what is established was accepted earlier in the chain */
	/* Of the rule: */
	bool slow, selects, established;
};

void nsa_rules_begin_chain(struct nsa_rules *rules);
void nsa_rules_begin_rule(struct nsa_rules *rules);
/* The rule's next part; fmt: what it is, and where. */
void nsa_rules_add(struct nsa_rules *rules, enum nsa_rule_part part, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Does what is established, hence what could take the fast path, get to where the rule has come? */
bool nsa_rules_see_established(const struct nsa_rules *rules);

/* Matches by TCP flags: those in the mask are equal to value, or aren't. */
enum nsa_rule_part nsa_part_tcp_flags(__u8 mask, bool equal, __u8 value);
/* A match or target of iptables or ebtables, and its data. */
enum nsa_rule_part nsa_part_extension(const char *name, __u8 revision, const void *data,
				      size_t size);

#endif
