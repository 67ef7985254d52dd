// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>

#include "firewall/fields.h"
#include "firewall/report.h"
#include "firewall/rule.h"

#define TCP_FLAGS_OFFSET 13

void nsa_rules_begin_chain(struct nsa_rules *rules)
{
	rules->past_established = false;
}

void nsa_rules_begin_rule(struct nsa_rules *rules)
{
	rules->slow = rules->selects = rules->established = false;
}

bool nsa_rules_see_established(const struct nsa_rules *rules)
{
	return !rules->slow && !rules->past_established;
}

void nsa_rules_add(struct nsa_rules *rules, enum nsa_rule_part part, const char *fmt, ...)
{
	char item[192];
	va_list args;

	va_start(args, fmt);
	vsnprintf(item, sizeof(item), fmt, args);
	va_end(args);
	switch (part) {
	case NSA_PART_NEUTRAL:
		break;
	case NSA_PART_SELECTS:
		rules->selects = true;
		break;
	case NSA_PART_SLOW:
		rules->slow = true;
		break;
	case NSA_PART_ESTABLISHED:
		rules->established = true;
		break;
	case NSA_PART_ACCEPTS:
		rules->past_established |= rules->established && !rules->selects;
		break;
	case NSA_PART_UNTRACKS:
		rules->report->untracks = true;
		break;
	case NSA_PART_LASTS:
		nsa_report_every_packet(rules->report, item);
		break;
	case NSA_PART_EVERY:
		if (nsa_rules_see_established(rules))
			nsa_report_every_packet(rules->report, item);
		else
			rules->report->relies_on_tracking = true;
		break;
	}
}

enum nsa_rule_part nsa_part_tcp_flags(__u8 mask, bool equal, __u8 value)
{
	struct nsa_byte flags = nsa_field_byte(NSA_HEADER_TCP, TCP_FLAGS_OFFSET);

	if (value & ~mask || (flags.value ^ value) & flags.known & mask)
		return equal ? NSA_PART_SLOW : NSA_PART_SELECTS;
	if (flags.varies & mask)
		return NSA_PART_EVERY;
	return equal ? NSA_PART_SELECTS : NSA_PART_SLOW;
}
