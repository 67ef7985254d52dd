/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contents of an nft rule's registers, as far as they are common to all packets of a flow on the
 * fast path: bits that vary, bits that are known, and bits that are unchanged since they were
 * loaded.
 */
#ifndef NSA_FIREWALL_NFT_REGISTERS_H
#define NSA_FIREWALL_NFT_REGISTERS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "firewall/fields.h"

#define NSA_NFT_REGISTER_BYTES 64

/* Where a byte was loaded from: an offset in the packet, or a field of the metadata. */
struct nsa_nft_origin {
	enum nsa_field field; /* NSA_FIELD_NONE: from the packet, at base and offset */
	__u32 base;	      /* enum nft_payload_bases */
	__u32 offset;
};

struct nsa_nft_byte {
	bool loaded; /* by an expression of this rule */
	struct nsa_byte is;
	struct nsa_nft_origin from;
	__u8 kept; /* bits that are unchanged since they were loaded */
};

struct nsa_nft_registers {
	struct nsa_nft_byte bytes[NSA_NFT_REGISTER_BYTES];
};

/* The byte at this offset from the register's start; NULL: out of range. */
struct nsa_nft_byte *nsa_nft_register(struct nsa_nft_registers *registers, __u32 number,
				      size_t offset);
/* Loads a field of unknown length: into the register's first four bytes, and into the bytes
 * after them that are not loaded. */
void nsa_nft_load_field(struct nsa_nft_registers *registers, __u32 number, enum nsa_field field);
/* to = from & mask ^ flip, for len bytes. */
void nsa_nft_mask(struct nsa_nft_registers *registers, __u32 from, __u32 to, const __u8 *mask,
		  const __u8 *flip, size_t len);
/* Each of the to_len bytes depends on all of the len bytes. */
void nsa_nft_mix(struct nsa_nft_registers *registers, __u32 from, size_t len, __u32 to,
		 size_t to_len);

/* A field that varies among the bytes; NSA_FIELD_NONE: none. len 0: up to the first byte that is
 * not loaded. */
enum nsa_field nsa_nft_varying(const struct nsa_nft_registers *registers, __u32 number, size_t len);
/* The same for all registers. */
enum nsa_field nsa_nft_varying_any(const struct nsa_nft_registers *registers);

enum nsa_nft_equality {
	NSA_NFT_UNSURE,
	NSA_NFT_EQUAL,
	NSA_NFT_UNEQUAL
};
/* Whether the bytes equal value in all packets on the fast path, or in none. */
enum nsa_nft_equality nsa_nft_compare(const struct nsa_nft_registers *registers, __u32 number,
				      const __u8 *value, size_t len);
/* Whether the bytes are those of origin, all bits unchanged. */
bool nsa_nft_is(const struct nsa_nft_registers *registers, __u32 number, size_t len,
		struct nsa_nft_origin origin);

#endif
