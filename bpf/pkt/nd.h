/* SPDX-License-Identifier: GPL-2.0-only */
/* Neighbour discovery (RFC 4861) and multicast listener discovery (RFC 2710, 3810) in ICMPv6. */
#ifndef NSA_PKT_ND_H
#define NSA_PKT_ND_H

#include "core/bpf.h"

#define NSA_ND_FIRST	133 /* router solicitation */
#define NSA_ND_LAST	137 /* redirect */
#define NSA_MLD_REPORT	131
#define NSA_MLD_DONE	132
#define NSA_MLD2_REPORT 143
#define NSA_ND_SOLICIT	135
#define NSA_ND_ADVERT	136
#define NSA_ND_FIXED	24 /* solicitation and advertisement without options */
#define NSA_RS_FIXED	8
#define NSA_ND_OPTIONS	8 /* so many are looked at */
#define NSA_ND_SLLA	1
#define NSA_ND_TLLA	2

#endif
