// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>

#include "firewall_report.h"
#include "firewall_rule.h"

#define TCP_FIN	    0x01
#define TCP_SYN	    0x02
#define TCP_RST	    0x04
#define TCP_CONTROL (TCP_FIN | TCP_SYN | TCP_RST)

void nsa_rules_begin_chain(struct nsa_rules *rules)
{
	rules->past_established = false;
}

void nsa_rules_begin_rule(struct nsa_rules *rules)
{
	rules->slow = rules->selects = rules->established = false;
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
		if (rules->slow || rules->past_established)
			rules->report->relies_on_tracking = true;
		else
			nsa_report_every_packet(rules->report, item);
		break;
	}
}

enum nsa_rule_part nsa_part_tcp_flags(__u8 mask, bool equal, __u8 value)
{
	if (value & TCP_CONTROL)
		return equal ? NSA_PART_SLOW : NSA_PART_SELECTS;
	if (mask & ~TCP_CONTROL)
		return NSA_PART_EVERY;
	return equal ? NSA_PART_SELECTS : NSA_PART_SLOW;
}
