/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a firewall rule has to see every packet of a flow. With a gate, the kernel sees one
 * packet a second of each flow on the fast path. Rules are evaluated part by part, in the
 * kernel's order.
 *
 * Packets on the fast path are TCP or UDP, without SYN, FIN, RST, fragments and options, of
 * connections that are established: the rules have accepted packets in both directions.
 */
#ifndef NSA_FIREWALL_RULE_H
#define NSA_FIREWALL_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

struct nsa_firewall_report;

enum nsa_rule_part {
	NSA_PART_NEUTRAL,     /* no condition */
	NSA_PART_SELECTS,     /* a condition that is equal for all packets of a flow */
	NSA_PART_EVERY,	      /* a condition or action for each packet by itself */
	NSA_PART_LASTS,	      /* an action that applies to each later packet of the connection */
	NSA_PART_SLOW,	      /* a condition that no packet on the fast path meets */
	NSA_PART_ESTABLISHED, /* a condition that all established packets meet */
	NSA_PART_ACCEPTS,
	NSA_PART_UNTRACKS, /* established connections may not be recognized as such */
};

struct nsa_rules {
	struct nsa_firewall_report *report;
	bool past_established; /* an earlier rule of the chain accepts all established packets */
	/* The current rule: */
	bool slow, selects, established;
};

void nsa_rules_begin_chain(struct nsa_rules *rules);
void nsa_rules_begin_rule(struct nsa_rules *rules);
/* Adds the next part of the rule. fmt: its name and place. */
void nsa_rules_add(struct nsa_rules *rules, enum nsa_rule_part part, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Whether packets of established connections, and thus of the fast path, reach the current part. */
bool nsa_rules_see_established(const struct nsa_rules *rules);

/* A match of TCP flags: (flags & mask) == value, or != if not equal. */
enum nsa_rule_part nsa_part_tcp_flags(__u8 mask, bool equal, __u8 value);
/* A match or target of iptables or ebtables, with its data. */
enum nsa_rule_part nsa_part_extension(const char *name, __u8 revision, const void *data,
				      size_t size);

#endif
