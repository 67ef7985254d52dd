/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Neighbour discovery (RFC 4861) and multicast listener discovery (RFC 2710, 3810): which ICMPv6
 * messages are of them. No helpers: builds natively, too.
 */
#ifndef NSA_PKT_ND_H
#define NSA_PKT_ND_H

#include "core/bpf.h"

#define NSA_MLD_REPORT	      131
#define NSA_MLD_DONE	      132
#define NSA_ND_ROUTER_SOLICIT 133
#define NSA_ND_SOLICIT	      135
#define NSA_ND_ADVERT	      136
#define NSA_ND_REDIRECT	      137
#define NSA_MLD2_REPORT	      143

#define NSA_ND_HOP_LIMIT                                                                           \
	255 /* routers decrement it, so that a packet with it comes from the link */

/* Lengths of messages without options. */
#define NSA_ND_FIXED 24 /* solicitation and advertisement */
#define NSA_RS_FIXED 8	/* router solicitation */

/* Options */
#define NSA_ND_OPTIONS 8 /* so many are looked at */
#define NSA_ND_SLLA    1 /* source link-layer address */
#define NSA_ND_TLLA    2 /* target link-layer address */

static __always_inline bool nsa_is_nd_type(__u8 type)
{
	return type >= NSA_ND_ROUTER_SOLICIT && type <= NSA_ND_REDIRECT;
}

/* Does it ask for a neighbour's link-layer address, or tell it? */
static __always_inline bool nsa_is_nd_resolution(__u8 type)
{
	return type == NSA_ND_SOLICIT || type == NSA_ND_ADVERT;
}

static __always_inline bool nsa_is_group_report(__u8 type)
{
	return type == NSA_MLD_REPORT || type == NSA_MLD_DONE || type == NSA_MLD2_REPORT;
}

#endif
