/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an nft rule's registers hold, as far as it can be said of all packets of a flow on the fast
 * path: bits that vary, that are known, or that are one of a packet's own, still as they were.
 */
#ifndef NSA_FIREWALL_NFT_REGISTERS_H
#define NSA_FIREWALL_NFT_REGISTERS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "firewall/fields.h"

#define NSA_NFT_REGISTER_BYTES 64

/* Where a byte was loaded from: a place in the packet, or a field of none of its headers. */
struct nsa_nft_origin {
	enum nsa_field field; /* NONE: of the packet, by */
	__u32 base;	      /* enum nft_payload_bases */
	__u32 offset;
};

struct nsa_nft_byte {
	bool loaded; /* by an expression of this rule */
	struct nsa_byte is;
	struct nsa_nft_origin from;
	__u8 kept; /* bits that are still those of its origin */
};

struct nsa_nft_registers {
	struct nsa_nft_byte bytes[NSA_NFT_REGISTER_BYTES];
};

/* The byte so many behind the register's first; NULL: there is none. */
struct nsa_nft_byte *nsa_nft_register(struct nsa_nft_registers *registers, __u32 number,
				      size_t offset);
/* The register's first four bytes, and those behind it that nothing was loaded into, are field's:
 * all bits vary, or none does. */
void nsa_nft_load_field(struct nsa_nft_registers *registers, __u32 number, enum nsa_field field);
/* Bytes of one register are put into another: and'ed with mask, then xor'ed. */
void nsa_nft_mask(struct nsa_nft_registers *registers, __u32 from, __u32 to, const __u8 *mask,
		  const __u8 *flip, size_t len);
/* Each byte there depends on all bytes here. */
void nsa_nft_mix(struct nsa_nft_registers *registers, __u32 from, size_t len, __u32 to,
		 size_t to_len);

/* A field that varies among the bytes; NONE: none does. len 0: as far as something was loaded. */
enum nsa_field nsa_nft_varying(const struct nsa_nft_registers *registers, __u32 number, size_t len);
/* Anywhere. */
enum nsa_field nsa_nft_varying_any(const struct nsa_nft_registers *registers);

enum nsa_nft_equality {
	NSA_NFT_UNSURE,
	NSA_NFT_EQUAL,
	NSA_NFT_UNEQUAL
};
/* Do the bytes equal value in all packets on the fast path, or in none? */
enum nsa_nft_equality nsa_nft_compare(const struct nsa_nft_registers *registers, __u32 number,
				      const __u8 *value, size_t len);
/* Are they, all bits unchanged, what is at that place or in that field? */
bool nsa_nft_is(const struct nsa_nft_registers *registers, __u32 number, size_t len,
		struct nsa_nft_origin origin);

#endif
