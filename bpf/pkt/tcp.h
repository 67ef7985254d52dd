/* SPDX-License-Identifier: GPL-2.0-only */
/* Flags of a TCP header (RFC 9293). */
#ifndef NSA_PKT_TCP_H
#define NSA_PKT_TCP_H

#define NSA_TCP_FLAGS 13 /* offset of the byte */
#define NSA_TCP_FIN   0x01
#define NSA_TCP_SYN   0x02
#define NSA_TCP_RST   0x04
#define NSA_TCP_ACK   0x10

#endif
